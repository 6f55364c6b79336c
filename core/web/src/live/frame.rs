//! The widget's frames, as they go over the socket and its fallback.

use kerros_app::accept::{AcceptError, accept};
use kerros_app::call;
use kerros_app::ports::channel::Raw;
use kerros_app::widget::Seen;
use kerros_app::widget::author_name;
use kerros_domain::about::Held;
use kerros_domain::conversation::State as Stage;
use kerros_domain::id::{ChannelId, ConversationId, Language};
use kerros_domain::message::{Author, Message, Part};
use serde::{Deserialize, Serialize};

use super::hub::Thread;
use crate::api::conversations::said::author_word;
use crate::problem::Problem;
use crate::state::WebState;

/// What a widget says.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Said {
    /// The first frame: who, and what they have seen.
    Hello {
        /// The visitor's secret.
        secret: String,
        /// The last sequence seen.
        #[serde(default)]
        after: u64,
        /// Of which conversation.
        conversation: Option<String>,
        /// Language wanted.
        language: Option<String>,
    },
    /// The widget was opened.
    Start {
        /// The widget's id of this frame.
        id: Option<String>,
    },
    /// The customer wrote.
    Message {
        /// The widget's id of the message.
        id: String,
    },
    /// The customer wants a person.
    Person {
        /// The widget's id of the wish.
        id: String,
    },
    /// The customer wants to be called.
    Call {
        /// The widget's id of the wish.
        id: String,
    },
    /// The customer is writing.
    Typing,
    /// Is anybody there?
    Ping,
}

/// What we say.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Say<'a> {
    /// Hello, this is your thread.
    Welcome {
        /// The thread.
        thread: &'a str,
        /// Its present conversation.
        conversation: Option<ConversationId>,
    },
    /// It is stored for good.
    Ack {
        /// The widget's id.
        id: Option<&'a str>,
    },
    /// Somebody wrote.
    Message {
        /// Its id.
        id: String,
        /// In which conversation.
        conversation: ConversationId,
        /// Its place there.
        seq: u64,
        /// `contact`, `bot`, `person` or `system`.
        author: &'static str,
        /// The name to show.
        name: String,
        /// Plain text.
        text: &'a str,
        /// Buttons, articles, links.
        parts: &'a [Part],
        /// Files, to be had at `/widget/{tenant}/files/{id}`.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        files: Vec<FileSay<'a>>,
        /// When, milliseconds since 1970.
        at_ms: i64,
        /// The widget's own id, of what the customer wrote.
        client_id: Option<&'a str>,
    },
    /// Who has the conversation.
    State(Standing),
    /// A person is writing.
    Typing {
        /// Their name.
        name: String,
    },
    /// Not done.
    Error(Trouble),
    /// Somebody is there.
    Pong,
}

/// A file of a message.
#[derive(Debug, Clone, Serialize)]
pub struct FileSay<'a> {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: &'a str,
    /// Its media type.
    pub media_type: &'a str,
    /// How big.
    pub bytes: u64,
}

fn files(message: &Message) -> Vec<FileSay<'_>> {
    let here = message.about.files.iter().filter(|file| file.held == Held::Here);
    here.map(|file| FileSay {
        id: file.id.to_string(),
        name: &file.name,
        media_type: &file.media_type,
        bytes: file.bytes,
    })
    .collect()
}

/// Who has the conversation, as its customer may know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// Which; none after the end and before the beginning.
    pub conversation: Option<ConversationId>,
    /// The state.
    pub state: Stage,
    /// When the layer opens.
    pub opens_at_ms: Option<i64>,
    /// The person's name.
    pub assignee: Option<String>,
}

impl Standing {
    /// How it stands; `None` if nothing was ever said.
    #[must_use]
    pub fn of(seen: &Seen) -> Option<Self> {
        let conversation = seen.conversation.as_ref()?;
        Some(Self {
            conversation: Some(conversation.id),
            state: conversation.state,
            opens_at_ms: conversation.waits_until.map(|at| at.0),
            assignee: seen.assignee.clone(),
        })
    }

    /// The end.
    #[must_use]
    pub const fn closed() -> Self {
        Self { conversation: None, state: Stage::Closed, opens_at_ms: None, assignee: None }
    }
}

/// Why a frame was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Trouble {
    /// The widget's id of the frame.
    pub id: Option<String>,
    /// `malformed`, `limited`, `unavailable` or `refused`.
    pub code: &'static str,
    /// For developers to read.
    pub message: String,
    /// When to send it again, if that helps.
    pub retry_after_s: Option<u64>,
}

impl Trouble {
    /// A frame nobody understands.
    #[must_use]
    pub fn malformed(id: Option<String>, message: impl Into<String>) -> Self {
        Self { id, code: "malformed", message: message.into(), retry_after_s: None }
    }
}

/// Reads a frame.
///
/// # Errors
/// [`Trouble`] that says what is wrong.
pub fn parse(text: &str) -> Result<Said, Trouble> {
    serde_json::from_str(text).map_err(|error| Trouble::malformed(None, error.to_string()))
}

/// Writes a frame.
#[must_use]
pub fn write(say: &Say<'_>) -> String {
    serde_json::to_string(say).unwrap_or_else(|_| r#"{"type":"error"}"#.to_owned())
}

/// Takes in what a visitor said (start, message, person). When this is `Ok` it is stored for good.
///
/// # Errors
/// [`Trouble`], which says whether to send it again.
pub async fn take_in(
    state: &WebState,
    thread: &Thread,
    language: &Language,
    id: Option<&str>,
    text: &str,
) -> Result<(), Trouble> {
    take_in_by(state, thread, &thread.channel, language, id, text).await
}

/// Takes in a wish to be called, by the tenant's channel for calls.
///
/// # Errors
/// [`Trouble`]; `refused` also where the tenant has no such channel. The message of a `malformed` one begins with
/// the field that is wrong (`number: `, `not_before: `).
pub async fn take_call(
    state: &WebState,
    thread: &Thread,
    language: &Language,
    id: &str,
    text: &str,
) -> Result<(), Trouble> {
    let tenant = state.ctx.tenants.get(&thread.tenant);
    let offer = tenant.and_then(|tenant| call::offer(&tenant, state.ctx.clock.now()));
    match offer {
        Some(offer) => take_in_by(state, thread, &offer.channel, language, Some(id), text).await,
        None => Err(Trouble {
            id: Some(id.to_owned()),
            code: "refused",
            message: "nobody is called here".into(),
            retry_after_s: None,
        }),
    }
}

async fn take_in_by(
    state: &WebState,
    thread: &Thread,
    channel: &ChannelId,
    language: &Language,
    id: Option<&str>,
    text: &str,
) -> Result<(), Trouble> {
    let id = || id.map(ToOwned::to_owned);
    let now = state.ctx.clock.now();
    let key = format!("{} {}", thread.tenant, thread.name);
    if let Err(limited) = state.gates.visitor.take(key, now) {
        let retry_after_s = Some(limited.retry_after_s);
        return Err(Trouble {
            id: id(),
            code: "limited",
            message: "slow down".into(),
            retry_after_s,
        });
    }
    let raw = Raw {
        kind: "frame".into(),
        method: String::new(),
        path: String::new(),
        query: String::new(),
        headers: vec![
            ("thread".into(), thread.name.to_string()),
            ("language".into(), language.to_string()),
        ],
        body: text.as_bytes().to_vec(),
        files: Vec::new(),
        at_ms: now.0,
    };
    match accept(&state.ctx, &thread.tenant, channel, raw).await {
        Ok(_) => Ok(()),
        Err(AcceptError::Malformed(reason)) => Err(Trouble::malformed(id(), reason)),
        Err(AcceptError::Unavailable) => Err(Trouble {
            id: id(),
            code: "unavailable",
            message: "not stored; send it again".into(),
            retry_after_s: Some(1),
        }),
        Err(AcceptError::Unauthorized | AcceptError::UnknownChannel) => Err(Trouble {
            id: id(),
            code: "refused",
            message: "not taken here".into(),
            retry_after_s: None,
        }),
    }
}

/// The widget's own id in a channel's id of a message, which begins with the thread to be unique.
fn own_id<'a>(thread: &Thread, external_id: &'a str) -> &'a str {
    let rest = external_id.strip_prefix(&*thread.name).and_then(|rest| rest.strip_prefix(':'));
    rest.unwrap_or(external_id)
}

/// Messages as frames, with the names to show.
pub async fn messages(
    state: &WebState,
    thread: &Thread,
    messages: &[Message],
) -> Result<Vec<String>, Problem> {
    let mut frames = Vec::with_capacity(messages.len());
    let mut last: Option<(&Author, String)> = None;
    for message in messages {
        let name = match last.take() {
            Some((author, name)) if *author == message.author => name,
            _ => author_name(&state.ctx, &thread.tenant, &message.author).await?,
        };
        let own = message.author == Author::Contact;
        frames.push(write(&Say::Message {
            id: message.id.to_string(),
            conversation: message.conversation,
            seq: message.seq,
            author: author_word(&message.author),
            name: if own { String::new() } else { name.clone() },
            text: &message.text,
            parts: &message.parts,
            files: files(message),
            at_ms: message.at.0,
            client_id: message.external_id.as_deref().filter(|_| own).map(|id| own_id(thread, id)),
        }));
        last = Some((&message.author, name));
    }
    Ok(frames)
}
