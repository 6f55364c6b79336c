//! Answers by keywords, asks whether it helped, and hands off. Replace it with what yours does.
//!
//! A bot remembers nothing but what it keeps in its state. `asks_for_person` should be honoured at every turn.

use std::collections::BTreeMap;

use kerros_plugin::bot::{Action, Bot, Host, Reply, Trigger, Turn, asks_for_person};
use kerros_plugin::text::cut;
use kerros_plugin::{Error, Part};
use serde::{Deserialize, Serialize};

kerros_plugin::bot!({{Type}});

struct {{Type}};

#[derive(Deserialize)]
struct Config {
    greeting: String,
    answers: BTreeMap<String, String>,
}

/// What is kept between turns.
#[derive(Default, Serialize, Deserialize)]
struct State {
    /// The question that was answered last.
    answered: Option<String>,
}

/// As much of a question is kept, in bytes: a briefing's text has a limit.
const KEPT: usize = 1000;

impl Bot for {{Type}} {
    type Config = Config;

    fn turn(config: &Config, turn: &Turn, _host: &impl Host) -> Result<Reply, Error> {
        let state: State = turn.kept().unwrap_or_default();
        let said = turn.conversation.newest_text();
        if turn.trigger == Trigger::Started {
            return Reply::new(vec![Action::say(config.greeting.as_str())]).keep(&state);
        }
        let lower = said.to_lowercase();
        if state.answered.is_some() && lower == "yes" {
            return Ok(Reply::new(vec![Action::Resolve { confirmed: true }]));
        }
        let answer = config.answers.iter().find(|(word, _)| lower.contains(word.as_str()));
        match answer {
            Some((_, answer)) if !asks_for_person(said, []) => {
                // A button sends its value as the customer's answer: let it be what is shown.
                let parts = vec![Part::button("Yes", "Yes"), Part::button("No", "No")];
                let text = format!("{answer}\n\nDid this help?");
                let state = State { answered: Some(cut(said, KEPT).into()) };
                Reply::new(vec![Action::Say { text, parts }]).keep(&state)
            }
            _ => Ok(hand_off(&state, said)),
        }
    }
}

/// Passes on to the next personal layer; the briefing is shown to the person as a note.
fn hand_off(state: &State, said: &str) -> Reply {
    let question = state.answered.as_deref().unwrap_or(cut(said, KEPT));
    Reply::new(vec![
        Action::say("I am passing you to a colleague."),
        Action::HandOff { to: None, briefing: vec![("question".into(), question.into())] },
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use kerros_plugin::bot::{Conversation, Hit, Message, http};

    /// A host for tests: this bot asks nothing of it.
    struct Nothing;

    impl Host for Nothing {
        fn search(&self, _: &str, _: &str, _: Option<&str>, _: u32) -> Vec<Hit> {
            Vec::new()
        }
        fn http(&self, _: &http::Request) -> Result<http::Response, http::Failed> {
            Err(http::Failed::default())
        }
    }

    fn turn(text: &str, state: Option<String>) -> Reply {
        let config = Config {
            greeting: "Hello!".into(),
            answers: BTreeMap::from([("opening".into(), "From 8 to 22.".into())]),
        };
        let turn = Turn {
            trigger: Trigger::Message,
            conversation: Conversation {
                messages: vec![Message::from_contact(text)],
                ..Conversation::default()
            },
            state,
            ..Turn::default()
        };
        {{Type}}::turn(&config, &turn, &Nothing).unwrap()
    }

    #[test]
    fn an_answer_that_helps_resolves() {
        let reply = turn("Opening hours?", None);
        assert!(matches!(&reply.actions[0], Action::Say { text, .. } if text.starts_with("From 8")));
        let end = turn("Yes", reply.state);
        assert_eq!(end.actions, [Action::Resolve { confirmed: true }]);
    }

    #[test]
    fn a_person_takes_over_when_asked_for_or_nothing_is_known() {
        for text in ["I want to talk to a human about opening", "xyzzy"] {
            assert!(matches!(turn(text, None).actions[1], Action::HandOff { .. }), "{text}");
        }
    }
}
