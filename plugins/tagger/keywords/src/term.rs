//! How a term is found in a text.

use std::borrow::Cow;
use std::fmt;

use kerros_plugin::Error;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::text::{Stemming, Text, cut};

/// The sum of the weights of the terms that occur.
pub fn score(terms: &RawValue, stemming: Stemming, text: &mut Text) -> Result<f32, Error> {
    let terms: Vec<Term<'_>> = serde_json::from_str(terms.get())
        .map_err(|e| Error::invalid(format!("config: terms: {e}")))?;
    Ok(terms.iter().filter(|term| occurs(&term.term, stemming, text)).map(|t| t.weight).sum())
}

/// A configured word or phrase: `"text"` or `{ "term": "text", "weight": 2 }`.
struct Term<'a> {
    term: Cow<'a, str>,
    weight: f32,
}

// By hand, because serde's untagged enums copy what they read before they try it.
impl<'de> Deserialize<'de> for Term<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Form;

        impl<'de> Visitor<'de> for Form {
            type Value = Term<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or a table with term and weight")
            }

            fn visit_borrowed_str<E>(self, term: &'de str) -> Result<Term<'de>, E> {
                Ok(Term { term: Cow::Borrowed(term), weight: 1.0 })
            }

            fn visit_str<E>(self, term: &str) -> Result<Term<'de>, E> {
                Ok(Term { term: Cow::Owned(term.to_owned()), weight: 1.0 })
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Term<'de>, A::Error> {
                let mut read = Term { term: Cow::Borrowed(""), weight: 1.0 };
                while let Some(key) = map.next_key::<Cow<'de, str>>()? {
                    if key == "weight" {
                        read.weight = map.next_value()?;
                    } else {
                        read.term = Cow::Owned(map.next_value()?);
                    }
                }
                Ok(read)
            }
        }

        deserializer.deserialize_any(Form)
    }
}

/// One word of a term.
enum Pattern {
    /// The stem of some word.
    Stem(String),
    /// A word that begins so: `lasku*`.
    Begins(String),
    /// A word that ends so: `*osoite`.
    Ends(String),
    /// A word that holds it: `*osoite*`.
    Holds(String),
}

/// Whether a term occurs. Its words must follow each other.
fn occurs(term: &str, stemming: Stemming, text: &mut Text) -> bool {
    let Some(patterns) = patterns(term, stemming, text) else { return false };
    let Some(last) = (text.words().len() + 1).checked_sub(patterns.len()) else { return false };
    (0..last).any(|start| {
        patterns.iter().zip(start..).all(|(pattern, place)| match pattern {
            Pattern::Stem(stem) => text.has_stem(place, stemming, stem),
            Pattern::Begins(part) => text.words()[place].starts_with(part.as_str()),
            Pattern::Ends(part) => text.words()[place].ends_with(part.as_str()),
            Pattern::Holds(part) => text.words()[place].contains(part.as_str()),
        })
    })
}

/// A term's words as patterns; `None` when it holds none, or one that cannot occur.
fn patterns(term: &str, stemming: Stemming, text: &Text) -> Option<Vec<Pattern>> {
    let mut patterns = Vec::new();
    let mut words = Vec::new();
    for part in term.split_whitespace() {
        words.clear();
        cut(part, &mut words);
        match (part.starts_with('*'), part.ends_with('*'), words.as_slice()) {
            (_, _, []) => {}
            (true, true, [word]) => patterns.push(Pattern::Holds(word.clone())),
            (true, false, [word]) => patterns.push(Pattern::Ends(word.clone())),
            (false, true, [word]) => patterns.push(Pattern::Begins(word.clone())),
            (_, _, words) => {
                for word in words {
                    if !text.may_hold(word) {
                        return None;
                    }
                    patterns.push(Pattern::Stem(stemming.stem(word)));
                }
            }
        }
    }
    (!patterns.is_empty()).then_some(patterns)
}
