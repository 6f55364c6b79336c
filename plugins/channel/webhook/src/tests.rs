//! Signed hooks in, signed answers out.

use std::cell::RefCell;

use kerros_plugin::Part;
use kerros_plugin::channel::{
    Action, Answer, Channel, Delivery, DeliveryState, Event, Failed, Message, Outcome, Outgoing,
    Raw, Receipt, Response, Secrets, Step,
};
use serde_json::{Value, json};

use crate::{Config, Webhook};

/// Takes the text `MAC(name,message)` in hex for a signature, so that tests see what was signed.
#[derive(Default)]
struct Readable {
    asked: RefCell<Vec<String>>,
}

fn readable(name: &str, message: &[u8]) -> String {
    let text = format!("{name}|{}", String::from_utf8_lossy(message));
    // A signature is at most 64 bytes; tests keep bodies short or compare by length and sum.
    let sum: u64 = text.bytes().enumerate().map(|(i, b)| (i as u64 + 1) * u64::from(b)).sum();
    format!("{sum:016x}")
}

impl Secrets for Readable {
    fn verify_hmac_sha256(&self, name: &str, message: &[u8], signature: &[u8]) -> bool {
        self.asked.borrow_mut().push(name.into());
        let hex: String = signature.iter().map(|byte| format!("{byte:02x}")).collect();
        hex == readable(name, message)
    }
    fn equals(&self, _: &str, _: &str) -> bool {
        false
    }
}

const NOW: i64 = 1_700_000_000;

fn config(more: Value) -> Config {
    let mut config = json!({ "in": { "secret": "key" } });
    for (key, value) in more.as_object().unwrap() {
        config[key] = value.clone();
    }
    serde_json::from_value(config).unwrap()
}

fn receive_at(config: &Config, body: &str, signed_at: i64, key: &str) -> Receipt {
    let signature = readable(key, format!("{signed_at}.{body}").as_bytes());
    let raw = Raw {
        kind: "hook".into(),
        method: "POST".into(),
        headers: vec![("x-kerros-signature".into(), format!("t={signed_at},v1={signature}"))],
        body: body.into(),
        at_ms: NOW * 1000 + 999,
        ..Raw::default()
    };
    Webhook::receive(config, &raw, &Readable::default()).unwrap()
}

fn receive(config: &Config, body: &Value) -> Receipt {
    receive_at(config, &body.to_string(), NOW, "key")
}

fn plain() -> Value {
    json!({ "id": "m1", "thread": "t1", "sender": "c1", "sender_name": "Eeva", "language": "fi-FI",
            "text": "Hei", "at": NOW })
}

#[test]
fn the_plain_form_needs_no_mapping() {
    let expected = Message {
        sender_name: Some("Eeva".into()),
        language: Some("fi".into()),
        at_ms: Some(NOW * 1000),
        ..Message::new("m1", "t1", "c1", "Hei")
    };
    assert_eq!(
        receive(&config(json!({})), &plain()),
        Receipt::accepted(vec![Event::Message(expected)], "message:m1")
    );
}

#[test]
fn forged_old_and_future_signatures_are_refused() {
    let config = config(json!({ "in": { "secret": "key", "window_s": 300 } }));
    let body = plain().to_string();
    let accepted =
        |at, key| matches!(receive_at(&config, &body, at, key), Receipt::Accepted { .. });
    assert!(accepted(NOW, "key"));
    assert!(accepted(NOW - 300, "key"));
    assert!(accepted(NOW + 300, "key"));
    assert!(!accepted(NOW - 301, "key"));
    assert!(!accepted(NOW + 301, "key"));
    assert!(!accepted(NOW, "other"));
    let unsigned = Raw { kind: "hook".into(), method: "POST".into(), ..Raw::default() };
    let receipt = Webhook::receive(&config, &unsigned, &Readable::default()).unwrap();
    assert!(matches!(receipt, Receipt::Unauthorized(_)));
}

#[test]
fn the_older_secret_is_taken_while_it_is_named() {
    let both = config(json!({ "in": { "secret": "key", "previous_secret": "old" } }));
    let body = plain().to_string();
    assert!(matches!(receive_at(&both, &body, NOW, "old"), Receipt::Accepted { .. }));
    let one = config(json!({}));
    assert!(matches!(receive_at(&one, &body, NOW, "old"), Receipt::Unauthorized(_)));
}

#[test]
fn fields_are_found_by_their_pointers() {
    let config = config(json!({ "segment": "shop", "in": {
        "secret": "key", "events": "/data",
        "kinds": { "message": ["incoming"], "wants_person": ["callback"], "ignored": ["ping"] },
        "fields": { "kind": "/type", "id": "/m/0/id", "thread": "/ticket", "text": "/m/0/body", "links": "/files" }
    } }));
    let body = json!({ "data": [
        { "type": "ping" },
        { "type": "incoming", "ticket": 7, "m": [{ "id": 8, "body": "x" }],
          "files": ["https://e.com/a", { "url": "https://e.com/b", "name": "b", "media_type": "image/png" }] },
        { "type": "callback", "ticket": 7 },
    ] });
    let link = |name: &str, url: &str, media_type: Option<&str>| Part::Link {
        name: name.into(),
        url: url.into(),
        media_type: media_type.map(Into::into),
    };
    let message = Message {
        segment: Some("shop".into()),
        parts: vec![
            link("link", "https://e.com/a", None),
            link("b", "https://e.com/b", Some("image/png")),
        ],
        ..Message::new("8", "7", "7", "x")
    };
    let events = vec![Event::Message(message), Event::WantsPerson { thread: "7".into() }];
    assert_eq!(receive(&config, &body), Receipt::Accepted { events, key: None, reply: None });
}

#[test]
fn receipts_come_back_too() {
    let body = json!({ "kind": "delivery", "id": "x1", "state": "read" });
    let event = Event::from(Delivery::new("x1", DeliveryState::Read));
    assert_eq!(
        receive(&config(json!({})), &body),
        Receipt::accepted(vec![event], "delivery:x1:Read")
    );
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let config = config(json!({}));
    for (body, word) in [
        (json!({ "thread": "t", "text": "x" }), "/id"),
        (json!({ "id": "1", "text": "x" }), "/thread"),
        (json!({ "id": "1", "thread": "t" }), "/text"),
        (json!({ "id": "1", "thread": "t", "text": " " }), "/text"),
        (json!({ "id": "1", "thread": "t", "text": { "a": 1 } }), "/text"),
        (json!({ "kind": "shout" }), "/thread"),
        (json!({ "kind": "shout", "thread": "t" }), "shout"),
        (json!({ "id": "1", "thread": "t", "text": "x", "links": ["http://e.com"] }), "/links/0"),
        (json!([plain(), {}]), "event 1"),
        (json!({ "id": "x".repeat(257), "thread": "t", "text": "x" }), "/id"),
        (json!({ "id": "1", "thread": "a\nb", "text": "x" }), "/thread"),
        (
            json!({ "id": "1", "thread": "t", "text": "x", "links": ["https://a@e.com/ x"] }),
            "/links/0",
        ),
        (
            json!({ "id": "1", "thread": "t", "text": "x", "links": vec!["https://e.com"; 21] }),
            "/links",
        ),
        (json!(vec![plain(); 101]), "at most 100"),
    ] {
        match receive(&config, &body) {
            Receipt::Malformed(reason) => assert!(reason.contains(word), "{body}: {reason}"),
            other => panic!("{body}: {other:?}"),
        }
    }
    for body in ["", "{", "\u{0}"] {
        assert!(matches!(receive_at(&config, body, NOW, "key"), Receipt::Malformed(_)));
    }
}

#[test]
fn an_answer_is_mapped_signed_and_safe_to_repeat() {
    let config = config(json!({ "out": {
        "url": "https://shop.example.com/in?k={secret:url_key}", "secret": "out_key",
        "headers": { "authorization": "Bearer {secret:bearer}" },
        "fields": { "/ticket/id": "thread", "/body": "text" }, "constants": { "/source": "kerros" }
    } }));
    let message = Outgoing {
        message_id: "msg_1".into(),
        thread: "7".into(),
        text: "Hei, {secret:bearer}".into(),
        ..Outgoing::default()
    };
    let step = Webhook::send(&config, &message, &[]).unwrap();
    let Step::Perform(actions) = step else { panic!("{step:?}") };
    let [Action::Http(request)] = &actions[..] else { panic!("{actions:?}") };
    assert_eq!(request.url, "https://shop.example.com/in?k={secret:url_key}");
    let body = request.body.as_text().unwrap();
    assert!(!body.contains("{secret"));
    assert_eq!(
        serde_json::from_str::<Value>(body).unwrap(),
        json!({ "ticket": { "id": "7" }, "body": "Hei, {secret:bearer}", "source": "kerros" })
    );
    for (name, value) in [
        ("content-type", "application/json"),
        ("idempotency-key", "msg_1"),
        ("authorization", "Bearer {secret:bearer}"),
        ("x-kerros-signature", "t={timestamp},v1={secret-mac:out_key:timestamp}"),
    ] {
        assert!(request.headers.contains(&(name.into(), value.into())), "{name}");
    }
}

#[test]
fn without_an_address_answers_are_refused_for_good() {
    let error = Webhook::send(&config(json!({})), &Outgoing::default(), &[]).unwrap_err();
    assert!(matches!(error, kerros_plugin::Error::Permanent(_)));
}

#[test]
fn responses_have_their_meaning() {
    let config = config(json!({ "out": { "url": "https://e.com", "external_id": "/id" } }));
    let settle = |answer: Answer| {
        let step = Webhook::send(&config, &Outgoing::default(), &[answer]).unwrap();
        let Step::Settled(outcome) = step else { panic!("{step:?}") };
        outcome
    };
    let answer = |status, body: &str, retry: Option<&str>| {
        Answer::Http(Response {
            status,
            body: body.into(),
            headers: retry.map(|s| ("retry-after".into(), s.into())).into_iter().collect(),
        })
    };
    assert_eq!(settle(answer(201, r#"{"id": 5}"#, None)), Outcome::sent(Some("5".into())));
    assert_eq!(settle(answer(204, "", None)), Outcome::sent(None));
    assert_eq!(
        settle(answer(429, "", Some("30"))),
        Outcome::slow_down(Some(30_000), "the provider answered 429")
    );
    for status in [408, 409, 425, 500, 503] {
        assert!(matches!(settle(answer(status, "", None)), Outcome::RetryAfter { .. }), "{status}");
    }
    for status in [301, 400, 401, 404, 410, 422] {
        assert!(matches!(settle(answer(status, "", None)), Outcome::Rejected { .. }), "{status}");
    }
    let failed =
        |temporary| Answer::Failed(Failed { temporary, reason: "x".into(), ..Failed::default() });
    assert!(matches!(settle(failed(true)), Outcome::RetryAfter { .. }));
    assert!(matches!(settle(failed(false)), Outcome::Rejected { .. }));
}
