//! Words that ask for no more messages, or for messages again.

/// As networks and providers know them, and as people here write them.
const WORDS: [&str; 14] = [
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
    "sluta",
    "avsluta",
];
const AGAIN: [&str; 5] = ["start", "unstop", "aloita", "starta", "börja"];

/// Whether a message is nothing but such a word.
pub fn asks_to_stop(text: &str, more: &[String]) -> bool {
    is_one_of(text, &WORDS, more)
}

/// Whether a message is nothing but a word that takes such a wish back.
pub fn asks_to_start(text: &str, more: &[String]) -> bool {
    is_one_of(text, &AGAIN, more)
}

fn is_one_of(text: &str, known: &[&str], more: &[String]) -> bool {
    let word = text.trim().trim_end_matches(['.', '!']).to_lowercase();
    known.contains(&word.as_str()) || more.iter().any(|more| more.to_lowercase() == word)
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
        for (text, expected) in [
            ("START", true),
            ("Aloita!", true),
            ("Börja", true),
            ("start over", false),
            ("stop", false),
        ] {
            assert_eq!(asks_to_start(text, &[]), expected, "{text}");
        }
    }
}
