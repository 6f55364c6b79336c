//! A case discussed on Slack, both ways, with a stub in Slack's place; and one handed over as a lead.

use kerros_suite::config::Config;
use kerros_suite::kerros::Kerros;
use kerros_suite::person::Person;
use kerros_suite::provider::{Got, Provider, Says};
use kerros_suite::sign;
use kerros_suite::tenants::{SLACK_SIGNING, SLACK_TOKEN, lumi, start};
use kerros_suite::visitor::Visitor;
use kerros_suite::wait::until;
use reqwest::StatusCode;
use serde_json::{Value, json};

const CASE: &str = "1792000000.000100";

fn posted(ts: &str) -> Says {
    Says::new(200, &json!({ "ok": true, "channel": "C0123456789", "ts": ts }))
}

/// What Slack tells when somebody writes in a thread.
async fn slack(kerros: &Kerros, secret: &str, ts: &str, thread: &str, text: &str) -> StatusCode {
    let body = json!({
        "type": "event_callback",
        "authorizations": [{ "user_id": "U0BOT", "is_bot": true }],
        "event": {
            "type": "message", "channel": "C0123456789", "user": "U0JAANA", "text": text,
            "user_profile": { "real_name": "Jaana Järvi" }, "ts": ts, "thread_ts": thread,
        },
    })
    .to_string();
    let now = sign::now();
    let request = kerros
        .http
        .post(format!("{}/hooks/lumi/slack", kerros.url))
        .header("content-type", "application/json")
        .header("x-slack-request-timestamp", now.to_string())
        .header("x-slack-signature", sign::slack(secret.as_bytes(), now, body.as_bytes()));
    request.body(body).send().await.unwrap().status()
}

async fn message(agent: &Person, id: &str, text: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    until(&format!("{text:?} as wanted"), async || {
        let all = agent.messages(id).await;
        let found = all.into_iter().find(|one| one["text"].as_str().unwrap().contains(text))?;
        wanted(&found).then_some(found)
    })
    .await
}

fn json_of(got: &Got) -> Value {
    got.json()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_a_thread_an_answer_and_a_mention() {
    let provider = Provider::open().await;
    let config = Config::new().tenant("lumi", &lumi(&provider));
    let data = tempfile::tempdir().unwrap();
    let start = start(&config, data.path());
    start.add_user("aino@lumi.example", "Aino", "agent", &["lumi:first-line"]).await;
    start.add_user("olli@lumi.example", "Olli", "supervisor", &["lumi:first-line"]).await;
    let kerros = start.serve().await;
    let aino = kerros.person("aino@lumi.example").await;
    let olli = kerros.person("olli@lumi.example").await;

    let mut pekka = Visitor::open(&kerros.http, &kerros.url, "lumi", "en").await;
    pekka.say("1", "The whole batch is missing").await;
    let state = pekka.stands("queued").await;
    let id = state["conversation"].as_str().unwrap().to_owned();
    aino.act(&id, "assign", &json!({})).await;

    // The case opens a thread, with what colleagues need to know.
    provider.then(posted(CASE));
    let discuss = json!({ "channel": "slack", "text": "Has anybody seen this?" });
    let case = aino.act(&id, "discuss", &discuss).await;
    assert_eq!(
        (case["visibility"].as_str(), case["author"].as_str()),
        (Some("internal"), Some("person"))
    );
    let got = provider.wait(1).await;
    assert_eq!(got[0].path, "/api/chat.postMessage");
    assert_eq!(got[0].headers["authorization"], format!("Bearer {SLACK_TOKEN}").as_str());
    let post = json_of(&got[0]);
    assert_eq!(post["channel"], "C0123456789");
    assert!(post["thread_ts"].is_null(), "{post}");
    let text = post["text"].as_str().unwrap();
    assert!(text.contains("Has anybody seen this?") && text.contains("The whole batch"), "{text}");
    message(&aino, &id, "Has anybody", |one| one["delivery"] == "sent").await;

    // A stranger's hook is refused; the colleague's answer is a note that the customer never sees.
    let forged = slack(&kerros, "guess", "1792000000.000200", CASE, "Pay here").await;
    assert_eq!(forged, StatusCode::UNAUTHORIZED);
    let plain = slack(&kerros, SLACK_SIGNING, "1792000000.000300", CASE, "It got stuck.").await;
    assert_eq!(plain, StatusCode::OK);
    let note = message(&aino, &id, "It got stuck.", |_| true).await;
    assert_eq!(
        (note["visibility"].as_str(), note["author"].as_str()),
        (Some("internal"), Some("system"))
    );
    assert_eq!(
        aino.conversation(&id).await["attention_since_ms"],
        Value::Null,
        "no mention, no call"
    );

    // A mention calls whoever has it; Slack tells the same words twice.
    for _ in 0..2 {
        let call =
            slack(&kerros, SLACK_SIGNING, "1792000000.000400", CASE, "<@U0BOT> look here").await;
        assert_eq!(call, StatusCode::OK);
    }
    until("attention", async || aino.conversation(&id).await["attention_since_ms"].as_i64()).await;
    assert_eq!(aino.get("conversations?attention=true").await["items"][0]["id"], id.as_str());
    let entries = aino.get(&format!("conversations/{id}/timeline")).await;
    let calls = entries["items"].as_array().unwrap().iter();
    let calls: Vec<_> = calls.filter(|one| one["event"]["type"] == "agent_called").collect();
    assert_eq!(calls.len(), 1, "{entries:#}");
    assert_eq!(calls[0]["event"]["by"], "Jaana Järvi");
    let seen = aino.act(&id, "attend", &json!({})).await;
    assert_eq!(seen["attention_since_ms"], Value::Null);

    // What the agent says next goes into the same thread.
    provider.then(posted("1792000000.000500"));
    aino.act(&id, "discuss", &json!({ "channel": "slack", "text": "Thank you!" })).await;
    let got = provider.wait(2).await;
    assert_eq!(json_of(&got[1])["thread_ts"], CASE);
    // A disruption is no part of any thread.
    provider.then(posted("1792000000.000600"));
    aino.act(&id, "disruption", &json!({ "text": "Batches are late" })).await;
    let got = provider.wait(3).await;
    assert!(json_of(&got[2])["thread_ts"].is_null());
    assert!(json_of(&got[2])["text"].as_str().unwrap().contains("Batches are late"));

    // The lead comes back with its receipt.
    provider.then(Says::new(201, &json!({ "lead": { "id": "L-77" } })));
    aino.act(&id, "hand-over", &json!({ "channel": "crm", "text": "Wants an offer" })).await;
    let got = provider.wait(4).await;
    assert_eq!(got[3].path, "/leads");
    assert!(got[3].headers.contains_key("x-kerros-signature"));
    let lead = message(&aino, &id, "Wants an offer", |one| one["delivery"] == "sent").await;
    assert_eq!(lead["external_id"], "L-77");

    // Nothing of all that reached the customer; the supervisor sees how the channels did.
    pekka.ping().await;
    let heard: Vec<_> = pekka.heard.iter().filter(|frame| frame["type"] == "message").collect();
    assert!(heard.iter().all(|frame| frame["author"] == "contact"), "{heard:#?}");
    let health = olli.get("tenants/lumi/channels").await;
    let slack = health["channels"].as_array().unwrap().iter().find(|one| one["channel"] == "slack");
    let slack = slack.unwrap();
    assert_eq!((slack["sent"].as_u64(), slack["waiting"].as_u64()), (Some(3), Some(0)), "{slack}");
    let metrics = kerros.metrics().await;
    let labels = [("tenant", "lumi"), ("channel", "slack")];
    assert_eq!(metrics.sum("kerros_channel_error_ratio", &labels), 0.0);
    assert_eq!(metrics.sum("kerros_channel_paused", &labels), 0.0);
    assert!(metrics.sum("kerros_channel_last_sent_timestamp_seconds", &labels) > 1e9);
    assert_eq!(start.verify().await, 1);
    kerros.stop().await;
}
