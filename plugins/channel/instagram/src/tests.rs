//! Notifications in, requests out, as a tenant would see them.

use kerros_plugin::channel::{
    Action, Answer, Body, Channel, Delivery, DeliveryState, Event, Fetch, File, Message, Outcome,
    Outgoing, Raw, Receipt, Request, Response, Secrets, Source, Step,
};
use serde_json::{Value, json};

use crate::{Config, Instagram};

const NOW: i64 = 1_792_000_000_000;

struct Known;

impl Secrets for Known {
    fn verify_hmac_sha256(&self, _: &str, _: &[u8], signature: &[u8]) -> bool {
        signature == [1]
    }
    fn equals(&self, _: &str, _: &str) -> bool {
        false
    }
}

fn config(more: Value) -> Config {
    let mut config = json!({
        "account_id": "200", "page_id": "100", "token": "token", "app_secret": "app", "verify_token": "verify"
    });
    config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    serde_json::from_value(config).unwrap()
}

fn receive(entry: Value) -> Vec<Event> {
    let body = json!({ "object": "instagram", "entry": [entry] });
    let raw = Raw {
        kind: "hook".into(),
        method: "POST".into(),
        headers: vec![("x-hub-signature-256".into(), "sha256=01".into())],
        body: body.to_string().into_bytes(),
        ..Raw::default()
    };
    match Instagram::receive(&config(json!({})), &raw, &Known).unwrap() {
        Receipt::Accepted { events, .. } => events,
        other => panic!("{other:?}"),
    }
}

fn change(field: &str, value: Value) -> Vec<Event> {
    let change = json!({ "field": field, "value": value });
    receive(json!({ "id": "200", "time": 1_792_000_000, "changes": [change] }))
}

fn only(events: Vec<Event>) -> Message {
    match events.as_slice() {
        [Event::Message(one)] => one.clone(),
        other => panic!("{other:?}"),
    }
}

fn remote(message: &Message) -> &str {
    match &message.attachments[0].source {
        Source::Remote(reference) => reference,
        other => panic!("{other:?}"),
    }
}

#[test]
fn direct_messages_stories_and_receipts_come_in() {
    let talk = |more: Value| {
        let mut one =
            json!({ "sender": { "id": "55" }, "recipient": { "id": "200" }, "timestamp": NOW });
        one.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        receive(json!({ "id": "200", "time": NOW, "messaging": [one] }))
    };
    let story = json!({ "mid": "a", "text": "Ihana!", "reply_to": { "story": { "id": "1", "url": "https://lookaside.fbsbx.com/s" } } });
    let found = only(talk(json!({ "message": story })));
    assert_eq!((found.text.as_str(), remote(&found)), ("Ihana!", "https://lookaside.fbsbx.com/s"));
    let mention =
        json!([{ "type": "story_mention", "payload": { "url": "https://lookaside.fbsbx.com/m" } }]);
    let found = only(talk(json!({ "message": { "mid": "b", "attachments": mention } })));
    assert_eq!((found.text.as_str(), found.attachments.len()), ("[story mention]", 1));
    let read = Delivery::new("m_9", DeliveryState::Read).into();
    assert_eq!(talk(json!({ "read": { "mid": "m_9" } })), [read]);
    assert_eq!(talk(json!({ "message": { "mid": "c", "is_deleted": true } })), []);
    assert_eq!(talk(json!({ "message": { "mid": "c", "text": "ours", "is_echo": true } })), []);
}

#[test]
fn comments_come_with_their_author_in_both_forms() {
    let value = json!({ "id": "31", "text": "Paljonko?", "from": { "id": "55", "username": "aino" }, "media": { "id": "8" } });
    let found = only(change("comments", value.clone()));
    assert_eq!((found.thread().unwrap(), found.sender.as_str()), ("comment:31:55", "55"));
    assert_eq!((found.sender_name.as_deref(), found.at_ms), (Some("@aino"), Some(NOW)));
    let bare =
        receive(json!({ "id": "200", "time": 1_792_000_000, "field": "comments", "value": value }));
    assert_eq!(only(bare), found);
    let reply = json!({ "id": "32", "parent_id": "31", "text": "Entä?", "from": { "id": "55" } });
    assert_eq!(only(change("comments", reply)).thread(), Some("comment:31:55"));
    assert_eq!(
        change("comments", json!({ "id": "33", "text": "ours", "from": { "id": "200" } })),
        []
    );
    assert_eq!(change("story_insights", json!({ "media_id": "1" })), []);
    assert_eq!(change("mentions", json!({ "comment_id": 7 })), []);
}

#[test]
fn a_tagged_picture_is_asked_for_and_fetched() {
    let found = only(change("mentions", json!({ "media_id": "8800" })));
    assert_eq!((found.text.as_str(), found.thread().unwrap()), ("[mention]", "mention:8800"));
    let none = config(json!({}));
    let Ok(Fetch::Ask(ask)) = Instagram::fetch(&none, remote(&found), &[]) else { panic!() };
    assert_eq!(
        ask.url,
        "https://graph.facebook.com/v25.0/200?fields=mentioned_media.media_id%288800%29%7Bmedia_url%7D"
    );
    let told = answer(
        200,
        json!({ "mentioned_media": { "media_url": "https://scontent.cdninstagram.com/p.jpg", "id": "8800" } }),
    );
    let Ok(Fetch::Download(download)) = Instagram::fetch(&none, remote(&found), &[told]) else {
        panic!()
    };
    assert_eq!(
        (download.url.as_str(), download.headers.len()),
        ("https://scontent.cdninstagram.com/p.jpg", 0)
    );
    // Who wrote which words, and where, comes as a file of its own: the answer as it is.
    let Source::Remote(told) = &found.attachments[1].source else { panic!() };
    let Ok(Fetch::Download(told)) = Instagram::fetch(&none, told, &[]) else { panic!() };
    assert_eq!(
        told.url,
        "https://graph.facebook.com/v25.0/200?fields=mentioned_media.media_id%288800%29%7Busername%2Ccaption%2Cpermalink%2Cmedia_type%2Ctimestamp%7D"
    );
    assert!(told.headers.iter().any(|(name, _)| name == "authorization"));
    let strange = Instagram::fetch(&none, "told:88){secret:x}", &[]);
    assert!(matches!(strange, Ok(Fetch::Gone(_))));
    let hidden = answer(200, json!({ "mentioned_media": { "id": "8800" } }));
    assert!(matches!(Instagram::fetch(&none, remote(&found), &[hidden]), Ok(Fetch::Gone(_))));
    let found = only(change("mentions", json!({ "media_id": "8800", "comment_id": "77" })));
    let Ok(Fetch::Download(words)) = Instagram::fetch(&none, "told:8800:77", &[]) else { panic!() };
    assert!(words.url.contains("mentioned_comment.comment_id%2877%29%7Busername%2Ctext%2C"));
    let told =
        answer(200, json!({ "mentioned_comment": { "media": { "media_url": "https://x/y" } } }));
    assert!(matches!(Instagram::fetch(&none, remote(&found), &[told]), Ok(Fetch::Download(_))));
}

/// The only request of a step.
fn http(step: Step) -> Request {
    match step {
        Step::Perform(actions) => match actions.as_slice() {
            [Action::Http(request)] => request.clone(),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

fn answer(status: u16, body: Value) -> Answer {
    Answer::Http(Response { status, body: body.to_string(), ..Response::default() })
}

fn outgoing(thread: &str) -> Outgoing {
    Outgoing {
        thread: thread.into(),
        recipient: "55".into(),
        author: "person".into(),
        text: "Hei".into(),
        last_inbound_ms: Some(NOW - 1000),
        now_ms: NOW,
        ..Outgoing::default()
    }
}

fn perform(config: &Config, message: &Outgoing) -> (Request, Value) {
    let request = http(Instagram::send(config, message, &[]).unwrap());
    let body = match &request.body {
        Body::Text(text) => serde_json::from_str(text).unwrap(),
        _ => Value::Null,
    };
    (request, body)
}

#[test]
fn answers_go_where_the_question_was() {
    let none = config(json!({}));
    let (direct, body) = perform(&none, &outgoing("55"));
    assert_eq!(
        (direct.url.as_str(), &body["recipient"]["id"]),
        ("https://graph.facebook.com/v25.0/100/messages", &json!("55"))
    );
    let (login, _) = perform(
        &config(json!({ "page_id": null, "api": "https://graph.instagram.com" })),
        &outgoing("55"),
    );
    assert_eq!(login.url, "https://graph.instagram.com/v25.0/200/messages");
    let (comment, body) = perform(&none, &outgoing("comment:31:55"));
    assert_eq!(
        (comment.url.as_str(), body),
        ("https://graph.facebook.com/v25.0/31/replies", json!({ "message": "Hei" }))
    );
    // In private it goes to whoever wrote what is answered, not to whose comment is the first.
    let private = config(json!({ "comments": "private" }));
    let mut answer = outgoing("comment:31:55");
    answer.answers = Some("32".into());
    answer.references = vec!["32".into(), "31".into()];
    let (_, body) = perform(&private, &answer);
    assert_eq!(body["recipient"], json!({ "comment_id": "32" }));
    let rejected = |message: &Outgoing| {
        let step = Instagram::send(&private, message, &[]).unwrap();
        assert!(matches!(step, Step::Settled(Outcome::Rejected { .. })), "{step:?}");
    };
    rejected(&Outgoing { answers: None, ..answer.clone() });
    rejected(&Outgoing { text: "sana ".repeat(300), ..answer.clone() });
    rejected(&Outgoing { references: vec!["aWdfZ".into(), "32".into()], ..answer });
    let (mention, _) = perform(&private, &outgoing("mention:8800"));
    assert_eq!(mention.url, "https://graph.facebook.com/v25.0/200/mentions");
    let (mention, body) = perform(&none, &outgoing("mention:8800:77"));
    assert_eq!(mention.url, "https://graph.facebook.com/v25.0/200/mentions");
    assert_eq!(body, json!({ "media_id": "8800", "comment_id": "77", "message": "Hei" }));
    let done = Instagram::send(
        &none,
        &outgoing("mention:8800"),
        &[self::answer(200, json!({ "id": "99" }))],
    )
    .unwrap();
    assert_eq!(done, Step::Settled(Outcome::sent(Some("99".into()))));
}

#[test]
fn only_files_that_instagram_carries_go() {
    let with = |kind: &str| {
        let mut message = outgoing("55");
        message.files = vec![File {
            id: "f".into(),
            name: "f".into(),
            media_type: kind.into(),
            bytes: 1,
            ..File::default()
        }];
        Instagram::send(&config(json!({})), &message, &[]).unwrap()
    };
    assert!(matches!(with("image/png"), Step::Perform(_)));
    assert!(matches!(with("application/zip"), Step::Settled(Outcome::Rejected { .. })));
}
