//! What the reply box offers: channels, approved messages, copies, files.

use kerros_app::ports::store::Contact;
use kerros_app::recipient;
use kerros_app::tenant::{ChannelRole, Tenant};
use kerros_domain::about::Party;
use kerros_domain::conversation::Conversation;
use kerros_domain::id::ChannelId;
use kerros_domain::message::Message;
use serde::Serialize;

use super::look::ChannelMark;

/// What the reply box offers.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Composer {
    /// The channel that answers go by unless somebody chooses another: mostly the conversation's own.
    pub own: String,
    /// Channels on which the customer can be reached, the usual one first.
    pub ways: Vec<Way>,
    /// Messages approved by the providers of these channels.
    pub templates: Vec<Template>,
    /// Who gets a copy unless somebody changes it.
    pub copies: String,
    /// The subject an answer has unless somebody changes it.
    pub subject: String,
    /// Whether files can be sent by any of the channels.
    pub files: bool,
}

/// A channel to answer by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Way {
    /// The channel.
    pub channel: String,
    /// Its mark.
    pub icon: &'static str,
    /// The customer's address there.
    pub address: String,
    /// `mail`, `sms` or `other`, as failures name what to try instead.
    pub kind: &'static str,
    /// Whether it takes subject and copies.
    pub mail: bool,
    /// Whether the address there takes no messages any more.
    pub bad: bool,
    /// Whether files can be sent by it.
    pub files: bool,
}

/// An approved message.
#[derive(Debug, Clone, Serialize)]
pub struct Template {
    /// What a form sends: channel and place in its list.
    pub value: String,
    /// Its channel.
    pub channel: String,
    /// Its name with the provider, and the language.
    pub label: String,
    /// What it says.
    pub text: String,
    /// What is filled in.
    pub parameters: Vec<String>,
}

/// What stands before a template's number in a form.
pub const TEMPLATE_SIGN: char = '/';

impl Composer {
    /// For a conversation.
    #[must_use]
    pub fn of(
        tenant: &Tenant,
        c: &Conversation,
        contact: &Contact,
        messages: &[Message],
        copies: &[Party],
    ) -> Self {
        // A form cannot be answered itself: its answers go by another channel.
        let usual =
            tenant.channels.get(&c.channel).and_then(|uses| uses.sending.answers_via.clone());
        let usual = usual.unwrap_or_else(|| c.channel.clone());
        let mut ways: Vec<Way> = Vec::new();
        for (channel, uses) in &tenant.channels {
            // Another channel that is live has nobody listening: its customer left.
            let talks = uses.role == ChannelRole::Customers && !uses.live && *channel != c.channel;
            if *channel != usual && !talks {
                continue;
            }
            let Some((on, address)) = recipient::of(tenant, contact, channel) else { continue };
            let kind = match uses.plugin.as_str() {
                "channel/email" => "mail",
                sms if sms.starts_with("channel/sms") => "sms",
                _ => "other",
            };
            ways.push(Way {
                channel: channel.to_string(),
                icon: ChannelMark::of(tenant, channel).icon,
                address: address.clone(),
                kind,
                mail: kind == "mail",
                bad: contact
                    .bad_addresses
                    .iter()
                    .any(|bad| bad.channel == *on && bad.address == *address),
                // A text message carries none.
                files: kind != "sms",
            });
        }
        ways.sort_by_key(|way| way.channel != usual.as_str());
        let mut templates = Vec::new();
        for way in &ways {
            let uses = tenant.channels.get(&ChannelId::from(way.channel.as_str()));
            let all = uses.map(|uses| uses.sending.templates.as_slice()).unwrap_or_default();
            templates.extend(all.iter().enumerate().map(|(n, template)| Template {
                value: format!("{}{TEMPLATE_SIGN}{n}", way.channel),
                channel: way.channel.clone(),
                label: format!("{} ({})", template.name, template.language),
                text: template.text.clone(),
                parameters: template.parameters.clone(),
            }));
        }
        let subject = messages.iter().rev().find_map(|message| message.about.subject.clone());
        Self {
            own: usual.to_string(),
            templates,
            copies: copies.iter().map(|party| party.address.clone()).collect::<Vec<_>>().join(", "),
            subject: subject.unwrap_or_default(),
            files: ways.iter().any(|way| way.files),
            ways,
        }
    }
}
