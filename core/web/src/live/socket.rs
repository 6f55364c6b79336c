//! `GET /widget/{tenant}/socket`: a visitor's socket.
//!
//! Each socket is one small task: ten thousand idle ones must fit into a hundred megabytes. So buffers are
//! small, news comes through one cell of the [`super::hub`], and every road that is not waiting is boxed, so
//! that a waiting task does not carry its locals. A visitor's frames are taken in one after the other, and an
//! `ack` goes out only after the commit: a fast sender waits in TCP, not in our memory.

use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{
    CloseFrame, Message as Frame, Utf8Bytes, WebSocket, WebSocketUpgrade, close_code,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use kerros_app::ports::bus::News;
use kerros_app::widget::seen;
use kerros_domain::id::{ChannelId, ConversationId, Language, TenantId, UserId};
use kerros_observe::name::Name;
use std::net::IpAddr;
use tokio::time::{Instant, sleep_until, timeout};

use super::crowd::{Full, Place};
use super::frame::{self, Said, Say, Standing, Trouble};
use super::hub::Seat;
use super::origin::allowed;
use super::visitor::{self, thread_of, widget_of};
use crate::api::input::At;
use crate::auth::peer::Peer;
use crate::problem::Problem;
use crate::state::WebState;

/// What tungstenite keeps per socket; most frames are smaller.
const BUFFER_BYTES: usize = 1024;
/// The first frame must come within this.
const HELLO_WITHIN: Duration = Duration::from_secs(10);
/// Idle sockets are pinged this often, under the minute after which many proxies cut.
const PING_EVERY: Duration = Duration::from_secs(55);
/// When the database was away, what is new is asked for again after this.
const LOOK_AGAIN: Duration = Duration::from_secs(2);
/// That the visitor is writing is told on at most this often.
const TYPING_EVERY: Duration = Duration::from_secs(2);
/// A peer that takes no bytes for this long is gone.
const SEND_WITHIN: Duration = Duration::from_secs(20);

/// Opens a visitor's socket.
pub async fn handler(
    State(state): State<WebState>,
    Peer(address): Peer,
    At(tenant): At<TenantId>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    let (config, channel) = widget_of(&state, &tenant)?;
    if !allowed(&state, &config, &headers) {
        return Err(Problem::foreign_origin());
    }
    let upgrade = upgrade.map_err(|rejection| {
        Problem::new(
            StatusCode::UPGRADE_REQUIRED,
            "websocket-needed",
            "Only a WebSocket opens here.",
        )
        .detail(rejection.body_text())
    })?;
    state.gates.visits.take(address, state.ctx.clock.now())?;
    let place = state.sockets.enter(address).map_err(|full| match full {
        Full::House => Problem::unavailable(),
        Full::Key => Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too-many-connections",
            "Too many connections from this address.",
        ),
    })?;
    let upgrade = upgrade
        .read_buffer_size(BUFFER_BYTES)
        .write_buffer_size(0)
        .max_write_buffer_size(state.limits.frame_bytes * 8)
        .max_message_size(state.limits.frame_bytes)
        .max_frame_size(state.limits.frame_bytes);
    Ok(upgrade.on_upgrade(move |socket| run(socket, state, tenant, channel, place)).into_response())
}

async fn run(
    mut socket: WebSocket,
    state: WebState,
    tenant: TenantId,
    channel: ChannelId,
    _place: Place<IpAddr>,
) {
    let _counted = Counted::new(&state);
    let end = match Box::pin(greet(&mut socket, &state, &tenant, &channel)).await {
        Ok(visitor) => serve(&mut socket, &state, visitor).await,
        Err(end) => end,
    };
    let (code, reason) = match end {
        End::Gone => return,
        End::Stopping => (close_code::AWAY, "the server stops"),
        End::Silent => (close_code::AWAY, "no sign of life"),
        End::BadHello => (close_code::POLICY, "say hello with a secret"),
        End::Unavailable => (close_code::AGAIN, "try again"),
    };
    let frame = Frame::Close(Some(CloseFrame { code, reason: Utf8Bytes::from_static(reason) }));
    let _ = timeout(SEND_WITHIN, socket.send(frame)).await;
}

/// Why a socket ends.
enum End {
    Gone,
    Stopping,
    Silent,
    BadHello,
    Unavailable,
}

/// Counts an open socket for as long as it lives.
struct Counted(WebState);

impl Counted {
    fn new(state: &WebState) -> Self {
        state.metrics.shift(Name::Sockets, &["widget"], 1.0);
        Self(state.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.metrics.shift(Name::Sockets, &["widget"], -1.0);
    }
}

/// What we know of a visitor.
struct Visitor {
    seat: Seat,
    language: Language,
    conversation: Option<ConversationId>,
    after: u64,
    told: Option<Box<Standing>>,
    writing: Option<(UserId, u32)>,
    typed: Option<Instant>,
}

impl Visitor {
    /// Tells whoever reads the conversation that its customer is writing.
    fn types(&mut self, state: &WebState) {
        let now = Instant::now();
        let Some(conversation) = self.conversation else { return };
        if self.typed.is_some_and(|at| now.duration_since(at) < TYPING_EVERY) {
            return;
        }
        self.typed = Some(now);
        let tenant = self.seat.thread().tenant.clone();
        state.ctx.bus.publish(News::Typing { tenant, conversation });
    }
}

async fn greet(
    socket: &mut WebSocket,
    state: &WebState,
    tenant: &TenantId,
    channel: &ChannelId,
) -> Result<Visitor, End> {
    let first = timeout(HELLO_WITHIN, socket.recv()).await;
    let Ok(Some(Ok(Frame::Text(text)))) = first else { return Err(End::BadHello) };
    let Ok(Said::Hello { secret, after, conversation, language }) = frame::parse(&text) else {
        return Err(End::BadHello);
    };
    let name = thread_of(&secret).ok_or(End::BadHello)?;
    let config = state.ctx.tenants.get(tenant).ok_or(End::BadHello)?;
    let seat = state.hub.sit(visitor::thread(tenant, channel, &name));
    let mut visitor = Visitor {
        seat,
        language: visitor::language(&config, language.as_deref()),
        conversation: conversation.and_then(|id| id.parse().ok()),
        after,
        told: None,
        writing: None,
        typed: None,
    };
    catch_up(socket, state, &mut visitor, true).await?;
    Ok(visitor)
}

async fn serve(socket: &mut WebSocket, state: &WebState, mut visitor: Visitor) -> End {
    let mut heard = true;
    let mut next_ping = Instant::now() + PING_EVERY;
    let mut look_again: Option<Instant> = None;
    loop {
        let done = tokio::select! {
            frame = socket.recv() => match frame {
                Some(Ok(frame)) => {
                    heard = true;
                    match frame {
                        Frame::Text(text) => Box::pin(hear(socket, state, &mut visitor, text)).await,
                        Frame::Binary(_) => Err(End::BadHello),
                        Frame::Close(_) => Err(End::Gone),
                        Frame::Ping(_) | Frame::Pong(_) => Ok(()),
                    }
                }
                Some(Err(_)) | None => Err(End::Gone),
            },
            changed = visitor.seat.pulse.changed() => match changed {
                Ok(()) => Box::pin(look(socket, state, &mut visitor)).await,
                Err(_) => Err(End::Stopping),
            },
            () = sleep_until(look_again.map_or(next_ping, |at| at.min(next_ping))) => {
                if look_again.take().is_some() {
                    Box::pin(catch_up(socket, state, &mut visitor, false)).await
                } else {
                    next_ping += PING_EVERY;
                    if std::mem::take(&mut heard) {
                        send(socket, Frame::Ping(axum::body::Bytes::new())).await
                    } else {
                        Err(End::Silent)
                    }
                }
            }
        };
        match done {
            Ok(()) => {}
            // The socket outlives a database that is away for a while.
            Err(End::Unavailable) => look_again = Some(Instant::now() + LOOK_AGAIN),
            Err(end) => return end,
        }
    }
}

async fn send(socket: &mut WebSocket, frame: Frame) -> Result<(), End> {
    match timeout(SEND_WITHIN, socket.send(frame)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(End::Gone),
    }
}

async fn say(socket: &mut WebSocket, say: &Say<'_>) -> Result<(), End> {
    send(socket, Frame::Text(frame::write(say).into())).await
}

/// Answers what the visitor said.
async fn hear(
    socket: &mut WebSocket,
    state: &WebState,
    visitor: &mut Visitor,
    text: Utf8Bytes,
) -> Result<(), End> {
    let said = match frame::parse(&text) {
        Ok(said) => said,
        Err(trouble) => return say(socket, &Say::Error(trouble)).await,
    };
    let id = match &said {
        Said::Ping => return say(socket, &Say::Pong).await,
        Said::Typing => {
            visitor.types(state);
            return Ok(());
        }
        Said::Hello { .. } => {
            let trouble = Trouble::malformed(None, "hello was said already");
            return say(socket, &Say::Error(trouble)).await;
        }
        Said::Start { id } => id.as_deref(),
        Said::Message { id } | Said::Person { id } => Some(id.as_str()),
        Said::Call { id } => {
            let thread = visitor.seat.thread();
            return match frame::take_call(state, thread, &visitor.language, id, &text).await {
                Ok(()) => say(socket, &Say::Ack { id: Some(id) }).await,
                Err(trouble) => say(socket, &Say::Error(trouble)).await,
            };
        }
    };
    match frame::take_in(state, visitor.seat.thread(), &visitor.language, id, &text).await {
        Ok(()) => say(socket, &Say::Ack { id }).await,
        Err(trouble) => say(socket, &Say::Error(trouble)).await,
    }
}

/// Something changed in the visitor's thread: tells what is new.
async fn look(socket: &mut WebSocket, state: &WebState, visitor: &mut Visitor) -> Result<(), End> {
    let pulse = *visitor.seat.pulse.borrow_and_update();
    if pulse.writing != visitor.writing {
        visitor.writing = pulse.writing;
        if let Some((user, _)) = pulse.writing
            && let Ok(Some(person)) = state.ctx.store.user(user).await
        {
            say(socket, &Say::Typing { name: person.name }).await?;
        }
    }
    let known = pulse.missed == 0
        && pulse
            .newest
            .is_some_and(|(id, seq)| visitor.conversation == Some(id) && seq <= visitor.after);
    if known { Ok(()) } else { catch_up(socket, state, visitor, false).await }
}

/// Sends every public message after what the visitor has, and how the conversation stands if that changed.
async fn catch_up(
    socket: &mut WebSocket,
    state: &WebState,
    visitor: &mut Visitor,
    hello: bool,
) -> Result<(), End> {
    let thread = visitor.seat.thread().clone();
    let (tenant, channel, name) = (&thread.tenant, &thread.channel, &*thread.name);
    let mut hello = hello;
    loop {
        let found = seen(&state.ctx, tenant, channel, name, visitor.after).await;
        let found = found.map_err(|_| End::Unavailable)?;
        let present = found.conversation.as_ref().map(|conversation| conversation.id);
        if present.is_none() {
            // Whatever comes next is told from its beginning.
            visitor.after = 0;
        } else if present != visitor.conversation {
            // Sequences count per conversation. Who names none means this one.
            let another = visitor.conversation.is_some() && visitor.after > 0;
            visitor.conversation = present;
            if another {
                visitor.after = 0;
                continue;
            }
        }
        if std::mem::take(&mut hello) {
            say(socket, &Say::Welcome { thread: name, conversation: present }).await?;
        }
        let frames = frame::messages(state, &thread, &found.messages).await;
        for text in frames.map_err(|_| End::Unavailable)? {
            send(socket, Frame::Text(text.into())).await?;
        }
        let before = visitor.after;
        if let Some(last) = found.messages.last() {
            visitor.after = visitor.after.max(last.seq);
        }
        let Some(conversation) = &found.conversation else {
            if visitor.told.is_some() {
                visitor.told = None;
                say(socket, &Say::State(Standing::closed())).await?;
            }
            return Ok(());
        };
        visitor.seat.stands_for(conversation.id);
        if found.messages.len() >= 200 && visitor.after > before {
            continue;
        }
        // Everything up to the row's sequence was committed before the messages were read.
        visitor.after = visitor.after.max(conversation.seq);
        let standing = Standing::of(&found);
        if standing.as_ref() != visitor.told.as_deref() {
            if let Some(standing) = &standing {
                say(socket, &Say::State(standing.clone())).await?;
            }
            visitor.told = standing.map(Box::new);
        }
        return Ok(());
    }
}
