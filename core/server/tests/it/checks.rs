//! `kerros check`: exact words for what only the whole house can know.

use crate::kerros::{Ended, copied_config, demo_config, run};

fn check(config: &std::path::Path, more: &[&str]) -> Ended {
    let config = config.display().to_string();
    let data = tempfile::tempdir().unwrap();
    let data = data.path().display().to_string();
    let mut arguments = vec!["check", "--config", &config, "--data", &data];
    arguments.extend(more);
    run(&arguments)
}

/// The output of a check after changes to a tenant's file, without the folder's own path.
fn broken(tenant: &str, changes: &[(&str, &str)]) -> (i32, String) {
    let folder = copied_config();
    let path = folder.path().join("tenants").join(format!("{tenant}.toml"));
    let mut text = std::fs::read_to_string(&path).unwrap();
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    std::fs::write(&path, text).unwrap();
    let ended = check(folder.path(), &[]);
    let here = format!("{}/tenants/", folder.path().display());
    let lines: Vec<String> = ended
        .out
        .lines()
        .filter(|line| line.contains(tenant) && !line.contains("warning:"))
        .map(|line| line.replace(&here, ""))
        .collect();
    (ended.code, lines.join("\n"))
}

#[test]
fn the_demo_config_is_clean_but_for_the_token_that_nobody_has() {
    let ended = check(&demo_config(), &[]);
    assert_eq!(ended.code, 0, "{ended:?}");
    let last = ended.out.lines().last().unwrap();
    assert_eq!(last, "fine: 2 tenants, 0 faults, 1 warnings", "{}", ended.out);
    assert!(
        ended.out.contains("secrets.telegram_token: not set: telegram answers 503"),
        "{}",
        ended.out
    );
}

#[test]
fn findings_come_as_json_too() {
    let ended = check(&demo_config(), &["--json"]);
    let json: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(json["faults"], 0);
    assert_eq!(json["findings"][0]["weight"], "warning");
    assert!(json["findings"][0]["place"]["file"]["line"].as_u64().is_some_and(|line| line > 1));
}

#[test]
fn a_plugin_s_config_against_its_own_schema() {
    let (code, told) = broken(
        "aurinko",
        &[
            ("max_length = 4000", "max_lenght = 4000"),
            ("articles = 3\n", "articles = 30\n"),
            ("within = \"2m\"", "within = \"2 minutes\""),
            ("metric = \"next_response\"", "metric = \"second_response\""),
            (
                "config = { tags = 10 }",
                "config = { tags = \"ten\", sections = [\"summary\", \"summary\"] }",
            ),
        ],
    );
    assert_eq!(code, 2);
    insta::assert_snapshot!(told, @r##"
    aurinko.toml:121: channels.chat.config.max_lenght: found an unknown key; did you mean "max_length"?
    aurinko.toml:153: bots.self-service.config.articles: found 30; allowed is a whole number from 1 to 10
    aurinko.toml:240: sla.config.targets[0].within: found "2 minutes"; allowed is a text that matches ^([0-9]{1,4}h)?([0-9]{1,5}m)?([0-9]{1,6}s)?$ (Open time of the calendar: 90s, 15m, 4h, 1h30m)
    aurinko.toml:264: sla.config.targets[5].metric: found "second_response"; allowed are "first_response", "next_response", "resolution"; did you mean "next_response"?
    aurinko.toml:295: reports.service-layers.config.sections: found a list; each may be named once
    aurinko.toml:295: reports.service-layers.config.tags: found "ten"; allowed is a whole number from 1 to 100
    "##);
}

#[test]
fn plugins_hosts_and_secrets_that_do_not_fit() {
    let (code, told) = broken(
        "vuori",
        &[
            ("plugin = \"bot/flow\"", "plugin = \"bot/flwo\""),
            ("plugin = \"tagger/keywords\"", "plugin = \"tagger/words\""),
            ("hosts = [\"api.vuori.example\"]", "hosts = [\"https://api.vuori.example\"]"),
        ],
    );
    assert_eq!(code, 2);
    insta::assert_snapshot!(told, @r##"
    vuori.toml:125: channels.shop.hosts[0]: found "https://api.vuori.example"; allowed is a host like api.example.com or *.example.com, with a port if it is not the usual one
    vuori.toml:144: bots.self-service.plugin: found "bot/flwo"; no such plugin is loaded; did you mean "bot/flow"?
    vuori.toml:257: taggers[0].plugin: found "tagger/words"; no such plugin is loaded; did you mean "tagger/keywords"?
    "##);
    let (code, told) = broken(
        "vuori",
        &[(
            "plugin = \"channel/web-chat\"\n",
            "plugin = \"channel/web-chat\"\nhosts = [\"example.com\"]\nsecrets = { x = { generated = true } }\n",
        )],
    );
    assert_eq!(code, 2);
    insta::assert_snapshot!(told, @r##"
    vuori.toml:120: channels.chat.hosts[0]: found "example.com"; the plugin asks for no hosts
    vuori.toml:121: channels.chat.secrets: found secrets; the plugin does not ask for any
    "##);
}

#[test]
fn calendars() {
    let (code, told) = broken(
        "vuori",
        &[
            (
                "hours = [\"mon-fri 09:00-20:00\", \"sat 10:00-16:00\"]",
                "hours = [\"mon-fri 09:00-20:00\", \"sat 10:00-16:00\", \"fri 19:00-21:00\", \"sol 9-5\"]",
            ),
            (
                "hours = [\"mon-fri 09:00-17:00\"]",
                "hours = [\"mon-fri 09:00-25:00\"]\ntime_zone = \"Europe/Helsinky\"",
            ),
            ("closed = [2026-06-22, 2027-06-28]", "closed = [2026-06-22, \"2027-06-31\"]"),
            ("2026-12-20, hours = [\"10:00-18:00\"]", "2026-12-20, hours = [\"10:00-10:00\"]"),
        ],
    );
    assert_eq!(code, 2);
    insta::assert_snapshot!(told, @r##"
    vuori.toml:32: calendars.shop.hours[2]: found "19:00-21:00"; intervals of one day must not overlap
    vuori.toml:32: calendars.shop.hours[3]: found "sol"; allowed are weekdays like mon, mon-fri or sat,sun
    vuori.toml:37: calendars.shop.exceptions[1].hours[0]: found "10:00-10:00"; closing must differ from opening (all day is 00:00 to 24:00)
    vuori.toml:41: calendars.super-users.hours[0]: found "25:00"; allowed is a time HH:MM from 00:00 to 23:59, or 24:00 to close
    vuori.toml:42: calendars.super-users.time_zone: found "Europe/Helsinky"; allowed is an IANA time zone like Europe/Helsinki
    vuori.toml:48: calendars.warehouse.closed[1]: found "2027-06-31"; allowed is a date YYYY-MM-DD
    "##);
}

#[test]
fn every_file_is_told_in_one_run() {
    let folder = copied_config();
    std::fs::write(folder.path().join("kerros.toml"), "[servr]\n").unwrap();
    for tenant in ["aurinko", "vuori"] {
        let path = folder.path().join("tenants").join(format!("{tenant}.toml"));
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replacen("languages = ", "langauges = ", 1)).unwrap();
    }
    let ended = check(folder.path(), &[]);
    assert_eq!(ended.code, 2);
    for part in
        ["kerros.toml:1: servr:", "aurinko.toml", "vuori.toml", "did you mean \"languages\"?"]
    {
        assert!(ended.out.contains(part), "{part} is missing in\n{}", ended.out);
    }
}

#[test]
fn schemas_are_written_and_hold_the_demo_config() {
    let folder = tempfile::tempdir().unwrap();
    let into = folder.path().join("schema");
    let ended = run(&["check", "--schema", &into.display().to_string()]);
    assert_eq!(ended.code, 0, "{ended:?}");
    for name in ["kerros.schema.json", "tenant.schema.json"] {
        let text = std::fs::read_to_string(into.join(name)).unwrap();
        let schema: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(schema["type"], "object", "{name}");
        assert!(schema["properties"].as_object().unwrap().len() > 5, "{name}");
    }
}

#[test]
fn no_config_folder_is_a_wrong_call() {
    let ended = run(&["check", "--config", "/nowhere/at/all"]);
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("no config folder /nowhere/at/all"), "{ended:?}");
}
