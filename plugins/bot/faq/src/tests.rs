//! Talks with the bot, turn by turn.

use kerros_plugin::Part;
use kerros_plugin::bot::{Action, Bot, Conversation, Hit, Host, Message, Trigger, Turn, http};
use serde_json::{Value, json};

use crate::{Config, Faq};

/// A help center whose articles score 5, 4, 3 ... in order for any question that names their word.
struct Library(&'static [(&'static str, &'static str)]);

impl Host for Library {
    fn search(&self, query: &str, language: &str, _: Option<&str>, limit: u32) -> Vec<Hit> {
        let found = self.0.iter().filter(|(word, _)| query.to_lowercase().contains(word));
        found
            .zip(0_u8..)
            .take(limit as usize)
            .map(|((_, title), place)| Hit {
                slug: title.to_lowercase(),
                title: (*title).into(),
                url: format!("/help/x/{language}/{title}"),
                score: 5.0 - f32::from(place),
                ..Hit::default()
            })
            .collect()
    }

    fn http(&self, _: &http::Request) -> Result<http::Response, http::Failed> {
        panic!("this bot makes no requests")
    }
}

/// A talk: what is said and what comes back, with the state carried from turn to turn.
struct Talk {
    config: Config,
    language: &'static str,
    state: Option<String>,
    messages: Vec<Message>,
    library: Library,
}

const USUAL: &[(&str, &str)] =
    &[("lasku", "Laskut"), ("lasku", "Maksaminen"), ("kortti", "Kortit")];
const LONG: &[(&str, &str)] = &[("lasku", LONG_TITLE); 10];
const LONG_TITLE: &str = "Laskut ja kaikki, mitä niistä voi sanoa, kun otsikko saa olla niin pitkä kuin ääkkösiä ja muita kirjaimia vain mahtuu yhdelle riville, eikä kukaan tule väliin sanomaan, että nyt riittää, sillä tämä on koe, ja kokeen pitää olla ainakin kaksisataa tavua";

impl Talk {
    fn new(config: Value, language: &'static str) -> Self {
        let config = serde_json::from_value(config).unwrap();
        Self { config, language, state: None, messages: Vec::new(), library: Library(USUAL) }
    }

    fn start(&mut self) -> Vec<Action> {
        self.turn(Trigger::Started)
    }

    fn say(&mut self, text: &str) -> Vec<Action> {
        self.messages.push(Message::from_contact(text));
        self.turn(Trigger::Message)
    }

    fn turn(&mut self, trigger: Trigger) -> Vec<Action> {
        let turn = Turn {
            trigger,
            conversation: Conversation {
                language: self.language.into(),
                messages: self.messages.clone(),
                ..Conversation::default()
            },
            state: self.state.take(),
            ..Turn::default()
        };
        let reply = Faq::turn(&self.config, &turn, &self.library).unwrap();
        self.state = reply.state;
        reply.actions
    }
}

/// Texts, titles of articles and labels of buttons, in order.
fn shown(actions: &[Action]) -> Vec<String> {
    let mut shown = Vec::new();
    for action in actions {
        match action {
            Action::Say { text, parts } => {
                shown.push(text.clone());
                shown.extend(parts.iter().map(|part| match part {
                    Part::Button { label, value } => {
                        assert_eq!(label, value, "free text and press must look the same");
                        format!("[{label}]")
                    }
                    Part::Article { title, .. } => format!("<{title}>"),
                    Part::Link { name, .. } => name.clone(),
                }));
            }
            other => shown.push(format!("{other:?}")),
        }
    }
    shown
}

#[test]
fn an_article_that_helps_resolves_as_confirmed() {
    let mut talk = Talk::new(json!({}), "fi");
    assert_eq!(shown(&talk.start()), ["Hei! Kerro omin sanoin, miten voin auttaa."]);
    assert_eq!(
        shown(&talk.say("Missä laskuni on?")),
        [
            "Tästä voisi olla apua:",
            "<Laskut>",
            "Auttoiko tämä?",
            "[Kyllä, kiitos]",
            "[Ei auttanut]",
            "[Haluan puhua ihmiselle]"
        ]
    );
    let end = talk.say("kyllä kiitos!");
    assert_eq!(end[1], Action::Resolve { confirmed: true });
    assert_eq!(talk.state, None);
}

#[test]
fn after_the_last_article_and_question_a_person_gets_what_was_tried() {
    let mut talk = Talk::new(json!({ "hand_off_to": "first-line" }), "fi");
    talk.say("lasku");
    assert!(shown(&talk.say("ei auttanut")).contains(&"<Maksaminen>".into()));
    assert_eq!(shown(&talk.say("Ei")), ["Voitko kysyä toisin sanoin?", "[Haluan puhua ihmiselle]"]);
    assert!(shown(&talk.say("kortti hukassa")).contains(&"<Kortit>".into()));
    let end = talk.say("ei");
    assert_eq!(
        end[1],
        Action::HandOff {
            to: Some("first-line".into()),
            briefing: vec![
                ("question".into(), "lasku\nkortti hukassa".into()),
                ("tried".into(), "Laskut\nMaksaminen\nKortit".into()),
            ],
        }
    );
}

#[test]
fn a_new_question_in_place_of_an_answer_is_searched_for() {
    let mut talk = Talk::new(json!({}), "en");
    talk.say("lasku");
    let actions = talk.say("or rather: kortti");
    assert!(shown(&actions).contains(&"<Kortit>".into()));
}

#[test]
fn nothing_found_asks_once_and_then_a_person_takes_over() {
    let mut talk = Talk::new(json!({}), "sv");
    assert_eq!(
        shown(&talk.say("xyzzy")),
        [
            "Jag hittade inget svar på det här. Kan du fråga med andra ord?",
            "[Jag vill prata med en människa]"
        ]
    );
    assert!(matches!(talk.say("plugh")[1], Action::HandOff { .. }));
}

#[test]
fn a_person_comes_at_once_when_asked_for() {
    for (language, text) in [
        ("fi", "Haluan puhua ihmiselle"),
        ("sv", "Jag vill prata med en människa"),
        ("en", "I want to talk to a person"),
        ("fi", "agent please"),
        ("en", "yhdistä"),
    ] {
        let mut talk = Talk::new(json!({ "person_words": ["yhdistä"] }), language);
        talk.start();
        let actions = talk.say(text);
        assert!(matches!(actions[1], Action::HandOff { to: None, .. }), "{text}");
    }
}

#[test]
fn the_threshold_and_the_number_shown_hold() {
    let mut talk = Talk::new(json!({ "threshold": 4.5 }), "fi");
    talk.say("lasku");
    assert!(!shown(&talk.say("ei")).contains(&"<Maksaminen>".into()));

    let mut talk = Talk::new(json!({ "shown": 2 }), "fi");
    let actions = shown(&talk.say("lasku"));
    assert!(actions.contains(&"<Laskut>".into()) && actions.contains(&"<Maksaminen>".into()));
}

#[test]
fn own_wordings_replace_ours_and_their_labels_are_understood() {
    let config = json!({ "texts": { "en": { "greeting": "Ahoy!", "yes": "Aye" } } });
    let mut talk = Talk::new(config, "en");
    assert_eq!(shown(&talk.start()), ["Ahoy!"]);
    talk.say("lasku");
    assert_eq!(talk.say("aye!")[1], Action::Resolve { confirmed: true });
}

#[test]
fn a_state_of_another_version_begins_anew() {
    let mut talk = Talk::new(json!({}), "en");
    talk.state = Some(r#"["not", "ours"]"#.into());
    assert!(shown(&talk.say("lasku")).contains(&"<Laskut>".into()));
}

#[test]
fn the_state_stays_small_whatever_is_written() {
    let mut talk = Talk::new(json!({ "questions": 5, "articles": 10, "shown": 5 }), "fi");
    talk.library = Library(LONG);
    let mut last = Vec::new();
    for _ in 0..8 {
        last = talk.say(&"lasku \"ä\"".repeat(2000));
        assert!(talk.state.as_ref().is_none_or(|state| state.len() <= 16 * 1024));
        if talk.state.is_none() {
            break;
        }
        last = talk.say("ei");
        if talk.state.is_none() {
            break;
        }
    }
    let Some(Action::HandOff { briefing, .. }) = last.last() else { panic!("{last:?}") };
    assert!(briefing.iter().all(|(_, text)| text.len() <= 4096));
}
