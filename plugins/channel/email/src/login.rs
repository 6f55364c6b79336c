//! Whether a mail server's answer is that it does not let us in. Then no mail is at fault.

use kerros_plugin::channel::MailResponse;

use crate::bounce::enhanced;

/// Whether the server refuses our login, or wants one first: by code at any stage, by enhanced code where no recipient
/// is refused (RFC 4954, RFC 5248).
pub fn is_refused(answer: &MailResponse) -> bool {
    let first = || enhanced(&answer.text).unwrap_or_default();
    let status = if answer.enhanced.is_empty() { first() } else { answer.enhanced.clone() };
    match answer.code {
        530 | 534 | 535 | 538 => true,
        _ if !answer.refused.is_empty() => false,
        432 | 454 => true,
        500..=599 => match status.as_str() {
            "5.7.8" | "5.7.9" | "5.7.11" => true,
            // They say it of content and of relaying too.
            "5.7.0" | "5.7.1" | "5.7.3" => is_login(&answer.text),
            _ => false,
        },
        _ => false,
    }
}

/// Words of a login, and not of a sender's domain that proves itself (SPF, DKIM, DMARC).
fn is_login(words: &str) -> bool {
    let words = words.to_lowercase();
    let has = |phrases: &[&str]| phrases.iter().any(|phrase| words.contains(phrase));
    has(LOGIN) && !has(&["spf", "dkim", "dmarc", "domain"])
}

const LOGIN: &[&str] = &[
    "authentication required",
    "authentication failed",
    "authentication failure",
    "authentication unsuccessful",
    "authentication credentials",
    "must authenticate",
    "must be authenticated",
    "not authenticated",
    "login failed",
    "invalid login",
    "username and password",
    "username or password",
    "log in with your web browser",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(code: u16, enhanced: &str, text: &str, refused: &[&str]) -> bool {
        let refused =
            refused.iter().map(|words| ("a@b.fi".to_owned(), (*words).to_owned())).collect();
        is_refused(&MailResponse { code, enhanced: enhanced.into(), text: text.into(), refused })
    }

    #[test]
    fn a_refused_login_is_known() {
        for (code, enhanced, text) in [
            (535, "5.7.8", "Username and Password not accepted"),
            (535, "5.7.3", "Authentication unsuccessful"),
            (535, "5.7.139", "Authentication unsuccessful, basic authentication is disabled."),
            (535, "", "Incorrect authentication data"),
            (534, "5.7.9", "Application-specific password required"),
            (530, "5.7.0", "Authentication Required"),
            (530, "5.7.57", "Client was not authenticated to send anonymous mail"),
            (538, "5.7.11", "Encryption required for requested authentication mechanism"),
            (454, "4.7.0", "Temporary authentication failure"),
            (432, "4.7.12", "A password transition is needed"),
            (550, "5.7.8", "Bad credentials"),
            (554, "5.7.0", "Authentication failed"),
            (550, "5.7.1", "Client must be authenticated"),
            (550, "", "5.7.8 Error: authentication failed"),
        ] {
            assert!(refused(code, enhanced, text, &[]), "{code} {enhanced} {text}");
        }
        assert!(refused(530, "5.7.0", "Must issue AUTH", &["530 5.7.0 Must issue AUTH"]));
    }

    #[test]
    fn other_refusals_are_no_refused_login() {
        for (code, enhanced, text) in [
            (552, "5.7.0", "This message was blocked because its content is a security issue"),
            (550, "5.7.1", "SPF authentication failed"),
            (550, "5.7.0", "DMARC: authentication failed for the domain"),
            (550, "5.7.26", "Unauthenticated email from aurinko.example is not accepted"),
            (550, "5.7.1", "Relaying denied"),
            (550, "5.1.1", "User unknown"),
            (451, "4.7.0", "Greylisted"),
            (250, "2.0.0", "ok"),
        ] {
            assert!(!refused(code, enhanced, text, &[]), "{code} {enhanced} {text}");
        }
        // One of the customer's servers, which lets nobody in.
        let words = "550 5.7.1 authentication required";
        assert!(!refused(550, "5.7.1", "authentication required", &[words]));
        let words = "454 4.7.1 Relay access denied";
        assert!(!refused(454, "4.7.1", "Relay access denied", &[words]));
    }
}
