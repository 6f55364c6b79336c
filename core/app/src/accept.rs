//! Takes a hook or frame in: checked by its channel, stored with its job in one commit, then
//! acknowledged. `Ok` means that it survives a power cut.

use kerros_domain::id::{ChannelId, TenantId};
use kerros_domain::message::Part;

use crate::ctx::Ctx;
use crate::intake::{Payload, What};
use crate::ports::channel::{HookReply, InboundEvent, InboundMessage, Raw, Receipt};
use crate::ports::meter::Measure;
use crate::ports::plugin::{Call, PluginError};
use crate::ports::store::{Changes, Inbound, Job, JobKind, Scope, StoreError};
use crate::tenant::PluginUse;
use crate::{change, clean, fingerprint};

/// Bytes a thread, an address or a provider's id may have.
const NAME_BYTES: usize = 512;
/// Events one hook may carry.
const EVENTS: usize = 100;
/// Parts one message may carry.
const PARTS: usize = 20;

/// What is told to the caller of a hook, or to the widget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The answer the channel wants; `None` is an empty 200.
    pub reply: Option<HookReply>,
    /// Known already: nothing was done again.
    pub duplicate: bool,
}

/// Why it was not taken in. Nothing is stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AcceptError {
    /// No such tenant or channel: 404, and no word more.
    #[error("not found")]
    UnknownChannel,
    /// Forged: 401.
    #[error("not authorized")]
    Unauthorized,
    /// Not what the provider sends: 400 with the reason.
    #[error("{0}")]
    Malformed(String),
    /// It cannot be stored now: 503, the provider tries again.
    #[error("not available just now")]
    Unavailable,
}

/// Takes a raw thing in. A channel plugin that is broken or busy does not lose it: then it is stored
/// as it came, and intake asks the plugin again until it answers.
///
/// # Errors
/// [`AcceptError`]; then nothing is stored.
#[tracing::instrument(level = "debug", name = "accept", skip_all, fields(%tenant, %channel))]
pub async fn accept(
    ctx: &Ctx,
    tenant: &TenantId,
    channel: &ChannelId,
    raw: Raw,
) -> Result<Accepted, AcceptError> {
    let config = ctx.tenants.get(tenant).ok_or(AcceptError::UnknownChannel)?;
    let plugin = config.channels.get(channel).ok_or(AcceptError::UnknownChannel)?;
    let result = take_in(ctx, tenant, channel, plugin, &raw).await;
    let outcome = match &result {
        Ok(accepted) if accepted.duplicate => "duplicate",
        Ok(_) => "accepted",
        Err(AcceptError::UnknownChannel) => return result,
        Err(AcceptError::Unauthorized) => "unauthorized",
        Err(AcceptError::Malformed(_)) => "malformed",
        Err(AcceptError::Unavailable) => "unavailable",
    };
    ctx.meter.record(Measure::Inbound { tenant, channel, outcome });
    result
}

async fn take_in(
    ctx: &Ctx,
    tenant: &TenantId,
    channel: &ChannelId,
    plugin: &PluginUse,
    raw: &Raw,
) -> Result<Accepted, AcceptError> {
    let now = ctx.now();
    let inbound = ctx.inbound_id(now);
    // The inbound thing's own id is the trace of everything that follows from it.
    let trace = inbound.0.simple().to_string();
    let call = Call { tenant, plugin, trace: &trace };
    let received = match ctx.channels.receive(call, raw).await {
        Ok(Receipt::Accepted { events, key, reply }) => {
            let events = checked(events).map_err(AcceptError::Malformed)?;
            if events.is_empty() {
                return Ok(Accepted { reply, duplicate: false });
            }
            Received::Known { events, key, reply }
        }
        Ok(Receipt::Unauthorized { reason }) => {
            tracing::info!(%tenant, %channel, trace, reason, "refused as forged");
            return Err(AcceptError::Unauthorized);
        }
        Ok(Receipt::Malformed { reason }) | Err(PluginError::Invalid { message: reason }) => {
            return Err(AcceptError::Malformed(clean::line(&reason, 500)));
        }
        // The channel asks to try later (a secret of its is not set yet): the provider will.
        Err(PluginError::Temporary { message, .. }) => {
            tracing::warn!(%tenant, %channel, trace, message, "not taken in");
            return Err(AcceptError::Unavailable);
        }
        Err(error) => {
            tracing::warn!(%tenant, %channel, trace, %error, "stored unread");
            Received::Unread
        }
    };
    let (reply, key, payload, order_key) = match received {
        Received::Known { events, key, reply } => {
            let marks = events.len() > 1;
            let key = match (events.as_slice(), key) {
                ([InboundEvent::Message(message)], _) => {
                    message_key(message.thread().unwrap_or_default(), &message.external_id)
                }
                (_, Some(key)) => short(format!("k:{key}")),
                (_, None) => digest(raw),
            };
            // Behind what its channel could not read a moment ago it waits its turn.
            let unread = order_key(tenant, channel, None);
            let order = if ctx.queue.has_waiting(JobKind::Intake, &unread) {
                unread
            } else {
                order_key(tenant, channel, events.first().and_then(thread_of))
            };
            (
                reply,
                key,
                Payload {
                    channel: channel.clone(),
                    at_ms: now.0,
                    what: What::Events { events, marks },
                },
                order,
            )
        }
        Received::Unread => {
            let payload = Payload {
                channel: channel.clone(),
                at_ms: now.0,
                what: What::Raw { raw: raw.clone() },
            };
            (None, digest(raw), payload, order_key(tenant, channel, None))
        }
    };
    let to_json = |fault: serde_json::Error| {
        tracing::error!(%tenant, %channel, %fault, "an inbound thing cannot be written as JSON");
        AcceptError::Unavailable
    };
    let job = Job {
        id: ctx.job_id(now),
        tenant: tenant.clone(),
        kind: JobKind::Intake,
        order_key,
        payload: serde_json::to_string(&payload).map_err(to_json)?,
        run_at: now,
        attempt: 1,
        trace,
        lease: None,
        last_error: None,
    };
    let changes = Changes {
        inbound: vec![Inbound {
            id: inbound,
            tenant: tenant.clone(),
            channel: channel.clone(),
            key,
            raw: serde_json::to_string(&for_the_record(raw)).map_err(to_json)?,
            at: now,
        }],
        jobs: vec![job],
        ..Changes::default()
    };
    let trace = changes.jobs.first().map(|job| job.trace.clone()).unwrap_or_default();
    match change::commit(ctx, &Scope::One(tenant.clone()), changes).await {
        Ok(()) => {
            tracing::debug!(trace, "taken in");
            Ok(Accepted { reply, duplicate: false })
        }
        Err(StoreError::Duplicate) => Ok(Accepted { reply, duplicate: true }),
        Err(error) => {
            tracing::warn!(%tenant, %channel, %error, "not taken in");
            Err(AcceptError::Unavailable)
        }
    }
}

/// Headers whose values are kept. Any other may prove who sent it: a provider's token, a signature.
const KEPT_HEADERS: [&str; 5] = ["content-type", "date", "language", "thread", "user-agent"];

/// A raw thing as it is kept for good: the names of all headers, the values of harmless ones. What its
/// channel could not read yet is whole in its job, which goes when it is done.
fn for_the_record(raw: &Raw) -> Raw {
    let hidden = |text: &str| if text.is_empty() { String::new() } else { "***".to_owned() };
    let header = |(name, value): &(String, String)| {
        let harmless = KEPT_HEADERS.iter().any(|kept| name.eq_ignore_ascii_case(kept));
        (name.clone(), if harmless { value.clone() } else { hidden(value) })
    };
    Raw {
        headers: raw.headers.iter().map(header).collect(),
        query: hidden(&raw.query),
        ..raw.clone()
    }
}

enum Received {
    Known { events: Vec<InboundEvent>, key: Option<String>, reply: Option<HookReply> },
    Unread,
}

/// Jobs of one thread run one after the other; what cannot be read yet waits for its channel.
fn order_key(tenant: &TenantId, channel: &ChannelId, thread: Option<&str>) -> String {
    match thread {
        Some(thread) => short(format!("in/{tenant}/{channel}/{thread}")),
        None => format!("in/{tenant}/{channel}"),
    }
}

/// The thread an event belongs to; a delivery receipt, a mail and a call request have none.
fn thread_of(event: &InboundEvent) -> Option<&str> {
    match event {
        InboundEvent::Message(message) => message.thread(),
        InboundEvent::Started { thread, .. }
        | InboundEvent::WantsPerson { thread }
        | InboundEvent::ReadUntil { thread, .. } => Some(thread),
        InboundEvent::CaseNote(note) => Some(&note.thread),
        InboundEvent::Delivery { .. } | InboundEvent::CallRequest(_) => None,
    }
}

/// The key under which a customer's message is unique in its channel.
pub(crate) fn message_key(thread: &str, external_id: &str) -> String {
    // The length keeps thread and id from running into each other.
    short(format!("m:{}:{thread}:{external_id}", thread.len()))
}

/// A key that fits an index.
fn short(key: String) -> String {
    if key.len() <= 200 { key } else { fingerprint::hex(&[key.as_bytes()]) }
}

/// What stands for a thing without a key of its own. Frames of two visitors may have the same body.
fn digest(raw: &Raw) -> String {
    let thread = raw.headers.iter().find(|(name, _)| raw.kind == "frame" && name == "thread");
    let thread = thread.map_or("", |(_, value)| value);
    let parts = [&raw.kind, &raw.method, &raw.path, &raw.query, thread].map(str::as_bytes);
    format!("d:{}", fingerprint::hex(&[parts.concat().as_slice(), raw.body.as_slice()]))
}

/// Holds a plugin's events to the contract; texts lose control characters.
pub(crate) fn checked(mut events: Vec<InboundEvent>) -> Result<Vec<InboundEvent>, String> {
    if events.len() > EVENTS {
        return Err(format!("more than {EVENTS} events at once"));
    }
    for event in &mut events {
        check(event)?;
    }
    Ok(events)
}

fn check(event: &mut InboundEvent) -> Result<(), String> {
    match event {
        InboundEvent::Message(message) => {
            if let Some(thread) = message.thread() {
                name("thread", thread)?;
            }
            let InboundMessage { external_id, sender, sender_name, text, parts, .. } =
                &mut **message;
            name("external_id", external_id)?;
            name("sender", sender)?;
            tidy(sender_name);
            if text.len() > clean::TEXT_BYTES {
                let (most, found) = (clean::TEXT_BYTES, text.len());
                return Err(format!("a message has at most {most} bytes of text, found {found}"));
            }
            if parts.len() > PARTS {
                return Err(format!("a message has at most {PARTS} parts, found {}", parts.len()));
            }
            *text = clean::text(text).into_owned();
            if text.is_empty() {
                *text = stand_in(parts);
            }
            if text.is_empty() {
                return Err("a message without text".to_owned());
            }
            Ok(())
        }
        InboundEvent::Delivery { external_id, reason, .. } => {
            name("external_id", external_id)?;
            if let Some(reason) = reason {
                *reason = clean::line(reason, 500);
            }
            Ok(())
        }
        InboundEvent::Started { thread, sender, sender_name, .. } => {
            name("thread", thread)?;
            name("sender", sender)?;
            tidy(sender_name);
            Ok(())
        }
        InboundEvent::WantsPerson { thread } | InboundEvent::ReadUntil { thread, .. } => {
            name("thread", thread)
        }
        InboundEvent::CallRequest(request) => {
            name("external_id", &request.external_id)?;
            name("number", &request.number)?;
            tidy(&mut request.name);
            Ok(())
        }
        InboundEvent::CaseNote(note) => {
            name("external_id", &note.external_id)?;
            name("thread", &note.thread)?;
            name("author", &note.author)
        }
    }
}

/// A picture without words still is a message: its parts' names stand in for the text.
fn stand_in(parts: &[Part]) -> String {
    let names = parts.iter().map(|part| match part {
        Part::Button { label, .. } => clean::line(label, 200),
        Part::Article { title, .. } => clean::line(title, 200),
        Part::Link { name, url, .. } => {
            let name = clean::line(name, 200);
            if name.is_empty() { clean::line(url, 500) } else { name }
        }
    });
    names.filter(|name| !name.is_empty()).collect::<Vec<_>>().join(", ")
}

fn name(what: &str, text: &str) -> Result<(), String> {
    if text.is_empty() || text.len() > NAME_BYTES {
        return Err(format!("{what} has 1 to {NAME_BYTES} bytes, found {}", text.len()));
    }
    if text.chars().any(char::is_control) {
        return Err(format!("{what} has control characters"));
    }
    Ok(())
}

fn tidy(name: &mut Option<String>) {
    *name = name.take().map(|name| clean::line(&name, 120)).filter(|name| !name.is_empty());
}
