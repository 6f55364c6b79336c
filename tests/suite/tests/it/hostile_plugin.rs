//! Plugins that loop, trap and pour out megabytes: customers notice nothing, operators see everything.

use std::fs;

use kerros_suite::config::{Config, edited};
use kerros_suite::guest;
use kerros_suite::tenants::{AAMU, start};
use kerros_suite::visitor::Visitor;
use kerros_suite::wait::until;
use serde_json::json;

/// What each tagger does, and how its fault is told.
const TAGGERS: [(&str, &str, &str, &str); 3] = [
    ("loops", "(loop $l (br $l))", "timeout", "time"),
    ("traps", "unreachable", "fault", "unreachable"),
    (
        "megabytes",
        "(drop (memory.grow (i32.const 100))) (i32.store (i32.const 36) (i32.const 6000000))",
        "fault",
        "",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn the_conversation_goes_on() {
    let config = Config::new().tenant("aamu", AAMU).tenant("ilta", AAMU);
    let data = tempfile::tempdir().unwrap();
    // The folder is there before the start, so that what is dropped into it is noticed at once.
    let plugins = data.path().join("plugins");
    fs::create_dir_all(&plugins).unwrap();
    let start = start(&config, data.path()).env("KERROS_PLUGINS__LIMITS__PURE__TIME", "100ms");
    start.add_user("saara@aamu.example", "Saara", "supervisor", &["aamu"]).await;
    start.add_user("ilona@ilta.example", "Ilona", "supervisor", &["ilta"]).await;
    let kerros = start.serve().await;
    let saara = kerros.person("saara@aamu.example").await;
    assert_eq!(saara.get("plugins/faults").await["items"], json!([]));

    // Dropped into the folder and named by a tenant's file, while the server runs.
    for (name, body, ..) in TAGGERS {
        fs::write(plugins.join(format!("{name}.wasm")), guest::tagger(name, body)).unwrap();
    }
    fs::write(plugins.join("bot.wasm"), guest::bot("breaks", "")).unwrap();
    let mut hostile = edited(AAMU, "plugin = \"bot/faq\"", "plugin = \"bot/breaks\"");
    hostile = edited(&hostile, "Aamu's service", "Aamu's hostile service");
    for (name, ..) in TAGGERS {
        hostile
            .push_str(&format!("\n[[taggers]]\nname = \"{name}\"\nplugin = \"tagger/{name}\"\n"));
    }
    until("the plugins are loaded", async || {
        (kerros.log().matches("plugin loaded").count() >= 4).then_some(())
    })
    .await;
    config.put("tenants/aamu.toml", &hostile);
    until("the file is taken in", async || {
        let widget = kerros.json("/widget/aamu/config.json").await;
        (widget["title"] == "Aamu's hostile service").then_some(())
    })
    .await;

    // The bot breaks: a person takes over. The taggers break: the good one's tag is there.
    let mut anna = Visitor::open(&kerros.http, &kerros.url, "aamu", "en").await;
    anna.say("0", "I lost my card").await;
    anna.stands("queued").await;
    for n in 1..6 {
        anna.say(&n.to_string(), &format!("hello? {n}")).await;
    }
    let row = until("six messages", async || {
        let rows = saara.conversations("aamu").await;
        (rows.first()?["customer_messages"] == 6).then(|| rows[0].clone())
    })
    .await;
    assert_eq!((&row["layer"], &row["tags"]), (&json!("first-line"), &json!(["card"])));
    let texts: Vec<String> = saara
        .messages(row["id"].as_str().unwrap())
        .await
        .iter()
        .filter(|message| message["author"] == "contact")
        .map(|message| message["text"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(texts.len(), 6);

    // Another customer, until each has broken five times in a row.
    let reading = until("three open breakers", async || {
        let mut other = Visitor::open(&kerros.http, &kerros.url, "aamu", "en").await;
        other.say("1", "hello").await;
        other.stands("queued").await;
        let reading = kerros.metrics().await;
        let open = TAGGERS.iter().all(|(name, ..)| {
            let plugin = format!("tagger/{name}");
            let labels = [("tenant", "aamu"), ("plugin", plugin.as_str())];
            reading.sum("kerros_plugin_breaker_state", &labels) == 2.0
        });
        open.then_some(reading)
    })
    .await;
    for (family, plugin) in [
        ("kerros_plugin_timeouts_total", "tagger/loops"),
        ("kerros_plugin_traps_total", "tagger/traps"),
        ("kerros_plugin_traps_total", "tagger/megabytes"),
    ] {
        let count = reading.sum(family, &[("tenant", "aamu"), ("plugin", plugin)]);
        assert!((5.0..6.5).contains(&count), "{family} {plugin}: {count}");
    }
    assert!(reading.sum("kerros_plugin_traps_total", &[("plugin", "bot/breaks")]) >= 1.0);
    assert_eq!(reading.sum("kerros_plugin_traps_total", &[("tenant", "ilta")]), 0.0);

    let faults = saara.get("plugins/faults").await;
    let faults = faults["items"].as_array().unwrap();
    assert_eq!(faults.len(), 4, "{faults:#?}");
    for (name, _, kind, said) in TAGGERS {
        let fault = faults.iter().find(|fault| fault["name"] == name).unwrap();
        assert_eq!(fault["fault"], kind, "{fault}");
        assert!(fault["message"].as_str().unwrap().contains(said), "{fault}");
        assert!(fault["count"].as_u64().unwrap() >= 5, "{fault}");
    }
    let ilona = kerros.person("ilona@ilta.example").await;
    assert_eq!(
        ilona.get("plugins/faults").await["items"],
        json!([]),
        "another client's are not hers"
    );

    // Mended by a new file of the same name: it is loaded, and its record is clean.
    fs::write(plugins.join("traps.wasm"), guest::tagger("traps", "")).unwrap();
    until("the breaker is closed again", async || {
        let mut other = Visitor::open(&kerros.http, &kerros.url, "aamu", "en").await;
        other.say("1", "hello").await;
        other.stands("queued").await;
        let labels = [("plugin", "tagger/traps"), ("outcome", "ok")];
        (kerros.metrics().await.sum("kerros_plugin_calls_total", &labels) >= 1.0).then_some(())
    })
    .await;
    kerros.stop().await;
}
