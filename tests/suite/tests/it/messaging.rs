//! Customers write by services of others: forged, repeated, out of order; and the services are busy, slow or broken.

use std::time::Duration;

use kerros_suite::kerros::Kerros;
use kerros_suite::person::Person;
use kerros_suite::provider::{Provider, Says};
use kerros_suite::sign::now;
use kerros_suite::tuuli::{
    ACCOUNT, APP_SECRET, TOKEN, TWILIO, VERIFY, form, meta, slack, start, twilio, whatsapp,
    with_tuuli, written,
};
use kerros_suite::wait::until;
use serde_json::{Value, json};

async fn only_conversation(agent: &Person) -> String {
    until("a conversation", async || {
        let all = agent.conversations("tuuli").await;
        assert!(all.len() < 2, "{all:#?}");
        Some(all.first()?["id"].as_str().unwrap().to_owned())
    })
    .await
}

async fn delivery(agent: &Person, conversation: &str, text: &str, state: &str) {
    until(&format!("{text:?} is {state}"), async || {
        let messages = agent.messages(conversation).await;
        let message = messages.into_iter().find(|message| message["text"] == text)?;
        (message["delivery"] == state).then_some(())
    })
    .await;
}

fn took(id: &str) -> Says {
    Says::new(200, &json!({ "messaging_product": "whatsapp", "messages": [{ "id": id }] }))
}

#[tokio::test(flavor = "multi_thread")]
async fn whatsapp_in_five_times_and_out_once() {
    let provider = Provider::open().await;
    let config = with_tuuli(&provider);
    let data = tempfile::tempdir().unwrap();
    let start = start(&config, data.path());
    start.add_user("aino@tuuli.example", "Aino", "agent", &["tuuli"]).await;
    let kerros = start.serve().await;
    let aino = kerros.person("aino@tuuli.example").await;
    handshake(&kerros).await;

    // A forger gets nowhere; Meta says everything five times, and the later thing first.
    let first = written("wamid.1", json!({ "type": "text", "text": { "body": "Hei" } }));
    assert_eq!(meta(&kerros, "whatsapp", "guess", &first).await, 401);
    let picture = json!({ "type": "image", "image": { "id": "900", "mime_type": "image/png", "caption": "Kuitti" } });
    provider
        .then(Says::new(200, &json!({ "url": format!("http://{}/media/900", provider.address) })));
    provider.then(Says::new(200, &json!("the picture")));
    for body in [written("wamid.2", picture), first] {
        for _ in 0..5 {
            assert_eq!(meta(&kerros, "whatsapp", APP_SECRET, &body).await, 200);
        }
    }
    let conversation = only_conversation(&aino).await;
    until("both messages", async || {
        (aino.conversation(&conversation).await["customer_messages"] == 2).then_some(())
    })
    .await;
    assert_eq!(aino.conversation(&conversation).await["contact_name"], "Aino Salo");

    // The picture is asked for and fetched, with the token.
    let got = provider.wait(2).await;
    assert_eq!((got[0].path.as_str(), got[1].path.as_str()), ("/v25.0/900", "/media/900"));
    for request in &got {
        assert_eq!(request.headers["authorization"], format!("Bearer {TOKEN}").as_str());
    }

    // The answer goes out once, though Meta is broken and then busy; then the question shows as read.
    aino.act(&conversation, "assign", &json!({})).await;
    provider.then(Says::new(503, &json!({})));
    provider.then(
        Says::new(429, &json!({ "error": { "code": 131_056, "message": "pair rate limit" } }))
            .header("retry-after", "2"),
    );
    provider.then(took("wamid.OUT").slowly(Duration::from_millis(300)));
    provider.then(Says::new(200, &json!({ "success": true })));
    aino.reply(&conversation, "Matkalla.").await;
    let got = provider.wait(6).await;
    assert!(got[2..5].iter().all(|request| request.json()["text"]["body"] == "Matkalla."));
    assert!(got[4].at - got[3].at >= Duration::from_millis(1_900), "asked again too soon");
    assert_eq!(got[5].json()["status"], "read");
    delivery(&aino, &conversation, "Matkalla.", "sent").await;

    // Receipts come in the wrong order; what was read stays read.
    for state in ["read", "delivered", "read"] {
        let status = json!({ "id": "wamid.OUT", "status": state, "recipient_id": "358409998877" });
        let body = whatsapp(json!({ "statuses": [status] }));
        assert_eq!(meta(&kerros, "whatsapp", APP_SECRET, &body).await, 200);
    }
    delivery(&aino, &conversation, "Matkalla.", "read").await;
    assert_eq!(provider.got().len(), 6, "nothing went twice");
    let log = kerros.stop().await;
    for secret in [TOKEN, APP_SECRET, VERIFY] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
}

/// Meta registers the hook: it gets its challenge back, as often as it asks; a stranger does not.
async fn handshake(kerros: &Kerros) {
    for (word, expected) in [(VERIFY, Some("1158")), (VERIFY, Some("1158")), ("guess", None)] {
        let query = format!("hub.mode=subscribe&hub.challenge=1158&hub.verify_token={word}");
        let answer =
            kerros.http.get(format!("{}/hooks/tuuli/whatsapp?{query}", kerros.url)).send().await;
        let answer = answer.unwrap();
        match expected {
            Some(challenge) => assert_eq!(answer.text().await.unwrap(), challenge),
            None => assert_eq!(answer.status(), 401),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comment_is_answered_where_all_can_read_it() {
    let provider = Provider::open().await;
    let config = with_tuuli(&provider);
    let data = tempfile::tempdir().unwrap();
    let start = start(&config, data.path());
    start.add_user("aino@tuuli.example", "Aino", "agent", &["tuuli"]).await;
    let kerros = start.serve().await;
    let aino = kerros.person("aino@tuuli.example").await;
    let comment = json!({
        "item": "comment", "verb": "add", "post_id": "100_1", "comment_id": "1_7", "parent_id": "100_1",
        "from": { "id": "55", "name": "Bo Berg" }, "message": "Missä tilaus?", "created_time": now(),
        "post": { "permalink_url": "https://www.facebook.com/p/1" },
    });
    let changes = json!([{ "field": "feed", "value": comment }]);
    let body =
        json!({ "object": "page", "entry": [{ "id": "100", "time": now(), "changes": changes }] });
    assert_eq!(meta(&kerros, "messenger", "guess", &body).await, 401);
    for _ in 0..5 {
        assert_eq!(meta(&kerros, "messenger", APP_SECRET, &body).await, 200);
    }
    let conversation = only_conversation(&aino).await;
    aino.act(&conversation, "assign", &json!({})).await;
    provider.then(Says::new(200, &json!({ "id": "1_8" })));
    aino.reply(&conversation, "Matkalla.").await;
    let got = provider.wait(1).await.remove(0);
    assert_eq!(got.path, "/v25.0/1_7/comments");
    assert_eq!(got.json(), json!({ "message": "Matkalla." }));
    delivery(&aino, &conversation, "Matkalla.", "sent").await;
    kerros.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn text_messages_by_twilio() {
    let provider = Provider::open().await;
    let config = with_tuuli(&provider);
    let data = tempfile::tempdir().unwrap();
    let start = start(&config, data.path());
    start.add_user("aino@tuuli.example", "Aino", "agent", &["tuuli"]).await;
    let kerros = start.serve().await;
    let aino = kerros.person("aino@tuuli.example").await;
    let hello = [
        ("MessageSid", "SM1"),
        ("From", "+358409998877"),
        ("Body", "Hei & moi"),
        ("NumMedia", "0"),
    ];
    assert_eq!(twilio(&kerros, "guess", &hello).await, 401);
    for _ in 0..5 {
        assert_eq!(twilio(&kerros, TWILIO, &hello).await, 200);
    }
    let conversation = only_conversation(&aino).await;
    assert_eq!(aino.conversation(&conversation).await["customer_messages"], 1);

    aino.act(&conversation, "assign", &json!({})).await;
    provider.then(Says::new(201, &json!({ "sid": "SM9", "status": "queued" })));
    aino.reply(&conversation, "Selvä – pian.").await;
    let got = provider.wait(1).await.remove(0);
    assert_eq!(got.path, format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json"));
    let body = String::from_utf8(got.body.to_vec()).unwrap();
    assert!(body.contains("To=%2B358409998877&Body=Selv%C3%A4%20-%20pian."), "{body}");
    let basic = got.headers["authorization"].to_str().unwrap();
    assert!(basic.starts_with("Basic ") && !basic.contains(TWILIO), "{basic}");
    for state in ["delivered", "sent", "delivered"] {
        let status = [("MessageSid", "SM9"), ("MessageStatus", state), ("To", "+358409998877")];
        assert_eq!(twilio(&kerros, TWILIO, &status).await, 200);
    }
    delivery(&aino, &conversation, "Selvä – pian.", "delivered").await;

    // The number is gone: that is told, and the address is not tried for ever.
    provider
        .then(Says::new(400, &json!({ "code": 21_614, "message": "not a mobile", "status": 400 })));
    aino.reply(&conversation, "Vielä yksi asia.").await;
    delivery(&aino, &conversation, "Vielä yksi asia.", "failed").await;
    assert_eq!(provider.got().len(), 2);
    kerros.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn slack_and_forms_let_in_only_what_is_theirs() {
    let provider = Provider::open().await;
    let config = with_tuuli(&provider);
    let data = tempfile::tempdir().unwrap();
    let start = start(&config, data.path());
    start.add_user("aino@tuuli.example", "Aino", "agent", &["tuuli"]).await;
    let kerros = start.serve().await;
    let aino = kerros.person("aino@tuuli.example").await;

    let hand = json!({ "type": "url_verification", "challenge": "3eZb" });
    assert_eq!(
        slack(&kerros, APP_SECRET, now(), &hand).await,
        (200.try_into().unwrap(), "3eZb".into())
    );
    for (secret, at) in [("guess", now()), (APP_SECRET, now() - 400), (APP_SECRET, now() + 400)] {
        assert_eq!(slack(&kerros, secret, at, &hand).await.0, 401);
    }
    // Words in a thread that is no case's are taken and lead to nothing.
    let event = json!({ "type": "message", "channel": "C0123456789", "user": "U1", "text": "x", "ts": "2.1", "thread_ts": "1.1" });
    let event = json!({ "type": "event_callback", "event_id": "Ev1", "event": event });
    assert_eq!(slack(&kerros, APP_SECRET, now(), &event).await.0, 200);
    assert_eq!(aino.conversations("tuuli").await, Vec::<Value>::new());

    let order = async |fields: &[(&str, &str)]| {
        let request =
            kerros.http.post(format!("{}/hooks/tuuli/order", kerros.url)).body(form(fields));
        request.send().await.unwrap().status()
    };
    assert_eq!(order(&[("email", "aino"), ("product", "Gold")]).await, 400);
    let filled = [("email", "aino@example.com"), ("product", "Plus"), ("website", "spam")];
    assert_eq!(order(&filled).await, 200, "a machine is thanked like anybody");
    for _ in 0..5 {
        assert_eq!(order(&filled[..2]).await, 200);
    }
    let conversation = only_conversation(&aino).await;
    assert_eq!(aino.conversation(&conversation).await["customer_messages"], 1);
    kerros.stop().await;
}
