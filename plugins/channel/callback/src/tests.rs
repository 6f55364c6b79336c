//! Requests of people, of servers and of machines.

use kerros_plugin::channel::{
    CallRequest, Channel, Event, Outcome, Outgoing, Raw, Receipt, Secrets, Step,
};
use serde_json::{Value, json};

use crate::{Callback, Config};

const NOW: i64 = 1_792_000_000_000;

struct Known;

impl Secrets for Known {
    fn verify_hmac_sha256(&self, _: &str, _: &[u8], _: &[u8]) -> bool {
        false
    }
    fn equals(&self, name: &str, text: &str) -> bool {
        (name, text) == ("form", "sesame")
    }
}

fn config(value: Value) -> Config {
    serde_json::from_value(value).unwrap()
}

fn ask(config: &Config, token: &str, body: &str) -> Receipt {
    let raw = Raw {
        kind: "hook".into(),
        method: "POST".into(),
        headers: vec![("x-form-token".into(), token.into())],
        body: body.into(),
        at_ms: NOW,
        ..Raw::default()
    };
    Callback::receive(config, &raw, &Known).unwrap()
}

fn only(receipt: Receipt) -> CallRequest {
    match receipt {
        Receipt::Accepted { events, .. } => match events.as_slice() {
            [Event::CallRequest(one)] => one.clone(),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

fn refused(receipt: Receipt) -> String {
    match receipt {
        Receipt::Malformed(reason) => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_number_is_a_call_to_make() {
    let topics = config(json!({ "fields": { "topic": "Aihe" }, "segment": "employees" }));
    let found = only(ask(
        &topics,
        "",
        "number=040+123+4567&name=Aino&text=Lasku&topic=Kortti&language=fi&id=c-1",
    ));
    assert_eq!(
        (found.number.as_str(), found.name.as_deref(), found.text.as_str()),
        ("+358401234567", Some("Aino"), "Lasku")
    );
    assert_eq!((found.external_id.as_str(), found.segment.as_deref()), ("c-1", Some("employees")));
    assert_eq!(
        (found.fields[0].label.as_str(), found.fields[0].value.as_str()),
        ("Aihe", "Kortti")
    );
    assert_eq!(found.not_before_ms, None);
    let twice = || only(ask(&topics, "", "number=040+123+4567")).external_id;
    assert_eq!(twice(), twice(), "a second press of the button is no second call");
}

#[test]
fn the_moment_is_kept_within_reason() {
    let any = config(json!({ "only": [] }));
    let at = |moment: i64| {
        ask(&any, "", &json!({ "number": "+46701234567", "not_before": moment }).to_string())
    };
    assert_eq!(only(at(NOW / 1000 + 3600)).not_before_ms, Some(NOW + 3_600_000));
    assert_eq!(only(at(NOW - 5000)).not_before_ms, Some(NOW), "what has passed means now");
    assert!(refused(at(NOW + 31 * 86_400_000)).contains("too far ahead"));
    assert!(refused(ask(&any, "", "number=0401234567&not_before=tomorrow")).contains("no moment"));
}

#[test]
fn numbers_that_are_not_called_are_refused() {
    let nordic = config(json!({ "only": ["+358", "+46"] }));
    for number in ["0600123456", "+3587001234", "+12025550123", "112", "call me", ""] {
        let body = json!({ "number": number }).to_string();
        assert!(refused(ask(&nordic, "", &body)).starts_with("number: "), "{number}");
    }
}

#[test]
fn other_countries_are_called_where_the_tenant_says_so() {
    for (more, number, refusal) in [
        (json!({}), "040 123 4567", None),
        (json!({}), "+46701234567", Some("number: only numbers that begin with +358 are called")),
        (json!({ "country": "+46" }), "070 123 45 67", None),
        (
            json!({ "country": "+46" }),
            "+358401234567",
            Some("number: only numbers that begin with +46 are called"),
        ),
        (json!({ "only": ["+358", "+46"] }), "+46701234567", None),
        (json!({ "only": [] }), "+12025550123", None),
        (json!({ "only": [] }), "0600 123456", Some("number: that number is not called")),
    ] {
        let receipt = ask(&config(more.clone()), "", &json!({ "number": number }).to_string());
        match refusal {
            Some(reason) => assert_eq!(refused(receipt), reason, "{more} {number}"),
            None => drop(only(receipt)),
        }
    }
}

#[test]
fn machines_and_strangers_get_nowhere() {
    match ask(&config(json!({})), "", "number=0401234567&website=x") {
        Receipt::Accepted { events, reply: Some(_), .. } => assert_eq!(events, []),
        other => panic!("{other:?}"),
    }
    let guarded = config(json!({ "token": "form" }));
    assert!(matches!(ask(&guarded, "guess", "number=0401234567"), Receipt::Unauthorized(_)));
    only(ask(&guarded, "sesame", "number=0401234567"));
    let step = Callback::send(&guarded, &Outgoing::default(), &[]).unwrap();
    assert!(matches!(step, Step::Settled(Outcome::Rejected { .. })));
}

#[test]
fn the_widgets_frames_need_no_token_and_no_names() {
    let guarded = config(json!({ "token": "form", "names": { "number": "puhelin" } }));
    let frame = |body: Value| {
        let raw = Raw {
            kind: "frame".into(),
            headers: vec![("thread".into(), "w-1".into()), ("language".into(), "sv".into())],
            body: body.to_string().into(),
            at_ms: NOW,
            ..Raw::default()
        };
        Callback::receive(&guarded, &raw, &Known).unwrap()
    };
    let asked = only(frame(json!({
        "type": "call", "id": "a-1", "number": "040 123 4567", "name": "Aino", "not_before": NOW + 60_000,
    })));
    assert_eq!((asked.external_id.as_str(), asked.number.as_str()), ("w-1:a-1", "+358401234567"));
    assert_eq!((asked.language.as_deref(), asked.name.as_deref()), (Some("sv"), Some("Aino")));
    assert_eq!(asked.not_before_ms, Some(NOW + 60_000));
    assert!(
        refused(frame(json!({ "type": "call", "id": "a-2", "number": "0600 1" })))
            .starts_with("number: ")
    );
}
