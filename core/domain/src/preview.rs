//! The beginning of a text, for lists.

/// How many characters a preview keeps.
pub const PREVIEW_CHARS: usize = 120;

/// The first [`PREVIEW_CHARS`] characters on one line: runs of white space and control characters
/// become one space. A longer text ends in `…`, which counts.
#[must_use]
pub fn preview(text: &str) -> String {
    let mut words = text.split(|c: char| c.is_whitespace() || c.is_control());
    let mut line = String::new();
    let mut length = 0;
    for word in words.by_ref().filter(|word| !word.is_empty()) {
        if length > 0 {
            line.push(' ');
            length += 1;
        }
        for c in word.chars() {
            line.push(c);
            length += 1;
            if length > PREVIEW_CHARS {
                let cut = line.char_indices().nth(PREVIEW_CHARS - 1).map_or(0, |(at, _)| at);
                line.truncate(cut);
                line.truncate(line.trim_end().len());
                line.push('…');
                return line;
            }
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::preview;

    #[test]
    fn keeps_the_beginning_on_one_line() {
        for (text, expected) in [("", ""), (" hei\r\n\tsiellä  ", "hei siellä"), ("a\u{0}b", "a b")]
        {
            assert_eq!(preview(text), expected, "{text:?}");
        }
        assert_eq!(preview(&"ä".repeat(120)), "ä".repeat(120));
        assert_eq!(preview(&"ä".repeat(121)), format!("{}…", "ä".repeat(119)));
        assert_eq!(preview(&format!("{} x", "ä".repeat(118))).chars().count(), 120);
        assert_eq!(preview(&format!("{} xyz", "ä".repeat(118))), format!("{}…", "ä".repeat(118)));
    }
}
