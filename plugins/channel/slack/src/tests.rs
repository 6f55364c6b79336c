//! Events in, posts out, as a tenant would see them.

use kerros_plugin::channel::{
    Action, Answer, Body, CaseNote, Channel, Event, Fetch, File, Outcome, Outgoing, Raw, Receipt,
    Request, Response, Secrets, Step,
};
use serde_json::{Value, json};

use crate::{Config, Slack};

const NOW_S: i64 = 1_792_000_000;

struct Known;

impl Secrets for Known {
    fn verify_hmac_sha256(&self, name: &str, message: &[u8], signature: &[u8]) -> bool {
        let signed = format!("v0:{NOW_S}:");
        (name, signature) == ("sign", &[1]) && message.starts_with(signed.as_bytes())
    }
    fn equals(&self, _: &str, _: &str) -> bool {
        false
    }
}

fn config() -> Config {
    let config = json!({ "signing_secret": "sign", "token": "bot", "channel": "C1", "disruptions": "C2", "people": { "U1": "Aino" } });
    serde_json::from_value(config).unwrap()
}

fn hook(body: &Value, time: &str, signature: &str, at_ms: i64) -> Receipt {
    let raw = Raw {
        kind: "hook".into(),
        method: "POST".into(),
        headers: vec![
            ("x-slack-request-timestamp".into(), time.into()),
            ("x-slack-signature".into(), signature.into()),
        ],
        body: body.to_string().into_bytes(),
        at_ms,
        ..Raw::default()
    };
    Slack::receive(&config(), &raw, &Known).unwrap()
}

fn receive(body: &Value) -> Receipt {
    hook(body, &NOW_S.to_string(), "v0=01", NOW_S * 1000)
}

fn note(event: Value) -> Option<CaseNote> {
    let bot = json!([{ "user_id": "UBOT", "is_bot": true }]);
    let body = json!({ "type": "event_callback", "event_id": "Ev1", "event": event, "authorizations": bot });
    match receive(&body) {
        Receipt::Accepted { events, .. } => match events.into_iter().next() {
            Some(Event::CaseNote(note)) => Some(note),
            None => None,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

fn reply(more: Value) -> Value {
    let mut event = json!({ "type": "message", "channel": "C1", "user": "U1", "text": "Kyllä", "ts": "1792000001.000200", "thread_ts": "1791999999.000100" });
    event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    event
}

#[test]
fn old_and_wrong_signatures_are_refused() {
    let body = json!({ "type": "url_verification", "challenge": "abc" });
    match receive(&body) {
        Receipt::Accepted { reply: Some(reply), .. } => assert_eq!(reply.body, "abc"),
        other => panic!("{other:?}"),
    }
    let now = NOW_S.to_string();
    for (time, signature, at_s) in [
        (now.as_str(), "v0=02", NOW_S),
        (now.as_str(), "01", NOW_S),
        (now.as_str(), "v0=01", NOW_S + 301),
        (now.as_str(), "v0=01", NOW_S - 301),
        ("+1792000000", "v0=01", NOW_S),
        ("soon", "v0=01", NOW_S),
    ] {
        assert!(
            matches!(hook(&body, time, signature, at_s * 1000), Receipt::Unauthorized(_)),
            "{time} {signature} {at_s}"
        );
    }
    assert!(matches!(receive(&json!([])), Receipt::Malformed(_)));
}

#[test]
fn an_answer_in_a_thread_is_a_note() {
    let found = note(reply(json!({ "text": "Kysy <@U2|bo> &amp; <https://a.fi|ohje>" }))).unwrap();
    assert_eq!((found.thread.as_str(), found.author_name.as_str()), ("1791999999.000100", "Aino"));
    assert_eq!((found.text.as_str(), found.calls_agent), ("Kysy @bo & ohje (https://a.fi)", false));
    assert_eq!(found.at_ms, Some(1_792_000_001_000));
    let found = note(reply(
        json!({ "user": "U3", "user_profile": { "display_name": "", "real_name": "Bo Berg" } }),
    ))
    .unwrap();
    assert_eq!((found.author.as_str(), found.author_name.as_str()), ("U3", "Bo Berg"));
}

#[test]
fn a_mention_calls_the_agent_whichever_event_comes_first() {
    let message = note(reply(json!({ "text": "<@UBOT> tule" }))).unwrap();
    let mention = note(reply(json!({ "type": "app_mention", "text": "<@UBOT> tule" }))).unwrap();
    assert_eq!(message, mention);
    assert!(message.calls_agent);
}

#[test]
fn files_and_edits_come_along() {
    let files = json!([
        { "id": "F1", "name": "loki.txt", "mimetype": "text/plain", "mode": "hosted" },
        { "id": "F2", "title": "Taulukko", "mode": "external", "permalink": "https://docs.example/x" },
    ]);
    let found =
        note(reply(json!({ "subtype": "file_share", "text": "Tässä", "files": files }))).unwrap();
    assert_eq!(
        (found.text.as_str(), found.attachments.len()),
        ("Tässä\nTaulukko https://docs.example/x", 1)
    );
    let new = json!({ "user": "U1", "text": "Kyllä kai", "ts": "5.1", "thread_ts": "4.1", "edited": { "ts": "6.1" } });
    let old = json!({ "text": "Kyllä" });
    let edit = |new: &Value, old: &Value| {
        note(
            json!({ "type": "message", "subtype": "message_changed", "channel": "C1", "message": new, "previous_message": old }),
        )
    };
    let found = edit(&new, &old).unwrap();
    assert_eq!((found.external_id.as_str(), found.text.as_str()), ("5.1:edit:6.1", "✏️ Kyllä kai"));
    assert_eq!(edit(&new, &json!({ "text": "Kyllä kai" })), None, "a preview is no edit");
}

#[test]
fn everything_else_is_passed_over() {
    for event in [
        reply(json!({ "channel": "C9" })),
        reply(json!({ "thread_ts": null })),
        reply(json!({ "thread_ts": "1792000001.000200" })),
        reply(json!({ "bot_id": "B1" })),
        reply(json!({ "user": "UBOT" })),
        reply(json!({ "subtype": "channel_join" })),
        reply(json!({ "subtype": "message_deleted" })),
        reply(json!({ "text": "" })),
        json!({ "type": "reaction_added", "user": "U1" }),
    ] {
        assert_eq!(note(event.clone()), None, "{event}");
    }
    assert!(
        matches!(receive(&json!({ "type": "app_rate_limited" })), Receipt::Accepted { events, .. } if events.is_empty())
    );
}

fn outgoing(kind: &str, thread: &str) -> Outgoing {
    Outgoing {
        kind: kind.into(),
        message_id: "msg_1".into(),
        number: 12,
        thread: thread.into(),
        author_name: "Aino".into(),
        subject: Some("Lasku <väärin>".into()),
        text: "Kuka & mitä?".into(),
        url: "https://k.example/c/1".into(),
        ..Outgoing::default()
    }
}

fn send(message: &Outgoing, so_far: &[Answer]) -> Step {
    Slack::send(&config(), message, so_far).unwrap()
}

fn perform(message: &Outgoing, so_far: &[Answer]) -> Request {
    http(send(message, so_far))
}

fn body(request: &Request) -> Value {
    match &request.body {
        Body::Text(text) => serde_json::from_str(text).unwrap(),
        other => panic!("{other:?}"),
    }
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
fn a_case_opens_a_thread_and_a_note_goes_into_it() {
    let case = body(&perform(&outgoing("case", ""), &[]));
    assert_eq!(
        case["text"],
        "*<https://k.example/c/1|#12>* *Lasku &lt;väärin&gt;*\nKuka &amp; mitä?"
    );
    assert_eq!((&case["channel"], case.get("thread_ts")), (&json!("C1"), None));
    let done = send(&outgoing("case", ""), &[answer(200, json!({ "ok": true, "ts": "7.1" }))]);
    let expected = Outcome::sent(Some("7.1".into())).in_thread(Some("7.1".into()));
    assert_eq!(done, Step::Settled(expected));
    let note = body(&perform(&outgoing("note", "7.1"), &[]));
    assert_eq!(
        (&note["thread_ts"], &note["text"]),
        (&json!("7.1"), &json!("*Aino:* Kuka &amp; mitä?"))
    );
    let disruption = body(&perform(&outgoing("disruption", ""), &[]));
    assert_eq!(disruption["channel"], "C2");
    for (kind, thread) in [("reply", "7.1"), ("automatic", "")] {
        assert!(matches!(
            send(&outgoing(kind, thread), &[]),
            Step::Settled(Outcome::Rejected { .. })
        ));
    }
    assert!(matches!(send(&outgoing("note", ""), &[]), Step::Settled(Outcome::RetryAfter { .. })));
}

#[test]
fn a_file_takes_three_more_requests() {
    let mut message = outgoing("case", "");
    message.files = vec![File {
        id: "f1".into(),
        name: "a.txt".into(),
        media_type: "text/plain".into(),
        bytes: 3,
        ..File::default()
    }];
    let mut so_far = vec![answer(200, json!({ "ok": true, "ts": "7.1" }))];
    let place = perform(&message, &so_far);
    assert!(place.repeatable, "nobody sees it yet");
    assert_eq!(place.body, Body::Text("filename=a.txt&length=3".into()));
    so_far.push(answer(
        200,
        json!({ "ok": true, "file_id": "F9", "upload_url": "https://files.slack.com/up" }),
    ));
    let bytes = perform(&message, &so_far);
    assert_eq!(
        (bytes.url.as_str(), &bytes.body),
        ("https://files.slack.com/up", &Body::File("f1".into()))
    );
    assert!(bytes.headers.iter().all(|(name, _)| name != "authorization"));
    so_far.push(Answer::Http(Response {
        status: 200,
        body: "OK - 3".into(),
        ..Response::default()
    }));
    let show = body(&perform(&message, &so_far));
    assert_eq!((&show["files"][0]["id"], &show["thread_ts"]), (&json!("F9"), &json!("7.1")));
    so_far.push(answer(200, json!({ "ok": true })));
    assert!(
        matches!(send(&message, &so_far), Step::Settled(Outcome::Delivered { thread: Some(t), .. }) if t == "7.1")
    );
}

#[test]
fn slack_says_no_with_200() {
    let said = |body: Value| match send(&outgoing("case", ""), &[answer(200, body)]) {
        Step::Settled(outcome) => outcome,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        said(json!({ "ok": false, "error": "msg_too_long" })),
        Outcome::rejected("Slack: msg_too_long")
    );
    assert_eq!(
        said(json!({ "ok": false, "error": "not_in_channel" })),
        Outcome::retry_after(None, "Slack: not_in_channel")
    );
    let mut busy = Response {
        status: 429,
        body: json!({ "ok": false, "error": "ratelimited" }).to_string(),
        ..Response::default()
    };
    busy.headers.push(("retry-after".into(), "30".into()));
    assert_eq!(
        send(&outgoing("case", ""), &[Answer::Http(busy)]),
        Step::Settled(Outcome::slow_down(Some(30_000), "Slack: ratelimited"))
    );
}

#[test]
fn a_file_is_asked_for_and_downloaded_with_the_token() {
    let fetch = |so_far: &[Answer]| Slack::fetch(&config(), "F1", so_far);
    assert!(
        matches!(fetch(&[]), Ok(Fetch::Ask(ask)) if ask.url == "https://slack.com/api/files.info?file=F1")
    );
    let file =
        json!({ "ok": true, "file": { "url_private_download": "https://files.slack.com/f" } });
    assert!(
        matches!(fetch(&[answer(200, file)]), Ok(Fetch::Download(get)) if get.headers.len() == 1)
    );
    assert!(matches!(
        fetch(&[answer(200, json!({ "ok": false, "error": "file_deleted" }))]),
        Ok(Fetch::Gone(_))
    ));
    assert!(fetch(&[answer(200, json!({ "ok": false, "error": "missing_scope" }))]).is_err());
}
