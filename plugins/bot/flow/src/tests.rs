//! Talks with a flow, turn by turn.

use kerros_plugin::Part;
use kerros_plugin::bot::{
    Action, Bot, Conversation, Hit, Host, LayerHours, Message, Trigger, Turn, http,
};
use serde_json::{Value, json};

use crate::FlowBot;

struct Nothing;

impl Host for Nothing {
    fn search(&self, _: &str, _: &str, _: Option<&str>, _: u32) -> Vec<Hit> {
        panic!("a flow does not search")
    }
    fn http(&self, _: &http::Request) -> Result<http::Response, http::Failed> {
        panic!("a flow makes no requests")
    }
}

struct Talk {
    config: Value,
    turn: Turn,
}

impl Talk {
    fn new(language: &str, config: Value) -> Self {
        let turn = Turn {
            conversation: Conversation {
                language: language.into(),
                channel: "chat".into(),
                ..Conversation::default()
            },
            // 2026-11-22, a Sunday.
            now_ms: 20_779 * 86_400_000,
            layers: vec![LayerHours { layer: "first-line".into(), open: true, opens_at_ms: None }],
            ..Turn::default()
        };
        Self { config, turn }
    }

    fn start(&mut self) -> Vec<String> {
        self.turn.trigger = Trigger::Started;
        self.take()
    }

    fn say(&mut self, text: &str) -> Vec<String> {
        self.turn.trigger = Trigger::Message;
        self.turn.conversation.messages.push(Message::from_contact(text));
        self.take()
    }

    /// What the customer sees, and `!` before what the bot does.
    fn take(&mut self) -> Vec<String> {
        let flow = serde_json::from_value(self.config.clone()).unwrap();
        let reply = FlowBot::turn(&flow, &self.turn, &Nothing).unwrap();
        assert!(reply.actions.len() <= 20);
        self.turn.state = reply.state;
        let mut seen = Vec::new();
        for action in reply.actions {
            match action {
                Action::Say { text, parts } => {
                    let labels: Vec<String> = parts
                        .into_iter()
                        .map(|part| match part {
                            Part::Button { label, .. } => format!("[{label}]"),
                            other => panic!("{other:?}"),
                        })
                        .collect();
                    seen.push([vec![text], labels].concat().join(" "));
                }
                Action::Tag(tag) => seen.push(format!("!tag {tag}")),
                Action::SetSegment(segment) => seen.push(format!("!segment {segment}")),
                Action::SetLanguage(language) => seen.push(format!("!language {language}")),
                Action::Resolve { confirmed } => seen.push(format!("!resolve {confirmed}")),
                Action::HandOff { to, briefing } => {
                    let to = to.unwrap_or_default();
                    let briefing: Vec<String> =
                        briefing.iter().map(|(field, text)| format!("{field}={text}")).collect();
                    seen.push(format!("!hand off {to} {}", briefing.join(" ")).trim().into());
                }
            }
        }
        seen
    }
}

fn shop() -> Value {
    json!({ "start": "welcome", "language": "en", "steps": {
        "welcome": {
            "say": { "fi": "Hei!", "en": "Hello!" },
            "choose": {
                "text": { "fi": "Mistä on kyse?", "en": "What is it about?" }, "name": "topic",
                "options": [
                    { "label": { "fi": "Tilaus", "en": "An order" }, "value": "order", "words": ["tilau*", "order*"], "goto": "order" },
                    { "label": { "fi": "Palautus", "en": "A return" }, "words": ["palaut*", "return*"], "goto": "return" },
                    { "label": "På svenska", "goto": "swedish" },
                ],
            },
        },
        "order": {
            "tag": ["order", "shop"],
            "ask": { "name": "number", "kind": "code", "code": "AA-9999", "text": { "fi": "Tilausnumero?", "en": "Order number?" }, "goto": "email" },
        },
        "email": { "ask": { "name": "email", "kind": "email", "optional": true, "text": "Email?", "invalid": "No email.", "goto": "hours" } },
        "hours": { "branch": [{ "if": { "open": "first-line" }, "goto": "person" }], "goto": "closed" },
        "closed": { "say": { "en": "We are closed, {number} waits." }, "goto": "person" },
        "person": { "hand_off": { "to": "first-line", "briefing": { "order": "{number}", "reply_to": "{email}" } } },
        "return": { "say": "Print the label.", "ask": { "name": "done", "kind": "yes_no", "text": "Did it work?", "goto": "returned" } },
        "returned": { "branch": [{ "if": { "answer": { "name": "done", "is": "yes" } }, "goto": "bye" }], "goto": "order" },
        "bye": { "segment": "returner", "resolve": { "confirmed": true } },
        "swedish": { "language": "sv", "say": { "sv": "Välkommen!", "en": "Welcome!" } },
    } })
}

#[test]
fn a_talk_leads_to_a_person_with_a_briefing() {
    let mut talk = Talk::new("fi", shop());
    assert_eq!(talk.start(), ["Hei!", "Mistä on kyse? [Tilaus] [Palautus] [På svenska]"]);
    assert_eq!(talk.say("Tilaus"), ["!tag order", "!tag shop", "Tilausnumero?"]);
    assert_eq!(talk.say("ab 1234"), ["Email? [Ohita]"]);
    assert_eq!(talk.say("a@b.fi"), ["!hand off first-line order=AB-1234 reply_to=a@b.fi"]);
    assert_eq!(talk.turn.state, None);
}

#[test]
fn a_choice_is_made_by_label_number_or_words() {
    for text in ["an order", "ORDER!", "1", "tilaukseni on hukassa", "where is my order"] {
        let mut talk = Talk::new("en", shop());
        talk.start();
        assert_eq!(talk.say(text).last().unwrap(), "Order number?", "{text}");
    }
    // Words of two options are no choice.
    let mut talk = Talk::new("en", shop());
    talk.start();
    assert_eq!(
        talk.say("return my order"),
        [
            "Please choose one of these, or ask for a person.",
            "What is it about? [An order] [A return] [På svenska]"
        ]
    );
}

#[test]
fn first_words_may_name_the_first_choice_and_nothing_else() {
    let mut talk = Talk::new("en", shop());
    assert_eq!(
        talk.say("where is my order?"),
        ["Hello!", "!tag order", "!tag shop", "Order number?"]
    );
    let mut talk = Talk::new("en", shop());
    assert_eq!(
        talk.say("hello"),
        ["Hello!", "What is it about? [An order] [A return] [På svenska]"]
    );
}

#[test]
fn an_answer_that_does_not_fit_is_asked_again_and_then_a_person_comes() {
    let mut talk = Talk::new("en", shop());
    talk.start();
    talk.say("order");
    assert_eq!(
        talk.say("1234"),
        ["That does not look right. Please try again, or ask for a person.", "Order number?"]
    );
    talk.say("nope");
    assert_eq!(talk.say("???"), ["I am passing you to a colleague.", "!hand off  topic=order"]);

    let mut talk = Talk::new("en", shop());
    talk.start();
    talk.say("order");
    talk.say("AB-1234");
    assert_eq!(talk.say("not an address"), ["No email.", "Email? [Skip]"]);
    assert_eq!(talk.say("skip"), ["!hand off first-line order=AB-1234"]);
}

#[test]
fn a_person_comes_at_every_step_with_what_is_known() {
    for steps in 0..3 {
        let mut talk = Talk::new("fi", shop());
        talk.start();
        for text in ["tilaus", "AB-1234"].iter().take(steps) {
            talk.say(text);
        }
        let seen = talk.say("Haluan puhua ihmiselle");
        assert!(seen.last().unwrap().starts_with("!hand off"), "{steps}: {seen:?}");
        assert_eq!(seen.last().unwrap().contains("AB-1234"), steps == 2);
    }
    let mut talk = Talk::new("fi", shop());
    assert!(talk.say("ihminen").last().unwrap().starts_with("!hand off"));
}

#[test]
fn hours_and_answers_decide_the_way() {
    let mut talk = Talk::new("en", shop());
    talk.turn.layers[0].open = false;
    talk.start();
    talk.say("order");
    talk.say("AB-1234");
    assert_eq!(
        talk.say("skip"),
        ["We are closed, AB-1234 waits.", "!hand off first-line order=AB-1234"]
    );
    let mut talk = Talk::new("en", shop());
    talk.start();
    assert_eq!(talk.say("a return"), ["Print the label.", "Did it work? [Yes] [No]"]);
    assert_eq!(talk.say("yes"), ["!segment returner", "!resolve true"]);
}

#[test]
fn every_condition_holds_and_fails_as_it_says() {
    let cases = [
        (json!({ "open": "first-line" }), true),
        (json!({ "closed": "first-line" }), false),
        (json!({ "open": "nowhere" }), false),
        (json!({ "closed": "nowhere" }), false),
        (json!({ "segment": "gold" }), true),
        (json!({ "segment": ["silver", "gold"] }), true),
        (json!({ "segment": "silver" }), false),
        (json!({ "language": "en", "channel": "chat" }), true),
        (json!({ "language": "en", "channel": "mail" }), false),
        (json!({ "tag": "vip" }), true),
        (json!({ "tag": "new" }), true),
        (json!({ "tag": "other" }), false),
        (json!({ "answer": { "name": "n", "at_least": 5, "at_most": 7 } }), true),
        (json!({ "answer": { "name": "n", "at_least": 8 } }), false),
        (json!({ "answer": { "name": "n", "is": ["6", "7"] } }), true),
        (json!({ "answer": { "name": "n", "is": "x" } }), false),
        (json!({ "answer": { "name": "m", "given": false } }), true),
        (json!({ "answer": { "name": "m", "at_least": 0 } }), false),
        (json!({ "not": { "tag": "other" } }), true),
        (json!({ "any": [{ "tag": "other" }, { "tag": "vip" }] }), true),
        (json!({ "all": [{ "tag": "other" }, { "tag": "vip" }] }), false),
    ];
    for (condition, expected) in cases {
        let config = json!({ "start": "a", "steps": {
            "a": { "tag": "new", "ask": { "name": "n", "kind": "number", "text": "?", "goto": "b" } },
            "b": { "branch": [{ "if": condition, "goto": "yes" }], "goto": "no" },
            "yes": { "say": "yes" }, "no": { "say": "no" },
        } });
        let mut talk = Talk::new("en", config);
        talk.turn.conversation.segment = Some("gold".into());
        talk.turn.conversation.tags = vec!["vip".into()];
        talk.start();
        // Kept by the conversation from the first turn on.
        talk.turn.conversation.tags.push("new".into());
        assert_eq!(talk.say("6") == ["yes"], expected, "{condition}");
    }
}

#[test]
fn a_change_of_language_is_followed_at_once() {
    let mut talk = Talk::new("en", shop());
    talk.start();
    assert_eq!(talk.say("3"), ["!language sv", "Välkommen!"]);
    assert_eq!(talk.turn.state, None);
}

#[test]
fn circles_dead_ends_and_floods_end_with_a_person() {
    for steps in [
        json!({ "a": { "goto": "b" }, "b": { "goto": "a" } }),
        json!({ "a": { "say": "x", "goto": "a" } }),
        json!({ "a": { "goto": "gone" } }),
        json!({ "a": { "tag": (0..40).map(|n| format!("t{n}")).collect::<Vec<_>>() } }),
    ] {
        let mut talk = Talk::new("en", json!({ "start": "a", "steps": steps }));
        let seen = talk.start();
        assert_eq!(seen.last().unwrap(), "!hand off", "{seen:?}");
    }
}

#[test]
fn otherwise_and_failed_lead_where_they_say() {
    let mut talk = Talk::new(
        "en",
        json!({ "start": "a", "tries": 1, "steps": {
        "a": { "choose": { "text": "?", "otherwise": "b", "options": [{ "label": "x", "goto": "gone" }] } },
        "b": { "ask": { "name": "n", "kind": "number", "text": "n?", "failed": "c", "goto": "gone" } },
        "c": { "resolve": {} },
    } }),
    );
    talk.start();
    assert_eq!(talk.say("hm"), ["n?"]);
    assert_eq!(talk.say("hm"), ["!resolve false"]);
}

#[test]
fn a_config_that_changed_under_a_talk_begins_anew() {
    let mut talk = Talk::new("en", shop());
    talk.turn.state = Some(r#"{"step":"gone"}"#.into());
    assert_eq!(talk.say("hi")[0], "Hello!");
    talk.turn.state = Some("{".into());
    assert_eq!(talk.say("hi")[0], "Hello!");
}

#[test]
fn answers_that_outgrow_the_state_end_with_a_person() {
    let mut steps = serde_json::Map::new();
    for n in 0..20 {
        let next = format!("s{}", n + 1);
        let ask = json!({ "ask": { "name": format!("a{n}"), "kind": "text", "text": "?", "goto": next } });
        steps.insert(format!("s{n}"), ask);
    }
    let mut talk = Talk::new("en", json!({ "start": "s0", "steps": steps }));
    talk.start();
    let mut last = String::new();
    for _ in 0..20 {
        last = talk.say(&"ä".repeat(1000)).pop().unwrap();
        assert!(talk.turn.state.as_ref().is_none_or(|state| state.len() <= 16 * 1024));
        if talk.turn.state.is_none() {
            break;
        }
    }
    assert!(last.starts_with("!hand off"));
}

#[test]
fn started_again_asks_the_same_again() {
    let mut talk = Talk::new("en", shop());
    talk.start();
    talk.say("order");
    assert_eq!(talk.start(), ["Order number?"]);
    assert_eq!(talk.say("AB-1234"), ["Email? [Skip]"]);
}
