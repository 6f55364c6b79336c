//! What text from outside may contain: no control characters but line feed and tab.

use std::borrow::Cow;

/// No message text is longer, in bytes.
pub(crate) const TEXT_BYTES: usize = 16 * 1024;

fn unwanted(c: char) -> bool {
    // Bidirectional overrides let a text look like another one; U+FEFF is a byte-order mark.
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// The text without NUL, other control characters and direction overrides, line ends as `\n`, and
/// without white space around it.
pub(crate) fn text(raw: &str) -> Cow<'_, str> {
    let trimmed = raw.trim();
    if !trimmed.contains(unwanted) {
        return Cow::Borrowed(trimmed);
    }
    let cleaned: String = trimmed.replace("\r\n", "\n").replace('\r', "\n");
    Cow::Owned(cleaned.chars().filter(|c| !unwanted(*c)).collect::<String>().trim().to_owned())
}

/// A name on one line: as [`text`], line ends and tabs as spaces, at most `chars` characters.
pub(crate) fn line(raw: &str, chars: usize) -> String {
    text(raw)
        .chars()
        .map(|c| if c == '\n' || c == '\t' { ' ' } else { c })
        .take(chars)
        .collect::<String>()
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_go_and_line_ends_are_one() {
        for (raw, expected) in [
            ("hei", "hei"),
            ("  hei \n", "hei"),
            ("a\0b", "ab"),
            ("a\r\nb\rc\td", "a\nb\nc\td"),
            ("\u{202e}evil\u{202c}", "evil"),
            ("\u{feff}hei", "hei"),
            ("\0\0", ""),
        ] {
            assert_eq!(text(raw), expected, "{raw:?}");
        }
        assert_eq!(line("Anna\n\tKoski ", 40), "Anna  Koski");
        assert_eq!(line("abcdef", 3), "abc");
    }
}
