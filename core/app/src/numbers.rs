//! Conversation numbers: taken from the store a few at a time, so that most conversations cost no write
//! of their own. A restart leaves a gap; a number is never given twice.

use std::collections::HashMap;

use kerros_domain::id::TenantId;
use parking_lot::Mutex;

use crate::ctx::Ctx;
use crate::ports::store::StoreError;

/// Numbers taken at once.
const BLOCK: u32 = 16;

/// The numbers this node has taken and not given yet, smallest last.
#[derive(Default)]
pub(crate) struct Numbers(Mutex<HashMap<TenantId, Vec<u64>>>);

/// The tenant's next conversation number.
pub(crate) async fn next(ctx: &Ctx, tenant: &TenantId) -> Result<u64, StoreError> {
    if let Some(number) = ctx.numbers.0.lock().get_mut(tenant).and_then(Vec::pop) {
        return Ok(number);
    }
    let first = ctx.store.take_numbers(tenant, BLOCK).await?;
    let mut all = ctx.numbers.0.lock();
    let own = all.entry(tenant.clone()).or_default();
    own.extend(first..first + u64::from(BLOCK));
    own.sort_unstable_by(|a, b| b.cmp(a));
    Ok(own.pop().unwrap_or(first))
}

/// Gives a number back that was not used after all.
pub(crate) fn give_back(ctx: &Ctx, tenant: &TenantId, number: u64) {
    if number > 0 {
        ctx.numbers.0.lock().entry(tenant.clone()).or_default().push(number);
    }
}
