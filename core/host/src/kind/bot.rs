//! Bots: one turn at a time. Io lane: a turn may wait for requests and searches.

use async_trait::async_trait;
use kerros_app::ports::bot::{Action, BotPlugins, Trigger, Turn, TurnResult};
use kerros_app::ports::plugin::{Call, PluginError};
use kerros_domain::message::Part;

use crate::contract::{
    TEXT, at_most, breach, language, name, opt_name, pairs, path_or_url, text, url,
};
use crate::ended::Ended;
use crate::host::Host;
use crate::kind::{Code, Kind};
use crate::state::CallState;
use crate::warm::{keep, kept};

pub(crate) mod bindings {
    wasmtime::component::bindgen!({
        path: ["../../sdk/wit/base", "../../sdk/wit/bot"],
        world: "kerros:bot/bot",
        with: { "kerros:base": crate::base::kerros::base },
        imports: { default: async | trappable },
        exports: { default: async },
    });
}

pub(crate) mod wit {
    pub(crate) use super::bindings::kerros::bot::types::*;
    pub(crate) use super::bindings::kerros::bot::{http, kv, search};
}

impl wit::Host for CallState {}

/// Most actions in one turn.
const ACTIONS: usize = 20;
/// Most parts of one message.
const PARTS: usize = 20;
/// Longest state, bytes.
const STATE: usize = 16 << 10;
/// Longest label, title or slug, bytes.
const LABEL: usize = 256;

#[async_trait]
impl BotPlugins for Host {
    async fn turn(&self, call: Call<'_>, turn: &Turn) -> Result<TurnResult, PluginError> {
        let turn = lower(turn);
        let config = call.plugin.config.clone();
        self.call_waiting(Kind::Bot, "turn", call, None, move |code, store| {
            Box::pin(async move {
                let Code::Bot(pre) = code else { return breach("not a bot") };
                let bot = match kept(store) {
                    Some(bot) => bot,
                    None => {
                        let made = pre.instantiate_async(&mut *store).await?;
                        keep(store, made)
                    }
                };
                let result =
                    bot.kerros_bot_plugin().call_take_turn(store, &config, &turn).await??;
                lift(result)
            })
        })
        .await
    }
}

fn lower(turn: &Turn) -> wit::Turn {
    let view = &turn.conversation;
    wit::Turn {
        trigger: match turn.trigger {
            Trigger::Started => wit::Trigger::Started,
            Trigger::Message => wit::Trigger::Message,
        },
        conversation: wit::Conversation {
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
        },
        state: turn.state.clone(),
        now_ms: turn.now_ms,
        layers: turn
            .layers
            .iter()
            .map(|layer| wit::LayerHours {
                layer: layer.layer.clone(),
                open: layer.open,
                opens_at_ms: layer.opens_at_ms,
                extra: Vec::new(),
            })
            .collect(),
        extra: Vec::new(),
    }
}

fn lift(result: wit::TurnResult) -> Result<TurnResult, Ended> {
    at_most("actions", &result.actions, ACTIONS)?;
    if let Some(state) = &result.state {
        if state.len() > STATE {
            return breach(format!("the state is larger than {STATE} bytes"));
        }
        if serde_json::from_str::<serde::de::IgnoredAny>(state).is_err() {
            return breach("the state is not JSON");
        }
    }
    let actions = result.actions.into_iter().map(lift_action).collect::<Result<_, _>>()?;
    Ok(TurnResult { actions, state: result.state })
}

fn lift_action(action: wit::Action) -> Result<Action, Ended> {
    Ok(match action {
        wit::Action::Say(say) => {
            let parts = lift_parts(say.parts)?;
            if say.text.trim().is_empty() && parts.is_empty() {
                return breach("the bot says nothing");
            }
            Action::Say { text: text("the bot's text", say.text, TEXT)?, parts }
        }
        wit::Action::Tag(tag) => Action::Tag { tag: name("a tag", tag, 64)? },
        wit::Action::SetSegment(segment) => {
            Action::SetSegment { segment: name("the segment", segment, 64)? }
        }
        wit::Action::SetLanguage(value) => {
            Action::SetLanguage { language: language("the language", value)? }
        }
        wit::Action::Resolve(confirmed) => Action::Resolve { confirmed },
        wit::Action::HandOff(hand_off) => Action::HandOff {
            to: opt_name("the layer to hand off to", hand_off.to, 64)?,
            briefing: pairs("a briefing's field", hand_off.briefing, 50)?,
        },
        wit::Action::Other(_) => return breach("an action that this host does not know"),
    })
}

fn lift_parts(parts: Vec<wit::Part>) -> Result<Vec<Part>, Ended> {
    at_most("parts", &parts, PARTS)?;
    let mut lifted = Vec::with_capacity(parts.len());
    for part in parts {
        lifted.push(match part {
            wit::Part::Button(button) => Part::Button {
                label: name("a button's label", button.label, LABEL)?,
                value: name("a button's value", button.value, LABEL)?,
            },
            wit::Part::Article(article) => Part::Article {
                slug: name("an article's slug", article.slug, LABEL)?,
                title: name("an article's title", article.title, LABEL)?,
                excerpt: text("an article's excerpt", article.excerpt, 1024)?,
                url: path_or_url("an article's url", article.url)?,
            },
            wit::Part::Link(link) => Part::Link {
                name: name("a link's name", link.name, LABEL)?,
                url: url("a link's url", link.url)?,
                media_type: opt_name("a link's media type", link.media_type, 128)?,
            },
            wit::Part::Other(_) => continue,
        });
    }
    Ok(lifted)
}

#[cfg(test)]
mod tests {
    use super::{lift, wit};
    use crate::ended::Ended;

    fn say(text: &str, parts: Vec<wit::Part>) -> wit::Action {
        wit::Action::Say(wit::Say { text: text.to_owned(), parts, extra: Vec::new() })
    }

    fn article(url: &str) -> wit::Part {
        wit::Part::Article(wit::Article {
            slug: "refunds".to_owned(),
            title: "Refunds".to_owned(),
            excerpt: String::new(),
            url: url.to_owned(),
            extra: Vec::new(),
        })
    }

    fn judged(actions: Vec<wit::Action>, state: Option<&str>) -> Option<String> {
        let state = state.map(str::to_owned);
        match lift(wit::TurnResult { actions, state, extra: Vec::new() }) {
            Ok(_) => None,
            Err(Ended::Breach(message)) => Some(message),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn turns_are_sane_or_refused() {
        let hand_off = |to: Option<&str>| {
            wit::Action::HandOff(wit::HandOff {
                to: to.map(str::to_owned),
                briefing: vec![("order".to_owned(), "4711".to_owned())],
                extra: Vec::new(),
            })
        };
        for (action, fault) in [
            (say("Hello <b>you</b>", vec![]), None),
            (say("", vec![article("/help/aurinko/en/refunds")]), None),
            (say("", vec![wit::Part::Other("map".to_owned())]), Some("the bot says nothing")),
            (
                say(&"a".repeat(16_385), vec![]),
                Some("the bot's text has 16385 bytes; at most 16384 are allowed"),
            ),
            (
                say("", vec![article("javascript:x")]),
                Some("an article's url is not an http(s) address"),
            ),
            (
                say("", vec![article("//evil.example")]),
                Some("an article's url is not an http(s) address"),
            ),
            (wit::Action::Tag(String::new()), Some("a tag is empty")),
            (
                wit::Action::SetLanguage("finnish!".to_owned()),
                Some("the language is not a language tag"),
            ),
            (wit::Action::Resolve(true), None),
            (hand_off(None), None),
            (hand_off(Some("")), Some("the layer to hand off to is empty")),
            (
                wit::Action::Other("dance".to_owned()),
                Some("an action that this host does not know"),
            ),
        ] {
            assert_eq!(judged(vec![action], None).as_deref(), fault);
        }
        let many = (0..21).map(|_| wit::Action::Resolve(false)).collect();
        assert_eq!(judged(many, None).as_deref(), Some("21 actions; at most 20 are allowed"));
        assert_eq!(judged(vec![], Some("{}")), None);
        assert_eq!(judged(vec![], Some("{")).as_deref(), Some("the state is not JSON"));
        let large = format!("\"{}\"", "a".repeat(16_384));
        assert!(judged(vec![], Some(&large)).is_some_and(|fault| fault.contains("larger")));
    }
}
