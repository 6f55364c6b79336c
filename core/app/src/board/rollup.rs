//! A day's demand in memory: counted once from the database, then kept up by every commit of this node.
//!
//! A node that shares its database does not see the others' commits, so it counts again every few
//! seconds; the only node of a database hardly ever does. Days nobody looks at are forgotten.

use std::collections::HashMap;

use kerros_domain::conversation::Conversation;
use kerros_domain::id::{ConversationId, TenantId};
use kerros_domain::ledger::{DemandFact, Ledger};
use kerros_domain::policy::TenantPolicy;
use kerros_domain::time::Timestamp;
use parking_lot::Mutex;

use crate::calendar_day;
use crate::ctx::Ctx;
use crate::error::Error;
use crate::facts;

/// Counted again after this long, with other nodes on the database. Milliseconds.
const FRESH_MS: i64 = 3000;
/// Counted again after this long, without. Milliseconds.
const FRESH_ALONE_MS: i64 = 600_000;
/// Forgotten when nobody looks for this long. Milliseconds.
const FORGOTTEN_MS: i64 = 600_000;

/// The days that are looked at, by tenant and date.
#[derive(Default)]
pub(crate) struct Boards {
    days: Mutex<HashMap<(TenantId, String), Day>>,
    /// Held while counting: whoever asks meanwhile waits for that count.
    counting: tokio::sync::Mutex<()>,
}

/// What a conversation is worth at a sequence; `None` is no demand.
type Worth = (u64, Option<DemandFact>);

struct Day {
    from: Timestamp,
    to: Timestamp,
    facts: HashMap<ConversationId, Worth>,
    visits: Vec<DemandFact>,
    /// `None` until it is first counted.
    counted_at: Option<Timestamp>,
    visits_at: Timestamp,
    looked_at: Timestamp,
}

impl Day {
    fn note(&mut self, id: ConversationId, worth: Worth) {
        let known = self.facts.get(&id).map_or(0, |(seq, _)| *seq);
        if worth.0 > known {
            self.facts.insert(id, worth);
        }
    }

    fn ledger(&self, policy: &TenantPolicy) -> Ledger {
        let written = self.facts.values().filter_map(|(_, fact)| fact.as_ref());
        Ledger::of(written.chain(&self.visits), policy)
    }
}

impl Boards {
    /// Takes a committed conversation into the day it began on, if anybody looks at that.
    pub fn note(&self, conversation: &Conversation) {
        let mut days = self.days.lock();
        let opened = conversation.opened_at;
        for ((tenant, _), day) in days.iter_mut() {
            if *tenant == conversation.tenant && (day.from..day.to).contains(&opened) {
                let worth = (conversation.seq, DemandFact::of(conversation));
                day.note(conversation.id, worth);
            }
        }
    }

    /// The ledger of a date in the tenant's time zone, and when it was counted.
    ///
    /// # Errors
    /// `Invalid` for something that is not a date, `Unavailable` without a database.
    pub async fn ledger(
        &self,
        ctx: &Ctx,
        policy: &TenantPolicy,
        date: &str,
    ) -> Result<(Timestamp, Ledger), Error> {
        let (from, to) = calendar_day::day(date, &policy.time_zone)?;
        let key = (policy.id.clone(), date.to_owned());
        let now = ctx.now();
        if !self.is_counted(ctx, &key, now) {
            let _one = self.counting.lock().await;
            if !self.is_counted(ctx, &key, now) {
                self.count(ctx, policy, &key, (from, to)).await?;
            }
        }
        if self.visits_are_old(&key, now) {
            let visits = facts::visits(ctx, policy, from, to).await?;
            if let Some(day) = self.days.lock().get_mut(&key) {
                day.visits = visits;
                day.visits_at = now;
            }
        }
        let mut days = self.days.lock();
        let Some(day) = days.get_mut(&key) else { return Err(Error::Internal) };
        day.looked_at = now;
        let result = (now, day.ledger(policy));
        days.retain(|_, day| now.since(day.looked_at).abs() < FORGOTTEN_MS);
        Ok(result)
    }

    fn is_counted(&self, ctx: &Ctx, key: &(TenantId, String), now: Timestamp) -> bool {
        let fresh = if ctx.queue.is_sole() { FRESH_ALONE_MS } else { FRESH_MS };
        let days = self.days.lock();
        let counted = days.get(key).and_then(|day| day.counted_at);
        counted.is_some_and(|at| now.since(at).abs() < fresh)
    }

    fn visits_are_old(&self, key: &(TenantId, String), now: Timestamp) -> bool {
        let days = self.days.lock();
        days.get(key).is_some_and(|day| now.since(day.visits_at).abs() >= FRESH_MS)
    }

    async fn count(
        &self,
        ctx: &Ctx,
        policy: &TenantPolicy,
        key: &(TenantId, String),
        (from, to): (Timestamp, Timestamp),
    ) -> Result<(), Error> {
        let now = ctx.now();
        // From here on commits are noted, so none falls between the pages that are read.
        self.days.lock().entry(key.clone()).or_insert_with(|| Day {
            from,
            to,
            facts: HashMap::new(),
            visits: Vec::new(),
            counted_at: None,
            visits_at: now,
            looked_at: now,
        });
        let mut read = Vec::new();
        facts::each(ctx, policy, from, to, |conversation| {
            read.push((conversation.id, (conversation.seq, DemandFact::of(conversation))));
        })
        .await?;
        let visits = facts::visits(ctx, policy, from, to).await?;
        if let Some(day) = self.days.lock().get_mut(key) {
            for (id, worth) in read {
                day.note(id, worth);
            }
            day.visits = visits;
            day.visits_at = now;
            day.counted_at = Some(now);
        }
        Ok(())
    }
}
