//! The parts of a mail as a tree of bounded depth and number.

use std::borrow::Cow;

use super::head::{Head, line_end, trim_end};
use super::{Content, charset, flowed, transfer};

/// Multiparts deeper than this are files.
const DEEPEST: usize = 16;
/// Parts beyond this are not looked at; the original has them.
const MOST: usize = 500;

/// A part that has no parts.
pub struct Leaf<'a> {
    pub head: Head<'a>,
    pub content: Content,
    body: &'a [u8],
}

/// A part.
pub enum Node<'a> {
    Leaf(Leaf<'a>),
    /// `mixed`, `alternative`, `related`...: and what `start` names, for `related`.
    Multi {
        kind: String,
        start: Option<String>,
        nodes: Vec<Node<'a>>,
    },
}

impl<'a> Leaf<'a> {
    /// The decoded bytes.
    pub fn bytes(&self) -> Cow<'a, [u8]> {
        transfer::decode(&self.content.encoding, self.body)
    }

    /// About how many bytes it has, without decoding it.
    pub fn size(&self) -> usize {
        if self.content.encoding == "base64" { self.body.len() / 4 * 3 } else { self.body.len() }
    }

    /// The decoded text.
    pub fn text(&self) -> String {
        let text = charset::decode(self.content.parameter("charset"), &self.bytes());
        let flowed =
            self.content.parameter("format").is_some_and(|f| f.eq_ignore_ascii_case("flowed"));
        if self.content.media_type == "text/plain" && flowed {
            let delsp =
                self.content.parameter("delsp").is_some_and(|d| d.eq_ignore_ascii_case("yes"));
            return flowed::unflow(&text, delsp);
        }
        text
    }
}

/// Takes a mail apart: its head, and its body as a tree.
pub fn read(mail: &[u8]) -> (Head<'_>, Node<'_>) {
    let mut left = MOST;
    let (head, body) = Head::read(mail);
    let node = part(&head, &mail[body..], "text/plain", 0, &mut left);
    (head, node)
}

fn part<'a>(
    head: &Head<'a>,
    body: &'a [u8],
    otherwise: &str,
    depth: usize,
    left: &mut usize,
) -> Node<'a> {
    let content = Content::read(head, otherwise);
    if let Some(kind) = content.media_type.strip_prefix("multipart/")
        && depth < DEEPEST
        && let Some(boundary) = content.parameter("boundary").filter(|b| !b.is_empty())
    {
        let pieces = split(body, boundary.as_bytes(), *left);
        if !pieces.is_empty() {
            let otherwise = if kind == "digest" { "message/rfc822" } else { "text/plain" };
            let mut nodes = Vec::with_capacity(pieces.len());
            for piece in pieces {
                if *left == 0 {
                    break;
                }
                *left -= 1;
                let (head, at) = Head::read(piece);
                nodes.push(part(&head, &piece[at..], otherwise, depth + 1, left));
            }
            let start = content.parameter("start");
            let start = start.map(|id| id.trim_matches(['<', '>']).to_owned());
            return Node::Multi { kind: kind.to_owned(), start, nodes };
        }
    }
    let mut content = content;
    if content.is("multipart/") {
        // It has no parts after all: what there is, is text.
        content.media_type = if depth < DEEPEST { "text/plain" } else { "message/rfc822" }.into();
    }
    Node::Leaf(Leaf { head: head.clone(), content, body })
}

/// The bodies between the boundary's lines, at most so many.
fn split<'a>(body: &'a [u8], boundary: &[u8], most: usize) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    let mut begun = None;
    let mut at = 0;
    while at < body.len() {
        let end = line_end(body, at);
        let line = trim_end(&body[at..end]);
        if let Some(rest) = line.strip_prefix(b"--").and_then(|line| line.strip_prefix(boundary)) {
            let rest = rest.trim_ascii();
            let last = rest.starts_with(b"--");
            if last || rest.is_empty() {
                if let Some(begin) = begun {
                    pieces.push(without_break(&body[begin..at]));
                }
                begun = (!last).then_some(end);
                if last || pieces.len() >= most {
                    begun = None;
                    break;
                }
            }
        }
        at = end;
    }
    // Cut off before its end, as mails on the road are.
    if let Some(begin) = begun.filter(|&begin| begin < body.len()) {
        pieces.push(&body[begin..]);
    }
    pieces
}

/// The line break before a boundary belongs to it.
fn without_break(piece: &[u8]) -> &[u8] {
    trim_end(piece)
}
