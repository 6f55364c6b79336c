//! Which parts of a mail are its text, and which are files.

use crate::calendar;
use crate::mime::{Leaf, Node};

/// Parts by what they are for. Leaves are borrowed; nothing is decoded yet.
#[derive(Default)]
pub struct Body<'t, 'a> {
    /// Pieces of the text, in order.
    pub pieces: Vec<Piece<'t, 'a>>,
    /// Everything else that people may want.
    pub files: Vec<&'t Leaf<'a>>,
    /// Invitations, which are files too.
    pub invitations: Vec<&'t Leaf<'a>>,
}

/// A piece of the text: plain, HTML, or both saying the same.
#[derive(Default)]
pub struct Piece<'t, 'a> {
    pub plain: Vec<&'t Leaf<'a>>,
    pub html: Vec<&'t Leaf<'a>>,
}

/// Sorts the parts.
pub fn read<'t, 'a>(node: &'t Node<'a>) -> Body<'t, 'a> {
    let mut body = Body::default();
    body.walk(node);
    body
}

impl<'t, 'a> Body<'t, 'a> {
    fn walk(&mut self, node: &'t Node<'a>) {
        match node {
            Node::Leaf(leaf) => self.leaf(leaf),
            Node::Multi { kind, nodes, .. } if kind == "alternative" => self.alternative(nodes),
            Node::Multi { kind, start, nodes } if kind == "related" => {
                let root = self.root(start.as_deref(), nodes);
                for (place, node) in nodes.iter().enumerate() {
                    match node {
                        node if place == root => self.walk(node),
                        Node::Leaf(leaf) => self.files.push(leaf),
                        node => self.walk(node),
                    }
                }
            }
            Node::Multi { nodes, .. } => {
                for node in nodes {
                    self.walk(node);
                }
            }
        }
    }

    fn root(&self, start: Option<&str>, nodes: &[Node<'a>]) -> usize {
        let named = start.and_then(|start| {
            nodes.iter().position(|node| match node {
                Node::Leaf(leaf) => leaf.content.id.as_deref() == Some(start),
                Node::Multi { .. } => false,
            })
        });
        named.unwrap_or(0)
    }

    fn leaf(&mut self, leaf: &'t Leaf<'a>) {
        if leaf.is_invitation() {
            self.invitations.push(leaf);
            self.files.push(leaf);
        } else if leaf.is_text("text/plain") {
            self.pieces.push(Piece { plain: vec![leaf], html: Vec::new() });
        } else if leaf.is_text("text/html") {
            self.pieces.push(Piece { plain: Vec::new(), html: vec![leaf] });
        } else if !leaf.is_noise() {
            self.files.push(leaf);
        }
    }

    /// One text in several forms, the best one last (RFC 2046 5.1.4). A form may itself have files between its pieces.
    fn alternative(&mut self, nodes: &'t [Node<'a>]) {
        let mut piece = Piece::default();
        for node in nodes {
            let mut form = Body::default();
            form.walk(node);
            let plain: Vec<_> = form.pieces.iter().flat_map(|piece| piece.plain.clone()).collect();
            let html: Vec<_> = form.pieces.iter().flat_map(|piece| piece.html.clone()).collect();
            // What a form of HTML has in plain text beside is a part of that form, not the plain form.
            if html.is_empty() && !plain.is_empty() || piece.plain.is_empty() {
                piece.plain = plain;
            }
            if !html.is_empty() {
                piece.html = html;
            }
            self.files.append(&mut form.files);
            self.invitations.append(&mut form.invitations);
        }
        if !piece.plain.is_empty() || !piece.html.is_empty() {
            self.pieces.push(piece);
        }
    }
}

impl Leaf<'_> {
    /// Text of the mail rather than a file of text.
    fn is_text(&self, media_type: &str) -> bool {
        self.content.media_type == media_type
            && self.content.disposition != "attachment"
            && self.content.file_name().is_none()
            && !self.head.has("x-kerros-file")
    }

    fn is_invitation(&self) -> bool {
        calendar::TYPES.contains(&self.content.media_type.as_str())
            || self.content.file_name().is_some_and(|name| {
                let name = name.to_ascii_lowercase();
                name.ends_with(".ics") || name.ends_with(".vcs")
            })
    }

    /// Proofs of signature, and forms of the text that nobody reads.
    fn is_noise(&self) -> bool {
        matches!(
            self.content.media_type.as_str(),
            "application/pgp-signature"
                | "application/pkcs7-signature"
                | "application/x-pkcs7-signature"
                | "text/x-amp-html"
                | "text/watch-html"
                | "text/rfc822-headers"
                | "message/delivery-status"
                | "message/disposition-notification"
                | "message/feedback-report"
        )
    }
}
