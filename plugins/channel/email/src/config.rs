//! A tenant's config of the channel, as the schema in `plugin.toml` allows it.

use std::collections::BTreeMap;

use kerros_plugin::channel::Raw;
use serde::Deserialize;

use crate::receive::fetched;
use crate::{address, thread};

#[derive(Deserialize)]
pub struct Config {
    /// The address that mail is sent from, and one of those it comes to.
    pub address: String,
    /// The tenant's name beside the address.
    #[serde(default)]
    pub name: String,
    /// The sender's name of a person's answer: `{author}` and `{name}` are filled in.
    #[serde(default = "sender_name")]
    pub sender_name: String,
    /// Further addresses that are ours.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Whether who wrote to an alias is answered from there.
    #[serde(default)]
    pub answer_as_alias: bool,
    /// The answer address with `{token}`; a plus address of `address` if left out, none if empty.
    reply_to: Option<String>,
    /// How a conversation's number is written in a subject, with `{number}`; empty for not at all.
    #[serde(default = "number")]
    pub number: String,
    /// Names of the mail servers whose `Authentication-Results` are believed.
    #[serde(default)]
    pub trusted: Vec<String>,
    /// Senders of forms: the person who filled one in stands in Reply-To.
    #[serde(default)]
    pub form_senders: Vec<String>,
    /// Under every answer, by language.
    #[serde(default)]
    pub signature: BTreeMap<String, String>,
    /// A line under the signature that points to faster ways, by language.
    #[serde(default)]
    pub steering: BTreeMap<String, String>,
    /// Whether signatures of customers are cut from what is shown.
    #[serde(default = "yes")]
    pub cut_signatures: bool,
    /// The language of lines that this channel writes itself, and of texts without their own.
    #[serde(default = "english")]
    pub language: String,
    /// The customer group of everybody who writes here.
    pub segment: Option<String>,
    /// Name of the secret that a mail service must know to bring mails by hook.
    pub hook_secret: Option<String>,
}

fn sender_name() -> String {
    "{author}, {name}".into()
}

fn number() -> String {
    "[#{number}]".into()
}

fn yes() -> bool {
    true
}

fn english() -> String {
    "en".into()
}

impl Config {
    /// The answer address with a place for the token; empty for none.
    pub fn reply_form(&self) -> String {
        match &self.reply_to {
            Some(form) => form.clone(),
            None => match self.address.rsplit_once('@') {
                Some((local, domain)) => format!("{local}+{}@{domain}", thread::TOKEN),
                None => String::new(),
            },
        }
    }

    /// The alias that an address is, if answers go out from it.
    pub fn alias(&self, candidate: &str) -> Option<&str> {
        let mut aliases = self.aliases.iter().filter(|_| self.answer_as_alias);
        aliases.find(|alias| address::same(alias, candidate)).map(String::as_str)
    }

    /// Whether an address is ours: mail to it is mail to us, and nobody else takes part by it.
    pub fn owns(&self, candidate: &str, raw: Option<&Raw>) -> bool {
        let mailbox = raw.filter(|raw| fetched(raw)).and_then(|raw| raw.header("mailbox"));
        let known = std::iter::once(self.address.as_str())
            .chain(self.aliases.iter().map(String::as_str))
            .chain(mailbox);
        let mut known = known.filter(|own| !own.is_empty());
        known.any(|own| address::same(own, candidate))
            || thread::token(candidate, &self.reply_form()).is_some()
    }

    /// Whether a Message-ID looks like one of ours: [`crate::send::message_id`] makes them.
    pub fn made(&self, id: &str) -> bool {
        let domain = |text: &str| text.rsplit_once('@').map(|(_, domain)| domain.to_lowercase());
        domain(id).is_some_and(|found| Some(found) == domain(&self.address))
    }

    /// A text in a language, else in the channel's own, else in any.
    pub fn text<'a>(&self, texts: &'a BTreeMap<String, String>, language: &str) -> Option<&'a str> {
        let found = texts
            .get(language)
            .or_else(|| texts.get(&self.language))
            .or_else(|| texts.values().next());
        found.map(|text| text.trim()).filter(|text| !text.is_empty())
    }
}
