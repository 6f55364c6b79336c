//! Access tokens for XOAUTH2: asked for at the provider's token endpoint through the guarded client, kept
//! until shortly before they end.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;
use kerros_app::ports::clock::Clock;
use kerros_app::ports::outbound::{Body, Outbound, Request, Response};
use kerros_app::ports::secrets::Secrets;
use kerros_domain::id::TenantId;
use kerros_domain::time::Timestamp;
use parking_lot::Mutex;

use crate::account::Oauth2;

/// A token is not used in the last minutes of its life. Milliseconds.
const SPARE_MS: i64 = 3 * 60 * 1000;

/// Why there is no token. Without secrets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoToken {
    /// The endpoint did not answer, or not now: soon it may.
    #[error("no access token: {0}")]
    Busy(String),
    /// The provider gives none for what we show: a person has to renew it.
    #[error("no access token: {0}")]
    Denied(String),
    /// Policy, or a secret that is not set.
    #[error("no access token: {0}")]
    Config(String),
}

/// Keeps refresh tokens that a provider gave in the place of older ones.
pub trait TokenKeeper: Send + Sync {
    /// The newest one that grew from `first`, the value of the secret of this name, if any did.
    fn newest(&self, tenant: &TenantId, name: &str, first: &str) -> Option<String>;
    /// Keeps one that grew from `first`.
    fn keep(&self, tenant: &TenantId, name: &str, first: &str, token: &str);
}

/// Forgets them: the one that config names is used each time.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoKeeper;

impl TokenKeeper for NoKeeper {
    fn newest(&self, _: &TenantId, _: &str, _: &str) -> Option<String> {
        None
    }
    fn keep(&self, _: &TenantId, _: &str, _: &str, _: &str) {}
}

type Key = (TenantId, String, String, Option<String>, String);

/// Access tokens of all accounts.
pub struct Tokens {
    outbound: Arc<dyn Outbound>,
    secrets: Arc<dyn Secrets>,
    clock: Arc<dyn Clock>,
    keeper: Arc<dyn TokenKeeper>,
    slots: Mutex<HashMap<Key, Arc<Slot>>>,
}

/// One account's token, and whoever asks for it just now.
#[derive(Default)]
struct Slot {
    held: Mutex<Option<(String, Timestamp)>>,
    /// How often the endpoint was asked, and what came of it the last time.
    asked: AtomicU64,
    last: tokio::sync::Mutex<Option<Result<String, NoToken>>>,
}

impl Slot {
    fn good(&self, now: Timestamp) -> Option<String> {
        let held = self.held.lock();
        held.as_ref()
            .filter(|(_, until)| until.0 - SPARE_MS > now.0)
            .map(|(token, _)| token.clone())
    }
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tokens(***)")
    }
}

impl Tokens {
    /// Asks through this client.
    #[must_use]
    pub fn new(
        outbound: Arc<dyn Outbound>,
        secrets: Arc<dyn Secrets>,
        clock: Arc<dyn Clock>,
        keeper: Arc<dyn TokenKeeper>,
    ) -> Self {
        Self { outbound, secrets, clock, keeper, slots: Mutex::new(HashMap::new()) }
    }

    fn slot(&self, tenant: &TenantId, oauth: &Oauth2) -> Arc<Slot> {
        Arc::clone(self.slots.lock().entry(key(tenant, oauth)).or_default())
    }

    /// A token that is still good for some minutes. However many want one at once, the endpoint is asked once:
    /// a provider that renews the refresh token with each answer takes the second question for a thief's.
    ///
    /// # Errors
    /// [`NoToken`].
    pub async fn token(&self, tenant: &TenantId, oauth: &Oauth2) -> Result<String, NoToken> {
        let slot = self.slot(tenant, oauth);
        if let Some(token) = slot.good(self.clock.now()) {
            return Ok(token);
        }
        let before = slot.asked.load(Ordering::SeqCst);
        let mut last = slot.last.lock().await;
        // Somebody else's question was answered while this one waited.
        if slot.asked.load(Ordering::SeqCst) != before
            && let Some(answer) = &*last
        {
            return answer.clone();
        }
        let now = self.clock.now();
        let answer = self.ask(tenant, oauth).await;
        if let Ok((token, seconds)) = &answer {
            let until = now.plus_millis(seconds.saturating_mul(1000));
            *slot.held.lock() = Some((token.clone(), until));
        }
        let answer = answer.map(|(token, _)| token);
        *last = Some(answer.clone());
        slot.asked.fetch_add(1, Ordering::SeqCst);
        answer
    }

    /// Forgets a token that a server did not take; one that came in its place meanwhile stays.
    pub fn forget(&self, tenant: &TenantId, oauth: &Oauth2, refused: &str) {
        let slot = self.slot(tenant, oauth);
        let mut held = slot.held.lock();
        if held.as_ref().is_some_and(|(token, _)| token == refused) {
            *held = None;
        }
    }

    fn secret(&self, tenant: &TenantId, name: &str) -> Result<String, NoToken> {
        let unset = || NoToken::Config(format!("secret {name:?} is not set"));
        let bytes = self.secrets.get(tenant, name).ok_or_else(unset)?;
        String::from_utf8(bytes).map_err(|_| unset())
    }

    async fn ask(&self, tenant: &TenantId, oauth: &Oauth2) -> Result<(String, i64), NoToken> {
        let mut form = vec![("client_id", oauth.client_id.clone())];
        if let Some(name) = &oauth.client_secret {
            form.push(("client_secret", self.secret(tenant, name)?));
        }
        let first =
            oauth.refresh_token.as_ref().map(|name| self.secret(tenant, name)).transpose()?;
        match oauth.refresh_token.as_ref().zip(first.clone()) {
            Some((name, first)) => {
                let newest = self.keeper.newest(tenant, name, &first);
                form.push(("grant_type", "refresh_token".to_owned()));
                form.push(("refresh_token", newest.unwrap_or(first)));
            }
            None => form.push(("grant_type", "client_credentials".to_owned())),
        }
        if !oauth.scope.is_empty() {
            form.push(("scope", oauth.scope.clone()));
        }
        let request = Request::Http {
            method: "POST".to_owned(),
            url: oauth.endpoint.clone(),
            headers: vec![
                ("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()),
                ("accept".to_owned(), "application/json".to_owned()),
            ],
            body: Body::Text(encode(&form)),
            repeatable: false,
        };
        let (status, body) = match self.outbound.perform(tenant, &oauth.grants, &request).await {
            Response::Http { status, body, .. } => (status, body),
            Response::Failed { temporary: true, reason, .. } => return Err(NoToken::Busy(reason)),
            Response::Failed { reason, .. } => return Err(NoToken::Config(reason)),
            Response::Mail { .. } => return Err(NoToken::Busy("no answer".to_owned())),
        };
        let answer: serde_json::Value = serde_json::from_str(&body).unwrap_or_default();
        let text = |name: &str| answer.get(name).and_then(serde_json::Value::as_str);
        match text("access_token").filter(|_| status == 200) {
            Some(token) => {
                let name = oauth.refresh_token.as_ref();
                if let (Some(name), Some(first), Some(next)) = (name, &first, text("refresh_token"))
                {
                    self.keeper.keep(tenant, name, first, next);
                }
                let seconds = answer.get("expires_in").and_then(|value| {
                    value.as_i64().or_else(|| value.as_str().and_then(|text| text.parse().ok()))
                });
                Ok((token.to_owned(), seconds.unwrap_or(600).clamp(0, 24 * 3600)))
            }
            None => Err(denied(status, &answer)),
        }
    }
}

/// What an answer without a token means (RFC 6749, 5.2). `invalid_grant` and its like are for a person to mend.
fn denied(status: u16, answer: &serde_json::Value) -> NoToken {
    let text =
        |name: &str| answer.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
    let error = text("error");
    // The first line of Microsoft's says which secret ended when; the others are numbers for their support.
    let why = text("error_description").lines().next().unwrap_or_default();
    let words = format!("the provider answered {status} {error} {why}");
    let words: String = words.trim_end().chars().take(300).collect();
    let for_now = matches!(error, "temporarily_unavailable" | "server_error" | "slow_down");
    match status {
        408 | 429 => NoToken::Busy(words),
        400..=499 if !for_now => NoToken::Denied(words),
        _ => NoToken::Busy(words),
    }
}

fn key(tenant: &TenantId, oauth: &Oauth2) -> Key {
    (
        tenant.clone(),
        oauth.endpoint.clone(),
        oauth.client_id.clone(),
        oauth.refresh_token.clone(),
        oauth.scope.clone(),
    )
}

/// As forms are written (application/x-www-form-urlencoded): no brace is left that could be a placeholder.
fn encode(form: &[(&str, String)]) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    for (name, value) in form {
        let _ = write!(text, "{}{name}=", if text.is_empty() { "" } else { "&" });
        for byte in value.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => {
                    text.push(char::from(byte));
                }
                b' ' => text.push('+'),
                _ => drop(write!(text, "%{byte:02X}")),
            }
        }
    }
    text
}

/// The first answer of XOAUTH2, before base64.
#[must_use]
pub fn xoauth2(user: &str, token: &str) -> String {
    format!("user={user}\x01auth=Bearer {token}\x01\x01")
}

/// As [`xoauth2`], in base64.
#[must_use]
pub fn xoauth2_base64(user: &str, token: &str) -> String {
    base64::engine::general_purpose::STANDARD.encode(xoauth2(user, token))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_hold_any_secret() {
        let form = [("a", "x y".to_owned()), ("b", "{secret:x}&=~ä".to_owned())];
        assert_eq!(encode(&form), "a=x+y&b=%7Bsecret%3Ax%7D%26%3D%7E%C3%A4");
    }

    #[test]
    fn the_first_answer_is_as_google_documents_it() {
        assert_eq!(
            xoauth2_base64("someuser@example.com", "vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg=="),
            "dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB2RjlkZnQ0cW1UYzJOdmIzUmxja0JoZEhSaGRtbHpkR0V1WTI5dENnPT0BAQ=="
        );
    }
}
