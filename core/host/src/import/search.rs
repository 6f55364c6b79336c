//! `kerros:bot/search`: the tenant's help center.

use kerros_domain::id::Language;

use crate::ended::Stopped;
use crate::kind::bot::wit::search;
use crate::state::CallState;
use crate::tape::HostCall;

/// Searches in one turn.
const SEARCHES: u32 = 8;
/// Articles in one answer.
const HITS: u32 = 10;
/// Bytes of a query.
const QUERY: usize = 1024;

impl search::Host for CallState {
    async fn find(
        &mut self,
        mut query: String,
        language: String,
        segment: Option<String>,
        limit: u32,
    ) -> wasmtime::Result<Vec<search::Hit>> {
        self.asked += 1;
        if self.asked > SEARCHES {
            let message = format!("more than {SEARCHES} requests and searches in a turn");
            return Err(wasmtime::Error::new(Stopped(message)));
        }
        query.truncate(query.floor_char_boundary(QUERY));
        let limit = limit.min(HITS) as usize;
        let played = self.tape.as_ref().and_then(|tape| tape.play_search(&query, &language));
        let hits = match played {
            Some(hits) => hits,
            None => {
                let language = Language::from(language.clone());
                let search = &self.ports.search;
                search.search(&self.tenant, &language, segment.as_deref(), &query, limit).await
            }
        };
        if let Some(tape) = &self.tape {
            tape.take(HostCall::Search { query, language, hits: hits.clone() });
        }
        Ok(hits
            .into_iter()
            .take(limit)
            .map(|hit| search::Hit {
                slug: hit.slug,
                title: hit.title,
                excerpt: hit.excerpt,
                url: hit.url,
                score: hit.score,
                extra: Vec::new(),
            })
            .collect())
    }
}
