//! `/metrics`: counters as they are, and the gauges of this moment, asked when somebody scrapes. Where counting
//! takes long (a million open conversations), a scrape gets the last count, and counting keeps to a small part of
//! the database's time.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use kerros_app::ports::costs::{Cost, CostBook as _};
use kerros_app::ports::store::{JobKind, Scope, StoreError};
use kerros_app::tenant::Tenant;
use kerros_app::{channel_health, facts};
use kerros_domain::conversation::State;
use kerros_domain::id::TenantId;
use kerros_domain::ledger::{GoalCheck, Ledger};
use kerros_domain::policy::Share;
use kerros_domain::time::Timestamp;
use kerros_mail::health as mailbox;
use kerros_observe::metrics::Metrics;
use kerros_observe::name::Name;
use kerros_settings::SecretSource;
use kerros_web::state::{
    MailboxState, PluginFault, PluginFaults, Scrape, SecretPlace, UnsetSecret, UseVersion,
};
use tokio::sync::{Mutex, watch};
use tokio::time::timeout;

use crate::compose::House;
use crate::lifecycle::overview;

/// How often the month's ledgers are counted again; seldom where counting takes long.
const COUNT_EVERY: Duration = Duration::from_secs(30);

/// How long a scrape waits for gauges that are being counted, before it does with the last ones.
const WAIT: Duration = Duration::from_secs(1);
/// A count that took no longer is made for every scrape.
const QUICK: Duration = Duration::from_millis(50);
/// A longer one is made again after so many times its own length.
const REST: u32 = 20;

/// Answers scrapes.
pub struct Scraper {
    house: Arc<House>,
    pace: Arc<Mutex<Pace>>,
}

impl Scraper {
    /// For this house.
    pub fn of(house: Arc<House>) -> Self {
        Self { house, pace: Arc::default() }
    }
}

/// When gauges are counted again.
#[derive(Default)]
struct Pace {
    next: Option<Instant>,
}

impl Pace {
    fn is_due(&self, now: Instant) -> bool {
        self.next.is_none_or(|next| now >= next)
    }

    fn counted(&mut self, began: Instant, ended: Instant) {
        let took = ended.duration_since(began);
        self.next = (took > QUICK).then(|| ended + took * REST);
    }
}

#[async_trait]
impl Scrape for Scraper {
    async fn render(&self, writable: bool) -> String {
        let house = &self.house;
        house.metrics.set(Name::DatabaseUp, &[], f64::from(u8::from(writable)));
        // Whoever holds the pace is counting already.
        if let Ok(mut pace) = Arc::clone(&self.pace).try_lock_owned() {
            let began = Instant::now();
            if pace.is_due(began) {
                let house = Arc::clone(house);
                let counting = tokio::spawn(async move {
                    queues(&house).await;
                    jobs(&house).await;
                    waiting(&house).await;
                    pace.counted(began, Instant::now());
                });
                // Too late for this scrape is in time for the next.
                let _ = timeout(WAIT, counting).await;
            }
        }
        house.versions.count(&house.metrics);
        mail(house);
        channels(house);
        house.metrics.render()
    }
}

async fn queues(house: &House) {
    let metrics = &house.metrics;
    let Ok(depths) = house.ctx.store.depths(&Scope::Platform).await else { return };
    let now = house.ctx.now();
    // Several tenants may share the label "other", so sums come before setting.
    let mut depth: BTreeMap<(&str, &str, &str), u64> = BTreeMap::new();
    let mut oldest: BTreeMap<(&str, &str), i64> = BTreeMap::new();
    for one in &depths {
        let tenant = metrics.tenant(one.tenant.as_str());
        *depth.entry((tenant, one.layer.as_str(), state(one.state))).or_default() += one.count;
        if let (State::Queued, Some(since)) = (one.state, one.oldest) {
            let waited = oldest.entry((tenant, one.layer.as_str())).or_default();
            *waited = (*waited).max(now.since(since));
        }
    }
    metrics.clear(Name::QueueDepth);
    metrics.clear(Name::OldestWaiting);
    for ((tenant, layer, state), count) in depth {
        metrics.set(Name::QueueDepth, &[tenant, layer, state], number(count));
    }
    for ((tenant, layer), waited) in oldest {
        metrics.set(Name::OldestWaiting, &[tenant, layer], seconds(waited));
    }
}

fn mail(house: &House) {
    let metrics = &house.metrics;
    let now = house.ctx.now();
    for name in [Name::MailboxUp, Name::MailboxWaiting, Name::MailboxLag, Name::MailConnections] {
        metrics.clear(name);
    }
    for one in house.post.health.all() {
        let labels = [metrics.tenant(one.tenant.as_str()), one.mailbox.as_str()];
        let up = match one.state {
            mailbox::State::Standby => continue,
            mailbox::State::Idle | mailbox::State::Fetching => 1.0,
            mailbox::State::Starting | mailbox::State::Down => 0.0,
        };
        metrics.set(Name::MailboxUp, &labels, up);
        metrics.set(Name::MailboxWaiting, &labels, number(one.waiting));
        if one.state == mailbox::State::Idle {
            metrics.set(Name::MailboxLag, &labels, 0.0);
        } else if let Some(then) = one.caught_up {
            metrics.set(Name::MailboxLag, &labels, seconds(now.since(then).max(0)));
        }
    }
    for one in house.post.outboxes.sizes() {
        let (tenant, channel) = (metrics.tenant(one.tenant.as_str()), one.channel.as_str());
        for (state, count) in [("busy", one.busy), ("idle", one.idle)] {
            metrics.set(Name::MailConnections, &[tenant, channel, state], number(count as u64));
        }
    }
}

/// Paused or not, the share of errors, the oldest last sending.
type Worst = (f64, Option<f64>, Option<f64>);

/// How channels that send do on this node.
fn channels(house: &House) {
    let metrics = &house.metrics;
    for name in [Name::ChannelPaused, Name::ChannelErrorRatio, Name::ChannelLastSent] {
        metrics.clear(name);
    }
    // Several tenants may share the label "other": the worst of them counts.
    let mut worst: BTreeMap<(String, String), Worst> = BTreeMap::new();
    for tenant in kerros_app::ports::tenants::Tenants::all(&*house.directory) {
        for one in channel_health::of(&house.ctx, &tenant.policy.id) {
            let label = metrics.tenant(one.tenant.as_str()).to_owned();
            let (paused, ratio, sent) = worst.entry((label, one.channel.to_string())).or_default();
            if one.paused_until.is_some() {
                *paused = 1.0;
            }
            if one.sent + one.failed > 0 {
                *ratio = Some(ratio.unwrap_or(0.0).max(one.error_share()));
            }
            if let Some(at) = one.last_sent_at.map(|at| seconds(at.0)) {
                *sent = Some(sent.map_or(at, |known: f64| known.min(at)));
            }
        }
    }
    for ((tenant, channel), (paused, ratio, sent)) in worst {
        let labels = [tenant.as_str(), channel.as_str()];
        metrics.set(Name::ChannelPaused, &labels, paused);
        if let Some(ratio) = ratio {
            metrics.set(Name::ChannelErrorRatio, &labels, ratio);
        }
        if let Some(sent) = sent {
            metrics.set(Name::ChannelLastSent, &labels, sent);
        }
    }
}

async fn waiting(house: &House) {
    let metrics = &house.metrics;
    let Ok(waiting) = house.ctx.store.waiting_deliveries(&Scope::Platform).await else { return };
    let mut sums: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for one in &waiting {
        let tenant = metrics.tenant(one.tenant.as_str());
        *sums.entry((tenant, one.channel.as_str())).or_default() += one.count;
    }
    metrics.clear(Name::DeliveriesWaiting);
    for ((tenant, channel), count) in sums {
        metrics.set(Name::DeliveriesWaiting, &[tenant, channel], number(count));
    }
}

async fn jobs(house: &House) {
    let metrics = &house.metrics;
    let Ok(counts) = house.ctx.store.job_counts().await else { return };
    let now = house.ctx.now();
    // A kind without jobs is not among the counts, and several tenants may share the label "other".
    let mut waiting = JobKind::ALL.map(|kind| (kind, 0_u64, 0_i64));
    let mut dead: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    let tenants = kerros_app::ports::tenants::Tenants::all(&*house.directory);
    for count in &counts {
        if let Some((_, sum, oldest)) = waiting.iter_mut().find(|(kind, ..)| *kind == count.kind) {
            *sum += count.waiting;
            *oldest = (*oldest).max(count.oldest.map_or(0, |at| now.since(at)));
        }
        let tenant = metrics.tenant(count.tenant.as_str());
        *dead.entry((tenant, count.kind.as_str())).or_default() += count.dead;
    }
    for (kind, sum, oldest) in waiting {
        metrics.set(Name::JobsWaiting, &[kind.as_str()], number(sum));
        metrics.set(Name::JobsOldest, &[kind.as_str()], seconds(oldest));
    }
    metrics.clear(Name::JobsDead);
    for tenant in &tenants {
        for kind in JobKind::ALL {
            dead.entry((metrics.tenant(tenant.policy.id.as_str()), kind.as_str())).or_default();
        }
    }
    for ((tenant, kind), sum) in dead {
        metrics.set(Name::JobsDead, &[tenant, kind], number(sum));
    }
}

/// Counts every tenant's month against its goals, now and then, until `stop`.
pub async fn count_months(house: Arc<House>, mut stop: watch::Receiver<bool>) {
    // A count that fails leaves the last one standing: the database's own metrics tell why.
    let mut months: BTreeMap<TenantId, Vec<GoalCheck>> = BTreeMap::new();
    loop {
        let began = Instant::now();
        let tenants = kerros_app::ports::tenants::Tenants::all(&*house.directory);
        months.retain(|id, _| tenants.iter().any(|tenant| tenant.policy.id == *id));
        for tenant in tenants {
            if let Some(month) = month(&house, &tenant).await {
                months.insert(tenant.policy.id.clone(), month);
            }
        }
        show(&house.metrics, &months);
        let pause = COUNT_EVERY.max(began.elapsed() * REST);
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// This month's checks of a tenant's goals.
async fn month(house: &House, tenant: &Tenant) -> Option<Vec<GoalCheck>> {
    let policy = &tenant.policy;
    let now = house.ctx.now();
    let from = month_start(now, &policy.time_zone)?;
    let demand = facts::demand(&house.ctx, policy, from, now.plus_millis(1)).await.ok()?;
    Some(Ledger::of(&demand, policy).check(&policy.goals))
}

/// Sets goals and shares, and forgets those of layers, goals and tenants that are gone.
fn show(metrics: &Metrics, months: &BTreeMap<TenantId, Vec<GoalCheck>>) {
    metrics.clear(Name::LayerGoal);
    metrics.clear(Name::LayerActual);
    for (tenant, month) in months {
        let label = metrics.tenant(tenant.as_str());
        for check in month {
            let goal = &check.goal;
            let (layer, share) = (goal.layer.as_str(), share(goal.share));
            for (bound, value) in [("at_least", goal.at_least), ("under", goal.under)] {
                if let Some(value) = value {
                    metrics.set(Name::LayerGoal, &[label, layer, share, bound], value);
                }
            }
            if let Some(actual) = check.actual.value() {
                metrics.set(Name::LayerActual, &[label, layer, share], actual);
            }
        }
    }
}

/// The first moment of the month in a time zone.
fn month_start(now: Timestamp, zone: &str) -> Option<Timestamp> {
    let at = jiff::Timestamp::from_millisecond(now.0).ok()?.in_tz(zone).ok()?;
    let first = at.first_of_month().ok()?.start_of_day().ok()?;
    Some(Timestamp(first.timestamp().as_millisecond()))
}

const fn state(state: State) -> &'static str {
    match state {
        State::Bot => "bot",
        State::OutOfHours => "out_of_hours",
        State::Queued => "queued",
        State::Assigned => "assigned",
        State::Pending => "pending",
        State::Resolved => "resolved",
        State::Closed => "closed",
    }
}

const fn share(share: Share) -> &'static str {
    match share {
        Share::OfDemand => "of_demand",
        Share::OfEntered => "of_entered",
        Share::Cumulative => "cumulative",
        Share::Entered => "entered",
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
const fn number(count: u64) -> f64 {
    count as f64
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds stay far below 2^53")]
fn seconds(millis: i64) -> f64 {
    millis as f64 / 1000.0
}

#[async_trait]
impl PluginFaults for Scraper {
    fn uses(&self) -> Vec<UseVersion> {
        overview::versions(&self.house)
    }

    async fn costs(&self, scope: &Scope, from: i64, to: i64) -> Result<Vec<Cost>, StoreError> {
        self.house.store.costs(scope, from, to).await
    }

    fn mailboxes(&self) -> Vec<MailboxState> {
        let told = |one: mailbox::MailboxHealth| MailboxState {
            tenant: one.tenant,
            mailbox: one.mailbox,
            channel: one.channel,
            address: one.address,
            state: one.state.as_str(),
            since: one.since,
            fault: one.fault,
            waiting: one.waiting,
            caught_up: one.caught_up,
        };
        self.house.post.health.all().into_iter().map(told).collect()
    }

    fn all(&self) -> Vec<PluginFault> {
        let told = |record: kerros_host::FaultRecord| PluginFault {
            tenant: record.tenant,
            plugin: record.plugin,
            name: record.name,
            fault: record.fault,
            message: record.message,
            at: record.at,
            count: record.count,
        };
        self.house.host.faults().into_iter().map(told).collect()
    }

    fn unset(&self) -> Vec<UnsetSecret> {
        let unset = self.house.keyring.unset().into_iter();
        unset
            .filter_map(|(tenant, one)| {
                let source = match one.source {
                    SecretSource::Env { env } => SecretPlace::Variable(env),
                    SecretSource::File { file } => SecretPlace::File(file.display().to_string()),
                    // Made when it is missing.
                    SecretSource::Generated { .. } => return None,
                };
                Some(UnsetSecret { tenant, name: one.used_by, secret: one.name, source })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_counts_are_made_seldom_and_short_ones_each_time() {
        let began = Instant::now();
        let ms = Duration::from_millis;
        let mut pace = Pace::default();
        assert!(pace.is_due(began));
        pace.counted(began, began + ms(40));
        assert!(pace.is_due(began + ms(40)));
        pace.counted(began, began + ms(700));
        assert!(!pace.is_due(began + ms(14_000)));
        assert!(pace.is_due(began + ms(14_700)));
    }

    #[test]
    fn goals_and_shares_of_what_is_gone_are_forgotten() {
        let metrics = Metrics::new(&[], 10).unwrap();
        let policy = kerros_domain::sample::policy();
        let checks = |goals: &[kerros_domain::policy::Goal]| Ledger::of(&[], &policy).check(goals);
        let mut months = BTreeMap::from([
            (TenantId::from("aurinko"), checks(&policy.goals)),
            (TenantId::from("vuori"), checks(&policy.goals)),
        ]);
        show(&metrics, &months);
        let count = |text: &str| text.matches("\nkerros_layer_goal_ratio{").count();
        assert_eq!(count(&metrics.render()), 6);
        months.insert(TenantId::from("aurinko"), checks(&policy.goals[..1]));
        months.remove(&TenantId::from("vuori"));
        show(&metrics, &months);
        let text = metrics.render();
        assert_eq!(count(&text), 1, "{text}");
        assert!(text.contains(r#"layer="self-service",share="of_demand",tenant="aurinko"} 0.25"#));
    }

    #[test]
    fn a_month_begins_at_local_midnight() {
        let at = |text: &str| Timestamp(text.parse::<jiff::Timestamp>().unwrap().as_millisecond());
        let start = month_start(at("2026-11-22T10:00:00Z"), "Europe/Helsinki").unwrap();
        assert_eq!(start, at("2026-10-31T22:00:00Z"));
        let first_minute = month_start(at("2026-10-31T22:00:30Z"), "Europe/Helsinki").unwrap();
        assert_eq!(first_minute, start);
        assert_eq!(month_start(start, "Nowhere/Else"), None);
    }
}
