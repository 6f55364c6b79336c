//! What bots keep for themselves.

use async_trait::async_trait;
use kerros_app::ports::kv::{BYTES, KEYS, Kv, KvError, Space};
use kerros_app::ports::store::{Scope, StoreError};
use kerros_domain::time::Timestamp;
use sea_orm::Value;

use crate::reader::column;
use crate::store::SqlStore;
use crate::value;

// One statement, so that two at once do not pass the quota by much: what is there already of the key does not count.
const SET: &str = "INSERT INTO kv (tenant, plugin, use_name, key, value, bytes, until) \
    SELECT $1, $2, $3, $4, $5, $6, $7 WHERE \
    (SELECT count(*) FROM kv WHERE tenant = $1 AND plugin = $2 AND use_name = $3 AND key <> $4) < $8 AND \
    (SELECT coalesce(sum(bytes), 0) FROM kv WHERE tenant = $1 AND plugin = $2 AND use_name = $3 AND key <> $4) \
    + $6 <= $9 \
    ON CONFLICT (tenant, plugin, use_name, key) DO UPDATE \
    SET value = excluded.value, bytes = excluded.bytes, until = excluded.until";

const EXPIRED: &str =
    "DELETE FROM kv WHERE tenant = $1 AND plugin = $2 AND use_name = $3 AND until <= $4";

const GET: &str = "SELECT value FROM kv WHERE tenant = $1 AND plugin = $2 AND use_name = $3 AND key = $4 \
    AND (until IS NULL OR until > $5)";

const REMOVE: &str =
    "DELETE FROM kv WHERE tenant = $1 AND plugin = $2 AND use_name = $3 AND key = $4";

const LIST: &str = "SELECT key FROM kv WHERE tenant = $1 AND plugin = $2 AND use_name = $3 AND key > $4 \
    AND substr(key, 1, length($5)) = $5 AND (until IS NULL OR until > $6) ORDER BY key LIMIT $7";

fn whose(space: &Space) -> Vec<Value> {
    vec![
        value::text(space.tenant.as_str()),
        value::text(space.plugin.as_str()),
        value::text(space.name.as_str()),
    ]
}

fn scope(space: &Space) -> Scope {
    Scope::One(space.tenant.clone())
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in map_err")]
fn fault(error: StoreError) -> KvError {
    KvError::Unavailable(error.to_string())
}

#[async_trait]
impl Kv for SqlStore {
    async fn get(
        &self,
        space: &Space,
        key: &str,
        now: Timestamp,
    ) -> Result<Option<String>, KvError> {
        let mut values = whose(space);
        values.extend([value::text(key), value::at(now)]);
        let row = self.reader.one(&scope(space), GET, values).await.map_err(fault)?;
        row.map(|row| column::get(&row, 0)).transpose().map_err(fault)
    }

    async fn set(
        &self,
        space: &Space,
        key: &str,
        kept: &str,
        until: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), KvError> {
        let bytes = value::count(kept.len() as u64);
        let mut values = whose(space);
        values.extend([value::text(key), value::text(kept), bytes, value::at_or_null(until)]);
        values.extend([value::int(i64::from(KEYS)), value::int(i64::from(BYTES))]);
        let set = self.pen.count(&scope(space), SET, values.clone()).await.map_err(fault)?;
        if set == 1 {
            return Ok(());
        }
        // Full: perhaps of what is over.
        let mut over = whose(space);
        over.push(value::at(now));
        let gone = self.pen.count(&scope(space), EXPIRED, over).await.map_err(fault)?;
        if gone == 0 {
            return Err(KvError::Full);
        }
        match self.pen.count(&scope(space), SET, values).await.map_err(fault)? {
            1 => Ok(()),
            _ => Err(KvError::Full),
        }
    }

    async fn remove(&self, space: &Space, key: &str) -> Result<(), KvError> {
        let mut values = whose(space);
        values.push(value::text(key));
        self.pen.count(&scope(space), REMOVE, values).await.map(drop).map_err(fault)
    }

    async fn keys(
        &self,
        space: &Space,
        prefix: &str,
        after: &str,
        limit: u32,
        now: Timestamp,
    ) -> Result<Vec<String>, KvError> {
        let mut values = whose(space);
        values.extend([value::text(after), value::text(prefix), value::at(now)]);
        values.push(value::int(i64::from(limit)));
        let rows = self.reader.all(&scope(space), LIST, values).await.map_err(fault)?;
        rows.iter().map(|row| column::get(row, 0)).collect::<Result<_, _>>().map_err(fault)
    }
}
