//! How text becomes searchable words: lower case, without words that every question has, by stem.

use tantivy::tokenizer::{
    Language as Snowball, LowerCaser, RemoveLongFilter, SimpleTokenizer, Stemmer, StopWordFilter,
    TextAnalyzer,
};

/// What people ask with, and the usual lists of stop words leave in: it says nothing about what they ask for.
fn asking(language: &str) -> &'static [&'static str] {
    match language {
        "en" => &[
            "i", "me", "my", "mine", "we", "us", "our", "you", "your", "he", "she", "his", "her",
            "its", "how", "what", "where", "when", "why", "who", "which", "do", "does", "did",
            "can", "could", "should", "would", "may", "much", "many", "am", "have", "has", "had",
            "from", "so", "than", "want", "need", "please", "s", "m", "t", "ve", "don", "about",
            "get", "hello", "hi",
        ],
        "fi" => &[
            "miten", "missä", "mistä", "mihin", "milloin", "miksi", "paljonko", "kuinka", "voiko",
            "voin", "voinko", "saako", "saan", "saanko", "onko", "haluan", "pitää", "täytyy",
            "kiitos", "hei", "moi",
        ],
        "sv" => &[
            "hur", "var", "vart", "varför", "kan", "får", "vill", "behöver", "måste", "finns",
            "tack", "hej",
        ],
        _ => &[],
    }
}

/// The analyzer of a language; a language without a stemmer is only lower-cased.
pub fn analyzer(language: &str) -> TextAnalyzer {
    let base = TextAnalyzer::builder(SimpleTokenizer::default())
        .filter(RemoveLongFilter::limit(60))
        .filter(LowerCaser)
        .filter(StopWordFilter::remove(asking(language).iter().map(ToString::to_string)));
    let snowball = match language {
        "fi" => Snowball::Finnish,
        "sv" => Snowball::Swedish,
        "en" => Snowball::English,
        _ => return base.build(),
    };
    match StopWordFilter::new(snowball) {
        Some(stop) => base.filter(stop).filter(Stemmer::new(snowball)).build(),
        None => base.filter(Stemmer::new(snowball)).build(),
    }
}

/// The distinct searchable words of a text, at most 32: as they were typed (in lower case), and their stems.
pub fn words(analyzer: &mut TextAnalyzer, text: &str) -> Vec<(String, String)> {
    let mut words: Vec<(String, String)> = Vec::new();
    let mut stream = analyzer.token_stream(text);
    while stream.advance() && words.len() < 32 {
        let token = stream.token();
        if !words.iter().any(|(_, stem)| *stem == token.text) {
            let typed = text.get(token.offset_from..token.offset_to).unwrap_or_default();
            words.push((typed.to_lowercase(), token.text.clone()));
        }
    }
    words
}
