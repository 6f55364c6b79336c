//! Two gateways of different manners.

use kerros_plugin::channel::{
    Action, Answer, Body, Channel, Delivery, DeliveryState, Event, Outcome, Outgoing, Raw, Receipt,
    Request, Response, Secrets, Step,
};
use serde_json::{Value, json};

use crate::{Config, Gateway};

struct Known;

impl Secrets for Known {
    fn verify_hmac_sha256(&self, _: &str, _: &[u8], _: &[u8]) -> bool {
        false
    }
    fn verify_hmac_sha1(&self, name: &str, _: &[u8], signature: &[u8]) -> bool {
        (name, signature) == ("key", b"foo")
    }
    fn equals(&self, name: &str, text: &str) -> bool {
        (name, text) == ("key", "sesame")
    }
}

fn read(config: Value) -> Config {
    serde_json::from_value(config).unwrap()
}

/// JSON with a MAC.
fn nordic() -> Config {
    read(json!({
        "in": {
            "auth": { "secret": "key", "mac_header": "x-mac", "prefix": "sha1=", "algorithm": "hmac-sha1", "encoding": "base64" },
            "list": "/messages",
            "fields": { "id": "/ref", "from": "/sender/number", "at": "/sent" },
            "states": { "DELIVRD": "delivered", "UNKNOWN": "bad_address" },
        },
        "out": {
            "url": "https://g.example/send", "from": "Kerros", "number": "digits", "id": "/message/id",
            "fields": { "/to": "to", "/sms/text": "text", "/sms/ref": "id" }, "constants": { "/sms/type": 1 },
            "headers": { "authorization": "Bearer {secret:key}" },
        },
    }))
}

/// Query and form with a token.
fn local() -> Config {
    read(json!({
        "in": { "auth": { "secret": "key", "token_field": "pass" }, "format": "form", "reply": "OK" },
        "out": { "url": "https://g.example/send?v=1", "format": "query", "fields": { "dest": "to", "msg": "text" }, "constants": { "flash": false } },
    }))
}

fn receive(config: &Config, headers: &[(&str, &str)], query: &str, body: &str) -> Receipt {
    let raw = Raw {
        kind: "hook".into(),
        method: "POST".into(),
        query: query.into(),
        headers: headers.iter().map(|(n, v)| ((*n).into(), (*v).into())).collect(),
        body: body.into(),
        ..Raw::default()
    };
    Gateway::receive(config, &raw, &Known).unwrap()
}

#[test]
fn a_mac_lets_a_list_in() {
    let body = json!({ "messages": [
        { "ref": 5, "sender": { "number": "358401112233" }, "text": " Hei ", "sent": 1_792_000_000 },
        { "ref": "6", "status": "DELIVRD" },
        { "ref": "7", "status": "UNKNOWN", "sender": { "number": "358401112233" } },
        { "ref": "8", "status": "BUFFERED" },
    ] });
    let Receipt::Accepted { events, .. } =
        receive(&nordic(), &[("x-mac", "sha1=Zm9v")], "", &body.to_string())
    else {
        panic!()
    };
    let [Event::Message(one), rest @ ..] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!(
        (one.external_id.as_str(), one.sender.as_str(), one.text.as_str()),
        ("5", "+358401112233", "Hei")
    );
    assert_eq!(one.at_ms, Some(1_792_000_000_000));
    assert_eq!(
        rest,
        [
            Delivery::new("6", DeliveryState::Delivered).into(),
            Delivery {
                bad_address: Some("+358401112233".into()),
                ..Delivery::failed("7", "UNKNOWN")
            }
            .into(),
        ]
    );
    for (header, body) in [("sha1=Zm9w", "{}"), ("Zm9v", "{}"), ("", "{}")] {
        assert!(
            matches!(receive(&nordic(), &[("x-mac", header)], "", body), Receipt::Unauthorized(_)),
            "{header}"
        );
    }
    assert!(matches!(
        receive(&nordic(), &[("x-mac", "sha1=Zm9v")], "", "{"),
        Receipt::Malformed(_)
    ));
    assert!(matches!(receive(&nordic(), &[], "", "{"), Receipt::Unauthorized(_)));
}

#[test]
fn a_token_in_a_query_lets_a_form_in() {
    let Receipt::Accepted { events, key, reply } =
        receive(&local(), &[], "pass=sesame&id=9&from=00358401112233&text=lopeta", "")
    else {
        panic!()
    };
    let [Event::Message(one)] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!(
        (one.sender.as_str(), one.automatic.is_some(), key.as_deref()),
        ("+358401112233", true, Some("9:stop"))
    );
    assert_eq!(reply.unwrap().body, "OK");
    for query in ["pass=guess&id=9&from=1&text=x", "id=9&from=1&text=x", "pass=&id=9"] {
        assert!(matches!(receive(&local(), &[], query, ""), Receipt::Unauthorized(_)), "{query}");
    }
    assert!(matches!(receive(&local(), &[], "pass=sesame&text=x", ""), Receipt::Malformed(_)));
}

fn send(config: &Config, so_far: &[Answer]) -> Step {
    let message = Outgoing {
        message_id: "msg_1".into(),
        recipient: "+358401112233".into(),
        text: "Hei & {secret:key}".into(),
        ..Outgoing::default()
    };
    Gateway::send(config, &message, so_far).unwrap()
}

#[test]
fn a_message_goes_in_the_gateway_s_words() {
    let requests = http(send(&nordic(), &[]));
    let Body::Text(body) = &requests.body else { panic!() };
    assert!(!body.contains("{secret"), "{body}");
    let expected = json!({ "to": "358401112233", "sms": { "text": "Hei & {secret:key}", "ref": "msg_1", "type": 1 } });
    assert_eq!(serde_json::from_str::<Value>(body).unwrap(), expected);
    let requests = http(send(&local(), &[]));
    assert_eq!(
        requests.url,
        "https://g.example/send?v=1&flash=false&dest=%2B358401112233&msg=Hei%20%26%20%7Bsecret%3Akey%7D"
    );
}

#[test]
fn who_asked_for_no_more_messages_gets_none_until_they_ask_again() {
    for (references, goes) in [
        (&[][..], true),
        (&["9:stop"], false),
        (&["m-2", "10", "9:stop", "8"], false),
        (&["11:start", "9:stop"], true),
        (&["12:stop", "11:start"], false),
    ] {
        let references: Vec<String> = references.iter().map(|&id| id.to_owned()).collect();
        let message =
            Outgoing { text: "Hei".into(), references: references.clone(), ..Outgoing::default() };
        match Gateway::send(&local(), &message, &[]).unwrap() {
            Step::Perform(_) => assert!(goes, "{references:?}"),
            Step::Settled(Outcome::Rejected { reason, alternatives, .. }) => {
                assert!(!goes && reason.contains("STOP"), "{references:?}");
                assert_eq!(alternatives, ["mail"]);
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn answers_are_read_by_status_and_id() {
    let answer = |status: u16, body: Value| {
        Answer::Http(Response { status, body: body.to_string(), ..Response::default() })
    };
    let sent = |id: Option<&str>| Step::Settled(Outcome::sent(id.map(Into::into)));
    assert_eq!(
        send(&nordic(), &[answer(200, json!({ "message": { "id": 77 } }))]),
        sent(Some("77"))
    );
    assert!(matches!(
        send(&nordic(), &[answer(200, json!({ "error": "no credit" }))]),
        Step::Settled(Outcome::Rejected { .. })
    ));
    assert_eq!(send(&local(), &[answer(200, json!("OK"))]), sent(None));
    assert_eq!(
        send(&local(), &[answer(429, json!({}))]),
        Step::Settled(Outcome::slow_down(None, "the gateway answered 429"))
    );
    assert_eq!(
        send(&local(), &[answer(500, json!({}))]),
        Step::Settled(Outcome::retry_after(None, "the gateway answered 500"))
    );
    assert_eq!(
        send(&local(), &[answer(400, json!({}))]),
        Step::Settled(Outcome::rejected("the gateway answered 400"))
    );
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
