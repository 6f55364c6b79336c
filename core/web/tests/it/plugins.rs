//! Plugins as simple as can be: a channel that reads our own JSON, a report of one line, nothing else.

use std::sync::Arc;

use async_trait::async_trait;
use kerros_app::ports::bot::{BotPlugins, Turn, TurnResult};
use kerros_app::ports::channel::{
    ChannelPlugins, FetchStep, HookReply, InboundEvent, InboundMessage, Outcome, Outgoing, Raw,
    Receipt, Step, Threading,
};
use kerros_app::ports::files::{FileError, FileStream};
use kerros_app::ports::mail::{Fetched, Lifting};
use kerros_app::ports::outbound::{Outbound, Request, Response};
use kerros_app::ports::plugin::{Call, ConversationView, PluginError};
use kerros_app::ports::report::{Block, Document, FactSource, Period, ReportPlugins};
use kerros_app::ports::search::{Hit, Search};
use kerros_app::ports::sla::{Facts, SlaPlugins};
use kerros_app::ports::tagger::{Suggestion, TaggerPlugins};
use kerros_app::tenant::Grants;
use kerros_domain::id::{Language, TenantId};
use kerros_domain::sla::TargetSpec;
use serde::Deserialize;

/// One of each kind.
pub struct Plugins;

/// In a message that the provider does not take any more.
pub const TOO_LATE: &str = "(too late)";

/// The secret that a genuine hook carries in `x-secret`.
pub const GENUINE: &str = "the right one";

#[derive(Deserialize)]
struct Hook {
    id: String,
    thread: String,
    text: String,
    /// Further fields of the message, as the channel's port names them.
    #[serde(default)]
    more: serde_json::Map<String, serde_json::Value>,
}

/// The message with further fields.
fn with(event: InboundEvent, more: serde_json::Map<String, serde_json::Value>) -> InboundEvent {
    let mut value = serde_json::to_value(event).unwrap();
    let fields = value.as_object_mut().unwrap();
    if more.contains_key("mail") {
        // A mail has no thread.
        fields.remove("thread");
    }
    fields.extend(more);
    serde_json::from_value(value).unwrap()
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Frame {
    Start,
    Message { id: String, text: String },
    Person { id: String },
}

fn header<'a>(raw: &'a Raw, name: &str) -> Option<&'a str> {
    raw.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

fn message(id: String, thread: &str, text: String) -> InboundEvent {
    InboundEvent::from(InboundMessage {
        external_id: id,
        threading: Threading::Thread(thread.to_owned()),
        sender: thread.to_owned(),
        sender_name: Some("Maija".into()),
        text,
        ..InboundMessage::default()
    })
}

fn hook(raw: &Raw) -> Receipt {
    if header(raw, "x-secret") != Some(GENUINE) {
        return Receipt::Unauthorized { reason: "x-secret is missing or wrong".into() };
    }
    if raw.method == "GET" {
        // A provider that checks the address before it uses it.
        let body = raw.query.strip_prefix("challenge=").unwrap_or_default().to_owned();
        let reply = HookReply { status: 200, content_type: "text/plain".into(), body };
        return Receipt::Accepted { events: Vec::new(), key: None, reply: Some(reply) };
    }
    match serde_json::from_slice::<Hook>(&raw.body) {
        Err(error) => Receipt::Malformed { reason: error.to_string() },
        Ok(hook) => Receipt::Accepted {
            key: Some(hook.id.clone()),
            events: vec![with(message(hook.id, &hook.thread, hook.text), hook.more)],
            reply: match raw.path.as_str() {
                "reply" => Some(HookReply {
                    status: 202,
                    content_type: "application/json".into(),
                    body: r#"{"taken":true}"#.into(),
                }),
                "heads" => Some(HookReply {
                    status: 200,
                    content_type: "text/plain".into(),
                    body: what_came(raw),
                }),
                _ => None,
            },
        },
    }
}

/// Says of a mail only how long it is.
pub struct Lifter;

#[async_trait]
impl Lifting for Lifter {
    async fn lift(&self, _: &TenantId, mut mail: FileStream) -> Result<Fetched, FileError> {
        use futures::StreamExt;
        let mut whole = Vec::new();
        while let Some(piece) = mail.next().await {
            whole.extend_from_slice(&piece?);
        }
        let body = format!(r#"{{"id":"m-{0}","thread":"t1","text":"{0} bytes"}}"#, whole.len());
        let raw = Raw { kind: "mail".into(), body: body.into_bytes(), ..Raw::default() };
        Ok(Fetched { raw, digest: whole.len().to_string(), ..Fetched::default() })
    }
}

/// The kind of a raw thing and the names of its headers.
fn what_came(raw: &Raw) -> String {
    let mut names: Vec<&str> = raw.headers.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    format!("{}: {}", raw.kind, names.join(" "))
}

fn frame(raw: &Raw) -> Receipt {
    let thread = header(raw, "thread").unwrap_or_default();
    let accepted =
        |event, key| Receipt::Accepted { events: vec![event], key: Some(key), reply: None };
    match serde_json::from_slice::<Frame>(&raw.body) {
        Err(error) => Receipt::Malformed { reason: error.to_string() },
        Ok(Frame::Start) => accepted(
            InboundEvent::Started {
                thread: thread.to_owned(),
                sender: thread.to_owned(),
                sender_name: None,
                language: header(raw, "language").map(ToOwned::to_owned),
                segment: None,
            },
            format!("{thread} start"),
        ),
        Ok(Frame::Message { id, text }) => {
            let key = format!("{thread}:{id}");
            accepted(message(key.clone(), thread, text), key)
        }
        Ok(Frame::Person { id }) => accepted(
            InboundEvent::WantsPerson { thread: thread.to_owned() },
            format!("{thread} {id}"),
        ),
    }
}

#[async_trait]
impl ChannelPlugins for Plugins {
    async fn receive(&self, call: Call<'_>, raw: &Raw) -> Result<Receipt, PluginError> {
        if let Some(receipt) = crate::cases::received(&call.plugin.name, raw) {
            return Ok(receipt);
        }
        if header(raw, "x-slow").is_some() {
            tokio::task::yield_now().await;
        }
        assert!(header(raw, "x-panic").is_none(), "as the test wished");
        Ok(if raw.kind == "frame" { frame(raw) } else { hook(raw) })
    }
    async fn send(
        &self,
        call: Call<'_>,
        message: &Outgoing,
        _: &[Response],
    ) -> Result<Step, PluginError> {
        if let Some(case) = crate::cases::sent(&call.plugin.name, message) {
            return Ok(Step::Settled(case));
        }
        // A provider whose window is closed: only an approved message goes, or a mail.
        let mail = message.recipient.contains('@');
        Ok(Step::Settled(
            if message.text.contains(TOO_LATE) && message.template.is_none() && !mail {
                Outcome::Rejected {
                    reason: "the customer's last message is too old".into(),
                    alternatives: vec!["template".into(), "mail".into()],
                    bad_address: false,
                }
            } else {
                Outcome::sent(None)
            },
        ))
    }
    async fn fetch(&self, _: Call<'_>, _: &str, _: &[Response]) -> Result<FetchStep, PluginError> {
        Ok(FetchStep::Gone { reason: "nothing lies here".into() })
    }
}

#[async_trait]
impl BotPlugins for Plugins {
    async fn turn(&self, _: Call<'_>, _: &Turn) -> Result<TurnResult, PluginError> {
        Ok(TurnResult::default())
    }
}

#[async_trait]
impl TaggerPlugins for Plugins {
    async fn tag(&self, _: Call<'_>, _: &ConversationView) -> Result<Vec<Suggestion>, PluginError> {
        Ok(Vec::new())
    }
}

#[async_trait]
impl SlaPlugins for Plugins {
    async fn targets(&self, _: Call<'_>, _: &Facts) -> Result<Vec<TargetSpec>, PluginError> {
        Ok(Vec::new())
    }
}

#[async_trait]
impl ReportPlugins for Plugins {
    async fn build(
        &self,
        _: Call<'_>,
        period: &Period,
        _: Arc<dyn FactSource>,
    ) -> Result<Document, PluginError> {
        let text = format!("{} in {}", period.month, period.language);
        Ok(Document { title: period.tenant_title.clone(), blocks: vec![Block::Text { text }] })
    }
}

#[async_trait]
impl Outbound for Plugins {
    async fn perform(&self, _: &TenantId, _: &Grants, _: &Request) -> Response {
        Response::refused("nothing goes out of tests")
    }
}

#[async_trait]
impl Search for Plugins {
    async fn search(
        &self,
        _: &TenantId,
        _: &Language,
        _: Option<&str>,
        _: &str,
        _: usize,
    ) -> Vec<Hit> {
        Vec::new()
    }
}
