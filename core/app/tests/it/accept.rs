//! Hooks: repeated, forged, malformed, and while a channel or the database is away.

use kerros_app::accept::AcceptError;
use kerros_app::ports::channel::InboundEvent;
use kerros_app::ports::plugin::PluginError;
use kerros_app::ports::store::{Role, StoreError};
use kerros_domain::conversation::State;
use kerros_domain::message::Part;

use crate::house::{House, message};
use crate::plugins::{GENUINE, Hook};

fn hook(events: Vec<InboundEvent>) -> Hook {
    Hook { key: None, events }
}

#[tokio::test(start_paused = true)]
async fn a_message_becomes_a_conversation_once_however_often_it_comes() {
    let house = House::new();
    let first = hook(vec![message("t1", "m1", "hello")]);
    let taken = house.hook("aurinko", "tele", &first).await.unwrap();
    assert!(!taken.duplicate);
    assert_eq!(taken.reply.unwrap().body, "taken");
    let again = house.hook("aurinko", "tele", &first).await.unwrap();
    assert!(again.duplicate);
    house.settle().await;
    // The provider tells the same message again, now with other words: the first ones stay.
    let other = hook(vec![message("t1", "m1", "something else")]);
    assert!(house.hook("aurinko", "tele", &other).await.unwrap().duplicate);
    house.settle().await;

    let conversation = house.thread("aurinko", "t1");
    assert_eq!(house.store.public(conversation.id), ["hello"]);
    assert_eq!(conversation.customer_messages, 1);
    assert_eq!(conversation.language.as_str(), "en");
    assert_eq!(house.contact(&conversation).name.as_deref(), Some("Maija"));
    assert_eq!(house.plugins.counted("demand"), 1);
    assert_eq!(house.plugins.counted("inbound duplicate"), 2);
    assert!(house.store.jobs().is_empty(), "{:?}", house.store.jobs());
    house.verify().await;
}

#[tokio::test(start_paused = true)]
async fn the_request_that_brought_it_is_its_trace() {
    let house = House::idle([crate::house::tenant("aurinko")]);
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let first = hook(vec![message("t1", "m1", "hello")]);
    let taken = kerros_app::trace::within(trace.into(), house.hook("aurinko", "tele", &first));
    taken.await.unwrap();
    // A frame on a socket, say: nobody asked from outside.
    let second = hook(vec![message("t2", "m1", "hello")]);
    house.hook("aurinko", "tele", &second).await.unwrap();
    let traces: Vec<String> = house.store.jobs().into_iter().map(|(job, _)| job.trace).collect();
    assert_eq!(traces.len(), 2);
    assert!(traces.contains(&trace.to_owned()), "{traces:?}");
    assert!(traces.iter().all(|trace| trace.len() == 32), "{traces:?}");
}

#[tokio::test(start_paused = true)]
async fn the_same_provider_id_in_another_thread_is_another_message() {
    let house = House::new();
    house.writes("aurinko", "t1", "1", "from one").await;
    house.writes("aurinko", "t2", "1", "from another").await;
    assert_eq!(house.store.conversations().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_hook_of_several_messages_drops_those_known_and_keeps_the_others() {
    let house = House::new();
    house.writes("aurinko", "t1", "m1", "one").await;
    let batch = hook(vec![
        message("t1", "m1", "one, again"),
        message("t1", "m2", "two"),
        message("t2", "m1", "elsewhere"),
        message("t1", "m3", "three"),
    ]);
    // The first came alone and is known by its own key; the batch has a key of its own.
    assert!(!house.hook("aurinko", "tele", &batch).await.unwrap().duplicate);
    house.settle().await;
    let conversation = house.thread("aurinko", "t1");
    assert_eq!(house.store.public(conversation.id), ["one", "two", "three"]);
    assert_eq!(house.store.conversations().len(), 2);
    assert_eq!(house.store.contacts().len(), 2);
    house.verify().await;
}

#[tokio::test(start_paused = true)]
async fn what_is_forged_or_malformed_leaves_no_trace() {
    let house = House::new();
    let good = serde_json::to_vec(&hook(vec![message("t1", "m1", "hello")])).unwrap();
    let malformed = |events| serde_json::to_vec(&hook(events)).unwrap();
    let forged = house.raw("aurinko", "tele", &[("x-secret", "wrong")], good.clone()).await;
    assert_eq!(forged, Err(AcceptError::Unauthorized));
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("not JSON", b"{".to_vec()),
        ("not UTF-8", vec![0xff, 0xfe, b'{']),
        ("oversized", malformed(vec![message("t1", "m1", &"x".repeat(16 * 1024 + 1))])),
        ("only control characters", malformed(vec![message("t1", "m1", "\0\u{7}\r\n")])),
        ("no thread", malformed(vec![message("", "m1", "hello")])),
        ("a thread with a separator", malformed(vec![message("t\u{1f}1", "m1", "hello")])),
        ("a long id", malformed(vec![message("t1", &"9".repeat(600), "hello")])),
        ("too many", malformed((0..1001).map(|n| message("t", &n.to_string(), "x")).collect())),
    ];
    for (name, body) in cases {
        let answer = house.raw("aurinko", "tele", &[GENUINE], body).await;
        assert!(matches!(answer, Err(AcceptError::Malformed(_))), "{name}: {answer:?}");
    }
    for (tenant, channel) in [("nobody", "tele"), ("aurinko", "fax")] {
        let answer = house.raw(tenant, channel, &[GENUINE], good.clone()).await;
        assert_eq!(answer, Err(AcceptError::UnknownChannel));
    }
    house.settle().await;
    assert_eq!(house.store.inbound(), 0);
    assert!(house.store.conversations().is_empty() && house.store.jobs().is_empty());
}

#[tokio::test(start_paused = true)]
async fn text_is_cleaned_and_a_picture_without_words_has_its_name() {
    let house = House::new();
    house.writes("aurinko", "t1", "m1", "  a\0b\r\nc \u{202e}").await;
    let photo = Part::Link {
        name: "photo.jpg".into(),
        url: "https://provider.example/1".into(),
        media_type: None,
    };
    let mut event = message("t1", "m2", "");
    if let InboundEvent::Message(message) = &mut event {
        message.parts.push(photo);
    }
    house.hook("aurinko", "tele", &hook(vec![event])).await.unwrap();
    house.settle().await;
    let id = house.thread("aurinko", "t1").id;
    assert_eq!(house.store.public(id), ["ab\nc", "photo.jpg"]);
}

#[tokio::test(start_paused = true)]
async fn a_broken_channel_loses_nothing_and_forgeries_die_at_intake() {
    let house = House::new();
    *house.plugins.receive_fails.lock() = Some(PluginError::Timeout);
    let good = serde_json::to_vec(&hook(vec![message("t1", "m1", "hello")])).unwrap();
    let taken = house.raw("aurinko", "tele", &[GENUINE], good.clone()).await.unwrap();
    assert_eq!((taken.duplicate, taken.reply), (false, None));
    let forged = house.raw("aurinko", "tele", &[("x-secret", "wrong")], b"{}".to_vec()).await;
    assert!(forged.is_ok(), "nobody can know yet");
    house.settle().await;
    assert!(house.store.conversations().is_empty());
    assert_eq!(house.store.jobs().len(), 2);

    *house.plugins.receive_fails.lock() = None;
    house.forward(60).await;
    let conversation = house.thread("aurinko", "t1");
    assert_eq!(house.store.public(conversation.id), ["hello"]);
    // The same hook again, now read at once: its message is known.
    assert!(house.raw("aurinko", "tele", &[GENUINE], good).await.unwrap().duplicate);
    house.forward(60).await;
    assert_eq!(house.store.conversations().len(), 1);
    assert!(house.store.jobs().is_empty(), "{:?}", house.store.jobs());
}

#[tokio::test(start_paused = true)]
async fn what_comes_after_something_unread_waits_behind_it() {
    let house = House::new();
    house.settle().await;
    for n in 0..6 {
        let broken = (n < 3).then_some(PluginError::Timeout);
        *house.plugins.receive_fails.lock() = broken;
        let event = message("t1", &format!("m{n}"), &n.to_string());
        house.hook("aurinko", "tele", &hook(vec![event])).await.unwrap();
        if n < 3 {
            house.settle().await;
        }
    }
    for _ in 0..5 {
        house.forward(10).await;
    }
    let id = house.thread("aurinko", "t1").id;
    assert_eq!(house.store.public(id), ["0", "1", "2", "3", "4", "5"]);
    assert!(house.store.jobs().is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_breaks_its_channel_each_time_is_given_up_and_holds_nobody_up_for_long() {
    let house = House::new();
    house.settle().await;
    *house.plugins.receive_breaks_on.lock() = Some("poison");
    for (n, text) in ["poison", "one", "two"].into_iter().enumerate() {
        let event = message(&format!("t{n}"), "m", text);
        house.hook("aurinko", "tele", &hook(vec![event])).await.unwrap();
        house.settle().await;
    }
    assert!(house.store.conversations().is_empty(), "they wait their turn");
    // Half a second, doubled seven times.
    for _ in 0..8 {
        house.forward(20).await;
    }
    let jobs = house.store.jobs();
    assert!(jobs.iter().all(|(_, is_dead)| *is_dead), "{jobs:?}");
    let saara = house.person(9, Role::Supervisor, &[("aurinko", &[])], false).await;
    let dead = kerros_app::dead_letters::list(&house.ctx, &saara, 10).await.unwrap();
    assert_eq!(dead.len(), 1);
    assert!(dead[0].error.contains("the thread is empty"), "{dead:?}");
    for (thread, text) in [("t1", "one"), ("t2", "two")] {
        assert_eq!(house.store.public(house.thread("aurinko", thread).id), [text]);
    }
    // Well again (a new version, say), it is read when somebody asks for it.
    *house.plugins.receive_breaks_on.lock() = None;
    kerros_app::dead_letters::retry(&house.ctx, &saara, dead[0].job).await.unwrap();
    house.forward(5).await;
    assert_eq!(house.store.public(house.thread("aurinko", "t0").id), ["poison"]);
}

#[tokio::test(start_paused = true)]
async fn without_a_database_nothing_is_acknowledged() {
    let house = House::new();
    house.settle().await;
    house.store.fail(Some(StoreError::Unavailable("disk full".into())));
    let first = hook(vec![message("t1", "m1", "hello")]);
    assert_eq!(house.hook("aurinko", "tele", &first).await, Err(AcceptError::Unavailable));
    house.store.fail(None);
    assert!(!house.hook("aurinko", "tele", &first).await.unwrap().duplicate);
    house.settle().await;
    assert_eq!(house.store.public(house.thread("aurinko", "t1").id), ["hello"]);
}

#[tokio::test(start_paused = true)]
async fn a_stranger_in_somebodys_thread_gets_a_conversation_of_their_own() {
    let house = House::new();
    house.writes("vuori", "group", "m1", "mine").await;
    let mut stranger = message("group", "m2", "who are you?");
    if let InboundEvent::Message(message) = &mut stranger {
        message.sender = "stranger".into();
    }
    house.hook("vuori", "tele", &hook(vec![stranger.clone()])).await.unwrap();
    house.settle().await;
    if let InboundEvent::Message(message) = &mut stranger {
        message.external_id = "m3".into();
        message.text = "still me".into();
    }
    house.hook("vuori", "tele", &hook(vec![stranger])).await.unwrap();
    house.writes("vuori", "group", "m4", "mine too").await;
    let said: Vec<Vec<String>> = house
        .store
        .conversations()
        .iter()
        .map(|(conversation, _)| house.store.public(conversation.id))
        .collect();
    assert_eq!(said, [vec!["mine", "mine too"], vec!["who are you?", "still me"]]);
}

#[tokio::test(start_paused = true)]
async fn asking_for_a_person_passes_the_bot_by() {
    let house = House::new();
    house.writes("aurinko", "t1", "m1", "hello").await;
    let wants = Hook {
        key: Some("p1".into()),
        events: vec![InboundEvent::WantsPerson { thread: "t1".into() }],
    };
    house.hook("aurinko", "tele", &wants).await.unwrap();
    house.settle().await;
    let conversation = house.thread("aurinko", "t1");
    assert_eq!(conversation.state, State::Queued);
    assert_eq!(conversation.layer.as_str(), "first-line");
    // A new visitor may ask for a person without a word.
    let at_once = Hook {
        key: Some("p2".into()),
        events: vec![InboundEvent::WantsPerson { thread: "t9".into() }],
    };
    house.hook("aurinko", "tele", &at_once).await.unwrap();
    house.settle().await;
    assert_eq!(house.thread("aurinko", "t9").state, State::Queued);
}
