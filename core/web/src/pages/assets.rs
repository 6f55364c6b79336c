//! Style sheets, scripts and icons, built by build.rs and carried in the binary.

use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// A built file.
pub struct Asset {
    /// As templates call it: `console.css`.
    pub name: &'static str,
    /// As browsers ask for it: with a digest of its content, so that it may be cached for ever.
    pub file: &'static str,
    /// Media type.
    pub media: &'static str,
    /// As it is.
    pub raw: &'static [u8],
    /// Compressed with gzip.
    pub gzip: &'static [u8],
    /// Compressed with Brotli.
    pub brotli: &'static [u8],
}

/// Every asset.
pub static ASSETS: &[Asset] = include!(concat!(env!("OUT_DIR"), "/assets/assets.rs"));

/// The path of an asset on this server.
#[must_use]
pub fn address(name: &str) -> Option<String> {
    named(name).map(|asset| format!("/assets/{}", asset.file))
}

fn named(name: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.name == name)
}

/// `GET /assets/{file}`.
pub async fn get(Path(file): Path<String>, headers: HeaderMap) -> Response {
    match ASSETS.iter().find(|asset| asset.file == file) {
        Some(asset) => answer(asset, &headers, "public, max-age=31536000, immutable"),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// `GET /widget/v1.js`: the address that web sites carry, so it is asked for again after an hour.
pub async fn widget(headers: HeaderMap) -> Response {
    let Some(asset) = named("widget.js") else { return StatusCode::NOT_FOUND.into_response() };
    let tag = HeaderValue::from_str(&format!("\"{}\"", asset.file)).ok();
    let mut response = if tag.is_some() && headers.get(header::IF_NONE_MATCH) == tag.as_ref() {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        answer(asset, &headers, "public, max-age=3600")
    };
    if let Some(tag) = tag {
        response.headers_mut().insert(header::ETAG, tag);
    }
    // Pages of the client company load it from their own origin.
    let anyone = HeaderValue::from_static("cross-origin");
    response.headers_mut().insert("cross-origin-resource-policy", anyone);
    response
}

fn answer(asset: &'static Asset, headers: &HeaderMap, cache: &'static str) -> Response {
    let accepts = |coding: &str| {
        headers.get(header::ACCEPT_ENCODING).and_then(|v| v.to_str().ok()).is_some_and(|v| {
            v.split(',').any(|c| c.split(';').next().unwrap_or(c).trim() == coding)
        })
    };
    let (body, coding) = if accepts("br") {
        (asset.brotli, Some("br"))
    } else if accepts("gzip") {
        (asset.gzip, Some("gzip"))
    } else {
        (asset.raw, None)
    };
    let mut response = body.into_response();
    let out = response.headers_mut();
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.media));
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    out.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(coding) = coding {
        out.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_widget_stays_small() {
        let widget = named("widget.js").unwrap();
        assert!(widget.gzip.len() <= 20_000, "{} bytes", widget.gzip.len());
    }

    #[tokio::test]
    async fn the_smallest_form_that_the_browser_takes_is_sent() {
        let file = named("console.css").unwrap().file;
        for (accept, coding) in [("gzip, br", Some("br")), ("gzip;q=1.0", Some("gzip")), ("", None)]
        {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, accept.parse().unwrap());
            let response = get(Path(file.to_owned()), headers).await;
            let seen =
                response.headers().get(header::CONTENT_ENCODING).map(|v| v.to_str().unwrap());
            assert_eq!(seen, coding);
        }
        let missing = get(Path("console-0.css".to_owned()), HeaderMap::new()).await;
        assert_eq!(missing.status(), StatusCode::NOT_FOUND);
    }
}
