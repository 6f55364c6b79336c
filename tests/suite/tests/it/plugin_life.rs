//! A plugin's life on a running server: installed when signed, refused when tampered with, run beside the live version,
//! promoted, rolled back; a version that traps on every call is shown and never reaches a customer.

use std::path::{Path, PathBuf};

use kerros_suite::config::{Config, edited};
use kerros_suite::guest;
use kerros_suite::kerros::{Kerros, Start};
use kerros_suite::tenants::{AAMU, LOST_CARD, start};
use kerros_suite::visitor::Visitor;
use kerros_suite::wait::until;
use serde_json::{Value, json};

/// The suite's usual limits, and trust as production has it.
fn platform(key: &str) -> String {
    format!(
        r#"
[server.limits]
visits = {{ per_minute = 100000, burst = 100000 }}
visitor = {{ per_minute = 100000, burst = 100000 }}
logins = {{ per_minute = 100000, burst = 100000 }}
[plugins]
trust = "signed"
publishers = [{{ name = "Acme", key = "{key}" }}]
keep_failed_calls = 5
"#
    )
}

struct Author<'a> {
    start: &'a Start<'a>,
    folder: &'a Path,
}

impl Author<'_> {
    fn path(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    /// A package of a tagger, signed if a key is named.
    async fn package(&self, name: &str, version: &str, body: &str, key: Option<&str>) -> String {
        self.packed(name, version, &guest::tagger_version(name, version, body), key).await
    }

    async fn packed(&self, name: &str, version: &str, bytes: &[u8], key: Option<&str>) -> String {
        let wasm = self.path(&format!("{name}-{version}.wasm"));
        std::fs::write(&wasm, bytes).unwrap();
        let package = self.path(&format!("{name}-{version}.tar"));
        self.start.plain(&["plugin", "pack", &wasm, "--out", &package]).await;
        if let Some(key) = key {
            self.start.plain(&["plugin", "sign", &package, "--key", &self.path(key)]).await;
        }
        package
    }
}

async fn uses(kerros: &Kerros, name: &str) -> Value {
    let saara = kerros.person("saara@aamu.example").await;
    let all = saara.get("plugins").await;
    let found = all["items"].as_array().unwrap().iter().find(|one| one["use"] == name);
    found.cloned().unwrap_or_default()
}

/// A customer writes, and waits until it stands in the queue.
async fn writes(kerros: &Kerros) {
    let mut visitor = Visitor::open(&kerros.http, &kerros.url, "aamu", "en").await;
    visitor.say("1", "my refund did not come").await;
    visitor.ask_for_person("2").await;
    visitor.stands("queued").await;
}

async fn tagged(kerros: &Kerros, tag: &str) -> usize {
    let saara = kerros.person("saara@aamu.example").await;
    let rows = saara.conversations("aamu").await;
    let has = |row: &&Value| row["tags"].as_array().is_some_and(|tags| tags.contains(&json!(tag)));
    rows.iter().filter(has).count()
}

const USE: [&str; 4] = ["--tenant", "aamu", "--use", "acme"];

fn with_use<'a>(first: &[&'a str], last: &[&'a str]) -> Vec<&'a str> {
    first.iter().chain(&USE).chain(last).copied().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn from_the_author_to_the_tenant_and_back() {
    let data = tempfile::tempdir().unwrap();
    let work = tempfile::tempdir().unwrap();
    let aamu = edited(AAMU, r#"allowed = ["card", "invoice"]"#, r#"allowed = ["card", "refund"]"#);
    let file = format!("{aamu}\n[[taggers]]\nname = \"acme\"\nplugin = \"tagger/acme\"\n");
    let config = Config::new().tenant("aamu", AAMU).article("aamu", "en", "lost-card", LOST_CARD);
    let start = start(&config, data.path());
    let author = Author { start: &start, folder: work.path() };
    for name in ["acme", "stranger"] {
        start.plain(&["plugin", "keygen", &author.path(name)]).await;
    }
    let key = std::fs::read_to_string(work.path().join("acme.pub")).unwrap();
    config.put("kerros.toml", &platform(key.trim()));

    // What is refused: not signed, signed by a stranger, tampered with, and a tagger that says it is another.
    let unsigned = author.package("acme", "0.9.0", "", None).await;
    let stranger = author.package("acme", "0.9.1", "", Some("stranger.key")).await;
    let tampered = tampered(&author.package("acme", "0.9.2", "", Some("acme.key")).await);
    for (package, reason) in
        [(&unsigned, "unsigned"), (&stranger, "stranger"), (&tampered, "tampered")]
    {
        let output = start.run(&["plugin", "install", package, "--json"], "").await;
        assert_eq!(output.status.code(), Some(1), "{reason}");
        let said: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(said["reason"], reason, "{said}");
    }

    // A server takes the first version as soon as a tenant names it.
    start.add_user("saara@aamu.example", "Saara", "supervisor", &["aamu"]).await;
    let one = author.package("acme", "1.0.0", "", Some("acme.key")).await;
    start.must(&["plugin", "install", &one]).await;
    let kerros = start.serve().await;
    std::fs::write(data.path().join("plugins/loose.wasm"), guest::tagger("loose", "")).unwrap();
    config.put("tenants/aamu.toml", &file);
    until("the use", async || {
        (uses(&kerros, "tagger/acme").await["version"] == "1.0.0").then_some(())
    })
    .await;
    writes(&kerros).await;
    until("its tag", async || (tagged(&kerros, "refund").await == 1).then_some(())).await;
    until("the loose file is told", async || {
        kerros.log().contains("a loose file has no signature").then_some(())
    })
    .await;
    let refused =
        kerros.metrics().await.sum("kerros_plugins_refused_total", &[("reason", "unsigned")]);
    assert_eq!(refused, 1.0);

    // A version that traps on every call: installing it changes nothing, its shadow shows it, promoting is refused.
    let two = author.package("acme", "2.0.0", "unreachable", Some("acme.key")).await;
    start.must(&["plugin", "install", &two]).await;
    start.must(&with_use(&["plugin", "upgrade"], &["2.0.0"])).await;
    until("the shadow", async || {
        uses(&kerros, "tagger/acme").await["shadow"].is_object().then_some(())
    })
    .await;
    writes(&kerros).await;
    let shadow = until("the failure", async || {
        let shadow = uses(&kerros, "tagger/acme").await["shadow"].clone();
        (shadow["failed"].as_u64()? >= 1).then_some(shadow)
    })
    .await;
    assert_eq!((&shadow["same"], &shadow["different"]), (&json!(0), &json!(0)), "{shadow}");
    assert!(shadow["failures"][0].as_str().unwrap().contains("unreachable"), "{shadow}");
    until("its report", async || {
        let said = start.run(&with_use(&["plugin", "shadow"], &["--json"]), "").await;
        let said: Value = serde_json::from_slice(&said.stdout).ok()?;
        (said["failed"].as_u64()? >= 1).then_some(())
    })
    .await;
    let output = start.run(&with_use(&["plugin", "upgrade"], &["--promote"]), "").await;
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("failed"), "{output:?}");
    until("live tags", async || (tagged(&kerros, "refund").await == 2).then_some(())).await;
    let traps =
        kerros.metrics().await.sum("kerros_plugin_traps_total", &[("plugin", "tagger/acme")]);
    assert_eq!(traps, 0.0, "live calls never saw it");
    assert!(
        kerros.metrics().await.sum("kerros_plugin_shadow_calls_total", &[("outcome", "failed")])
            >= 1.0
    );
    start.must(&with_use(&["plugin", "rollback"], &[])).await;
    until("no shadow", async || {
        uses(&kerros, "tagger/acme").await["shadow"].is_null().then_some(())
    })
    .await;

    // A good version: compared with live messages, promoted, and back again, while messages flow.
    let three = author.package("acme", "3.0.0", "(drop (i32.const 3))", Some("acme.key")).await;
    start.must(&["plugin", "install", &three]).await;
    start.must(&with_use(&["plugin", "upgrade"], &["3.0.0"])).await;
    let refused = start.run(&with_use(&["plugin", "upgrade"], &["--promote"]), "").await;
    assert_eq!(refused.status.code(), Some(1), "nothing was compared yet");
    until("the shadow", async || {
        uses(&kerros, "tagger/acme").await["shadow"].is_object().then_some(())
    })
    .await;
    writes(&kerros).await;
    until("the same", async || {
        let said = start.run(&with_use(&["plugin", "shadow"], &["--json"]), "").await;
        let said: Value = serde_json::from_slice(&said.stdout).ok()?;
        (said["same"].as_u64()? >= 1 && said["failed"] == 0).then_some(())
    })
    .await;
    start.must(&with_use(&["plugin", "upgrade"], &["--promote"])).await;
    until("3.0.0", async || {
        (uses(&kerros, "tagger/acme").await["version"] == "3.0.0").then_some(())
    })
    .await;
    writes(&kerros).await;
    start.must(&with_use(&["plugin", "rollback"], &[])).await;
    until("1.0.0 again", async || {
        (uses(&kerros, "tagger/acme").await["version"] == "1.0.0").then_some(())
    })
    .await;
    // What was seen of it the first time is no evidence now.
    is_refused(
        &start,
        &with_use(&["plugin", "upgrade"], &["3.0.0", "--promote"]),
        "nothing was compared yet",
    )
    .await;
    start.must(&with_use(&["plugin", "rollback"], &[])).await;
    writes(&kerros).await;
    until("every message has its tag", async || {
        (tagged(&kerros, "refund").await == 5).then_some(())
    })
    .await;

    // A version that traps and is forced: the failed call is kept, masked, and ends the same again.
    start.must(&with_use(&["plugin", "upgrade"], &["2.0.0", "--promote", "--force"])).await;
    until("2.0.0", async || {
        (uses(&kerros, "tagger/acme").await["version"] == "2.0.0").then_some(())
    })
    .await;
    writes(&kerros).await;
    let kept = until("a kept call", async || kept(data.path())).await;
    let text = std::fs::read_to_string(&kept).unwrap();
    assert!(!text.contains("refund did not"), "{text}");
    let kept = kept.display().to_string();
    let said: Value =
        serde_json::from_str(&start.must(&["plugin", "replay", &kept, "--json"]).await).unwrap();
    assert_eq!(
        (&said["same"], &said["same_plugin"], &said["missed"]),
        (&json!(true), &json!(true), &json!([]))
    );
    let good = author.path("acme-3.0.0.wasm");
    let output = start.run(&["plugin", "replay", &kept, "--plugin", &good, "--json"], "").await;
    assert_eq!(output.status.code(), Some(1), "the good version does not fail so");

    // What it cost, in the store.
    let saara = kerros.person("saara@aamu.example").await;
    until("costs", async || {
        let costs = saara.get("plugins/costs").await;
        let items = costs["items"].as_array()?;
        let mine = items.iter().find(|one| one["plugin"] == "tagger/acme")?;
        (mine["calls"].as_u64()? >= 6
            && mine["errors"].as_u64()? >= 1
            && mine["bytes_in"].as_u64()? > 0)
            .then_some(())
    })
    .await;
    kerros.stop().await;
}

/// What is signed may still be no plugin of its kind; and a tenant's file may say which version it wants.
#[tokio::test(flavor = "multi_thread")]
async fn a_package_is_what_it_says_and_a_pin_holds() {
    let (data, work) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let config = Config::new().tenant("aamu", AAMU).article("aamu", "en", "lost-card", LOST_CARD);
    let start = start(&config, data.path());
    let author = Author { start: &start, folder: work.path() };
    start.plain(&["plugin", "keygen", &author.path("acme")]).await;
    let key = std::fs::read_to_string(work.path().join("acme.pub")).unwrap();
    config.put("kerros.toml", &platform(key.trim()));

    // Signed by somebody trusted, and yet a bot that calls itself a tagger: refused before it is anywhere.
    let wasm = author.path("disguised.wasm");
    std::fs::write(&wasm, guest::disguised("disguised")).unwrap();
    let package = author.path("disguised.tar");
    start.plain(&["plugin", "pack", &wasm, "--out", &package]).await;
    start.plain(&["plugin", "sign", &package, "--key", &author.path("acme.key")]).await;
    for command in ["verify", "install"] {
        let output = start.run(&["plugin", command, &package, "--json"], "").await;
        assert_eq!(output.status.code(), Some(1), "{command}: {output:?}");
        let said: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((&said["ok"], &said["reason"]), (&json!(false), &json!("faulty")), "{said}");
    }

    // What is sound is told so, with its digest; by a key alone, too, and not by another.
    let one = author.package("acme", "1.0.0", "", Some("acme.key")).await;
    let two = author.package("acme", "2.0.0", "(drop (i32.const 2))", Some("acme.key")).await;
    let other = author.package("other", "1.0.0", "", Some("acme.key")).await;
    let said: Value =
        serde_json::from_str(&start.must(&["plugin", "verify", &one, "--json"]).await).unwrap();
    assert_eq!((&said["ok"], &said["trusted"]), (&json!(true), &json!("Acme")));
    let first = said["digest"].as_str().unwrap().to_owned();
    start.must(&["plugin", "verify", &one, "--key", key.trim()]).await;
    start.plain(&["plugin", "keygen", &author.path("else")]).await;
    let strange = std::fs::read_to_string(work.path().join("else.pub")).unwrap();
    let output = start.run(&["plugin", "verify", &one, "--key", strange.trim()], "").await;
    assert_eq!(output.status.code(), Some(1));

    // A pin stands above what is newest, above the lock, and above an upgrade.
    let mut digests = Vec::new();
    for package in [&one, &two, &other] {
        let said = start.must(&["plugin", "install", package, "--json"]).await;
        let said: Value = serde_json::from_str(&said).unwrap();
        digests.push(said["digest"].as_str().unwrap().to_owned());
    }
    assert_eq!(digests[0], first);
    let pinned = |digest: &str| {
        format!(
            "{AAMU}\n[[taggers]]\nname = \"acme\"\nplugin = \"tagger/acme\"\ndigest = \"{digest}\"\n"
        )
    };
    config.put("tenants/aamu.toml", &pinned(&digests[0]));
    start.must(&["check"]).await;
    start.add_user("saara@aamu.example", "Saara", "supervisor", &["aamu"]).await;
    let kerros = start.serve().await;
    until("the pinned version", async || {
        (uses(&kerros, "tagger/acme").await["version"] == "1.0.0").then_some(())
    })
    .await;
    config.put("tenants/aamu.toml", &pinned(&digests[1]));
    until("the other pin", async || {
        (uses(&kerros, "tagger/acme").await["version"] == "2.0.0").then_some(())
    })
    .await;

    // A pin to another plugin's version, and to none that is here: told, and what served goes on.
    for (digest, reason) in [
        (digests[2].clone(), "is tagger/other, not tagger/acme"),
        (format!("sha256:{}", "0".repeat(64)), "is not installed"),
    ] {
        config.put("tenants/aamu.toml", &pinned(&digest));
        let output = start.run(&["check"], "").await;
        assert_eq!(output.status.code(), Some(2), "{reason}");
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        assert!(said.contains(reason), "{said}");
        until("the refusal", async || kerros.log().contains(reason).then_some(())).await;
        assert_eq!(uses(&kerros, "tagger/acme").await["version"], "2.0.0");
    }
    kerros.stop().await;
}

/// A tagger whose config may hold this one key.
fn picky(version: &str, key: &str) -> Vec<u8> {
    let body = format!("(drop (i32.const {}))", version.len() + key.len());
    let schema = json!({
        "type": "object", "properties": { key: { "type": "integer" } }, "additionalProperties": false,
    });
    guest::tagger_of("acme", version, &body, &schema)
}

async fn is_refused(start: &Start<'_>, arguments: &[&str], reason: &str) {
    let output = start.run(arguments, "").await;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
    assert!(said.contains(reason), "{arguments:?}: {said}");
}

/// What a command says of a lock is what a server makes of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_no_server_would_take_is_refused() {
    let (data, work) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let file = |more: &str| {
        format!("{AAMU}\n[[taggers]]\nname = \"acme\"\nplugin = \"tagger/acme\"\n{more}")
    };
    let config =
        Config::new().tenant("aamu", &file("")).article("aamu", "en", "lost-card", LOST_CARD);
    let start = start(&config, data.path());
    let author = Author { start: &start, folder: work.path() };
    let mut digests = Vec::new();
    for (version, key) in [("1.0.0", "old"), ("2.0.0", "new")] {
        let package = author.packed("acme", version, &picky(version, key), None).await;
        if version == "2.0.0" {
            start.add_user("saara@aamu.example", "Saara", "supervisor", &["aamu"]).await;
        }
        let said = start.must(&["plugin", "install", &package, "--json"]).await;
        let said: Value = serde_json::from_str(&said).unwrap();
        digests.push(said["digest"].as_str().unwrap().to_owned());
        if version == "1.0.0" {
            // There is nothing to run beside, until a first look locks it.
            let upgrade = with_use(&["plugin", "upgrade"], &["1.0.0"]);
            is_refused(&start, &upgrade, "nothing serves tagger/acme yet").await;
            start.serve().await.stop().await;
        }
    }
    let kerros = start.serve().await;
    let serves = async |version: &str| {
        until(version, async || {
            (uses(&kerros, "tagger/acme").await["version"] == *version).then_some(())
        })
        .await;
    };
    serves("1.0.0").await;
    start.must(&with_use(&["plugin", "upgrade"], &["2.0.0", "--promote", "--force"])).await;
    serves("2.0.0").await;

    // The config is for the new version now: going back is refused, and so is the old one as an upgrade.
    let taken = || kerros.log().matches("config taken in").count();
    let before = taken();
    config.put("tenants/aamu.toml", &file("config = { new = 1 }\n"));
    until("the new config", async || (taken() > before).then_some(())).await;
    let lock = || std::fs::read_to_string(data.path().join("plugins/locks/aamu.lock")).unwrap();
    let locked = lock();
    is_refused(&start, &with_use(&["plugin", "rollback"], &[]), "config.new").await;
    assert_eq!(lock(), locked, "nothing was changed");
    let promote = with_use(&["plugin", "upgrade"], &["1.0.0", "--promote", "--force"]);
    is_refused(&start, &promote, "config.new").await;
    // What only ran beside it ends, whatever the config is.
    start.must(&with_use(&["plugin", "rollback"], &[])).await;
    assert_eq!(uses(&kerros, "tagger/acme").await["version"], "2.0.0");

    // A pin stands above the lock: nothing would change.
    config.put("tenants/aamu.toml", &file(&format!("digest = \"{}\"\n", digests[1])));
    is_refused(&start, &with_use(&["plugin", "rollback"], &[]), "pins taggers[").await;

    // A config that fits, but a version that is not there any more.
    config.put("tenants/aamu.toml", &file(""));
    let shelf = data.path().join("plugins/installed");
    std::fs::rename(&shelf, data.path().join("plugins/away")).unwrap();
    is_refused(&start, &with_use(&["plugin", "rollback"], &[]), "is not installed").await;
    std::fs::rename(data.path().join("plugins/away"), &shelf).unwrap();
    start.must(&with_use(&["plugin", "rollback"], &[])).await;
    serves("1.0.0").await;
    kerros.stop().await;
}

async fn widget(kerros: &Kerros, tenant: &str) -> u16 {
    let url = format!("{}/widget/{tenant}/config.json", kerros.url);
    kerros.http.get(url).send().await.unwrap().status().as_u16()
}

async fn does_not_start(start: &Start<'_>, reason: &str) {
    let output = start.run(&["serve", "--listen", "127.0.0.1:0"], "").await;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains(reason), "{said}");
}

/// A plugin of one client is no reason to serve nobody.
#[tokio::test(flavor = "multi_thread")]
async fn a_start_leaves_out_the_tenant_whose_version_is_refused() {
    let (data, work) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let file = format!("{AAMU}\n[[taggers]]\nname = \"acme\"\nplugin = \"tagger/acme\"\n");
    let config = Config::new().tenant("aamu", &file).tenant("ilta", AAMU);
    let start = start(&config, data.path());
    let author = Author { start: &start, folder: work.path() };
    start.plain(&["plugin", "keygen", &author.path("acme")]).await;
    let key = std::fs::read_to_string(work.path().join("acme.pub")).unwrap();
    let trusting = platform(key.trim());
    config.put("kerros.toml", &trusting);
    let one = author.package("acme", "1.0.0", "", Some("acme.key")).await;
    start.must(&["plugin", "install", &one]).await;
    start.serve().await.stop().await;

    // The publisher is out.
    let at = trusting.find("publishers").unwrap();
    let line = trusting[at..].lines().next().unwrap();
    let trusting_nobody = edited(&trusting, line, "");
    config.put("kerros.toml", &trusting_nobody);
    let kerros = start.serve().await;
    assert_eq!((widget(&kerros, "aamu").await, widget(&kerros, "ilta").await), (404, 200));
    let log = kerros.log();
    assert!(log.contains("which is not among plugins.publishers"), "{log}");
    assert!(log.contains("config refused; not served until it is sound"), "{log}");
    let metrics = kerros.metrics().await;
    let refused = [("reason", "stranger")];
    assert_eq!(metrics.sum("kerros_plugins_refused_total", &refused), 1.0);
    assert_eq!(metrics.sum("kerros_config_reloads_total", &[("outcome", "refused")]), 1.0);
    kerros.stop().await;
    let out = author.path("report.json");
    let arguments =
        ["report", "service-layers", "--tenant", "aamu", "--month", "2026-11", "--out", &out];
    let output = start.run(&arguments, "").await;
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("plugins.publishers"), "{output:?}");

    // Trusted again, and not there; then there again, while the server runs.
    config.put("kerros.toml", &trusting);
    let (shelf, away) = (data.path().join("plugins/installed"), data.path().join("away"));
    std::fs::rename(&shelf, &away).unwrap();
    let kerros = start.serve().await;
    assert_eq!((widget(&kerros, "aamu").await, widget(&kerros, "ilta").await), (404, 200));
    let missing = [("reason", "missing")];
    assert_eq!(kerros.metrics().await.sum("kerros_plugins_refused_total", &missing), 1.0);
    std::fs::rename(&away, &shelf).unwrap();
    until("it is taken in", async || (widget(&kerros, "aamu").await == 200).then_some(())).await;
    kerros.stop().await;

    // Nobody is left to serve.
    config.put("kerros.toml", &trusting_nobody);
    config.remove("tenants/ilta.toml");
    does_not_start(&start, "which is not among plugins.publishers").await;
}

/// Whether the file or the plugin is the one that changed: only the first ends a start.
#[tokio::test(flavor = "multi_thread")]
async fn a_start_tells_a_plugin_that_fits_no_more_from_a_file_that_is_wrong() {
    let data = tempfile::tempdir().unwrap();
    let file = |config: &str| {
        format!(
            "{AAMU}\n[[taggers]]\nname = \"acme\"\nplugin = \"tagger/acme\"\nconfig = {config}\n"
        )
    };
    let config = Config::new().tenant("aamu", &file("{ old = 1 }")).tenant("ilta", AAMU);
    let start = start(&config, data.path());
    let loose = data.path().join("plugins/acme.wasm");
    std::fs::create_dir_all(data.path().join("plugins")).unwrap();
    std::fs::write(&loose, picky("1.0.0", "old")).unwrap();
    start.serve().await.stop().await;

    std::fs::write(&loose, picky("2.0.0", "new")).unwrap();
    let kerros = start.serve().await;
    assert_eq!((widget(&kerros, "aamu").await, widget(&kerros, "ilta").await), (404, 200));
    assert!(kerros.log().contains("config.old"), "{}", kerros.log());
    std::fs::write(&loose, picky("1.0.0", "old")).unwrap();
    until("it is taken in", async || (widget(&kerros, "aamu").await == 200).then_some(())).await;
    kerros.stop().await;

    config.put("tenants/aamu.toml", &file("{ odl = 1 }"));
    does_not_start(&start, "config.odl").await;
}

/// One byte of the component changed, the rest of the archive as it was.
fn tampered(package: &str) -> String {
    let mut bytes = std::fs::read(package).unwrap();
    let at = bytes.windows(4).position(|four| four == b"\0asm").unwrap();
    bytes[at + 64] ^= 1;
    std::fs::write(package, bytes).unwrap();
    package.to_owned()
}

fn kept(data: &Path) -> Option<PathBuf> {
    let mut entries = std::fs::read_dir(data.join("failed-calls/aamu")).ok()?;
    entries.find_map(|entry| {
        let path = entry.ok()?.path();
        path.extension().is_some_and(|end| end == "json").then_some(path)
    })
}
