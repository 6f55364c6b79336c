//! `GET /console/events`: what changes, as server-sent events for one person.
//!
//! An event says which conversation changed and how far it has come; the page asks for what it shows. News
//! that comes faster than a person can see is gathered for a moment and told once per conversation. When
//! news was missed, `reset` asks the page to load everything anew. The stream is also the person's sign of
//! life, and ends when their session does.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Sse;
use axum::response::sse::Event;
use futures::Stream;
use kerros_app::caller::Caller;
use kerros_app::error::Error;
use kerros_app::ports::bus::News;
use kerros_app::ports::store::Role;
use kerros_app::presence::presence;
use kerros_domain::conversation::State as Stage;
use kerros_domain::id::{ConversationId, LayerId, TenantId, UserId};
use kerros_observe::name::Name;
use serde::Serialize;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::{broadcast, watch};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use super::crowd::{Full, Place};
use crate::auth::caller::identify;
use crate::problem::Problem;
use crate::state::WebState;

/// Signs of life, both ways.
const HEARTBEAT: Duration = Duration::from_secs(25);
/// News is gathered for this long after some was told.
const GATHER: Duration = Duration::from_millis(100);
/// More conversations than this at once are told as one `reset`.
const AT_ONCE: usize = 200;

/// A conversation changed.
#[derive(Debug, Clone, Serialize)]
struct Changed {
    conversation: ConversationId,
    seq: u64,
    state: Stage,
    layer: LayerId,
    tenant: TenantId,
    assignee: Option<UserId>,
}

/// A colleague on a shared channel calls for the caller.
#[derive(Debug, Clone, Serialize)]
struct Called {
    conversation: ConversationId,
    /// Who calls.
    by: String,
    /// The customer's name, if it is known.
    contact: Option<String>,
}

/// A colleague reads or writes.
#[derive(Debug, Clone, Serialize)]
struct Focus {
    conversation: ConversationId,
    user: UserId,
    name: String,
    doing: String,
}

/// A customer is writing.
#[derive(Debug, Clone, Serialize)]
struct Typing {
    conversation: ConversationId,
}

/// What was heard in a moment.
#[derive(Default)]
struct Heard {
    changed: BTreeMap<ConversationId, Changed>,
    focus: Vec<Focus>,
    calls: BTreeMap<ConversationId, Called>,
    typing: BTreeSet<ConversationId>,
}

/// Streams what changes in the caller's sight.
pub async fn handler(
    State(state): State<WebState>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let place = state.consoles.enter(caller.id()).map_err(|full| match full {
        Full::House => Problem::unavailable(),
        Full::Key => Problem::new(
            axum::http::StatusCode::TOO_MANY_REQUESTS,
            "too-many-connections",
            "Too many live connections of one person.",
        ),
    })?;
    state.metrics.shift(Name::Sockets, &["console"], 1.0);
    let mut beat = interval(HEARTBEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let console = Console {
        news: state.ctx.bus.subscribe(),
        draining: state.readiness.draining(),
        headers,
        caller,
        beat,
        ready: VecDeque::from([Event::default()
            .event("hello")
            .retry(Duration::from_secs(2))
            .data("{}")]),
        told_at: None,
        _place: place,
        state,
    };
    Ok(Sse::new(futures::stream::unfold(console, |mut console| async move {
        let event = console.next().await?;
        Some((Ok(event), console))
    })))
}

struct Console {
    state: WebState,
    caller: Caller,
    headers: HeaderMap,
    news: broadcast::Receiver<Arc<News>>,
    draining: watch::Receiver<bool>,
    beat: tokio::time::Interval,
    ready: VecDeque<Event>,
    told_at: Option<Instant>,
    _place: Place<UserId>,
}

impl Drop for Console {
    fn drop(&mut self) {
        self.state.metrics.shift(Name::Sockets, &["console"], -1.0);
    }
}

impl Console {
    /// The next event; `None` ends the stream.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            let stopped = async {
                // What it lends is dropped here, so that `self` is free below.
                let _ = self.draining.wait_for(|draining| *draining).await;
            };
            let woken = tokio::select! {
                heard = self.news.recv() => Some(heard),
                _ = self.beat.tick() => None,
                () = stopped => return None,
            };
            match woken {
                Some(heard) => self.gather(heard).await?,
                None => {
                    self.sign_of_life().await?;
                    return Some(Event::default().comment(""));
                }
            }
        }
    }

    /// Takes what was heard and all that stands behind it; waits first if something was told a moment ago.
    async fn gather(&mut self, heard: Result<Arc<News>, RecvError>) -> Option<()> {
        let mut all = Heard::default();
        let mut missed = false;
        match heard {
            Ok(news) => self.note(&news, &mut all).await,
            Err(RecvError::Lagged(_)) => missed = true,
            Err(RecvError::Closed) => return None,
        }
        if all.changed.is_empty()
            && all.focus.is_empty()
            && all.calls.is_empty()
            && all.typing.is_empty()
            && !missed
        {
            return Some(());
        }
        if let Some(told_at) = self.told_at {
            sleep_until(told_at + GATHER).await;
        }
        loop {
            match self.news.try_recv() {
                Ok(news) => self.note(&news, &mut all).await,
                Err(TryRecvError::Lagged(_)) => missed = true,
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
        }
        self.told_at = Some(Instant::now());
        if missed || all.changed.len() > AT_ONCE {
            self.ready.push_back(Event::default().event("reset").data("{}"));
        } else {
            self.ready
                .extend(all.changed.values().filter_map(|changed| event("conversation", changed)));
        }
        self.ready.extend(all.calls.values().filter_map(|called| event("called", called)));
        self.ready.extend(all.focus.iter().filter_map(|focus| event("focus", focus)));
        let typing = all.typing.into_iter().map(|conversation| Typing { conversation });
        self.ready.extend(typing.filter_map(|typing| event("typing", &typing)));
        Some(())
    }

    async fn note(&self, news: &News, all: &mut Heard) {
        match news {
            News::Conversation {
                tenant,
                conversation,
                seq,
                state,
                layer,
                assignee,
                called_by,
                ..
            } => {
                if let Some(by) = called_by
                    && self.is_called(tenant, layer, *assignee)
                {
                    let contact = self.contact(*conversation).await;
                    let called = Called { conversation: *conversation, by: by.clone(), contact };
                    all.calls.insert(*conversation, called);
                }
                if all.changed.get(conversation).is_some_and(|known| known.seq >= *seq)
                    || !self.may_see(tenant, *conversation, Some(layer)).await
                {
                    return;
                }
                let news = Changed {
                    conversation: *conversation,
                    seq: *seq,
                    state: *state,
                    layer: layer.clone(),
                    tenant: tenant.clone(),
                    assignee: *assignee,
                };
                all.changed.insert(*conversation, news);
            }
            News::Focus { tenant, conversation, user, doing } => {
                if *user == self.caller.id()
                    || all.focus.len() >= AT_ONCE
                    || !self.may_see(tenant, *conversation, None).await
                {
                    return;
                }
                let person = self.state.ctx.store.user(*user).await.ok().flatten();
                all.focus.push(Focus {
                    conversation: *conversation,
                    user: *user,
                    name: person.map(|person| person.name).unwrap_or_default(),
                    doing: doing.clone(),
                });
            }
            News::Typing { tenant, conversation } => {
                if all.typing.len() < AT_ONCE && self.may_see(tenant, *conversation, None).await {
                    all.typing.insert(*conversation);
                }
            }
        }
    }

    /// Whether a call for whoever has a conversation is for the caller: they have it, or nobody has and they work
    /// in its layer.
    fn is_called(&self, tenant: &TenantId, layer: &LayerId, assignee: Option<UserId>) -> bool {
        let Some(place) = self.caller.membership(tenant) else { return false };
        match assignee {
            Some(user) => user == self.caller.id(),
            None => place.layers.contains(layer),
        }
    }

    async fn contact(&self, conversation: ConversationId) -> Option<String> {
        let store = &self.state.ctx.store;
        let scope = self.caller.scope();
        let found = store.conversation(&scope, conversation).await.ok().flatten()?;
        store.contact(&scope, found.contact).await.ok().flatten()?.name
    }

    /// Whether the caller may read it. Experts see only what entered their own layers, which the store knows.
    async fn may_see(
        &self,
        tenant: &TenantId,
        conversation: ConversationId,
        layer: Option<&LayerId>,
    ) -> bool {
        let Some(place) = self.caller.membership(tenant) else { return false };
        if self.caller.user.role != Role::Expert
            || layer.is_some_and(|layer| place.layers.contains(layer))
        {
            return true;
        }
        let found = self.state.ctx.store.conversation(&self.caller.scope(), conversation).await;
        found.ok().flatten().is_some_and(|found| self.caller.may_read(&found))
    }

    /// Notes that the person is there, and looks whether they still may be. `None` ends the stream.
    async fn sign_of_life(&mut self) -> Option<()> {
        match identify(&self.state, &self.headers).await {
            Ok(caller) => {
                self.caller = caller;
                let available = self.caller.user.available;
                if let Err(error) = presence(&self.state.ctx, &self.caller, available).await {
                    tracing::debug!(%error, "a sign of life was not noted");
                }
                Some(())
            }
            Err(Error::Unauthorized) => None,
            // A database that is away for a moment is no reason to send people off.
            Err(_) => Some(()),
        }
    }
}

fn event(name: &str, data: &impl Serialize) -> Option<Event> {
    let data = serde_json::to_string(data).ok()?;
    Some(Event::default().event(name).data(data))
}
