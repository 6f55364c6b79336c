//! What is new in a mail, and what is quoted: lines in, ranges of lines to show out.
//!
//! The one rule above all: an answer is never cut. Where own words stand between quoted lines, both stay; where it is
//! not sure that something is quoted, it stays. What is cut is still in the whole text that people can open.
//!
//! Plain text and HTML become the same [`Line`]s, so both are cut by the same rules. Start in [`cut`].

mod attribution;
mod block;
mod cut;
mod signature;
mod words;

pub use cut::{Cut, Shape, cut};

/// A line of a mail's text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    /// Without its quote marks and line break.
    pub text: String,
    /// How often it is quoted.
    pub depth: usize,
    /// What the markup says begins with this line.
    pub mark: Option<Mark>,
    /// Where it begins in the source, bytes.
    pub at: usize,
}

/// What a mail program's markup says begins at a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// A quotation with its line of who wrote when; own words may follow.
    Quote,
    /// The mail that is answered, to the end.
    Rest,
    /// A forwarded mail, to the end.
    Forward,
    /// A signature.
    Signature,
}

impl Line {
    fn blank(&self) -> bool {
        self.text.trim().is_empty()
    }
}

/// The most lines that are told apart; what is beyond them is one line.
const MOST: usize = 5_000;

/// The lines of plain text. `>` marks are taken off and counted.
pub fn lines(text: &str) -> Vec<Line> {
    let mut at = 0;
    let mut lines = Vec::new();
    for raw in text.splitn(MOST, '\n') {
        let (depth, rest) = unmark(raw.trim_end_matches('\r'));
        lines.push(Line { text: rest.into(), depth, mark: None, at });
        at += raw.len() + 1;
    }
    lines
}

/// Takes the `>` marks off a line; also how many there were.
pub fn unmark(line: &str) -> (usize, &str) {
    let mut rest = line;
    let mut depth = 0;
    loop {
        let inner = rest.trim_start_matches([' ', '\t', '\u{a0}']);
        match inner.strip_prefix('>') {
            // mbox escapes a line that begins with From.
            Some(after) if depth > 0 || !after.starts_with("From ") => {
                depth += 1;
                rest = after;
            }
            _ => break,
        }
    }
    if depth > 0 {
        rest = rest.strip_prefix(' ').unwrap_or(rest);
    }
    (depth, rest)
}

/// The source of a range of lines of plain text.
pub fn source<'t>(text: &'t str, lines: &[Line], range: &std::ops::Range<usize>) -> &'t str {
    let begin = lines.get(range.start).map_or(text.len(), |line| line.at);
    let end = lines.get(range.end).map_or(text.len(), |line| line.at);
    text.get(begin..end).unwrap_or_default().trim_end()
}
