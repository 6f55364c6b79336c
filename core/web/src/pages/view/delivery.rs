//! How far an outbound message has come, why it has not, and what can be done about it.

use kerros_domain::message::{DeliveryState, Message};
use serde::Serialize;

use super::composer::{Composer, Way};
use super::look::Look;

/// How far a message has come.
#[derive(Debug, Clone, Serialize)]
pub struct Delivery {
    /// `pending`, `sent`, `delivered`, `read`, `failed`.
    pub state: &'static str,
    /// An icon of the sprite.
    pub icon: &'static str,
    /// Why it has not arrived; or, beside another state, who did not get it.
    pub why: Option<String>,
    /// It may have gone out all the same.
    pub maybe_sent: bool,
    /// What the reader may do about it.
    pub remedy: Option<Remedy>,
}

/// What can be done about a message that has not arrived.
#[derive(Debug, Clone, Serialize)]
pub struct Remedy {
    /// The message's address, for forms.
    pub here: String,
    /// The channel whose template may go in its stead.
    pub template: Option<String>,
    /// Other channels on which the customer has an address.
    pub ways: Vec<Way>,
}

impl Delivery {
    /// Of a message; `None` if it goes nowhere. `composer` is what the reader may send, if they may.
    #[must_use]
    pub fn of(look: &Look, message: &Message, composer: Option<&Composer>) -> Option<Self> {
        let (state, icon) = match message.delivery? {
            DeliveryState::Pending => ("pending", "clock"),
            DeliveryState::Sent => ("sent", "check"),
            DeliveryState::Delivered => ("delivered", "check-circle"),
            DeliveryState::Read => ("read", "eye"),
            DeliveryState::Failed => ("failed", "late"),
        };
        let failed = state == "failed";
        let failure = message.failure.as_ref();
        let why = failure.map(|failure| failure.reason.clone()).filter(|why| !why.is_empty());
        Some(Self {
            state,
            icon,
            why: why.or_else(|| failed.then(|| look.say.t("event-no-reason"))),
            maybe_sent: failure.is_some_and(|failure| failure.maybe_sent),
            remedy: composer.filter(|_| failed).map(|composer| remedy(message, composer)),
        })
    }
}

fn remedy(message: &Message, composer: &Composer) -> Remedy {
    let here = format!("/console/c/{}/m/{}", message.conversation, message.id);
    if message.about.purpose.is_case() {
        // What colleagues were to read never goes to the customer instead.
        return Remedy { here, template: None, ways: Vec::new() };
    }
    let said = message.failure.iter().flat_map(|failure| &failure.alternatives);
    let (mut template, mut ways) = (None, Vec::new());
    let used = message.about.via.as_ref().map_or_else(|| composer.own.clone(), ToString::to_string);
    for word in said {
        if word == "template" {
            template =
                composer.templates.iter().find(|t| t.channel == used).map(|t| t.value.clone());
            continue;
        }
        let fits = |way: &&Way| way.kind == word.as_str() && way.channel != used && !way.bad;
        ways.extend(composer.ways.iter().filter(fits).cloned());
    }
    // A channel that names no way out still leaves the others on which the customer can be reached.
    if ways.is_empty() && message.failure.as_ref().is_none_or(|f| f.alternatives.is_empty()) {
        ways.extend(composer.ways.iter().filter(|way| way.channel != used && !way.bad).cloned());
    }
    Remedy { here: format!("/console/c/{}/m/{}", message.conversation, message.id), template, ways }
}
