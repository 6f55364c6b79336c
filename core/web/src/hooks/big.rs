//! Mails by hook that are too big to hold: they stream through the lifting into the tenant's files.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::Body;
use axum::http::{HeaderMap, header};
use futures::{StreamExt, TryStreamExt};
use kerros_app::ports::files::FileError;
use kerros_app::ports::mail::Fetched;
use kerros_domain::id::TenantId;

use crate::problem::Problem;
use crate::state::WebState;

/// Whether the body is a mail that is over the usual limit, or may be: without a length nobody knows.
pub(super) fn is(headers: &HeaderMap, usual: usize) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default();
    let mail = kind.trim().eq_ignore_ascii_case("message/rfc822");
    mail && length(headers).is_none_or(|length| length > usual as u64)
}

fn length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Takes the mail apart while it comes; 413 beyond the limit, 400 if it breaks off, 503 if it cannot be kept.
pub(super) async fn read(
    state: &WebState,
    tenant: &TenantId,
    headers: &HeaderMap,
    body: Body,
) -> Result<Fetched, Problem> {
    let most = state.limits.hook_mail_bytes;
    let too_large = || Problem::too_large(usize::try_from(most).unwrap_or(usize::MAX));
    if length(headers).is_some_and(|length| length > most) {
        return Err(too_large());
    }
    let came = Arc::new(AtomicU64::new(0));
    let pieces = body.into_data_stream();
    let pieces = pieces.map_err(|error| FileError::Broken(error.to_string())).and_then({
        let came = Arc::clone(&came);
        move |piece| {
            let all = came.fetch_add(piece.len() as u64, Ordering::Relaxed) + piece.len() as u64;
            let fits = if all > most { Err(FileError::TooLarge { most }) } else { Ok(piece) };
            std::future::ready(fits)
        }
    });
    let mail = state.lifting.lift(tenant, pieces.boxed()).await;
    mail.map_err(|error| match error {
        FileError::TooLarge { .. } => too_large(),
        FileError::Broken(_) | FileError::NotFound => Problem::invalid("the body ended too early"),
        FileError::Unavailable(reason) => {
            tracing::warn!(%tenant, reason, "a mail by hook cannot be kept now");
            Problem::unavailable()
        }
    })
}
