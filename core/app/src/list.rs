//! A page of conversations, as the queue shows them.

use kerros_domain::conversation::State;
use kerros_domain::id::{ContactId, LayerId, TenantId, UserId};
use kerros_domain::time::Timestamp;

use crate::caller::Caller;
use crate::ctx::Ctx;
use crate::error::Error;
use crate::ports::store::{Filter, Listed, Order, Role};

/// Which conversations.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListQuery {
    /// Only these states; empty is all that are open.
    pub states: Vec<State>,
    /// Only these layers; empty is all the caller may see.
    pub layers: Vec<LayerId>,
    /// Only of this tenant.
    pub tenant: Option<TenantId>,
    /// Only held by this person.
    pub assignee: Option<UserId>,
    /// Only of this contact.
    pub contact: Option<ContactId>,
    /// Only those for which colleagues call for whoever has it.
    pub attention: bool,
    /// Only opened at or after.
    pub opened_from: Option<Timestamp>,
    /// Only opened before.
    pub opened_to: Option<Timestamp>,
    /// Words to look for.
    pub text: Option<String>,
    /// The order.
    pub order: Order,
    /// Continue after this cursor.
    pub after: Option<String>,
    /// At most this many, 1 to 200; 0 is 50.
    pub limit: u32,
}

/// A page, most urgent first unless asked otherwise. A page may be shorter than its limit where the
/// caller may not see everything; it is the last one when it is empty.
///
/// # Errors
/// `NotFound` for a tenant that is not the caller's.
pub async fn list(ctx: &Ctx, caller: &Caller, query: ListQuery) -> Result<Vec<Listed>, Error> {
    if let Some(tenant) = &query.tenant {
        caller.member_of(tenant)?;
    }
    let open = || State::ALL.into_iter().filter(|state| state.is_open()).collect();
    let limit = if query.limit == 0 { 50 } else { query.limit.min(200) };
    let mut filter = Filter {
        states: if query.states.is_empty() { open() } else { query.states },
        layers: query.layers,
        tenant: query.tenant,
        assignee: query.assignee,
        contact: query.contact,
        attention: query.attention,
        opened_from: query.opened_from,
        opened_to: query.opened_to,
        text: query.text.filter(|text| !text.trim().is_empty()),
        order: query.order,
        after: query.after,
        limit,
    };
    let scope = caller.scope();
    if caller.user.role != Role::Expert {
        return Ok(ctx.store.list(&scope, &filter).await?);
    }
    // What an expert handed back has left the layer, but stays theirs to read: so rows are asked for
    // until the page is full, a bounded number of times.
    let mut rows = Vec::new();
    for _ in 0..5 {
        let page = ctx.store.list(&scope, &filter).await?;
        let last = page.last().map(|row| row.cursor.clone());
        let full = page.len() >= limit as usize;
        rows.extend(page.into_iter().filter(|row| caller.may_read(&row.conversation)));
        if !full || rows.len() >= limit as usize {
            break;
        }
        filter.after = last;
    }
    rows.truncate(limit as usize);
    Ok(rows)
}
