//! Updates in, requests out, as a tenant would see them.

use kerros_plugin::Part;
use kerros_plugin::channel::{
    Action, Answer, Attachment, Body, Channel, Event, File, FormPart, Message, Outcome, Outgoing,
    Raw, Receipt, Request, Response, Secrets, Step,
};
use serde_json::{Value, json};

use crate::{Config, Telegram};

struct Known;

impl Secrets for Known {
    fn verify_hmac_sha256(&self, _: &str, _: &[u8], _: &[u8]) -> bool {
        false
    }
    fn equals(&self, name: &str, text: &str) -> bool {
        (name, text) == ("hook", "right")
    }
}

fn config() -> Config {
    serde_json::from_str(r#"{"token": "bot_token", "webhook_secret": "hook"}"#).unwrap()
}

fn hook(token: Option<&str>, body: &[u8]) -> Receipt {
    let raw = Raw {
        kind: "hook".into(),
        method: "POST".into(),
        headers: token
            .map(|token| ("x-telegram-bot-api-secret-token".into(), token.into()))
            .into_iter()
            .collect(),
        body: body.into(),
        ..Raw::default()
    };
    Telegram::receive(&config(), &raw, &Known).unwrap()
}

fn events(update: Value) -> Vec<Event> {
    match hook(Some("right"), update.to_string().as_bytes()) {
        Receipt::Accepted { events, key, .. } => {
            assert_eq!(key.as_deref(), Some("update:9"));
            events
        }
        other => panic!("{other:?}"),
    }
}

fn message(more: Value) -> Value {
    let mut message = json!({
        "message_id": 3, "date": 1_700_000_000, "chat": { "id": 5, "type": "private" },
        "from": { "id": 5, "is_bot": false, "first_name": "Aino", "last_name": "Salo", "language_code": "fi" }
    });
    for (key, value) in more.as_object().unwrap() {
        message[key] = value.clone();
    }
    json!({ "update_id": 9, "message": message })
}

fn only(update: Value) -> Message {
    match events(update).as_slice() {
        [Event::Message(message)] => message.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_forged_or_missing_token_is_refused_before_the_body_is_read() {
    for token in [None, Some(""), Some("wrong")] {
        assert!(matches!(hook(token, b"{"), Receipt::Unauthorized(_)), "{token:?}");
    }
    for body in [&b"{"[..], b"[]", b"{}", b"\xff\xfe"] {
        assert!(matches!(hook(Some("right"), body), Receipt::Malformed(_)), "{body:?}");
    }
}

#[test]
fn a_text_becomes_a_message() {
    let found = only(message(json!({ "text": "  Hei! " })));
    let expected = Message {
        sender_name: Some("Aino Salo".into()),
        language: Some("fi".into()),
        at_ms: Some(1_700_000_000_000),
        ..Message::new("5:3", "5", "5", "Hei!")
    };
    assert_eq!(found, expected);
}

#[test]
fn media_come_as_files_that_are_fetched_later() {
    let found = only(message(json!({
        "caption": "Kuitti",
        "photo": [{ "file_id": "small" }, { "file_id": "Big_1-x" }]
    })));
    assert_eq!(found.text, "[photo]\nKuitti");
    let photo = Attachment::remote("photo", "Big_1-x").media_type("image/jpeg");
    assert_eq!(found.attachments, [photo]);
    let found = only(message(json!({
        "document": { "file_id": "D", "file_name": "lasku.pdf", "mime_type": "application/pdf" }
    })));
    assert_eq!(found.text, "[document: lasku.pdf]");
    for (kind, text) in [("voice", "[voice]"), ("audio", "[audio]"), ("video", "[video]")] {
        let found = only(message(json!({ kind: { "file_id": "F" } })));
        assert_eq!((found.text.as_str(), found.attachments.len()), (text, 1));
    }
}

#[test]
fn stickers_contacts_and_places_are_told_in_words() {
    for (more, text) in [
        (json!({ "sticker": { "emoji": "👍", "file_id": "S" } }), "👍"),
        (json!({ "sticker": { "file_id": "S" } }), "[sticker]"),
        (
            json!({ "contact": { "phone_number": "+358401234567", "first_name": "Eeva" } }),
            "[contact: Eeva, +358401234567]",
        ),
        (
            json!({ "location": { "latitude": 60.17, "longitude": 24.94 } }),
            "[location: 60.17, 24.94]",
        ),
    ] {
        assert_eq!(only(message(more)).text, text);
    }
}

#[test]
fn an_edit_is_one_more_message() {
    let mut update = message(json!({ "text": "Hei!", "edit_date": 1_700_000_060 }));
    update["edited_message"] = update["message"].take();
    update.as_object_mut().unwrap().remove("message");
    let found = only(update);
    assert_eq!(found.external_id, "5:3:1700000060");
    assert_eq!(found.text, "✏️ Hei!");
    assert_eq!(found.at_ms, Some(1_700_000_060_000));
}

#[test]
fn start_starts_and_a_press_answers() {
    for text in ["/start", "/start abc"] {
        match events(message(json!({ "text": text }))).as_slice() {
            [Event::Started(started)] => {
                assert_eq!(started.thread, "5");
                assert_eq!(started.language.as_deref(), Some("fi"));
            }
            other => panic!("{other:?}"),
        }
    }
    let update = json!({ "update_id": 9, "callback_query": {
        "id": "77", "data": "Lasku", "from": { "id": 5, "first_name": "Aino" },
        "message": { "message_id": 3, "date": 1, "chat": { "id": 5, "type": "private" } }
    } });
    match hook(Some("right"), update.to_string().as_bytes()) {
        Receipt::Accepted { events, reply: Some(reply), .. } => {
            assert!(matches!(&events[..], [Event::Message(m)] if m.text == "Lasku"));
            let call: Value = serde_json::from_str(&reply.body).unwrap();
            assert_eq!(call, json!({ "method": "answerCallbackQuery", "callback_query_id": "77" }));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn groups_bots_and_other_updates_are_ignored_but_accepted() {
    for update in [
        message(json!({ "text": "hi", "chat": { "id": -5, "type": "supergroup" } })),
        message(json!({ "text": "hi", "from": { "id": 1, "is_bot": true } })),
        message(json!({ "new_chat_title": "x" })),
        json!({ "update_id": 9, "my_chat_member": {} }),
    ] {
        assert_eq!(events(update.clone()), [], "{update}");
    }
}

fn requests(message: &Outgoing) -> Vec<Request> {
    let mut requests = Vec::new();
    let mut so_far = Vec::new();
    loop {
        match Telegram::send(&config(), message, &so_far).unwrap() {
            Step::Perform(actions) => match actions.as_slice() {
                [Action::Http(request)] => requests.push(request.clone()),
                other => panic!("{other:?}"),
            },
            Step::Settled(Outcome::Delivered { .. }) => return requests,
            Step::Settled(other) => panic!("{other:?}"),
        }
        so_far.push(taken(so_far.len()));
    }
}

fn taken(id: usize) -> Answer {
    let body = json!({ "ok": true, "result": { "message_id": id } }).to_string();
    Response { status: 200, body, ..Response::default() }.into()
}

#[test]
fn a_later_try_begins_at_the_piece_that_failed() {
    let text = vec!["sana ".repeat(700); 3].join("\n\n");
    let message = Outgoing { recipient: "5".into(), text, ..Outgoing::default() };
    let all = requests(&message);
    assert_eq!(all.len(), 3);
    let next = |so_far: &[Answer]| Telegram::send(&config(), &message, so_far).unwrap();
    let lost: Answer = Response { status: 502, ..Response::default() }.into();
    assert!(matches!(next(&[taken(1), lost]), Step::Settled(Outcome::RetryAfter { .. })));
    assert_eq!(next(&[taken(1)]), Step::from(all[1].clone()));
}

#[test]
fn files_go_first_and_a_picture_is_shown_as_one() {
    let file = |id: &str, media_type: &str, bytes| File {
        id: id.into(),
        media_type: media_type.into(),
        bytes,
        ..File::default()
    };
    let mut message = Outgoing {
        recipient: "5".into(),
        text: "Kuitti".into(),
        files: vec![
            file("a", "image/png", 1000),
            file("b", "image/png", 20_000_000),
            file("c", "application/pdf", 1000),
        ],
        ..Outgoing::default()
    };
    let sent = requests(&message);
    let calls: Vec<_> = sent.iter().filter_map(|r| r.url.rsplit('/').next()).collect();
    assert_eq!(calls, ["sendPhoto", "sendDocument", "sendDocument", "sendMessage"]);
    let form = vec![FormPart::text("chat_id", "5"), FormPart::file("photo", "a")];
    assert_eq!(sent[0].body, Body::Form(form));
    message.text.clear();
    assert_eq!(requests(&message).len(), 3, "no empty message follows");
}

#[test]
fn the_host_places_the_token_and_buttons_hang_on_the_last_piece() {
    let message = Outgoing {
        recipient: "5".into(),
        text: format!("{}\n\n{}", "a".repeat(4000), "b".repeat(200)),
        parts: vec![
            Part::button("Kyllä", "Kyllä"),
            Part::Article {
                slug: "s".into(),
                title: "Laskut".into(),
                excerpt: "Näin maksat.".into(),
                url: "https://example.com/s".into(),
            },
        ],
        ..Outgoing::default()
    };
    let requests = requests(&message);
    assert_eq!(requests.len(), 2);
    let bodies: Vec<Value> = requests
        .iter()
        .map(|request| {
            assert_eq!(request.url, "https://api.telegram.org/bot{secret:bot_token}/sendMessage");
            serde_json::from_str(request.body.as_text().unwrap()).unwrap()
        })
        .collect();
    assert_eq!(bodies[0]["chat_id"], 5);
    assert_eq!(bodies[0].get("reply_markup"), None);
    assert_eq!(
        bodies[1]["reply_markup"],
        json!({ "inline_keyboard": [[{ "text": "Kyllä", "callback_data": "Kyllä" }]] })
    );
    let text = bodies[1]["text"].as_str().unwrap();
    assert!(text.ends_with("Laskut\nNäin maksat.\nhttps://example.com/s"), "{text}");
}

#[test]
fn a_value_too_long_for_a_button_uses_the_keyboard() {
    let message = Outgoing {
        recipient: "5".into(),
        text: "?".into(),
        parts: vec![Part::button("Long", "x".repeat(65))],
        ..Outgoing::default()
    };
    let requests = requests(&message);
    let body: Value = serde_json::from_str(requests[0].body.as_text().unwrap()).unwrap();
    assert_eq!(body["reply_markup"]["keyboard"], json!([[{ "text": "Long" }]]));
}
