//! HTML from outside, made harmless: no scripts, styles, forms or frames; remote images wait in `data-src`
//! until somebody asks for them; inline ones point to the tenant's files.

use std::collections::{BTreeMap, HashSet};

use ammonia::{Builder, UrlRelative};
use kerros_domain::id::FileId;

/// Before the address of a remote image while it is moved to `data-src`. The random part keeps texts
/// from outside from having it.
const REMOTE: &str = "x-kerros-remote-5f1e9c:";

/// Before the id of an inline file, until the last step: relative addresses are refused before that.
const INLINE: &str = "x-kerros-inline-5f1e9c:";

/// Elements open at once. Real mails stay far below; a parser's time grows with the square of it.
const DEPTH: usize = 200;

/// Harmless HTML of a message; nothing of one that is nested beyond reason. `files` are its inline files by Content-ID.
pub(crate) fn html(raw: &str, files: &BTreeMap<String, FileId>) -> String {
    if is_too_deep(raw) {
        return String::new();
    }
    // A text that has a mark itself would be changed by the last step.
    let raw = raw.replace(REMOTE, "").replace(INLINE, "");
    let files = files.clone();
    let mut builder = Builder::default();
    builder
        .add_tags(["font", "center"])
        .add_generic_attributes(["dir", "align"])
        .add_url_schemes(["cid"])
        .url_relative(UrlRelative::Deny)
        .link_rel(Some("noopener noreferrer nofollow"))
        .set_tag_attribute_value("a", "target", "_blank")
        .attribute_filter(move |element, attribute, value| match (element, attribute) {
            ("img", "src") => image(value, &files).map(Into::into),
            // Only images may be inline parts.
            (_, "href" | "cite" | "src") if scheme(value) == "cid" => None,
            _ => Some(value.into()),
        });
    let clean = builder.clean(&raw).to_string();
    let clean = clean.replace(&format!(" src=\"{REMOTE}"), " data-src=\"");
    clean.replace(&format!(" src=\"{INLINE}"), " src=\"/files/")
}

/// Whether more elements are open at once than [`DEPTH`], counting those that need an end tag.
fn is_too_deep(raw: &str) -> bool {
    const NO_END: [&str; 22] = [
        "area", "base", "br", "col", "dd", "dt", "embed", "hr", "img", "input", "li", "link",
        "meta", "option", "p", "param", "source", "tbody", "td", "th", "tr", "wbr",
    ];
    let mut depth = 0_usize;
    for piece in raw.split('<').skip(1) {
        let (ends, rest) = piece.strip_prefix('/').map_or((false, piece), |rest| (true, rest));
        let length = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let name = rest[..length].to_ascii_lowercase();
        if name.is_empty() || NO_END.contains(&name.as_str()) {
            continue;
        }
        depth = if ends { depth.saturating_sub(1) } else { depth + 1 };
        if depth > DEPTH {
            return true;
        }
    }
    false
}

fn image(value: &str, files: &BTreeMap<String, FileId>) -> Option<String> {
    match scheme(value).as_str() {
        "cid" => {
            let id = value.trim().split_once(':').map_or("", |(_, id)| id);
            let decoded = percent_decoded(id);
            files.get(decoded.as_str()).or_else(|| files.get(id)).map(|id| format!("{INLINE}{id}"))
        }
        "http" | "https" => Some(format!("{REMOTE}{}", value.trim())),
        _ => None,
    }
}

fn scheme(value: &str) -> String {
    value.trim().split_once(':').map_or_else(String::new, |(scheme, _)| scheme.to_ascii_lowercase())
}

/// A Content-ID in a URL is percent-encoded (RFC 2392 section 2).
fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = (bytes[at] == b'%').then(|| bytes.get(at + 1..at + 3)).flatten();
        let byte = hex
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match byte {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Content-IDs that the HTML shows inside its text.
pub(crate) fn shown_inline(raw: &str) -> HashSet<String> {
    let lower = raw.to_ascii_lowercase();
    let mut found = HashSet::new();
    let mut from = 0;
    while let Some(at) = lower[from..].find("cid:") {
        let start = from + at + 4;
        let end = raw[start..]
            .find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '>' | ')' | '<'))
            .map_or(raw.len(), |length| start + length);
        found.insert(percent_decoded(&raw[start..end]));
        from = end;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> FileId {
        FileId(uuid::Uuid::from_u128(7))
    }

    fn cleaned(raw: &str) -> String {
        html(raw, &BTreeMap::from([("logo@x".to_owned(), file())]))
    }

    #[test]
    fn what_could_run_call_home_or_reach_our_own_pages_goes() {
        for (raw, expected) in [
            ("<p>Hei <b>siellä</b></p>", "<p>Hei <b>siellä</b></p>".to_owned()),
            ("<script>alert(1)</script>ok", "ok".to_owned()),
            ("<style>p{background:url(https://t.example)}</style>ok", "ok".to_owned()),
            ("<p style=\"background:url(https://t.example)\" onclick=\"x()\">a</p>", "<p>a</p>".to_owned()),
            (
                "<img src=\"https://t.example/pixel.gif?a=1&amp;b=2\" alt=\"x\">",
                "<img data-src=\"https://t.example/pixel.gif?a=1&amp;b=2\" alt=\"x\">".to_owned(),
            ),
            ("<img src=\"cid:logo@x\">", format!("<img src=\"/files/{}\">", file())),
            ("<img src=\"CID:logo%40x\">", format!("<img src=\"/files/{}\">", file())),
            ("<img src=\"cid:nobody\">", "<img>".to_owned()),
            ("<img src=\"/console/logout\">", "<img>".to_owned()),
            ("<img src=\"//t.example/a.gif\">", "<img>".to_owned()),
            ("<img src=\"data:image/svg+xml,<svg onload=x()>\">", "<img>".to_owned()),
            ("<img srcset=\"https://t.example/a 2x\">", "<img>".to_owned()),
            ("<iframe src=\"https://t.example\"></iframe>ok", "ok".to_owned()),
            ("<form action=\"https://t.example\"><input name=a></form>ok", "ok".to_owned()),
            (
                "<a href=\"https://a.example\">a</a>",
                "<a href=\"https://a.example\" target=\"_blank\" rel=\"noopener noreferrer nofollow\">a</a>".to_owned(),
            ),
            (
                "<a href=\"javascript:x()\">a</a>",
                "<a target=\"_blank\" rel=\"noopener noreferrer nofollow\">a</a>".to_owned(),
            ),
        ] {
            assert_eq!(cleaned(raw), expected, "{raw}");
        }
        let marked = format!("<img src=\"{REMOTE}javascript:x()\"> src=\"{REMOTE}hei\"");
        assert!(!cleaned(&marked).contains("data-src"), "{}", cleaned(&marked));
    }

    #[test]
    fn what_is_nested_beyond_reason_is_left_out_and_long_letters_are_not() {
        for raw in ["<div>".repeat(50_000), "<b><p>".repeat(2000), "<table><tr><td>".repeat(3000)] {
            assert_eq!(cleaned(&raw), "");
        }
        for raw in
            ["<p>a<br>".repeat(500), "<div><b>a</b></div>".repeat(500), "<tr><td>".repeat(300)]
        {
            assert!(!cleaned(&format!("<p>kept</p>{raw}")).is_empty());
        }
    }

    #[test]
    fn inline_parts_are_found_in_the_html() {
        let found = shown_inline("<img src=\"cid:a@x\"><IMG SRC='CID:b%40x'> cid:c");
        assert_eq!(found, ["a@x", "b@x", "c"].map(str::to_owned).into());
    }
}
