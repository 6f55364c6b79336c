//! A customer asks to be called: by a form, by the widget; the call is missed, planned again and made.

use kerros_suite::config::Config;
use kerros_suite::kerros::Kerros;
use kerros_suite::person::Person;
use kerros_suite::provider::Provider;
use kerros_suite::sign;
use kerros_suite::tenants::{AURINKO, lumi, start};
use kerros_suite::visitor::Visitor;
use kerros_suite::wait::until;
use serde_json::{Value, json};

async fn form(kerros: &Kerros, tenant: &str, fields: &[(&str, &str)]) -> (u16, String) {
    let hook = format!("{}/hooks/{tenant}/callback", kerros.url);
    let pairs: Vec<_> =
        fields.iter().map(|(name, value)| format!("{name}={}", value.replace(' ', "+"))).collect();
    let request = kerros
        .http
        .post(hook)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(pairs.join("&"));
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

async fn asked(person: &Person, tenant: &str, number: &str) -> Value {
    until(&format!("a call to {number}"), async || {
        let all = person.conversations(tenant).await;
        all.into_iter().find(|one| one["call"]["number"] == number)
    })
    .await
}

fn target<'a>(row: &'a Value, metric: &str) -> &'a Value {
    let targets = row["targets"].as_array().unwrap();
    targets.iter().find(|target| target["metric"] == metric).unwrap_or(&Value::Null)
}

#[tokio::test(flavor = "multi_thread")]
async fn missed_planned_again_and_reached() {
    let provider = Provider::open().await;
    let config = Config::new().tenant("lumi", &lumi(&provider));
    let data = tempfile::tempdir().unwrap();
    let start = start(&config, data.path());
    start.add_user("aino@lumi.example", "Aino", "agent", &["lumi:first-line"]).await;
    let kerros = start.serve().await;
    let aino = kerros.person("aino@lumi.example").await;

    let (status, thanks) = form(
        &kerros,
        "lumi",
        &[("number", "040 123 4567"), ("name", "Pekka"), ("text", "Invoice")],
    )
    .await;
    assert_eq!(status, 200, "{thanks}");
    let (status, wrong) = form(&kerros, "lumi", &[("number", "call me")]).await;
    assert_eq!(status, 400, "{wrong}");
    let row = asked(&aino, "lumi", "+358401234567").await;
    let id = row["id"].as_str().unwrap().to_owned();
    assert_eq!(
        (row["state"].as_str(), row["contact_name"].as_str()),
        (Some("queued"), Some("Pekka"))
    );
    assert_eq!(
        target(&row, "first_response")["within_s"],
        3600,
        "its own promise, by sla/standard"
    );
    assert_eq!(target(&row, "first_response")["state"], "running");

    let before = i64::try_from(sign::now()).unwrap() * 1000;
    let taken = aino.act(&id, "call/take", &json!({})).await;
    assert_eq!(taken["assignee"], aino.id.as_str());
    let missed = json!({ "outcome": "no_answer", "note": "Voicemail" });
    let row = aino.act(&id, "call/end", &missed).await;
    assert_eq!((row["state"].as_str(), row["assignee"].as_str()), (Some("out_of_hours"), None));
    assert_eq!(
        (row["call"]["attempts"].as_u64(), row["call"]["open"].as_bool()),
        (Some(1), Some(true))
    );
    let planned = row["call"]["planned_ms"].as_i64().unwrap() - before;
    assert!((1_800_000..1_860_000).contains(&planned), "half an hour later: {planned} ms");
    assert_eq!(target(&row, "first_response")["state"], "met", "who calls has responded");
    assert_eq!(target(&row, "resolution")["state"], "paused", "nothing runs out meanwhile");
    let notes = aino.messages(&id).await;
    assert!(notes.iter().any(|one| one["text"] == "Voicemail" && one["visibility"] == "internal"));

    // Whoever is free may call sooner than planned.
    aino.act(&id, "call/take", &json!({})).await;
    let row = aino.act(&id, "call/end", &json!({ "outcome": "reached" })).await;
    assert_eq!(
        (row["call"]["attempts"].as_u64(), row["call"]["open"].as_bool()),
        (Some(2), Some(false))
    );
    assert_eq!(target(&row, "resolution")["state"], "running");
    let (status, problem) = aino
        .refused(&format!("conversations/{id}/call/end"), &json!({ "outcome": "reached" }))
        .await;
    assert_eq!(
        (status, problem["refusal"]["refusal"].as_str()),
        (422, Some("no_call")),
        "{problem}"
    );

    // By the widget, for tomorrow: out of the queue till then, and no promise runs.
    let mut pekka = Visitor::open(&kerros.http, &kerros.url, "lumi", "en").await;
    let tomorrow = before + 24 * 3_600_000;
    let wish =
        json!({ "type": "call", "id": "w1", "number": "+46701234567", "not_before": tomorrow });
    pekka.send(&wish).await;
    pekka.wait("ack of w1", |frame| frame["type"] == "ack" && frame["id"] == "w1").await;
    pekka.send(&json!({ "type": "call", "id": "w2", "number": "0600 1" })).await;
    let refused = pekka.wait("an error", |frame| frame["type"] == "error").await;
    assert_eq!(refused["code"], "malformed");
    assert!(refused["message"].as_str().unwrap().starts_with("number: "), "{refused}");
    let row = asked(&aino, "lumi", "+46701234567").await;
    assert_eq!(row["state"], "out_of_hours");
    assert_eq!(row["call"]["planned_ms"], tomorrow);
    assert_eq!(target(&row, "first_response")["state"], "waiting");
    assert_eq!(start.verify().await, 2);
    kerros.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_promises_calls_within_an_hour() {
    let config = Config::new().tenant("aurinko", AURINKO);
    let data = tempfile::tempdir().unwrap();
    let start = start(&config, data.path());
    start.add_user("olli@vendor.example", "Olli", "supervisor", &["aurinko"]).await;
    let kerros = start.serve().await;
    let olli = kerros.person("olli@vendor.example").await;
    let (status, thanks) = form(&kerros, "aurinko", &[("number", "040 123 4567")]).await;
    assert_eq!(status, 200, "{thanks}");
    let row = asked(&olli, "aurinko", "+358401234567").await;
    assert_eq!(row["layer"], "first-line", "people call, not bots");
    assert_eq!(target(&row, "first_response")["within_s"], 3600);
    assert_eq!(target(&row, "first_response")["calendar"], "first-line");
    kerros.stop().await;
}
