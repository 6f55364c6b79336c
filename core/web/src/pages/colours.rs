//! `GET /assets/tenants.css`: each tenant's colour as a class, because pages carry no inline styles.

use std::fmt::Write as _;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use crate::state::WebState;

/// Colours for tenants whose config names none.
const SPARE: [&str; 6] = ["#4a7fd4", "#35a585", "#d99a2b", "#a468c8", "#d0647a", "#6b8e3d"];

/// `GET /assets/tenants.css`.
pub async fn get(State(state): State<WebState>, headers: HeaderMap) -> Response {
    let tenants = state.ctx.tenants.all();
    let css = sheet(tenants.iter().map(|t| (t.policy.id.as_str(), t.widget.accent.as_str())));
    let tag = format!("\"{:x}\"", Sha256::digest(&css));
    let same = headers.get(header::IF_NONE_MATCH).is_some_and(|v| v.as_bytes() == tag.as_bytes());
    let mut response =
        if same { StatusCode::NOT_MODIFIED.into_response() } else { css.into_response() };
    let out = response.headers_mut();
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8"));
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        out.insert(header::ETAG, tag);
    }
    response
}

/// `.tenant-x{--tenant:#…;--on-tenant:#…}` for each.
fn sheet<'a>(tenants: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut css = String::new();
    for (at, (id, accent)) in tenants.enumerate() {
        if !id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_') {
            continue;
        }
        let (colour, rgb) = match rgb(accent) {
            Some(rgb) => (accent, rgb),
            None => (SPARE[at % SPARE.len()], rgb(SPARE[at % SPARE.len()]).unwrap_or_default()),
        };
        let on = ink(luminance(rgb));
        let _ = writeln!(css, ".tenant-{id}{{--tenant:{colour};--on-tenant:{on}}}");
    }
    css
}

/// The text colour for a ground of that luminance, with at least 4.5:1: near-black down to where it has that, white up
/// to where it has, and black itself between the two.
const fn ink(ground: f64) -> &'static str {
    match ground {
        light if light > 0.2003 => "#111",
        middle if middle > 0.183 => "#000",
        _ => "#fff",
    }
}

pub(super) fn rgb(text: &str) -> Option<[u8; 3]> {
    let hex = text.strip_prefix('#').filter(|h| h.len() == 6 && h.is_ascii())?;
    let part = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).ok();
    Some([part(0)?, part(2)?, part(4)?])
}

/// Relative luminance, WCAG 2.2.
pub(super) fn luminance(rgb: [u8; 3]) -> f64 {
    let [r, g, b] = rgb.map(|c| {
        let c = f64::from(c) / 255.0;
        if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

/// The contrast of two luminances, WCAG 2.2: 1 to 21.
#[cfg(test)]
pub(super) fn contrast(a: f64, b: f64) -> f64 {
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_cannot_carry_other_css() {
        let css = sheet(
            [("aurinko", "#f5b301"), ("vuori", "red;}body{display:none"), ("x{}", "#000000")]
                .into_iter(),
        );
        assert_eq!(
            css,
            ".tenant-aurinko{--tenant:#f5b301;--on-tenant:#111}\n.tenant-vuori{--tenant:#35a585;--on-tenant:#111}\n"
        );
    }

    #[test]
    fn text_on_any_colour_can_be_read() {
        let full = |ink: &str| match ink {
            "#111" => "#111111",
            "#000" => "#000000",
            _ => "#ffffff",
        };
        // Every grey, and every colour of a coarse cube: all luminances, the narrow ones between black and white too.
        let greys = (0..=255_u8).map(|n| [n, n, n]);
        let step = |n: u16| (n..256).step_by(15).map(|c| u8::try_from(c).unwrap());
        let cube = step(0).flat_map(|r| step(0).flat_map(move |g| step(0).map(move |b| [r, g, b])));
        for colour in greys.chain(cube) {
            let ground = luminance(colour);
            let on = luminance(rgb(full(ink(ground))).unwrap());
            let found = contrast(ground, on);
            assert!(found >= 4.5, "{colour:?}: {found}");
        }
    }
}
