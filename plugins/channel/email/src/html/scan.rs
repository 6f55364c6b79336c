//! One walk over the source.

use super::{LONGEST, attribute, entity, mark};
use crate::quote::{self, Line, Mark};

/// The most lines that are told apart; what is beyond them is one line.
const MOST: usize = 3_000;

/// Elements whose content is no markup.
const RAW: &[&str] = &["style", "script", "title"];

/// The lines of HTML. Their `at` points to where in the source the line's first tag or text begins.
pub fn lines(html: &str) -> Vec<Line> {
    let html = &html[..html.floor_char_boundary(LONGEST)];
    let mut scan = Scan::default();
    // Where the text began that no tag has ended yet, and where the next tag is looked for.
    let (mut text, mut at) = (0, 0);
    while let Some(next) = html[at..].find('<').map(|p| at + p).filter(|_| !scan.no_tags) {
        match scan.tag_end(html, next) {
            Some(end) => {
                scan.text(&html[text..next], text);
                scan.tag(&html[next + 1..end - 1], next, end);
                at = scan.after_raw(html, end);
                text = at;
            }
            None => at = next + 1,
        }
    }
    scan.text(&html[text..], text);
    scan.flush(html.len());
    scan.lines
}

#[derive(Default)]
struct Scan {
    lines: Vec<Line>,
    line: String,
    /// Where the line that is being read began.
    begun: usize,
    /// How deep its first word is quoted.
    line_depth: Option<usize>,
    /// For each open `blockquote`, whether it quotes.
    quotes: Vec<bool>,
    mark: Option<Mark>,
    pre: usize,
    /// The element that is not shown, and how many of its name are open in it.
    hidden: Option<(String, usize)>,
    /// Quotation marks in tags are not to be trusted any more; no tag ends any more.
    bad_quotes: bool,
    no_tags: bool,
    no_comments: bool,
}

impl Scan {
    /// Where the tag that begins at `at` ends; `None` if it is none. Each way of looking fails once at most, so the
    /// walk stays linear.
    fn tag_end(&mut self, html: &str, at: usize) -> Option<usize> {
        let rest = &html[at..];
        if rest.starts_with("<!--") && !self.no_comments {
            match rest.find("-->") {
                Some(end) => return Some(at + end + 3),
                None => self.no_comments = true,
            }
        }
        let after = rest.as_bytes().get(1)?;
        if !(after.is_ascii_alphabetic() || matches!(after, b'/' | b'!' | b'?')) {
            return None;
        }
        if !self.bad_quotes {
            let mut quote = None;
            for (place, byte) in rest.bytes().enumerate() {
                match (quote, byte) {
                    (None, b'>') => return Some(at + place + 1),
                    // Quotation marks count only behind `=`: an apostrophe elsewhere is one.
                    (None, b'"' | b'\'') if rest[..place].trim_end().ends_with('=') => {
                        quote = Some(byte)
                    }
                    (Some(open), byte) if open == byte => quote = None,
                    _ => {}
                }
            }
            self.bad_quotes = true;
        }
        match rest.find('>') {
            Some(end) => Some(at + end + 1),
            None => {
                self.no_tags = true;
                None
            }
        }
    }

    /// Of scripts and the like nothing is a tag but their own end.
    fn after_raw(&self, html: &str, at: usize) -> usize {
        let Some((name, _)) =
            self.hidden.as_ref().filter(|(name, open)| *open == 1 && RAW.contains(&name.as_str()))
        else {
            return at;
        };
        let mut from = at;
        while let Some(end) = html[from..].find("</").map(|p| from + p) {
            let found = html.as_bytes()[end + 2..].get(..name.len());
            if found.is_some_and(|found| found.eq_ignore_ascii_case(name.as_bytes())) {
                return end;
            }
            from = end + 2;
        }
        html.len()
    }

    fn text(&mut self, source: &str, at: usize) {
        if self.hidden.is_some() {
            return;
        }
        if self.line.is_empty() && self.line_depth.is_none() && self.lines.is_empty() {
            self.begun = self.begun.min(at);
        }
        let mut text = String::with_capacity(source.len());
        entity::push(&mut text, source);
        if self.pre > 0 {
            for (place, line) in text.split('\n').enumerate() {
                if place > 0 {
                    self.flush(at);
                }
                self.note_depth(line);
                self.line.push_str(line.trim_end_matches('\r'));
            }
            return;
        }
        self.note_depth(&text);
        for c in text.chars() {
            if !c.is_whitespace() || c == '\u{a0}' {
                self.line.push(if c == '\u{a0}' { ' ' } else { c });
            } else if !self.line.is_empty() && !self.line.ends_with(' ') {
                self.line.push(' ');
            }
        }
    }

    fn note_depth(&mut self, text: &str) {
        if self.line_depth.is_none() && !text.trim().is_empty() {
            self.line_depth = Some(self.depth());
        }
    }

    fn depth(&self) -> usize {
        self.quotes.iter().filter(|quotes| **quotes).count()
    }

    fn tag(&mut self, tag: &str, begin: usize, end: usize) {
        let closing = tag.starts_with('/');
        let name: String = tag
            .trim_start_matches('/')
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric())
            .take(20)
            .collect::<String>()
            .to_ascii_lowercase();
        if let Some((hidden, open)) = &mut self.hidden {
            if *hidden == name && !tag.ends_with('/') {
                if closing {
                    *open -= 1;
                } else {
                    *open += 1;
                }
                if *open == 0 {
                    self.hidden = None;
                }
            }
            return;
        }
        let hides = matches!(
            name.as_str(),
            "style" | "script" | "title" | "template" | "xml" | "svg" | "object"
        );
        if !closing && !tag.ends_with('/') && (hides || is_hidden(&name, tag)) {
            self.hidden = Some((name, 1));
            return;
        }
        if !closing
            && !name.is_empty()
            && let Some(mark) = mark::read(tag)
        {
            // A quotation inside a signature's element is the stronger.
            if self.mark.is_none_or(|known| known == Mark::Signature) {
                self.flush(begin);
                self.mark = Some(mark);
            }
        }
        self.structure(&name, tag, closing, begin, end);
    }

    fn structure(&mut self, name: &str, tag: &str, closing: bool, begin: usize, end: usize) {
        match name {
            "br" => {
                let empty = self.line.trim().is_empty();
                if empty && self.lines.last().is_some_and(|line| !line.text.is_empty()) {
                    self.push(String::new(), self.begun, self.depth());
                    self.begun = end;
                }
                self.flush(end);
            }
            "hr" if !closing => {
                self.flush(begin);
                self.line.push_str("-----");
                self.flush(end);
            }
            "blockquote" => {
                self.flush(if closing { end } else { begin });
                if closing {
                    self.quotes.pop();
                } else if self.quotes.len() < 200 {
                    let introduced =
                        self.lines.iter().rev().find(|line| !line.text.trim().is_empty());
                    let introduced =
                        introduced.is_some_and(|line| line.text.trim_end().ends_with(':'));
                    let marked = self.mark == Some(Mark::Quote);
                    self.quotes.push(mark::quotes(tag) || introduced || marked || self.depth() > 0);
                }
            }
            "pre" | "textarea" => {
                self.flush(if closing { end } else { begin });
                self.pre = if closing { self.pre.saturating_sub(1) } else { self.pre + 1 };
            }
            "p" => {
                self.flush(if closing { end } else { begin });
                let tight =
                    attribute::find(tag, "class").is_some_and(|class| class.contains("Mso"));
                if !closing && !tight && self.lines.last().is_some_and(|line| !line.text.is_empty())
                {
                    self.push(String::new(), begin, self.depth());
                }
            }
            "li" if !closing => {
                self.flush(begin);
                self.line.push_str("- ");
            }
            "td" | "th" if !closing && !self.line.is_empty() && !self.line.ends_with(' ') => {
                self.line.push(' ');
            }
            "div" | "tr" | "table" | "ul" | "ol" | "li" | "dl" | "dt" | "dd" | "h1" | "h2"
            | "h3" | "h4" | "h5" | "h6" | "section" | "article" | "header" | "footer"
            | "center" | "address" | "form" | "body" | "fieldset" | "figure" => {
                self.flush(if closing { end } else { begin })
            }
            _ => {}
        }
    }

    /// Ends the line; the next one begins at `next`.
    fn flush(&mut self, next: usize) {
        let words = std::mem::take(&mut self.line);
        let depth = self.line_depth.take().unwrap_or_else(|| self.depth());
        if words.trim().is_empty() {
            // What was only tags stays with the line that follows.
            return;
        }
        let begun = self.begun;
        self.push(words, begun, depth);
        self.begun = next;
    }

    fn push(&mut self, text: String, at: usize, depth: usize) {
        if self.lines.len() >= MOST {
            if let Some(last) = self.lines.last_mut() {
                last.text.push(' ');
                last.text.push_str(&text);
            }
            return;
        }
        let (marks, words) = quote::unmark(&text);
        let blank = words.trim().is_empty();
        let mark = if blank { None } else { self.mark.take() };
        let text = if marks > 0 { words.to_owned() } else { text };
        self.lines.push(Line { text, depth: depth + marks, mark, at });
    }
}

fn is_hidden(name: &str, tag: &str) -> bool {
    matches!(name, "div" | "span" | "td" | "p" | "tr" | "table")
        && attribute::find(tag, "style").is_some_and(|style| {
            let style: String = style.chars().filter(|c| !c.is_whitespace()).take(1000).collect();
            let style = style.to_ascii_lowercase();
            style.contains("display:none") || style.contains("mso-hide:all")
        })
}
