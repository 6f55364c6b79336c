//! A bearer token for a program that acts in the caller's name.

use kerros_domain::id::TokenId;

use crate::caller::Caller;
use crate::ctx::Ctx;
use crate::error::Error;
use crate::ports::store::Token;
use crate::{clean, fingerprint};

/// No token lives longer, in days.
pub const MOST_DAYS: u32 = 365;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateToken {
    /// A name for people, 1 to 80 characters.
    pub name: String,
    /// How long it lives, 1 to [`MOST_DAYS`].
    pub days: u32,
}

/// Makes a token and returns it with its secret, 64 hex digits, shown this once.
///
/// # Errors
/// `Invalid` for a missing name or a life out of range.
pub async fn create_token(
    ctx: &Ctx,
    caller: &Caller,
    cmd: CreateToken,
) -> Result<(Token, String), Error> {
    let name = clean::line(&cmd.name, 80);
    if name.is_empty() {
        return Err(Error::Invalid("a token needs a name".into()));
    }
    if !(1..=MOST_DAYS).contains(&cmd.days) {
        return Err(Error::Invalid(format!("a token lives 1 to {MOST_DAYS} days")));
    }
    let now = ctx.now();
    let secret = fingerprint::to_hex(&ctx.ids.secret());
    let token = Token {
        id: ctx.token_id(now),
        user: caller.id(),
        name,
        hash: fingerprint::of_secret(&secret),
        session: false,
        created_at: now,
        expires_at: now.plus_millis(i64::from(cmd.days) * 24 * 3600 * 1000),
    };
    ctx.store.add_token(&token).await?;
    Ok((token, secret))
}

/// The caller's tokens.
///
/// # Errors
/// `Unavailable` without a database.
pub async fn tokens(ctx: &Ctx, caller: &Caller) -> Result<Vec<Token>, Error> {
    Ok(ctx.store.tokens(caller.id()).await?)
}

/// Ends one of the caller's tokens.
///
/// # Errors
/// `NotFound` if it is not one of theirs.
pub async fn end_token(ctx: &Ctx, caller: &Caller, id: TokenId) -> Result<(), Error> {
    let own = ctx.store.tokens(caller.id()).await?;
    let token = own.iter().find(|token| token.id == id).ok_or(Error::NotFound)?;
    Ok(ctx.store.end_token(token.id).await?)
}
