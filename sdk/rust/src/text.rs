//! Small helps with texts that come from outside: the host refuses names with line breaks and texts that are too
//! long, and a customer must not be able to make a plugin break that rule.

/// The longest beginning of a text with at most `most` bytes.
pub fn cut(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

/// A text in one line of at most `most` bytes, without control characters; `None` if nothing is left.
pub fn one_line(text: &str, most: usize) -> Option<String> {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let line = cut(line.trim(), most).trim_end();
    (!line.is_empty()).then(|| line.to_owned())
}

/// A language tag as the host takes it (`fi`, `sv-FI`): what somebody wrote as one, in that form; `None` if it is
/// none.
pub fn language(text: &str) -> Option<String> {
    let tag = text.trim().replace('_', "-");
    let mut parts = tag.split('-');
    let main = parts.next().unwrap_or_default();
    let sane = tag.len() <= 35
        && (2..=8).contains(&main.len())
        && main.bytes().all(|b| b.is_ascii_alphabetic())
        && parts
            .all(|p| (1..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric()));
    sane.then_some(tag)
}

/// Cuts a text into pieces whose characters' sizes add up to at most `most`: at a paragraph's end if one lies in the
/// second half of the piece, else a line's end, else a space, else anywhere between two characters. There is always
/// one piece, be it empty.
pub fn pieces(text: &str, most: usize, size: impl Fn(char) -> usize) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut rest = text.trim();
    while let Some(end) = overflow(rest, most, &size) {
        let head = &rest[..end];
        let cut = ["\n\n", "\n", " "]
            .iter()
            .find_map(|mark| head.rfind(mark).filter(|place| *place >= end / 2))
            .unwrap_or(end);
        // A character larger than a whole piece still has to go somewhere.
        let cut = if cut == 0 { rest.ceil_char_boundary(1) } else { cut };
        pieces.push(rest[..cut].trim_end().to_owned());
        rest = rest[cut..].trim_start();
    }
    if !rest.is_empty() || pieces.is_empty() {
        pieces.push(rest.to_owned());
    }
    pieces
}

/// The byte place up to which characters fit, if not all do.
fn overflow(text: &str, most: usize, size: impl Fn(char) -> usize) -> Option<usize> {
    let mut used = 0;
    text.char_indices().find_map(|(place, c)| {
        used += size(c);
        (used > most).then_some(place)
    })
}

/// Whether a text is one line with something in it, of at most `most` bytes.
#[cfg(feature = "channel")]
pub(crate) fn is_line(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.len()) && !text.chars().any(char::is_control)
}

/// A reason as the host takes it: one line of at most 1000 bytes.
#[cfg(all(target_arch = "wasm32", feature = "channel"))]
pub(crate) fn reason(text: &str) -> String {
    one_line(text, 1000).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_where_a_reader_would() {
        let paragraph = "sana ".repeat(120);
        let text = vec![paragraph.trim(); 20].join("\n\n");
        let found = pieces(&text, 4096, char::len_utf16);
        assert!(found.len() >= 3);
        for piece in &found {
            assert!(piece.encode_utf16().count() <= 4096);
            assert!(piece.starts_with("sana") && piece.ends_with("sana"));
        }
        assert_eq!(found.join("\n\n"), text);
        let emoji = "\u{1f600}".repeat(5000);
        let found = pieces(&emoji, 4095, char::len_utf16);
        assert_eq!(found.concat(), emoji);
        assert!(found.iter().all(|piece| piece.encode_utf16().count() <= 4095));
        assert_eq!(pieces(" hei ", 100, |_| 1), ["hei"]);
        assert_eq!(pieces("", 100, |_| 1), [""]);
        assert_eq!(pieces("\u{1f600}a", 1, char::len_utf8), ["\u{1f600}", "a"]);
    }

    #[test]
    fn texts_are_cut_between_characters() {
        assert_eq!(cut("äöå", 3), "ä");
        assert_eq!(cut("äöå", 100), "äöå");
        assert_eq!(one_line(" a\nb\u{0}c ", 4).as_deref(), Some("a b"));
        assert_eq!(one_line("\n\u{7}", 10), None);
    }

    #[test]
    fn a_language_is_a_tag_or_nothing() {
        for (text, expected) in [
            ("fi", Some("fi")),
            (" sv_FI ", Some("sv-FI")),
            ("zh-Hant-TW", Some("zh-Hant-TW")),
            ("", None),
            ("f", None),
            ("suomi, svenska", None),
            ("<script>", None),
            ("fi-", None),
            ("fi\u{0}", None),
            ("1234", None),
        ] {
            assert_eq!(language(text).as_deref(), expected, "{text:?}");
        }
    }
}
