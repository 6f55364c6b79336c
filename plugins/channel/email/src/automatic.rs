//! Whether a machine wrote a mail. Whoever answers such a mail by machine makes a loop (RFC 3834).

use crate::address;
use crate::mime::Head;

/// The field that every mail of ours carries; its value is the address it was sent as.
pub const OWN_LOOP: &str = "X-Kerros-Loop";

/// Why a mail was written by a machine; `None` if a person did, as far as can be told. Another Kerros's loop field
/// says nothing: people write there too. `answers_us` is whether the mail says that it answers one of ours.
pub fn reason(
    head: &Head<'_>,
    sender: &str,
    subject: &str,
    answers_us: impl FnOnce() -> bool,
) -> Option<String> {
    sure(head, sender, subject).or_else(|| bulk(head).filter(|_| !answers_us()))
}

/// Signs that only machines' mails have.
fn sure(head: &Head<'_>, sender: &str, subject: &str) -> Option<String> {
    let said = |why: &str| Some(why.to_owned());
    if let Some(word) = head.word("auto-submitted").filter(|word| word != "no") {
        return said(&format!("auto-submitted: {}", kerros_plugin::text::cut(&word, 60)));
    }
    for field in [
        "x-autoreply",
        "x-autorespond",
        "x-autoresponder",
        "x-autoreply-from",
        "x-mail-autoreply",
        "x-cron-env",
        "x-failed-recipients",
    ] {
        // `X-Autoreply: no` is met.
        if head.has(field) && head.word(field).as_deref() != Some("no") {
            return said(field);
        }
    }
    if head.word("x-fc-machinegenerated").as_deref() == Some("true") {
        return said("x-fc-machinegenerated");
    }
    if let Some(word) = head.word("precedence")
        && ["bulk", "junk", "auto_reply", "auto-reply"].contains(&word.as_str())
    {
        return said(&format!("precedence: {word}"));
    }
    let empty = |field| head.raw(field).is_some_and(|raw| matches!(raw.trim_ascii(), b"<>" | b""));
    if empty("return-path") || empty("x-return-path") {
        return said("null return path");
    }
    if is_machine(sender) {
        return said("sent by a mail system");
    }
    if is_absence(subject) {
        return said("subject of an automatic answer");
    }
    None
}

/// Signs of what goes to many. Systems in which people answer (tickets, groups, customer registers) write with them
/// too: an answer to us is a person's all the same. A machine's answer says in its head that it is one.
fn bulk(head: &Head<'_>) -> Option<String> {
    let said = |why: &str| Some(why.to_owned());
    if head.word("precedence").as_deref() == Some("list") {
        return said("precedence: list");
    }
    for field in ["list-id", "list-post", "list-unsubscribe", "feedback-id"] {
        if head.has(field) {
            return said(field);
        }
    }
    if let Some(text) = head.text("x-auto-response-suppress") {
        let text = text.to_ascii_lowercase();
        if ["all", "autoreply", "oof"]
            .iter()
            .any(|word| text.split([',', ' ', ';']).any(|w| w == *word))
        {
            return said("x-auto-response-suppress");
        }
    }
    None
}

/// Whether it is our own mail come back: a mailbox that sends on to us what we sent to it.
pub fn is_own(head: &Head<'_>, own: impl Fn(&str) -> bool) -> bool {
    head.all("x-kerros-loop").any(|raw| {
        let value = String::from_utf8_lossy(raw);
        address::clean(value.trim()).is_some_and(|address| own(&address))
    })
}

/// Addresses that are mail systems, or at which nobody reads.
pub fn is_machine(sender: &str) -> bool {
    let local = sender.split('@').next().unwrap_or_default().to_ascii_lowercase();
    let plain: String = local.chars().filter(|c| c.is_alphanumeric()).collect();
    is_daemon(sender)
        || [
            "noreply",
            "donotreply",
            "autoreply",
            "autoresponder",
            "eivastausta",
            "alavastaa",
            "svarainte",
            "noreplay",
        ]
        .iter()
        .any(|name| plain.starts_with(name) || plain.ends_with(name))
}

/// The mail system itself.
pub fn is_daemon(sender: &str) -> bool {
    let local = sender.split('@').next().unwrap_or_default().to_ascii_lowercase();
    let plain: String = local.chars().filter(|c| c.is_alphanumeric()).collect();
    matches!(
        plain.as_str(),
        "mailerdaemon" | "postmaster" | "mailsystem" | "maildeliverysystem" | "daemon"
    ) || plain.starts_with("microsoftexchange329e71ec88ae4615bbc36ab6ce41109e")
}

fn is_absence(subject: &str) -> bool {
    let subject = subject.trim().to_lowercase();
    [
        "automatic reply:",
        "automatic response",
        "automaattinen vastaus:",
        "automaattivastaus",
        "autosvar:",
        "automatiskt svar",
        "auto reply:",
        "auto-reply:",
        "autoreply:",
        "out of office:",
        "out of office autoreply",
        "out of the office",
        "poissaoloilmoitus",
        "poissa:",
        "poissa toimistosta",
        "frånvaro:",
        "frånvarande:",
        "frånvaromeddelande",
        "abwesenheitsnotiz",
        "automatische antwort",
        "réponse automatique",
        "automatisk svar",
        "automatisk svar:",
        "respuesta automática",
        "automatvastus",
        "automaatvastus",
        "автоответ",
        "lomavastaus",
        "auto:",
        "lomailmoitus",
        "semestermeddelande",
    ]
    .iter()
    .any(|beginning| subject.starts_with(beginning))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(head: &str, sender: &str, subject: &str) -> Option<String> {
        let mail = format!("{head}\r\n\r\n");
        let (head, _) = Head::read(mail.as_bytes());
        reason(&head, sender, subject, || false)
    }

    #[test]
    fn machines_are_known_by_their_heads() {
        for head in [
            "Auto-Submitted: auto-replied",
            "auto-submitted: Auto-Generated; owner-email=x",
            "X-Autoreply: yes",
            "X-Autorespond: x",
            "Precedence: bulk",
            "Precedence: AUTO_REPLY",
            "List-Id: <news.example.fi>",
            "List-Unsubscribe: <https://example.fi>",
            "X-Auto-Response-Suppress: DR, OOF, AutoReply",
            "X-Auto-Response-Suppress: All",
            "Return-Path: <>",
            "X-Kerros-Loop: tuki@other.fi\r\nAuto-Submitted: auto-replied",
            "X-Failed-Recipients: a@b.fi",
        ] {
            assert!(why(head, "a@b.fi", "Hei").is_some(), "{head}");
        }
        for sender in
            ["MAILER-DAEMON@x", "postmaster@x", "no-reply@x.fi", "do_not_reply@x", "ei.vastausta@x"]
        {
            assert!(why("A: b", sender, "Hei").is_some(), "{sender}");
        }
        for subject in ["Automaattinen vastaus: Lasku", "Autosvar: x", "Out of Office: x"] {
            assert!(why("A: b", "a@b.fi", subject).is_some(), "{subject}");
        }
    }

    #[test]
    fn people_are_not_taken_for_machines() {
        for head in [
            "Auto-Submitted: no",
            "Auto-Submitted: No (comment)",
            "X-Autoreply: no",
            "Precedence: normal",
            "X-Auto-Response-Suppress: DR, RN, NRN",
            "Return-Path: <a@b.fi>",
            // Of another Kerros: its machines say so in the fields above, its people do not.
            "X-Kerros-Loop: tuki@other.fi",
            "Subject: x",
        ] {
            assert_eq!(why(head, "a@b.fi", "Re: automaattinen vastaus"), None, "{head}");
        }
    }

    #[test]
    fn an_answer_to_us_is_a_person_s_unless_it_says_otherwise() {
        let why = |head: &str, sender: &str, subject: &str| {
            let mail = format!("{head}\r\n\r\n");
            let (head, _) = Head::read(mail.as_bytes());
            reason(&head, sender, subject, || true)
        };
        for head in [
            "List-Id: <tickets.example.fi>",
            "List-Post: <mailto:group@example.fi>",
            "List-Unsubscribe: <https://example.fi>",
            "Feedback-ID: 1:2:3:example",
            "Precedence: list",
            "X-Auto-Response-Suppress: All",
        ] {
            assert_eq!(why(head, "a@b.fi", "Re: Lasku"), None, "{head}");
        }
        // What answers by itself is no person, whatever it answers.
        for head in [
            "Auto-Submitted: auto-replied",
            "Precedence: bulk",
            "Precedence: auto_reply",
            "X-Autoreply: yes",
            "X-Auto-Response-Suppress: All\r\nX-Autorespond: x",
            "Return-Path: <>",
        ] {
            assert!(why(head, "a@b.fi", "Re: Lasku").is_some(), "{head}");
        }
        assert!(why("Precedence: list", "no-reply@b.fi", "Re: Lasku").is_some());
        assert!(why("Precedence: list", "a@b.fi", "Poissa: Lasku").is_some());
    }

    #[test]
    fn our_own_mail_is_known() {
        let mail = b"X-Kerros-Loop: Tuki@example.fi\r\n\r\n";
        let (head, _) = Head::read(mail);
        assert!(is_own(&head, |address| address::same(address, "tuki@example.fi")));
        assert!(!is_own(&head, |address| address::same(address, "other@example.fi")));
    }
}
