//! Rules against conversations.

use kerros_plugin::sla::{Facts, Layer, Metric, Owner, PauseOn, Sla, Target};
use serde_json::{Value, json};

use crate::{Config, Standard};

fn facts() -> Facts {
    let layer = |id: &str, kind: &str, owner: &str, calendar: Option<&str>| Layer {
        id: id.into(),
        kind: kind.into(),
        owner: owner.into(),
        calendar: calendar.map(Into::into),
    };
    Facts {
        channel: "chat".into(),
        priority: "normal".into(),
        segment: Some("employees".into()),
        language: "fi".into(),
        layer: "first".into(),
        layer_kind: "personal".into(),
        layers: vec![
            layer("self", "self_service", "vendor", None),
            layer("first", "personal", "vendor", Some("service")),
            layer("super", "personal", "vendor", None),
            layer("experts", "expert", "client", Some("office")),
            layer("legal", "expert", "client", Some("mornings")),
        ],
        tags: vec!["billing".into()],
    }
}

fn targets(rules: Value, facts: &Facts) -> Vec<Target> {
    let config: Config = serde_json::from_value(json!({ "targets": rules })).unwrap();
    Standard::targets(&config, facts).unwrap()
}

#[test]
fn a_bare_rule_gets_the_usual_clock() {
    assert_eq!(
        targets(json!([{ "metric": "resolution", "within": "4h" }]), &facts()),
        [Target {
            metric: Metric::Resolution,
            owner: Owner::Vendor,
            within_s: 14_400,
            calendar: Some("service".into()),
            pause_on: vec![PauseOn::Pending, PauseOn::OtherOwner],
            warn_at: Some(80),
            layer: None,
        }]
    );
}

#[test]
fn the_most_specific_rule_wins() {
    let first = |within: &str, more: Value| {
        let mut rule = json!({ "metric": "first_response", "within": within });
        for (key, value) in more.as_object().unwrap() {
            rule[key] = value.clone();
        }
        rule
    };
    let bare = first("1s", json!({}));
    let chat = first("2s", json!({ "channel": "chat" }));
    let mail = first("3s", json!({ "channel": "mail" }));
    let high = first("4s", json!({ "priority": ["high", "urgent"] }));
    let normal = first("5s", json!({ "priority": "normal" }));
    let group = first("6s", json!({ "segment": "employees" }));
    let both = first("7s", json!({ "channel": "chat", "language": "fi" }));
    let tagged = first("8s", json!({ "tag": ["x", "billing"] }));
    for (rules, seconds) in [
        (vec![&bare], 1),
        (vec![&bare, &chat], 2),
        (vec![&chat, &bare], 2),
        (vec![&bare, &mail, &high], 1),
        (vec![&chat, &normal], 5),
        (vec![&normal, &chat], 5),
        (vec![&group, &normal], 6),
        (vec![&both, &group], 7),
        (vec![&chat, &tagged], 2),
        (vec![&bare, &tagged], 8),
    ] {
        let found = targets(json!(rules), &facts());
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].within_s, seconds, "{rules:?}");
    }
    // Of equals the later one.
    let found = targets(json!([chat, first("9s", json!({ "channel": "chat" }))]), &facts());
    assert_eq!(found[0].within_s, 9);
}

#[test]
fn a_layer_has_its_own_promise_in_its_own_hours() {
    let rules = json!([
        { "metric": "first_response", "within": "5m" },
        { "metric": "first_response", "within": "1h", "layer": ["first", "super"] },
        { "metric": "first_response", "within": "2h", "layer": "super", "calendar": "office" },
    ]);
    let found: Vec<_> =
        targets(rules, &facts()).into_iter().map(|t| (t.layer, t.within_s, t.calendar)).collect();
    assert_eq!(
        found,
        [
            (None, 300, Some("service".into())),
            (Some("first".into()), 3600, Some("service".into())),
            (Some("super".into()), 7200, Some("office".into())),
        ]
    );
}

#[test]
fn two_owners_promise_each_for_its_own() {
    let rules = json!([
        { "metric": "resolution", "within": "8h" },
        { "metric": "resolution", "within": "16h", "owner": "client", "pause_on": ["other_owner"] },
        { "metric": "first_response", "within": "4h", "owner": "client" },
    ]);
    let found: Vec<_> = targets(rules, &facts())
        .into_iter()
        .map(|t| (t.owner, t.within_s, t.calendar.unwrap(), t.layer, t.pause_on.len()))
        .collect();
    assert_eq!(
        found,
        [
            (Owner::Vendor, 28_800, "service".into(), None, 2),
            (Owner::Client, 57_600, "office".into(), None, 1),
            (Owner::Client, 14_400, "office".into(), Some("experts".into()), 2),
            (Owner::Client, 14_400, "mornings".into(), Some("legal".into()), 2),
        ]
    );
}

#[test]
fn always_counts_all_time_and_zero_percent_warns_never() {
    let rules =
        json!([{ "metric": "resolution", "within": "1h30m", "calendar": "always", "warn_at": 0 }]);
    let found = targets(rules, &facts());
    assert_eq!((found[0].within_s, &found[0].calendar, found[0].warn_at), (5400, &None, None));
}

#[test]
fn a_rule_for_a_layer_that_is_not_there_promises_nothing() {
    let rules = json!([{ "metric": "resolution", "within": "1h", "layer": "gone" }]);
    assert_eq!(targets(rules, &facts()), []);
}

#[test]
fn times_are_read_strictly() {
    for (within, seconds) in [
        ("90s", Some(90)),
        ("15m", Some(900)),
        ("1h30m15s", Some(5415)),
        ("0s", None),
        ("5", None),
        ("m", None),
        ("1m1h", None),
        ("1h1h", None),
        ("1d", None),
        ("", None),
        ("99999999999999999999h", None),
    ] {
        let config: Config = serde_json::from_value(
            json!({ "targets": [{ "metric": "resolution", "within": within }] }),
        )
        .unwrap();
        let found = Standard::targets(&config, &facts());
        assert_eq!(found.ok().map(|t| t[0].within_s), seconds, "{within}");
    }
}
