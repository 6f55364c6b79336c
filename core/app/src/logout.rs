//! A session or token ends.

use crate::ctx::Ctx;
use crate::error::Error;
use crate::fingerprint;

/// Ends the session or token of this secret; an unknown one is ended already.
///
/// # Errors
/// `Unavailable` without a database.
pub async fn logout(ctx: &Ctx, secret: &str) -> Result<(), Error> {
    if let Some(token) = ctx.store.token(fingerprint::of_secret(secret), ctx.now()).await? {
        ctx.store.end_token(token.id).await?;
    }
    Ok(())
}
