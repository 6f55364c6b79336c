//! Notifications in, requests out, as a tenant would see them.

use kerros_plugin::Part;
use kerros_plugin::channel::{
    Action, Answer, Body, Channel, Delivery, DeliveryState, Event, Fetch, File, Message, Outcome,
    Outgoing, Raw, Receipt, Request, Response, Secrets, Step,
};
use serde_json::{Value, json};

use crate::{Config, Messenger};

const NOW: i64 = 1_792_000_000_000;
const HOUR: i64 = 3_600_000;

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
        "page_id": "100", "token": "token", "app_secret": "app", "verify_token": "verify"
    });
    config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    serde_json::from_value(config).unwrap()
}

fn receive(config: &Config, entry: Value) -> Vec<Event> {
    let body = json!({ "object": "page", "entry": [entry] });
    let raw = Raw {
        kind: "hook".into(),
        method: "POST".into(),
        headers: vec![("x-hub-signature-256".into(), "sha256=01".into())],
        body: body.to_string().into_bytes(),
        ..Raw::default()
    };
    match Messenger::receive(config, &raw, &Known).unwrap() {
        Receipt::Accepted { events, .. } => events,
        other => panic!("{other:?}"),
    }
}

fn talk(more: Value) -> Vec<Event> {
    let mut one =
        json!({ "sender": { "id": "55" }, "recipient": { "id": "100" }, "timestamp": NOW });
    one.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    receive(&config(json!({})), json!({ "id": "100", "time": NOW, "messaging": [one] }))
}

fn feed(config: &Config, value: Value) -> Vec<Event> {
    let changes = json!([{ "field": "feed", "value": value }]);
    receive(config, json!({ "id": "100", "time": 1_792_000_100, "changes": changes }))
}

fn only(events: Vec<Event>) -> Message {
    match events.as_slice() {
        [Event::Message(one)] => one.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn words_files_presses_and_reactions_are_messages() {
    let found = only(talk(
        json!({ "message": { "mid": "m_1", "text": "Hei", "reply_to": { "mid": "m_0" } } }),
    ));
    assert_eq!(
        (found.text.as_str(), found.answers.as_deref(), found.at_ms),
        ("Hei", Some("m_0"), Some(NOW))
    );
    let picture =
        json!([{ "type": "image", "payload": { "url": "https://scontent.fbcdn.net/a.jpg" } }]);
    let found = only(talk(json!({ "message": { "mid": "m_2", "attachments": picture } })));
    assert_eq!((found.text.as_str(), found.attachments.len()), ("[photo]", 1));
    let place = json!([{ "type": "location", "payload": { "coordinates": { "lat": 60.1, "long": 24.9 } } }]);
    let found = only(talk(json!({ "message": { "mid": "m_3", "attachments": place } })));
    assert_eq!((found.text.as_str(), found.parts.len()), ("[location: 60.1, 24.9]", 1));
    let found = only(talk(
        json!({ "message": { "mid": "m_4", "text": "Kyllä", "quick_reply": { "payload": "yes" } } }),
    ));
    assert_eq!(found.text, "yes");
    let found = only(talk(json!({ "postback": { "title": "Lasku", "payload": "invoice" } })));
    assert_eq!(
        (found.text.as_str(), found.external_id.as_str()),
        ("invoice", "press:55:1792000000000")
    );
    let found =
        only(talk(json!({ "reaction": { "mid": "m_1", "action": "react", "emoji": "❤" } })));
    assert_eq!((found.text.as_str(), found.answers.as_deref()), ("❤", Some("m_1")));
    assert!(matches!(
        &talk(json!({ "postback": { "payload": "GET_STARTED" } }))[..],
        [Event::Started(_)]
    ));
}

#[test]
fn receipts_are_ids_or_a_watermark() {
    assert_eq!(
        talk(json!({ "delivery": { "mids": ["m_1", "m_2"], "watermark": NOW } })),
        ["m_1", "m_2"].map(|mid| Event::from(Delivery::new(mid, DeliveryState::Delivered)))
    );
    let read = Event::ReadUntil { thread: "55".into(), at_ms: NOW };
    assert_eq!(talk(json!({ "read": { "watermark": NOW } })), [read]);
}

#[test]
fn echoes_other_pages_and_unknown_things_are_passed_over() {
    for more in [
        json!({ "message": { "mid": "m", "text": "ours", "is_echo": true } }),
        json!({ "sender": { "id": "100" }, "message": { "mid": "m", "text": "ours" } }),
        json!({ "message": { "mid": "m" } }),
        json!({ "reaction": { "mid": "m", "action": "unreact" } }),
        json!({ "delivery": { "watermark": NOW } }),
        json!({ "hologram": {} }),
        json!({ "message": "broken" }),
    ] {
        assert_eq!(talk(more.clone()), [], "{more}");
    }
    assert_eq!(
        receive(
            &config(json!({})),
            json!({ "id": "101", "messaging": [{ "sender": { "id": "5" }, "message": { "mid": "m", "text": "x" } }] })
        ),
        []
    );
}

#[test]
fn two_people_under_one_post_are_two_conversations() {
    let comment = |from: &str, id: &str, parent: &str| {
        only(feed(
            &config(json!({})),
            json!({
                "item": "comment", "verb": "add", "post_id": "100_1", "comment_id": id, "parent_id": parent,
                "from": { "id": from, "name": "Aino" }, "message": "Missä tilaus?", "created_time": 1_792_000_000,
                "post": { "permalink_url": "https://www.facebook.com/p/1" },
            }),
        ))
    };
    let first = comment("55", "1_7", "100_1");
    assert_eq!(
        (first.thread().unwrap(), first.public_url.as_deref()),
        ("public:1_7:55", Some("https://www.facebook.com/p/1"))
    );
    assert_eq!((first.sender_name.as_deref(), first.at_ms), (Some("Aino"), Some(NOW)));
    assert_eq!(comment("66", "1_8", "1_7").thread(), Some("public:1_7:66"));
    assert_eq!(comment("55", "1_9", "1_7").thread(), Some("public:1_7:55"));
}

#[test]
fn edits_wall_posts_and_mentions_come_in_and_likes_do_not() {
    let none = config(json!({}));
    let edited = only(feed(
        &none,
        json!({ "item": "comment", "verb": "edited", "post_id": "100_1", "comment_id": "1_7",
        "parent_id": "100_1", "from": { "id": "55" }, "message": "Missä?" }),
    ));
    assert_eq!(
        (edited.text.as_str(), edited.external_id.as_str()),
        ("✏️ Missä?", "1_7:edit:1792000100")
    );
    let wall = only(feed(
        &none,
        json!({ "item": "photo", "verb": "add", "post_id": "100_3", "from": { "id": "55" }, "link": "https://scontent.fbcdn.net/b.jpg" }),
    ));
    assert_eq!(
        (wall.text.as_str(), wall.thread().unwrap(), wall.attachments.len()),
        ("[photo]", "public:100_3:55:post", 1)
    );
    assert_eq!(wall.public_url.as_deref(), Some("https://www.facebook.com/100_3"));
    for value in [
        json!({ "item": "reaction", "verb": "add", "post_id": "100_1", "from": { "id": "55" } }),
        json!({ "item": "comment", "verb": "remove", "comment_id": "1_7", "from": { "id": "55" } }),
        json!({ "item": "comment", "verb": "add", "comment_id": "1_7", "from": { "id": "100" }, "message": "ours" }),
        json!({ "item": "comment" }),
        json!(7),
    ] {
        assert_eq!(feed(&none, value.clone()), [], "{value}");
    }
    let mention = json!([{ "field": "mention", "value": { "item": "post", "verb": "add", "post_id": "77_1", "sender_id": 77, "sender_name": "Bo" } }]);
    let mention = only(receive(&none, json!({ "id": "100", "changes": mention })));
    assert_eq!((mention.text.as_str(), mention.sender.as_str()), ("[mention]", "77"));
    assert_eq!(mention.thread(), Some("public:77_1:77:mention"));
    // A mention on the page itself is told as a comment too, and is the same message.
    let comment = json!({ "item": "comment", "verb": "add", "post_id": "100_1", "comment_id": "1_7",
        "parent_id": "100_1", "from": { "id": "55" }, "message": "@Kaiku missä?" });
    let told =
        json!([{ "field": "feed", "value": comment }, { "field": "mention", "value": comment }]);
    match receive(&none, json!({ "id": "100", "changes": told })).as_slice() {
        [Event::Message(one), Event::Message(two)] => assert_eq!(one, two),
        other => panic!("{other:?}"),
    }
    let ignore = config(json!({ "comments": "ignore" }));
    assert_eq!(
        feed(
            &ignore,
            json!({ "item": "comment", "verb": "add", "comment_id": "1_7", "from": { "id": "55" }, "message": "x" })
        ),
        []
    );
}

fn outgoing(age_ms: i64) -> Outgoing {
    Outgoing {
        thread: "55".into(),
        recipient: "55".into(),
        author: "person".into(),
        text: "Hei".into(),
        last_inbound_ms: Some(NOW - age_ms),
        now_ms: NOW,
        ..Outgoing::default()
    }
}

fn perform(config: &Config, message: &Outgoing, so_far: &[Answer]) -> Request {
    http(Messenger::send(config, message, so_far).unwrap())
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
fn windows_say_who_may_write() {
    let agents = config(json!({ "human_agent": true }));
    let plain = config(json!({}));
    assert_eq!(body(&perform(&plain, &outgoing(HOUR), &[]))["messaging_type"], "RESPONSE");
    let tagged = body(&perform(&agents, &outgoing(25 * HOUR), &[]));
    assert_eq!(
        (&tagged["messaging_type"], &tagged["tag"]),
        (&json!("MESSAGE_TAG"), &json!("HUMAN_AGENT"))
    );
    let bot = Outgoing { author: "bot".into(), ..outgoing(25 * HOUR) };
    for (config, message) in
        [(&plain, outgoing(25 * HOUR)), (&agents, bot), (&agents, outgoing(169 * HOUR))]
    {
        match Messenger::send(config, &message, &[]).unwrap() {
            Step::Settled(Outcome::Rejected { alternatives, .. }) => {
                assert_eq!(alternatives, ["mail"])
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_long_text_goes_in_pieces_that_are_not_sent_twice() {
    let mut message = outgoing(HOUR);
    message.text = "sana ".repeat(500);
    message.parts = vec![Part::button("Kyllä", "yes")];
    let none = config(json!({}));
    let first = body(&perform(&none, &message, &[]));
    assert_eq!(first["message"].get("quick_replies"), None);
    let taken = answer(200, json!({ "recipient_id": "55", "message_id": "m_1" }));
    let second = body(&perform(&none, &message, std::slice::from_ref(&taken)));
    assert_ne!(first["message"]["text"], second["message"]["text"]);
    assert_eq!(second["message"]["quick_replies"][0]["payload"], "yes");
    let last = answer(200, json!({ "message_id": "m_2" }));
    let done = Messenger::send(&none, &message, &[taken, last]).unwrap();
    assert_eq!(done, Step::Settled(Outcome::sent(Some("m_2".into()))));
}

#[test]
fn comments_are_answered_in_public_or_in_private() {
    let mut message = outgoing(48 * HOUR);
    message.thread = "public:1_7:55".into();
    let public = perform(&config(json!({})), &message, &[]);
    assert_eq!(public.url, "https://graph.facebook.com/v25.0/1_7/comments");
    assert_eq!(body(&public), json!({ "message": "Hei" }));
    message.files = vec![File::default()];
    assert!(matches!(
        Messenger::send(&config(json!({})), &message, &[]),
        Ok(Step::Settled(Outcome::Rejected { .. }))
    ));
    message.thread = "public:../me:55".into();
    assert!(matches!(
        Messenger::send(&config(json!({})), &message, &[]),
        Ok(Step::Settled(Outcome::Rejected { .. }))
    ));
}

/// An answer in a thread that all can read, to what it names.
fn to(thread: &str, answered: &str) -> Outgoing {
    let answers = Some(answered.to_owned());
    let references = vec![answered.to_owned()];
    Outgoing { thread: thread.into(), answers, references, ..outgoing(48 * HOUR) }
}

fn privately(message: &Outgoing) -> Step {
    Messenger::send(&config(json!({ "comments": "private" })), message, &[]).unwrap()
}

#[test]
fn a_private_answer_goes_to_whoever_wrote_what_is_answered() {
    for (thread, answered, recipient) in [
        ("public:1_7:55", "1_7", json!({ "comment_id": "1_7" })),
        // Under somebody else's comment.
        ("public:1_7:66", "1_8", json!({ "comment_id": "1_8" })),
        ("public:1_7:66", "1_8:edit:1792000100", json!({ "comment_id": "1_8" })),
        ("public:100_3:55:post", "100_3", json!({ "post_id": "100_3" })),
    ] {
        let request = http(privately(&to(thread, answered)));
        assert_eq!(request.url, "https://graph.facebook.com/v25.0/100/messages", "{thread}");
        assert_eq!(body(&request)["recipient"], recipient, "{thread} {answered}");
    }
    // A mention elsewhere can only be answered where it stands.
    let mention = http(privately(&to("public:77_1:77:mention", "77_1")));
    assert_eq!(mention.url, "https://graph.facebook.com/v25.0/77_1/comments");
    let unknown = Outgoing { answers: None, ..to("public:1_7:66", "1_8") };
    assert!(refused(privately(&unknown)).starts_with("which comment this answers is not known"));
}

#[test]
fn a_private_answer_is_one_message() {
    let message = to("public:1_7:55", "1_8");
    let long = Outgoing { text: "sana ".repeat(500), ..message.clone() };
    let file = File { id: "f".into(), media_type: "image/png".into(), ..File::default() };
    let with_file = Outgoing { files: vec![file.clone()], ..message.clone() };
    let two = Outgoing {
        text: String::new(),
        files: vec![file.clone(), file.clone()],
        ..message.clone()
    };
    for message in [long, with_file, two] {
        assert!(refused(privately(&message)).starts_with("a private answer is one message"));
    }
    let alone = Outgoing { text: String::new(), files: vec![file], ..message.clone() };
    assert!(matches!(privately(&alone), Step::Perform(_)));
    // The second one.
    let mut second = message;
    second.references.insert(0, "m_A".into());
    assert!(refused(privately(&second)).starts_with("it has its private answer"));
    let wall = Outgoing { thread: "public:100_3:55:post".into(), ..second };
    assert!(refused(privately(&wall)).starts_with("it has its private answer"));
}

fn refused(step: Step) -> String {
    match step {
        Step::Settled(Outcome::Rejected { reason, alternatives, .. }) => {
            assert_eq!(alternatives, ["mail"], "{reason}");
            reason
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn files_are_uploaded_first_and_fetched_where_they_lie() {
    let mut message = outgoing(HOUR);
    message.files = vec![File {
        id: "f".into(),
        name: "a.pdf".into(),
        media_type: "application/pdf".into(),
        bytes: 1,
        ..File::default()
    }];
    message.text = String::new();
    let none = config(json!({}));
    let upload = perform(&none, &message, &[]);
    assert_eq!(upload.url, "https://graph.facebook.com/v25.0/100/message_attachments");
    let named = body(&perform(&none, &message, &[answer(200, json!({ "attachment_id": "9" }))]));
    assert_eq!(
        named["message"]["attachment"],
        json!({ "type": "file", "payload": { "attachment_id": "9" } })
    );
    assert!(matches!(
        Messenger::fetch(&none, "https://scontent.fbcdn.net/a.jpg", &[]),
        Ok(Fetch::Download(_))
    ));
    assert!(matches!(Messenger::fetch(&none, "file:///etc/passwd", &[]), Ok(Fetch::Gone(_))));
}

#[test]
fn refusals_of_the_send_api_are_told_apart() {
    let said = |code: i64, sub: i64| {
        let fault = json!({ "error": { "code": code, "error_subcode": sub, "message": "m" } });
        Messenger::send(&config(json!({})), &outgoing(HOUR), &[answer(400, fault)]).unwrap()
    };
    assert_eq!(said(10, 2_018_278), Step::Settled(Outcome::rejected("10: m").instead("mail")));
    assert_eq!(said(551, 1_545_041), Step::Settled(Outcome::bad_address("551: m")));
    assert_eq!(said(613, 0), Step::Settled(Outcome::slow_down(None, "613: m")));
}
