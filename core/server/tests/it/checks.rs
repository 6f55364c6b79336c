//! `kerros check`: exact words for what only the whole house can know.

use crate::kerros::{Ended, copied_config, demo_config, run, warm};

fn check(config: &std::path::Path, more: &[&str]) -> Ended {
    let config = config.display().to_string();
    let folder = tempfile::tempdir().unwrap();
    warm(folder.path());
    let data = folder.path().display().to_string();
    let mut arguments = vec!["check", "--config", &config, "--data", &data];
    arguments.extend(more);
    run(&arguments)
}

/// A small tenant that is fine; broken ones are made from it, so that the demo tenants may change freely.
const SHOP: &str = include_str!("shop.toml");

/// The findings of a check after changes to the small tenant's file.
fn broken(changes: &[(&str, &str)]) -> (i32, String) {
    let folder = tempfile::tempdir().unwrap();
    let mut text = SHOP.to_owned();
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    std::fs::create_dir_all(folder.path().join("tenants")).unwrap();
    std::fs::write(folder.path().join("tenants/shop.toml"), text).unwrap();
    let ended = check(folder.path(), &[]);
    let here = format!("{}/tenants/", folder.path().display());
    (ended.code, ended.out.replace(&here, ""))
}

#[test]
fn the_small_tenant_is_fine() {
    assert_eq!(broken(&[]), (0, "fine: 1 tenant, 0 faults, 0 warnings\n".to_owned()));
}

#[test]
fn the_demo_config_is_clean_but_for_the_token_that_nobody_has() {
    let ended = check(&demo_config(), &[]);
    assert_eq!(ended.code, 0, "{ended:?}");
    let last = ended.out.lines().last().unwrap();
    assert_eq!(last, "fine: 2 tenants, 0 faults, 1 warning", "{}", ended.out);
    assert!(
        ended.out.contains("secrets.telegram_token: not set: telegram answers 503"),
        "{}",
        ended.out
    );
}

/// Without the first mark of each line, as a vendor would do it: the mail block, alone and with tokens for a password.
#[test]
fn the_demo_s_mail_block_works_as_it_stands() {
    let folder = copied_config();
    let path = folder.path().join("tenants/aurinko.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once("# [channels.mail]").unwrap();
    let (block, after) = rest.split_once("\n\n").unwrap();
    let strip = |text: &str| -> String {
        let line =
            |line: &str| line.strip_prefix('#').unwrap_or(line).trim_start().to_owned() + "\n";
        text.lines().map(line).collect()
    };
    let plain = strip(&format!("# [channels.mail]{block}"));
    let password = "password = { env = \"AURINKO_MAIL_PASSWORD\" }\n";
    let tokens = strip(&plain.replacen(password, "", 1).replace("# Microsoft", "# # Microsoft"));
    for (block, warnings) in [(plain, 3), (tokens, 4)] {
        std::fs::write(&path, format!("{before}{block}\n{after}")).unwrap();
        let ended = check(folder.path(), &[]);
        assert_eq!(ended.code, 0, "{}\n{block}", ended.out);
        let mail = ended.out.lines().filter(|line| line.contains("boxes.")).count();
        assert_eq!(mail, warnings, "what is not set yet is told: {}", ended.out);
    }
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
    let (code, told) = broken(&[
        ("max_length = 4000", "max_lenght = 4000"),
        ("{ articles = 3 }", "{ articles = 30 }"),
        ("terms = { en = [\"parcel\"] }", "terms = { de = [\"Paket\"], en = [5] }"),
        ("within = \"2m\"", "within = \"2 minutes\""),
        ("metric = \"first_response\"", "metric = \"second_response\""),
        ("{ tags = 10 }", "{ tags = \"ten\", sections = [\"summary\", \"summary\"] }"),
    ]);
    assert_eq!(code, 2);
    insta::assert_snapshot!(told, @r##"
    shop.toml:26: channels.chat.config.max_lenght: found an unknown key; did you mean "max_length"?
    shop.toml:36: bots.self-service.config.articles: found 30; allowed is a whole number from 1 to 10
    shop.toml:41: taggers[0].config.topics[0].terms.de: found an unknown key; allowed are any, en, fi, sv
    shop.toml:41: taggers[0].config.topics[0].terms.en[0]: found 5; allowed is a text or a table with term and weight
    shop.toml:46: sla.config.targets[0].metric: found "second_response"; allowed are "first_response", "next_response", "resolution"; did you mean "next_response"?
    shop.toml:47: sla.config.targets[0].within: found "2 minutes"; allowed is a text that matches ^([0-9]{1,4}h)?([0-9]{1,5}m)?([0-9]{1,6}s)?$ (Open time of the calendar: 90s, 15m, 4h, 1h30m)
    shop.toml:51: reports.service-layers.config.sections: found a list; each may be named once
    shop.toml:51: reports.service-layers.config.tags: found "ten"; allowed is a whole number from 1 to 100
    faulty: 1 tenant, 8 faults, 0 warnings
    "##);
}

#[test]
fn plugins_hosts_and_secrets_that_do_not_fit() {
    let (code, told) = broken(&[
        ("plugin = \"bot/faq\"", "plugin = \"bot/fqa\""),
        ("plugin = \"tagger/keywords\"", "plugin = \"tagger/words\""),
        ("plugin = \"sla/standard\"", "plugin = \"tagger/keywords\""),
        ("hosts = [\"api.shop.example\"]", "hosts = [\"https://api.shop.example\"]"),
        (
            "plugin = \"channel/web-chat\"\n",
            "plugin = \"channel/web-chat\"\nhosts = [\"example.com\"]\nsecrets = { orders_in = { env = \"X\" } }\n",
        ),
    ]);
    assert_eq!(code, 2);
    insta::assert_snapshot!(told, @r##"
    shop.toml:26: channels.chat.hosts[0]: found "example.com"; the plugin asks for no hosts
    shop.toml:27: channels.chat.secrets: found secrets; the plugin does not ask for any
    shop.toml:27: warning: channels.chat.secrets.orders_in: not set: chat answers 503 until it is (variable X)
    shop.toml:33: channels.orders.hosts[0]: found "https://api.shop.example"; allowed is a host like api.example.com or *.example.com, with a port if it is not the usual one
    shop.toml:34: channels.orders.secrets.orders_in: found "orders_in"; a name means one secret in a tenant, and channels.chat takes it from elsewhere: name one of them otherwise
    shop.toml:37: bots.self-service.plugin: found "bot/fqa"; no such plugin is loaded; did you mean "bot/faq"?
    shop.toml:42: taggers[0].plugin: found "tagger/words"; no such plugin is loaded; did you mean "tagger/keywords"?
    shop.toml:46: sla.plugin: found "tagger/keywords"; a plugin of kind sla is needed here: sla/NAME
    faulty: 1 tenant, 7 faults, 1 warning
    "##);
}

#[test]
fn names_in_a_plugin_s_config() {
    let (code, told) = broken(&[
        ("max_length = 4000", "segment = \"private\""),
        ("secret = \"orders_in\"", "secret = \"0123456789abcdef0123456789abcdef\""),
        ("articles = 3", "hand_off_to = \"frist-line\""),
        ("[sla]\n", "[tags]\nallowed = [\"deliveries\", \"returns\"]\n\n[sla]\n"),
        (
            "within = \"2m\"",
            "within = \"2m\"\nchannel = [\"chat\", \"fax\"]\ncalendar = \"shopp\"\nlayer = \"experts\"",
        ),
    ]);
    assert_eq!(code, 2);
    insta::assert_snapshot!(told, @r##"
    shop.toml:26: channels.chat.config.segment: found "private"; no such segment: none is defined
    shop.toml:30: channels.orders.config.in.secret: allowed is a name out of this plugin's secrets, never the secret itself; there are orders_in
    shop.toml:36: bots.self-service.config.hand_off_to: found "frist-line"; no such layer; did you mean "first-line"?
    shop.toml:41: taggers[0].config.topics[0].tag: found "delivery"; no such tag; did you mean "deliveries"?
    shop.toml:51: sla.config.targets[0].channel[1]: found "fax"; no such channel; there are chat, orders
    shop.toml:52: sla.config.targets[0].calendar: found "shopp"; no such calendar; did you mean "shop"?
    shop.toml:53: sla.config.targets[0].layer: found "experts"; no such layer; there are self-service, first-line
    faulty: 1 tenant, 7 faults, 0 warnings
    "##);
}

#[test]
fn steps_of_a_flow_that_lead_nowhere() {
    let flow = "plugin = \"bot/flow\"\nconfig = { start = \"hello\", steps = { hello = { say = \"Hi\", goto = \"bye\" }, by = { hand_off = { to = \"experts\" } } } }";
    let (code, told) = broken(&[("plugin = \"bot/faq\"\nconfig = { articles = 3 }", flow)]);
    assert_eq!(code, 2);
    insta::assert_snapshot!(told, @r##"
    shop.toml:36: bots.self-service.config.steps.by.hand_off.to: found "experts"; no such layer; there are self-service, first-line
    shop.toml:36: bots.self-service.config.steps.hello.goto: found "bye"; no such name in steps; did you mean "by"?
    faulty: 1 tenant, 2 faults, 0 warnings
    "##);
}

#[test]
fn a_secret_pasted_for_its_name_is_not_repeated() {
    for pasted in ["EAAB:hunter2+/=", "xoxb-hunter2", "hunter2hunter2hunter2"] {
        let (code, told) = broken(&[("secret = \"orders_in\"", &format!("secret = \"{pasted}\""))]);
        assert_eq!(code, 2, "{told}");
        assert!(told.contains("never the secret itself"), "{told}");
        assert!(!told.contains("hunter2"), "{told}");
    }
    let headers =
        "messages\", headers = { authorization = [\"hunter2\"], x = 5 }, secret = \"Hunter2\" }";
    let (code, told) = broken(&[("messages\" }", headers)]);
    assert_eq!(code, 2, "{told}");
    assert!(!told.to_lowercase().contains("hunter2"), "{told}");
}

#[test]
fn calendars() {
    let (code, told) = broken(&[
        (
            "hours = [\"mon-fri 09:00-20:00\", \"sat 10:00-16:00\"]",
            "hours = [\"mon-fri 09:00-20:00\", \"fri 19:00-21:00\", \"sol 9-5\"]",
        ),
        ("09:00-12:00, 13:00-17:00\"]", "09:00-25:00\"]\ntime_zone = \"Europe/Helsinky\""),
        ("2026-12-25]", "\"2026-12-32\", 2026-12-24]"),
        ("hours = [\"09:00-14:00\"]", "hours = [\"09:00-09:00\"]"),
    ]);
    assert_eq!(code, 2);
    insta::assert_snapshot!(told, @r##"
    shop.toml:6: calendars.shop.hours[1]: found "19:00-21:00"; intervals of one day must not overlap
    shop.toml:6: calendars.shop.hours[2]: found "sol"; allowed are weekdays like mon, mon-fri or sat,sun
    shop.toml:7: calendars.shop.closed[1]: found "2026-12-32"; allowed is a date YYYY-MM-DD
    shop.toml:7: calendars.shop.closed[2]: found "2026-12-24"; each date may be named once
    shop.toml:8: calendars.shop.exceptions[0].hours[0]: found "09:00-09:00"; closing must differ from opening (all day is 00:00 to 24:00)
    shop.toml:11: calendars.office.hours[0]: found "25:00"; allowed is a time HH:MM from 00:00 to 23:59, or 24:00 to close
    shop.toml:12: calendars.office.time_zone: found "Europe/Helsinky"; allowed is an IANA time zone like Europe/Helsinki
    faulty: 1 tenant, 7 faults, 0 warnings
    "##);
}

#[test]
fn what_policy_forbids() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("tenants")).unwrap();
    std::fs::write(folder.path().join("tenants/shop.toml"), SHOP).unwrap();
    let policy = "[plugins.policy]\ncapabilities = [\"http\", \"secret\"]\nhosts = [\"*.partner.example\"]\n";
    std::fs::write(folder.path().join("kerros.toml"), policy).unwrap();
    let ended = check(folder.path(), &[]);
    assert_eq!(ended.code, 2);
    let here = format!("{}/tenants/", folder.path().display());
    insta::assert_snapshot!(ended.out.replace(&here, ""), @r##"
    shop.toml:31: channels.orders.hosts[0]: found "api.shop.example"; plugins.policy.hosts allows *.partner.example only
    shop.toml:35: bots.self-service.plugin: found "bot/faq"; it wants "search", which plugins.policy.capabilities does not allow
    shop.toml:50: reports.service-layers.plugin: found "report/service-layers"; it wants "facts", which plugins.policy.capabilities does not allow
    faulty: 1 tenant, 3 faults, 0 warnings
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
