//! Forms in, requests out, as a tenant would see them.

use kerros_plugin::channel::{
    Action, Answer, Body, Channel, Delivery, DeliveryState, Event, Fetch, File, Outcome, Outgoing,
    Raw, Receipt, Request, Response, Secrets, Step,
};
use kerros_plugin::encoding::{form, urlencoded, value};
use serde_json::{Value, json};

use crate::{Config, Twilio};

const ACCOUNT: &str = "AC00000000000000000000000000000000";
const HOOK: &str = "https://k.example/hooks/t/sms";

/// Takes a signature that is the signed text itself.
struct Known;

impl Secrets for Known {
    fn verify_hmac_sha256(&self, _: &str, _: &[u8], _: &[u8]) -> bool {
        false
    }
    fn verify_hmac_sha1(&self, name: &str, message: &[u8], signature: &[u8]) -> bool {
        name == "auth" && message == [HOOK.as_bytes(), signature].concat()
    }
    fn equals(&self, _: &str, _: &str) -> bool {
        false
    }
}

fn config() -> Config {
    let config = json!({ "account_sid": ACCOUNT, "auth_token": "auth", "public_url": HOOK, "from": "+358401", "most_segments": 3 });
    serde_json::from_value(config).unwrap()
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte))
            << (8 * (3 - chunk.len()));
        for place in 0..=chunk.len() {
            text.push(char::from(DIGITS[(bits >> (18 - 6 * place) & 63) as usize]));
        }
    }
    text
}

fn hook(fields: &[(&str, &str)]) -> Receipt {
    let mut all = vec![("AccountSid", ACCOUNT)];
    all.extend(fields);
    let body = urlencoded(&all);
    let signed = crate::signature::signed("", &form(body.as_bytes()));
    post(&body, &base64(signed.as_bytes()))
}

fn post(body: &str, signature: &str) -> Receipt {
    let raw = Raw {
        kind: "hook".into(),
        method: "POST".into(),
        headers: vec![("x-twilio-signature".into(), signature.into())],
        body: body.into(),
        ..Raw::default()
    };
    Twilio::receive(&config(), &raw, &Known).unwrap()
}

fn events(fields: &[(&str, &str)]) -> Vec<Event> {
    match hook(fields) {
        Receipt::Accepted { events, reply, .. } => {
            assert_eq!(reply.unwrap().body, "<Response></Response>");
            events
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn only_twilio_s_signature_lets_in() {
    assert!(matches!(
        hook(&[("MessageSid", "SM1"), ("From", "+3584"), ("Body", "Hei")]),
        Receipt::Accepted { .. }
    ));
    for wrong in ["", "x", "QUJD"] {
        assert!(matches!(post("MessageSid=SM1", wrong), Receipt::Unauthorized(_)), "{wrong}");
    }
    assert!(matches!(hook(&[("Body", "x")]), Receipt::Malformed(_)));
}

#[test]
fn messages_come_with_pictures_and_wishes_to_stop() {
    let found = events(&[
        ("MessageSid", "SM1"),
        ("From", "+358409"),
        ("Body", "Hei"),
        ("NumMedia", "1"),
        ("MediaUrl0", "https://api.twilio.com/m/1"),
        ("MediaContentType0", "image/jpeg"),
    ]);
    let [Event::Message(one)] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(
        (one.sender.as_str(), one.text.as_str(), one.attachments.len()),
        ("+358409", "Hei", 1)
    );
    assert_eq!(one.automatic, None);
    for (body, kind, stops) in [
        ("STOP", "", true),
        ("stop", "STOP", true),
        ("Lopeta", "", true),
        ("Aloita", "START", false),
        ("", "", false),
    ] {
        let found = events(&[
            ("MessageSid", "SM1"),
            ("From", "+358409"),
            ("Body", body),
            ("OptOutType", kind),
        ]);
        let [Event::Message(one)] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(one.automatic.is_some(), stops, "{body}");
    }
}

#[test]
fn receipts_come_with_their_reasons() {
    let of = |status: &str, code: &str| {
        events(&[
            ("MessageSid", "SM9"),
            ("MessageStatus", status),
            ("To", "+358409"),
            ("ErrorCode", code),
        ])
    };
    assert_eq!(of("queued", ""), []);
    assert_eq!(of("delivered", ""), [Delivery::new("SM9", DeliveryState::Delivered).into()]);
    let dead = Delivery {
        bad_address: Some("+358409".into()),
        ..Delivery::failed("SM9", "30005: the number is unknown")
    }
    .into();
    assert_eq!(of("undelivered", "30005"), [dead]);
    let spam = Delivery::failed("SM9", "30007: a network took it for spam").into();
    assert_eq!(of("undelivered", "30007"), [spam]);
}

fn send(text: &str, so_far: &[Answer]) -> Step {
    let message =
        Outgoing { recipient: "+358409".into(), text: text.into(), ..Outgoing::default() };
    Twilio::send(&config(), &message, so_far).unwrap()
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

#[test]
fn a_message_is_one_form_and_the_token_is_named_only() {
    let requests = http(send("Hei \u{2013} {secret:auth}", &[]));
    let Body::Text(body) = &requests.body else { panic!() };
    assert!(!body.contains('{'), "{body}");
    let fields = form(body.as_bytes());
    assert_eq!(value(&fields, "Body"), Some("Hei - {secret:auth}"));
    assert_eq!(
        (value(&fields, "To"), value(&fields, "StatusCallback")),
        (Some("+358409"), Some(HOOK))
    );
    assert!(
        requests
            .headers
            .contains(&("authorization".into(), format!("Basic {{basic:{ACCOUNT}:auth}}")))
    );
    let done = send("Hei", &[answer(201, json!({ "sid": "SM5", "status": "queued" }))]);
    assert_eq!(done, Step::Settled(Outcome::sent(Some("SM5".into()))));
}

#[test]
fn what_costs_too_much_or_cannot_go_is_told_with_another_way() {
    let mail = |step: &Step| matches!(step, Step::Settled(Outcome::Rejected { alternatives, .. }) if alternatives == &["mail"]);
    assert!(mail(&send(&"a".repeat(3 * 153 + 1), &[])));
    let message = Outgoing { files: vec![File::default()], ..Outgoing::default() };
    assert!(mail(&Twilio::send(&config(), &message, &[]).unwrap()));
}

#[test]
fn refusals_are_told_apart() {
    let said = |status: u16, code: i64| {
        send("Hei", &[answer(status, json!({ "code": code, "message": "m", "status": status }))])
    };
    assert_eq!(said(400, 21_610), Step::Settled(Outcome::bad_address("21610: m").instead("mail")));
    assert_eq!(said(429, 20_429), Step::Settled(Outcome::slow_down(None, "20429: m")));
    assert_eq!(said(401, 20_003), Step::Settled(Outcome::retry_after(None, "20003: m")));
    assert_eq!(said(400, 21_617), Step::Settled(Outcome::rejected("21617: m")));
    assert_eq!(said(503, 20_500), Step::Settled(Outcome::retry_after(None, "20500: m")));
}

#[test]
fn a_picture_is_fetched_at_twilio_and_nowhere_else() {
    let fetch = |at: &str| Twilio::fetch(&config(), at, &[]).unwrap();
    match fetch("https://api.twilio.com/2010-04-01/Accounts/AC/Messages/MM/Media/ME") {
        Fetch::Download(request) => assert_eq!(request.headers.len(), 1),
        other => panic!("{other:?}"),
    }
    for elsewhere in [
        "https://evil.example/x",
        "https://api.twilio.com.evil.example/x",
        "https://api.twilio.com/{secret:auth}",
    ] {
        assert!(matches!(fetch(elsewhere), Fetch::Gone(_)), "{elsewhere}");
    }
}
