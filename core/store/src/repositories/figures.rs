//! Reads for figures, and help-center visits.

use async_trait::async_trait;
use kerros_app::ports::store::{Figures, Scope, StoreError, Visit};
use kerros_domain::conversation::Conversation;
use kerros_domain::id::{ConversationId, TenantId, VisitId};
use kerros_domain::time::Timestamp;
use sea_orm::{DbBackend, QueryResult};

use crate::entities::visit::Model;
use crate::error::broken;
use crate::reader::column;
use crate::store::SqlStore;
use crate::value;

const SAVE: &str = "INSERT INTO visits (tenant, id, began_at, last_at, searches, zero_hits, articles, \
    articles_read, helped, contacted) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
    ON CONFLICT (tenant, id) DO UPDATE SET began_at = excluded.began_at, last_at = excluded.last_at, \
    searches = excluded.searches, zero_hits = excluded.zero_hits, articles = excluded.articles, \
    articles_read = excluded.articles_read, helped = excluded.helped, \
    contacted = excluded.contacted";

#[async_trait]
impl Figures for SqlStore {
    async fn opened_between(
        &self,
        tenant: &TenantId,
        from: Timestamp,
        to: Timestamp,
        after: Option<ConversationId>,
        limit: u32,
    ) -> Result<Vec<Conversation>, StoreError> {
        // The plus keeps SQLite from sorting the whole period for each page: ids are sortable by time,
        // so going on from the last one in the index of ids finds the next page at once.
        let opened = match self.reader.backend {
            DbBackend::Sqlite => "+opened_at",
            _ => "opened_at",
        };
        let text = format!(
            "SELECT body FROM conversations WHERE tenant = $1 AND {opened} >= $2 \
             AND {opened} < $3 AND id > $4 ORDER BY id LIMIT $5"
        );
        let values = vec![
            value::text(tenant.as_str()),
            value::at(from),
            value::at(to),
            value::id(after.map_or_else(uuid::Uuid::nil, |id| id.0)),
            value::int(limit.into()),
        ];
        let rows = self.reader.all(&Scope::One(tenant.clone()), &text, values).await?;
        rows.iter().map(|row| column::json(row, 0)).collect()
    }

    async fn visits_between(
        &self,
        tenant: &TenantId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Visit>, StoreError> {
        let text = "SELECT * FROM visits WHERE tenant = $1 AND began_at >= $2 AND began_at < $3 \
            ORDER BY began_at, id";
        let values = vec![value::text(tenant.as_str()), value::at(from), value::at(to)];
        let rows = self.reader.all(&Scope::One(tenant.clone()), text, values).await?;
        rows.iter().map(visit).collect()
    }

    async fn save_visit(&self, visit: &Visit) -> Result<(), StoreError> {
        let values = vec![
            value::text(visit.tenant.as_str()),
            value::id(visit.id.0),
            value::at(visit.began_at),
            value::at(visit.last_at),
            value::int(visit.searches.into()),
            value::int(visit.zero_hits.into()),
            value::int(visit.articles.into()),
            value::int(visit.read.into()),
            sea_orm::Value::BigInt(visit.helped.map(i64::from)),
            value::id_or_null(visit.contacted.map(|id| id.0)),
        ];
        self.pen.count(&Scope::One(visit.tenant.clone()), SAVE, values).await.map(drop)
    }

    async fn visit(&self, tenant: &TenantId, id: VisitId) -> Result<Option<Visit>, StoreError> {
        let text = "SELECT * FROM visits WHERE tenant = $1 AND id = $2";
        let values = vec![value::text(tenant.as_str()), value::id(id.0)];
        let row = self.reader.one(&Scope::One(tenant.clone()), text, values).await?;
        row.as_ref().map(visit).transpose()
    }
}

fn visit(row: &QueryResult) -> Result<Visit, StoreError> {
    let model: Model = column::model(row)?;
    let small = |n: i64| u32::try_from(n).map_err(broken);
    Ok(Visit {
        id: VisitId(model.id),
        tenant: TenantId::from(model.tenant),
        began_at: Timestamp(model.began_at),
        // An older version still serving knows of no last act and writes none.
        last_at: Timestamp(model.last_at.max(model.began_at)),
        searches: small(model.searches)?,
        zero_hits: small(model.zero_hits)?,
        articles: small(model.articles)?,
        read: small(model.articles_read)?,
        helped: model.helped.map(|helped| helped != 0),
        contacted: model.contacted.map(ConversationId),
    })
}
