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

/// A reason as the host takes it: one line of at most 1000 bytes.
#[cfg(all(target_arch = "wasm32", feature = "channel"))]
pub(crate) fn reason(text: &str) -> String {
    one_line(text, 1000).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_between_characters() {
        assert_eq!(cut("äöå", 3), "ä");
        assert_eq!(cut("äöå", 100), "äöå");
        assert_eq!(one_line(" a\nb\u{0}c ", 4).as_deref(), Some("a b"));
        assert_eq!(one_line("\n\u{7}", 10), None);
    }
}
