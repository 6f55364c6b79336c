//! Telegram, with a stub in the place of its Bot API.

use std::path::Path;
use std::time::Duration;

use kerros_suite::config::Config;
use kerros_suite::kerros::Kerros;
use kerros_suite::person::Person;
use kerros_suite::provider::{Provider, Says};
use kerros_suite::tenants::{TELEGRAM_HOOK, TELEGRAM_TOKEN, kaiku, start};
use kerros_suite::wait::until;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

fn sent(id: u32) -> Says {
    Says::new(200, &json!({ "ok": true, "result": { "message_id": id } }))
}

async fn update(kerros: &Kerros, secret: &str, number: u32, chat: i64, text: &str) -> StatusCode {
    let update = json!({
        "update_id": number,
        "message": {
            "message_id": number,
            "date": kerros_suite::sign::now(),
            "chat": { "id": chat, "type": "private" },
            "from": { "id": chat, "is_bot": false, "first_name": "Kalle", "language_code": "fi" },
            "text": text,
        },
    });
    let request = kerros.http.post(format!("{}/hooks/kaiku/telegram", kerros.url)).json(&update);
    let request = request.header("X-Telegram-Bot-Api-Secret-Token", secret);
    request.send().await.unwrap().status()
}

async fn only_conversation(agent: &Person) -> String {
    until("a conversation", async || {
        let all = agent.conversations("kaiku").await;
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
async fn in_by_webhook_and_out_with_a_token_nobody_sees() {
    let telegram = Provider::open().await;
    let config = Config::new().tenant("kaiku", &kaiku(&telegram));
    let data = tempfile::tempdir().unwrap();
    // The most talkative log there is: what must not be in it, is in none.
    let start = start(&config, data.path())
        .env("KERROS_LOG__FILTER", "trace,cranelift=warn,regalloc2=warn,wasmtime=warn");
    start.add_user("aino@kaiku.example", "Aino", "agent", &["kaiku"]).await;
    start.add_user("saara@kaiku.example", "Saara", "supervisor", &["kaiku"]).await;
    let kerros = start.serve().await;
    let aino = kerros.person("aino@kaiku.example").await;
    let saara = kerros.person("saara@kaiku.example").await;

    // A forger gets nowhere.
    assert_eq!(update(&kerros, "guess", 1, 5, "Let me in").await, 401);
    assert_eq!(aino.conversations("kaiku").await, Vec::<Value>::new());

    // Kalle's message comes in once, though Telegram says it twice.
    for _ in 0..2 {
        assert_eq!(update(&kerros, TELEGRAM_HOOK, 2, 5, "Missä tilaukseni on?").await, 200);
    }
    let conversation = only_conversation(&aino).await;
    let row = aino.conversation(&conversation).await;
    assert_eq!((&row["contact_name"], &row["language"]), (&json!("Kalle"), &json!("fi")));
    assert_eq!(row["customer_messages"], 1);

    // The answer goes out, with the token where Telegram wants it.
    aino.act(&conversation, "assign", &json!({})).await;
    telegram.then(sent(77));
    aino.reply(&conversation, "Matkalla on.").await;
    let got = telegram.wait(1).await.remove(0);
    assert_eq!(got.path, format!("/bot{TELEGRAM_TOKEN}/sendMessage"));
    assert_eq!((&got.json()["chat_id"], &got.json()["text"]), (&json!(5), &json!("Matkalla on.")));
    delivery(&aino, &conversation, "Matkalla on.", "sent").await;

    slow_down(&telegram, &aino, &conversation).await;
    blocked(&telegram, &aino, &saara, &conversation).await;

    let reading = kerros.metrics().await;
    for (outcome, count) in [("sent", 3.0), ("retry", 1.0), ("rejected", 1.0), ("dead", 0.0)] {
        let labels = [("channel", "telegram"), ("outcome", outcome)];
        assert_eq!(reading.sum("kerros_deliveries_total", &labels), count, "{outcome}");
    }
    let log = kerros.stop().await;
    for secret in [TELEGRAM_TOKEN, TELEGRAM_HOOK] {
        assert!(!log.contains(secret), "{secret} is in the log");
        assert_eq!(files_with(data.path(), secret.as_bytes()), Vec::<String>::new(), "{secret}");
    }
    assert!(log.contains("TRACE") && log.contains("delivery"), "the log tells what was done");
}

/// Telegram asks to wait seven seconds: it is not asked before.
async fn slow_down(telegram: &Provider, aino: &Person, conversation: &str) {
    let flood = json!({ "ok": false, "description": "Too Many Requests", "parameters": { "retry_after": 7 } });
    telegram.then(Says::new(429, &flood));
    telegram.then(sent(78));
    aino.reply(conversation, "Huomenna perillä.").await;
    let got = telegram.wait(3).await;
    let waited = got[2].at - got[1].at;
    assert!(waited >= Duration::from_millis(6_900), "asked again after {waited:?}");
    assert_eq!(got[1].body, got[2].body);
    delivery(aino, conversation, "Huomenna perillä.", "sent").await;
}

/// The customer has blocked the bot: that is told on the message, and a supervisor may try again.
async fn blocked(telegram: &Provider, aino: &Person, saara: &Person, conversation: &str) {
    let blocked = json!({ "ok": false, "description": "Forbidden: bot was blocked by the user" });
    telegram.then(Says::new(403, &blocked));
    aino.reply(conversation, "Oletko vielä siellä?").await;
    let message = delivery(aino, conversation, "Oletko vielä siellä?", "failed").await;
    let timeline = aino.timeline(conversation).await;
    let failed = timeline.iter().find(|entry| entry["event"]["state"] == "failed").unwrap();
    assert_eq!(failed["event"]["type"], "delivery_changed");
    assert_eq!(failed["event"]["message"], message["id"]);
    assert_eq!(failed["event"]["reason"], "403: Forbidden: bot was blocked by the user");

    let (status, _) = aino.ask(Method::GET, "dead-letters", None).await;
    assert_eq!(status, 403, "dead letters are a supervisor's");
    let letters = saara.get("dead-letters").await;
    assert_eq!(letters["items"].as_array().unwrap().len(), 1, "{letters}");
    assert_eq!(letters["items"][0]["kind"], "deliver");
    telegram.then(sent(79));
    let job = letters["items"][0]["job"].as_str().unwrap();
    saara.post(&format!("dead-letters/{job}/retry"), &json!({})).await;
    delivery(aino, conversation, "Oletko vielä siellä?", "sent").await;
    assert_eq!(saara.get("dead-letters").await["items"], json!([]));
    assert_eq!(telegram.got().len(), 5);
}

/// Files below a folder that contain some bytes.
fn files_with(folder: &Path, needle: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_with(&path, needle));
        } else if std::fs::read(&path).unwrap().windows(needle.len()).any(|part| part == needle) {
            found.push(path.display().to_string());
        }
    }
    found
}
