//! How channels and mailboxes do, as the page of deliveries shows them.

use kerros_app::channel_health::ChannelHealth;
use kerros_app::tenant::Tenant;
use serde::Serialize;

use super::look::{Badge, ChannelMark, Look};
use crate::i18n::time::{self, When};
use crate::i18n::whole;
use crate::state::MailboxState;

/// Beyond this share of failed attempts a channel counts as failing.
const FAILING: f64 = 0.2;

/// A channel that sends.
#[derive(Debug, Clone, Serialize)]
pub struct ChannelLine {
    /// Whose.
    pub tenant: Badge,
    /// The channel.
    pub channel: ChannelMark,
    /// Its plugin.
    pub plugin: String,
    /// `good`, `warn`, `bad`, `plain`.
    pub tone: &'static str,
    /// An icon of the sprite.
    pub icon: &'static str,
    /// How it does.
    pub state: String,
    /// Why it pauses or failed last.
    pub why: Option<String>,
    /// When the provider last took a message.
    pub last_sent: Option<When>,
    /// `3 of 40`, if anything failed.
    pub errors: Option<String>,
    /// Messages that wait to go out.
    pub waiting: String,
    /// Whether any do.
    pub any_waiting: bool,
}

impl ChannelLine {
    /// A channel to show.
    #[must_use]
    pub fn of(look: &Look, tenant: &Tenant, health: &ChannelHealth) -> Self {
        let look = &look.at(tenant);
        let say = look.say;
        let number = |n: u64| whole(say.lang, i64::try_from(n).unwrap_or(i64::MAX));
        let failing = health.failed > 0 && health.error_share() > FAILING;
        let (tone, icon, state) = match health.paused_until {
            Some(until) => {
                let when = time::opens(say, &look.zone, look.now, until);
                ("warn", "pause", say.with("health-paused", &[("when", when.into())]))
            }
            None if failing => ("bad", "late", say.t("health-failing")),
            None if health.last_sent_at.is_none() => ("plain", "clock", say.t("health-idle")),
            None => ("good", "check-circle", say.t("health-works")),
        };
        let last_failed = health.last_error.clone().filter(|_| health.failed > 0);
        let errors = (health.failed > 0).then(|| {
            let all = number(health.sent + health.failed);
            let values = [("failed", number(health.failed).into()), ("all", all.into())];
            say.with("health-error-share", &values)
        });
        Self {
            tenant: Badge::of(tenant),
            channel: ChannelMark::of(tenant, &health.channel),
            plugin: health.plugin.clone(),
            tone,
            icon,
            state,
            why: health.paused_why.clone().or(last_failed),
            last_sent: health.last_sent_at.map(|at| look.when(at)),
            errors,
            waiting: number(health.waiting),
            any_waiting: health.waiting > 0,
        }
    }
}

/// A mailbox.
#[derive(Debug, Clone, Serialize)]
pub struct MailboxLine {
    /// Whose.
    pub tenant: Badge,
    /// Its name in the tenant's config.
    pub mailbox: String,
    /// Its address.
    pub address: String,
    /// `good`, `warn`, `bad`, `plain`.
    pub tone: &'static str,
    /// An icon of the sprite.
    pub icon: &'static str,
    /// What it is doing.
    pub state: String,
    /// Why it is down.
    pub fault: Option<String>,
    /// Mails on the server that are not taken in yet.
    pub waiting: String,
    /// When everything was last taken in.
    pub caught_up: Option<When>,
}

impl MailboxLine {
    /// A mailbox to show.
    #[must_use]
    pub fn of(look: &Look, tenant: &Tenant, one: &MailboxState) -> Self {
        let look = &look.at(tenant);
        let (tone, icon) = match one.state {
            "idle" => ("good", "check-circle"),
            "fetching" => ("good", "refresh"),
            "standby" => ("plain", "moon"),
            "starting" => ("warn", "clock"),
            _ => ("bad", "late"),
        };
        Self {
            tenant: Badge::of(tenant),
            mailbox: one.mailbox.clone(),
            address: one.address.clone(),
            tone,
            icon,
            state: look.say.t(&format!("health-mail-{}", one.state)),
            fault: one.fault.clone(),
            waiting: whole(look.say.lang, i64::try_from(one.waiting).unwrap_or(i64::MAX)),
            caught_up: one.caught_up.map(|at| look.when(at)),
        }
    }
}
