//! What a visitor does in the help center: demand that never becomes a conversation, see METRICS.

use kerros_domain::id::{ConversationId, TenantId, VisitId};

use crate::ctx::Ctx;
use crate::error::Error;
use crate::ports::store::Visit;

/// One act of a visitor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Searched.
    Searched {
        /// Articles found.
        hits: usize,
    },
    /// Opened an article.
    Opened,
    /// Had an article open for 10 seconds.
    Read,
    /// Said whether it helped.
    Helped {
        /// It did.
        yes: bool,
    },
    /// Wrote to us.
    Contacted {
        /// The conversation.
        conversation: ConversationId,
    },
}

/// A visit ends after this silence, counted from its last act; the next one begins a new unit of demand. Milliseconds.
pub const VISIT_MS: i64 = 24 * 3600 * 1000;

/// Notes an act, and says which visit it belongs to. A visit begins with a search or an opened article; other acts
/// without one are dropped. After a day's silence a visit is over, whatever the browser still calls it: what comes
/// then is another one, under another id.
///
/// # Errors
/// `NotFound` for an unknown tenant.
pub async fn visit(ctx: &Ctx, tenant: &TenantId, id: VisitId, act: Act) -> Result<VisitId, Error> {
    ctx.tenant(tenant)?;
    let now = ctx.now();
    let (id, known) = match ctx.store.visit(tenant, id).await? {
        Some(visit) if now.since(visit.last_at) < VISIT_MS => (id, Some(visit)),
        Some(_) => (ctx.visit_id(now), None),
        None => (id, None),
    };
    let begins = matches!(act, Act::Searched { .. } | Act::Opened);
    if known.is_none() && !begins {
        return Ok(id);
    }
    let mut visit = known.unwrap_or_else(|| Visit {
        id,
        tenant: tenant.clone(),
        began_at: now,
        last_at: now,
        searches: 0,
        zero_hits: 0,
        articles: 0,
        read: 0,
        helped: None,
        contacted: None,
    });
    visit.last_at = now;
    match act {
        Act::Searched { hits } => {
            visit.searches = visit.searches.saturating_add(1);
            visit.zero_hits = visit.zero_hits.saturating_add(u32::from(hits == 0));
        }
        Act::Opened => visit.articles = visit.articles.saturating_add(1),
        Act::Read => visit.read = visit.read.saturating_add(1),
        Act::Helped { yes } => visit.helped = Some(yes),
        Act::Contacted { conversation } => {
            visit.contacted.get_or_insert(conversation);
        }
    }
    ctx.store.save_visit(&visit).await?;
    Ok(id)
}
