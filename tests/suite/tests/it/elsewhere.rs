//! Answers that leave by another channel than the question came by, and answers of providers that are lost on the way.

use std::time::Duration;

use kerros_suite::config::Config;
use kerros_suite::person::Person;
use kerros_suite::provider::{Provider, Says};
use kerros_suite::sign::Sender;
use kerros_suite::tenants::{SHOP_IN, kaiku};
use kerros_suite::tuuli::{APP_SECRET, form, meta, start, with_tuuli, written};
use kerros_suite::wait::until;
use reqwest::StatusCode;
use serde_json::{Value, json};

async fn only_conversation(agent: &Person, tenant: &str) -> String {
    until("a conversation", async || {
        let all = agent.conversations(tenant).await;
        assert!(all.len() < 2, "{all:#?}");
        Some(all.first()?["id"].as_str().unwrap().to_owned())
    })
    .await
}

async fn delivery(agent: &Person, conversation: &str, text: &str, state: &str) -> Value {
    until(&format!("{text:?} is {state}"), async || {
        let messages = agent.messages(conversation).await;
        let message = messages.into_iter().find(|message| message["text"] == text)?;
        (message["delivery"] == state).then_some(message)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_is_answered_by_sms_to_the_number_that_was_left() {
    let provider = Provider::open().await;
    let config = with_tuuli(&provider);
    let data = tempfile::tempdir().unwrap();
    let start = start(&config, data.path());
    start.add_user("aino@tuuli.example", "Aino", "agent", &["tuuli"]).await;
    let kerros = start.serve().await;
    let aino = kerros.person("aino@tuuli.example").await;

    let body = form(&[("phone", "040 123 4567"), ("message", "Milloin olette auki?")]);
    let request = kerros.http.post(format!("{}/hooks/tuuli/question", kerros.url));
    let request = request.header("content-type", "application/x-www-form-urlencoded").body(body);
    assert_eq!(request.send().await.unwrap().status(), StatusCode::OK);
    let conversation = only_conversation(&aino, "tuuli").await;
    assert_eq!(aino.conversation(&conversation).await["channel"], "question");

    provider.then(Says::new(201, &json!({ "sid": "SM1", "status": "queued" })));
    aino.reply(&conversation, "Klo 8-16.").await;
    let got = provider.wait(1).await.remove(0);
    let fields = String::from_utf8(got.body.to_vec()).unwrap();
    assert!(got.path.ends_with("/Messages.json"), "{}", got.path);
    assert!(fields.contains("To=%2B358401234567"), "{fields}");
    delivery(&aino, &conversation, "Klo 8-16.", "sent").await;
    kerros.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_slower_than_our_patience_is_not_asked_twice() {
    let provider = Provider::open().await;
    let config = with_tuuli(&provider);
    let data = tempfile::tempdir().unwrap();
    let start = start(&config, data.path()).env("KERROS_OUTBOUND__TIME", "1s");
    start.add_user("aino@tuuli.example", "Aino", "supervisor", &["tuuli"]).await;
    let kerros = start.serve().await;
    let aino = kerros.person("aino@tuuli.example").await;
    let question = written("wamid.1", json!({ "type": "text", "text": { "body": "Hei" } }));
    assert_eq!(meta(&kerros, "whatsapp", APP_SECRET, &question).await, 200);
    let conversation = only_conversation(&aino, "tuuli").await;

    // Meta takes it, and says so when nobody listens any more: it has no key against doubles.
    let taken = json!({ "messaging_product": "whatsapp", "messages": [{ "id": "wamid.OUT" }] });
    provider.then(Says::new(200, &taken).slowly(Duration::from_secs(3)));
    aino.reply(&conversation, "Kerran vain.").await;
    delivery(&aino, &conversation, "Kerran vain.", "failed").await;
    assert_eq!(provider.got().len(), 1);
    let unknown = [("tenant", "tuuli"), ("channel", "whatsapp"), ("outcome", "unknown")];
    assert_eq!(kerros.metrics().await.sum("kerros_deliveries_total", &unknown), 1.0);

    // A person looks at it and takes the second one on.
    let letters = aino.get("dead-letters").await;
    let letter = &letters["items"][0];
    assert_eq!(letter["error"], "no answer in time", "{letter}");
    provider.then(Says::new(200, &taken));
    let path = format!("dead-letters/{}/retry", letter["job"].as_str().unwrap());
    aino.post(&path, &json!({})).await;
    delivery(&aino, &conversation, "Kerran vain.", "sent").await;
    let got = provider.got();
    let said = got.iter().filter(|got| got.json()["text"]["body"] == "Kerran vain.").count();
    assert_eq!(said, 2);
    kerros.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_provider_knows_the_message_by_its_key_a_lost_answer_is_asked_for_again() {
    let provider = Provider::open().await;
    let config = Config::new().tenant("kaiku", &kaiku(&provider));
    let data = tempfile::tempdir().unwrap();
    let start =
        kerros_suite::tenants::start(&config, data.path()).env("KERROS_OUTBOUND__TIME", "1s");
    start.add_user("aino@kaiku.example", "Aino", "agent", &["kaiku"]).await;
    let kerros = start.serve().await;
    let aino = kerros.person("aino@kaiku.example").await;
    let sender = Sender::new(&kerros.http, &kerros.url, "kaiku", "shop", SHOP_IN);
    assert_eq!(sender.say("order-7", "m1", "Missä?").await.unwrap(), 200);
    let conversation = only_conversation(&aino, "kaiku").await;

    provider.then(Says::new(200, &json!({ "id": "s-1" })).slowly(Duration::from_secs(3)));
    provider.then(Says::new(200, &json!({ "id": "s-1" })));
    aino.reply(&conversation, "Matkalla.").await;
    delivery(&aino, &conversation, "Matkalla.", "sent").await;
    let got = provider.got();
    assert_eq!(got.len(), 2);
    assert_eq!(got[0].headers["idempotency-key"], got[1].headers["idempotency-key"]);
    kerros.stop().await;
}
