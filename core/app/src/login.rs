//! A person logs in with email and password.

use crate::ctx::Ctx;
use crate::error::Error;
use crate::fingerprint;
use crate::ports::store::{Token, User};

/// How long a session lasts unless said otherwise, milliseconds.
const SESSION_MS: i64 = 14 * 24 * 3600 * 1000;

/// The hash of nobody's password: an unknown email takes as long as a wrong password.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$YWFhYWFhYWFhYWFhYWFhYQ$\
                      AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Begins a session: the person and the session's secret, 64 hex digits, of which only a digest is
/// stored. `password_ok` gets the stored PHC hash and says whether the given password fits; it may
/// take its time, it runs on a blocking thread.
///
/// # Errors
/// `Unauthorized` for an unknown email, a wrong password and a person who may not log in alike.
pub async fn login(
    ctx: &Ctx,
    email: &str,
    password_ok: impl FnOnce(&str) -> bool + Send + 'static,
) -> Result<(User, String), Error> {
    login_for(ctx, email, SESSION_MS, password_ok).await
}

/// As [`login`], for a session of so many milliseconds.
///
/// # Errors
/// As [`login`].
pub async fn login_for(
    ctx: &Ctx,
    email: &str,
    lasts_ms: i64,
    password_ok: impl FnOnce(&str) -> bool + Send + 'static,
) -> Result<(User, String), Error> {
    let email = email.trim().to_lowercase();
    let found = if email.is_empty() || email.len() > 320 {
        None
    } else {
        ctx.store.user_by_email(&email).await?
    };
    let (user, hash) = match found {
        Some((user, hash)) => (Some(user), hash),
        None => (None, NOBODY.to_owned()),
    };
    let fits = tokio::task::spawn_blocking(move || password_ok(&hash))
        .await
        .map_err(|_| Error::Internal)?;
    let user = user.filter(|user| fits && user.active).ok_or(Error::Unauthorized)?;
    let now = ctx.now();
    let secret = fingerprint::to_hex(&ctx.ids.secret());
    ctx.store
        .add_token(&Token {
            id: ctx.token_id(now),
            user: user.id,
            name: String::new(),
            hash: fingerprint::of_secret(&secret),
            session: true,
            created_at: now,
            expires_at: now.plus_millis(lasts_ms),
        })
        .await?;
    tracing::info!(user = %user.id, "logged in");
    Ok((user, secret))
}
