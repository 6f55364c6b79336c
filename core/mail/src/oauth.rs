//! Access tokens for XOAUTH2: asked for at the provider's token endpoint through the guarded client, kept
//! until shortly before they end.

use std::collections::HashMap;
use std::sync::Arc;

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

/// Why there is no token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no access token: {reason}")]
pub struct NoToken {
    /// Whether another try may help.
    pub temporary: bool,
    /// Why, without secrets.
    pub reason: String,
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
    held: Mutex<HashMap<Key, (String, Timestamp)>>,
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
        Self { outbound, secrets, clock, keeper, held: Mutex::new(HashMap::new()) }
    }

    /// A token that is still good for some minutes.
    ///
    /// # Errors
    /// [`NoToken`].
    pub async fn token(&self, tenant: &TenantId, oauth: &Oauth2) -> Result<String, NoToken> {
        let key = key(tenant, oauth);
        let now = self.clock.now();
        if let Some((token, until)) = self.held.lock().get(&key)
            && until.0 - SPARE_MS > now.0
        {
            return Ok(token.clone());
        }
        let (token, seconds) = self.ask(tenant, oauth).await?;
        let until = now.plus_millis(seconds.saturating_mul(1000));
        self.held.lock().insert(key, (token.clone(), until));
        Ok(token)
    }

    /// Forgets a token that a server did not take.
    pub fn forget(&self, tenant: &TenantId, oauth: &Oauth2) {
        self.held.lock().remove(&key(tenant, oauth));
    }

    fn secret(&self, tenant: &TenantId, name: &str) -> Result<String, NoToken> {
        let unset = || NoToken { temporary: true, reason: format!("secret {name:?} is not set") };
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
        };
        let (status, body) = match self.outbound.perform(tenant, &oauth.grants, &request).await {
            Response::Http { status, body, .. } => (status, body),
            Response::Failed { temporary, reason } => return Err(NoToken { temporary, reason }),
            Response::Mail { .. } => {
                return Err(NoToken { temporary: false, reason: "no answer".to_owned() });
            }
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
            // `invalid_grant` and its like are settled by a person, who renews the secret: worth asking again.
            None => Err(NoToken {
                temporary: true,
                reason: format!(
                    "the provider answered {status} {}",
                    text("error").unwrap_or_default()
                ),
            }),
        }
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
