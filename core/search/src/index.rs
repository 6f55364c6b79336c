//! One tenant's articles in one language.

use kerros_app::ports::search::Hit;
use kerros_app::tenant::Article;
use kerros_domain::id::{Language, TenantId};
use tantivy::collector::TopDocs;
use tantivy::directory::RamDirectory;
use tantivy::query::{BooleanQuery, BoostQuery, FuzzyTermQuery, Occur, Query, TermQuery};
use tantivy::schema::{
    Field, IndexRecordOption, STORED, Schema, TextFieldIndexing, TextOptions, Value,
};
use tantivy::tokenizer::{TextAnalyzer, TokenizerManager};
use tantivy::{IndexReader, TantivyDocument, Term};

use crate::analyzer::{analyzer, words};
use crate::excerpt::{excerpt, plain};

/// A word in the title says more than one in the body.
const TITLE_BOOST: f32 = 3.0;
/// A misspelt or shortened word says less than the word itself.
const NEAR_BOOST: f32 = 0.25;
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
    title: Field,
    body: Field,
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
        let title = schema.add_text_field("title", text.clone());
        let body = schema.add_text_field("body", text);
        let number = schema.add_u64_field("number", STORED);
        let analyzer = analyzer(language.as_str());
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
            document.add_text(title, &article.title);
            document.add_text(body, &text);
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
        Ok(Self { reader, analyzer, title, body, number, articles: stored })
    }

    /// The best articles for the words of `query`.
    pub fn search(
        &self,
        segment: Option<&str>,
        query: &str,
        limit: usize,
    ) -> tantivy::Result<Vec<Hit>> {
        let words = words(&mut self.analyzer.clone(), query);
        if words.is_empty() || limit == 0 {
            return Ok(Vec::new());
        }
        let clauses = words.iter().flat_map(|word| self.clauses(word)).collect();
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
                excerpt: excerpt(&article.text, &words),
                url: article.url.clone(),
                score,
            });
            if hits.len() == limit {
                break;
            }
        }
        Ok(hits)
    }

    fn clauses(&self, word: &str) -> Vec<(Occur, Box<dyn Query>)> {
        let mut clauses: Vec<(Occur, Box<dyn Query>)> = Vec::with_capacity(4);
        for (field, boost) in [(self.title, TITLE_BOOST), (self.body, 1.0)] {
            let term = Term::from_field_text(field, word);
            let exact = TermQuery::new(term.clone(), IndexRecordOption::WithFreqs);
            clauses.push((Occur::Should, Box::new(BoostQuery::new(Box::new(exact), boost))));
            // Short words are too close to everything.
            if word.chars().count() >= 5 {
                let near = FuzzyTermQuery::new_prefix(term, 1, true);
                let near = BoostQuery::new(Box::new(near), boost * NEAR_BOOST);
                clauses.push((Occur::Should, Box::new(near)));
            }
        }
        clauses
    }
}

impl Stored {
    fn serves(&self, segment: Option<&str>) -> bool {
        self.segments.is_empty()
            || segment.is_none_or(|wanted| self.segments.iter().any(|s| s == wanted))
    }
}
