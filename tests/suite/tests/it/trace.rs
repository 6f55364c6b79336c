//! One id in the log, from the hook to the delivery of the answer, and from an agent's request to its delivery.

use std::collections::BTreeSet;

use kerros_suite::config::{Config, edited};
use kerros_suite::provider::Provider;
use kerros_suite::sign::Sender;
use kerros_suite::tenants::{AAMU, LOST_CARD, SHOP_IN, start};
use kerros_suite::wait::until;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn a_trace_joins_hook_intake_bot_and_delivery() {
    let shop = Provider::open().await;
    let channel = format!(
        r#"
[channels.shop]
plugin = "channel/webhook"
hosts = ["{0}"]
config = {{ in = {{ secret = "shop_in" }}, out = {{ url = "http://{0}/shop", secret = "shop_in" }} }}
secrets = {{ shop_in = {{ env = "SUITE_SHOP_IN" }} }}

[bots.self-service]"#,
        shop.address
    );
    let text = edited(AAMU, "\n[bots.self-service]", &channel);
    let config = Config::new().tenant("aamu", &text).article("aamu", "en", "lost-card", LOST_CARD);
    let data = tempfile::tempdir().unwrap();
    let start = start(&config, data.path())
        .env("KERROS_LOG__FILTER", "info,kerros_app=debug")
        .env("KERROS_LOG__FORMAT", "json");
    start.add_user("olli@aamu.example", "Olli", "agent", &["aamu:first-line"]).await;
    let kerros = start.serve().await;
    let sender = Sender::new(&kerros.http, &kerros.url, "aamu", "shop", SHOP_IN);
    assert_eq!(sender.say("order-7", "m1", "I lost my card").await.unwrap(), 200);
    shop.wait(2).await;
    until("delivered", async || {
        let labels = [("channel", "shop"), ("outcome", "sent")];
        (kerros.metrics().await.sum("kerros_deliveries_total", &labels) >= 2.0).then_some(())
    })
    .await;
    // An agent answers, in a trace that began elsewhere.
    let olli = kerros.person("olli@aamu.example").await;
    let rows = olli.conversations("aamu").await;
    let id = rows[0]["id"].as_str().unwrap();
    let elsewhere = "0af7651916cd43dd8448eb211c80319c";
    let answer = olli
        .request(reqwest::Method::POST, &format!("/api/v1/conversations/{id}/messages"))
        .header("traceparent", format!("00-{elsewhere}-b7ad6b7169203331-01"))
        .json(&json!({ "text": "Which card?" }))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.headers()["x-request-id"], elsewhere);
    assert!(answer.status().is_success(), "{}", answer.status());
    shop.wait(3).await;
    until("the agent's answer delivered", async || {
        let labels = [("channel", "shop"), ("outcome", "sent")];
        (kerros.metrics().await.sum("kerros_deliveries_total", &labels) >= 3.0).then_some(())
    })
    .await;
    let log = kerros.stop().await;

    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}")))
        .collect();
    let taken = lines.iter().find(|line| line["message"] == "taken in").expect("it was taken in");
    assert_eq!(
        (&taken["level"], &taken["tenant"], &taken["channel"]),
        (&json!("INFO"), &json!("aamu"), &json!("shop"))
    );
    let trace = taken["trace"].as_str().unwrap();
    let steps: BTreeSet<&str> = lines
        .iter()
        .filter(|line| line["span"]["trace"] == trace)
        .filter_map(|line| line["span"]["kind"].as_str())
        .collect();
    assert_eq!(steps, BTreeSet::from(["bot_turn", "deliver", "intake"]), "{log}");
    let delivered = |trace: &str| {
        let own = |line: &&Value| line["message"] == "delivery" && line["trace"] == trace;
        lines
            .iter()
            .filter(own)
            .filter(|line| line["level"] == "INFO" && line["outcome"] == "sent")
            .count()
    };
    assert_eq!((delivered(trace), delivered(elsewhere)), (2, 1), "{log}");
}
