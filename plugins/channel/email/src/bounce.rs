//! Reports of mail systems about mails of ours: not delivered, late, delivered (RFC 3464), read (RFC 8098).

mod diagnosis;
mod plain;
mod report;

pub use diagnosis::{enhanced, gone};

use crate::mime::{Head, Leaf, Node};

/// What happened to a mail of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It did not arrive and will not.
    Failed {
        reason: String,
        /// The address, if it does not take mail any more.
        gone: Option<String>,
    },
    /// It is on the way still.
    Delayed,
    Delivered,
    Read,
    /// Something else was reported, as that it was thrown away unread.
    Other,
}

/// A report about one of our mails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The Message-ID of ours, without angle brackets; none if the report does not tell.
    pub about: Option<String>,
    pub fate: Fate,
}

/// Reads a report; `None` if the mail is none.
pub fn read(head: &Head<'_>, node: &Node<'_>, sender: &str, subject: &str) -> Option<Report> {
    let mut leaves = Vec::new();
    collect(node, &mut leaves);
    let by_system = plain::is_report(head, sender, subject);
    // Whoever writes to us may attach a report of somebody else's: only the whole mail is one.
    let formal =
        if by_system || report::is_report(head) { report::read(head, &leaves) } else { None };
    formal.or_else(|| by_system.then(|| plain::read(head, &leaves, sender, subject)))
}

fn collect<'t, 'a>(node: &'t Node<'a>, leaves: &mut Vec<&'t Leaf<'a>>) {
    match node {
        Node::Leaf(leaf) => leaves.push(leaf),
        Node::Multi { nodes, .. } => nodes.iter().for_each(|node| collect(node, leaves)),
    }
}

/// The Message-ID of the mail that is reported about: in a part that holds its head.
fn original_id(leaves: &[&Leaf<'_>]) -> Option<String> {
    leaves.iter().find_map(|leaf| {
        let holds = matches!(
            leaf.content.media_type.as_str(),
            "message/rfc822"
                | "message/global"
                | "text/rfc822-headers"
                | "message/rfc822-headers"
                | "message/global-headers"
        );
        if !holds {
            return None;
        }
        let bytes = leaf.bytes();
        let (head, _) = Head::read(&bytes);
        head.ids("message-id").into_iter().next()
    })
}
