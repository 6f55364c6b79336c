//! Cases out, receipts back.

use kerros_plugin::channel::{
    Action, Answer, Channel, Contact, Outcome, Outgoing, Raw, Receipt, Request, Response, Secrets,
    Step,
};
use serde_json::{Value, json};

use crate::{Config, Leads};

struct Nobody;

impl Secrets for Nobody {
    fn verify_hmac_sha256(&self, _: &str, _: &[u8], _: &[u8]) -> bool {
        false
    }
    fn equals(&self, _: &str, _: &str) -> bool {
        false
    }
}

fn config() -> Config {
    let config = json!({
        "url": "https://crm.example/leads", "notes_url": "https://crm.example/leads/{receipt}/notes",
        "secret": "crm", "receipt": "/lead/id", "constants": { "source": "kerros" },
    });
    serde_json::from_value(config).unwrap()
}

fn case(kind: &str, thread: &str) -> Outgoing {
    Outgoing {
        kind: kind.into(),
        message_id: "msg_1".into(),
        number: 12,
        thread: thread.into(),
        subject: Some("Tarjous".into()),
        text: "Soita {secret:crm}".into(),
        ..Outgoing::default()
    }
}

fn send(message: &Outgoing, so_far: &[Answer]) -> Step {
    Leads::send(&config(), message, so_far).unwrap()
}

fn request(message: &Outgoing) -> (Request, Value) {
    match send(message, &[]) {
        Step::Perform(actions) => match actions.as_slice() {
            [Action::Http(request)] => {
                let body = request.body.as_text().unwrap();
                assert!(!body.contains("{secret"), "{body}");
                (request.clone(), serde_json::from_str(body).unwrap())
            }
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

fn answered(message: &Outgoing, status: u16, body: Value) -> Step {
    let response = Response { status, body: body.to_string(), ..Response::default() };
    send(message, &[response.into()])
}

#[test]
fn a_case_is_signed_and_its_receipt_is_its_thread() {
    let (sent, body) = request(&case("case", ""));
    let header = |name: &str| sent.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
    assert_eq!(header("idempotency-key"), Some("msg_1"));
    assert_eq!(header("x-kerros-signature"), Some("t={timestamp},v1={secret-mac:crm:timestamp}"));
    assert_eq!(
        (&body["source"], &body["number"], &body["receipt"]),
        (&json!("kerros"), &json!(12), &Value::Null)
    );
    assert_eq!(body["text"], "Soita {secret:crm}");
    let done = answered(&case("case", ""), 201, json!({ "lead": { "id": 77 } }));
    let expected = Outcome::sent(Some("77".into())).in_thread(Some("77".into()));
    assert_eq!(done, Step::Settled(expected));
}

#[test]
fn whoever_takes_the_lead_knows_whom_to_call() {
    let mut message = case("case", "");
    assert_eq!(request(&message).1["contact"], Value::Null);
    message.contact = Some(Contact {
        name: Some("Aino {secret:crm}".into()),
        segment: Some("employers".into()),
        mail: Some("aino@example.com".into()),
        phone: None,
        addresses: vec![("forms".into(), "aino@example.com".into())],
    });
    assert_eq!(
        request(&message).1["contact"],
        json!({
            "name": "Aino {secret:crm}", "segment": "employers", "mail": "aino@example.com", "phone": null,
            "addresses": [{ "channel": "forms", "address": "aino@example.com" }],
        })
    );
}

#[test]
fn a_note_goes_to_the_same_lead() {
    let (sent, body) = request(&case("note", "77/a"));
    assert_eq!(
        (sent.url.as_str(), &body["receipt"]),
        ("https://crm.example/leads/77%2Fa/notes", &json!("77/a"))
    );
    assert_eq!(answered(&case("note", "77"), 204, Value::Null), Step::Settled(Outcome::sent(None)));
    assert!(matches!(send(&case("note", ""), &[]), Step::Settled(Outcome::RetryAfter { .. })));
}

#[test]
fn no_receipt_is_no_handover() {
    let refused = |status, body| answered(&case("case", ""), status, body);
    for body in [Value::Null, json!({}), json!({ "lead": {} }), json!({ "lead": { "id": "" } })] {
        assert!(matches!(refused(200, body), Step::Settled(Outcome::Rejected { .. })));
    }
    assert_eq!(
        refused(409, Value::Null),
        Step::Settled(Outcome::retry("the receiver answered 409"))
    );
    assert_eq!(
        refused(429, Value::Null),
        Step::Settled(Outcome::slow_down(None, "the receiver answered 429"))
    );
    assert_eq!(
        refused(422, Value::Null),
        Step::Settled(Outcome::rejected("the receiver answered 422"))
    );
    assert!(matches!(send(&case("reply", ""), &[]), Step::Settled(Outcome::Rejected { .. })));
}

#[test]
fn nothing_comes_in() {
    let receipt = Leads::receive(&config(), &Raw::default(), &Nobody).unwrap();
    assert!(matches!(receipt, Receipt::Unauthorized(_)));
}
