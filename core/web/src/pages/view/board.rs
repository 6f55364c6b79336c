//! The layer board: today's demand, the ledger with its denominators, queues, goals.

use kerros_app::board::{Board, LayerBoard};
use kerros_app::tenant::Tenant;
use kerros_domain::ledger::{GoalCheck, Ratio};
use kerros_domain::policy::{LayerKind, Share};
use kerros_domain::time::Timestamp;
use serde::Serialize;

use super::conversation::kind_icon;
use super::look::{Badge, Look};
use crate::i18n::time::{self, When};
use crate::i18n::{percent, whole};

/// The board of one tenant.
#[derive(Debug, Clone, Serialize)]
pub struct BoardView {
    /// Whose.
    pub tenant: Badge,
    /// The day in full.
    pub day: String,
    /// The date, for the form.
    pub date: String,
    /// When it was counted.
    pub counted: When,
    /// Units of demand.
    pub demand: String,
    /// Whether there was any.
    pub any: bool,
    /// The ledger: every unit of demand in one place.
    pub ledger: Vec<Outcome>,
    /// The ledger in one sentence, for those who do not see the bar.
    pub ledger_text: String,
    /// The layers.
    pub layers: Vec<LayerView>,
}

/// A line of the ledger and its stretch of the bar.
#[derive(Debug, Clone, Serialize)]
pub struct Outcome {
    /// What became of it.
    pub title: String,
    /// `layer-0`…, `open`, `abandoned`: the class of its colour.
    pub key: String,
    /// How many.
    pub count: String,
    /// Of demand.
    pub share: String,
    /// Where its stretch begins, 0 to 100.
    pub x: f64,
    /// How wide it is, 0 to 100.
    pub width: f64,
}

/// A layer of the board.
#[derive(Debug, Clone, Serialize)]
pub struct LayerView {
    /// Its title.
    pub title: String,
    /// An icon for its kind.
    pub icon: &'static str,
    /// Its colour's class.
    pub key: String,
    /// Whether people stand in a queue here.
    pub personal: bool,
    /// Whether it is open now.
    pub open: bool,
    /// When it opens next, if closed.
    pub opens: Option<String>,
    /// Demand that entered it.
    pub entered: String,
    /// Solved by it.
    pub solved: String,
    /// In self-service: of those, what the customer confirmed and what is assumed.
    pub sure: Option<Sure>,
    /// How many of those may still be reopened.
    pub provisional: Option<String>,
    /// Its goals.
    pub goals: Vec<GoalView>,
    /// Shares without a goal that say how it does.
    pub shares: Vec<ShareView>,
    /// With a bot now.
    pub with_bot: String,
    /// In the queue now.
    pub queued: String,
    /// Waiting for opening now.
    pub waiting: String,
    /// With people now.
    pub assigned: String,
    /// How long the oldest has been in the queue.
    pub oldest: Option<(When, String)>,
}

/// How sure it is that self-service solved what it is said to have solved.
#[derive(Debug, Clone, Serialize)]
pub struct Sure {
    /// The customer confirmed it.
    pub confirmed: String,
    /// The customer left after an answer and did not come back.
    pub assumed: String,
}

/// A share with its denominator.
#[derive(Debug, Clone, Serialize)]
pub struct ShareView {
    /// What it is.
    pub title: String,
    /// As shown: `27.4%`, or a dash of nothing.
    pub value: String,
    /// `33 of 120`.
    pub of: String,
    /// 0 to 100.
    pub width: f64,
}

/// A goal and how it stands.
#[derive(Debug, Clone, Serialize)]
pub struct GoalView {
    /// The share.
    #[serde(flatten)]
    pub share: ShareView,
    /// `at least 25%`.
    pub goal: String,
    /// Where the goal's mark stands, 0 to 100.
    pub mark: f64,
    /// `met`, `missed`, `unknown`.
    pub state: &'static str,
}

fn count(look: &Look, number: u64) -> String {
    whole(look.say.lang, i64::try_from(number).unwrap_or(i64::MAX))
}

fn hundred(ratio: Ratio) -> f64 {
    (ratio.value().unwrap_or(0.0) * 100.0).clamp(0.0, 100.0)
}

fn share(look: &Look, title: &str, ratio: Ratio) -> ShareView {
    let of = [("part", count(look, ratio.part).into()), ("whole", count(look, ratio.whole).into())];
    ShareView {
        title: look.say.t(title),
        value: ratio.value().map_or_else(|| "–".to_owned(), |v| percent(look.say.lang, v)),
        of: look.say.with("of", &of),
        width: hundred(ratio),
    }
}

const fn share_key(share: Share) -> &'static str {
    match share {
        Share::OfDemand => "share-of-demand",
        Share::OfEntered => "share-of-entered",
        Share::Cumulative => "share-cumulative",
        Share::Entered => "share-entered",
    }
}

fn goal(look: &Look, check: &GoalCheck) -> GoalView {
    let lang = look.say.lang;
    let (goal, mark) = match (check.goal.at_least, check.goal.under) {
        (Some(least), _) => {
            (look.say.with("goal-at-least", &[("share", percent(lang, least).into())]), least)
        }
        (None, Some(under)) => {
            (look.say.with("goal-under", &[("share", percent(lang, under).into())]), under)
        }
        (None, None) => (String::new(), 0.0),
    };
    GoalView {
        share: share(look, share_key(check.goal.share), check.actual),
        goal,
        mark: (mark * 100.0).clamp(0.0, 100.0),
        state: match check.met {
            Some(true) => "met",
            Some(false) => "missed",
            None => "unknown",
        },
    }
}

impl BoardView {
    /// A tenant's board.
    #[must_use]
    pub fn of(look: &Look, tenant: &Tenant, board: &Board) -> Self {
        let look = &look.at(tenant);
        let mut outcomes: Vec<(String, String, u64)> = board
            .layers
            .iter()
            .enumerate()
            .map(|(n, l)| {
                (
                    look.pick(&l.title, l.layer.as_str()).to_owned(),
                    format!("layer-{}", n % 6),
                    l.solved,
                )
            })
            .collect();
        // Layers that the policy no longer has are in the ledger too; what they solved is shown together.
        let named: u64 =
            outcomes.iter().map(|(_, _, n)| n).sum::<u64>() + board.unresolved + board.abandoned;
        if board.demand > named {
            outcomes.push((
                look.say.t("outcome-former"),
                "former".to_owned(),
                board.demand - named,
            ));
        }
        outcomes.push((look.say.t("outcome-unresolved"), "open".to_owned(), board.unresolved));
        outcomes.push((look.say.t("outcome-abandoned"), "abandoned".to_owned(), board.abandoned));
        let mut x = 0.0;
        let ledger: Vec<Outcome> = outcomes
            .into_iter()
            .map(|(title, key, n)| {
                let ratio = Ratio { part: n, whole: board.demand };
                let width = hundred(ratio);
                let outcome = Outcome {
                    title,
                    key,
                    count: count(look, n),
                    share: ratio
                        .value()
                        .map_or_else(|| "–".to_owned(), |v| percent(look.say.lang, v)),
                    x,
                    width,
                };
                x += width;
                outcome
            })
            .collect();
        let noon = board.counted_at;
        Self {
            tenant: Badge::of(tenant),
            day: time::day_of_date(look.say, &look.zone, &board.day)
                .unwrap_or_else(|| board.day.clone()),
            date: board.day.clone(),
            counted: look.when(noon),
            demand: count(look, board.demand),
            any: board.demand > 0,
            ledger_text: ledger
                .iter()
                .map(|o| format!("{}: {} ({})", o.title, o.count, o.share))
                .collect::<Vec<_>>()
                .join(", "),
            ledger,
            layers: board.layers.iter().enumerate().map(|(n, l)| layer(look, n, l)).collect(),
        }
    }
}

fn layer(look: &Look, n: usize, l: &LayerBoard) -> LayerView {
    let goals: Vec<GoalView> = l.goals.iter().map(|check| goal(look, check)).collect();
    let bound = |share: Share| l.goals.iter().any(|check| check.goal.share == share);
    // Every layer says what it solved of demand and of what it entered, with a goal or without.
    let free = [(Share::OfDemand, l.of_demand), (Share::OfEntered, l.of_entered)];
    let shares = free
        .into_iter()
        .filter(|(kind, _)| !bound(*kind))
        .map(|(kind, ratio)| share(look, share_key(kind), ratio))
        .collect();
    let aged = |at: Timestamp| (look.when(at), look.age(at));
    LayerView {
        title: look.pick(&l.title, l.layer.as_str()).to_owned(),
        icon: kind_icon(l.kind),
        key: format!("layer-{}", n % 6),
        personal: l.kind != LayerKind::SelfService,
        open: l.open,
        opens: l.opens_at.map(|at| time::opens(look.say, &look.zone, look.now, at)),
        entered: count(look, l.entered),
        solved: count(look, l.solved),
        sure: (l.kind == LayerKind::SelfService && l.solved > 0)
            .then(|| Sure { confirmed: count(look, l.confirmed), assumed: count(look, l.assumed) }),
        provisional: (l.provisional > 0).then(|| count(look, l.provisional)),
        goals,
        shares,
        with_bot: count(look, l.with_bot),
        queued: count(look, l.queued),
        waiting: count(look, l.out_of_hours),
        assigned: count(look, l.assigned),
        oldest: l.oldest.map(aged),
    }
}
