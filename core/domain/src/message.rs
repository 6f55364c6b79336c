//! What is said in a conversation.

use serde::{Deserialize, Serialize};

use crate::about::{About, Failure};
use crate::id::{ConversationId, MessageId, UserId};
use crate::time::Timestamp;

/// Who wrote a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Author {
    /// The customer.
    Contact,
    /// A bot of the tenant.
    Bot,
    /// A person: agent, expert or supervisor.
    Person {
        /// Who.
        user: UserId,
    },
    /// Kerros itself (a notice that the office is closed, say).
    System,
}

/// Who may see a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Everybody in the conversation, the customer too.
    Public,
    /// The people who serve; a note.
    Internal,
}

/// Something beside the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "snake_case")]
pub enum Part {
    /// A choice the customer may press; pressing it sends `value` as an answer.
    Button {
        /// What is shown.
        label: String,
        /// What is sent.
        value: String,
    },
    /// A help-center article.
    Article {
        /// Its slug in the tenant's help center.
        slug: String,
        /// Its title in the conversation's language.
        title: String,
        /// One or two sentences.
        excerpt: String,
        /// A path on this server.
        url: String,
    },
    /// A link to media or a file that the channel carried.
    Link {
        /// A name to show.
        name: String,
        /// `https` address.
        url: String,
        /// Media type if known.
        media_type: Option<String>,
    },
}

/// How far an outbound message has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// Stored, not yet handed to the channel.
    Pending,
    /// The provider took it.
    Sent,
    /// It reached the customer's device.
    Delivered,
    /// The customer read it.
    Read,
    /// Given up; see the dead letters.
    Failed,
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// Where it was said.
    pub conversation: ConversationId,
    /// The journal sequence at which it was appended: the order in the conversation.
    pub seq: u64,
    /// Who wrote it.
    pub author: Author,
    /// Who may see it.
    pub visibility: Visibility,
    /// Plain text, at most 16 KiB.
    pub text: String,
    /// Buttons, articles, links.
    pub parts: Vec<Part>,
    /// When it was written.
    pub at: Timestamp,
    /// Outbound only: how far it has come.
    pub delivery: Option<DeliveryState>,
    /// The channel's own id of this message, if any.
    pub external_id: Option<String>,
    /// What else lists and queues show of it; mostly empty.
    #[serde(default, skip_serializing_if = "About::is_empty")]
    pub about: About,
    /// Why it has not arrived, while it has not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
}
