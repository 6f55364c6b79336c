//! How text becomes searchable words: lower case, without stop words, by stem.

use tantivy::tokenizer::{
    Language as Snowball, LowerCaser, RemoveLongFilter, SimpleTokenizer, Stemmer, StopWordFilter,
    TextAnalyzer,
};

/// The analyzer of a language; a language without a stemmer is only lower-cased.
pub fn analyzer(language: &str) -> TextAnalyzer {
    let base = TextAnalyzer::builder(SimpleTokenizer::default())
        .filter(RemoveLongFilter::limit(60))
        .filter(LowerCaser);
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

/// The distinct searchable words of a text, at most 32.
pub fn words(analyzer: &mut TextAnalyzer, text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut stream = analyzer.token_stream(text);
    while stream.advance() && words.len() < 32 {
        let word = &stream.token().text;
        if !words.contains(word) {
            words.push(word.clone());
        }
    }
    words
}
