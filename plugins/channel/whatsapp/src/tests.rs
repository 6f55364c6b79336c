//! Notifications in, requests out, as a tenant would see them.

use kerros_plugin::Part;
use kerros_plugin::channel::{
    Action, Answer, Body, Channel, Delivery, DeliveryState, Event, Failed, Fetch, File, FormValue,
    Message, Outcome, Outgoing, Raw, Receipt, Request, Response, Secrets, Step, Template,
};
use serde_json::{Value, json};

use crate::{Config, WhatsApp};

const NOW: i64 = 1_792_000_000_000;

struct Known;

impl Secrets for Known {
    fn verify_hmac_sha256(&self, name: &str, _: &[u8], signature: &[u8]) -> bool {
        (name, signature) == ("app", &[1])
    }
    fn equals(&self, name: &str, text: &str) -> bool {
        (name, text) == ("verify", "sesame")
    }
}

fn config() -> Config {
    let config = json!({
        "phone_number_id": "7", "token": "token", "app_secret": "app", "verify_token": "verify"
    });
    serde_json::from_value(config).unwrap()
}

fn receive(body: &[u8]) -> Receipt {
    let raw = Raw {
        kind: "hook".into(),
        method: "POST".into(),
        headers: vec![("x-hub-signature-256".into(), "sha256=01".into())],
        body: body.into(),
        ..Raw::default()
    };
    WhatsApp::receive(&config(), &raw, &Known).unwrap()
}

fn bundle(value: Value) -> Vec<Event> {
    let mut value = value;
    value["messaging_product"] = "whatsapp".into();
    if value.get("metadata").is_none() {
        value["metadata"] = json!({ "phone_number_id": "7" });
    }
    let body = json!({
        "object": "whatsapp_business_account",
        "entry": [{ "id": "1", "changes": [{ "field": "messages", "value": value }] }],
    });
    match receive(body.to_string().as_bytes()) {
        Receipt::Accepted { events, .. } => events,
        other => panic!("{other:?}"),
    }
}

fn only(message: Value) -> Message {
    let mut message = message;
    message["id"] = "wamid.A".into();
    message["from"] = "358401112233".into();
    message["timestamp"] = "1792000000".into();
    let contacts = json!([{ "wa_id": "358401112233", "profile": { "name": "Aino" } }]);
    match bundle(json!({ "contacts": contacts, "messages": [message] })).as_slice() {
        [Event::Message(one)] => one.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_text_becomes_a_message_with_the_profile_s_name() {
    let found = only(
        json!({ "type": "text", "text": { "body": " Hei! " }, "context": { "id": "wamid.B" } }),
    );
    assert_eq!((found.text.as_str(), found.sender.as_str()), ("Hei!", "+358401112233"));
    assert_eq!(found.sender_name.as_deref(), Some("Aino"));
    assert_eq!((found.at_ms, found.answers.as_deref()), (Some(NOW), Some("wamid.B")));
}

#[test]
fn every_type_says_something() {
    for (message, text, files) in [
        (
            json!({ "type": "image", "image": { "id": "11", "mime_type": "image/jpeg", "caption": "Kuitti" } }),
            "Kuitti",
            1,
        ),
        (
            json!({ "type": "audio", "audio": { "id": "12", "mime_type": "audio/ogg; codecs=opus", "voice": true } }),
            "[voice]",
            1,
        ),
        (
            json!({ "type": "document", "document": { "id": "13", "filename": "lasku.pdf" } }),
            "[document]",
            1,
        ),
        (json!({ "type": "sticker", "sticker": { "id": "14" } }), "[sticker]", 1),
        (
            json!({ "type": "location", "location": { "latitude": 60.1, "longitude": 24.9, "name": "Asema" } }),
            "[location: Asema, 60.1, 24.9]",
            0,
        ),
        (
            json!({ "type": "contacts", "contacts": [{ "name": { "formatted_name": "Eeva" }, "phones": [{ "phone": "+35840" }] }] }),
            "[contact: Eeva, +35840]",
            0,
        ),
        (
            json!({ "type": "interactive", "interactive": { "type": "button_reply", "button_reply": { "id": "yes", "title": "Kyllä" } } }),
            "yes",
            0,
        ),
        (
            json!({ "type": "interactive", "interactive": { "type": "list_reply", "list_reply": { "id": "b", "title": "B" } } }),
            "b",
            0,
        ),
        (
            json!({ "type": "button", "button": { "payload": "p", "text": "Peruuta" } }),
            "Peruuta",
            0,
        ),
        (
            json!({ "type": "reaction", "reaction": { "message_id": "wamid.C", "emoji": "👍" } }),
            "👍",
            0,
        ),
        (
            json!({ "type": "order", "order": { "product_items": [{ "product_retailer_id": "sku1", "quantity": 2, "item_price": 3.5, "currency": "EUR" }] } }),
            "[order: 2 x sku1 (3.5 EUR)]",
            0,
        ),
        (
            json!({ "type": "unsupported", "errors": [{ "code": 131_051, "title": "Message type unknown" }] }),
            "[unsupported: Message type unknown]",
            0,
        ),
        (json!({ "type": "hologram", "hologram": {} }), "[hologram]", 0),
    ] {
        let found = only(message.clone());
        assert_eq!((found.text.as_str(), found.attachments.len()), (text, files), "{message}");
    }
    let voice = only(
        json!({ "type": "audio", "audio": { "id": "12", "mime_type": "audio/ogg; codecs=opus" } }),
    );
    assert_eq!(voice.attachments[0].media_type.as_deref(), Some("audio/ogg"));
    let form =
        only(json!({ "type": "interactive", "interactive": { "type": "nfm_reply", "nfm_reply": {
        "body": "Sent", "response_json": "{\"flow_token\":\"x\",\"size\":\"L\",\"n\":2}" } } }));
    let fields: Vec<_> = form.fields.iter().map(|f| (f.key.as_str(), f.value.as_str())).collect();
    assert_eq!((form.text.as_str(), fields), ("Sent", vec![("n", "2"), ("size", "L")]));
}

#[test]
fn a_hidden_number_is_known_by_its_user_id() {
    let events = bundle(json!({
        "contacts": [{ "user_id": "FI.123", "profile": { "name": "Aino", "username": "aino" } }],
        "messages": [{ "id": "wamid.A", "from_user_id": "FI.123", "type": "text", "text": { "body": "Hei" } }],
    }));
    let [Event::Message(found)] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!((found.sender.as_str(), found.sender_name.as_deref()), ("FI.123", Some("Aino")));
    let requests = http(send(&text_to("FI.123"), &[]));
    assert_eq!(
        (&body(&requests)["recipient"], &body(&requests)["to"]),
        (&json!("FI.123"), &Value::Null)
    );
}

#[test]
fn receipts_come_with_their_reasons() {
    let fault = json!([{ "code": 131_026, "title": "Message undeliverable" }]);
    let events = bundle(json!({ "statuses": [
        { "id": "wamid.A", "status": "sent", "recipient_id": "35840" },
        { "id": "wamid.A", "status": "read", "recipient_id": "35840" },
        { "id": "wamid.B", "status": "failed", "recipient_id": "35840", "errors": fault },
        { "id": "wamid.B", "status": "warned" },
    ] }));
    assert_eq!(
        events,
        [
            Delivery::new("wamid.A", DeliveryState::Sent).into(),
            Delivery::new("wamid.A", DeliveryState::Read).into(),
            Delivery {
                bad_address: Some("+35840".into()),
                ..Delivery::failed("wamid.B", "131026: Message undeliverable")
            }
            .into(),
        ]
    );
}

#[test]
fn a_window_that_closed_on_the_way_names_the_ways_out() {
    let fault = json!([{ "code": 131_047, "title": "Re-engagement message" }]);
    let failed =
        json!({ "id": "wamid.B", "status": "failed", "recipient_id": "35840", "errors": fault });
    let told = Delivery::failed("wamid.B", "131047: Re-engagement message");
    let told = told.instead("template").instead("mail");
    assert_eq!(bundle(json!({ "statuses": [failed] })), [told.into()]);
}

#[test]
fn a_bundle_of_a_thousand_is_taken_whole() {
    let statuses: Vec<Value> = (0..600)
        .map(|n| json!({ "id": format!("wamid.{n}"), "status": "read", "recipient_id": "35840" }))
        .collect();
    let messages: Vec<Value> = (0..400)
        .map(|n| {
            let id = format!("wamid.in.{n}");
            json!({ "id": id, "from": "35840", "type": "text", "text": { "body": "x" } })
        })
        .collect();
    let events = bundle(json!({ "statuses": statuses, "messages": messages }));
    assert_eq!(events.len(), 1000);
    assert!(
        matches!(&events[399], Event::Message(_)) && matches!(&events[400], Event::Delivery(_))
    );
}

#[test]
fn other_numbers_and_what_says_nothing_are_passed_over() {
    let text = json!([{ "id": "w", "from": "1", "type": "text", "text": { "body": "x" } }]);
    for value in [
        json!({ "metadata": { "phone_number_id": "8" }, "messages": text }),
        json!({ "messages": [{ "id": "w", "from": "1", "type": "reaction", "reaction": { "message_id": "a" } }] }),
        json!({ "messages": [7, { "from": "1" }] }),
        json!({}),
    ] {
        assert_eq!(bundle(value.clone()), [], "{value}");
    }
    for broken in [&b"{"[..], b"[]", b"{}", b"{\"object\":\"page\"}", b"\xff"] {
        assert!(matches!(receive(broken), Receipt::Malformed(_)), "{broken:?}");
    }
}

fn text_to(recipient: &str) -> Outgoing {
    Outgoing {
        kind: "reply".into(),
        message_id: "msg_1".into(),
        recipient: recipient.into(),
        text: "Hei".into(),
        last_inbound_ms: Some(NOW - 60_000),
        now_ms: NOW,
        ..Outgoing::default()
    }
}

fn send(message: &Outgoing, so_far: &[Answer]) -> Step {
    WhatsApp::send(&config(), message, so_far).unwrap()
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

fn answer(status: u16, body: &Value) -> Answer {
    Answer::Http(Response { status, body: body.to_string(), ..Response::default() })
}

fn body(request: &Request) -> Value {
    match &request.body {
        Body::Text(text) => serde_json::from_str(text).unwrap(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn outside_the_window_only_a_template_goes() {
    let mut message = text_to("+35840");
    message.last_inbound_ms = Some(NOW - 24 * 3_600_000);
    match send(&message, &[]) {
        Step::Settled(Outcome::Rejected { alternatives, bad_address, .. }) => {
            assert_eq!(
                (alternatives.as_slice(), bad_address),
                (["template".to_owned(), "mail".to_owned()].as_slice(), false)
            );
        }
        other => panic!("{other:?}"),
    }
    message.template = Some(Template {
        name: "again".into(),
        language: "fi".into(),
        parameters: vec!["Aino".into()],
    });
    let requests = http(send(&message, &[]));
    assert_eq!(
        body(&requests)["template"],
        json!({
            "name": "again", "language": { "code": "fi" },
            "components": [{ "type": "body", "parameters": [{ "type": "text", "text": "Aino" }] }],
        })
    );
}

#[test]
fn a_template_s_places_are_filled_as_the_config_says() {
    let config: Config = serde_json::from_value(json!({
        "phone_number_id": "7", "token": "token", "app_secret": "app", "verify_token": "verify",
        "templates": {
            "ready": { "header": "text", "header_name": "shop", "names": ["who", "when"], "buttons": [1] },
            "bill": { "header": "document", "buttons": [0] },
            "news": { "header": "image", "header_link": "https://e.com/a.png" },
        },
    }))
    .unwrap();
    let with = |name: &str, texts: &[&str]| Outgoing {
        template: Some(Template {
            name: name.into(),
            language: "fi".into(),
            parameters: texts.iter().map(|&text| text.to_owned()).collect(),
        }),
        last_inbound_ms: None,
        ..text_to("+35840")
    };
    let send =
        |message: &Outgoing, so_far: &[Answer]| WhatsApp::send(&config, message, so_far).unwrap();
    let components = |step: Step| body(&http(step))["template"]["components"].clone();
    assert_eq!(
        components(send(&with("ready", &["Kamppi", "Aino", "klo 12", "a/1"]), &[])),
        json!([
            { "type": "header", "parameters": [{ "type": "text", "text": "Kamppi", "parameter_name": "shop" }] },
            { "type": "body", "parameters": [
                { "type": "text", "text": "Aino", "parameter_name": "who" },
                { "type": "text", "text": "klo 12", "parameter_name": "when" },
            ] },
            { "type": "button", "sub_type": "url", "index": "1", "parameters": [{ "type": "text", "text": "a/1" }] },
        ])
    );
    let file = File {
        id: "f1".into(),
        name: "lasku.pdf".into(),
        media_type: "application/pdf".into(),
        bytes: 9,
        ..File::default()
    };
    let bill = Outgoing { files: vec![file.clone()], ..with("bill", &["Aino", "42"]) };
    assert_eq!(http(send(&bill, &[])).url, "https://graph.facebook.com/v25.0/7/media");
    let uploaded = answer(200, &json!({ "id": "900" }));
    let medium =
        json!({ "type": "document", "document": { "id": "900", "filename": "lasku.pdf" } });
    let found = components(send(&bill, std::slice::from_ref(&uploaded)));
    assert_eq!(found[0], json!({ "type": "header", "parameters": [medium] }));
    assert_eq!(found[2]["index"], "0");
    let taken = answer(200, &json!({ "messages": [{ "id": "wamid.Z" }] }));
    let done = send(&bill, &[uploaded, taken]);
    assert_eq!(done, Step::Settled(Outcome::sent(Some("wamid.Z".into()))));
    let linked = components(send(&with("news", &[]), &[]));
    assert_eq!(linked[0]["parameters"][0]["image"], json!({ "link": "https://e.com/a.png" }));

    // What would not be the approved message, or lose something, is refused before anything goes out.
    let lost = Outgoing { files: vec![file], ..with("plain", &["Aino"]) };
    for message in [lost, with("ready", &["Kamppi", "Aino"]), with("bill", &["Aino", "42"])] {
        let step = send(&message, &[]);
        assert!(matches!(step, Step::Settled(Outcome::Rejected { .. })), "{step:?}");
    }
}

#[test]
fn a_file_is_uploaded_and_then_named_in_one_delivery() {
    let mut message = text_to("+35840");
    message.files = vec![File {
        id: "f1".into(),
        name: "kuva.png".into(),
        media_type: "image/png".into(),
        bytes: 9,
        ..File::default()
    }];
    let first = http(send(&message, &[]));
    assert_eq!(first.url, "https://graph.facebook.com/v25.0/7/media");
    assert!(first.headers.contains(&("authorization".into(), "Bearer {secret:token}".into())));
    assert!(first.repeatable, "nobody sees an upload");
    let Body::Form(form) = &first.body else { panic!() };
    assert_eq!(form[2].value, FormValue::File("f1".into()));

    let uploaded = answer(200, &json!({ "id": "900" }));
    let second = http(send(&message, std::slice::from_ref(&uploaded)));
    assert!(!second.repeatable, "the customer would see it twice");
    let sent = body(&second);
    assert_eq!(sent["image"], json!({ "id": "900", "caption": "Hei" }));
    assert_eq!(
        (&sent["to"], &sent["biz_opaque_callback_data"]),
        (&json!("35840"), &json!("msg_1"))
    );

    let taken = answer(200, &json!({ "messages": [{ "id": "wamid.Z" }] }));
    let outcome = send(&message, &[uploaded, taken]);
    assert_eq!(outcome, Step::Settled(Outcome::sent(Some("wamid.Z".into()))));
}

#[test]
fn a_receipt_of_any_part_is_the_answer_s() {
    let mut message = text_to("+35840");
    message.text = "sana ".repeat(1000);
    let taken = |id: &str| answer(200, &json!({ "messages": [{ "id": id }] }));
    let first = body(&http(send(&message, &[])));
    let second = body(&http(send(&message, &[taken("wamid.A")])));
    for part in [first, second] {
        assert_eq!(part["biz_opaque_callback_data"], "msg_1:parts");
    }
    let done = send(&message, &[taken("wamid.A"), taken("wamid.B")]);
    assert_eq!(done, Step::Settled(Outcome::sent(Some("msg_1:parts".into()))));
    let fault = json!([{ "code": 131_053, "title": "Media upload error" }]);
    let statuses = json!([
        { "id": "wamid.B", "status": "delivered", "recipient_id": "35840", "biz_opaque_callback_data": "msg_1:parts" },
        { "id": "wamid.A", "status": "failed", "recipient_id": "35840", "biz_opaque_callback_data": "msg_1:parts", "errors": fault },
        { "id": "wamid.C", "status": "sent", "recipient_id": "35840", "biz_opaque_callback_data": "msg_2" },
    ]);
    assert_eq!(
        bundle(json!({ "statuses": statuses })),
        [
            Delivery::new("msg_1:parts", DeliveryState::Delivered).into(),
            Delivery::failed("msg_1:parts", "131053: Media upload error").into(),
            Event::from(Delivery::new("wamid.C", DeliveryState::Sent)),
        ]
    );
}

#[test]
fn an_answer_marks_what_it_answers_as_read_and_that_may_fail() {
    let mut message = text_to("+35840");
    message.answers = Some("wamid.Q".into());
    let taken = answer(200, &json!({ "messages": [{ "id": "wamid.Z" }] }));
    let second = http(send(&message, std::slice::from_ref(&taken)));
    assert!(second.repeatable);
    assert_eq!(
        body(&second),
        json!({ "messaging_product": "whatsapp", "status": "read", "message_id": "wamid.Q" })
    );
    let lost =
        Answer::Failed(Failed { temporary: true, reason: "no route".into(), ..Failed::default() });
    for mark in [answer(200, &json!({ "success": true })), answer(400, &json!({})), lost] {
        let outcome = send(&message, &[taken.clone(), mark]);
        assert_eq!(outcome, Step::Settled(Outcome::sent(Some("wamid.Z".into()))));
    }
}

#[test]
fn choices_become_buttons_a_list_or_words() {
    let with = |count: usize, label: &str| {
        let mut message = text_to("+35840");
        message.language = "fi".into();
        message.parts =
            (0..count).map(|n| Part::button(format!("{label}{n}"), format!("v{n}"))).collect();
        let requests = http(send(&message, &[]));
        body(&requests)
    };
    assert_eq!(
        with(3, "a")["interactive"]["action"]["buttons"][2]["reply"],
        json!({ "id": "v2", "title": "a2" })
    );
    let long = "valinta joka on liian pitkä ";
    let list = with(4, long);
    assert_eq!(list["interactive"]["action"]["button"], "Valitse");
    let row = &list["interactive"]["action"]["sections"][0]["rows"][3];
    assert_eq!(row["description"], format!("{long}3"));
    assert!(row["title"].as_str().unwrap().chars().count() <= 24, "{row}");
    let words = with(11, "a");
    assert!(words["text"]["body"].as_str().unwrap().ends_with("• a10"), "{words}");
}

#[test]
fn refusals_are_told_apart() {
    let said = |status, code: i64| {
        let fault = json!({ "error": { "code": code, "message": "m" } });
        match send(&text_to("+35840"), &[answer(status, &fault)]) {
            Step::Settled(outcome) => outcome,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(
        said(400, 131_047),
        Outcome::rejected("131047: m").instead("template").instead("mail")
    );
    assert_eq!(said(400, 131_026), Outcome::bad_address("131026: m"));
    assert_eq!(said(429, 130_429), Outcome::slow_down(None, "130429: m"));
    assert_eq!(said(400, 131_056), Outcome::retry_after(None, "131056: m"));
    assert_eq!(said(401, 190), Outcome::retry_after(None, "190: m"));
    assert_eq!(said(404, 132_001), Outcome::rejected("132001: m"));
}

#[test]
fn media_are_asked_for_and_then_downloaded_with_the_token() {
    let fetch = |reference: &str, so_far: &[Answer]| WhatsApp::fetch(&config(), reference, so_far);
    let Ok(Fetch::Ask(ask)) = fetch("900", &[]) else { panic!() };
    assert_eq!(ask.url, "https://graph.facebook.com/v25.0/900?phone_number_id=7");
    let found =
        answer(200, &json!({ "url": "https://lookaside.fbsbx.com/x", "mime_type": "image/png" }));
    let Ok(Fetch::Download(download)) = fetch("900", &[found]) else { panic!() };
    assert_eq!(download.url, "https://lookaside.fbsbx.com/x");
    assert!(download.headers.contains(&("authorization".into(), "Bearer {secret:token}".into())));
    let gone = answer(400, &json!({ "error": { "code": 100, "message": "does not exist" } }));
    assert!(matches!(fetch("900", &[gone]), Ok(Fetch::Gone(_))));
    assert!(fetch("900", &[answer(503, &json!({}))]).is_err());
    assert!(matches!(fetch("../me", &[]), Ok(Fetch::Gone(_))));
}
