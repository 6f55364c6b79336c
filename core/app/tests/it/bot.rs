//! Bots: they answer, hand off, and fail without leaving anybody alone.

use kerros_app::ports::bot::{Action, Trigger, TurnResult};
use kerros_app::ports::channel::InboundEvent;
use kerros_app::ports::plugin::PluginError;
use kerros_app::ports::tagger::Suggestion;
use kerros_domain::conversation::{Solved, State};
use kerros_domain::message::{Author, Part, Visibility};
use kerros_domain::time::Timestamp;

use crate::house::{House, tenant};
use crate::plugins::Hook;

fn say(text: &str) -> Action {
    Action::Say { text: text.into(), parts: Vec::new() }
}

/// 2026-02-10T23:30 in Helsinki: first line has closed at 22.
const TUESDAY_NIGHT: Timestamp = Timestamp::from_seconds(1_770_710_400 + 13 * 3600 + 1800);
/// 2026-02-11T08:00 in Helsinki.
const WEDNESDAY_8: Timestamp = Timestamp::from_seconds(1_770_710_400 + 22 * 3600);

#[tokio::test(start_paused = true)]
async fn it_answers_at_night_hands_off_and_the_shift_finds_it_queued() {
    let house = House::new();
    house.clock.set(TUESDAY_NIGHT);
    house.plugins.bot_does(|turn| match turn.conversation.messages.last() {
        Some(last) if last.text == "a person please" => vec![
            say("I pass you on."),
            Action::HandOff { to: None, briefing: vec![("topic".into(), "bikes".into())] },
        ],
        _ => vec![say("What is it about?")],
    });
    house.writes("aurinko", "t1", "m1", "hello").await;
    let conversation = house.thread("aurinko", "t1");
    assert_eq!(conversation.state, State::Bot);
    house.writes("aurinko", "t1", "m2", "a person please").await;

    let conversation = house.get(conversation.id);
    assert_eq!(conversation.state, State::OutOfHours);
    assert_eq!(conversation.waits_until, Some(WEDNESDAY_8));
    assert_eq!(
        house.store.public(conversation.id),
        [
            "hello",
            "What is it about?",
            "a person please",
            "I pass you on.",
            "We are closed. We open tomorrow at 08:00."
        ]
    );
    let notes: Vec<String> = house
        .store
        .said(conversation.id)
        .into_iter()
        .filter(|message| message.visibility == Visibility::Internal)
        .map(|message| message.text)
        .collect();
    assert_eq!(notes, ["topic: bikes"]);
    // Writing again while closed brings no second notice.
    house.writes("aurinko", "t1", "m3", "hurry").await;
    assert_eq!(house.store.public(conversation.id).len(), 6);

    house.at(WEDNESDAY_8).await;
    assert_eq!(house.get(conversation.id).state, State::Queued);
    // The provider got the bot's and the house's messages, in order.
    let sent: Vec<String> = house.plugins.sent.lock().iter().map(|m| m.text.clone()).collect();
    let expected =
        ["What is it about?", "I pass you on.", "We are closed. We open tomorrow at 08:00."];
    assert_eq!(sent, expected);
    house.verify().await;
}

#[tokio::test(start_paused = true)]
async fn a_failing_bot_hands_over_with_a_note() {
    let failures = [
        PluginError::Fault { message: "trap".into() },
        PluginError::Timeout,
        PluginError::Unavailable { message: "breaker open".into() },
        PluginError::Permanent { message: "no".into() },
    ];
    for error in failures {
        let house = House::new();
        house.plugins.bot_fails(error.clone());
        house.writes("aurinko", "t1", "m1", "hello").await;
        let conversation = house.thread("aurinko", "t1");
        assert_eq!(conversation.state, State::Queued, "{error}");
        let note = house.store.said(conversation.id).pop().unwrap();
        assert_eq!((note.author, note.visibility), (Author::Bot, Visibility::Internal));
        assert!(note.text.contains(&error.to_string()), "{}", note.text);
        assert!(house.store.jobs().is_empty());
        house.verify().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_bot_that_asks_for_patience_gets_a_little() {
    let house = House::new();
    house.plugins.bot_fails(PluginError::Temporary {
        message: "upstream is slow".into(),
        retry_after_ms: None,
    });
    house.writes("aurinko", "t1", "m1", "hello").await;
    assert_eq!(house.thread("aurinko", "t1").state, State::Bot);
    house.forward(2).await;
    house.forward(4).await;
    assert_eq!(house.thread("aurinko", "t1").state, State::Queued);
    assert_eq!(house.plugins.turns.lock().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_layer_without_a_bot_goes_straight_to_people() {
    let mut without = tenant("aurinko");
    without.bots.clear();
    let house = House::with([without]);
    house.writes("aurinko", "t1", "m1", "hello").await;
    assert_eq!(house.thread("aurinko", "t1").state, State::Queued);
}

#[tokio::test(start_paused = true)]
async fn actions_outside_the_contract_are_left_out_and_the_others_count() {
    let mut strict = tenant("aurinko");
    strict.policy.tags = vec!["bikes".into()];
    let house = House::with([strict]);
    house.plugins.bot_does(|_| {
        let link = |url: &str| Part::Link { name: "x".into(), url: url.into(), media_type: None };
        let article = |url: &str| Part::Article {
            slug: "a".into(),
            title: "A".into(),
            excerpt: "about a".into(),
            url: url.into(),
        };
        let mut actions = vec![
            Action::Tag { tag: "bikes".into() },
            Action::Tag { tag: "another tenant's".into() },
            Action::SetSegment { segment: "nobles".into() },
            Action::SetSegment { segment: "employees".into() },
            Action::SetLanguage { language: "tlh".into() },
            Action::SetLanguage { language: "sv".into() },
            say(&"x".repeat(20_000)),
            Action::Say {
                text: "<b>hi</b>".into(),
                parts: vec![
                    link("javascript:alert(1)"),
                    link("https://ok.example/"),
                    article("//evil.example/"),
                    article("/help/aurinko/en/a"),
                ],
            },
            Action::HandOff { to: Some("experts".into()), briefing: Vec::new() },
        ];
        actions.extend((0..40).map(|_| say("more")));
        actions
    });
    house.writes("aurinko", "t1", "m1", "hello").await;
    let conversation = house.thread("aurinko", "t1");
    assert_eq!(conversation.tags.iter().map(ToString::to_string).collect::<Vec<_>>(), ["bikes"]);
    assert_eq!(conversation.segment.as_ref().unwrap().as_str(), "employees");
    assert_eq!(conversation.language.as_str(), "sv");
    // Experts want a briefing: the hand-off went to the next layer of people instead.
    assert_eq!(conversation.layer.as_str(), "first-line");
    let said = house.store.said(conversation.id);
    assert_eq!(said[1].text, "<b>hi</b>", "plain text: whoever shows it escapes it");
    assert_eq!(said[1].parts.len(), 2);
    assert_eq!(said.len(), 2 + 11, "twenty actions, eleven of them messages more");
}

#[tokio::test(start_paused = true)]
async fn it_keeps_its_state_and_solves() {
    let house = House::new();
    *house.plugins.bot.lock() = Box::new(|turn| {
        let asked = turn.state.as_deref() == Some(r#"{"asked":true}"#);
        let actions = match asked {
            false => vec![say("Did this help?")],
            true => vec![say("Good."), Action::Resolve { confirmed: true }],
        };
        Ok(TurnResult { actions, state: Some(r#"{"asked":true}"#.into()) })
    });
    house.writes("aurinko", "t1", "m1", "how?").await;
    house.writes("aurinko", "t1", "m2", "yes").await;
    let conversation = house.thread("aurinko", "t1");
    assert_eq!(conversation.state, State::Resolved);
    let resolution = conversation.resolution.unwrap();
    assert_eq!(resolution.solved, Solved::Confirmed);
    assert_eq!(resolution.layer.as_str(), "self-service");
    // A message within the window reopens; after it, a new conversation begins.
    house.writes("aurinko", "t1", "m3", "not after all").await;
    assert_eq!(house.get(conversation.id).reopened, 1);
    house.forward(80 * 3600).await;
    assert_eq!(house.get(conversation.id).state, State::Closed);
    house.writes("aurinko", "t1", "m4", "something new").await;
    assert_ne!(house.thread("aurinko", "t1").id, conversation.id);
    house.verify().await;
}

#[tokio::test(start_paused = true)]
async fn it_greets_who_opens_the_widget_once() {
    let house = House::new();
    house.plugins.bot_does(|turn| match turn.trigger {
        Trigger::Started => vec![say("Welcome")],
        Trigger::Message => vec![say("I see")],
    });
    let started = |key: &str| Hook {
        key: Some(key.into()),
        events: vec![InboundEvent::Started {
            thread: "t1".into(),
            sender: "t1".into(),
            sender_name: None,
            language: Some("sv".into()),
            segment: Some("employees".into()),
        }],
    };
    house.hook("aurinko", "chat", &started("a")).await.unwrap();
    house.settle().await;
    house.hook("aurinko", "chat", &started("b")).await.unwrap();
    house.settle().await;
    let conversation = house.thread("aurinko", "t1");
    assert_eq!(house.store.public(conversation.id), ["Welcome"]);
    assert_eq!(conversation.language.as_str(), "sv");
    assert_eq!(conversation.segment.as_ref().unwrap().as_str(), "employees");
    assert_eq!(house.plugins.counted("demand"), 0, "opening the widget is no demand yet");
    house.writes_on("aurinko", "chat", "t1", "m1", "hej").await;
    assert_eq!(house.store.public(conversation.id), ["Welcome", "hej", "I see"]);
    assert_eq!(house.plugins.counted("demand"), 1);
    assert!(house.plugins.sent.lock().is_empty(), "a live channel reads from the store");
}

#[tokio::test(start_paused = true)]
async fn each_message_gets_its_own_turn_with_itself_last() {
    let house = House::new();
    house.plugins.bot_does(|turn| {
        let last = turn.conversation.messages.last().unwrap();
        vec![say(&format!("you said {}", last.text))]
    });
    for n in 0..3 {
        let event = crate::house::message("t1", &format!("m{n}"), &format!("word {n}"));
        house.hook("aurinko", "chat", &Hook { key: None, events: vec![event] }).await.unwrap();
    }
    house.settle().await;
    let id = house.thread("aurinko", "t1").id;
    let answers: Vec<String> =
        house.store.public(id).into_iter().filter(|text| text.starts_with("you")).collect();
    assert_eq!(answers, ["you said word 0", "you said word 1", "you said word 2"]);
}

#[tokio::test(start_paused = true)]
async fn taggers_put_on_what_they_are_sure_of_and_may_fail() {
    let house = House::new();
    *house.plugins.tagger.lock() = Box::new(|view| {
        assert_eq!(view.messages.len(), 1);
        match view.messages[0].text.as_str() {
            "break" => Err(PluginError::Fault { message: "memory".into() }),
            text => Ok(vec![
                Suggestion { tag: text.into(), confidence: 90 },
                Suggestion { tag: "guess".into(), confidence: 20 },
            ]),
        }
    });
    for (id, text) in [("m1", "bikes"), ("m2", "break"), ("m3", "trains")] {
        house.writes("aurinko", "t1", id, text).await;
    }
    let conversation = house.thread("aurinko", "t1");
    let tags: Vec<String> = conversation.tags.iter().map(ToString::to_string).collect();
    assert_eq!(tags, ["bikes", "trains"]);
    assert_eq!(conversation.customer_messages, 3);
}
