//! Which words of the articles a customer may have meant: what is typed is often a compound of two
//! of them, one half of one, or misspelt.

use std::collections::BTreeSet;
use std::ops::Bound;

use tantivy::tokenizer::TextAnalyzer;

use crate::analyzer::words;

/// The stems that occur in a help center.
#[derive(Debug, Default)]
pub struct Vocabulary(BTreeSet<String>);

impl Vocabulary {
    /// Takes the words of a text in.
    pub fn learn(&mut self, analyzer: &mut TextAnalyzer, text: &str) {
        let mut stream = analyzer.token_stream(text);
        while stream.advance() {
            self.0.insert(stream.token().text.clone());
        }
    }

    /// The stems meant by one (`stem`) that was typed as `typed`, and how sure that is, up to 1.
    pub fn meant(
        &self,
        analyzer: &mut TextAnalyzer,
        typed: &str,
        stem: &str,
    ) -> Vec<(String, f32)> {
        let mut meant = Vec::new();
        let known = self.0.contains(stem);
        if known {
            meant.push((stem.to_owned(), 1.0));
        }
        let long = stem.chars().count();
        if long >= 4 {
            // "lounas" is said in "lounasetu" too, but less clearly than where it stands alone.
            let weight = if known { 0.3 } else { 0.7 };
            meant.extend(self.from(stem).take(8).map(|term| (term.to_owned(), weight)));
        }
        if known {
            return meant;
        }
        for half in self.halves(analyzer, typed) {
            meant.push((half, 0.8));
        }
        // Short words are too close to everything.
        let most = if long >= 8 { 2 } else { usize::from(long >= 5) };
        if meant.is_empty() && most > 0 {
            let close = self.0.iter().filter(|term| distance(term, stem, most) <= most);
            meant.extend(close.take(8).map(|term| (term.clone(), 0.6)));
        }
        meant
    }

    /// The terms that begin with `stem` and go on.
    fn from<'a>(&'a self, stem: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .range::<str, _>((Bound::Excluded(stem), Bound::Unbounded))
            .map(String::as_str)
            .take_while(move |term| term.starts_with(stem))
    }

    /// The two words that `typed` is made of, if both occur: "bussilippu" is bus and ticket.
    fn halves(&self, analyzer: &mut TextAnalyzer, typed: &str) -> Vec<String> {
        for (at, _) in typed.char_indices().skip(3) {
            let (left, right) = typed.split_at(at);
            if right.chars().count() < 3 {
                break;
            }
            let both: Vec<String> = [left, right]
                .iter()
                .filter_map(|half| words(analyzer, half).pop())
                .map(|(_, stem)| stem)
                .filter(|stem| self.0.contains(stem))
                .collect();
            if both.len() == 2 {
                return both;
            }
        }
        Vec::new()
    }
}

/// How many letters must be changed, added or left out; more than `most` is only said to be more.
fn distance(a: &str, b: &str, most: usize) -> usize {
    let b: Vec<char> = b.chars().collect();
    let length = a.chars().count();
    if length.abs_diff(b.len()) > most {
        return most + 1;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.chars().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, other) in b.iter().enumerate() {
            let changed = corner + usize::from(letter != *other);
            corner = row[j + 1];
            row[j + 1] = changed.min(corner + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyzer::analyzer;

    fn meant(language: &str, text: &str, typed: &str) -> Vec<(String, f32)> {
        let mut analyzer = analyzer(language);
        let mut vocabulary = Vocabulary::default();
        vocabulary.learn(&mut analyzer, text);
        let (typed, stem) = words(&mut analyzer, typed).remove(0);
        vocabulary.meant(&mut analyzer, &typed, &stem)
    }

    #[test]
    fn a_word_s_meanings() {
        for (language, text, typed, expected) in [
            ("en", "lost card", "cards", vec!["card"]),
            ("en", "restaurants", "restarant", vec!["restaur"]),
            ("en", "lost card", "zebra", vec![]),
            ("en", "pin", "pan", vec![]),
            ("fi", "lounas ja lounasetu", "lounas", vec!["lounas", "lounasetu"]),
            ("fi", "bussin ja junan kausiliput, lippu", "bussilippu", vec!["bus", "lipu"]),
            ("sv", "biljetter för buss", "bussbiljett", vec!["buss", "biljet"]),
        ] {
            let found: Vec<String> =
                meant(language, text, typed).into_iter().map(|m| m.0).collect();
            assert_eq!(found, expected, "{language}: {typed}");
        }
    }

    #[test]
    fn distance_counts_letters() {
        for (a, b, steps) in [
            ("", "", 0),
            ("kortti", "kortti", 0),
            ("kotti", "kortti", 1),
            ("höyry", "hoyry", 1),
            ("ab", "ba", 2),
        ] {
            assert_eq!(distance(a, b, 2), steps, "{a} {b}");
            assert_eq!(distance(b, a, 2), steps, "{b} {a}");
        }
        assert!(distance("kortti", "x", 2) > 2);
    }
}
