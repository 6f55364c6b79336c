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
