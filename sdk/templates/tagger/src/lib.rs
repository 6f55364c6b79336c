//! Suggests a tag for messages with certain words. Replace it with what yours does.

use kerros_plugin::Error;
use kerros_plugin::tagger::{Conversation, Suggestion, Tagger};
use serde::Deserialize;

kerros_plugin::tagger!({{Type}});

struct {{Type}};

#[derive(Deserialize)]
struct Config {
    tag: String,
    words: Vec<String>,
}

impl Tagger for {{Type}} {
    type Config = Config;

    fn tag(config: &Config, conversation: &Conversation) -> Result<Vec<Suggestion>, Error> {
        let text = conversation.newest_text().to_lowercase();
        let found = config.words.iter().filter(|word| text.contains(word.as_str())).count();
        let confidence = match found {
            0 => return Ok(Vec::new()),
            1 => 60,
            _ => 90,
        };
        Ok(vec![Suggestion::new(config.tag.as_str(), confidence)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kerros_plugin::tagger::Message;

    #[test]
    fn more_words_are_surer() {
        let config = Config { tag: "complaint".into(), words: vec!["bad".into(), "late".into()] };
        for (text, confidences) in
            [("All is well", vec![]), ("That is BAD", vec![60]), ("Bad and late", vec![90])]
        {
            let conversation = Conversation {
                messages: vec![Message::from_contact(text)],
                ..Conversation::default()
            };
            let found = {{Type}}::tag(&config, &conversation).unwrap();
            let found: Vec<u8> = found.iter().map(|s| s.confidence).collect();
            assert_eq!(found, confidences, "{text}");
        }
    }
}
