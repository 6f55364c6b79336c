//! Mails that mail services bring by hook.

use kerros_plugin::channel::{Channel, Event, Raw, Receipt, Secrets};

use super::config;
use crate::Email;

const AT_MS: i64 = 1_792_000_000_000;
const MAIL: &str = "From: a@b.fi\r\nMessage-ID: <m1@b.fi>\r\n\r\nHei\r\n";

/// Knows the secret as a word, and one signature.
struct Service;

impl Secrets for Service {
    fn verify_hmac_sha256(&self, name: &str, message: &[u8], signature: &[u8]) -> bool {
        let seconds = message.strip_suffix(b"token").is_some_and(|rest| rest.len() == 10);
        name == "mail_hook" && seconds && signature == [0xab, 0xcd]
    }

    fn equals(&self, name: &str, text: &str) -> bool {
        (name, text) == ("mail_hook", "right")
    }
}

fn hook(kind: &str, authorization: Option<&str>, body: &str) -> Receipt {
    let mut headers = vec![("content-type".to_owned(), kind.to_owned())];
    headers.extend(authorization.map(|shown| ("authorization".to_owned(), shown.to_owned())));
    let (kind, method) = ("hook".to_owned(), "POST".to_owned());
    let raw = Raw { kind, method, headers, body: body.into(), at_ms: AT_MS, ..Raw::default() };
    Email::receive(&config(), &raw, &Service).unwrap()
}

/// The text of the one message, and the delivery's key.
fn taken(receipt: Receipt) -> (String, Option<String>) {
    let Receipt::Accepted { events, key, .. } = receipt else { panic!("{receipt:?}") };
    let [Event::Message(message)] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!(message.external_id, "m1@b.fi");
    (message.text.clone(), key)
}

fn mailgun(seconds: i64, token: &str, signature: &str) -> Receipt {
    let mail = kerros_plugin::encoding::escape(MAIL);
    let body = format!(
        "recipient=tuki%40aurinko.example&timestamp={seconds}&token={token}&signature={signature}&body-mime={mail}"
    );
    hook("application/x-www-form-urlencoded", None, &body)
}

#[test]
fn mailgun_s_signature_proves_for_a_while() {
    let now = AT_MS / 1000;
    for seconds in [now, now + 200, now - 200, now - 8 * 3600] {
        let (text, key) = taken(mailgun(seconds, "token", "abcd"));
        assert_eq!((text.as_str(), key.as_deref()), ("Hei", Some("mailgun token")));
    }
    for (seconds, token, signature) in [
        (now - 10 * 3600, "token", "abcd"),
        (now + 600, "token", "abcd"),
        (i64::MAX, "token", "abcd"),
        (i64::MIN, "token", "abcd"),
        (now, "", "abcd"),
        (now, "other", "abcd"),
        (now, "token", ""),
        (now, "token", "abce"),
        (now, "token", "x"),
    ] {
        let receipt = mailgun(seconds, token, signature);
        assert!(matches!(receipt, Receipt::Unauthorized(_)), "{seconds} {token} {signature}");
    }
    // A wrong word is not mended by a signature.
    let body = format!("timestamp={now}&token=token&signature=abcd&body-mime=From:%20a%40b.fi");
    let receipt = hook("application/x-www-form-urlencoded", Some("Bearer x"), &body);
    assert!(matches!(receipt, Receipt::Unauthorized(_)));
}

#[test]
fn forms_and_json_hold_the_raw_mail() {
    let part = |name: &str, value: &str| {
        format!("--xYzZY\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let form = format!("{}{}--xYzZY--\r\n", part("subject", "x"), part("email", MAIL));
    let json = serde_json::json!({ "From": "a@b.fi", "TextBody": "x", "RawEmail": MAIL });
    for (kind, body) in [
        ("multipart/form-data; boundary=xYzZY", form),
        ("application/json; charset=utf-8", json.to_string()),
        ("message/rfc822", MAIL.to_owned()),
    ] {
        assert_eq!(taken(hook(kind, Some("Bearer right"), &body)), ("Hei".into(), None), "{kind}");
        let stranger = hook(kind, None, &body);
        assert!(matches!(stranger, Receipt::Unauthorized(_)), "{kind}");
    }
    // Taken apart by the service, or nothing at all.
    for (kind, body) in [
        ("multipart/form-data; boundary=xYzZY", part("text", "Hei")),
        ("multipart/form-data", part("email", MAIL)),
        ("application/x-www-form-urlencoded", "body-plain=Hei&from=a%40b.fi".into()),
        ("application/x-www-form-urlencoded", "body-mime=".into()),
        ("application/json", "{\"TextBody\": \"Hei\"}".into()),
        ("application/json", "[".into()),
    ] {
        let receipt = hook(kind, Some("Bearer right"), &body);
        assert!(matches!(receipt, Receipt::Malformed(_)), "{kind} {body}");
    }
}
