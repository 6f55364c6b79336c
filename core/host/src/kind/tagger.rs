//! Taggers: suggest tags for the newest customer message. Pure lane.

use async_trait::async_trait;
use kerros_app::ports::plugin::{Call, ConversationView, PluginError};
use kerros_app::ports::tagger::{Suggestion, TaggerPlugins};

use crate::contract::{at_most, breach, name};
use crate::ended::Ended;
use crate::host::Host;
use crate::kind::{Code, Kind};
use crate::state::CallState;
use crate::warm::instance;

pub(crate) mod bindings {
    wasmtime::component::bindgen!({
        path: ["../../sdk/wit/base", "../../sdk/wit/tagger"],
        world: "kerros:tagger/tagger",
        with: { "kerros:base": crate::base::kerros::base },
        imports: { default: trappable },
    });
}

pub(crate) mod wit {
    pub(crate) use super::bindings::kerros::tagger::asset;
    pub(crate) use super::bindings::kerros::tagger::types::*;
}

impl wit::Host for CallState {}

/// Most suggestions in one answer.
const SUGGESTIONS: usize = 50;

#[async_trait]
impl TaggerPlugins for Host {
    async fn tag(
        &self,
        call: Call<'_>,
        conversation: &ConversationView,
    ) -> Result<Vec<Suggestion>, PluginError> {
        self.call(Kind::Tagger, "suggest", call, |code, store| {
            let Code::Tagger(pre) = code else { return breach("not a tagger") };
            let tagger = instance(store, |store| pre.instantiate(store))?;
            let found = tagger.kerros_tagger_plugin().call_suggest(
                store,
                &call.plugin.config,
                &lower(conversation),
            )??;
            lift(found)
        })
        .await
    }
}

fn lower(view: &ConversationView) -> wit::Conversation {
    wit::Conversation {
        id: view.id.clone(),
        channel: view.channel.clone(),
        language: view.language.clone(),
        segment: view.segment.clone(),
        layer: view.layer.clone(),
        tags: view.tags.clone(),
        contact: wit::Contact {
            name: view.contact.name.clone(),
            attributes: view.contact.attributes.clone(),
            extra: Vec::new(),
        },
        messages: view
            .messages
            .iter()
            .map(|message| wit::Message {
                id: message.id.clone(),
                author: message.author.clone(),
                text: message.text.clone(),
                at_ms: message.at_ms,
                extra: Vec::new(),
            })
            .collect(),
        extra: Vec::new(),
    }
}

fn lift(found: Vec<wit::Suggestion>) -> Result<Vec<Suggestion>, Ended> {
    at_most("suggestions", &found, SUGGESTIONS)?;
    let mut suggestions: Vec<Suggestion> = Vec::with_capacity(found.len());
    for wit::Suggestion { tag, confidence, extra: _ } in found {
        let tag = name("a tag", tag, 64)?;
        if confidence > 100 {
            return breach(format!("a confidence is {confidence}; at most 100 is allowed"));
        }
        if suggestions.iter().any(|known| known.tag == tag) {
            return breach("a tag is suggested twice");
        }
        suggestions.push(Suggestion { tag, confidence });
    }
    Ok(suggestions)
}
