//! What loads, what is refused and why, and the cache of compiled code.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use kerros_domain::id::PluginId;
use kerros_host::{ConfigFault, HostOptions, Kind, LoadError, inspect};
use serde_json::{Value, json};

use crate::guests::{asking_bot, bare_component, component, empty_component, manifest, tagger};
use crate::ports::{Known, Outside, limits, plain, stand};

fn with(key: &str, value: Value) -> Value {
    let mut manifest = manifest(Kind::Tagger, "good");
    manifest[key] = value;
    manifest
}

#[test]
fn a_plugin_describes_itself() {
    let bytes = component(Kind::Bot, &asking_bot(""), &manifest(Kind::Bot, "asks"));
    let inspection = inspect(&bytes).expect("a plugin");
    assert_eq!(inspection.manifest.id.as_str(), "bot/asks");
    assert_eq!(inspection.manifest.kind, Kind::Bot);
    assert_eq!(inspection.manifest.hosts().collect::<Vec<_>>(), ["*"]);
    assert!(inspection.imports.contains(&"kerros:bot/http@0.1.0".to_owned()));
    assert_eq!((inspection.size, inspection.digest.len()), (bytes.len(), 64));
}

#[test]
fn faulty_plugins_are_refused_with_the_reason() {
    let stand = plain();
    let good = tagger("");
    let bot = asking_bot("");
    let as_tagger = |manifest: &Value| component(Kind::Tagger, &good, manifest);
    let mut unwanted = manifest(Kind::Bot, "asks");
    unwanted["wants"] = json!([]);
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("no wasm", b"hello".to_vec(), "not WebAssembly: "),
        ("a core module", b"\0asm\x01\0\0\0".to_vec(), "a core module, not a component"),
        (
            "no manifest",
            bare_component(Kind::Tagger, &good),
            "0 custom sections kerros:manifest, one is wanted",
        ),
        ("no id", as_tagger(&with("id", Value::Null)), "section kerros:manifest: "),
        (
            "foreign id",
            as_tagger(&with("id", json!("bot/x"))),
            "section kerros:manifest: id must be tagger/name",
        ),
        (
            "loud id",
            as_tagger(&with("id", json!("tagger/X"))),
            "section kerros:manifest: id must be tagger/name",
        ),
        (
            "version",
            as_tagger(&with("version", json!("1"))),
            "section kerros:manifest: version must look like 1.2.3",
        ),
        (
            "api",
            as_tagger(&with("api", json!("9.0.0"))),
            "section kerros:manifest: api is \"9.0.0\"; this host speaks kerros:tagger@0.1.0",
        ),
        (
            "live tagger",
            as_tagger(&with("live", json!(true))),
            "section kerros:manifest: only a channel may be live",
        ),
        (
            "wants",
            as_tagger(&with("wants", json!(["files"]))),
            "section kerros:manifest: unknown capability \"files\"",
        ),
        (
            "schema",
            as_tagger(&with("config", json!({ "type": 7 }))),
            "config is not a valid JSON Schema",
        ),
        (
            "no schema",
            as_tagger(&with("config", json!(true))),
            "config must be a JSON Schema, an object",
        ),
        (
            "not wanted",
            component(Kind::Bot, &bot, &unwanted),
            "imports kerros:bot/http@0.1.0 without \"http\" among the manifest's wants",
        ),
        (
            "another kind",
            component(Kind::Bot, &bot, &manifest(Kind::Tagger, "x")),
            "imports kerros:bot/http@0.1.0; plugins of kind tagger may import only base/log",
        ),
        (
            "wrong exports",
            empty_component(&manifest(Kind::Sla, "x")),
            "not the contract kerros:sla@0.1.0",
        ),
    ];
    for (what, bytes, expected) in cases {
        let LoadError::Refused { reason } = stand.host.load(&bytes).expect_err(what);
        assert!(reason.starts_with(expected), "{what}: {reason}");
    }
    assert!(stand.host.plugins().is_empty());
}

#[test]
fn a_config_is_checked_against_the_plugins_schema() {
    let stand = plain();
    let schema = json!({
        "type": "object",
        "required": ["rules"],
        "additionalProperties": false,
        "properties": { "rules": { "type": "array", "items": {
            "type": "object", "required": ["tag"], "properties": { "tag": { "type": "string" } } } } },
    });
    stand.host.load(&component(Kind::Tagger, &tagger(""), &with("config", schema))).expect("loads");
    let check = |config: Value| {
        let faults = stand.host.check_config(&PluginId::from("tagger/good"), &config);
        faults
            .into_iter()
            .map(|ConfigFault { path, message }| format!("{path}: {message}"))
            .collect::<Vec<_>>()
    };
    assert_eq!(check(json!({ "rules": [{ "tag": "refund" }] })), [""; 0]);
    assert_eq!(
        check(json!({ "rules": [{}, { "tag": 7 }], "rule": 1 })),
        [
            "/rules/0: \"tag\" is a required property",
            "/rules/1/tag: 7 is not of type \"string\"",
            ": Additional properties are not allowed ('rule' was unexpected)",
        ]
    );
    let unknown = stand.host.check_config(&PluginId::from("tagger/lost"), &json!({}));
    assert_eq!(unknown[0].message, "no plugin tagger/lost is loaded; loaded are: tagger/good");
}

#[tokio::test]
async fn compiled_code_is_kept_and_never_trusted_blindly() {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().join("compiled");
    let host = || {
        let options = HostOptions {
            cache_dir: Some(dir.clone()),
            limits: limits(),
            ..HostOptions::default()
        };
        stand(options, Known::default(), Outside::Refuses)
    };
    let file = || {
        let mut files = fs::read_dir(&dir).expect("the cache").map(|f| f.expect("a file").path());
        let file = files.next().expect("one file");
        assert_eq!(files.next(), None, "drafts are cleaned away");
        file
    };
    host().tagger("good", "");
    let kept = fs::read(file()).expect("compiled code");
    assert_eq!(fs::metadata(file()).expect("meta").permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(&dir).expect("meta").permissions().mode() & 0o777, 0o700);

    // Damaged, cut short, or writable by others: compiled anew, never run.
    let mut damaged = kept.clone();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    for content in [damaged, kept[..kept.len() / 3].to_vec(), Vec::new()] {
        fs::write(file(), content).expect("tamper");
        let stand = host();
        stand.tagger("good", "");
        assert!(stand.tag("aurinko", "good").await.is_ok());
        assert_eq!(fs::read(file()).expect("compiled code"), kept);
    }
    fs::set_permissions(file(), fs::Permissions::from_mode(0o666)).expect("chmod");
    host().tagger("good", "");
    assert_eq!(fs::metadata(file()).expect("meta").permissions().mode() & 0o777, 0o600);

    // Whole and private: used.
    let before = fs::metadata(file()).expect("meta").modified().expect("a time");
    let stand = host();
    stand.tagger("good", "");
    assert!(stand.tag("aurinko", "good").await.is_ok());
    assert_eq!(fs::metadata(file()).expect("meta").modified().expect("a time"), before);
}

#[tokio::test]
async fn a_new_version_serves_without_a_restart() {
    let stand = plain();
    stand.tagger("good", "");
    assert_eq!(stand.tag("aurinko", "good").await.expect("a tag")[0].confidence, 80);
    let before = stand.host.plugins()[0].digest.clone();
    stand.tagger("good", "(i32.store8 (i32.const 40) (i32.const 90))");
    assert_eq!(stand.tag("aurinko", "good").await.expect("a tag")[0].confidence, 90);
    assert_eq!(stand.host.plugins().len(), 1);
    assert_ne!(stand.host.plugins()[0].digest, before);

    assert!(stand.host.unload(&PluginId::from("tagger/good")));
    assert_eq!(
        stand.tag("aurinko", "good").await.expect_err("gone").to_string(),
        "plugin not available: tagger/good is not loaded"
    );
}
