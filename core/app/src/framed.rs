//! A message's kept HTML as a reader's frame shows it: inline images point to where the reader gets files,
//! remote ones stay away until they are asked for. What [`crate::sanitise`] writes is read here, and nowhere else.

/// HTML for a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Framed {
    /// The HTML.
    pub html: String,
    /// How many images would be fetched from elsewhere.
    pub remote: usize,
}

/// The HTML with inline images at `files/ID`; with remote ones over https if `pictures`, else without them.
#[must_use]
pub fn framed(html: &str, files: &str, pictures: bool) -> Framed {
    let mut out = Framed { html: String::with_capacity(html.len()), remote: 0 };
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let (before, from) = rest.split_at(at);
        out.html.push_str(before);
        let (tag, after) = from.split_at(tag_end(from));
        match tag.strip_prefix("<img").filter(|inside| inside.starts_with([' ', '>'])) {
            Some(inside) => image(&mut out, inside, files, pictures),
            None => out.html.push_str(tag),
        }
        rest = after;
    }
    out.html.push_str(rest);
    out
}

/// Behind the `>` that ends a tag; a quoted value may have others.
fn tag_end(tag: &str) -> usize {
    let mut quoted = false;
    for (at, byte) in tag.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'>' if !quoted => return at + 1,
            _ => {}
        }
    }
    tag.len()
}

/// An image's tag again, from its attributes as they are kept: every value in double quotes.
fn image(out: &mut Framed, mut rest: &str, files: &str, pictures: bool) {
    out.html.push_str("<img");
    while let Some((name, from)) = rest.split_once("=\"") {
        let Some((value, after)) = from.split_once('"') else { break };
        rest = after;
        let name = name.trim();
        match name {
            "data-src" => {
                out.remote += 1;
                if pictures {
                    // The frame lets nothing else through.
                    let address = value.split_once(':').map_or(value, |(_, rest)| rest);
                    attribute(&mut out.html, "src", &format!("https:{address}"));
                } else {
                    attribute(&mut out.html, "class", "waits");
                }
            }
            "src" => {
                if let Some(id) = value.strip_prefix("/files/") {
                    attribute(&mut out.html, "src", &format!("{files}/{id}"));
                }
            }
            _ => attribute(&mut out.html, name, value),
        }
    }
    out.html.push('>');
}

fn attribute(html: &mut String, name: &str, value: &str) {
    for piece in [" ", name, "=\"", value, "\""] {
        html.push_str(piece);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use kerros_domain::id::FileId;

    use super::framed;
    use crate::sanitise;

    const FILES: &str = "/console/c/cnv_1/files";

    #[test]
    fn what_was_kept_at_intake_is_what_a_frame_shows() {
        let file = FileId(uuid::Uuid::from_u128(7));
        let inline = BTreeMap::from([("logo@x".to_owned(), file)]);
        let kept = sanitise::html(
            "<p>a > b</p><img src=\"cid:logo@x\" alt=\"Logo\"><img src=\"http://t.example/p.gif?a=1&amp;b=2\" alt=\"<img data-src=&quot;x&quot;>\">",
            &inline,
        );
        let shut = framed(&kept, FILES, false);
        assert_eq!(shut.remote, 1);
        assert!(shut.html.contains(&format!("src=\"{FILES}/{file}\"")), "{}", shut.html);
        assert!(!shut.html.contains("t.example"), "{}", shut.html);
        let open = framed(&kept, FILES, true);
        assert!(
            open.html.contains(" src=\"https://t.example/p.gif?a=1&amp;b=2\""),
            "{}",
            open.html
        );
        assert_eq!(open.html.matches("<img ").count() - open.html.matches("\"<img ").count(), 2);
        assert!(open.html.starts_with("<p>a &gt; b</p><img"), "{}", open.html);
    }

    #[test]
    fn text_that_looks_like_an_address_stays_text() {
        let kept = sanitise::html(
            "data-src=\"https://t.example\" src=\"/files/x\" <b>b</b>",
            &BTreeMap::new(),
        );
        let shown = framed(&kept, FILES, true);
        assert_eq!((shown.html, shown.remote), (kept, 0));
    }
}
