//! A provider that posts signed JSON to a webhook channel.

use std::time::{SystemTime, UNIX_EPOCH};

use hmac::{Hmac, Mac};
use reqwest::StatusCode;
use sha2::Sha256;

/// The header, both ways.
pub const HEADER: &str = "x-kerros-signature";

/// Seconds since 1970.
#[expect(clippy::disallowed_methods, reason = "whoever stands outside has the system's clock")]
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// `t=SECONDS,v1=HEX`, the MAC over `SECONDS.BODY`.
pub fn signature(secret: &[u8], seconds: u64, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
    mac.update(format!("{seconds}.").as_bytes());
    mac.update(body);
    let hex: String =
        mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={seconds},v1={hex}")
}

/// A sender that signs.
#[derive(Clone)]
pub struct Sender {
    http: reqwest::Client,
    /// `http://127.0.0.1:41234/hooks/kaiku/shop`.
    pub hook: String,
    secret: Vec<u8>,
}

impl Sender {
    /// To a tenant's channel.
    pub fn new(
        http: &reqwest::Client,
        url: &str,
        tenant: &str,
        channel: &str,
        secret: &str,
    ) -> Self {
        let hook = format!("{url}/hooks/{tenant}/{channel}");
        Self { http: http.clone(), hook, secret: secret.as_bytes().to_vec() }
    }

    /// Posts a body, signed now; `Err` if nobody answers.
    ///
    /// # Errors
    /// When the connection fails.
    pub async fn post(&self, body: &[u8]) -> reqwest::Result<StatusCode> {
        let signature = signature(&self.secret, now(), body);
        self.post_with(body, Some(&signature)).await
    }

    /// Posts a body with any signature.
    ///
    /// # Errors
    /// When the connection fails.
    pub async fn post_with(
        &self,
        body: &[u8],
        signature: Option<&str>,
    ) -> reqwest::Result<StatusCode> {
        let mut request = self.http.post(&self.hook).body(body.to_vec());
        if let Some(signature) = signature {
            request = request.header(HEADER, signature);
        }
        Ok(request.send().await?.status())
    }

    /// Posts a customer's message.
    ///
    /// # Errors
    /// When the connection fails.
    pub async fn say(&self, thread: &str, id: &str, text: &str) -> reqwest::Result<StatusCode> {
        self.post(message(thread, id, text).as_bytes()).await
    }
}

/// A customer's message as the webhook channel takes it without a mapping.
pub fn message(thread: &str, id: &str, text: &str) -> String {
    serde_json::json!({ "kind": "message", "thread": thread, "id": id, "text": text }).to_string()
}

/// `v0=HEX`, as Slack signs: the MAC over `v0:SECONDS:BODY`.
pub fn slack(secret: &[u8], seconds: u64, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
    mac.update(format!("v0:{seconds}:").as_bytes());
    mac.update(body);
    let hex: String =
        mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("v0={hex}")
}
