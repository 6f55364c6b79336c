//! A month's facts in, a document out.

use kerros_plugin::Error;
use kerros_plugin::report::{Block, Document, Facts, Period, Report};
use serde_json::{Value, json};

use crate::ServiceLayers;

/// Facts by name; an unknown name is refused as the host does.
struct Month(Value);

impl Facts for Month {
    fn get(&self, name: &str) -> Result<String, Error> {
        let facts = self.0.get(name).ok_or_else(|| Error::invalid("unknown"))?;
        Ok(facts.to_string())
    }
}

fn month() -> Value {
    let ratio = |part: u64, whole: u64| json!({ "part": part, "whole": whole });
    let layer = |name: &str, title: &str, entered: u64, solved: [u64; 3], cumulative: u64| {
        let sum: u64 = solved.iter().sum();
        json!({
            "layer": name, "title": { "fi": title, "en": name }, "kind": "personal",
            "entered": entered, "solved": sum, "confirmed": solved[0], "assumed": solved[1],
            "by_person": solved[2], "provisional": 2, "of_demand": ratio(sum, 1204),
            "of_entered": ratio(sum, entered), "cumulative": ratio(cumulative, 1204),
            "entered_share": ratio(entered, 1204)
        })
    };
    json!({
        "ledger": {
            "demand": 1204, "unresolved": 20, "abandoned": 14, "self_service": ratio(400, 1204),
            "layers": [
                layer("self", "Itsepalvelu", 1204, [300, 100, 0], 400),
                layer("first", "Etulinja", 780, [0, 0, 680], 1080),
                layer("experts", "Asiantuntijat", 100, [0, 0, 90], 1170),
            ],
            "goals": [
                { "layer": "self", "share": "of_demand", "at_least": 0.25, "under": null, "actual": ratio(400, 1204), "met": true },
                { "layer": "first", "share": "cumulative", "at_least": 0.9, "under": null, "actual": ratio(1080, 1204), "met": false },
                { "layer": "experts", "share": "entered", "at_least": null, "under": 0.1, "actual": ratio(100, 1204), "met": true },
            ],
            "fcr": ratio(600, 770), "fcr_window_days": 7,
            "first_response_calendar": { "count": 770, "mean_s": 300, "median_s": 45, "p90_s": 4000, "max_s": 9000 },
            "first_response_business": null,
            "bot_containment": ratio(400, 900),
            "escalations": { "complete": ratio(100, 100), "bounced": ratio(3, 100) },
        },
        "daily": [
            { "date": "2026-11-01", "demand": 600, "unresolved": 10, "abandoned": 4, "layers": [{ "layer": "self", "entered": 600, "solved": 200 }] },
            { "date": "2026-11-02", "demand": 604, "unresolved": 10, "abandoned": 10, "layers": [] },
        ],
        "hours": (0..24).map(|h| json!({ "hour": h, "demand": 50, "while_closed": if h < 8 { 50 } else { 0 } })).collect::<Vec<_>>(),
        "channels": [{ "channel": null, "demand": 204, "solved": 200 }, { "channel": "chat", "demand": 1000, "solved": 970 }],
        "tags": [{ "tag": "billing", "demand": 301, "of": 1204 }, { "tag": "login", "demand": 100, "of": 1204 }],
        "sla": [{ "metric": "first_response", "owner": "vendor", "met": 750, "breached": 20, "open": 3 }],
    })
}

fn build(config: Value, language: &str, facts: Value) -> Result<Document, Error> {
    let config = serde_json::from_value(config).unwrap();
    let period = Period {
        month: "2026-11".into(),
        language: language.into(),
        tenant_title: "Aurinko".into(),
        ..Period::default()
    };
    ServiceLayers::build(&config, &period, &Month(facts))
}

#[test]
fn the_whole_report_in_three_languages() {
    for (language, title) in [
        ("fi", "Palvelukerrokset, Aurinko, marraskuu 2026"),
        ("sv", "Servicelagren, Aurinko, november 2026"),
        ("en", "Service layers, Aurinko, November 2026"),
        ("de", "Service layers, Aurinko, November 2026"),
    ] {
        let document = build(json!({}), language, month()).unwrap();
        assert_eq!(document.title, title);
        let headings = document.blocks.iter().filter(|b| matches!(b, Block::Heading(_))).count();
        assert_eq!(headings, 10);
        check_form(&document);
    }
}

/// What the contract asks of tables and charts, and that no place was left unfilled.
fn check_form(document: &Document) {
    for block in &document.blocks {
        match block {
            Block::Table { columns, rows, .. } => {
                assert!(rows.iter().all(|row| row.len() == columns.len()), "{rows:?}");
            }
            Block::Chart { categories, series, .. } => {
                for line in series {
                    assert_eq!(line.values.len(), categories.len());
                    assert!(line.values.iter().all(|value| value.is_finite()));
                }
            }
            _ => {}
        }
    }
    let text = format!("{document:?}");
    for place in ["{n}", "{a}", "{b}"] {
        assert!(!text.contains(place));
    }
}

#[test]
fn every_share_names_its_denominator_and_goal() {
    let document = build(json!({ "sections": ["summary"] }), "en", month()).unwrap();
    let Block::Figures(figures) = &document.blocks[1] else { panic!() };
    let shown: Vec<_> = figures
        .iter()
        .map(|f| {
            let of = f.of.as_deref().unwrap_or_default();
            let goal = f.goal.as_deref().unwrap_or_default();
            format!("{} {} {of} {goal} {:?}", f.label, f.value, f.met)
        })
        .collect();
    assert_eq!(
        shown,
        [
            "Demand 1,204 contacts and help-center visits  None",
            "Solved 97.2% of demand (1,204)  None",
            "Solved by self-service 33.2% of demand (1,204)  None",
            "self: solved, share of demand 33.2% of demand (1,204) at least 25.0% Some(true)",
            "first: solved up to here, share of demand 89.7% of demand (1,204) at least 90.0% Some(false)",
            "experts: entered, share of demand 8.3% of demand (1,204) under 10.0% Some(true)",
        ]
    );
}

#[test]
fn the_ledgers_shares_sum_to_all_of_demand() {
    let document = build(json!({ "sections": ["ledger"] }), "fi", month()).unwrap();
    let table = document.blocks.iter().find_map(|block| match block {
        Block::Table { rows, .. } => Some(rows),
        _ => None,
    });
    let rows = table.unwrap();
    assert_eq!(
        rows[0],
        [
            "Itsepalvelu",
            "1\u{a0}204",
            "400",
            "33,2\u{a0}%",
            "33,2\u{a0}%",
            "33,2\u{a0}%",
            "300",
            "100",
            "0"
        ]
    );
    assert_eq!(rows.last().unwrap()[2..4], ["1\u{a0}204", "100,0\u{a0}%"]);
    let chart = document.blocks.iter().find_map(|block| match block {
        Block::Chart { series, goal, .. } => Some((series, goal)),
        _ => None,
    });
    let (series, goal) = chart.unwrap();
    let sum: f64 = series[0].values.iter().sum();
    assert!((sum - 100.0).abs() < 0.1, "{sum}");
    assert_eq!(goal.as_ref().unwrap().1, 25.0);
}

#[test]
fn a_ledger_that_does_not_add_up_is_no_report() {
    let mut facts = month();
    facts["ledger"]["abandoned"] = json!(15);
    assert!(matches!(build(json!({}), "en", facts), Err(Error::Permanent(_))));
    let mut facts = month();
    facts["ledger"]["layers"][0]["assumed"] = json!(99);
    assert!(matches!(build(json!({}), "en", facts), Err(Error::Permanent(_))));
}

#[test]
fn a_month_without_demand_says_so() {
    let nothing = json!({ "part": 0, "whole": 0 });
    let facts = json!({ "ledger": {
        "demand": 0, "unresolved": 0, "abandoned": 0, "self_service": nothing, "layers": []
    } });
    let document = build(json!({}), "sv", facts).unwrap();
    assert_eq!(document.blocks, [Block::Text("Ingen efterfrågan under månaden.".into())]);
}

#[test]
fn facts_that_fail_fail_the_report() {
    let mut facts = month();
    facts.as_object_mut().unwrap().remove("sla");
    assert!(matches!(build(json!({}), "en", facts), Err(Error::Invalid(_))));
}

#[test]
fn numbers_are_written_as_the_language_does() {
    use crate::words::Words;
    let (fi, en) = (Words::of("fi"), Words::of("en"));
    assert_eq!(fi.count(1_234_567), "1\u{a0}234\u{a0}567");
    assert_eq!(en.count(1_234_567), "1,234,567");
    assert_eq!(en.count(999), "999");
    assert_eq!(en.percent(Some(0.04)), "0.0%");
    assert_eq!(en.percent(Some(99.96)), "100.0%");
    assert_eq!(fi.percent(None), "–");
    for (seconds, text) in [(45, "45 s"), (600, "10 min"), (12_000, "3 h 20 min")] {
        assert_eq!(en.duration(seconds), text);
    }
    assert_eq!(fi.day("2026-11-02"), "2.11.");
    assert_eq!(en.month("nonsense"), "nonsense");
}

#[test]
fn the_busiest_day_and_the_closed_hours_are_named() {
    let document = build(json!({ "sections": ["days", "hours"] }), "en", month()).unwrap();
    let texts: Vec<_> = document
        .blocks
        .iter()
        .filter_map(|block| match block {
            Block::Text(text) => Some(text.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(
        texts,
        [
            "The busiest day was 2/11: 604.",
            "400 of demand (33.3%) came while the first layer of people was closed."
        ]
    );
}
