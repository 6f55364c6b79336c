//! Jobs.

use std::collections::BTreeMap;

use async_trait::async_trait;
use kerros_domain::id::{ChannelId, JobId, TenantId};
use kerros_domain::time::Timestamp;

use super::Memory;
use crate::ports::store::{
    DeadLetter, Job, JobCount, JobKind, Jobs, LINE_CHANNEL_AT, Lease, Scope, StoreError, Waiting,
    channel_of, message_of,
};

impl Memory {
    fn take(
        &self,
        lease: &Lease,
        now: Timestamp,
        limit: u32,
        passed_over: &[TenantId],
        whole_lines: bool,
    ) -> Result<Vec<Job>, StoreError> {
        let mut rows = self.rows()?;
        // When the latest of those before in each line was ready: nobody goes before it.
        let mut lines: BTreeMap<(TenantId, String), Timestamp> = BTreeMap::new();
        let mut taken = Vec::new();
        for row in rows.jobs.values_mut().filter(|row| !row.dead) {
            let line = (row.job.tenant.clone(), row.job.order_key.clone());
            let ready = row.job.lease.as_ref().map_or(row.job.run_at, |held| held.until);
            let before = lines.get(&line).copied();
            let blocked = before.is_some_and(|before| !whole_lines || before > ready);
            lines.insert(line, before.map_or(ready, |before| before.max(ready)));
            let passed = passed_over.contains(&row.job.tenant);
            if passed || blocked || ready > now || taken.len() >= limit as usize {
                continue;
            }
            // A lease that ran out was an attempt too.
            row.job.attempt += u32::from(row.job.lease.is_some());
            row.job.lease = Some(lease.clone());
            taken.push(row.job.clone());
        }
        Ok(taken)
    }
}

#[async_trait]
impl Jobs for Memory {
    async fn claim(
        &self,
        lease: &Lease,
        now: Timestamp,
        limit: u32,
        passed_over: &[TenantId],
    ) -> Result<Vec<Job>, StoreError> {
        tokio::task::yield_now().await;
        self.take(lease, now, limit, passed_over, false)
    }

    async fn claim_lines(
        &self,
        lease: &Lease,
        now: Timestamp,
        limit: u32,
        passed_over: &[TenantId],
    ) -> Result<Vec<Job>, StoreError> {
        tokio::task::yield_now().await;
        self.take(lease, now, limit, passed_over, true)
    }

    async fn give_back(&self, owner: &str, ids: &[JobId]) -> Result<(), StoreError> {
        let mut rows = self.rows()?;
        for id in ids {
            if let Some(row) = rows.jobs.get_mut(id)
                && row.job.lease.as_ref().is_some_and(|held| &*held.owner == owner)
            {
                row.job.lease = None;
            }
        }
        Ok(())
    }

    async fn extend(&self, lease: &Lease, ids: &[JobId]) -> Result<Vec<JobId>, StoreError> {
        let mut rows = self.rows()?;
        let mut kept = Vec::new();
        for id in ids {
            let row = rows.jobs.get_mut(id).filter(|row| !row.dead);
            let held = row.and_then(|row| row.job.lease.as_mut());
            if let Some(held) = held.filter(|held| held.owner == lease.owner) {
                held.until = lease.until;
                kept.push(*id);
            }
        }
        Ok(kept)
    }

    async fn release(&self, owner: &str) -> Result<u64, StoreError> {
        Ok(self.free(|held| &*held.owner == owner)?)
    }

    async fn release_others(&self, owner: &str) -> Result<u64, StoreError> {
        Ok(self.free(|held| &*held.owner != owner)?)
    }

    async fn job_counts(&self) -> Result<Vec<JobCount>, StoreError> {
        let rows = self.rows()?;
        let mut counts: BTreeMap<(TenantId, JobKind), JobCount> = BTreeMap::new();
        for row in rows.jobs.values() {
            let (tenant, kind) = (row.job.tenant.clone(), row.job.kind);
            let key = (tenant.clone(), kind);
            let fresh = || JobCount { tenant, kind, waiting: 0, dead: 0, oldest: None };
            let count = counts.entry(key).or_insert_with(fresh);
            if row.dead {
                count.dead += 1;
            } else {
                count.waiting += 1;
                let at = row.job.run_at;
                count.oldest = Some(count.oldest.map_or(at, |oldest| oldest.min(at)));
            }
        }
        Ok(counts.into_values().collect())
    }

    async fn waiting_deliveries(&self, scope: &Scope) -> Result<Vec<Waiting>, StoreError> {
        let rows = self.rows()?;
        let mut counts: BTreeMap<(TenantId, ChannelId), u64> = BTreeMap::new();
        let deliveries = rows.jobs.values().filter(|row| {
            row.job.kind == JobKind::Deliver && !row.dead && scope.holds(&row.job.tenant)
        });
        for row in deliveries {
            if let Some(channel) = row.job.order_key.get(LINE_CHANNEL_AT - 1..) {
                let key = (row.job.tenant.clone(), ChannelId::from(channel));
                *counts.entry(key).or_default() += 1;
            }
        }
        let told = |((tenant, channel), count)| Waiting { tenant, channel, count };
        Ok(counts.into_iter().map(told).collect())
    }

    async fn dead_letters(&self, scope: &Scope, limit: u32) -> Result<Vec<DeadLetter>, StoreError> {
        let rows = self.rows()?;
        let dead = rows.jobs.values().rev().filter(|row| row.dead && scope.holds(&row.job.tenant));
        Ok(dead
            .take(limit as usize)
            .map(|row| DeadLetter {
                job: row.job.id,
                tenant: row.job.tenant.clone(),
                kind: row.job.kind,
                attempts: row.job.attempt,
                error: row.job.last_error.clone().unwrap_or_default(),
                at: row.job.run_at,
                message: message_of(row.job.kind, &row.job.payload),
                channel: channel_of(row.job.kind, &row.job.payload),
            })
            .collect())
    }

    async fn drop_dead(&self, scope: &Scope, id: JobId) -> Result<bool, StoreError> {
        let mut rows = self.rows()?;
        let dead = rows.jobs.get(&id).is_some_and(|row| row.dead && scope.holds(&row.job.tenant));
        if dead {
            rows.jobs.remove(&id);
        }
        Ok(dead)
    }

    async fn retry_dead(
        &self,
        scope: &Scope,
        id: JobId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut rows = self.rows()?;
        let dead = rows.jobs.get_mut(&id).filter(|row| row.dead && scope.holds(&row.job.tenant));
        let Some(row) = dead else { return Ok(false) };
        row.dead = false;
        row.job.attempt = 1;
        row.job.run_at = now;
        Ok(true)
    }
}

impl Memory {
    fn free(&self, which: impl Fn(&Lease) -> bool) -> Result<u64, StoreError> {
        let mut rows = self.rows()?;
        let mut freed = 0;
        for row in rows.jobs.values_mut() {
            if row.job.lease.as_ref().is_some_and(&which) {
                row.job.lease = None;
                freed += 1;
            }
        }
        Ok(freed)
    }
}
