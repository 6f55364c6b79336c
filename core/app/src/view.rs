//! A conversation as plugins see it: no ids of other tenants, no notes, no addresses.

use kerros_domain::conversation::Conversation;
use kerros_domain::message::{Author, Message, Visibility};

use crate::ports::plugin::{ContactView, ConversationView, MessageView};
use crate::ports::store::Contact;

/// How many messages a plugin sees.
pub(crate) const MESSAGES: u32 = 20;

/// The name plugins know an author by.
pub(crate) const fn author_name(author: &Author) -> &'static str {
    match author {
        Author::Contact => "contact",
        Author::Bot => "bot",
        Author::Person { .. } => "person",
        Author::System => "system",
    }
}

/// What a plugin may see. Internal messages are left out.
pub(crate) fn conversation<'a>(
    conversation: &Conversation,
    contact: Option<&Contact>,
    messages: impl Iterator<Item = &'a Message>,
) -> ConversationView {
    ConversationView {
        id: conversation.id.to_string(),
        channel: conversation.channel.to_string(),
        language: conversation.language.to_string(),
        segment: conversation.segment.as_ref().map(ToString::to_string),
        layer: conversation.layer.to_string(),
        tags: conversation.tags.iter().map(ToString::to_string).collect(),
        contact: contact.map_or_else(ContactView::default, |contact| ContactView {
            name: contact.name.clone(),
            attributes: contact
                .attributes
                .iter()
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect(),
        }),
        messages: messages
            .filter(|message| message.visibility == Visibility::Public)
            .map(|message| MessageView {
                id: message.id.to_string(),
                author: author_name(&message.author).to_owned(),
                text: message.text.clone(),
                at_ms: message.at.0,
            })
            .collect(),
    }
}
