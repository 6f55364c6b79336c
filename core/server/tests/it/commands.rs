//! The command line: names, help, exit codes.

use std::io::Write as _;
use std::process::Stdio;

use crate::kerros::{Ended, command, demo_config, run, warm};

/// Each command says itself that it has an example; here, that people get to see it.
#[test]
fn help_shows_examples() {
    for words in [&["--help"][..], &["plugin", "--help"], &["plugin", "test", "--help"]] {
        let ended = run(words);
        assert_eq!(ended.code, 0, "{words:?}");
        assert!(ended.out.contains("Example"), "{words:?} has no example:\n{}", ended.out);
        assert!(ended.out.contains("  kerros plugin "), "{words:?}");
    }
}

#[test]
fn a_wrong_call_ends_with_2() {
    for words in [
        &["srve"][..],
        &["serve", "--listen"],
        &["serve", "--listen", "localhost"],
        &["plugin", "new", "--kind", "taggr", "x"],
        &["report", "x", "--tenant", "aurinko", "--month", "2026-11", "--out", "r.pdf"],
        &["calendar", "check", "/nowhere.csv"],
        &["plugin", "inspect", "/nowhere.wasm"],
        &["plugin", "verify", "/nowhere.tar"],
        &["plugin", "install", "/nowhere.tar"],
        &["plugin", "replay", "/nowhere.json"],
        &["plugin", "test", "/nowhere.wasm"],
        &["db", "verify", "--data", "/nowhere/at/all"],
        &["mail", "import", "--tenant", "aurinko"],
    ] {
        assert_eq!(run(words).code, 2, "{words:?}");
    }
}

#[test]
fn demo_logins_are_refused_where_others_could_use_them() {
    let ended = run(&["serve", "--demo", "--listen", "0.0.0.0:0"]);
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("allowed is 127.0.0.1 or [::1]"), "{ended:?}");
}

#[test]
fn calendar_check_tells_right_from_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table.csv");
    let header = "id,kind,calendar_tz,weekly_hours_local,holidays,pauses_utc,start_utc,target_minutes,end_utc,expected,note\n";
    let good = "A,deadline,Europe/Helsinki,mon-fri 09:00-17:00,,,2026-01-15T08:00:00Z,120,,2026-01-15T10:00:00Z,\n";
    let bad = "B,elapsed,Europe/Helsinki,mon-fri 09:00-17:00,,,2026-01-15T08:00:00Z,,2026-01-15T10:30:00Z,149,\n";
    let file = path.display().to_string();
    std::fs::write(&path, format!("{header}{good}")).unwrap();
    let ended = run(&["calendar", "check", &file]);
    assert_eq!((ended.code, ended.out.as_str()), (0, "1 rows, 0 wrong\n"));
    std::fs::write(&path, format!("{header}{good}{bad}")).unwrap();
    let ended = run(&["calendar", "check", &file]);
    assert_eq!(ended.code, 1);
    assert_eq!(ended.out, format!("{file}:3: B: expected 149, computed 150\n2 rows, 1 wrong\n"));
    let json: serde_json::Value =
        serde_json::from_str(&run(&["calendar", "check", &file, "--json"]).out).unwrap();
    assert_eq!(json["rows"][1]["verdict"], "mismatch");
    std::fs::write(&path, "a,b\n1,2\n").unwrap();
    assert_eq!(run(&["calendar", "check", &file]).code, 2);
}

#[test]
fn inspect_refuses_what_is_no_plugin() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.wasm");
    std::fs::write(&path, b"\0asm").unwrap();
    let ended = run(&["plugin", "inspect", &path.display().to_string()]);
    assert_eq!(ended.code, 1, "{ended:?}");
}

#[test]
fn plugin_new_writes_into_an_empty_folder_only() {
    for kind in ["channel", "bot", "tagger", "sla", "report"] {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("mine");
        let place = place.display().to_string();
        let ended = run(&["plugin", "new", "--kind", kind, "mine", "--folder", &place]);
        assert_eq!(ended.code, 0, "{ended:?}");
        assert!(std::path::Path::new(&place).join("plugin.toml").is_file(), "{kind}");
        assert!(std::path::Path::new(&place).join("Cargo.toml").is_file(), "{kind}");
        let again = run(&["plugin", "new", "--kind", kind, "mine", "--folder", &place]);
        assert_eq!(again.code, 2, "nothing is overwritten");
    }
}

fn with_input(arguments: &[&str], input: &str) -> Ended {
    let mut child = command(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    Ended::from(child.wait_with_output().unwrap())
}

#[test]
fn people_tokens_and_an_empty_database() {
    let data = tempfile::tempdir().unwrap();
    let data = data.path().display().to_string();
    let config = demo_config().display().to_string();
    let places = ["--config", config.as_str(), "--data", data.as_str()];
    let here = |words: &[&str]| run(&[words, &places].concat());
    let here_with = |words: &[&str], input: &str| with_input(&[words, &places].concat(), input);

    let add = ["user", "add", "Maija@Example.com", "--name", "Maija", "--role", "agent"];
    let wrong = here(&[&add[..], &["--member", "aurinko:frist-line"]].concat());
    assert_eq!(wrong.code, 2);
    assert!(wrong.err.contains("there are self-service, first-line, experts"), "{wrong:?}");
    assert_eq!(here(&[&add[..], &["--member", "nobody"]].concat()).code, 2);

    let member = [&add[..], &["--member", "aurinko:first-line", "--json"]].concat();
    let made = here(&member);
    assert_eq!(made.code, 0, "{made:?}");
    let json: serde_json::Value = serde_json::from_str(&made.out).unwrap();
    assert_eq!(json["user"]["email"], "maija@example.com");
    assert_eq!(json["password"].as_str().map(str::len), Some(24), "a new person gets a password");
    let changed = here_with(&member, "a better password\n");
    let again: serde_json::Value = serde_json::from_str(&changed.out).unwrap();
    assert_eq!(again["user"]["id"], json["user"]["id"], "the same person");
    assert!(again["password"].is_null());
    assert!(!changed.out.contains("a better password"));
    assert_eq!(here_with(&member, "short\n").code, 2);

    let token = here(&["token", "add", "maija@example.com", "--name", "export"]);
    assert_eq!(token.code, 0, "{token:?}");
    assert_eq!(token.out.trim().len(), 64);
    assert_eq!(here(&["token", "add", "nobody@example.com", "--name", "x"]).code, 2);

    let verified = here(&["db", "verify"]);
    assert_eq!((verified.code, verified.out.as_str()), (0, "0 conversations, 0 differences\n"));
    assert_eq!(here(&["db", "migrate"]).code, 0);
}

#[test]
fn a_report_in_each_form() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    warm(&data);
    let data = data.display().to_string();
    let config = demo_config().display().to_string();
    let report = |name: &str, tenant: &str, out: &str| {
        run(&[
            "report", name, "--tenant", tenant, "--month", "2026-11", "--out", out, "--config",
            &config, "--data", &data,
        ])
    };
    // An empty month has no data: its CSV is empty, and says so nowhere.
    for (end, begins) in [("html", "<!doctype html>"), ("csv", ""), ("json", "{")] {
        let out = folder.path().join(format!("r.{end}")).display().to_string();
        let ended = report("service-layers", "aurinko", &out);
        assert_eq!(ended.code, 0, "{ended:?}");
        let text = std::fs::read_to_string(out).unwrap();
        assert!(text.starts_with(begins), "{end}: {text}");
        assert_eq!(text.contains("marraskuu 2026"), end != "csv", "{end}: {text}");
    }
    let out = folder.path().join("r.json").display().to_string();
    let ended = report("servicelayers", "aurinko", &out);
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("there are service-layers"), "{ended:?}");
    assert_eq!(report("service-layers", "nobody", &out).code, 2);
    for month in ["2026-13", "November", "2026"] {
        let ended = run(&[
            "report",
            "service-layers",
            "--tenant",
            "aurinko",
            "--month",
            month,
            "--out",
            &out,
            "--config",
            &config,
            "--data",
            &data,
        ]);
        assert_eq!(ended.code, 2, "{month}: {ended:?}");
    }
}

#[test]
fn results_come_as_json_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let read = |words: &[&str]| -> serde_json::Value {
        let ended = run(words);
        assert_eq!(ended.code, 0, "{words:?}: {ended:?}");
        serde_json::from_str(&ended.out).unwrap()
    };
    let made =
        read(&["plugin", "new", "--kind", "tagger", "mine", "--folder", &path("mine"), "--json"]);
    assert!(made["files"].as_array().unwrap().len() > 3, "{made}");
    let written = read(&["check", "--schema", &path("schema"), "--json"]);
    assert_eq!(written["written"].as_array().unwrap().len(), 2, "{written}");
    let places = ["--config", &path("none"), "--data", &path("data")];
    let migrated = read(&[&["db", "migrate", "--json"][..], &places].concat());
    assert_eq!(migrated["current"], true);
    let verified = read(&[&["db", "verify", "--json"][..], &places].concat());
    assert_eq!(verified["conversations"], 0);
}
