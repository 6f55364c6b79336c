//! Takes a hook or frame in: checked by its channel, stored with its job in one commit, then
//! acknowledged. `Ok` means that it survives a power cut.

use std::borrow::Cow;

mod mail;

use kerros_domain::about::Original;
use kerros_domain::id::{ChannelId, TenantId};
use kerros_domain::message::Part;

use crate::ctx::Ctx;
use crate::intake::{Payload, What};
use crate::ports::channel::{Attachment, HookReply, InboundEvent, InboundMessage, Raw, Receipt};
use crate::ports::mail::Fetched;
use crate::ports::meter::Measure;
use crate::ports::plugin::{Call, PluginError};
use crate::ports::store::{Changes, Inbound, Job, JobKind, Scope, StoreError};
use crate::tenant::PluginUse;
use crate::{change, clean, fingerprint, trace};

pub use mail::{MailTaken, accept_mails};

/// Bytes a thread, an address or a provider's id may have.
const NAME_BYTES: usize = 512;
/// Events one hook may carry.
const EVENTS: usize = 1000;
/// Things that a person may do instead of a message that did not arrive.
const ALTERNATIVES: usize = 10;
/// Parts one message may carry.
const PARTS: usize = 20;
/// Files one message may carry.
const ATTACHMENTS: usize = 50;

/// Headers that the host adds to a fetched mail.
const OURS: [&str; 2] = ["mailbox", "original"];

/// What is told to the caller of a hook, or to the widget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The answer the channel wants; `None` is an empty 200.
    pub reply: Option<HookReply>,
    /// Known already: nothing was done again.
    pub duplicate: bool,
    /// Genuine, and there was nothing in it to do: nothing was stored.
    pub nothing: bool,
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
    accept_raw(ctx, tenant, channel, &from_outside(raw), None).await
}

/// Takes a mail in that a mail service brought by hook and whose big parts were `lifted` already. It proves itself
/// like any hook; its files go again if it is not taken.
///
/// # Errors
/// As [`accept`].
#[tracing::instrument(level = "debug", name = "accept", skip_all, fields(%tenant, %channel))]
pub async fn accept_lifted(
    ctx: &Ctx,
    tenant: &TenantId,
    channel: &ChannelId,
    raw: Raw,
    lifted: Fetched,
) -> Result<Accepted, AcceptError> {
    let mut raw = from_outside(raw);
    raw.body.clone_from(&lifted.raw.body);
    raw.files.clone_from(&lifted.raw.files);
    let mail = Fetched { mailbox: None, ..lifted };
    let files = mail.raw.files.iter().chain(&mail.original).map(|file| file.id.clone());
    let files: Vec<String> = files.collect();
    let result = accept_raw(ctx, tenant, channel, &raw, Some(&mail)).await;
    let gone = match &result {
        Ok(accepted) => accepted.duplicate || accepted.nothing,
        // Nobody knows whether the commit came through after all.
        Err(AcceptError::Unavailable) => false,
        Err(_) => true,
    };
    for file in files.iter().filter(|_| gone) {
        // One that stays behind has no name that anybody knows.
        let _ = ctx.files.delete(tenant, file).await;
    }
    result
}

async fn accept_raw(
    ctx: &Ctx,
    tenant: &TenantId,
    channel: &ChannelId,
    raw: &Raw,
    mail: Option<&Fetched>,
) -> Result<Accepted, AcceptError> {
    let config = ctx.tenants.get(tenant).ok_or(AcceptError::UnknownChannel)?;
    let plugin = config.channels.get(channel).ok_or(AcceptError::UnknownChannel)?;
    let result = take_in(ctx, tenant, channel, plugin, raw, mail).await;
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

/// A raw thing without what only the host may say: that it was fetched from a mailbox, and from which.
fn from_outside(mut raw: Raw) -> Raw {
    if raw.kind == "mail" {
        "hook".clone_into(&mut raw.kind);
    }
    let ours = |name: &str| OURS.iter().any(|ours| name.eq_ignore_ascii_case(ours));
    raw.headers.retain(|(name, _)| !ours(name));
    raw.files.clear();
    raw
}

async fn take_in(
    ctx: &Ctx,
    tenant: &TenantId,
    channel: &ChannelId,
    plugin: &PluginUse,
    raw: &Raw,
    mail: Option<&Fetched>,
) -> Result<Accepted, AcceptError> {
    let (reply, changes) = match prepare(ctx, tenant, channel, plugin, raw, mail).await? {
        Prepared::Nothing { reply } => {
            return Ok(Accepted { reply, duplicate: false, nothing: true });
        }
        Prepared::Changes { reply, changes } => (reply, *changes),
    };
    let trace = changes.jobs.first().map(|job| job.trace.clone()).unwrap_or_default();
    match change::commit(ctx, &Scope::One(tenant.clone()), changes).await {
        Ok(()) => {
            tracing::info!(%tenant, %channel, trace, "taken in");
            Ok(Accepted { reply, duplicate: false, nothing: false })
        }
        Err(StoreError::Duplicate) => Ok(Accepted { reply, duplicate: true, nothing: false }),
        Err(error) => {
            tracing::warn!(%tenant, %channel, %error, "not taken in");
            Err(AcceptError::Unavailable)
        }
    }
}

/// What a raw thing comes to, before it is committed.
enum Prepared {
    /// Genuine, and nothing to do.
    Nothing { reply: Option<HookReply> },
    /// The raw thing and its intake job.
    Changes { reply: Option<HookReply>, changes: Box<Changes> },
}

/// Lets the channel read a raw thing. Of a fetched `mail` the digest is the key. The own keys of mails' messages are
/// marked at intake, for the same mail may come by several ways.
async fn prepare(
    ctx: &Ctx,
    tenant: &TenantId,
    channel: &ChannelId,
    plugin: &PluginUse,
    raw: &Raw,
    mail: Option<&Fetched>,
) -> Result<Prepared, AcceptError> {
    let now = ctx.now();
    let inbound = ctx.inbound_id(now);
    // The request that brought it is the trace of everything that follows from it; what no request brought (a
    // frame on a socket, a fetched mail) is traced by its own id.
    let trace = trace::current().unwrap_or_else(|| inbound.0.simple().to_string());
    let call = Call { tenant, plugin, trace: &trace };
    let received = match ctx.channels.receive(call, raw).await {
        Ok(Receipt::Accepted { events, key, reply }) => {
            let events = checked(events).map_err(AcceptError::Malformed)?;
            if events.is_empty() {
                return Ok(Prepared::Nothing { reply });
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
    let by_mail = mail.is_some() || received.is_mail(raw);
    // What a channel could not read yet is not proven genuine, unless we fetched it ourselves.
    let proven = matches!(received, Received::Known { .. });
    let kept = by_mail && (proven || mail.is_some_and(|mail| mail.mailbox.is_some()));
    let (reply, key, what, order_key) = match received {
        Received::Known { events, key, reply } => {
            let marks = events.len() > 1 || by_mail;
            let own = match events.as_slice() {
                [event] if !by_mail => own_key(event),
                _ => None,
            };
            let key = match (mail, own, key) {
                (Some(mail), _, _) => mail_key(mail),
                (None, Some(own), _) => own,
                (None, None, Some(key)) => short(format!("k:{key}")),
                (None, None, None) => digest(raw),
            };
            // Behind what its channel could not read a moment ago it waits its turn.
            let unread = order_key(tenant, channel, None);
            let order = if ctx.queue.has_waiting(JobKind::Intake, &unread) {
                unread
            } else {
                order_key(tenant, channel, events.first().and_then(line_of).as_deref())
            };
            (reply, key, What::Events { events, marks }, order)
        }
        Received::Unread => {
            let key = mail.map_or_else(|| digest(raw), mail_key);
            (
                None,
                key,
                What::Raw { raw: raw.clone(), broke: None },
                order_key(tenant, channel, None),
            )
        }
    };
    let payload = Payload {
        channel: channel.clone(),
        at_ms: now.0,
        files: raw.files.clone(),
        mailbox: mail.and_then(|mail| mail.mailbox.clone()),
        original: by_mail.then(|| original(channel, &key, raw, mail)),
        late_after_ms: mail.and_then(|mail| mail.late_after_ms),
        what,
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
            kept,
        }],
        jobs: vec![job],
        ..Changes::default()
    };
    Ok(Prepared::Changes { reply, changes: Box::new(changes) })
}

/// The key of a fetched mail.
fn mail_key(mail: &Fetched) -> String {
    short(format!("mail:{}", mail.digest))
}

/// Where the whole mail is: in a file if something was lifted out of it, else in the raw thing itself.
fn original(channel: &ChannelId, key: &str, raw: &Raw, mail: Option<&Fetched>) -> Original {
    let file = mail.and_then(|mail| mail.original.as_ref());
    match file.and_then(|file| Some((file.id.parse().ok()?, file.bytes))) {
        Some((id, bytes)) => Original::File { id, bytes },
        None => Original::Raw {
            channel: channel.clone(),
            key: key.to_owned(),
            bytes: raw.body.len() as u64,
        },
    }
}

/// Headers whose values are kept. Any other may prove who sent it: a provider's token, a signature.
const KEPT_HEADERS: [&str; 6] =
    ["content-type", "date", "language", "mailbox", "thread", "user-agent"];

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

impl Received {
    /// Whether it is a mail, however it came.
    fn is_mail(&self, raw: &Raw) -> bool {
        match self {
            Self::Known { events, .. } => events.iter().any(is_mail),
            Self::Unread => {
                let kind = raw.headers.iter().find(|(name, _)| name == "content-type");
                kind.is_some_and(|(_, kind)| kind.to_ascii_lowercase().starts_with(MAIL_TYPE))
            }
        }
    }
}

/// The media type of a mail.
const MAIL_TYPE: &str = "message/rfc822";

/// Whether an event is a mail.
pub(crate) fn is_mail(event: &InboundEvent) -> bool {
    matches!(event, InboundEvent::Message(message) if message.thread().is_none())
}

/// Jobs of one thread run one after the other; what cannot be read yet waits for its channel.
fn order_key(tenant: &TenantId, channel: &ChannelId, thread: Option<&str>) -> String {
    match thread {
        Some(thread) => short(format!("in/{tenant}/{channel}/{thread}")),
        None => format!("in/{tenant}/{channel}"),
    }
}

/// The line an event stands in: its thread, or its sender where there are no threads. A delivery receipt
/// has none.
fn line_of(event: &InboundEvent) -> Option<Cow<'_, str>> {
    match event {
        InboundEvent::Message(message) => Some(match message.thread() {
            Some(thread) => thread.into(),
            None => format!("from:{}", message.sender.to_lowercase()).into(),
        }),
        InboundEvent::Started { thread, .. }
        | InboundEvent::WantsPerson { thread }
        | InboundEvent::ReadUntil { thread, .. } => Some(thread.into()),
        InboundEvent::CaseNote(note) => Some((&note.thread).into()),
        InboundEvent::CallRequest(request) => Some((&request.number).into()),
        InboundEvent::Delivery { .. } => None,
    }
}

/// The key under which an event is unique in its channel, if it has an id of its own; a mail, in all channels of
/// its plugin.
pub(crate) fn own_key(event: &InboundEvent) -> Option<String> {
    match event {
        InboundEvent::Message(message) if message.thread().is_none() => Some(letter_key(message)),
        InboundEvent::Message(message) => {
            Some(message_key(message.thread().unwrap_or_default(), &message.external_id))
        }
        InboundEvent::CaseNote(note) => {
            Some(short(format!("n:{}:{}:{}", note.thread.len(), note.thread, note.external_id)))
        }
        InboundEvent::CallRequest(request) => Some(short(format!("c:{}", request.external_id))),
        _ => None,
    }
}

/// The key under which a customer's message is unique in its channel.
fn message_key(thread: &str, external_id: &str) -> String {
    // The length keeps thread and id from running into each other.
    short(format!("m:{}:{thread}:{external_id}", thread.len()))
}

/// What makes a mail the same as another one. Its Message-ID is not enough: forms send the same with every mail,
/// and whoever knows one could keep the real mail out with it. Who wrote what and when must agree too.
fn letter_key(message: &InboundMessage) -> String {
    let written = message.at_ms.unwrap_or_default().to_be_bytes();
    let text = message.full.as_deref().unwrap_or(&message.text);
    let parts = [
        message.external_id.as_bytes(),
        &message.sender.to_lowercase().into_bytes(),
        &written,
        message.subject.as_deref().unwrap_or_default().as_bytes(),
        text.as_bytes(),
    ];
    format!("letter:{}", fingerprint::hex(&parts))
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
            let is_mail = message.thread().is_none();
            if let Some(thread) = message.thread() {
                name("thread", thread)?;
            }
            let InboundMessage {
                external_id,
                sender,
                sender_name,
                text,
                parts,
                attachments,
                subject,
                ..
            } = &mut **message;
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
                *text = stand_in(parts, attachments, subject.as_deref());
            }
            if attachments.len() > ATTACHMENTS {
                let found = attachments.len();
                return Err(format!("a message has at most {ATTACHMENTS} files, found {found}"));
            }
            if text.is_empty() && is_mail {
                // An empty mail came all the same.
                *text = "–".to_owned();
            } else if text.is_empty() {
                return Err("a message without text".to_owned());
            }
            Ok(())
        }
        InboundEvent::Delivery { external_id, reason, alternatives, .. } => {
            name("external_id", external_id)?;
            alternatives.truncate(ALTERNATIVES);
            for word in alternatives.iter_mut() {
                *word = clean::line(word, 40);
            }
            alternatives.retain(|word| !word.is_empty());
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
            let digits = request.number.strip_prefix('+').unwrap_or_default();
            if !(5..=15).contains(&digits.len()) || !digits.bytes().all(|c| c.is_ascii_digit()) {
                return Err("a number to call is + and 5 to 15 digits".to_owned());
            }
            if request.text.len() > clean::TEXT_BYTES {
                return Err(format!("at most {} bytes of text", clean::TEXT_BYTES));
            }
            request.text = clean::text(&request.text).into_owned();
            tidy(&mut request.name);
            Ok(())
        }
        InboundEvent::CaseNote(note) => {
            name("external_id", &note.external_id)?;
            name("thread", &note.thread)?;
            name("author", &note.author)?;
            note.author_name = clean::line(&note.author_name, 120);
            if note.text.len() > clean::TEXT_BYTES {
                return Err(format!("at most {} bytes of text", clean::TEXT_BYTES));
            }
            note.text = clean::text(&note.text).into_owned();
            if note.text.is_empty() {
                note.text = stand_in(&[], &note.attachments, None);
            }
            if note.text.is_empty() { Err("a note without text".to_owned()) } else { Ok(()) }
        }
    }
}

/// A picture without words still is a message: its parts' names stand in for the text.
fn stand_in(parts: &[Part], files: &[Attachment], subject: Option<&str>) -> String {
    let names = parts.iter().map(|part| match part {
        Part::Button { label, .. } => clean::line(label, 200),
        Part::Article { title, .. } => clean::line(title, 200),
        Part::Link { name, url, .. } => {
            let name = clean::line(name, 200);
            if name.is_empty() { clean::line(url, 500) } else { name }
        }
    });
    let files = files.iter().map(|file| clean::line(&file.name, 200));
    let subject = subject.into_iter().map(|subject| clean::line(subject, 500));
    let mut names: Vec<String> = names.chain(files).filter(|name| !name.is_empty()).collect();
    if names.is_empty() {
        names.extend(subject.filter(|subject| !subject.is_empty()));
    }
    names.join(", ")
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
