//! Small changes of an input that keep its shape, so that it still reaches the plugin: a text becomes an awkward one, a
//! list grows or shrinks, a number goes to its limits. JSON inside a text is changed inside too. What only the host
//! writes stays as it is (`kind/ours.rs`).

use kerros_host::Kind;
use serde_json::{Map, Number, Value};

use crate::conformance::awkward_texts;
use crate::dice::Dice;
use crate::kind::ours::{Rule, is_ours, rule};

/// Longest text made, bytes: the host hands on no more than 16 KiB of a message, but raw bodies are larger.
const LONGEST: usize = 64 << 10;
/// Most elements of a list made.
const MOST: usize = 64;

/// Characters that end, begin or turn things.
const SHARP: [&str; 22] = [
    "\"",
    "\\",
    "'",
    "{",
    "}",
    "[",
    "]",
    "<",
    ">",
    "&",
    ",",
    ":",
    "\0",
    "\r\n",
    "\u{202e}",
    "\u{feff}",
    "\u{1f600}",
    "é",
    "{secret:x}",
    "%00",
    "0",
    "-",
];

/// Numbers at which things break.
const NUMBERS: [i64; 10] =
    [0, 1, -1, 255, 256, 65_536, 2_147_483_648, 9_007_199_254_740_993, i64::MAX, i64::MIN];

/// Numbers that a count of the host's may be.
const COUNTS: [i64; 7] = [0, 1, 2, 99, 100_000, 4_294_967_296, 9_007_199_254_740_993];
/// Shares and means.
const SHARES: [f64; 6] = [0.0, 0.004, 0.5, 1.0, 1.5, 100_000.25];

/// Changes one thing of a call's input that does not come from the host; `states` is what a bot may have kept.
pub(crate) fn change_input(
    kind: Kind,
    call: &str,
    input: &mut Value,
    states: &[Value],
    dice: &mut Dice,
) {
    let mut places = Vec::new();
    let open = |path: &[String], value: &Value| {
        // The keys of the contract's own records do not come and go.
        !value.is_object() && !is_ours(input, kind, call, path)
    };
    gather(input, &mut Vec::new(), &open, &mut places);
    if places.is_empty() {
        return;
    }
    let path = dice.of(&places).clone();
    let place = path.iter().try_fold(&mut *input, |value, key| match value {
        Value::Array(list) => list.get_mut(key.parse::<usize>().ok()?),
        Value::Object(map) => map.get_mut(key),
        _ => None,
    });
    let Some(place) = place else { return };
    if rule(kind, call, &path) != Rule::State {
        change(place, dice);
    } else if states.is_empty() || dice.once_in(4) {
        *place = Value::Null;
    } else {
        *place = dice.of(states).clone();
    }
}

/// The places that are open to change.
fn gather(
    value: &Value,
    path: &mut Vec<String>,
    open: &impl Fn(&[String], &Value) -> bool,
    places: &mut Vec<Vec<String>>,
) {
    if open(path, value) {
        places.push(path.clone());
    }
    match value {
        Value::Array(list) => {
            for (at, child) in list.iter().enumerate() {
                path.push(at.to_string());
                gather(child, path, open, places);
                path.pop();
            }
        }
        Value::Object(map) => {
            for (key, child) in map {
                path.push(key.clone());
                gather(child, path, open, places);
                path.pop();
            }
        }
        _ => {}
    }
}

/// Changes a text or a number of the host's own facts, never their shape.
pub(crate) fn change_fact(fact: &mut Value, dice: &mut Dice) {
    let mut places = Vec::new();
    let open = |_: &[String], value: &Value| value.is_string() || value.is_number();
    gather(fact, &mut Vec::new(), &open, &mut places);
    if places.is_empty() {
        return;
    }
    let path = dice.of(&places).clone();
    let place = path.iter().try_fold(fact, |value, key| match value {
        Value::Array(list) => list.get_mut(key.parse::<usize>().ok()?),
        Value::Object(map) => map.get_mut(key),
        _ => None,
    });
    match place {
        Some(Value::String(text)) => {
            change_text(text, dice);
            text.retain(|c| !c.is_control());
            text.truncate(floor(text, 256));
        }
        Some(Value::Number(number)) if number.is_f64() => {
            *number = Number::from_f64(*dice.of(&SHARES)).unwrap_or(Number::from(0));
        }
        // Counts and moments: never below nothing, nor beyond what a count holds.
        Some(Value::Number(number)) => *number = Number::from(*dice.of(&COUNTS)),
        _ => {}
    }
}

/// Changes one thing somewhere in free JSON.
pub(crate) fn mutate(value: &mut Value, dice: &mut Dice) {
    let nodes = count(value);
    let mut at = dice.below(nodes);
    change_at(value, &mut at, dice);
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(list) => list.iter().map(count).sum(),
        Value::Object(map) => map.values().map(count).sum(),
        _ => 0,
    }
}

/// Walks in order until `at` nodes are passed; whether the change is made.
fn change_at(value: &mut Value, at: &mut usize, dice: &mut Dice) -> bool {
    if *at == 0 {
        change(value, dice);
        return true;
    }
    *at -= 1;
    match value {
        Value::Array(list) => list.iter_mut().any(|child| change_at(child, at, dice)),
        Value::Object(map) => map.values_mut().any(|child| change_at(child, at, dice)),
        _ => false,
    }
}

fn change(value: &mut Value, dice: &mut Dice) {
    match value {
        Value::Null => *value = Value::String(sharp(dice).repeat(3)),
        Value::Bool(flag) => *flag = !*flag,
        Value::Number(number) => {
            let other = if dice.once_in(4) { dice.any() } else { *dice.of(&NUMBERS) };
            *number = Number::from(other);
        }
        Value::String(text) => change_text(text, dice),
        Value::Array(list) => change_list(list, dice),
        Value::Object(map) => change_map(map, dice),
    }
}

fn change_list(list: &mut Vec<Value>, dice: &mut Dice) {
    if list.is_empty() {
        return;
    }
    let at = dice.below(list.len());
    match dice.below(4) {
        0 => {
            list.remove(at);
        }
        1 => list.clear(),
        2 => list.reverse(),
        _ => {
            let copies = 1 + dice.below(MOST.saturating_sub(list.len()));
            let element = list[at].clone();
            list.extend(std::iter::repeat_n(element, copies));
        }
    }
}

/// Keys go and come only where the shape is free: inside JSON that came from outside. Elsewhere a key that goes is
/// filled in again by the sample.
fn change_map(map: &mut Map<String, Value>, dice: &mut Dice) {
    let keys: Vec<String> = map.keys().cloned().collect();
    if keys.is_empty() {
        return;
    }
    let key = dice.of(&keys).clone();
    match dice.below(3) {
        0 => {
            map.remove(&key);
        }
        1 => {
            map.insert(key, Value::Null);
        }
        _ => {
            let other = dice.of(&keys).clone();
            let value = map[&other].clone();
            map.insert(key, value);
        }
    }
}

fn change_text(text: &mut String, dice: &mut Dice) {
    if let Ok(mut inside @ (Value::Object(_) | Value::Array(_))) = serde_json::from_str(text)
        && !dice.once_in(3)
    {
        mutate(&mut inside, dice);
        *text = inside.to_string();
        return;
    }
    let place = floor(text, dice.below(text.len() + 1));
    match dice.below(7) {
        0 => text.truncate(place),
        1 => text.insert_str(place, sharp(dice)),
        2 => {
            let texts = awkward_texts();
            text.clone_from(&dice.of(&texts).1);
        }
        3 => {
            let times = 1 + dice.below(1000);
            let piece = sharp(dice).repeat(times);
            text.insert_str(place, &piece);
        }
        4 => {
            let rest = text.split_off(place);
            text.insert_str(0, &rest);
        }
        5 => {
            if let Some(found) = text[place..].chars().next() {
                text.replace_range(place..place + found.len_utf8(), sharp(dice));
            }
        }
        _ => {
            let copy = text.clone();
            text.push_str(&copy);
        }
    }
    text.truncate(floor(text, LONGEST));
}

fn sharp(dice: &mut Dice) -> &'static str {
    SHARP[dice.below(SHARP.len())]
}

fn floor(text: &str, place: usize) -> usize {
    text.floor_char_boundary(place.min(text.len()))
}

/// Changes bytes without regard for what they mean.
pub(crate) fn corrupt(bytes: &mut Vec<u8>, dice: &mut Dice) {
    for _ in 0..=dice.below(4) {
        if bytes.is_empty() {
            bytes.push(0xff);
        }
        let at = dice.below(bytes.len());
        match dice.below(4) {
            0 => bytes[at] ^= 1 << dice.below(8),
            1 => bytes.truncate(at),
            2 => bytes.insert(at, u8::try_from(dice.below(256)).unwrap_or(0)),
            _ => {
                let piece = bytes[at..bytes.len().min(at + 64)].to_vec();
                bytes.extend(piece);
            }
        }
    }
    bytes.truncate(LONGEST);
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{corrupt, mutate};
    use crate::dice::Dice;

    #[test]
    fn the_same_seed_changes_the_same_and_most_changes_change_something() {
        let input = json!({ "body": "{\"a\":[1,{\"b\":\"x\"}]}", "list": [["k", "v"]], "n": 7 });
        let run = |seed| {
            let mut dice = Dice::new(seed);
            let mut all = Vec::new();
            for _ in 0..200 {
                let mut value = input.clone();
                mutate(&mut value, &mut dice);
                all.push(value);
            }
            all
        };
        let (first, again, other) = (run(1), run(1), run(2));
        assert_eq!(first, again);
        assert_ne!(first, other);
        assert!(first.iter().filter(|value| **value != input).count() > 150);
        // The body is changed inside as well as broken.
        let bodies: Vec<&str> = first.iter().filter_map(|v| v["body"].as_str()).collect();
        let reads = |body: &&&str| serde_json::from_str::<Value>(body).is_ok();
        assert!(bodies.iter().filter(reads).count() < bodies.len());
    }

    #[test]
    fn bytes_stay_bounded() {
        let mut dice = Dice::new(3);
        let mut bytes = b"{}".to_vec();
        for _ in 0..10_000 {
            corrupt(&mut bytes, &mut dice);
        }
        assert!(bytes.len() <= 64 << 10);
    }
}
