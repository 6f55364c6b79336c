//! What came in, normalised.

use crate::Part;

/// A file that the host keeps for the tenant. A guest sees what it is, never its bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct File {
    /// The host's handle; means nothing outside this tenant.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Media type.
    pub media_type: String,
    /// How many bytes it has.
    pub bytes: u64,
    /// The Content-ID of an inline part of a mail, without angle brackets.
    pub content_id: Option<String>,
}

/// How the host finds the conversation a message belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Threading {
    /// The provider has threads: the same name continues the same conversation.
    Thread(String),
    /// Mail has none.
    Mail(MailThreading),
}

impl Default for Threading {
    fn default() -> Self {
        Self::Thread(String::new())
    }
}

/// What a mail says about its conversation, from the surest on. The host checks a token's signature, and goes by a
/// reference or number only if the sender already takes part in that conversation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MailThreading {
    /// Reply tokens found in the addresses it was sent to.
    pub tokens: Vec<String>,
    /// Message-IDs without angle brackets: In-Reply-To first, then References from the last to the first.
    pub references: Vec<String>,
    /// Conversation numbers found in the subject.
    pub numbers: Vec<u64>,
}

/// Somebody a message was also sent to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Participant {
    /// `to`, `cc` or `reply-to`.
    pub role: String,
    /// The address.
    pub address: String,
    /// The name that stands with it.
    pub name: Option<String>,
}

/// One answer in a form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Field {
    /// The form's own name of the field.
    pub key: String,
    /// The name for people.
    pub label: String,
    /// What was answered.
    pub value: String,
}

/// What somebody found out about where a message comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Check {
    /// `spf`, `dkim`, `dmarc`.
    pub name: String,
    /// `pass`, `fail`, `softfail`, `neutral`, `none`, `temperror`, `permerror`.
    pub verdict: String,
    /// The domain that was checked, or a reason.
    pub detail: String,
}

/// Where the bytes of an attachment are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Lifted out by the host: the id of one of the raw thing's `files`.
    Lifted(String),
    /// Here; all attachments of a message together at most 1 MiB.
    Bytes(Vec<u8>),
    /// With the provider. The text is your own; the host asks `fetch` with it, in a job of its own.
    Remote(String),
}

/// A file that came with a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its name.
    pub name: String,
    /// Media type; `None` lets the host guess from name and bytes.
    pub media_type: Option<String>,
    /// Where its bytes are.
    pub source: Source,
    /// Shown in the text where `cid:` names it, not beside it.
    pub inline: bool,
    /// What `cid:` names it by.
    pub content_id: Option<String>,
}

impl Attachment {
    /// A file that lies with the provider; `fetch` is asked with the reference.
    pub fn remote(name: impl Into<String>, reference: impl Into<String>) -> Self {
        Self::new(name, Source::Remote(reference.into()))
    }

    /// A file that is at hand.
    pub fn bytes(name: impl Into<String>, bytes: Vec<u8>) -> Self {
        Self::new(name, Source::Bytes(bytes))
    }

    /// A file that the host lifted out.
    pub fn lifted(file: &File) -> Self {
        Self {
            media_type: Some(file.media_type.clone()),
            content_id: file.content_id.clone(),
            ..Self::new(file.name.clone(), Source::Lifted(file.id.clone()))
        }
    }

    /// The same with a media type.
    #[must_use]
    pub fn media_type(mut self, media_type: impl Into<String>) -> Self {
        self.media_type = Some(media_type.into());
        self
    }

    fn new(name: impl Into<String>, source: Source) -> Self {
        Self { name: name.into(), media_type: None, source, inline: false, content_id: None }
    }
}

/// The customer wrote. [`Message::new`] and `..` fill in what a channel does not know.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    /// The provider's id of the message: a repeat is dropped.
    pub external_id: String,
    /// How its conversation is found.
    pub threading: Threading,
    /// The sender's address on this channel.
    pub sender: String,
    /// The sender's name.
    pub sender_name: Option<String>,
    /// Who else it was sent to.
    pub participants: Vec<Participant>,
    /// `fi`, `sv`, `en`, if the channel knows.
    pub language: Option<String>,
    /// A customer group, if the channel knows.
    pub segment: Option<String>,
    /// Subject.
    pub subject: Option<String>,
    /// Plain text of what is new, without what is quoted; at most 16 KiB.
    pub text: String,
    /// HTML of what is new; the host sanitises it. At most 256 KiB.
    pub html: Option<String>,
    /// The whole plain text with quotes and signature, where it differs from `text`; at most 256 KiB.
    pub full: Option<String>,
    /// Buttons, articles, links.
    pub parts: Vec<Part>,
    /// Files, at most 50.
    pub attachments: Vec<Attachment>,
    /// Answers of a form.
    pub fields: Vec<Field>,
    /// Written by a machine (an out-of-office answer, a newsletter); why. Nobody answers it automatically.
    pub automatic: Option<String>,
    /// What was found out about where it comes from.
    pub checks: Vec<Check>,
    /// The external id of the message this one answers, where the provider tells.
    pub answers: Option<String>,
    /// Where all can read it (a comment, a mention): its address there.
    pub public_url: Option<String>,
    /// When it was written, milliseconds since 1970; the arrival if `None`.
    pub at_ms: Option<i64>,
}

impl Message {
    /// A message in a thread of the provider's.
    pub fn new(
        external_id: impl Into<String>,
        thread: impl Into<String>,
        sender: impl Into<String>,
        text: impl Into<String>,
    ) -> Self {
        Self {
            external_id: external_id.into(),
            threading: Threading::Thread(thread.into()),
            sender: sender.into(),
            text: text.into(),
            ..Self::default()
        }
    }

    /// The name of the provider's thread; a mail has none.
    pub fn thread(&self) -> Option<&str> {
        match &self.threading {
            Threading::Thread(thread) => Some(thread),
            Threading::Mail(_) => None,
        }
    }
}

/// How far an outbound message has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryState {
    /// The provider took it.
    Sent,
    /// It reached the customer's device.
    Delivered,
    /// The customer read it.
    Read,
    /// It did not arrive and will not.
    Failed,
}

/// An outbound message moved on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The id that the provider gave it.
    pub external_id: String,
    /// Where it is.
    pub state: DeliveryState,
    /// Why, when it failed.
    pub reason: Option<String>,
    /// The address does not take messages any more: the contact's address is marked.
    pub bad_address: Option<String>,
    /// What a person may do instead, when it failed: `template`, `mail`, `sms`.
    pub alternatives: Vec<String>,
}

impl Delivery {
    /// It reached that state.
    pub fn new(external_id: impl Into<String>, state: DeliveryState) -> Self {
        Self {
            external_id: external_id.into(),
            state,
            reason: None,
            bad_address: None,
            alternatives: Vec::new(),
        }
    }

    /// It failed; why.
    pub fn failed(external_id: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { reason: Some(reason.into()), ..Self::new(external_id, DeliveryState::Failed) }
    }

    /// The same, naming what a person may do instead.
    #[must_use]
    pub fn instead(mut self, alternative: impl Into<String>) -> Self {
        self.alternatives.push(alternative.into());
        self
    }
}

/// The customer began a talk without writing yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Started {
    /// The thread.
    pub thread: String,
    /// The sender's address.
    pub sender: String,
    /// The sender's name.
    pub sender_name: Option<String>,
    /// The language.
    pub language: Option<String>,
    /// A customer group.
    pub segment: Option<String>,
}

/// The customer asks to be called.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CallRequest {
    /// The provider's id of the request: a repeat is dropped.
    pub external_id: String,
    /// The number to call, `+` and digits.
    pub number: String,
    /// Whose it is.
    pub name: Option<String>,
    /// The language.
    pub language: Option<String>,
    /// A customer group.
    pub segment: Option<String>,
    /// What it is about; may be empty.
    pub text: String,
    /// Not before, milliseconds since 1970.
    pub not_before_ms: Option<i64>,
    /// Answers of a form.
    pub fields: Vec<Field>,
}

/// Somebody wrote in the thread of a case on a shared channel: it becomes an internal note.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaseNote {
    /// The provider's id of the note: a repeat is dropped.
    pub external_id: String,
    /// The thread that `send` named when the case was posted.
    pub thread: String,
    /// Who wrote, as the provider names them.
    pub author: String,
    /// The name for people.
    pub author_name: String,
    /// Plain text.
    pub text: String,
    /// Files that came with it.
    pub attachments: Vec<Attachment>,
    /// The agent was mentioned: the conversation asks for attention.
    pub calls_agent: bool,
    /// When it was written, milliseconds since 1970.
    pub at_ms: Option<i64>,
}

/// What came in.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(
    clippy::large_enum_variant,
    reason = "a handful at a time; a box is a nuisance to every author"
)]
pub enum Event {
    /// The customer wrote.
    Message(Message),
    /// An outbound message moved on.
    Delivery(Delivery),
    /// The customer read everything up to a moment, where the provider tells no ids.
    ReadUntil {
        /// The thread.
        thread: String,
        /// The moment, milliseconds since 1970.
        at_ms: i64,
    },
    /// The customer began a talk without writing yet.
    Started(Started),
    /// The customer asked for a person.
    WantsPerson {
        /// The thread.
        thread: String,
    },
    /// The customer asks to be called.
    CallRequest(CallRequest),
    /// Somebody wrote in the thread of a case.
    CaseNote(CaseNote),
}

impl From<Message> for Event {
    fn from(message: Message) -> Self {
        Self::Message(message)
    }
}

impl From<Delivery> for Event {
    fn from(delivery: Delivery) -> Self {
        Self::Delivery(delivery)
    }
}

impl From<Started> for Event {
    fn from(started: Started) -> Self {
        Self::Started(started)
    }
}

impl From<CallRequest> for Event {
    fn from(request: CallRequest) -> Self {
        Self::CallRequest(request)
    }
}

impl From<CaseNote> for Event {
    fn from(note: CaseNote) -> Self {
        Self::CaseNote(note)
    }
}
