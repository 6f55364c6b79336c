//! Activities in, posts out, as a tenant would see them.

use kerros_plugin::channel::{
    Action, Answer, Body, CaseNote, Channel, Event, Outcome, Outgoing, Raw, Receipt, Request,
    Response, Secrets, Step,
};
use serde_json::{Value, json};

use crate::{Config, Teams};

struct Known;

impl Secrets for Known {
    fn verify_hmac_sha256(&self, _: &str, _: &[u8], _: &[u8]) -> bool {
        false
    }
    fn verify_hmac_sha256_base64(&self, name: &str, _: &[u8], signature: &[u8]) -> bool {
        (name, signature) == ("hook", b"foo")
    }
    fn equals(&self, _: &str, _: &str) -> bool {
        false
    }
}

fn workflow() -> Config {
    let config = json!({ "webhook_token": "hook", "workflow": { "url": "https://w.example/x?sig={secret:sig}" } });
    serde_json::from_value(config).unwrap()
}

fn bot() -> Config {
    let bot = json!({ "service_url": "https://smba.example/emea", "bot_id": "28:b", "channel": "19:c@thread.tacv2", "token": "token" });
    serde_json::from_value(json!({ "webhook_token": "hook", "bot": bot })).unwrap()
}

fn receive(config: &Config, signature: &str, activity: &Value) -> Receipt {
    let raw = Raw {
        kind: "hook".into(),
        method: "POST".into(),
        headers: vec![("authorization".into(), signature.into())],
        body: activity.to_string().into_bytes(),
        ..Raw::default()
    };
    Teams::receive(config, &raw, &Known).unwrap()
}

fn activity(text: &str, place: &str) -> Value {
    json!({
        "type": "message", "id": "1792000000123", "text": text, "textFormat": "plain",
        "from": { "id": "29:1abc", "name": "Bo Berg" }, "conversation": { "id": place },
    })
}

fn note(config: &Config, text: &str, place: &str) -> (Option<CaseNote>, String) {
    match receive(config, "HMAC Zm9v", &activity(text, place)) {
        Receipt::Accepted { events, reply, .. } => {
            let note = events.into_iter().next().map(|event| match event {
                Event::CaseNote(note) => note,
                other => panic!("{other:?}"),
            });
            (note, reply.map(|reply| reply.body).unwrap_or_default())
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn only_the_shared_key_lets_in() {
    for wrong in ["", "Zm9v", "HMAC ", "HMAC Zm9w", "Bearer Zm9v"] {
        assert!(matches!(receive(&bot(), wrong, &json!({})), Receipt::Unauthorized(_)), "{wrong}");
    }
    assert!(matches!(receive(&bot(), "HMAC Zm9v", &json!([])), Receipt::Malformed(_)));
}

#[test]
fn by_a_bot_the_thread_says_which_case() {
    let (found, said) =
        note(&bot(), "<at>Kerros</at>&nbsp;Kyllä", "19:c@thread.tacv2;messageid=17");
    let found = found.unwrap();
    assert_eq!(
        (found.thread.as_str(), found.text.as_str(), found.author_name.as_str()),
        ("17", "Kyllä", "Bo Berg")
    );
    assert_eq!((found.at_ms, found.calls_agent), (Some(1_792_000_000_123), true));
    assert!(said.contains("Noted."), "{said}");
    assert_eq!(note(&bot(), "Kyllä", "19:other@thread.tacv2;messageid=17"), (None, String::new()));
    assert!(note(&bot(), "Kyllä", "19:c@thread.tacv2").1.contains("thread"));
}

#[test]
fn by_a_workflow_the_number_does() {
    let (found, _) =
        note(&workflow(), "<at>Kerros</at> #12 kyllä", "19:c@thread.tacv2;messageid=17");
    assert_eq!(found.unwrap().thread, "#12");
    let (found, said) = note(&workflow(), "<at>Kerros</at> kyllä", "19:c@thread.tacv2");
    assert!(found.is_none() && said.contains("#1234"), "{said}");
}

fn outgoing(kind: &str, thread: &str) -> Outgoing {
    Outgoing {
        kind: kind.into(),
        number: 12,
        thread: thread.into(),
        author_name: "Aino".into(),
        subject: Some("Lasku".into()),
        text: "Kuka <b>?\n*Mitä*?".into(),
        url: "https://k.example/c/1".into(),
        ..Outgoing::default()
    }
}

fn perform(config: &Config, message: &Outgoing) -> (Request, Value) {
    let request = http(Teams::send(config, message, &[]).unwrap());
    let body = match &request.body {
        Body::Text(text) => serde_json::from_str(text).unwrap(),
        other => panic!("{other:?}"),
    };
    (request, body)
}

fn settle(config: &Config, message: &Outgoing, status: u16, body: Value) -> Outcome {
    let answer: Answer =
        Answer::Http(Response { status, body: body.to_string(), ..Response::default() });
    match Teams::send(config, message, &[answer]).unwrap() {
        Step::Settled(outcome) => outcome,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_bot_opens_a_thread_and_answers_in_it() {
    let (case, body) = perform(&bot(), &outgoing("case", ""));
    assert_eq!(case.url, "https://smba.example/emea/v3/conversations");
    assert_eq!(
        body["activity"]["text"],
        "<a href=\"https://k.example/c/1\"><b>#12 Lasku</b></a><br/>Kuka &lt;b&gt;?<br/>*Mitä*?"
    );
    let opened = json!({ "id": "19:c@thread.tacv2;messageid=18", "activityId": "18" });
    let expected = Outcome::sent(Some("18".into())).in_thread(Some("18".into()));
    assert_eq!(settle(&bot(), &outgoing("case", ""), 201, opened), expected);
    let (note, _) = perform(&bot(), &outgoing("note", "18"));
    assert_eq!(
        note.url,
        "https://smba.example/emea/v3/conversations/19%3Ac%40thread.tacv2%3Bmessageid%3D18/activities"
    );
    let done = settle(&bot(), &outgoing("note", "18"), 201, json!({ "id": "19" }));
    assert_eq!(done, Outcome::sent(Some("19".into())));
}

#[test]
fn a_workflow_gets_a_card_and_the_number_names_the_thread() {
    let (_, body) = perform(&workflow(), &outgoing("case", ""));
    let blocks = body["attachments"][0]["content"]["body"].as_array().unwrap();
    let texts: Vec<_> = blocks.iter().map(|block| block["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["#12 Lasku", "Kuka <b>?", "\\*Mitä\\*?"]);
    let done = settle(&workflow(), &outgoing("case", ""), 202, json!(null));
    assert_eq!(done, Outcome::sent(None).in_thread(Some("#12".into())));
}

#[test]
fn refusals_are_told_apart() {
    let said = |status| settle(&bot(), &outgoing("case", ""), status, json!({}));
    assert_eq!(said(429), Outcome::slow_down(None, "Teams answered 429"));
    assert_eq!(said(401), Outcome::retry_after(None, "Teams answered 401"));
    assert_eq!(said(502), Outcome::retry_after(None, "Teams answered 502"));
    assert_eq!(said(400), Outcome::rejected("Teams answered 400"));
    assert!(matches!(said(201), Outcome::Rejected { .. }), "named no message");
    assert!(matches!(
        Teams::send(&bot(), &outgoing("reply", ""), &[]),
        Ok(Step::Settled(Outcome::Rejected { .. }))
    ));
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
