//! A conversation as bots and taggers see it.

/// What is known of the customer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contact {
    /// Its name, if known.
    pub name: Option<String>,
    /// Free attributes.
    pub attributes: Vec<(String, String)>,
}

/// One public message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    /// Its id.
    pub id: String,
    /// `contact`, `bot`, `person` or `system`.
    pub author: String,
    /// Plain text.
    pub text: String,
    /// Milliseconds since 1970.
    pub at_ms: i64,
}

impl Message {
    /// A message that the customer wrote, for tests.
    pub fn from_contact(text: impl Into<String>) -> Self {
        Self { author: "contact".into(), text: text.into(), ..Self::default() }
    }

    /// Whether the customer wrote it.
    pub fn is_from_contact(&self) -> bool {
        self.author == "contact"
    }
}

/// A conversation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conversation {
    /// Its id.
    pub id: String,
    /// The tenant's name for the channel.
    pub channel: String,
    /// `fi`, `sv`, `en`.
    pub language: String,
    /// The customer group.
    pub segment: Option<String>,
    /// The layer that has it.
    pub layer: String,
    /// Tags on it.
    pub tags: Vec<String>,
    /// Who writes.
    pub contact: Contact,
    /// The last public messages, oldest first, at most 20.
    pub messages: Vec<Message>,
}

impl Conversation {
    /// The customer's newest message.
    pub fn newest(&self) -> Option<&Message> {
        self.messages.iter().rev().find(|message| message.is_from_contact())
    }

    /// The text of the customer's newest message, or nothing.
    pub fn newest_text(&self) -> &str {
        self.newest().map_or("", |message| message.text.as_str())
    }
}

/// From a kind's generated types.
#[cfg(target_arch = "wasm32")]
macro_rules! conversation_from {
    ($types:path) => {
        const _: () = {
            use $types as wire;

            impl From<wire::Conversation> for crate::conversation::Conversation {
                fn from(c: wire::Conversation) -> Self {
                    Self {
                        id: c.id,
                        channel: c.channel,
                        language: c.language,
                        segment: c.segment,
                        layer: c.layer,
                        tags: c.tags,
                        contact: crate::conversation::Contact {
                            name: c.contact.name,
                            attributes: c.contact.attributes,
                        },
                        messages: c
                            .messages
                            .into_iter()
                            .map(|m| crate::conversation::Message {
                                id: m.id,
                                author: m.author,
                                text: m.text,
                                at_ms: m.at_ms,
                            })
                            .collect(),
                    }
                }
            }
        };
    };
}

#[cfg(target_arch = "wasm32")]
pub(crate) use conversation_from;
