//! An entry of the journal.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "journal")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub conversation: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i64,
    pub tenant: String,
    pub at: i64,
    pub by_user: Option<Uuid>,
    pub event: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
