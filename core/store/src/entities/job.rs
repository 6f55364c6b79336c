//! A job.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "jobs")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub tenant: String,
    pub kind: String,
    pub order_key: String,
    pub run_at: i64,
    pub ready_at: i64,
    pub attempt: i64,
    pub owner: Option<String>,
    pub lease_until: Option<i64>,
    pub dead: i64,
    pub trace: String,
    pub last_error: Option<String>,
    pub payload: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
