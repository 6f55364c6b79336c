//! `GET /console/health`: work that was given up, how channels and mailboxes do and how the queues of jobs stand, for
//! supervisors.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use kerros_app::channel_health;
use kerros_app::dead_letters::{self, Told};
use kerros_app::error::Error;
use kerros_app::ports::store::JobKind;
use kerros_app::tenant::Tenant;
use serde::Serialize;

use super::desk::Desk;
use super::view::Look;
use super::view::health::{ChannelLine, MailboxLine};
use super::view::look::{Badge, ChannelMark};
use crate::i18n::time::When;
use crate::i18n::whole;
use crate::state::{PluginFault, SecretPlace, UnsetSecret, WebState};

const SHOWN: u32 = 200;

#[derive(Serialize)]
pub(super) struct Page {
    pub letters: Vec<Letter>,
    pub jobs: Vec<Jobs>,
    pub faults: Vec<Trouble>,
    pub unset: Vec<Unset>,
    pub channels: Vec<ChannelLine>,
    pub mailboxes: Vec<MailboxLine>,
}

/// A secret that config names and that is not set.
#[derive(Debug, Clone, Serialize)]
pub struct Unset {
    /// Whose.
    pub tenant: Badge,
    /// What needs it, by its name in the tenant's config.
    pub name: String,
    /// The secret's name.
    pub secret: String,
    /// `variable` or `file`.
    pub kind: &'static str,
    /// The variable's name or the file's path.
    pub place: String,
}

impl Unset {
    /// A secret to show.
    #[must_use]
    pub fn of(tenant: &Tenant, unset: &UnsetSecret) -> Self {
        let (kind, place) = match &unset.source {
            SecretPlace::Variable(name) => ("variable", name),
            SecretPlace::File(path) => ("file", path),
        };
        Self {
            tenant: Badge::of(tenant),
            name: unset.name.clone(),
            secret: unset.secret.clone(),
            kind,
            place: place.clone(),
        }
    }
}

/// The last fault of one use of a plugin.
#[derive(Debug, Clone, Serialize)]
pub struct Trouble {
    /// Whose.
    pub tenant: Badge,
    /// The plugin.
    pub plugin: String,
    /// The name in the tenant's config.
    pub name: String,
    /// What, in the host's words.
    pub message: String,
    /// How often since this node's start.
    pub count: u64,
    /// When last.
    pub at: When,
}

impl Trouble {
    /// A fault to show.
    #[must_use]
    pub fn of(look: &Look, tenant: &Tenant, fault: &PluginFault) -> Self {
        Self {
            tenant: Badge::of(tenant),
            plugin: fault.plugin.to_string(),
            name: fault.name.clone(),
            message: fault.message.clone(),
            count: fault.count,
            at: look.at(tenant).when(fault.at),
        }
    }
}

/// Work that was given up.
#[derive(Debug, Clone, Serialize)]
pub struct Letter {
    /// The job.
    pub job: String,
    /// Whose.
    pub tenant: Badge,
    /// `intake`, `bot_turn`, `deliver`.
    pub kind: &'static str,
    /// Attempts made.
    pub attempts: u32,
    /// Why it was given up.
    pub error: String,
    /// Since when.
    pub at: When,
    /// The conversation's address, if it was a delivery.
    pub href: Option<String>,
    /// The customer, if it is known.
    pub contact: Option<String>,
    /// The channel that it came or was to go by.
    pub channel: Option<ChannelMark>,
    /// The message may have gone out all the same.
    pub maybe_sent: bool,
}

/// Jobs of one kind.
#[derive(Debug, Clone, Serialize)]
pub struct Jobs {
    /// `intake`, `bot_turn`, `deliver`.
    pub kind: &'static str,
    /// Waiting or under way.
    pub waiting: String,
    /// Given up.
    pub dead: String,
    /// Whether any was given up.
    pub any_dead: bool,
    /// How long the oldest has waited.
    pub oldest: Option<String>,
}

/// `GET /console/health`.
pub async fn get(State(state): State<WebState>, desk: Desk) -> Response {
    match read(&state, &desk).await {
        Ok(page) => desk.page("console/health.html", "health", "nav-health", page),
        Err(error) => desk.fault(&error),
    }
}

async fn read(state: &WebState, desk: &Desk) -> Result<Page, Error> {
    let letters = dead_letters::told(&state.ctx, &desk.caller, SHOWN).await?;
    let counts = state.ctx.store.job_counts().await?;
    let number = |n: u64| whole(desk.lang(), i64::try_from(n).unwrap_or(i64::MAX));
    let scope = desk.caller.scope();
    let faults = state.faults.all().into_iter().filter(|fault| scope.holds(&fault.tenant));
    let unset = state.faults.unset().into_iter().filter(|unset| scope.holds(&unset.tenant));
    let (mut channels, mut mailboxes) = (Vec::new(), Vec::new());
    let all = state.faults.mailboxes();
    for place in &desk.caller.user.memberships {
        let Some(tenant) = state.ctx.tenants.get(&place.tenant) else { continue };
        let own = channel_health::channels(&state.ctx, &desk.caller, &place.tenant).await?;
        channels.extend(own.iter().map(|one| ChannelLine::of(&desk.look, &tenant, one)));
        let own = all.iter().filter(|one| one.tenant == place.tenant);
        mailboxes.extend(own.map(|one| MailboxLine::of(&desk.look, &tenant, one)));
    }
    Ok(Page {
        channels,
        mailboxes,
        unset: unset
            .filter_map(|unset| Some(Unset::of(&*state.ctx.tenants.get(&unset.tenant)?, &unset)))
            .collect(),
        faults: faults
            .filter_map(|fault| {
                Some(Trouble::of(&desk.look, &*state.ctx.tenants.get(&fault.tenant)?, &fault))
            })
            .collect(),
        letters: letters.iter().filter_map(|letter| shown(state, desk, letter)).collect(),
        jobs: JobKind::ALL
            .iter()
            .map(|kind| {
                // One's own tenants only, as what was given up is listed.
                let own = || counts.iter().filter(|c| c.kind == *kind && scope.holds(&c.tenant));
                let dead: u64 = own().map(|count| count.dead).sum();
                Jobs {
                    kind: kind.as_str(),
                    waiting: number(own().map(|count| count.waiting).sum()),
                    dead: number(dead),
                    any_dead: dead > 0,
                    oldest: own()
                        .filter_map(|count| count.oldest)
                        .min()
                        .filter(|at| *at < desk.look.now)
                        .map(|at| desk.look.age(at)),
                }
            })
            .collect(),
    })
}

fn shown(state: &WebState, desk: &Desk, told: &Told) -> Option<Letter> {
    let letter = &told.letter;
    let tenant = state.ctx.tenants.get(&letter.tenant)?;
    let look = desk.look.at(&tenant);
    Some(Letter {
        job: letter.job.to_string(),
        tenant: Badge::of(&tenant),
        kind: letter.kind.as_str(),
        attempts: letter.attempts,
        error: letter.error.clone(),
        at: look.when(letter.at),
        href: told.conversation.as_ref().map(|c| format!("/console/c/{}", c.id)),
        contact: told
            .conversation
            .as_ref()
            .map(|c| look.contact(told.contact_name.as_deref(), c.contact)),
        channel: told.channel.as_ref().map(|name| ChannelMark::of(&tenant, name)),
        maybe_sent: told.maybe_sent,
    })
}

/// `POST /console/health/{job}/retry`.
pub async fn retry(State(state): State<WebState>, desk: Desk, Path(job): Path<String>) -> Response {
    let tried = async {
        let id = job.parse().map_err(|_| Error::NotFound)?;
        dead_letters::retry(&state.ctx, &desk.caller, id).await
    };
    match tried.await {
        Ok(()) => Redirect::to("/console/health").into_response(),
        Err(error) => desk.fault(&error),
    }
}

/// `POST /console/health/{job}/dismiss`.
pub async fn dismiss(
    State(state): State<WebState>,
    desk: Desk,
    Path(job): Path<String>,
) -> Response {
    let done = async {
        let id = job.parse().map_err(|_| Error::NotFound)?;
        dead_letters::dismiss(&state.ctx, &desk.caller, id).await
    };
    match done.await {
        Ok(()) => Redirect::to("/console/health").into_response(),
        Err(error) => desk.fault(&error),
    }
}
