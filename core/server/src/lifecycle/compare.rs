//! Compares two answers, and shows where they differ without showing what they say.

use kerros_app::mask::Mask;
use kerros_app::ports::plugin::PluginError;
use serde_json::Value;

use super::report::Difference;

/// An answer in JSON.
pub type Answer = Result<Value, PluginError>;

/// How a new version's call went, next to the live one's.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The same answer.
    Same,
    /// Another answer; where.
    Different(Vec<Difference>),
    /// It broke.
    Failed(String),
    /// It was not called.
    Skipped,
}

/// Most places shown of one call.
const PLACES: usize = 5;
/// Most of a value that is shown, characters.
const SHOWN: usize = 200;

/// Judges the new version's answer.
pub fn compare(call: &str, live: &Answer, new: &Answer) -> Verdict {
    match (live, new) {
        (_, Err(PluginError::Unavailable { .. })) => Verdict::Skipped,
        // A live version that breaks says nothing of how the new one should answer, but one that breaks too is no
        // better.
        (_, Err(error @ (PluginError::Fault { .. } | PluginError::Timeout))) => {
            Verdict::Failed(format!("{call}: {error}"))
        }
        (Ok(live), Ok(new)) if live == new => Verdict::Same,
        (Err(live), Err(new)) if live == new => Verdict::Same,
        (live, new) => {
            let value = |answer: &Answer| match answer {
                Ok(value) => value.clone(),
                Err(error) => serde_json::json!({ "error": error.to_string() }),
            };
            let mut places = Vec::new();
            walk("", &value(live), &value(new), &mut places);
            let shown = places.into_iter().take(PLACES).map(|(at, live, new)| Difference {
                call: call.to_owned(),
                at,
                live: show(live.as_ref()),
                new: show(new.as_ref()),
            });
            Verdict::Different(shown.collect())
        }
    }
}

type Place = (String, Option<Value>, Option<Value>);

fn walk(at: &str, live: &Value, new: &Value, places: &mut Vec<Place>) {
    if live == new || places.len() > PLACES {
        return;
    }
    match (live, new) {
        (Value::Object(old), Value::Object(next)) => {
            let keys = old.keys().chain(next.keys().filter(|key| !old.contains_key(*key)));
            for key in keys {
                either(&format!("{at}/{key}"), old.get(key), next.get(key), places);
            }
        }
        (Value::Array(old), Value::Array(next)) => {
            for n in 0..old.len().max(next.len()) {
                either(&format!("{at}/{n}"), old.get(n), next.get(n), places);
            }
        }
        _ => places.push((at.to_owned(), Some(live.clone()), Some(new.clone()))),
    }
}

fn either(at: &str, live: Option<&Value>, new: Option<&Value>, places: &mut Vec<Place>) {
    match (live, new) {
        (Some(live), Some(new)) => walk(at, live, new, places),
        (live, new) => places.push((at.to_owned(), live.cloned(), new.cloned())),
    }
}

fn show(value: Option<&Value>) -> String {
    let Some(value) = value else { return "(nothing)".to_owned() };
    let text = Mask::default().value(value).to_string();
    text.chars().take(SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn places_are_shown_and_words_are_not() {
        let live = Ok(json!([{ "tag": "billing", "confidence": 80 }]));
        let fault = |message: &str| Err(PluginError::Fault { message: message.into() });
        let one = |at: &str, live: &str, new: &str| {
            let call = "tag".to_owned();
            Verdict::Different(vec![Difference {
                call,
                at: at.into(),
                live: live.into(),
                new: new.into(),
            }])
        };
        let table = [
            (Ok(json!([{ "tag": "billing", "confidence": 80 }])), Verdict::Same),
            (Ok(json!([{ "tag": "billing", "confidence": 70 }])), one("/0/confidence", "80", "70")),
            (Ok(json!([])), one("/0", r#"{"confidence":80,"tag":"billing"}"#, "(nothing)")),
            (Err(PluginError::Unavailable { message: "no room".into() }), Verdict::Skipped),
        ];
        for (new, expected) in table {
            assert_eq!(compare("tag", &live, &new), expected);
        }
        assert!(matches!(compare("tag", &live, &fault("unreachable")), Verdict::Failed(_)));
        assert!(matches!(compare("tag", &fault("x"), &fault("x")), Verdict::Failed(_)));
        let says = |text: &str| Ok(json!({ "actions": [{ "action": "say", "text": text }] }));
        let Verdict::Different(places) = compare("turn", &says("Hi Anna"), &says("Hello Anna"))
        else {
            panic!("they differ")
        };
        assert_eq!(places[0].at, "/actions/0/text");
        assert_eq!((&*places[0].live, &*places[0].new), ("\"Xx Xxxx\"", "\"Xxxxx Xxxx\""));
    }
}
