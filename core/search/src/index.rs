//! One tenant's articles in one language.

use kerros_app::ports::search::Hit;
use kerros_app::tenant::Article;
use kerros_domain::id::{Language, TenantId};
use tantivy::collector::TopDocs;
use tantivy::directory::RamDirectory;
use tantivy::query::{BooleanQuery, BoostQuery, DisjunctionMaxQuery, Occur, Query, TermQuery};
use tantivy::schema::{
    Field, IndexRecordOption, STORED, Schema, TextFieldIndexing, TextOptions, Value,
};
use tantivy::tokenizer::{TextAnalyzer, TokenizerManager};
use tantivy::{IndexReader, TantivyDocument, Term};

use crate::analyzer::{analyzer, words};
use crate::excerpt::{excerpt, plain};
use crate::near::Vocabulary;

/// A word in the title counts so many times, one in a heading so many. They share a field with the body, so
/// that how rare a word is does not depend on where it stands: in a few titles every word would be rare.
const TITLE: usize = 3;
const HEADING: usize = 2;
/// The least that the index writer accepts.
const WRITER_BYTES: usize = 15_000_000;

struct Stored {
    slug: String,
    title: String,
    text: String,
    url: String,
    segments: Vec<String>,
}

/// Searchable articles.
pub struct Index {
    reader: IndexReader,
    analyzer: TextAnalyzer,
    vocabulary: Vocabulary,
    words: Field,
    number: Field,
    articles: Vec<Stored>,
}

impl Index {
    /// Indexes the articles, which are all in `language`.
    pub fn build(
        tenant: &TenantId,
        language: &Language,
        articles: &[&Article],
    ) -> tantivy::Result<Self> {
        let text = TextOptions::default().set_indexing_options(
            TextFieldIndexing::default()
                .set_tokenizer("language")
                .set_index_option(IndexRecordOption::WithFreqs),
        );
        let mut schema = Schema::builder();
        let words = schema.add_text_field("words", text);
        let number = schema.add_u64_field("number", STORED);
        let mut analyzer = analyzer(language.as_str());
        let mut vocabulary = Vocabulary::default();
        let tokenizers = TokenizerManager::default();
        tokenizers.register("language", analyzer.clone());
        let mut writer = tantivy::Index::builder()
            .schema(schema.build())
            .tokenizers(tokenizers)
            .single_segment_index_writer(RamDirectory::create(), WRITER_BYTES)?;
        let mut stored = Vec::with_capacity(articles.len());
        for (at, article) in articles.iter().enumerate() {
            let text = plain(&article.body);
            let mut document = TantivyDocument::new();
            let headings = article.body.lines().filter(|line| line.starts_with('#'));
            let all = std::iter::repeat_n(article.title.as_str(), TITLE)
                .chain(headings.flat_map(|line| std::iter::repeat_n(line, HEADING - 1)))
                .chain([text.as_str()]);
            for piece in all {
                document.add_text(words, piece);
                vocabulary.learn(&mut analyzer, piece);
            }
            document.add_u64(number, at as u64);
            writer.add_document(document)?;
            stored.push(Stored {
                slug: article.slug.clone(),
                title: article.title.clone(),
                text,
                url: format!("/help/{tenant}/{language}/{}", article.slug),
                segments: article.segments.clone(),
            });
        }
        let reader = writer.finalize()?.reader()?;
        Ok(Self { reader, analyzer, vocabulary, words, number, articles: stored })
    }

    /// The best articles for the words of `query`.
    pub fn search(
        &self,
        segment: Option<&str>,
        query: &str,
        limit: usize,
    ) -> tantivy::Result<Vec<Hit>> {
        let mut analyzer = self.analyzer.clone();
        let words = words(&mut analyzer, query);
        let mut clauses: Vec<(Occur, Box<dyn Query>)> = Vec::with_capacity(words.len());
        let mut stems = Vec::with_capacity(words.len());
        for (typed, stem) in &words {
            let meant = self.vocabulary.meant(&mut analyzer, typed, stem);
            stems.extend(meant.iter().map(|(stem, _)| stem.clone()));
            if !meant.is_empty() {
                clauses.push((Occur::Should, self.clause(&meant)));
            }
        }
        if clauses.is_empty() || limit == 0 {
            return Ok(Vec::new());
        }
        let searcher = self.reader.searcher();
        let top = TopDocs::with_limit(self.articles.len().max(1)).order_by_score();
        let found = searcher.search(&BooleanQuery::new(clauses), &top)?;
        let mut hits = Vec::with_capacity(limit);
        for (score, address) in found {
            let document: TantivyDocument = searcher.doc(address)?;
            let number = document.get_first(self.number).and_then(|value| value.as_u64());
            let article = number.and_then(|n| self.articles.get(usize::try_from(n).ok()?));
            let Some(article) = article else { continue };
            if !article.serves(segment) {
                continue;
            }
            hits.push(Hit {
                slug: article.slug.clone(),
                title: article.title.clone(),
                excerpt: excerpt(&article.text, &stems),
                url: article.url.clone(),
                score,
            });
            if hits.len() == limit {
                break;
            }
        }
        Ok(hits)
    }

    /// One word of the question: its best meaning counts, the others a little.
    fn clause(&self, meant: &[(String, f32)]) -> Box<dyn Query> {
        let meanings = meant.iter().map(|(stem, weight)| -> Box<dyn Query> {
            let term = Term::from_field_text(self.words, stem);
            let exact = TermQuery::new(term, IndexRecordOption::WithFreqs);
            Box::new(BoostQuery::new(Box::new(exact), *weight))
        });
        Box::new(DisjunctionMaxQuery::with_tie_breaker(meanings.collect(), 0.1))
    }
}

impl Stored {
    fn serves(&self, segment: Option<&str>) -> bool {
        self.segments.is_empty()
            || segment.is_none_or(|wanted| self.segments.iter().any(|s| s == wanted))
    }
}
