//! A changed tenant's file is taken in while customers talk; a faulty one is not.

use kerros_suite::config::{Config, edited};
use kerros_suite::kerros::Kerros;
use kerros_suite::tenants::{AAMU, LOST_CARD, start};
use kerros_suite::visitor::Visitor;
use kerros_suite::wait::until;
use serde_json::json;

async fn reloads(kerros: &Kerros, outcome: &str) -> f64 {
    kerros.metrics().await.sum("kerros_config_reloads_total", &[("outcome", outcome)])
}

async fn title(kerros: &Kerros) -> String {
    let config = kerros.json("/widget/aamu/config.json?language=en").await;
    config["title"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn taken_in_without_dropping_anybody() {
    let config = Config::new().tenant("aamu", AAMU).article("aamu", "en", "lost-card", LOST_CARD);
    let data = tempfile::tempdir().unwrap();
    let kerros = start(&config, data.path()).serve().await;
    assert_eq!(title(&kerros).await, "Aamu's service");
    let mut anna = Visitor::open(&kerros.http, &kerros.url, "aamu", "en").await;
    anna.send(&json!({ "type": "start" })).await;
    anna.hears("bot", "Hello from the bot of Aamu.").await;

    let changed = edited(AAMU, "Aamu's service", "Aamu's new service");
    config.put("tenants/aamu.toml", &changed);
    until("the new title", async || (title(&kerros).await == "Aamu's new service").then_some(()))
        .await;
    anna.ping().await;

    // A faulty file: every fault is logged and counted, and what was there stays.
    let refused = reloads(&kerros, "refused").await;
    let faulty = edited(&changed, "Aamu's new service", "Aamu's broken service");
    let faulty = edited(&faulty, "kind = \"expert\"", "kind = \"oracle\"");
    config.put("tenants/aamu.toml", &faulty);
    until("refused", async || (reloads(&kerros, "refused").await > refused).then_some(())).await;
    assert_eq!(title(&kerros).await, "Aamu's new service");
    let log = kerros.log();
    assert!(log.contains("config refused; the old one stays") && log.contains("oracle"), "{log}");
    anna.ping().await;
    anna.say("1", "I lost my card").await;
    anna.wait("an article", |frame| frame["parts"][0]["slug"] == "lost-card").await;

    // Half a file, as a careless copy leaves it for a moment.
    config.put("tenants/aamu.toml", &changed[..changed.len() / 2]);
    until("refused again", async || {
        (reloads(&kerros, "refused").await > refused + 1.0).then_some(())
    })
    .await;
    assert_eq!(reloads(&kerros, "refused").await, refused + 2.0, "a faulty file is told once");

    // Mended, with another article and another tenant.
    config.put("tenants/aamu.toml", &edited(&changed, "new service", "best service"));
    config.put("articles/aamu/en/invoice.md", "# Invoices\nInvoices come by email each month.\n");
    config.put("tenants/ilta.toml", AAMU);
    until("the mended file", async || {
        let known = kerros.http.get(format!("{}/widget/ilta/config.json", kerros.url)).send().await;
        let known = known.unwrap().status().is_success();
        (known && title(&kerros).await == "Aamu's best service").then_some(())
    })
    .await;
    let mut bert = Visitor::open(&kerros.http, &kerros.url, "aamu", "en").await;
    until("the new article", async || {
        let page = kerros.http.get(format!("{}/help/aamu/en/invoice", kerros.url)).send().await;
        page.unwrap().status().is_success().then_some(())
    })
    .await;
    bert.say("1", "When do invoices come?").await;
    bert.wait("the new article", |frame| frame["parts"][0]["slug"] == "invoice").await;

    // A file that is gone: the tenant is not served any more, the others are.
    config.remove("tenants/ilta.toml");
    until("ilta is gone", async || {
        let known = kerros.http.get(format!("{}/widget/ilta/config.json", kerros.url)).send().await;
        (known.unwrap().status() == 404).then_some(())
    })
    .await;
    anna.ping().await;
    kerros.stop().await;
}
