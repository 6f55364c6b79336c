//! Reports in words only: qmail, Exim, and systems with forms of their own.

use super::report::{answered, reason};
use super::{Fate, Report, diagnosis, original_id};
use crate::mime::{Head, Leaf};
use crate::{address, automatic};

/// The longest text that is looked at, bytes.
const LONGEST: usize = 32 * 1024;

/// Whether the mail is surely a mail system's report, by its sender and its title.
pub fn is_report(head: &Head<'_>, sender: &str, subject: &str) -> bool {
    let subject = subject.to_lowercase();
    let daemon = automatic::is_daemon(sender);
    let null = head.raw("return-path").is_some_and(|raw| raw.trim_ascii() == b"<>");
    let named = head.has("x-failed-recipients");
    let titled = TITLES.iter().any(|title| subject.contains(title));
    // A person may write of failed mail; a daemon may write of other things.
    named || titled && (daemon || null)
}

/// What a mail system's report says in words.
pub fn read(head: &Head<'_>, leaves: &[&Leaf<'_>], sender: &str, subject: &str) -> Report {
    let subject = subject.to_lowercase();
    let text = leaves
        .iter()
        .find(|leaf| leaf.content.is("text/"))
        .map(|leaf| leaf.text())
        .unwrap_or_default();
    let text = if text.contains("<html") || text.contains("<HTML") {
        crate::html::text(&crate::html::lines(&text))
    } else {
        text
    };
    let text = &text[..text.floor_char_boundary(LONGEST)];
    let lower = text.to_lowercase();
    let about = original_id(leaves).or_else(|| quoted_id(text)).or_else(|| answered(head));
    let late = LATE.iter().any(|words| subject.contains(words))
        || LATE_TEXT.iter().any(|words| lower.contains(words)) && !lower.contains("giving up");
    if late {
        return Report { about, fate: Fate::Delayed };
    }
    let to =
        head.text("x-failed-recipients").and_then(|list| list.split(',').find_map(address::clean));
    let to = to.or_else(|| first_address(text, sender));
    let words = said(text);
    let status =
        diagnosis::enhanced(&words).or_else(|| diagnosis::enhanced(text)).unwrap_or_default();
    let gone = diagnosis::gone(&status, if words.is_empty() { text } else { &words });
    let fate = Fate::Failed {
        reason: reason(to.as_deref(), &status, &words),
        gone: if gone { to } else { None },
    };
    Report { about, fate }
}

const TITLES: &[&str] = &[
    "undelivered mail",
    "undeliverable",
    "undelivered",
    "delivery status notification",
    "delivery failure",
    "delivery failed",
    "delivery report",
    "delivery notification",
    "failure notice",
    "returned mail",
    "mail delivery failed",
    "mail delivery failure",
    "mail delivery system",
    "mail system error",
    "message status",
    "could not be delivered",
    "not delivered",
    "nondeliverable",
    "ei voitu toimittaa",
    "toimittamatta",
    "toimitus epäonnistui",
    "ei toimitettu",
    "viestiä ei voi",
    "perille toimittamat",
    "kan inte levereras",
    "kunde inte levereras",
    "olevererbar",
    "oleveransbar",
    "misslyckad leverans",
    "unzustellbar",
    "nicht zugestellt",
    "non remis",
    "échec de la remise",
    "ikke leveret",
    "ikke levert",
    "delayed mail",
    "warning: message",
    "delivery delayed",
];
const LATE: &[&str] =
    &["delayed", "(delay)", "warning: message", "viivästy", "försenad", "verzögert"];
const LATE_TEXT: &[&str] = &[
    "will be retried",
    "will continue to try",
    "will keep trying",
    "do not need to resend",
    "don't need to resend",
    "has not yet been delivered",
    "this is a warning message only",
    "no action is required on your part",
];

/// The original's Message-ID where its head is quoted in the text.
fn quoted_id(text: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let line = line.trim_start_matches(['>', ' ', '\t', '|']);
        let (name, value) = line.split_once(':')?;
        let id = value.trim().strip_prefix('<')?.split('>').next()?;
        let fine =
            name.trim().eq_ignore_ascii_case("message-id") && id.contains('@') && id.len() <= 500;
        fine.then(|| id.to_owned())
    })
}

/// The first address in the text that is not the reporter's own.
fn first_address(text: &str, sender: &str) -> Option<String> {
    text.split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '(' | ')' | '"' | ',' | ';'))
        .filter(|word| word.contains('@') && word.len() <= 254)
        .filter_map(|word| address::clean(word.trim_end_matches([':', '.'])))
        .find(|address| !address::same(address, sender) && !automatic::is_daemon(address))
}

/// The server's own words: the first line with a code of refusal, else the first that tells of an unknown address.
fn said(text: &str) -> String {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let coded = lines.clone().find(|line| {
        let bytes = line.as_bytes();
        line.match_indices(['4', '5']).any(|(at, _)| {
            let three =
                bytes.get(at + 1..at + 3).is_some_and(|two| two.iter().all(u8::is_ascii_digit));
            let ends = bytes.get(at + 3).is_none_or(|b| matches!(b, b' ' | b'-'));
            let begins = at == 0 || !bytes[at - 1].is_ascii_alphanumeric() && bytes[at - 1] != b'.';
            three
                && ends
                && begins
                && (line.contains("5.") || line.contains("4.") || at == 0 || line.contains(':'))
        })
    });
    let line = coded.or_else(|| lines.find(|line| diagnosis::gone("", line)));
    line.and_then(|line| kerros_plugin::text::one_line(line, 400)).unwrap_or_default()
}
