//! What time brings: warnings, breaches, openings, silence, settling. The due rows are the
//! database's; a tick takes those whose moment has come.

use kerros_domain::conversation::Conversation;
use kerros_domain::time::Timestamp;
use kerros_domain::timers::{next_due, on_time};
use tokio::sync::watch;
use tokio::time::{Duration, MissedTickBehavior, interval};

use super::{Config, ended, seconds};
use crate::change;
use crate::ctx::Ctx;
use crate::draft::Draft;
use crate::ports::meter::Measure;
use crate::ports::store::{Changes, ConversationWrite, Scope, StoreError};

/// Conversations read at once.
const BATCH: u32 = 500;
/// Conversations written in one commit.
const TOGETHER: usize = 50;
/// A row that cannot be moved on is looked at again after this. Milliseconds.
const PUT_OFF_MS: i64 = 3_600_000;

/// Looks every tick.
pub(super) async fn run(ctx: Ctx, config: Config, shutdown: watch::Receiver<bool>) {
    let mut tick = interval(Duration::from_millis(config.tick_ms.max(1)));
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let stop = ended(shutdown);
    tokio::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => return,
            _ = tick.tick() => {}
        }
        while !ctx.queue.is_closed() {
            match due(&ctx).await {
                Ok(found) if found >= BATCH as usize => {}
                Ok(_) => break,
                Err(error) => {
                    tracing::warn!(%error, "timers wait for the database");
                    break;
                }
            }
        }
    }
}

/// Records everything that is due now, up to one batch; returns how many rows were due.
///
/// # Errors
/// When the due rows cannot be read. Another node's write is none: it recorded the same.
pub(crate) async fn due(ctx: &Ctx) -> Result<usize, StoreError> {
    let now = ctx.now();
    let rows = ctx.store.due(now, BATCH).await?;
    let found = rows.len();
    let mut groups: Vec<Group> = Vec::with_capacity(found / TOGETHER + 1);
    let mut stuck = Vec::new();
    for row in rows {
        match step(ctx, row, now) {
            Ok((draft, lag)) => {
                if groups.last().is_none_or(|group| group.drafts.len() >= TOGETHER) {
                    groups.push(Group::default());
                }
                if let Some(group) = groups.last_mut() {
                    group.drafts.push(draft);
                    group.lags.push(lag);
                }
            }
            Err(write) => stuck.push(*write),
        }
    }
    let groups = groups.into_iter().map(|group| write(ctx, group));
    let (results, ()) = futures::join!(futures::future::join_all(groups), put_off(ctx, stuck));
    results.into_iter().collect::<Result<Vec<()>, _>>()?;
    Ok(found)
}

/// Conversations written in one commit, each with the seconds from its due moment to now.
#[derive(Default)]
struct Group {
    drafts: Vec<Draft>,
    lags: Vec<f64>,
}

/// The due row moved on; or, if nothing moves it, a write that puts it off: else it would stand
/// before all others for ever.
fn step(
    ctx: &Ctx,
    row: Conversation,
    now: Timestamp,
) -> Result<(Draft, f64), Box<ConversationWrite>> {
    let stay = |row: Conversation, due_at: Timestamp| {
        Box::new(ConversationWrite { expected_seq: row.seq, row, due_at: Some(due_at) })
    };
    let Some(tenant) = ctx.tenants.get(&row.tenant) else {
        tracing::debug!(tenant = %row.tenant, "a timer of a tenant that is not configured");
        return Err(stay(row, now.plus_millis(PUT_OFF_MS)));
    };
    let trace = row.id.to_string();
    match on_time(&row, &tenant.policy, now) {
        Ok((conversation, entries)) if !entries.is_empty() => {
            let due = next_due(&row, &tenant.policy);
            let mut draft = Draft::of(tenant, row, now, &trace);
            draft.go_on(conversation, entries);
            Ok((draft, due.map_or(0.0, |due| seconds(now.since(due)))))
        }
        Ok(_) => {
            let next = next_due(&row, &tenant.policy).filter(|next| *next > now);
            match next {
                Some(next) => Err(stay(row, next)),
                None => {
                    Err(Box::new(ConversationWrite { expected_seq: row.seq, due_at: None, row }))
                }
            }
        }
        Err(error) => {
            tracing::error!(conversation = %row.id, %error, "time was refused");
            Err(stay(row, now.plus_millis(PUT_OFF_MS)))
        }
    }
}

/// Commits some together; if that fails for one of them, each by itself.
///
/// # Errors
/// Without a database.
async fn write(ctx: &Ctx, mut group: Group) -> Result<(), StoreError> {
    let Group { drafts, lags } = &mut group;
    match change::finish_all(ctx, &Scope::Platform, drafts, Changes::default()).await {
        Ok(()) => {
            record(ctx, lags);
            return Ok(());
        }
        Err(StoreError::Unavailable(reason)) => return Err(StoreError::Unavailable(reason)),
        Err(_) => {}
    }
    for (draft, lag) in drafts.iter().zip(lags) {
        // Promises and notices were added by the first try.
        let mut changes = Changes::default();
        draft.write_into(&mut changes);
        match change::commit(ctx, &Scope::Platform, changes).await {
            Ok(()) => {
                change::announce(ctx, draft);
                record(ctx, &[*lag]);
            }
            // Somebody else moved it on: another node recorded the same, or the next tick will.
            Err(StoreError::Conflict) => {}
            Err(StoreError::Unavailable(reason)) => return Err(StoreError::Unavailable(reason)),
            Err(error) => {
                let id = draft.conversation.id;
                tracing::error!(conversation = %id, %error, "what is due was not recorded");
            }
        }
    }
    Ok(())
}

fn record(ctx: &Ctx, lags: &[f64]) {
    for seconds in lags {
        ctx.meter.record(Measure::SchedulerLag { seconds: *seconds });
    }
}

async fn put_off(ctx: &Ctx, writes: Vec<ConversationWrite>) {
    for write in writes {
        let id = write.row.id;
        let changes = Changes { conversations: vec![write], ..Changes::default() };
        if let Err(error) = ctx.store.commit(&Scope::Platform, changes).await {
            tracing::debug!(conversation = %id, %error, "not put off");
        }
    }
}
