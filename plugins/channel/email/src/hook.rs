//! A mail that a mail service brings by hook: whether it is genuine, and where in the body it stands. Bare
//! (`message/rfc822`), or as Mailgun, SendGrid and Postmark post raw mails.

mod form;

use std::borrow::Cow;

use kerros_plugin::channel::{Raw, Receipt, Secrets};
use kerros_plugin::encoding::hex;
use serde::Deserialize;

use crate::config::Config;
use crate::mime;
use form::Form;

/// Mailgun signs a delivery once and tries it for eight hours.
const OLDEST_MS: i64 = 9 * 3_600_000;
/// Its clock may be so far before ours.
const CLOCK_MS: i64 = 5 * 60_000;
/// The longest token of a signature.
const LONGEST_TOKEN: usize = 128;

/// A genuine hook.
pub struct Opened<'a> {
    /// As it came, with the mail for a body.
    pub raw: Cow<'a, Raw>,
    /// The service's key of the delivery, where it has one.
    pub key: Option<String>,
}

/// The mail in a hook, or the answer to whoever sent it.
pub fn open<'a>(
    config: &Config,
    raw: &'a Raw,
    secrets: &impl Secrets,
) -> Result<Opened<'a>, Receipt> {
    let wrong = || Receipt::Unauthorized("secret of the mail service missing or wrong".into());
    let name = config.hook_secret.as_deref().ok_or_else(wrong)?;
    let shown = raw.header("authorization");
    // Before the body is read.
    if shown.is_some_and(|shown| !is_right(name, shown, secrets)) {
        return Err(wrong());
    }
    let form = Form::read(raw);
    let key = match (shown, &form) {
        (Some(_), _) => None,
        (None, Some(form)) => Some(signed(name, form, raw.at_ms, secrets).ok_or_else(wrong)?),
        (None, None) => return Err(wrong()),
    };
    if raw.method != "POST" {
        return Err(Receipt::Malformed("a mail comes by POST".into()));
    }
    let mail = match form {
        // Mailgun, SendGrid.
        Some(form) => form.take(&["body-mime", "email"]),
        None if form::media_type(raw) == "application/json" => postmark(&raw.body),
        None => return Ok(Opened { raw: Cow::Borrowed(raw), key }),
    };
    let none = "no raw mail in it: the mail service has to post mails raw, not taken apart";
    let body = mail.ok_or_else(|| Receipt::Malformed(none.into()))?;
    let (kind, method, at_ms) = (raw.kind.clone(), raw.method.clone(), raw.at_ms);
    let raw = Raw { kind, method, body, at_ms, ..Raw::default() };
    Ok(Opened { raw: Cow::Owned(raw), key })
}

/// A mail service shows the secret as a bearer token or as the password of basic authentication.
fn is_right(name: &str, shown: &str, secrets: &impl Secrets) -> bool {
    let Some((scheme, value)) = shown.split_once(' ') else { return false };
    if scheme.eq_ignore_ascii_case("bearer") {
        return secrets.equals(name, value.trim());
    }
    if scheme.eq_ignore_ascii_case("basic") {
        let decoded = mime::decode_base64(value.trim().as_bytes());
        let pair = String::from_utf8_lossy(&decoded);
        return pair.split_once(':').is_some_and(|(_, password)| secrets.equals(name, password));
    }
    false
}

/// The delivery's key, if Mailgun signed it: the moment and a token, and nothing of what the mail says. So a signature is
/// good for a while, and the token is the key: the host takes each one once.
fn signed(name: &str, form: &Form, at_ms: i64, secrets: &impl Secrets) -> Option<String> {
    let (timestamp, token) = (form.text("timestamp")?, form.text("token")?);
    let age_ms = at_ms.checked_sub(timestamp.parse::<i64>().ok()?.checked_mul(1000)?)?;
    let fresh = (-CLOCK_MS..=OLDEST_MS).contains(&age_ms);
    if !fresh || token.is_empty() || token.len() > LONGEST_TOKEN {
        return None;
    }
    let signature = hex(form.text("signature")?)?;
    let message = format!("{timestamp}{token}");
    let right = secrets.verify_hmac_sha256(name, message.as_bytes(), &signature);
    right.then(|| format!("mailgun {token}"))
}

/// What Postmark posts.
#[derive(Deserialize)]
struct Postmark {
    #[serde(rename = "RawEmail")]
    raw_email: Option<String>,
}

fn postmark(body: &[u8]) -> Option<Vec<u8>> {
    let posted: Postmark = serde_json::from_slice(body).ok()?;
    posted.raw_email.map(String::into_bytes)
}
