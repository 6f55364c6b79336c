//! What a channel made of a raw thing, normalised.

use kerros_domain::message::{DeliveryState, Part};
use serde::{Deserialize, Serialize};

use super::about::{Check, Field, Participant};

/// What came in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum InboundEvent {
    /// The customer wrote.
    Message(Box<InboundMessage>),
    /// An outbound message moved on.
    Delivery {
        /// The id that the provider gave it.
        external_id: String,
        /// Where it is.
        state: DeliveryState,
        /// Why, when it failed.
        reason: Option<String>,
        /// The address does not take messages any more: the contact's address is marked.
        #[serde(default)]
        bad_address: Option<String>,
        /// What a person may do instead, when it failed.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        alternatives: Vec<String>,
    },
    /// The customer read everything up to a moment, where the provider tells no ids.
    ReadUntil {
        /// The thread.
        thread: String,
        /// The moment, milliseconds since 1970.
        at_ms: i64,
    },
    /// The customer began a talk without writing yet (opened the widget, pressed /start).
    Started {
        /// The thread.
        thread: String,
        /// The sender's address.
        sender: String,
        /// The sender's name.
        sender_name: Option<String>,
        /// The language.
        language: Option<String>,
        /// A customer group.
        segment: Option<String>,
    },
    /// The customer asked for a person.
    WantsPerson {
        /// The thread.
        thread: String,
    },
    /// The customer asks to be called.
    CallRequest(Box<CallRequest>),
    /// Somebody wrote in the thread of a case on a shared channel: it becomes an internal note.
    CaseNote(Box<CaseNote>),
}

impl InboundEvent {
    /// The provider's id of what came, if it has one.
    #[must_use]
    pub fn external_id(&self) -> Option<&str> {
        match self {
            Self::Message(message) => Some(&message.external_id),
            Self::Delivery { external_id, .. } => Some(external_id),
            Self::CallRequest(request) => Some(&request.external_id),
            Self::CaseNote(note) => Some(&note.external_id),
            Self::ReadUntil { .. } | Self::Started { .. } | Self::WantsPerson { .. } => None,
        }
    }
}

/// How the host finds the conversation a message belongs to. In JSON `"thread"` or `"mail"` beside the message's
/// other fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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

/// What a mail says about its conversation, from the surest on. A token's signature is checked, and a reference or
/// number only counts if the sender already takes part in that conversation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MailThreading {
    /// Reply tokens found in the addresses it was sent to.
    pub tokens: Vec<String>,
    /// Message-IDs without angle brackets: In-Reply-To first, then References from the last to the first.
    pub references: Vec<String>,
    /// Conversation numbers found in the subject.
    pub numbers: Vec<u64>,
}

/// The customer wrote.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboundMessage {
    /// The provider's id of the message: a repeat is dropped.
    pub external_id: String,
    /// How its conversation is found.
    #[serde(flatten)]
    pub threading: Threading,
    /// The sender's address on this channel (chat id, number, visitor key, mail address).
    pub sender: String,
    /// The sender's name.
    #[serde(default)]
    pub sender_name: Option<String>,
    /// Who else it was sent to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub participants: Vec<Participant>,
    /// `fi`, `sv`, `en`, if the channel knows.
    #[serde(default)]
    pub language: Option<String>,
    /// A customer group, if the channel knows.
    #[serde(default)]
    pub segment: Option<String>,
    /// Subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Plain text of what is new, at most 16 KiB.
    pub text: String,
    /// HTML of what is new, not sanitised yet, at most 256 KiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub html: Option<String>,
    /// The whole plain text with quotes and signature, where it differs from `text`; at most 256 KiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub full: Option<String>,
    /// Buttons, articles, links.
    pub parts: Vec<Part>,
    /// Files that came with it, at most 50.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// Answers of a form.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Field>,
    /// Written by a machine; why. Nobody answers it automatically.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub automatic: Option<String>,
    /// What was found out about where it comes from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<Check>,
    /// The external id of the message this one answers, where the provider tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<String>,
    /// Where all can read it: its address there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_url: Option<String>,
    /// When it was written, milliseconds since 1970; the arrival if unknown.
    #[serde(default)]
    pub at_ms: Option<i64>,
}

impl InboundMessage {
    /// The name of the provider's thread; a mail has none.
    #[must_use]
    pub fn thread(&self) -> Option<&str> {
        match &self.threading {
            Threading::Thread(thread) => Some(thread),
            Threading::Mail(_) => None,
        }
    }
}

impl From<InboundMessage> for InboundEvent {
    fn from(message: InboundMessage) -> Self {
        Self::Message(Box::new(message))
    }
}

/// Where the bytes of an attachment are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Lifted out by the host: the id of one of the raw thing's files.
    Lifted(String),
    /// Here; all attachments of a message together at most 1 MiB.
    Bytes(#[serde(with = "super::super::octets")] Vec<u8>),
    /// With the provider; the channel's `fetch` is asked with this text, in a job of its own.
    Remote(String),
}

/// A file that came with a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Its name.
    pub name: String,
    /// Media type; `None` lets the host guess from name and bytes.
    #[serde(default)]
    pub media_type: Option<String>,
    /// Where its bytes are.
    pub source: Source,
    /// Shown in the text where `cid:` names it, not beside it.
    #[serde(default)]
    pub inline: bool,
    /// What `cid:` names it by.
    #[serde(default)]
    pub content_id: Option<String>,
}

/// The customer asks to be called.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallRequest {
    /// The provider's id of the request: a repeat is dropped.
    pub external_id: String,
    /// The number to call, `+` and digits.
    pub number: String,
    /// Whose it is.
    #[serde(default)]
    pub name: Option<String>,
    /// The language.
    #[serde(default)]
    pub language: Option<String>,
    /// A customer group.
    #[serde(default)]
    pub segment: Option<String>,
    /// What it is about; may be empty.
    #[serde(default)]
    pub text: String,
    /// Not before, milliseconds since 1970.
    #[serde(default)]
    pub not_before_ms: Option<i64>,
    /// Answers of a form.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Field>,
}

/// Somebody wrote in the thread of a case on a shared channel.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// The agent was mentioned: the conversation asks for attention.
    #[serde(default)]
    pub calls_agent: bool,
    /// When it was written, milliseconds since 1970.
    #[serde(default)]
    pub at_ms: Option<i64>,
}

#[cfg(test)]
mod tests {
    use super::{InboundEvent, InboundMessage, MailThreading, Source, Threading};

    #[test]
    fn a_job_of_the_first_landing_still_reads() {
        let stored = r#"[
            {"event":"message","external_id":"1","thread":"t","sender":"s","sender_name":null,
             "language":"fi","segment":null,"text":"Hei","parts":[],"at_ms":7},
            {"event":"delivery","external_id":"x","state":"read","reason":null}]"#;
        let events: Vec<InboundEvent> = serde_json::from_str(stored).unwrap();
        let [InboundEvent::Message(message), InboundEvent::Delivery { bad_address: None, .. }] =
            &events[..]
        else {
            panic!("{events:?}")
        };
        assert_eq!((message.thread(), message.text.as_str()), (Some("t"), "Hei"));
        let again = serde_json::to_value(&events[0]).unwrap();
        assert_eq!(again, serde_json::from_str::<serde_json::Value>(stored).unwrap()[0]);
    }

    #[test]
    fn bytes_and_mail_threading_come_back_as_they_went() {
        let event = InboundEvent::from(InboundMessage {
            external_id: "1".into(),
            threading: Threading::Mail(MailThreading { numbers: vec![7], ..Default::default() }),
            attachments: [vec![0xff, 0, 1], b"text".to_vec()]
                .into_iter()
                .map(|bytes| super::Attachment {
                    name: "a".into(),
                    media_type: None,
                    source: Source::Bytes(bytes),
                    inline: false,
                    content_id: None,
                })
                .collect(),
            ..InboundMessage::default()
        });
        let json = serde_json::to_string(&event).unwrap();
        assert_eq!(serde_json::from_str::<InboundEvent>(&json).unwrap(), event, "{json}");
    }
}
