//! Words that ask for no more messages.

/// As networks and providers know them, and as people here write them.
const WORDS: [&str; 12] = [
    "stop",
    "stopall",
    "stop all",
    "unsubscribe",
    "cancel",
    "end",
    "quit",
    "optout",
    "opt-out",
    "revoke",
    "lopeta",
    "stopp",
];

/// Whether a message is nothing but such a word.
pub fn asks_to_stop(text: &str, more: &[String]) -> bool {
    let word = text.trim().trim_end_matches(['.', '!']).to_lowercase();
    WORDS.contains(&word.as_str()) || more.iter().any(|more| more.to_lowercase() == word)
}

/// What is told of such a message: nobody answers it automatically.
pub const REASON: &str = "the customer asks for no more messages";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_word_alone_asks() {
        for text in ["STOP", " Stop. ", "unsubscribe", "Lopeta!", "pois"] {
            assert!(asks_to_stop(text, &["POIS".into()]), "{text}");
        }
        for text in ["", "Please stop the order", "stop it", "pois kaikki"] {
            assert!(!asks_to_stop(text, &["POIS".into()]), "{text}");
        }
    }
}
