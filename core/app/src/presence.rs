//! A person's availability and sign of life: what routing picks by.

use crate::caller::Caller;
use crate::ctx::Ctx;
use crate::error::Error;

/// Notes that the caller is there, and whether the router may give them work.
///
/// # Errors
/// `Unavailable` without a database.
pub async fn presence(ctx: &Ctx, caller: &Caller, available: bool) -> Result<(), Error> {
    ctx.store.set_presence(caller.id(), available, ctx.now()).await?;
    if available {
        ctx.queue.route();
    }
    Ok(())
}
