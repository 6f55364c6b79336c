//! What a mail server's refusal says about the address.

/// Whether the address does not take mail any more, by the enhanced status code (RFC 3463) and the server's words. A
/// full box, a refused sender or a filter say nothing about the address.
pub fn gone(status: &str, words: &str) -> bool {
    let status =
        if status.is_empty() { enhanced(words).unwrap_or_default() } else { status.to_owned() };
    if !status.starts_with('5') && !status.is_empty() {
        return false;
    }
    let lower = words.to_lowercase();
    let unknown = UNKNOWN.iter().any(|phrase| lower.contains(phrase));
    match status.as_str() {
        // No such box, no such system, a bad address, moved, no mail exchanger (RFC 7505).
        "5.1.1" | "5.1.2" | "5.1.3" | "5.1.6" | "5.1.10" | "5.1.0"
            if !POLICY.iter().any(|p| lower.contains(p)) =>
        {
            true
        }
        // The box is disabled.
        "5.2.1" => true,
        // Exchange says so of boxes that do not exist, and of domains.
        "5.4.1" | "5.4.4" | "5.4.310" | "5.4.14" => {
            unknown || lower.contains("access denied") || status != "5.4.1"
        }
        // The server gave no detail: its words must be plain.
        "" | "5.0.0" | "5.5.0" | "5.3.0" | "5.7.1" | "5.7.0" => unknown,
        _ => false,
    }
}

const UNKNOWN: &[&str] = &[
    "user unknown",
    "unknown user",
    "no such user",
    "no such recipient",
    "no such mailbox",
    "no mailbox here",
    "mailbox not found",
    "mailbox does not exist",
    "does not exist",
    "doesn't exist",
    "unknown recipient",
    "recipient unknown",
    "invalid recipient",
    "recipient not found",
    "user not found",
    "invalid mailbox",
    "unknown mailbox",
    "account has been disabled",
    "account is disabled",
    "mailbox disabled",
    "user doesn't have a",
    "not a valid mailbox",
    "address rejected: user",
    "no longer available",
    "no longer valid",
    "addressee unknown",
    "unknown or illegal alias",
    "unrouteable address",
    "unrouteable mail domain",
    "host or domain name not found",
    "domain not found",
    "recipient address rejected: access denied",
    "mailbox unavailable",
    "no such domain",
    "address does not exist",
    "not found by smtp address lookup",
    "wasn't found",
    "couldn't be found",
    "could not be found",
    "tuntematon vastaanottaja",
    "osoitetta ei löydy",
    "vastaanottajaa ei löydy",
    "ei löytynyt",
    "hittades inte",
    "finns inte",
    "no valid recipients",
];

const POLICY: &[&str] = &[
    "spam",
    "blocked",
    "blacklist",
    "block list",
    "policy",
    "reputation",
    "greylist",
    "rejected for",
];

/// The enhanced status code in a server's words, as `5.1.1`.
pub fn enhanced(words: &str) -> Option<String> {
    words
        .split(|c: char| !(c.is_ascii_digit() || c == '.'))
        .find(|word| {
            let mut numbers = word.split('.');
            matches!(numbers.next(), Some("2" | "4" | "5"))
                && numbers.clone().count() == 2
                && numbers
                    .all(|n| (1..=3).contains(&n.len()) && n.bytes().all(|b| b.is_ascii_digit()))
        })
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_address_that_is_gone_is_called_so() {
        for (status, words) in [
            (
                "5.1.1",
                "smtp; 550 5.1.1 <a@b.fi>: Recipient address rejected: User unknown in virtual mailbox table",
            ),
            ("", "550 5.1.1 The email account that you tried to reach does not exist"),
            ("5.1.2", "Host or domain name not found"),
            ("5.2.1", "The account is inactive"),
            ("5.0.0", "550 No such user here"),
            ("5.4.1", "550 5.4.1 Recipient address rejected: Access denied"),
            ("5.4.4", "Host not found"),
            ("5.1.10", "RESOLVER.ADR.RecipientNotFound; not found"),
        ] {
            assert!(gone(status, words), "{status} {words}");
        }
        for (status, words) in [
            ("5.2.2", "mailbox full"),
            ("4.2.2", "over quota"),
            ("4.1.1", "user unknown for now"),
            ("5.7.1", "message refused as spam"),
            ("5.3.4", "message too big"),
            ("5.0.0", "rejected by content filter"),
            ("5.1.1", "rejected for policy reasons"),
            ("", "550 go away"),
            ("", ""),
        ] {
            assert!(!gone(status, words), "{status} {words}");
        }
        assert_eq!(enhanced("550-5.1.1 x").as_deref(), Some("5.1.1"));
        assert_eq!(enhanced("from 10.0.0.1 at 5.5"), None);
    }
}
