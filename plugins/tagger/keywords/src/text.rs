//! A message cut into words, with their stems.

use rust_stemmers::{Algorithm, Stemmer};

/// How words are brought to one form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stemming {
    Finnish,
    Swedish,
    English,
    None,
}

impl Stemming {
    /// The stem of a folded word, by the Snowball algorithm of the language.
    pub fn stem(self, word: &str) -> String {
        // One call each with a constant, so that the other languages' tables are not linked in.
        match self {
            Self::Finnish => Stemmer::create(Algorithm::Finnish).stem(word).into_owned(),
            Self::Swedish => swedish(word),
            Self::English => Stemmer::create(Algorithm::English).stem(word).into_owned(),
            Self::None => word.to_owned(),
        }
    }
}

/// Snowball leaves two definite forms alone, `fakturan` and `lösenordet`, while it cuts the words' other forms to
/// the stem; in customers' messages they are the commonest, so they are cut here.
fn swedish(word: &str) -> String {
    let mut stem = Stemmer::create(Algorithm::Swedish).stem(word).into_owned();
    while stem.len() >= 6 && (stem.ends_with("an") || stem.ends_with("et")) {
        stem.truncate(stem.len() - 2);
    }
    stem
}

/// Words of a message, folded. A word's stem is made when a term asks for it, which few do: stemming is what
/// costs.
pub struct Text {
    words: Vec<String>,
    /// The bit of each word's beginning.
    letters: Vec<(usize, u64)>,
    /// Stems made so far, by one stemming at a time.
    stems: Vec<Option<String>>,
    stemmed_by: Stemming,
    /// Which beginnings occur, so that most terms are passed over without stemming them.
    beginnings: [u64; 4],
}

impl Text {
    /// Cuts a message.
    pub fn new(message: &str) -> Self {
        let mut words = Vec::new();
        cut(message, &mut words);
        let letters: Vec<_> = words.iter().map(|word| beginning(word)).collect();
        let mut beginnings = [0; 4];
        for (slot, bit) in &letters {
            beginnings[*slot] |= bit;
        }
        Self { words, letters, stems: Vec::new(), stemmed_by: Stemming::None, beginnings }
    }

    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The words as written, in lower case.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// Whether the word at `place` has this stem.
    pub fn has_stem(&mut self, place: usize, stemming: Stemming, stem: &str) -> bool {
        if stemming == Stemming::None {
            return self.words[place] == stem;
        }
        if self.letters[place] != beginning(stem) {
            return false;
        }
        if self.stemmed_by != stemming {
            self.stems = vec![None; self.words.len()];
            self.stemmed_by = stemming;
        }
        let word = &self.words[place];
        self.stems[place].get_or_insert_with(|| stemming.stem(word)) == stem
    }

    /// Whether any word begins as `word` does; false says that no form of it occurs.
    pub fn may_hold(&self, word: &str) -> bool {
        let (slot, bit) = beginning(word);
        self.beginnings[slot] & bit != 0
    }
}

/// A bit for a word's first two letters, which no stemmer here changes but English in `lying` to `lie`:
/// `y` and `i` count as one.
fn beginning(word: &str) -> (usize, u64) {
    let mut letters = word.chars().map(|c| if c == 'y' { 'i' } else { c });
    let first = letters.next().map_or(0, |c| c as usize);
    let second = letters.next().map_or(0, |c| c as usize);
    let hash = first.wrapping_mul(31).wrapping_add(second);
    ((hash / 64) % 4, 1 << (hash % 64))
}

/// Appends the words of a text: runs of letters and digits, in lower case, with `ä ö å` composed.
pub fn cut(text: &str, words: &mut Vec<String>) {
    let mut word = String::new();
    for c in text.chars() {
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        } else if let Some(letter) = composed(word.chars().next_back(), c) {
            word.pop();
            word.push(letter);
        } else if !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
}

/// The letter that a base letter and a combining mark make, of those in our languages.
fn composed(base: Option<char>, mark: char) -> Option<char> {
    Some(match (base?, mark) {
        ('a', '\u{308}') => 'ä',
        ('o', '\u{308}') => 'ö',
        ('a', '\u{30a}') => 'å',
        ('e', '\u{301}') => 'é',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_runs_of_letters_and_digits() {
        let mut words = Vec::new();
        cut("Älä-lasku 2x, it's OK…", &mut words);
        assert_eq!(words, ["älä", "lasku", "2x", "it", "s", "ok"]);
    }

    #[test]
    fn a_stem_begins_as_its_word_does() {
        for (stemming, list) in [
            (Stemming::English, "dying lying tying skies skis yes youth ugly early sky"),
            (Stemming::Finnish, "yöllä laskuja pääsi öitä äidit sanoisin itseään"),
            (Stemming::Swedish, "åren ärende öppnade fakturor ytan"),
        ] {
            for word in list.split(' ') {
                let stem = stemming.stem(word);
                assert_eq!(beginning(word), beginning(&stem), "{word} {stem}");
            }
        }
    }
}
