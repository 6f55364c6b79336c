//! Vectors that hold, vectors that do not, and files that are none.

use std::fs;

use kerros_testkit::{
    Budget, Case, Report, conformance, run_vectors, test_plugin, test_plugin_within,
};

const CONFIG: &str = r#"{ "topics": [{ "tag": "billing", "terms": { "en": ["invoice"] } }] }"#;

fn run(vectors: &str) -> Option<Report> {
    let tagger = crate::plugin("tagger/keywords")?;
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("vectors")).expect("vectors");
    fs::write(folder.path().join("vectors/cases.json"), vectors).expect("a file");
    Some(run_vectors(&tagger.wasm, folder.path(), &Budget { repeats: 3, ..Budget::default() }))
}

fn faults(report: &Report) -> Vec<&str> {
    report.cases.iter().filter_map(|case| case.fault.as_deref()).collect()
}

#[test]
fn a_vector_holds_or_says_where_not() {
    let vector = |rest: &str| {
        format!(
            r#"{{ "name": "v", "call": "suggest", "config": {CONFIG},
                "input": {{ "messages": [{{ "text": "my invoice" }}] }}, {rest} }}"#
        )
    };
    for (rest, fault) in [
        (r#""expect": [{ "tag": "billing" }]"#, None),
        (
            r#""expect": [{ "tag": "login" }]"#,
            Some("at /0/tag: expected \"login\", found \"billing\""),
        ),
        (r#""expect": []"#, Some("at the top: expected 0 elements, found 1: ")),
        (r#""expect_error": "invalid""#, Some("expected an error, found [")),
    ] {
        let Some(report) = run(&vector(rest)) else { return };
        let found = faults(&report);
        match fault {
            None => assert_eq!(found, [""; 0], "{rest}"),
            Some(fault) => {
                assert!(found.len() == 1 && found[0].contains(fault), "{rest}: {found:?}");
            }
        }
    }
}

#[test]
fn figures_are_taken_and_a_report_can_be_read_by_programs() {
    let vectors = format!(
        r#"[{{ "name": "finds", "call": "suggest", "config": {CONFIG},
            "input": {{ "messages": [{{ "text": "invoice" }}] }}, "expect": [{{ "tag": "billing" }}] }}]"#
    );
    let Some(report) = run(&vectors) else { return };
    assert!(report.is_ok(), "{report}");
    let Some(Case { figures: Some(figures), .. }) = report.cases.last() else {
        panic!("no figures in {report}")
    };
    assert_eq!(figures.calls, 2);
    assert!(figures.fuel.is_some_and(|fuel| fuel > 1000), "{figures:?}");
    assert!(figures.p50_us <= figures.max_us && figures.memory_bytes >= 65_536, "{figures:?}");
}

#[test]
fn faulty_files_and_faulty_plugins_fail() {
    for (file, fault) in [
        ("{", "EOF while parsing"),
        ("[]", "holds no vectors"),
        (r#"{ "name": "v", "call": "suggest" }"#, "\"v\" must have either expect or expect_error"),
        (r#"{ "name": "v", "call": "suggest", "wants": 1 }"#, "unknown field `wants`"),
        (
            r#"{ "name": "v", "call": "sing", "expect": [] }"#,
            "no call \"sing\"; this kind has: suggest",
        ),
        (
            r#"{ "name": "v", "call": "suggest", "config": { "topic": 1 }, "expect": [] }"#,
            "the config is not valid:",
        ),
        (
            r#"{ "name": "v", "call": "suggest", "input": { "tags": 7 }, "expect": [] }"#,
            "the input is not this call's: ",
        ),
    ] {
        let Some(report) = run(file) else { return };
        let found = faults(&report);
        assert!(found.len() == 1 && found[0].contains(fault), "{file}: {found:?}");
        assert!(!report.is_ok());
    }
    let report = test_plugin(b"not wasm", std::path::Path::new("."));
    assert!(!report.is_ok() && report.plugin.is_none());
    assert!(faults(&report)[0].contains("not WebAssembly"), "{report}");
    assert!(!conformance(b"", &Budget::default()).is_ok());
}

#[test]
fn a_kept_call_is_made_again_until_it_does_not_break() {
    let Some(tagger) = crate::plugin("tagger/keywords") else { return };
    let conversation = serde_json::json!({
        "id": "cnv_1", "channel": "chat", "language": "en", "segment": null, "layer": "first-line", "tags": [],
        "contact": { "name": null, "attributes": [] },
        "messages": [{ "id": "msg_1", "author": "contact", "text": "Xx xxxxxxx", "at_ms": 1 }],
    });
    let kept = |change: serde_json::Value| {
        // As a server writes it, with more than is read here.
        let mut kept = serde_json::json!({
            "format": 1, "at_ms": 1, "tenant": "aurinko", "use": "tagger/keywords", "plugin": "tagger/keywords",
            "version": "0.1.0", "digest": "sha256:0", "kind": "tagger", "call": "tag", "trace": "t",
            "config_digest": "sha256:0", "texts_masked": true, "input": conversation,
            "transcript": [{ "asked": "log", "level": "info", "line": "x" }],
            "error": { "error": "fault", "message": "wasm trap" },
        });
        kept.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        kept.to_string()
    };
    for (file, fault) in [
        (kept(serde_json::json!({})), None),
        (kept(serde_json::json!({ "expect": [] })), None),
        (kept(serde_json::json!({ "expect": [{ "tag": "x" }] })), Some("at the top: expected 1 ")),
        (kept(serde_json::json!({ "config": { "topics": 7 } })), None),
        (kept(serde_json::json!({ "format": 9 })), Some("format 9; this version reads 1")),
        (kept(serde_json::json!({ "kind": "bot" })), Some("a call of a bot; this is a tagger")),
        (kept(serde_json::json!({ "call": "sing" })), Some("no call \"sing\"")),
        ("{}".to_owned(), Some("not a kept call")),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("recorded")).expect("recorded");
        fs::write(folder.path().join("recorded/one.json"), &file).expect("a file");
        let report = test_plugin_within(
            &tagger.wasm,
            folder.path(),
            &Budget { repeats: 2, ..Budget::default() },
        );
        let of = report.cases.iter().filter(|case| case.suite == "recorded").collect::<Vec<_>>();
        let [case] = &of[..] else { panic!("{report}") };
        match fault {
            None => assert_eq!(case.fault, None, "{file}"),
            Some(part) => {
                let told = case.fault.as_deref().unwrap_or_default();
                assert!(told.contains(part), "{file}: {told}");
            }
        }
    }
}

#[test]
fn changed_inputs_are_borne_and_what_all_calls_took_is_told() {
    let Some(tagger) = crate::plugin("tagger/keywords") else { return };
    let budget = Budget { repeats: 2, random: 50, seed: 7, ..Budget::default() };
    let report = test_plugin_within(&tagger.wasm, &tagger.folder, &budget);
    assert!(report.is_ok(), "{report}");
    let random: Vec<_> = report.cases.iter().filter(|case| case.suite == "random").collect();
    assert_eq!(random.len(), 1);
    assert_eq!(random[0].name, "suggest: 50 changed inputs (seed 7)");
    let [spent] = &report.spent[..] else { panic!("{:?}", report.spent) };
    assert!(spent.call == "suggest" && spent.calls >= 50, "{spent}");
    assert!(spent.p50_us <= spent.p99_us && spent.p99_us <= spent.max_us, "{spent}");
    assert!(spent.memory_p50 > 0 && spent.memory_max <= spent.memory_limit, "{spent}");
    assert!(spent.fuel_max.is_some_and(|fuel| fuel > 1000), "{spent}");
}
