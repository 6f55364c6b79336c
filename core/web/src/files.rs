//! Files over HTTP, for the API, the console and the widget alike: bytes out so that no browser runs them, bytes in as a
//! stream with a cap.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::StreamExt as _;
use kerros_app::caller::Caller;
use kerros_app::files::{self, MOST_BYTES};
use kerros_app::ports::files::{FileError, FileMeta, FileStream};
use kerros_app::show;
use kerros_domain::id::{ConversationId, FileId, MessageId};

use crate::problem::Problem;
use crate::state::WebState;

/// Pictures that browsers draw and never run. SVG is a document with scripts, so it is none of them.
const PICTURES: [&str; 6] =
    ["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/bmp"];

/// Whether a file may be shown where a page names it.
#[must_use]
pub fn is_picture(media_type: &str) -> bool {
    PICTURES.contains(&media_type)
}

/// A file of a conversation as an answer.
///
/// # Errors
/// 404 outside the caller's sight, and for a file of another conversation.
pub async fn send(
    state: &WebState,
    caller: &Caller,
    conversation: ConversationId,
    file: FileId,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let (meta, bytes) = files::open(&state.ctx, caller, conversation, file).await?;
    Ok(answer(&meta, bytes, headers))
}

/// The mail that a message came as, as an answer.
///
/// # Errors
/// 404 outside the caller's sight, and for a message that came as no mail.
pub async fn send_original(
    state: &WebState,
    caller: &Caller,
    conversation: ConversationId,
    message: MessageId,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let found = files::open_original(&state.ctx, caller, conversation, message).await;
    let (meta, bytes) = found?;
    Ok(answer(&meta, bytes, headers))
}

/// The bytes with headers that keep a browser from running them: only pictures are shown, everything else is
/// saved; and if it is opened all the same, in a sandbox without scripts.
#[must_use]
pub fn answer(meta: &FileMeta, bytes: FileStream, asked: &HeaderMap) -> Response {
    let tag = format!("\"{}\"", meta.sha256);
    let known =
        asked.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Body::from_stream(bytes).into_response()
    };
    let headers = response.headers_mut();
    let kind = if is_picture(&meta.media_type) { "inline" } else { "attachment" };
    let mut set = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    set(header::CONTENT_TYPE, "application/octet-stream");
    set(header::CONTENT_TYPE, &meta.media_type);
    set(header::CONTENT_DISPOSITION, &disposition(kind, &meta.name));
    set(header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox");
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    // Asked for again each time, because a reader may lose the right to it.
    set(header::CACHE_CONTROL, "private, no-cache");
    set(header::ETAG, &tag);
    if !known {
        set(header::CONTENT_LENGTH, &meta.bytes.to_string());
    }
    response
}

/// RFC 6266: a name for old readers, and the whole one.
fn disposition(kind: &str, name: &str) -> String {
    use std::fmt::Write as _;
    let plain: String = name
        .chars()
        .map(|c| if c.is_ascii_graphic() && !"\"\\%;".contains(c) || c == ' ' { c } else { '_' })
        .collect();
    let mut out = format!("{kind}; filename=\"{plain}\"; filename*=UTF-8''");
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// Keeps what a request's body carries, for an answer in this conversation to take.
///
/// # Errors
/// 404 outside the caller's sight, 403 without the right to answer there, 413 if it is too large, 400 if it
/// breaks off.
pub async fn keep(
    state: &WebState,
    caller: &Caller,
    conversation: ConversationId,
    name: &str,
    headers: &HeaderMap,
    body: Body,
) -> Result<FileMeta, Problem> {
    let conversation = show::conversation(&state.ctx, caller, conversation).await?;
    if !caller.may_act(&conversation) {
        return Err(Problem::forbidden());
    }
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let most = usize::try_from(MOST_BYTES).unwrap_or(usize::MAX);
    let said = text(header::CONTENT_LENGTH).and_then(|length| length.parse::<u64>().ok());
    if said.is_some_and(|length| length > MOST_BYTES) {
        return Err(Problem::too_large(most));
    }
    let seen = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&seen);
    let bytes = body.into_data_stream().map(move |piece| {
        let piece = piece.map_err(|error| FileError::Broken(error.to_string()))?;
        counted.fetch_add(piece.len() as u64, Ordering::Relaxed);
        Ok(piece)
    });
    let media_type = text(header::CONTENT_TYPE);
    let kept =
        files::upload(&state.ctx, caller, &conversation.tenant, name, media_type, bytes.boxed())
            .await;
    match kept {
        Ok(meta) => Ok(meta),
        Err(_) if seen.load(Ordering::Relaxed) > MOST_BYTES => Err(Problem::too_large(most)),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meta(name: &str, media_type: &str) -> FileMeta {
        FileMeta {
            id: "fil_1".into(),
            name: name.into(),
            media_type: media_type.into(),
            bytes: 2,
            sha256: "ab".into(),
        }
    }

    #[test]
    fn only_pictures_are_shown_and_nothing_runs() {
        for (name, media_type, expected) in [
            ("kuva.png", "image/png", "inline; filename=\"kuva.png\"; filename*=UTF-8''kuva.png"),
            ("x.svg", "image/svg+xml", "attachment; filename=\"x.svg\"; filename*=UTF-8''x.svg"),
            (
                "sivu.html",
                "text/html",
                "attachment; filename=\"sivu.html\"; filename*=UTF-8''sivu.html",
            ),
            (
                "Äiti \"a\";.pdf",
                "application/pdf",
                "attachment; filename=\"_iti _a__.pdf\"; filename*=UTF-8''%C3%84iti%20%22a%22%3B.pdf",
            ),
        ] {
            let stream = futures::stream::iter([Ok("ab".into())]).boxed();
            let response = answer(&meta(name, media_type), stream, &HeaderMap::new());
            let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
            assert_eq!(header("content-disposition"), expected);
            assert_eq!(header("content-security-policy"), "default-src 'none'; sandbox");
            assert_eq!(
                (header("x-content-type-options"), header("content-type")),
                ("nosniff".into(), media_type.into())
            );
        }
    }

    #[test]
    fn what_a_browser_has_is_not_sent_again() {
        let mut asked = HeaderMap::new();
        asked.insert(header::IF_NONE_MATCH, HeaderValue::from_static("\"ab\""));
        let response = answer(&meta("a", "image/png"), futures::stream::empty().boxed(), &asked);
        assert_eq!(response.status(), StatusCode::NOT_MODIFIED);
    }
}
