//! The language somebody wrote in, by its smallest words. Mail programs name their own language (`Content-Language`),
//! which is that of the office more often than that of the letter: it counts only where the words say nothing.

use crate::mime::Head;

const SMALL: [(&str, &[&str]); 3] = [
    (
        "fi",
        &[
            "ja",
            "on",
            "ei",
            "että",
            "olen",
            "hei",
            "kiitos",
            "minun",
            "mutta",
            "oli",
            "kun",
            "jos",
            "tämä",
            "se",
            "nyt",
            "vielä",
            "terveisin",
            "mitä",
            "miten",
            "voisitteko",
            "moi",
            "olisi",
            "sen",
            "jo",
            "en",
            "kuin",
            "mikä",
            "milloin",
            "päivää",
            "saanut",
            "voiko",
            "eikä",
        ],
    ),
    (
        "sv",
        &[
            "och",
            "jag",
            "det",
            "är",
            "inte",
            "hej",
            "tack",
            "att",
            "har",
            "ni",
            "kan",
            "som",
            "på",
            "för",
            "med",
            "hälsningar",
            "vad",
            "när",
            "vi",
            "mitt",
            "ett",
            "också",
            "skulle",
            "ännu",
            "vänligen",
            "var",
            "till",
            "av",
        ],
    ),
    (
        "en",
        &[
            "the", "and", "is", "to", "my", "not", "you", "hello", "thanks", "have", "for", "with",
            "this", "it", "please", "what", "when", "regards", "of", "are", "was", "would", "your",
            "but", "hi", "i", "can", "how",
        ],
    ),
];

/// Words that are looked at.
const MOST: usize = 400;

/// The language of a text, else the one its program names.
pub fn of(text: &str, head: &Head<'_>) -> Option<String> {
    by_words(text).map(str::to_owned).or_else(|| named(head))
}

fn by_words(text: &str) -> Option<&'static str> {
    let mut hits = [0usize; 3];
    for word in text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).take(MOST)
    {
        let word = word.to_lowercase();
        for (place, (_, words)) in SMALL.iter().enumerate() {
            hits[place] += usize::from(words.contains(&word.as_str()));
        }
    }
    let best = (0..3).max_by_key(|&place| hits[place])?;
    let second = (0..3).filter(|&place| place != best).map(|place| hits[place]).max()?;
    (hits[best] >= 2 && hits[best] >= 2 * second).then_some(SMALL[best].0)
}

/// The main part of the first language tag.
fn named(head: &Head<'_>) -> Option<String> {
    let text = head.text("content-language")?;
    let main = text.split([',', '-', '_', ' ']).next()?;
    let plain = (2..=3).contains(&main.len()) && main.bytes().all(|b| b.is_ascii_alphabetic());
    plain.then(|| main.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_tell_their_language() {
        for (text, named, wanted) in [
            ("Hei, en ole saanut laskua vielä.", "en-US", Some("fi")),
            ("Hej, jag har inte fått fakturan.", "en-US", Some("sv")),
            ("Hello, I have not received the invoice.", "fi", Some("en")),
            ("12345", "sv-FI", Some("sv")),
            ("12345", "", None),
            ("Guten Tag, die Rechnung ist falsch.", "de-DE", Some("de")),
            ("", "x", None),
        ] {
            let mail = format!("Content-Language: {named}\r\n\r\n");
            let (head, _) = Head::read(mail.as_bytes());
            assert_eq!(of(text, &head).as_deref(), wanted, "{text}");
        }
    }
}
