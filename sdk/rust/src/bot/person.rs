//! Whether a customer asks for a person.

/// The words by which people ask for a person. A `*` stands for any ending.
const WORDS: [(&str, &[&str]); 3] = [
    (
        "fi",
        &[
            "ihminen",
            "ihmiselle",
            "ihmisen kanssa",
            "ihmistä",
            "asiakaspalvelij*",
            "asiakaspalveluun",
            "henkilölle",
            "henkilön kanssa",
            "virkailija*",
            "soittakaa",
            "soita minulle",
        ],
    ),
    (
        "sv",
        &[
            "människa",
            "en person",
            "riktig person",
            "handläggare*",
            "kundtjänst*",
            "kundservice*",
            "medarbetare*",
            "ring mig",
            "prata med någon",
        ],
    ),
    (
        "en",
        &[
            "human",
            "a person",
            "real person",
            "agent",
            "representative",
            "operator",
            "talk to someone",
            "speak to someone",
            "talk to somebody",
            "real people",
            "customer service",
            "customer support",
            "call me",
        ],
    ),
];

/// Longer messages describe a matter; a word in them is no wish.
const MOST_WORDS: usize = 12;

/// Whether a short message asks for a person, in Finnish, Swedish or English, whatever the conversation's language
/// is; `more` are a tenant's own words. A bot that does not understand this keeps its customers prisoner.
pub fn asks_for_person<'a>(text: &str, more: impl IntoIterator<Item = &'a str>) -> bool {
    let said = words(text);
    if said.is_empty() || said.len() > MOST_WORDS {
        return false;
    }
    let known = WORDS.iter().flat_map(|(_, words)| words.iter().copied());
    known.chain(more).any(|phrase| holds(&said, phrase))
}

/// Whether the words of a phrase follow each other in what was said.
fn holds(said: &[String], phrase: &str) -> bool {
    let phrase: Vec<String> = phrase.split_whitespace().map(str::to_lowercase).collect();
    !phrase.is_empty()
        && said.windows(phrase.len()).any(|window| {
            window.iter().zip(&phrase).all(|(word, wanted)| match wanted.strip_suffix('*') {
                Some(beginning) => word.starts_with(beginning),
                None => word == wanted,
            })
        })
}

fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wishes_are_understood_in_all_three_languages_and_other_words_are_not() {
        for (text, expected) in [
            ("Haluan puhua ihmiselle", true),
            ("ihminen!", true),
            ("voinko puhua asiakaspalvelijan kanssa?", true),
            ("Jag vill prata med en människa", true),
            ("Kundtjänst tack", true),
            ("Can I talk to a PERSON please", true),
            ("I would like to talk to a real person about this please", true),
            ("agent", true),
            ("someone stole my card", false),
            ("toisen henkilön kortti", false),
            ("let me speak to customer service", true),
            ("", false),
            ("Missä laskuni on?", false),
            ("my personal data", false),
            ("customer", false),
            (
                "The agent I met in the shop last week told me that the card should have come by now",
                false,
            ),
        ] {
            assert_eq!(asks_for_person(text, []), expected, "{text}");
        }
        assert!(asks_for_person("yhdistä Maijalle", ["yhdistä"]));
    }
}
