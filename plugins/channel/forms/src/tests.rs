//! Forms filled in by people and by machines.

use kerros_plugin::channel::{
    Channel, Event, Message, Outcome, Outgoing, Raw, Receipt, Secrets, Step,
};
use serde_json::{Value, json};

use crate::{Config, Forms};

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

fn config(more: Value) -> Config {
    let mut config = json!({
        "title": "Tilaus", "thanks": "Kiitos!",
        "fields": [
            { "key": "email", "label": "Sähköposti", "type": "email", "required": true, "role": "address" },
            { "key": "name", "role": "name" },
            { "key": "phone", "type": "phone" },
            { "key": "count", "type": "number", "least": 1, "most": 10 },
            { "key": "product", "type": "choice", "options": ["Basic", "Plus"] },
            { "key": "extras", "type": "choices", "options": ["Gift", "Card"] },
            { "key": "terms", "type": "yes", "required": true },
            { "key": "message", "role": "text" },
        ],
    });
    config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    serde_json::from_value(config).unwrap()
}

fn fill(config: &Config, token: &str, body: &str) -> Receipt {
    let raw = Raw {
        kind: "hook".into(),
        method: "POST".into(),
        headers: vec![("x-form-token".into(), token.into())],
        body: body.into(),
        at_ms: NOW,
        ..Raw::default()
    };
    Forms::receive(config, &raw, &Known).unwrap()
}

fn only(receipt: Receipt) -> Message {
    match receipt {
        Receipt::Accepted { events, reply: Some(reply), .. } => {
            assert_eq!(reply.body, "Kiitos!");
            match events.as_slice() {
                [Event::Message(one)] => one.clone(),
                other => panic!("{other:?}"),
            }
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_filled_in_form_is_a_message_with_its_fields() {
    let body = "email=aino%40example.com&name=Aino&phone=040+1234567&count=2%2C5&product=Plus&extras=Gift&extras=Card&terms=on&unknown=x";
    let found = only(fill(&config(json!({})), "", body));
    assert_eq!(
        (found.sender.as_str(), found.sender_name.as_deref(), found.subject.as_deref()),
        ("aino@example.com", Some("Aino"), Some("Tilaus"))
    );
    let fields: Vec<_> =
        found.fields.iter().map(|field| (field.key.as_str(), field.value.as_str())).collect();
    assert_eq!(
        fields,
        [
            ("email", "aino@example.com"),
            ("name", "Aino"),
            ("phone", "+358401234567"),
            ("count", "2.5"),
            ("product", "Plus"),
            ("extras", "Gift, Card"),
            ("terms", "yes")
        ]
    );
    assert!(found.text.starts_with("Sähköposti: aino@example.com\nname: Aino"), "{}", found.text);
    let json = json!({ "email": "aino@example.com", "terms": true, "extras": ["Gift", "Card"], "message": "Hei" });
    let found = only(fill(&config(json!({})), "", &json.to_string()));
    assert_eq!(found.text, "Hei");
    assert_eq!(found.thread(), Some(found.external_id.as_str()));
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    match fill(&config(json!({})), "", "email=x&count=11&product=Gold&phone=112") {
        Receipt::Malformed(reason) => {
            for part in [
                "email: is no mail",
                "count: is too large",
                "product: is none",
                "phone: begin",
                "terms: has to be",
            ] {
                assert!(reason.contains(part), "{part} in {reason}");
            }
        }
        other => panic!("{other:?}"),
    }
    assert!(matches!(fill(&config(json!({})), "", ""), Receipt::Malformed(_)));
}

#[test]
fn a_machine_is_thanked_like_anybody() {
    let strict = config(json!({ "trap": { "needs_shown": true } }));
    let filled = |more: &str| format!("email=a%40b.fi&terms=on{more}");
    for more in ["", "&website=x", &format!("&shown={}", NOW - 100)] {
        match fill(&strict, "", &filled(more)) {
            Receipt::Accepted { events, reply: Some(reply), .. } => {
                assert_eq!((events.len(), reply.body.as_str()), (0, "Kiitos!"), "{more}");
            }
            other => panic!("{other:?}"),
        }
    }
    only(fill(&strict, "", &filled(&format!("&shown={}", NOW - 20_000))));
}

#[test]
fn a_token_is_asked_for_where_the_tenant_wants_one() {
    let guarded = config(json!({ "token": "form" }));
    for wrong in ["", "guess"] {
        assert!(matches!(
            fill(&guarded, wrong, "email=a%40b.fi&terms=on"),
            Receipt::Unauthorized(_)
        ));
    }
    only(fill(&guarded, "sesame", "email=a%40b.fi&terms=on"));
}

#[test]
fn answers_go_by_mail() {
    let step = Forms::send(&config(json!({})), &Outgoing::default(), &[]).unwrap();
    assert!(
        matches!(step, Step::Settled(Outcome::Rejected { alternatives, .. }) if alternatives == ["mail"])
    );
}
