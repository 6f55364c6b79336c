//! Who asks, by the secret of a session cookie or a bearer token.

use crate::caller::Caller;
use crate::ctx::Ctx;
use crate::error::Error;
use crate::fingerprint;

/// The secret's length in hex digits.
const SECRET_CHARS: usize = 64;

/// The person behind a secret.
///
/// # Errors
/// `Unauthorized` if it is unknown or has ended, or the person may not log in any more.
pub async fn session(ctx: &Ctx, secret: &str) -> Result<Caller, Error> {
    if secret.len() != SECRET_CHARS {
        return Err(Error::Unauthorized);
    }
    let hash = fingerprint::of_secret(secret);
    let user = ctx.store.session(hash, ctx.now()).await?;
    let user = user.filter(|user| user.active).ok_or(Error::Unauthorized)?;
    Ok(Caller { user })
}
