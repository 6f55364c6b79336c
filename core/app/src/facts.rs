//! Facts of one tenant and period: what the ledger, the board and reports are counted from.
//!
//! [`TenantFacts`] answers a report plugin by name, as JSON. A share is always written with its
//! denominator: `{"part": 3, "whole": 12}`. The shapes are the structs in `shapes`.

mod shapes;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use kerros_domain::conversation::Conversation;
use kerros_domain::ledger::{
    DemandFact, Ledger, Outcome, VisitFact, bot_containment, escalation_quality, fcr,
    first_response,
};
use kerros_domain::policy::{LayerKind, TenantPolicy};
use kerros_domain::sla::{Metric, Owner, TargetState};
use kerros_domain::time::Timestamp;
use serde::Serialize;
pub use shapes::{
    ChannelFact, DayFact, DayLayer, GoalFact, HourFact, LayerFact, LedgerFact, SlaFact, TagFact,
};
use tokio::sync::OnceCell;

use crate::calendar_day;
use crate::ctx::Ctx;
use crate::error::Error;
use crate::ports::plugin::PluginError;
use crate::ports::report::FactSource;
use crate::ports::store::Visit;
use crate::tenant::Tenant;

/// Rows read at once.
const PAGE: u32 = 1000;

/// Every unit of demand that began in the period.
///
/// # Errors
/// `Unavailable` without a database.
pub async fn demand(
    ctx: &Ctx,
    policy: &TenantPolicy,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<DemandFact>, Error> {
    let mut facts = Vec::new();
    each(ctx, policy, from, to, |conversation| facts.extend(DemandFact::of(conversation))).await?;
    facts.extend(visits(ctx, policy, from, to).await?);
    Ok(facts)
}

/// Help-center visits of the period that count as demand, of the first self-service layer.
pub(crate) async fn visits(
    ctx: &Ctx,
    policy: &TenantPolicy,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<DemandFact>, Error> {
    let first = policy.layers.iter().find(|layer| layer.kind == LayerKind::SelfService);
    let Some(layer) = first else { return Ok(Vec::new()) };
    let now = ctx.now();
    let visits = ctx.store.visits_between(&policy.id, from, to).await?;
    let facts = visits.iter().map(visit_fact);
    Ok(facts.filter_map(|visit| DemandFact::of_visit(&visit, &layer.id, now)).collect())
}

/// Shows every conversation opened in the period to `look`, page by page.
pub(crate) async fn each(
    ctx: &Ctx,
    policy: &TenantPolicy,
    from: Timestamp,
    to: Timestamp,
    mut look: impl FnMut(&Conversation),
) -> Result<(), Error> {
    let mut after = None;
    loop {
        let page = ctx.store.opened_between(&policy.id, from, to, after, PAGE).await?;
        page.iter().for_each(&mut look);
        match page.last() {
            Some(last) if page.len() >= PAGE as usize => after = Some(last.id),
            _ => return Ok(()),
        }
    }
}

/// A contact is kept only if it came in time, so the last act stands for its moment.
fn visit_fact(visit: &Visit) -> VisitFact {
    VisitFact {
        id: visit.id,
        began_at: visit.began_at,
        last_at: visit.last_at,
        searches: visit.searches,
        articles_opened: visit.articles,
        read_an_article: visit.read > 0,
        helped: visit.helped == Some(true),
        contacted_at: visit.contacted.map(|_| visit.last_at),
    }
}

/// What was read once for all questions of a report.
struct Read {
    /// Demand of the period, then of the FCR window after it.
    facts: Vec<DemandFact>,
    /// How many of them belong to the period.
    period: usize,
    /// Met, breached and open targets by metric and owner.
    sla: BTreeMap<(Metric, Owner), SlaFact>,
}

impl Read {
    fn period(&self) -> &[DemandFact] {
        &self.facts[..self.period]
    }
}

/// Answers a report's questions about its own tenant and period.
pub struct TenantFacts {
    ctx: Ctx,
    tenant: Arc<Tenant>,
    from: Timestamp,
    to: Timestamp,
    read: OnceCell<Read>,
}

impl TenantFacts {
    /// Facts of a tenant from `from` to before `to`.
    #[must_use]
    pub fn new(ctx: Ctx, tenant: Arc<Tenant>, from: Timestamp, to: Timestamp) -> Self {
        Self { ctx, tenant, from, to, read: OnceCell::new() }
    }

    async fn read(&self) -> Result<&Read, Error> {
        self.read.get_or_try_init(|| self.read_all()).await
    }

    async fn read_all(&self) -> Result<Read, Error> {
        let policy = &self.tenant.policy;
        let mut facts = Vec::new();
        let mut sla = BTreeMap::new();
        each(&self.ctx, policy, self.from, self.to, |conversation| {
            facts.extend(DemandFact::of(conversation));
            count_targets(&mut sla, conversation);
        })
        .await?;
        facts.extend(visits(&self.ctx, policy, self.from, self.to).await?);
        let period = facts.len();
        let window = i64::from(self.tenant.manners.fcr_window_days) * 86_400_000;
        let end = self.to.plus_millis(window);
        facts.extend(demand(&self.ctx, policy, self.to, end).await?);
        Ok(Read { facts, period, sla })
    }

    /// The ledger with goals and the figures beside it.
    ///
    /// # Errors
    /// `Unavailable` without a database.
    pub async fn ledger(&self) -> Result<LedgerFact, Error> {
        let read = self.read().await?;
        let policy = &self.tenant.policy;
        let ledger = Ledger::of(read.period(), policy);
        let days = u64::from(self.tenant.manners.fcr_window_days);
        let fcr = fcr(&read.facts, policy, self.from..self.to, days * 86_400);
        let (calendar, business) = first_response(read.period(), policy);
        Ok(LedgerFact {
            demand: ledger.demand,
            unresolved: ledger.unresolved,
            abandoned: ledger.abandoned,
            self_service: ledger.self_service_rate(),
            layers: shapes::layers(&ledger, policy),
            goals: shapes::goals(&ledger, policy),
            fcr: fcr.ratio,
            fcr_window_days: days,
            first_response_calendar: calendar,
            first_response_business: business,
            bot_containment: bot_containment(read.period(), policy),
            escalations: escalation_quality(read.period()),
        })
    }

    async fn daily(&self) -> Result<Vec<DayFact>, Error> {
        let read = self.read().await?;
        let policy = &self.tenant.policy;
        let zone = &policy.time_zone;
        let mut by_day: BTreeMap<String, Vec<&DemandFact>> =
            calendar_day::dates(self.from, self.to, zone)
                .into_iter()
                .map(|date| (date, Vec::new()))
                .collect();
        for fact in read.period() {
            by_day.entry(calendar_day::date_of(fact.began_at, zone)).or_default().push(fact);
        }
        Ok(by_day
            .into_iter()
            .map(|(date, facts)| {
                let ledger = Ledger::of(facts, policy);
                DayFact {
                    date,
                    demand: ledger.demand,
                    unresolved: ledger.unresolved,
                    abandoned: ledger.abandoned,
                    layers: ledger
                        .layers
                        .iter()
                        .map(|line| DayLayer {
                            layer: line.layer.to_string(),
                            entered: line.entered,
                            solved: line.solved(),
                        })
                        .collect(),
                }
            })
            .collect())
    }

    async fn channels(&self) -> Result<Vec<ChannelFact>, Error> {
        let mut channels: BTreeMap<Option<String>, ChannelFact> = BTreeMap::new();
        for fact in self.read().await?.period() {
            let channel = fact.channel.as_ref().map(ToString::to_string);
            let line = channels.entry(channel.clone()).or_insert_with(|| ChannelFact {
                channel,
                demand: 0,
                solved: 0,
            });
            line.demand += 1;
            line.solved += u64::from(matches!(fact.outcome, Outcome::Solved { .. }));
        }
        Ok(channels.into_values().collect())
    }

    async fn tags(&self) -> Result<Vec<TagFact>, Error> {
        let read = self.read().await?;
        let whole = read.period as u64;
        let mut tags: BTreeMap<&str, u64> = BTreeMap::new();
        for tag in read.period().iter().flat_map(|fact| &fact.tags) {
            *tags.entry(tag.as_str()).or_default() += 1;
        }
        let mut lines: Vec<TagFact> = tags
            .into_iter()
            .map(|(tag, demand)| TagFact { tag: tag.to_owned(), demand, of: whole })
            .collect();
        lines.sort_by(|a, b| b.demand.cmp(&a.demand).then_with(|| a.tag.cmp(&b.tag)));
        Ok(lines)
    }

    async fn hours(&self) -> Result<Vec<HourFact>, Error> {
        let policy = &self.tenant.policy;
        let people = policy.layers.iter().find(|layer| layer.kind.has_people());
        let mut hours: Vec<HourFact> =
            (0..24).map(|hour| HourFact { hour, demand: 0, while_closed: 0 }).collect();
        for fact in self.read().await?.period() {
            let hour = calendar_day::hour_of(fact.began_at, &policy.time_zone);
            let line = &mut hours[usize::from(hour)];
            line.demand += 1;
            let closed = people.is_some_and(|layer| !policy.is_open(layer, fact.began_at));
            line.while_closed += u64::from(closed);
        }
        Ok(hours)
    }

    async fn sla(&self) -> Result<Vec<SlaFact>, Error> {
        Ok(self.read().await?.sla.values().cloned().collect())
    }
}

fn count_targets(sla: &mut BTreeMap<(Metric, Owner), SlaFact>, conversation: &Conversation) {
    for target in &conversation.targets {
        let key = (target.spec.metric, target.spec.owner);
        let line = sla.entry(key).or_insert_with(|| SlaFact::new(key));
        match target.state {
            TargetState::Met => line.met += 1,
            TargetState::Breached => line.breached += 1,
            TargetState::Running | TargetState::Paused | TargetState::Waiting => line.open += 1,
            TargetState::Dropped => {}
        }
    }
}

fn json<T: Serialize>(facts: Result<T, Error>) -> Result<String, PluginError> {
    let facts = facts.map_err(|error| PluginError::Temporary {
        message: error.to_string(),
        retry_after_ms: None,
    })?;
    serde_json::to_string(&facts)
        .map_err(|fault| PluginError::Permanent { message: fault.to_string() })
}

#[async_trait]
impl FactSource for TenantFacts {
    async fn facts(&self, name: &str) -> Result<String, PluginError> {
        match name {
            "ledger" => json(self.ledger().await),
            "daily" => json(self.daily().await),
            "channels" => json(self.channels().await),
            "tags" => json(self.tags().await),
            "hours" => json(self.hours().await),
            "sla" => json(self.sla().await),
            _ => Err(PluginError::Invalid {
                message: "facts are: ledger, daily, channels, tags, hours, sla".to_owned(),
            }),
        }
    }
}
