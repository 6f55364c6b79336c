//! The colours of `tokens.css` against each other: WCAG 2.2 AA for text (4.5:1) and for the edges of controls and focus
//! (3:1), in every theme.

use std::collections::BTreeMap;

use super::colours::{contrast, luminance, rgb};

const TOKENS: &str = include_str!("../../assets/css/tokens.css");

/// Where text may stand.
const GROUNDS: [&str; 7] = ["bg", "surface", "raised", "sunken", "hover", "pressed", "bubble"];

/// What is written, and on what beside the common grounds.
const TEXTS: [(&str, &[&str]); 8] = [
    ("text", &["note", "accent-soft", "good-soft", "warn-soft", "bad-soft"]),
    ("muted", &["note", "accent-soft"]),
    ("faint", &[]),
    ("accent-text", &["accent-soft"]),
    ("good", &["good-soft"]),
    ("warn", &["warn-soft"]),
    ("bad", &["bad-soft"]),
    ("note-text", &["note"]),
];

/// What stands on one ground only.
const PAIRS: [(&str, &str, f64); 2] =
    [("on-accent", "accent", 4.5), ("on-accent", "accent-strong", 4.5)];

/// Edges, each against what a control may stand on.
const EDGES: [(&str, &[&str]); 3] = [
    ("field", &["bg", "surface", "raised", "sunken"]),
    ("focus", &GROUNDS),
    ("accent", &["bg", "surface", "raised"]),
];

/// The tokens of a block that begins with `selector`.
fn block(selector: &str) -> BTreeMap<&'static str, &'static str> {
    let from = TOKENS.find(selector).expect("the block is there");
    let body = TOKENS[from..].split_once('{').expect("it opens").1;
    let body = body.split_once('}').expect("it closes").0;
    let pairs = body.split(';').filter_map(|one| one.trim().strip_prefix("--")?.split_once(": "));
    pairs.map(|(name, value)| (name, value.trim())).collect()
}

fn light(of: &BTreeMap<&str, &str>, name: &str) -> f64 {
    let value = of.get(name).unwrap_or_else(|| panic!("--{name} is missing"));
    let short = value.strip_prefix('#').filter(|hex| hex.len() == 3);
    let full = short.map(|hex| hex.chars().flat_map(|c| [c, c]).collect::<String>());
    let full = full.map_or_else(|| (*value).to_owned(), |hex| format!("#{hex}"));
    luminance(rgb(&full).unwrap_or_else(|| panic!("--{name}: {value} is no colour")))
}

#[test]
fn every_pair_has_its_contrast_in_every_theme() {
    let mut faults = Vec::new();
    for selector in ["[data-theme=\"light\"] {", "[data-theme=\"dark\"] {"] {
        let of = block(selector);
        let mut hold = |a: &str, b: &str, least: f64| {
            let found = contrast(light(&of, a), light(&of, b));
            if found < least {
                faults.push(format!("{selector} --{a} on --{b}: {found:.2}, at least {least}"));
            }
        };
        for (text, more) in TEXTS {
            // A note's text stands on a note alone.
            let grounds: &[&str] = if text == "note-text" { &[] } else { &GROUNDS };
            grounds.iter().chain(more).for_each(|ground| hold(text, ground, 4.5));
        }
        PAIRS.iter().for_each(|(a, b, least)| hold(a, b, *least));
        for (edge, grounds) in EDGES {
            grounds.iter().for_each(|ground| hold(edge, ground, 3.0));
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn the_systems_dark_is_the_chosen_dark() {
    assert_eq!(block("[data-theme=\"dark\"] {"), block("[data-theme=\"auto\"] {"));
}
