//! Tags a message by words and phrases, found in any of their forms and weighted.
//!
//! A topic's score is the sum of the weights of its terms that occur, each once. From the threshold `t` on it is
//! suggested with the confidence `100 - 50 t / score` percent: 50 at the threshold, 75 at twice, 90 at five times.
//!
//! Start in [`text`] (how a message is cut and stemmed), then [`term`] (how a term is found in it).

mod term;
mod text;

use kerros_plugin::Error;
use kerros_plugin::tagger::{Conversation, Suggestion, Tagger};
use serde::Deserialize;
use serde_json::value::RawValue;
use text::{Stemming, Text};

kerros_plugin::tagger!(Keywords);

struct Keywords;

#[derive(Deserialize)]
struct Config {
    #[serde(default = "one")]
    threshold: f32,
    topics: Vec<Topic>,
}

#[derive(Deserialize)]
struct Topic {
    tag: String,
    threshold: Option<f32>,
    terms: Terms,
}

/// Terms by language, unread: a call needs one language, and reading all would cost more than matching.
#[derive(Deserialize)]
struct Terms {
    fi: Option<Box<RawValue>>,
    sv: Option<Box<RawValue>>,
    en: Option<Box<RawValue>>,
    any: Option<Box<RawValue>>,
}

fn one() -> f32 {
    1.0
}

/// The most suggestions the contract allows.
const MOST: usize = 50;

impl Tagger for Keywords {
    type Config = Config;

    fn tag(config: &Config, conversation: &Conversation) -> Result<Vec<Suggestion>, Error> {
        let mut text = Text::new(conversation.newest_text());
        if text.is_empty() {
            return Ok(Vec::new());
        }
        let languages = languages(&conversation.language);
        let mut found = Vec::new();
        for topic in &config.topics {
            let mut score = 0.0;
            for stemming in languages {
                if let Some(terms) = topic.terms.of(*stemming) {
                    score += term::score(terms, *stemming, &mut text)?;
                }
            }
            let threshold = topic.threshold.unwrap_or(config.threshold);
            if score >= threshold {
                // Between 50 and 100, so the cast keeps the value.
                let confidence = (100.0 - 50.0 * threshold / score + 0.5) as u8;
                found.push(Suggestion::new(topic.tag.as_str(), confidence));
            }
        }
        found.sort_by(|a, b| b.confidence.cmp(&a.confidence).then_with(|| a.tag.cmp(&b.tag)));
        let mut seen: Vec<String> = Vec::new();
        found.retain(|s| {
            !seen.contains(&s.tag) && {
                seen.push(s.tag.clone());
                true
            }
        });
        found.truncate(MOST);
        Ok(found)
    }
}

impl Terms {
    fn of(&self, stemming: Stemming) -> Option<&RawValue> {
        match stemming {
            Stemming::Finnish => &self.fi,
            Stemming::Swedish => &self.sv,
            Stemming::English => &self.en,
            Stemming::None => &self.any,
        }
        .as_deref()
    }
}

/// Which terms are looked for. Where the language is none we know, all of them.
fn languages(language: &str) -> &'static [Stemming] {
    match language.split('-').next() {
        Some("fi") => &[Stemming::Finnish, Stemming::None],
        Some("sv") => &[Stemming::Swedish, Stemming::None],
        Some("en") => &[Stemming::English, Stemming::None],
        _ => &[Stemming::Finnish, Stemming::Swedish, Stemming::English, Stemming::None],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kerros_plugin::tagger::Message;

    fn tags(config: serde_json::Value, language: &str, messages: &[&str]) -> Vec<(String, u8)> {
        let config: Config = serde_json::from_str(&config.to_string()).unwrap();
        let conversation = Conversation {
            language: language.into(),
            messages: messages.iter().map(|text| Message::from_contact(*text)).collect(),
            ..Conversation::default()
        };
        let found = Keywords::tag(&config, &conversation).unwrap();
        found.into_iter().map(|s| (s.tag, s.confidence)).collect()
    }

    fn one_topic(language: &str, terms: serde_json::Value) -> serde_json::Value {
        serde_json::json!({ "topics": [{ "tag": "t", "terms": { language: terms } }] })
    }

    #[test]
    fn words_are_found_in_their_forms_and_only_there() {
        let cases = [
            ("fi", "lasku", "Laskuni on väärin", true),
            ("fi", "lasku", "En ole saanut laskua.", true),
            ("fi", "lasku", "laskettelu sujui", false),
            ("fi", "salasana", "Unohdin salasanani!", true),
            ("fi", "lounasetu", "Mihin lounasetuni katosi?", true),
            ("sv", "faktura", "Fakturan är fel", true),
            ("sv", "lösenord", "Jag har glömt mitt lösenordet", true),
            ("sv", "faktura", "fakta om er", false),
            ("en", "invoice", "Two INVOICES are missing", true),
            ("en", "pay", "I am paying too much", true),
            ("en", "lie", "it is lying there", true),
            ("en", "invoice", "my invoicing address", true),
            ("fi", "ei pääse sisään", "Sovellukseen ei pääse sisään enää", true),
            ("fi", "ei pääse sisään", "Pääse sisään, ei ulos", false),
            ("en", "log in", "I can't log in to my account", true),
            ("en", "log in", "in the log", false),
            ("fi", "lasku*", "laskutusosoitteeni muuttui", true),
            ("fi", "*osoite", "laskutusosoite puuttuu", true),
            ("fi", "*osoit*", "laskutusosoitteeni puuttuu", true),
            ("fi", "*osoite", "osoitteeton", false),
        ];
        for (language, term, text, expected) in cases {
            let found = tags(one_topic(language, serde_json::json!([term])), language, &[text]);
            assert_eq!(!found.is_empty(), expected, "{term:?} in {text:?}");
        }
    }

    #[test]
    fn decomposed_letters_are_the_same_letters() {
        let config = one_topic("fi", serde_json::json!(["määrä"]));
        assert_eq!(tags(config, "fi", &["ma\u{308}a\u{308}ra\u{308} on pieni"]).len(), 1);
    }

    #[test]
    fn confidence_grows_with_the_score() {
        let config = serde_json::json!({ "topics": [{ "tag": "t", "terms": {
            "en": ["one", "two", "three", { "term": "four", "weight": 2 }]
        } }] });
        for (text, confidence) in [
            ("one", 50),
            ("one and one again", 50),
            ("one two", 75),
            ("four", 75),
            ("one two three four", 90),
        ] {
            assert_eq!(tags(config.clone(), "en", &[text]), [("t".into(), confidence)], "{text}");
        }
    }

    #[test]
    fn weights_and_thresholds_decide() {
        let config = serde_json::json!({ "threshold": 2.0, "topics": [
            { "tag": "a", "terms": { "en": ["pay", { "term": "not", "weight": -1 }] }, "threshold": 1 },
            { "tag": "b", "terms": { "en": ["pay"] } },
        ] });
        assert_eq!(tags(config.clone(), "en", &["I pay"]), [("a".into(), 50)]);
        assert_eq!(tags(config, "en", &["I do not pay"]), []);
    }

    #[test]
    fn the_language_chooses_the_terms_and_any_always_counts() {
        let config = serde_json::json!({ "topics": [
            { "tag": "t", "terms": { "fi": ["tie"], "en": ["tie"], "any": ["IBAN"] } },
        ] });
        assert_eq!(tags(config.clone(), "fi", &["my ties"]), []);
        assert_eq!(tags(config.clone(), "en", &["my ties"]).len(), 1);
        assert_eq!(tags(config.clone(), "de", &["my ties"]).len(), 1);
        assert_eq!(tags(config, "sv", &["mitt iban"]).len(), 1);
    }

    #[test]
    fn only_the_customers_newest_message_is_read() {
        let terms = serde_json::json!(["refund"]);
        assert_eq!(tags(one_topic("en", terms.clone()), "en", &["a refund please", "hello?"]), []);
        let config: Config = serde_json::from_str(&one_topic("en", terms).to_string()).unwrap();
        let conversation = Conversation {
            language: "en".into(),
            messages: vec![
                Message::from_contact("hello"),
                Message { author: "bot".into(), text: "a refund?".into(), ..Message::default() },
            ],
            ..Conversation::default()
        };
        assert_eq!(Keywords::tag(&config, &conversation).unwrap(), []);
    }

    #[test]
    fn a_tag_with_two_topics_is_suggested_once() {
        let config = serde_json::json!({ "topics": [
            { "tag": "t", "terms": { "en": ["one"] } },
            { "tag": "t", "terms": { "en": ["one", "two"] } },
        ] });
        assert_eq!(tags(config, "en", &["one two"]), [("t".into(), 75)]);
    }
}
