//! Jobs. A commit writes them and ends them; here they are taken, kept and shown.

use std::fmt::Write as _;

use async_trait::async_trait;
use kerros_app::ports::store::{
    DeadLetter, Job, JobCount, JobKind, Jobs, LINE_CHANNEL_AT, Lease, Scope, StoreError, Waiting,
    channel_of, message_of,
};
use kerros_domain::id::{ChannelId, JobId, TenantId};
use kerros_domain::time::Timestamp;
use sea_orm::{DbBackend, QueryResult};

use crate::entities::job::Model;
use crate::error::broken;
use crate::reader::column;
use crate::store::SqlStore;
use crate::{name, scope, value};

// Ready, and nothing earlier with the same order key is unfinished. A dead letter blocks nobody.
const READY: &str = "SELECT j.id FROM jobs j WHERE j.dead = 0 AND j.ready_at <= $1 \
    AND NOT EXISTS (SELECT 1 FROM jobs e WHERE e.order_key = j.order_key \
    AND e.tenant = j.tenant AND e.dead = 0 AND e.id < j.id)";
// Ready, and so is everything earlier with the same order key: it is taken in the same go, before it.
const READY_LINES: &str = "SELECT j.id FROM jobs j WHERE j.dead = 0 AND j.ready_at <= $1 \
    AND NOT EXISTS (SELECT 1 FROM jobs e WHERE e.order_key = j.order_key \
    AND e.tenant = j.tenant AND e.dead = 0 AND e.id < j.id AND e.ready_at > j.ready_at)";

/// Tenants that one claim passes over at most.
const PASSED_OVER: usize = 64;

// A job whose owner let the lease run out counts as one attempt more: else one that kills its
// node would be tried for ever.
const TAKE: &str = "SET owner = $2, lease_until = $3, ready_at = $3, \
    attempt = jobs.attempt + CASE WHEN jobs.owner IS NULL THEN 0 ELSE 1 END";

impl SqlStore {
    async fn take(
        &self,
        lease: &Lease,
        now: Timestamp,
        limit: u32,
        passed_over: &[TenantId],
        ready: &str,
    ) -> Result<Vec<Job>, StoreError> {
        // Most of the time nothing is ready: that is found out without waiting for the writer.
        let peek = "SELECT 1 FROM jobs WHERE dead = 0 AND ready_at <= $1 LIMIT 1";
        if self.reader.one(&Scope::Platform, peek, vec![value::at(now)]).await?.is_none() {
            return Ok(Vec::new());
        }
        let mut values = vec![value::at(now), value::text(&*lease.owner), value::at(lease.until)];
        let mut ready = ready.to_owned();
        for tenant in passed_over.iter().take(PASSED_OVER) {
            values.push(value::text(tenant.as_str()));
            let _ = write!(ready, " AND j.tenant <> ${}", values.len());
        }
        let _ = write!(ready, " ORDER BY j.ready_at, j.id LIMIT {limit}");
        let text = match self.pen.backend {
            DbBackend::Postgres => format!(
                "WITH ready AS MATERIALIZED ({ready} FOR UPDATE OF j SKIP LOCKED) \
                 UPDATE jobs {TAKE} FROM ready WHERE jobs.id = ready.id RETURNING jobs.*"
            ),
            _ => format!("UPDATE jobs {TAKE} WHERE id IN ({ready}) RETURNING *"),
        };
        let rows = self.pen.write(&Scope::Platform, &text, values).await?;
        let mut jobs = rows.iter().map(job).collect::<Result<Vec<_>, _>>()?;
        jobs.sort_by_key(|job| job.id);
        Ok(jobs)
    }
}

#[async_trait]
impl Jobs for SqlStore {
    async fn claim(
        &self,
        lease: &Lease,
        now: Timestamp,
        limit: u32,
        passed_over: &[TenantId],
    ) -> Result<Vec<Job>, StoreError> {
        self.take(lease, now, limit, passed_over, READY).await
    }

    async fn claim_lines(
        &self,
        lease: &Lease,
        now: Timestamp,
        limit: u32,
        passed_over: &[TenantId],
    ) -> Result<Vec<Job>, StoreError> {
        self.take(lease, now, limit, passed_over, READY_LINES).await
    }

    async fn give_back(&self, owner: &str, ids: &[JobId]) -> Result<(), StoreError> {
        for some in ids.chunks(500) {
            let mut values = vec![value::text(owner)];
            values.extend(some.iter().map(|id| value::id(id.0)));
            let marks: Vec<String> = (2..=values.len()).map(|n| format!("${n}")).collect();
            let text = format!(
                "UPDATE jobs SET owner = NULL, lease_until = NULL, ready_at = run_at \
                 WHERE owner = $1 AND id IN ({})",
                marks.join(", ")
            );
            self.pen.count(&Scope::Platform, &text, values).await?;
        }
        Ok(())
    }

    async fn extend(&self, lease: &Lease, ids: &[JobId]) -> Result<Vec<JobId>, StoreError> {
        let mut held = Vec::with_capacity(ids.len());
        for some in ids.chunks(500) {
            let mut values = vec![value::text(&*lease.owner), value::at(lease.until)];
            let marks: Vec<String> = some
                .iter()
                .map(|id| {
                    values.push(value::id(id.0));
                    format!("${}", values.len())
                })
                .collect();
            let text = format!(
                "UPDATE jobs SET lease_until = $2, ready_at = $2 WHERE owner = $1 AND dead = 0 \
                 AND id IN ({}) RETURNING id",
                marks.join(", ")
            );
            for row in self.pen.write(&Scope::Platform, &text, values).await? {
                held.push(JobId(column::get(&row, 0)?));
            }
        }
        held.sort_unstable();
        Ok(held)
    }

    async fn release(&self, owner: &str) -> Result<u64, StoreError> {
        let text = "UPDATE jobs SET owner = NULL, lease_until = NULL, ready_at = run_at \
            WHERE owner = $1";
        self.pen.count(&Scope::Platform, text, vec![value::text(owner)]).await
    }

    async fn release_others(&self, owner: &str) -> Result<u64, StoreError> {
        // One attempt more, for the same reason as in TAKE.
        let text = "UPDATE jobs SET owner = NULL, lease_until = NULL, ready_at = run_at, \
            attempt = attempt + 1 WHERE owner <> $1 AND dead = 0";
        self.pen.count(&Scope::Platform, text, vec![value::text(owner)]).await
    }

    async fn job_counts(&self) -> Result<Vec<JobCount>, StoreError> {
        let text = "SELECT kind, CAST(COALESCE(SUM(1 - dead), 0) AS BIGINT), \
            CAST(COALESCE(SUM(dead), 0) AS BIGINT), MIN(CASE WHEN dead = 0 THEN run_at END), \
            tenant FROM jobs GROUP BY tenant, kind ORDER BY tenant, kind";
        let rows = self.reader.all(&Scope::Platform, text, Vec::new()).await?;
        rows.iter()
            .map(|row| {
                let kind: String = column::get(row, 0)?;
                Ok(JobCount {
                    tenant: TenantId::from(column::get::<String>(row, 4)?),
                    kind: name::parse_job_kind(&kind).ok_or_else(|| broken(kind))?,
                    waiting: column::count(row, 1)?,
                    dead: column::count(row, 2)?,
                    oldest: column::get::<Option<i64>>(row, 3)?.map(Timestamp),
                })
            })
            .collect()
    }

    async fn waiting_deliveries(&self, scope: &Scope) -> Result<Vec<Waiting>, StoreError> {
        let mut values = vec![value::text(JobKind::Deliver.as_str())];
        let within = scope::condition(scope, "tenant", &mut values);
        // A line of an earlier version ends before its channel.
        let text = format!(
            "SELECT tenant, SUBSTR(order_key, {LINE_CHANNEL_AT}) AS channel, COUNT(*) FROM jobs \
             WHERE dead = 0 AND kind = $1 AND LENGTH(order_key) >= {LINE_CHANNEL_AT}{within} \
             GROUP BY tenant, SUBSTR(order_key, {LINE_CHANNEL_AT}) ORDER BY tenant, channel"
        );
        let rows = self.reader.all(scope, &text, values).await?;
        rows.iter()
            .map(|row| {
                Ok(Waiting {
                    tenant: TenantId::from(column::get::<String>(row, 0)?),
                    channel: ChannelId::from(column::get::<String>(row, 1)?),
                    count: column::count(row, 2)?,
                })
            })
            .collect()
    }

    async fn dead_letters(&self, scope: &Scope, limit: u32) -> Result<Vec<DeadLetter>, StoreError> {
        let mut values = vec![value::int(limit.into())];
        let within = scope::condition(scope, "tenant", &mut values);
        let text = format!("SELECT * FROM jobs WHERE dead = 1{within} ORDER BY id DESC LIMIT $1");
        let rows = self.reader.all(scope, &text, values).await?;
        rows.iter()
            .map(|row| {
                let job = job(row)?;
                Ok(DeadLetter {
                    message: message_of(job.kind, &job.payload),
                    channel: channel_of(job.kind, &job.payload),
                    job: job.id,
                    tenant: job.tenant,
                    kind: job.kind,
                    attempts: job.attempt,
                    error: job.last_error.unwrap_or_default(),
                    // The last attempt's moment: the store has no clock of its own.
                    at: job.run_at,
                })
            })
            .collect()
    }

    async fn drop_dead(&self, scope: &Scope, id: JobId) -> Result<bool, StoreError> {
        let mut values = vec![value::id(id.0)];
        let within = scope::condition(scope, "tenant", &mut values);
        let text = format!("DELETE FROM jobs WHERE id = $1 AND dead = 1{within}");
        Ok(self.pen.count(scope, &text, values).await? == 1)
    }

    async fn retry_dead(
        &self,
        scope: &Scope,
        id: JobId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut values = vec![value::id(id.0), value::at(now)];
        let within = scope::condition(scope, "tenant", &mut values);
        let text = format!(
            "UPDATE jobs SET dead = 0, attempt = 1, run_at = $2, ready_at = $2 \
             WHERE id = $1 AND dead = 1{within}"
        );
        Ok(self.pen.count(scope, &text, values).await? == 1)
    }
}

fn job(row: &QueryResult) -> Result<Job, StoreError> {
    let model: Model = column::model(row)?;
    let lease = match (model.owner, model.lease_until) {
        (Some(owner), Some(until)) => Some(Lease { owner: owner.into(), until: Timestamp(until) }),
        _ => None,
    };
    Ok(Job {
        id: JobId(model.id),
        tenant: TenantId::from(model.tenant),
        kind: name::parse_job_kind(&model.kind).ok_or_else(|| broken(model.kind))?,
        order_key: model.order_key,
        payload: model.payload,
        run_at: Timestamp(model.run_at),
        attempt: u32::try_from(model.attempt).map_err(broken)?,
        trace: model.trace,
        lease,
        last_error: model.last_error,
    })
}
