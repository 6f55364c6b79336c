//! Texts by language, with places for answers.

use std::collections::BTreeMap;

use serde::Deserialize;

/// One text for all languages, or one each.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Text {
    One(String),
    Each(BTreeMap<String, String>),
}

/// One or several of something.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum OneOrMore<T> {
    One(T),
    More(Vec<T>),
}

impl<T> OneOrMore<T> {
    pub fn as_slice(&self) -> &[T] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::More(more) => more,
        }
    }
}

impl Text {
    /// The text in the language, else in the flow's, else in any.
    pub fn in_language(&self, language: &str, other: &str) -> &str {
        match self {
            Self::One(text) => text,
            Self::Each(texts) => {
                let main = language.split('-').next().unwrap_or_default();
                [language, main, other]
                    .iter()
                    .find_map(|language| texts.get(*language))
                    .or_else(|| texts.values().next())
                    .map_or("", String::as_str)
            }
        }
    }

    /// Every wording, whatever its language.
    pub fn all(&self) -> Vec<&str> {
        match self {
            Self::One(text) => vec![text],
            Self::Each(texts) => texts.values().map(String::as_str).collect(),
        }
    }
}

/// Fills `{name}` with answers; an answer not given is nothing. What an answer itself holds is not filled again.
pub fn fill(text: &str, answers: &BTreeMap<String, String>) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some(start) = rest.find('{') {
        filled.push_str(&rest[..start]);
        let inside = &rest[start + 1..];
        match inside.find('}') {
            Some(end) if is_name(&inside[..end]) => {
                filled.push_str(answers.get(&inside[..end]).map_or("", String::as_str));
                rest = &inside[end + 1..];
            }
            _ => {
                filled.push('{');
                rest = inside;
            }
        }
    }
    filled.push_str(rest);
    filled
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-".contains(&b))
}

/// Words in lower case with one space between, for comparing what people write.
pub fn plain(text: &str) -> String {
    let words: Vec<String> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_filled_in_once() {
        let answers =
            BTreeMap::from([("a".to_owned(), "{b}".to_owned()), ("b".to_owned(), "x".to_owned())]);
        for (text, filled) in [
            ("{a} and {b}", "{b} and x"),
            ("{c}.", "."),
            ("{ {B} {} {", "{ {B} {} {"),
            ("no", "no"),
        ] {
            assert_eq!(fill(text, &answers), filled);
        }
    }

    #[test]
    fn a_text_is_found_in_the_nearest_language() {
        let text: Text = serde_json::from_str(r#"{"fi": "hei", "en": "hi"}"#).unwrap();
        for (language, expected) in [("fi", "hei"), ("fi-FI", "hei"), ("sv", "hi"), ("en", "hi")] {
            assert_eq!(text.in_language(language, "en"), expected);
        }
        assert_eq!(text.in_language("sv", "de"), "hi");
    }
}
