//! The database goes away and comes back.

use kerros_suite::config::Config;
use kerros_suite::postgres::Server;
use kerros_suite::provider::Provider;
use kerros_suite::sign::Sender;
use kerros_suite::skip::skip;
use kerros_suite::tenants::{SHOP_IN, kaiku, start};
use kerros_suite::visitor::Visitor;
use kerros_suite::wait::until;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn without_it_nothing_is_promised_and_with_it_all_goes_on() {
    let Some(server) = tokio::task::spawn_blocking(Server::start).await.unwrap() else {
        skip("PostgreSQL is not installed");
        return;
    };
    let shop = Provider::open().await;
    let config = Config::new().tenant("kaiku", &kaiku(&shop));
    let data = tempfile::tempdir().unwrap();
    let start = start(&config, data.path()).env("KERROS_DATABASE__URL", &server.url);
    start.add_user("saara@kaiku.example", "Saara", "supervisor", &["kaiku"]).await;
    let kerros = start.serve().await;
    let saara = kerros.person("saara@kaiku.example").await;
    let sender = Sender::new(&kerros.http, &kerros.url, "kaiku", "shop", SHOP_IN);
    let mut visitor = Visitor::open(&kerros.http, &kerros.url, "kaiku", "en").await;
    assert_eq!(sender.say("order-1", "m1", "before").await.unwrap(), 200);
    visitor.say("1", "before").await;
    kerros.is_ready(true).await;
    kerros.database_is_up(true).await;

    let server = tokio::task::spawn_blocking(move || {
        server.halt();
        server
    })
    .await
    .unwrap();
    kerros.database_is_up(false).await;
    kerros.is_ready(false).await;
    let (_, why) = kerros.readyz().await.unwrap();
    assert_eq!(why, "not ready: database\n");
    assert_eq!(sender.say("order-1", "m2", "meanwhile").await.unwrap(), 503);
    visitor.send(&json!({ "type": "message", "id": "2", "text": "meanwhile" })).await;
    let trouble = visitor.wait("the trouble", |frame| frame["type"] == "error").await;
    assert_eq!((&trouble["id"], &trouble["code"]), (&json!("2"), &json!("unavailable")));
    let path = "conversations?tenant=kaiku";
    let (status, problem) = saara.ask(reqwest::Method::GET, path, None).await;
    assert_eq!(
        (status.as_u16(), &problem["type"]),
        (503, &json!("urn:kerros:problem:unavailable"))
    );

    let server = tokio::task::spawn_blocking(move || {
        server.again();
        server
    })
    .await
    .unwrap();
    kerros.database_is_up(true).await;
    kerros.is_ready(true).await;
    // Both say again what was not acknowledged.
    assert_eq!(sender.say("order-1", "m2", "meanwhile").await.unwrap(), 200);
    visitor.say("2", "meanwhile").await;
    let rows = until("both messages of both customers", async || {
        let rows = saara.conversations("kaiku").await;
        let all = rows.len() == 2 && rows.iter().all(|row| row["customer_messages"] == 2);
        all.then_some(rows)
    })
    .await;
    assert_eq!(rows.len(), 2);
    for row in rows {
        let messages = saara.messages(row["id"].as_str().unwrap()).await;
        let texts: Vec<_> = messages.iter().map(|message| &message["text"]).collect();
        assert_eq!(texts, ["before", "meanwhile"]);
    }
    kerros.stop().await;
    assert_eq!(start.verify().await, 2);
    drop(server);
}
