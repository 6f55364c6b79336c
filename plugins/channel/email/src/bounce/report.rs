//! Reports in the standard forms.

use super::{Fate, Report, diagnosis, original_id};
use crate::address;
use crate::mime::{Content, Head, Leaf};

/// The longest report that is read, bytes.
const LONGEST: usize = 64 * 1024;

/// Whether the mail as a whole is a report (RFC 6522). Some systems leave out what kind it is; of another kind, as of
/// complaints, it is none of ours.
pub fn is_report(head: &Head<'_>) -> bool {
    let content = Content::read(head, "text/plain");
    content.media_type == "multipart/report"
        && content.parameter("report-type").is_none_or(|kind| {
            ["delivery-status", "disposition-notification"]
                .iter()
                .any(|known| kind.trim().eq_ignore_ascii_case(known))
        })
}

/// A delivery status notification or a notice of reading.
pub fn read(head: &Head<'_>, leaves: &[&Leaf<'_>]) -> Option<Report> {
    let find = |types: &[&str]| {
        leaves.iter().find(|leaf| types.contains(&leaf.content.media_type.as_str()))
    };
    if let Some(leaf) = find(&["message/delivery-status", "message/global-delivery-status"]) {
        let fate = delivery(&text(leaf));
        if fate == Fate::Other {
            // It says nothing that we know: perhaps its words do, and else people read it.
            return None;
        }
        let about = original_id(leaves).or_else(|| answered(head));
        return Some(Report { about, fate });
    }
    let notice = ["message/disposition-notification", "message/global-disposition-notification"];
    if let Some(leaf) = find(&notice) {
        let text = text(leaf);
        let fields = fields(text.lines());
        let value =
            |name: &str| fields.iter().find(|(key, _)| key == name).map(|(_, v)| v.as_str());
        let about =
            value("original-message-id").map(|id| id.trim_matches(['<', '>', ' ']).to_owned());
        let disposition = value("disposition").unwrap_or_default().to_lowercase();
        let kind = disposition.rsplit(';').next().unwrap_or_default();
        let kind = kind.split(['/', ' ']).find(|word| !word.is_empty()).unwrap_or_default();
        let fate = if kind == "displayed" { Fate::Read } else { Fate::Other };
        let about = about.filter(|id| !id.is_empty()).or_else(|| answered(head));
        return Some(Report { about, fate });
    }
    None
}

/// Some systems return no head, but answer the mail.
pub fn answered(head: &Head<'_>) -> Option<String> {
    head.ids("in-reply-to").into_iter().next().or_else(|| head.ids("references").pop())
}

fn text(leaf: &Leaf<'_>) -> String {
    let mut text = leaf.text();
    text.truncate(text.floor_char_boundary(LONGEST));
    text
}

/// The worst that happened to a recipient.
fn delivery(text: &str) -> Fate {
    let text = text.replace('\r', "");
    let mut fate = Fate::Other;
    for group in text.split("\n\n") {
        let fields = fields(group.lines());
        let value =
            |name: &str| fields.iter().find(|(key, _)| key == name).map(|(_, v)| v.as_str());
        let Some(action) = value("action") else { continue };
        let status = value("status").unwrap_or_default();
        let status = status.split([' ', '(']).next().unwrap_or_default();
        match action.trim().to_lowercase().as_str() {
            "failed" => {
                let words = value("diagnostic-code").unwrap_or_default();
                let words = words.split_once(';').map_or(words, |(_, words)| words).trim();
                let to = value("original-recipient").or_else(|| value("final-recipient"));
                let to = to.map(|to| to.rsplit(';').next().unwrap_or_default());
                let to = to.and_then(address::clean);
                let gone = diagnosis::gone(status, words).then_some(to.clone()).flatten();
                let reason = reason(to.as_deref(), status, words);
                // A hard failure says more than a soft one of another recipient.
                if gone.is_some() || !matches!(fate, Fate::Failed { gone: Some(_), .. }) {
                    fate = Fate::Failed { reason, gone };
                }
            }
            "delayed" if !matches!(fate, Fate::Failed { .. }) => fate = Fate::Delayed,
            "delivered" | "relayed" | "expanded" if matches!(fate, Fate::Other) => {
                fate = Fate::Delivered;
            }
            _ => {}
        }
    }
    fate
}

/// A line for people.
pub fn reason(to: Option<&str>, status: &str, words: &str) -> String {
    let mut reason = String::new();
    for piece in [to.unwrap_or_default(), status, words] {
        let said = piece == status && words.contains(status);
        if !piece.is_empty() && !said {
            if !reason.is_empty() {
                reason.push_str(": ");
            }
            reason.push_str(piece);
        }
    }
    kerros_plugin::text::one_line(&reason, 500).unwrap_or_else(|| "not delivered".into())
}

/// Fields with folded lines, names in lower case.
fn fields<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in lines.take(2_000) {
        if let Some(more) = line.strip_prefix([' ', '\t']) {
            if let Some((_, value)) = fields.last_mut()
                && value.len() < 4_000
            {
                value.push(' ');
                value.push_str(more.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            fields.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    fields
}
