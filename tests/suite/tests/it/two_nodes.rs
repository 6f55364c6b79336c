//! Two processes on one PostgreSQL do everything once.

use std::collections::BTreeSet;
use std::time::Duration;

use kerros_suite::config::{Config, edited};
use kerros_suite::database;
use kerros_suite::kerros::Kerros;
use kerros_suite::person::Person;
use kerros_suite::postgres::Fresh;
use kerros_suite::provider::{Got, Provider, Says};
use kerros_suite::sign::Sender;
use kerros_suite::skip::skip;
use kerros_suite::tenants::{SHOP_IN, kaiku, start};
use kerros_suite::wait::until;
use serde_json::{Value, json};
use tokio::task::JoinSet;

const CONVERSATIONS: usize = 60;
/// Of those, answered before their promise is due.
const ANSWERED: usize = 20;

#[tokio::test(flavor = "multi_thread")]
async fn no_job_delivery_or_breach_is_doubled() {
    let Some(database) = Fresh::make("nodes").await else {
        skip("KERROS_TEST_POSTGRES is not set");
        return;
    };
    let shop = Provider::open().await;
    let text = edited(&kaiku(&shop), "within = \"10m\"", "within = \"12s\"");
    let config = Config::new().tenant("kaiku", &text);
    let (data_one, data_two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let one = start(&config, data_one.path()).env("KERROS_DATABASE__URL", &database.url());
    let two = start(&config, data_two.path()).env("KERROS_DATABASE__URL", &database.url());
    one.add_user("saara@kaiku.example", "Saara", "supervisor", &["kaiku"]).await;
    let (first, second) = tokio::join!(one.serve(), two.serve());
    let saara = first.person("saara@kaiku.example").await;
    let nodes = [&first, &second];

    // Half come in here, half there; a repeat at the other node is known there.
    let mut customers = JoinSet::new();
    for n in 0..CONVERSATIONS {
        let (here, there) = (nodes[n % 2], nodes[(n + 1) % 2]);
        let to = |node: &Kerros| Sender::new(&node.http, &node.url, "kaiku", "shop", SHOP_IN);
        let (here, there) = (to(here), to(there));
        customers.spawn(async move {
            let thread = format!("order-{n}");
            for sender in [&here, &there] {
                assert_eq!(sender.say(&thread, "m1", "Where is it?").await.unwrap(), 200);
            }
        });
    }
    customers.join_all().await;
    let all = until("all conversations", async || {
        Some(saara.conversations("kaiku").await).filter(|all| all.len() >= CONVERSATIONS)
    })
    .await;
    let ids: Vec<String> = all.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect();

    // Answers, half of them through the other node.
    let mut answers = JoinSet::new();
    for (n, id) in ids.iter().take(ANSWERED).cloned().enumerate() {
        let agent = saara.at(&nodes[n % 2].url);
        answers.spawn(async move {
            agent.reply(&id, &format!("answer to {id}")).await;
        });
    }
    answers.join_all().await;

    every_answer_once(&shop, &saara, &ids).await;
    every_promise_once(&saara, &ids, &nodes).await;
    every_job_once(&nodes).await;
    let (_, _) = tokio::join!(first.stop(), second.stop());
    let held = "SELECT count(*) FROM jobs";
    assert_eq!(database::number(&database.url(), held).await, 0, "no job and no lease is left");
    assert_eq!(one.verify().await, CONVERSATIONS as u64);
    database.leave().await;
}

async fn every_answer_once(shop: &Provider, saara: &Person, ids: &[String]) {
    shop.wait(ANSWERED).await;
    for id in &ids[..ANSWERED] {
        until("sent", async || {
            let messages = saara.messages(id).await;
            (messages.last()?["delivery"] == "sent").then_some(())
        })
        .await;
    }
    let got = shop.got();
    let messages: BTreeSet<String> =
        got.iter().map(|got: &Got| got.json()["id"].to_string()).collect();
    assert_eq!((got.len(), messages.len()), (ANSWERED, ANSWERED), "each answer went out once");
}

/// A promise is met or breached, once, and told once by one of the nodes.
async fn every_promise_once(saara: &Person, ids: &[String], nodes: &[&Kerros; 2]) {
    let mut ends = Vec::new();
    for id in ids {
        let settled = until(&format!("the promise of {id} is over"), async || {
            let row = saara.conversation(id).await;
            assert_eq!(row["customer_messages"], 1);
            let state = row["targets"][0]["state"].as_str()?.to_owned();
            ["met", "breached"].contains(&state.as_str()).then_some(state)
        })
        .await;
        let timeline = saara.timeline(id).await;
        let count =
            |kind: &str| timeline.iter().filter(|entry| entry["event"]["type"] == kind).count();
        assert_eq!(count("target_met") + count("target_breached"), 1, "{timeline:#?}");
        assert_eq!(count("message_added"), if count("target_met") == 1 { 2 } else { 1 });
        assert!(count("target_warned") <= 1);
        ends.push(settled);
    }
    let breached = ends.iter().filter(|end| *end == "breached").count();
    assert!(breached >= CONVERSATIONS - ANSWERED, "{breached}");
    for (outcome, count) in [("breached", breached), ("met", CONVERSATIONS - breached)] {
        let labels = [("tenant", "kaiku"), ("outcome", outcome)];
        let mut told = 0.0;
        for node in nodes {
            told += node.metrics().await.sum("kerros_sla_targets_total", &labels);
        }
        assert_eq!(told, count as f64, "{outcome}");
    }
}

async fn every_job_once(nodes: &[&Kerros; 2]) {
    let mut done = json!({});
    for node in nodes {
        let reading = node.metrics().await;
        for kind in ["intake", "deliver"] {
            let labels = [("kind", kind), ("outcome", "done")];
            let before = done[kind].as_f64().unwrap_or(0.0);
            let own = reading.sum("kerros_jobs_total", &labels);
            done[kind] = Value::from(before + own);
        }
        assert_eq!(reading.sum("kerros_jobs_dead", &[]), 0.0);
    }
    assert_eq!(done, json!({ "intake": CONVERSATIONS as f64, "deliver": ANSWERED as f64 }));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_dead_node_held_is_done_by_the_other() {
    let Some(database) = Fresh::make("death").await else {
        skip("KERROS_TEST_POSTGRES is not set");
        return;
    };
    let shop = Provider::open().await;
    let text = edited(&kaiku(&shop), "within = \"10m\"", "within = \"8s\"");
    let config = Config::new().platform("[work]\nlease = \"5s\"\n").tenant("kaiku", &text);
    let (data_one, data_two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let one = start(&config, data_one.path()).env("KERROS_DATABASE__URL", &database.url());
    let two = start(&config, data_two.path()).env("KERROS_DATABASE__URL", &database.url());
    one.add_user("saara@kaiku.example", "Saara", "supervisor", &["kaiku"]).await;
    let (first, second) = tokio::join!(one.serve(), two.serve());
    let saara = first.person("saara@kaiku.example").await;

    // All work comes to the second node, and it dies with an answer on its way.
    let sender = Sender::new(&second.http, &second.url, "kaiku", "shop", SHOP_IN);
    for n in 0..10 {
        let thread = format!("order-{n}");
        assert_eq!(sender.say(&thread, "m1", "Where is it?").await.unwrap(), 200);
    }
    let rows = until("all conversations", async || {
        Some(saara.conversations("kaiku").await).filter(|rows| rows.len() == 10)
    })
    .await;
    let ids: Vec<String> = rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect();
    shop.then(Says::new(200, &json!({})).slowly(Duration::from_secs(60)));
    saara.at(&second.url).reply(&ids[0], "on its way").await;
    shop.wait(1).await;
    // Acknowledged, and perhaps not even looked at.
    assert_eq!(sender.say("order-10", "m1", "And mine?").await.unwrap(), 200);
    second.kill().await;

    let sent = until("sent by the other node", async || {
        let messages = saara.messages(&ids[0]).await;
        messages.into_iter().find(|message| message["delivery"] == "sent")
    })
    .await;
    let got = shop.got();
    assert_eq!(got.len(), 2, "once by each");
    assert!(got.iter().all(|got| got.json()["id"] == sent["id"]), "under one id");
    let all = until("the last customer", async || {
        Some(saara.conversations("kaiku").await).filter(|rows| rows.len() == 11)
    })
    .await;
    for row in all.iter().filter(|row| row["id"] != ids[0].as_str()) {
        let id = row["id"].as_str().unwrap();
        let timeline = until("the breach", async || {
            let timeline = saara.timeline(id).await;
            let breached = |entry: &Value| entry["event"]["type"] == "target_breached";
            timeline.iter().any(breached).then_some(timeline)
        })
        .await;
        let count = timeline.iter().filter(|e| e["event"]["type"] == "target_breached").count();
        assert_eq!(count, 1);
    }
    first.stop().await;
    assert_eq!(one.verify().await, 11);
    database.leave().await;
}
