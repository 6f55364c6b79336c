//! Broken configs: every fault is told, with where, what was found and what is allowed.

use std::path::Path;

use kerros_settings::platform::{Flags, load};
use kerros_settings::tenant;

/// A tenant that is fine; broken ones are made from it.
const GOOD: &str = include_str!("good.toml");

fn told(folder: &Path, faults: &[kerros_settings::Fault]) -> String {
    let here = format!("{}/", folder.display());
    faults.iter().map(|fault| fault.to_string().replace(&here, "")).collect::<Vec<_>>().join("\n")
}

fn platform(text: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("kerros.toml"), text).unwrap();
    told(folder.path(), &load(folder.path(), &[], &Flags::default()).faults)
}

fn tenant_with(changes: &[(&str, &str)], articles: &[(&str, &str)]) -> String {
    let mut text = GOOD.to_owned();
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tenants/good.toml");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, text).unwrap();
    for (name, text) in articles {
        let path = folder.path().join("articles/good").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    told(folder.path(), &tenant::load(folder.path(), &path).faults)
}

#[test]
fn the_good_one_is_good() {
    let article = ("fi/a.md", "<!-- segments: private -->\n# Otsikko\n\nTeksti\n");
    assert_eq!(tenant_with(&[], &[article]), "");
}

#[test]
fn not_toml() {
    insta::assert_snapshot!(platform("[server\nlisten = '127.0.0.1:1'\nbase_url = \n"), @r##"kerros.toml:1: not TOML: unclosed table, expected `]`"##);
}

#[test]
fn unknown_keys_with_a_guess() {
    insta::assert_snapshot!(
        platform("[server]\nlisten_on = 'x'\nbse_url = ''\n[servr]\nx = 1\n[log]\ncolour = true\n"),
        @r##"
        kerros.toml:2: server.listen_on: found an unknown key; did you mean "listen"?
        kerros.toml:3: server.bse_url: found an unknown key; did you mean "base_url"?
        kerros.toml:4: servr: found an unknown key; did you mean "server"?
        kerros.toml:7: log.colour: found an unknown key; allowed are filter, format
        "##
    );
}

#[test]
fn wrong_kinds_of_values() {
    insta::assert_snapshot!(
        platform(
            "data = 5\n[server]\nlisten = 8080\ntrusted_proxies = -1\ndrain = 20\n[work]\nshards = 'many'\n\
             lease = '30 s'\n[plugins.policy]\ncapabilities = ['http', 'files']\nprivate_hosts = 'no'\n\
             [log]\nformat = 'jsn'\n"
        ),
        @r##"
        kerros.toml:1: data: found 5; allowed is a text
        kerros.toml:3: server.listen: found 8080; allowed is a text
        kerros.toml:4: server.trusted_proxies: found -1; allowed is a whole number from 0 to 10
        kerros.toml:5: server.drain: found 20; allowed is a length of time like 500ms, 30s, 15m, 72h or 3d
        kerros.toml:7: work.shards: found "many"; allowed is a whole number from 1 to 1024
        kerros.toml:8: work.lease: found "30 s"; allowed is a length of time like 500ms, 30s, 15m, 72h or 3d
        kerros.toml:10: plugins.policy.capabilities[1]: found "files"; allowed are "http", "secret", "search", "facts", "kv"
        kerros.toml:11: plugins.policy.private_hosts: found "no"; allowed is true or false
        kerros.toml:13: log.format: found "jsn"; allowed are "text", "json"; did you mean "json"?
        "##
    );
}

#[test]
fn values_out_of_bounds() {
    insta::assert_snapshot!(
        platform(
            "[server]\nlisten = 'localhost'\nbase_url = 'kerros.example.com'\ndrain = '2h'\n\
             [server.limits]\nframe = '1GiB'\n[work]\nlease = '1s'\n[security]\nsession_hours = 0\n\
             [log]\nfilter = 'loud,kerros=debug'\n[metrics]\nbuckets = [1, -2]\n[plugins.policy]\nhosts = ['https://x']\n\
             [plugins.limits.warm]\nmemory = '1MiB'\nper_use = 0\nidle = '2d'\n"
        ),
        @r##"
        kerros.toml:2: server.listen: found "localhost"; allowed is an IP address with a port, like 127.0.0.1:8080 or [::]:8080
        kerros.toml:3: server.base_url: found "kerros.example.com"; allowed is an address like https://service.example.com
        kerros.toml:4: server.drain: found "2h"; allowed is up to 10m
        kerros.toml:6: server.limits.frame: found "1GiB"; allowed is 1KiB to 1MiB
        kerros.toml:8: work.lease: found "1s"; allowed is 5s to 10m
        kerros.toml:10: security.session_hours: found 0; allowed is a whole number from 1 to 720
        kerros.toml:12: log.filter: found "loud"; allowed is a level (off, error, warn, info, debug, trace) or pairs like kerros_store=debug, with commas
        kerros.toml:14: metrics.buckets[1]: found -2; allowed is a number of seconds above 0
        kerros.toml:16: plugins.policy.hosts[0]: found "https://x"; allowed is "*" or a host like api.example.com or *.example.com, with a port if it is not the usual one
        kerros.toml:18: plugins.limits.warm.memory: found "1MiB"; allowed is 8MiB to 1GiB
        kerros.toml:19: plugins.limits.warm.per_use: found 0; allowed is a whole number from 1 to 1000
        kerros.toml:20: plugins.limits.warm.idle: found "2d"; allowed is 1ms to 1d
        "##
    );
}

#[test]
fn a_tenant_with_faults_of_form() {
    insta::assert_snapshot!(
        tenant_with(
            &[
                ("title = \"Good\"", "titel = \"Good\""),
                ("languages = [\"fi\", \"en\"]", "languages = [\"fi\", \"no\"]"),
                ("kind = \"expert\"", "kind = \"experts\""),
                ("capacity = 4", "capacity = 0"),
                ("reopen_window = \"72h\"", "reopen_window = \"three days\""),
                ("share = \"entered\"", "share = \"of_entry\""),
            ],
            &[]
        ),
        @r##"
        tenants/good.toml: title: found nothing; it is needed: allowed is a text
        tenants/good.toml:1: titel: found an unknown key; did you mean "title"?
        tenants/good.toml:2: languages[1]: found "no"; allowed are "fi", "sv", "en"
        tenants/good.toml:4: reopen_window: found "three days"; allowed is a length of time like 500ms, 30s, 15m, 72h or 3d
        tenants/good.toml:31: layers[2].kind: found "experts"; allowed are "self_service", "personal", "expert"; did you mean "expert"?
        tenants/good.toml:32: layers[2].capacity: found 0; allowed is a whole number from 1 to 1000
        tenants/good.toml:42: goals[1].share: found "of_entry"; allowed are "of_demand", "of_entered", "cumulative", "entered"; did you mean "of_entered"?
        "##
    );
}

#[test]
fn a_tenant_with_names_that_are_not_there() {
    insta::assert_snapshot!(
        tenant_with(
            &[
                ("calendar = \"office\"", "calendar = \"ofice\""),
                ("holidays = [\"finland\"]", "holidays = [\"finnland\"]"),
                ("layer = \"experts\"\nshare = \"entered\"", "layer = \"expert\"\nshare = \"entered\""),
                ("[bots.self-service]", "[bots.first-line]"),
                ("channel = \"chat\"", "channel = \"chatt\""),
                ("title = { fi = \"Yksityiset\", en = \"Private\" }", "title = { en = \"Private\", sv = \"Privata\" }"),
            ],
            &[]
        ),
        @r##"
        tenants/good.toml:8: segments[0].title: found no text in it; the first language, fi, is needed: others fall back on it
        tenants/good.toml:8: segments[0].title.sv: found "sv"; allowed are the tenant's languages: fi, en
        tenants/good.toml:15: calendars.office.holidays[0]: found "finnland"; no such list of holidays; did you mean "finland"?
        tenants/good.toml:26: layers[1].calendar: found "ofice"; no such calendar; did you mean "office"?
        tenants/good.toml:41: goals[1].layer: found "expert"; no such layer; did you mean "experts"?
        tenants/good.toml:55: bots.first-line: found "first-line"; no such self-service layer; there are self-service
        tenants/good.toml:66: widget.channel: found "chatt"; no such channel; did you mean "chat"?
        "##
    );
}

#[test]
fn layers_goals_and_time() {
    insta::assert_snapshot!(
        tenant_with(
            &[
                ("time_zone = \"Europe/Helsinki\"", "time_zone = \"Europe/Helsingfors\""),
                ("kind = \"personal\"", "kind = \"expert\""),
                ("kind = \"expert\"\ncapacity", "kind = \"personal\"\ncapacity"),
                ("at_least = 0.25", "at_least = 25"),
                ("under = 0.1", "under = 0.1\nat_least = 0.05"),
                ("id = \"experts\"", "id = \"first-line\""),
            ],
            &[]
        ),
        @r##"
        tenants/good.toml:3: time_zone: found "Europe/Helsingfors"; allowed is an IANA time zone like Europe/Helsinki
        tenants/good.toml:22: warning: layers[1].briefing: no required field: escalations may come without a briefing
        tenants/good.toml:29: layers[2].id: found "first-line"; each name may stand once
        tenants/good.toml:31: layers[2].kind: found "personal"; layers go from self_service over personal to expert; "first-line" comes before it
        tenants/good.toml:38: goals[0].at_least: found 25; allowed is a share from 0 to 1 (25 % is 0.25)
        tenants/good.toml:40: goals[1]: found both at_least and under; allowed is one of at_least and under
        tenants/good.toml:41: goals[1].layer: found "experts"; no such layer; there are self-service, first-line, first-line
        "##
    );
}

#[test]
fn plugins_in_the_wrong_place_and_secrets_in_the_file() {
    insta::assert_snapshot!(
        tenant_with(
            &[
                ("plugin = \"channel/telegram\"", "plugin = \"bot/telegram\""),
                ("token = { env = \"TELEGRAM_TOKEN\" }", "token = \"123:hunter2\"\nother = { evn = \"X\" }"),
                ("hosts = [\"api.telegram.org\"]", "hosts = [\"https://api.telegram.org\"]"),
                ("plugin = \"sla/standard\"", "plugin = \"standard\""),
                ("accent = \"#0b6e4f\"", "accent = \"green\""),
            ],
            &[]
        ),
        @r##"
        tenants/good.toml:50: channels.telegram.plugin: found "bot/telegram"; a plugin of kind channel is needed here: channel/NAME
        tenants/good.toml:51: channels.telegram.hosts[0]: found "https://api.telegram.org"; allowed is a host like api.example.com or *.example.com, with a port if it is not the usual one
        tenants/good.toml:53: channels.telegram.secrets.token: allowed is { env = "NAME" }, { file = "path" } or { generated = true }, never the secret itself
        tenants/good.toml:54: channels.telegram.secrets.other: allowed is { env = "NAME" }, { file = "path" } or { generated = true }, never the secret itself
        tenants/good.toml:64: sla.plugin: found "standard"; allowed is a plugin's kind and name, like channel/web-chat
        tenants/good.toml:68: widget.accent: found "green"; allowed is a colour like #0b6e4f
        "##
    );
}

#[test]
fn mailboxes_and_outboxes() {
    let mail = r#"[mailboxes.support]
channel = "mial"
address = "support"
host = "imap.example.com:993"
password = "hunter2"
poll = "1s"
after = "burn"

[mailboxes.info]
channel = "chat"
address = "info@example.com"
host = "imap.example.com"
tls = "none"
after = "move:INBOX"

[mailboxes.again]
channel = "chat"
address = "info@example.com"
host = "imap.example.com"
port = 143
password = { env = "X" }
[mailboxes.again.oauth2]
provider = "microsoft"
client_id = "x"

[outboxes.fax]
host = "smtp example"
password = { env = "X" }
senders = ["info", "*@example.com"]
max_size = "1GiB"
hello = "*.example.com"
dkim = [{ domain = "exa mple", selector = "k", key = { file = "k.pem" } }]

[widget]
"#;
    insta::assert_snapshot!(
        tenant_with(&[("[widget]\n", mail)], &[]),
        @r##"
        tenants/good.toml:66: mailboxes.support.channel: found "mial"; no such channel; there are chat, telegram
        tenants/good.toml:67: mailboxes.support.address: found "support"; allowed is a mail address like support@example.com
        tenants/good.toml:68: mailboxes.support.host: found "imap.example.com:993"; allowed is a host like imap.example.com, the port stands beside it
        tenants/good.toml:69: mailboxes.support.password: allowed is { env = "NAME" }, { file = "path" } or { generated = true }, never the secret itself
        tenants/good.toml:70: mailboxes.support.poll: found "1s"; allowed is 5s to 24h
        tenants/good.toml:71: mailboxes.support.after: found "burn"; allowed is "leave", "seen", "delete" or "move:FOLDER"
        tenants/good.toml:73: mailboxes.info.folder: found "INBOX"; another mailbox fetches this folder already: each mail may be taken in once
        tenants/good.toml:73: mailboxes.info.password: found nothing; a password or oauth2 is needed
        tenants/good.toml:77: mailboxes.info.tls: found "none"; without TLS only this machine may be connected to: allowed are "implicit", "starttls"
        tenants/good.toml:78: mailboxes.info.after: found "move:INBOX"; the folder that mails move to must be another one
        tenants/good.toml:85: mailboxes.again.password: found a password beside oauth2; one of both is enough
        tenants/good.toml:86: mailboxes.again.oauth2.client_secret: found nothing; without a refresh token it is needed
        tenants/good.toml:86: mailboxes.again.oauth2.tenant: found ""; allowed is the directory's id or domain
        tenants/good.toml:90: outboxes.fax: found "fax"; no such channel; there are chat, telegram
        tenants/good.toml:90: outboxes.fax.user: found nothing; it is needed to log in
        tenants/good.toml:91: outboxes.fax.host: found "smtp example"; allowed is a host like imap.example.com, the port stands beside it
        tenants/good.toml:93: outboxes.fax.senders[0]: found "info"; allowed is an address like support@example.com, or *@example.com
        tenants/good.toml:94: outboxes.fax.max_size: found "1GiB"; allowed is 64KiB to 200MiB
        tenants/good.toml:95: outboxes.fax.hello: found "*.example.com"; allowed is this server's name like support.example.com
        tenants/good.toml:96: outboxes.fax.dkim[0].domain: found "exa mple"; allowed is a name as it stands in DNS
        "##
    );
}

#[test]
fn how_a_channel_sends_and_a_tenants_manners() {
    let good = [
        (
            "hosts = [\"api.telegram.org\"]\n",
            "hosts = [\"api.telegram.org\"]\nrate = \"80/s\"\nexpires = \"4h\"\nanswers_via = \"chat\"\n",
        ),
        (
            "reopen_window = \"72h\"",
            "fcr_window = \"14d\"\ninbound_kept = \"0s\"\nclosed_answers_a_day = 0\nautomatic_mails_a_day = 5\ncall_waits = []",
        ),
    ];
    assert_eq!(tenant_with(&good, &[]), "");
    let told = tenant_with(
        &[
            (
                "hosts = [\"api.telegram.org\"]\n",
                "hosts = [\"api.telegram.org\"]\nrate = \"80/d\"\n",
            ),
            ("reopen_window = \"72h\"", "call_waits = [\"1m\", 5]"),
        ],
        &[],
    );
    assert!(
        told.contains("channels.telegram.rate: found \"80/d\"; allowed is a rate like 80/s"),
        "{told}"
    );
    assert!(told.contains("call_waits[1]: found 5"), "{told}");
    let told = tenant_with(
        &[
            (
                "hosts = [\"api.telegram.org\"]\n",
                "hosts = [\"api.telegram.org\"]\nexpires = \"8d\"\nanswers_via = \"chatt\"\n",
            ),
            ("plugin = \"bot/faq\"\n", "plugin = \"bot/faq\"\nrate = \"1/s\"\nidempotent = true\n"),
            (
                "reopen_window = \"72h\"",
                "fcr_window = \"36h\"\ninbound_kept = \"1d\"\ncall_waits = [\"30m\", \"5s\"]",
            ),
        ],
        &[],
    );
    for (key, allowed) in [
        ("channels.telegram.expires", "1m to 7d"),
        ("channels.telegram.answers_via", "did you mean \"chat\"?"),
        ("bots.self-service.rate", "only a channel sends"),
        ("bots.self-service.idempotent", "only a channel sends"),
        ("fcr_window", "1d to 90d, in whole days"),
        ("inbound_kept", "7d or more in whole days, or 0s for good"),
        ("call_waits[1]", "1m to 30d"),
    ] {
        let line = told.lines().find(|line| line.contains(&format!(" {key}:")));
        assert!(line.is_some_and(|line| line.contains(allowed)), "{key}: {told}");
    }
}

#[test]
fn missing_keys() {
    insta::assert_snapshot!(
        tenant_with(
            &[
                ("time_zone = \"Europe/Helsinki\"\n", ""),
                ("id = \"first-line\"\n", ""),
                ("hours = [\"mon-fri 08:00-16:00\"]\n", ""),
                ("plugin = \"channel/web-chat\"\n", ""),
            ],
            &[]
        ),
        @r##"
        tenants/good.toml: time_zone: found nothing; it is needed: allowed is a text
        tenants/good.toml:12: calendars.office.hours: found nothing; it is needed: allowed is a list
        tenants/good.toml:20: layers[1].id: found nothing; it is needed: allowed is a short name of small letters, digits, - and _, beginning with a letter
        tenants/good.toml:42: channels.chat.plugin: found nothing; it is needed: allowed is a plugin's kind and name, like channel/web-chat
        "##
    );
}

#[test]
fn articles() {
    insta::assert_snapshot!(
        tenant_with(
            &[],
            &[
                ("fi/ei-otsikkoa.md", "Teksti ilman otsikkoa\n"),
                ("fi/Iso Kirjain.md", "# Otsikko\n"),
                ("en/for-whom.md", "<!-- segments: privat -->\n# Title\n"),
                ("no/norsk.md", "# Tittel\n"),
            ]
        ),
        @r##"
        articles/good/en/for-whom.md:1: no segment "privat"; there are private
        articles/good/fi/Iso Kirjain.md: the file is called "Iso Kirjain"; it becomes an address: small letters, digits and -
        articles/good/fi/ei-otsikkoa.md: no title; the first line must be `# Title`
        articles/good/no: warning: a folder for "no"; the tenant's languages are fi, en
        "##
    );
}
