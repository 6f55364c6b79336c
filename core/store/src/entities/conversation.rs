//! A conversation; `body` is the whole of it as JSON, the other columns are what queries look for.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "conversations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub tenant: String,
    pub contact: Uuid,
    pub channel: String,
    pub thread: String,
    pub opened_at: i64,
    pub seq: i64,
    pub state: String,
    pub open: i64,
    pub layer: String,
    pub assignee: Option<Uuid>,
    pub queue_rank: i64,
    pub queue_due: i64,
    pub held_since: i64,
    pub due_at: Option<i64>,
    pub look: String,
    pub body: String,
    pub number: i64,
    pub attention: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
