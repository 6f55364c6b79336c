//! A message as the API sends it: what was said, what came with it, how far it has come.

use kerros_domain::about::{
    Attachment, Check, Details, Failure, Field, Held, Original, Party, PartyRole, Purpose, Template,
};
use kerros_domain::message::{Author, Message, Part};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::names::{DeliveryState, Visibility};

/// A message.
#[derive(Debug, Serialize, ToSchema)]
pub struct MessageBody {
    /// Its id.
    #[schema(example = "msg_0198c0de0000700080000000000000aa")]
    pub id: String,
    /// Where it was said.
    pub conversation: String,
    /// Its place in the conversation.
    pub seq: u64,
    /// `contact`, `bot`, `person` or `system`.
    pub author: &'static str,
    /// The person, if one wrote it.
    pub user: Option<String>,
    /// Who may see it.
    pub visibility: Visibility,
    /// Plain text.
    pub text: String,
    /// Buttons, articles and links beside the text.
    #[schema(value_type = Vec<PartBody>)]
    pub parts: Vec<Part>,
    /// When.
    pub at_ms: i64,
    /// Outbound only: how far it has come.
    pub delivery: Option<DeliveryState>,
    /// Why it has not arrived, while it has not; or who of several recipients did not get it.
    pub failure: Option<FailureBody>,
    /// `reply`, `automatic`, `case`, `note` or `disruption`: what an outbound message is for.
    pub purpose: &'static str,
    /// Subject of a mail.
    pub subject: Option<String>,
    /// Who wrote it, where that is neither the contact nor a user.
    pub sender: Option<PartyBody>,
    /// Who else gets or got it.
    pub recipients: Vec<PartyBody>,
    /// Files that came or go with it.
    pub files: Vec<FileBody>,
    /// Written by a machine; why.
    pub automatic: Option<String>,
    /// Came long after it was written: nothing answered it by itself.
    pub late: bool,
    /// Where everybody can read it.
    pub public_url: Option<String>,
    /// The channel it goes out by, where that is not the conversation's own.
    pub via: Option<String>,
    /// The approved message that goes out in its stead.
    pub template: Option<TemplateBody>,
    /// The channel's own id of it; of a hand-over that arrived, the receipt.
    pub external_id: Option<String>,
    /// Whether there is more: HTML, quoted text, checks, a form's answers.
    pub details: bool,
}

/// Why a message has not arrived.
#[derive(Debug, Serialize, ToSchema)]
pub struct FailureBody {
    /// For people.
    pub reason: String,
    /// What a person may do instead: `template`, `mail`, `sms`.
    pub alternatives: Vec<String>,
    /// It may have gone out all the same: sending it again may send it twice.
    pub maybe_sent: bool,
}

/// Somebody who takes part.
#[derive(Debug, Serialize, ToSchema)]
pub struct PartyBody {
    /// `from`, `to`, `cc` or `reply-to`.
    pub role: &'static str,
    /// Their address on the channel.
    pub address: String,
    /// Their name, if known.
    pub name: Option<String>,
}

/// A file of a message.
#[derive(Debug, Serialize, ToSchema)]
pub struct FileBody {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// How big; 0 while it is not known.
    pub bytes: u64,
    /// Shown in the HTML, not beside it.
    pub inline: bool,
    /// `here`, `fetching` or `gone`.
    pub state: &'static str,
    /// Why it is gone.
    pub reason: Option<String>,
}

/// An approved message with what is filled in.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TemplateBody {
    /// Its name with the provider.
    pub name: String,
    /// In which language.
    pub language: String,
    /// What is filled in, in order.
    #[serde(default)]
    pub parameters: Vec<String>,
}

/// The word for an author.
#[must_use]
pub const fn author_word(author: &Author) -> &'static str {
    match author {
        Author::Contact => "contact",
        Author::Bot => "bot",
        Author::Person { .. } => "person",
        Author::System => "system",
    }
}

impl From<Message> for MessageBody {
    fn from(message: Message) -> Self {
        let about = message.about;
        Self {
            id: message.id.to_string(),
            conversation: message.conversation.to_string(),
            seq: message.seq,
            author: author_word(&message.author),
            user: match message.author {
                Author::Person { user } => Some(user.to_string()),
                _ => None,
            },
            visibility: message.visibility.into(),
            text: message.text,
            parts: message.parts,
            at_ms: message.at.0,
            delivery: message.delivery.map(DeliveryState::from),
            failure: message.failure.map(FailureBody::from),
            purpose: Purpose::as_str(about.purpose),
            subject: about.subject,
            sender: about.sender.map(PartyBody::from),
            recipients: about.recipients.into_iter().map(PartyBody::from).collect(),
            files: about.files.into_iter().map(FileBody::from).collect(),
            automatic: about.automatic,
            late: about.late,
            public_url: about.public_url,
            via: about.via.map(|via| via.to_string()),
            template: about.template.map(TemplateBody::from),
            external_id: message.external_id,
            details: about.details,
        }
    }
}

impl From<Failure> for FailureBody {
    fn from(failure: Failure) -> Self {
        let Failure { reason, alternatives, maybe_sent, .. } = failure;
        Self { reason, alternatives, maybe_sent }
    }
}

impl From<Party> for PartyBody {
    fn from(party: Party) -> Self {
        let role = match party.role {
            PartyRole::From => "from",
            PartyRole::To => "to",
            PartyRole::Cc => "cc",
            PartyRole::ReplyTo => "reply-to",
        };
        Self { role, address: party.address, name: party.name }
    }
}

impl From<Attachment> for FileBody {
    fn from(file: Attachment) -> Self {
        let (state, reason) = match file.held {
            Held::Here => ("here", None),
            Held::Fetching => ("fetching", None),
            Held::Gone { reason } => ("gone", Some(reason)),
        };
        Self {
            id: file.id.to_string(),
            name: file.name,
            media_type: file.media_type,
            bytes: file.bytes,
            inline: file.inline,
            state,
            reason,
        }
    }
}

impl From<Template> for TemplateBody {
    fn from(template: Template) -> Self {
        let Template { name, language, parameters } = template;
        Self { name, language, parameters }
    }
}

impl From<TemplateBody> for Template {
    fn from(template: TemplateBody) -> Self {
        let TemplateBody { name, language, parameters } = template;
        Self { name, language, parameters }
    }
}

/// A message with everything that came with it.
#[derive(Debug, Serialize, ToSchema)]
pub struct WholeMessageBody {
    /// The message.
    #[serde(flatten)]
    pub message: MessageBody,
    /// Its HTML without scripts, styles and forms. Remote images wait in `data-src`; inline ones are
    /// `/files/ID`, to be asked for at the conversation's files.
    pub html: Option<String>,
    /// The whole text with quotes and signature, where it differs from `text`.
    pub full: Option<String>,
    /// Everybody it was sent to.
    pub participants: Vec<PartyBody>,
    /// What is known of where it comes from.
    pub checks: Vec<CheckBody>,
    /// A form's answers, or an invitation's facts.
    pub fields: Vec<FieldBody>,
    /// Size of the mail it came as, to be had at `original`; null if it came as no mail.
    pub original_bytes: Option<u64>,
}

/// A check of where a message comes from.
#[derive(Debug, Serialize, ToSchema)]
pub struct CheckBody {
    /// `spf`, `dkim`, `dmarc`.
    pub name: String,
    /// `pass`, `fail`, `softfail`, `neutral`, `none`, `temperror`, `permerror`.
    pub verdict: String,
    /// The domain that was checked, or a reason.
    pub detail: String,
}

/// One answer in a form.
#[derive(Debug, Serialize, ToSchema)]
pub struct FieldBody {
    /// Its key.
    pub key: String,
    /// What people read.
    pub label: String,
    /// The answer.
    pub value: String,
}

impl WholeMessageBody {
    /// A message with its big things.
    #[must_use]
    pub fn new(message: Message, details: Details) -> Self {
        let original = details.original.map(|original| match original {
            Original::File { bytes, .. } | Original::Raw { bytes, .. } => bytes,
        });
        Self {
            message: message.into(),
            original_bytes: original,
            html: details.html,
            full: details.full,
            participants: details.participants.into_iter().map(PartyBody::from).collect(),
            checks: details
                .checks
                .into_iter()
                .map(|Check { name, verdict, detail }| CheckBody { name, verdict, detail })
                .collect(),
            fields: details
                .fields
                .into_iter()
                .map(|Field { key, label, value }| FieldBody { key, label, value })
                .collect(),
        }
    }
}

/// Something beside a message's text. Only the members of its kind are there.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "only describes the domain's parts in the OpenAPI document")]
pub struct PartBody {
    /// `button`, `article` or `link`.
    part: String,
    /// Button: what is shown.
    label: Option<String>,
    /// Button: what pressing it sends.
    value: Option<String>,
    /// Article: its slug.
    slug: Option<String>,
    /// Article: its title.
    title: Option<String>,
    /// Article: one or two sentences.
    excerpt: Option<String>,
    /// Article: a path on this server. Link: an https address.
    url: Option<String>,
    /// Link: a name to show.
    name: Option<String>,
    /// Link: media type if known.
    media_type: Option<String>,
}
