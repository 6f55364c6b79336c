//! A message.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "messages")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub conversation: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i64,
    pub id: Uuid,
    pub tenant: String,
    pub channel: String,
    pub author: String,
    pub author_user: Option<Uuid>,
    pub visibility: String,
    pub text: String,
    pub parts: Option<String>,
    pub at: i64,
    pub delivery: Option<String>,
    pub external_id: Option<String>,
    pub about: Option<String>,
    pub failure: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
