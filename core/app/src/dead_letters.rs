//! Work that was given up: look at it, try it again.

use kerros_domain::id::JobId;

use crate::caller::Caller;
use crate::ctx::Ctx;
use crate::error::Error;
use crate::ports::store::DeadLetter;

/// The dead letters of the caller's tenants, newest first, at most `limit` (1 to 500). Supervisors only.
///
/// # Errors
/// `Forbidden` for others.
pub async fn list(ctx: &Ctx, caller: &Caller, limit: u32) -> Result<Vec<DeadLetter>, Error> {
    if !caller.is_supervisor() {
        return Err(Error::Forbidden);
    }
    Ok(ctx.store.dead_letters(&caller.scope(), limit.clamp(1, 500)).await?)
}

/// Makes a dead letter runnable again.
///
/// # Errors
/// `NotFound` if there is none of that id in the caller's tenants; `Forbidden` for others than
/// supervisors.
pub async fn retry(ctx: &Ctx, caller: &Caller, id: JobId) -> Result<(), Error> {
    if !caller.is_supervisor() {
        return Err(Error::Forbidden);
    }
    let found = ctx.store.retry_dead(&caller.scope(), id, ctx.now()).await?;
    ctx.queue.wake();
    if found { Ok(()) } else { Err(Error::NotFound) }
}
