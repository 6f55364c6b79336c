//! What a mail says about its conversation. Only facts: the host checks the token, and whether the sender takes part.

use crate::address::{self, Mailbox};
use crate::mime::Head;

/// Where a token stands in the configured answer address.
pub const TOKEN: &str = "{token}";
/// Fields that may hold the address a mail was sent to, the surest first.
const SENT_TO: &[&str] =
    &["delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "to", "cc"];
/// The most references that are handed on.
const MOST: usize = 50;

/// The tokens in the addresses a mail was sent to. `form` is the answer address, as `tuki+{token}@example.fi`.
pub fn tokens(head: &Head<'_>, form: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    for field in SENT_TO {
        for Mailbox { address, .. } in address::read(head, field) {
            if let Some(token) = token(&address, form)
                && !tokens.contains(&token)
                && tokens.len() < 10
            {
                tokens.push(token);
            }
        }
    }
    tokens
}

/// The token in an address of this form.
pub fn token(address: &str, form: &str) -> Option<String> {
    let (before, after) = form.split_once(TOKEN)?;
    let fits = address.get(..before.len())?.eq_ignore_ascii_case(before)
        && address.len() > before.len() + after.len()
        && address.get(address.len() - after.len()..)?.eq_ignore_ascii_case(after);
    if !fits {
        return None;
    }
    let token = &address[before.len()..address.len() - after.len()];
    let plain = token.len() <= 200
        && token.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
    plain.then(|| token.to_owned())
}

/// In-Reply-To, then References from the last to the first, each once.
pub fn references(head: &Head<'_>) -> Vec<String> {
    let mut references: Vec<String> = Vec::new();
    let back = head.ids("references").into_iter().rev();
    for id in head.ids("in-reply-to").into_iter().chain(back) {
        if !references.contains(&id) && references.len() < MOST {
            references.push(id);
        }
    }
    references
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_come_from_every_field_that_may_hold_them() {
        let form = "tuki+{token}@example.fi";
        for (head, wanted) in [
            ("To: Tuki <tuki+abc-1@example.fi>", vec!["abc-1"]),
            ("To: TUKI+Abc@EXAMPLE.fi", vec!["Abc"]),
            ("To: x@y.fi\r\nCc: a@b.fi, tuki+t1@example.fi", vec!["t1"]),
            (
                "Delivered-To: tuki+t1@example.fi\r\nTo: tuki+t2@example.fi, tuki+t1@example.fi",
                vec!["t1", "t2"],
            ),
            ("X-Original-To: tuki+t1@example.fi", vec!["t1"]),
            ("To: tuki+@example.fi, tuki@example.fi, tuki+t@evil.fi, xtuki+t@example.fi", vec![]),
            ("Subject: tuki+t@example.fi", vec![]),
        ] {
            let mail = format!("{head}\r\n\r\n");
            let (head, _) = Head::read(mail.as_bytes());
            assert_eq!(tokens(&head, form), wanted);
        }
        assert_eq!(
            token("abc@vastaus.example.fi", "{token}@vastaus.example.fi").as_deref(),
            Some("abc")
        );
        assert_eq!(token("abc@x.fi", ""), None);
        assert_eq!(token("ä@x.fi", "{token}@x.fi"), None);
    }

    #[test]
    fn references_are_nearest_first() {
        let mail = b"References: <1@a> <2@a>\r\n <3@a>\r\nIn-Reply-To: <3@a> (by someone)\r\n\r\n";
        let (head, _) = Head::read(mail);
        assert_eq!(references(&head), ["3@a", "2@a", "1@a"]);
        let (head, _) = Head::read(b"In-Reply-To: no brackets at all\r\n\r\n");
        assert!(references(&head).len() <= 1);
    }
}
