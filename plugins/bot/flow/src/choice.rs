//! Which option a written answer means.

use crate::flow::Choice;
use crate::text::plain;

/// The option meant: by its label in any language, its value or its number; else the one whose words the answer holds
/// most of. Two that hold as many are none.
pub fn chosen<'a>(options: &'a [Choice], said: &str) -> Option<&'a Choice> {
    let said = plain(said);
    if said.is_empty() {
        return None;
    }
    let named = options.iter().enumerate().find(|(place, option)| {
        option.label.all().iter().any(|label| plain(label) == said)
            || option.value.as_deref().is_some_and(|value| plain(value) == said)
            || (place + 1).to_string() == said
    });
    if let Some((_, option)) = named {
        return Some(option);
    }
    let said: Vec<&str> = said.split(' ').collect();
    let scored = options
        .iter()
        .map(|option| (option.words.iter().filter(|phrase| holds(&said, phrase)).count(), option));
    let mut best: Option<(usize, &Choice)> = None;
    let mut tied = false;
    for (score, option) in scored.filter(|(score, _)| *score > 0) {
        match best {
            Some((most, _)) if score < most => {}
            Some((most, _)) if score == most => tied = true,
            _ => (best, tied) = (Some((score, option)), false),
        }
    }
    best.filter(|_| !tied).map(|(_, option)| option)
}

/// Whether the words of a phrase follow each other; a `*` at a word's end stands for any ending.
fn holds(said: &[&str], phrase: &str) -> bool {
    let phrase: Vec<String> = phrase.split_whitespace().map(str::to_lowercase).collect();
    !phrase.is_empty()
        && said.windows(phrase.len()).any(|window| {
            window.iter().zip(&phrase).all(|(word, wanted)| match wanted.strip_suffix('*') {
                Some(beginning) => word.starts_with(beginning),
                None => word == wanted,
            })
        })
}
