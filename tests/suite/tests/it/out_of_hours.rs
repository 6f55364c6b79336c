//! A customer writes while the layer is closed; the month's report counts it.

use std::fs;

use kerros_suite::closed::{self, Closed};
use kerros_suite::config::{Config, edited};
use kerros_suite::tenants::{AAMU, start};
use kerros_suite::visitor::Visitor;
use kerros_suite::wait::until;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn captured_with_the_opening_time_and_counted() {
    let Closed { now, opens, hours } = closed::until_in_three_days();
    let text = edited(AAMU, "time_zone = \"Europe/Helsinki\"", "time_zone = \"UTC\"");
    let text = edited(
        &text,
        "kind = \"personal\"\n",
        "kind = \"personal\"\ncalendar = \"narrow\"\nout_of_hours = \"capture\"\n",
    );
    let text = format!(
        "{text}\n[calendars.narrow]\nhours = [\"{hours}\"]\n[texts]\nclosed = {{ en = \"Closed until {{opens}}.\", fi = \"Kiinni: {{opens}}.\" }}\n"
    );
    let config = Config::new().tenant("aamu", &text);
    let data = tempfile::tempdir().unwrap();
    let start = start(&config, data.path());
    start.add_user("saara@aamu.example", "Saara", "supervisor", &["aamu"]).await;
    let kerros = start.serve().await;
    let saara = kerros.person("saara@aamu.example").await;

    let mut anna = Visitor::open(&kerros.http, &kerros.url, "aamu", "en").await;
    anna.say("1", "My card is gone").await;
    anna.ask_for_person("2").await;
    let notice = anna.hears("system", "Closed until ").await;
    assert!(notice["text"].as_str().unwrap().contains("9:00"), "{notice}");
    let state = anna.stands("out_of_hours").await;
    assert_eq!(state["opens_at_ms"], opens.timestamp().as_millisecond());
    let id = state["conversation"].as_str().unwrap();
    let row = saara.conversation(id).await;
    assert_eq!(row["waits_until_ms"], opens.timestamp().as_millisecond());
    assert_eq!(row["targets"][0]["state"], "running");
    let due = row["targets"][0]["due_at_ms"].as_i64().unwrap();
    assert_eq!(due, opens.timestamp().as_millisecond() + 600_000, "ten minutes after opening");

    // More words bring no second notice; the board shows what waits for the shift.
    anna.say("3", "Hello?").await;
    let board = until("the board", async || {
        let board = saara.get("tenants/aamu/board").await;
        (board["demand"] == 1 && board["layers"][1]["out_of_hours"] == 1).then_some(board)
    })
    .await;
    assert_eq!(board["layers"][1]["open"], json!(false));
    assert_eq!(board["layers"][1]["opens_at_ms"], opens.timestamp().as_millisecond());
    until("the third message", async || {
        (saara.conversation(id).await["customer_messages"] == 2).then_some(())
    })
    .await;
    let messages = saara.messages(id).await;
    let notices = messages.iter().filter(|message| message["author"] == "system").count();
    assert_eq!(notices, 1, "{messages:#?}");

    // Somebody who works late answers and waits for the customer; who writes then is captured again.
    saara.reply(id, "Which card?").await;
    saara.act(id, "pend", &json!({})).await;
    assert_eq!(saara.conversation(id).await["state"], "pending");
    anna.say("4", "The blue one").await;
    let row = until("captured again", async || {
        let row = saara.conversation(id).await;
        (row["state"] == "out_of_hours").then_some(row)
    })
    .await;
    assert!(row["assignee"].is_null(), "{row}");
    assert_eq!(row["waits_until_ms"], opens.timestamp().as_millisecond());

    // The report, while the server runs: as JSON with the one demand, as a page, as a table.
    let month = now.strftime("%Y-%m").to_string();
    for form in ["json", "html", "csv"] {
        let file = data.path().join(format!("report.{form}"));
        let out = file.to_str().unwrap();
        let month = ["--month", &month, "--out", out];
        start
            .must(
                &[
                    &["report", "service-layers", "--tenant", "aamu", "--language", "en"],
                    &month[..],
                ]
                .concat(),
            )
            .await;
        let text = fs::read_to_string(&file).unwrap();
        match form {
            "json" => {
                let document: Value = serde_json::from_str(&text).unwrap();
                assert!(document["blocks"].as_array().unwrap().len() > 2, "{document:#}");
                let api = saara
                    .get(&format!(
                        "tenants/aamu/reports/service-layers?month={}&language=en",
                        month[1]
                    ))
                    .await;
                assert_eq!(document, api, "the command and the API build the same");
            }
            "html" => assert!(text.to_lowercase().starts_with("<!doctype html>"), "{text}"),
            _ => assert!(text.contains("First line"), "{text}"),
        }
    }
    let none = start
        .run(&["report", "nothing", "--tenant", "aamu", "--month", &month, "--out", "x.json"], "")
        .await;
    assert_eq!(none.status.code(), Some(2), "no such report is a wrong call");
    kerros.stop().await;
}
