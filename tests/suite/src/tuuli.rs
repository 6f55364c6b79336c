//! Tuuli's channels from the outside: what the services that bring them would send, signed as they sign.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use reqwest::StatusCode;
use serde_json::{Value, json};
use sha1::Sha1;
use sha2::Sha256;

use crate::config::Config;
use crate::kerros::{Kerros, Start};
use crate::provider::Provider;
use crate::sign::now;

const TUULI: &str = include_str!("../tenants/tuuli.toml");

/// What Meta signs with; Slack too.
pub const APP_SECRET: &str = "meta-app-5f1b0c7e";
/// The word of the handshake.
pub const VERIFY: &str = "meta-verify-93aa";
/// What requests to Meta and Slack carry.
pub const TOKEN: &str = "EAAB-suite-c0ffee";
/// Twilio's.
pub const TWILIO: &str = "twilio-0d9c";
/// Twilio's account.
pub const ACCOUNT: &str = "AC00000000000000000000000000000000";

/// What the gateway signs with.
pub const GATEWAY: &str = "gateway-in-93aa41";
/// What Telegram sends with each update.
pub const TELEGRAM: &str = "telegram-hook-7c1e";
/// Teams' security token, as it is shown: base64.
pub const TEAMS: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

/// A config with Tuuli alone.
pub fn with_tuuli(provider: &Provider) -> Config {
    Config::new().tenant("tuuli", &TUULI.replace("@PROVIDER@", &provider.address))
}

/// A start with Tuuli's secrets set, and with time for plugins on a busy machine.
pub fn start<'a>(config: &'a Config, data: &'a Path) -> Start<'a> {
    Start::new(config, data)
        .env("SUITE_META_APP", APP_SECRET)
        .env("SUITE_META_VERIFY", VERIFY)
        .env("SUITE_WHATSAPP_TOKEN", TOKEN)
        .env("SUITE_TWILIO_TOKEN", TWILIO)
        .env("SUITE_GATEWAY_IN", GATEWAY)
        .env("SUITE_TELEGRAM_HOOK", TELEGRAM)
        .env("SUITE_TEAMS_WEBHOOK", TEAMS)
        .env("KERROS_PLUGINS__LIMITS__PURE__TIME", "5s")
        .env("KERROS_PLUGINS__LIMITS__PURE__WALL_TIME", "20s")
}

fn mac(secret: &str, parts: &[&[u8]]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What a service posts to a channel's hook.
#[derive(Debug, Clone)]
pub struct Hook {
    /// The channel.
    pub channel: &'static str,
    /// How it proves whose it is.
    pub proof: (&'static str, String),
    /// The body.
    pub body: String,
}

impl Hook {
    /// Of Meta's, signed with a secret.
    pub fn meta(channel: &'static str, secret: &str, body: &Value) -> Self {
        let body = body.to_string();
        let proof = format!("sha256={}", mac(secret, &[body.as_bytes()]));
        Self { channel, proof: ("x-hub-signature-256", proof), body }
    }

    /// Of the gateway's.
    pub fn gateway(secret: &str, sms: &Value) -> Self {
        let body = json!({ "sms": sms }).to_string();
        let proof = format!("sha256={}", mac(secret, &[body.as_bytes()]));
        Self { channel: "gateway", proof: ("x-signature", proof), body }
    }

    /// Of Telegram's.
    pub fn telegram(secret: &str, update: &Value) -> Self {
        let proof = ("x-telegram-bot-api-secret-token", secret.to_owned());
        Self { channel: "telegram", proof, body: update.to_string() }
    }

    /// A form of Twilio's.
    ///
    /// # Panics
    /// Never: any key is one for a MAC.
    pub fn twilio(token: &str, fields: &[(&str, &str)]) -> Self {
        let mut fields: Vec<_> = fields.to_vec();
        fields.push(("AccountSid", ACCOUNT));
        let mut sorted = fields.clone();
        sorted.sort_unstable();
        let mut mac = Hmac::<Sha1>::new_from_slice(token.as_bytes()).unwrap();
        mac.update(b"https://help.tuuli.example/hooks/tuuli/sms");
        for (name, value) in sorted {
            mac.update(name.as_bytes());
            mac.update(value.as_bytes());
        }
        let proof = STANDARD.encode(mac.finalize().into_bytes());
        Self { channel: "sms", proof: ("x-twilio-signature", proof), body: form(&fields) }
    }

    /// Of Teams' outgoing webhook; the key is base64.
    ///
    /// # Panics
    /// When the key is not.
    pub fn teams(channel: &'static str, key: &str, activity: &Value) -> Self {
        let body = activity.to_string();
        let mut mac = Hmac::<Sha256>::new_from_slice(&STANDARD.decode(key).unwrap()).unwrap();
        mac.update(body.as_bytes());
        let proof = format!("HMAC {}", STANDARD.encode(mac.finalize().into_bytes()));
        Self { channel, proof: ("authorization", proof), body }
    }

    /// Posts it; status and answer.
    ///
    /// # Panics
    /// When nobody answers.
    pub async fn ask(&self, kerros: &Kerros) -> (StatusCode, String) {
        let request = kerros.http.post(format!("{}/hooks/tuuli/{}", kerros.url, self.channel));
        let request = request.header(self.proof.0, &self.proof.1).body(self.body.clone());
        let answer = request.send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    }

    /// Posts it.
    ///
    /// # Panics
    /// When nobody answers.
    pub async fn post(&self, kerros: &Kerros) -> StatusCode {
        self.ask(kerros).await.0
    }
}

/// A hook of Meta's, signed with a secret.
///
/// # Panics
/// When nobody answers.
pub async fn meta(
    kerros: &Kerros,
    channel: &'static str,
    secret: &str,
    body: &Value,
) -> StatusCode {
    Hook::meta(channel, secret, body).post(kerros).await
}

/// What happened to the WhatsApp number.
pub fn whatsapp(mut value: Value) -> Value {
    value["messaging_product"] = "whatsapp".into();
    value["metadata"] = json!({ "display_phone_number": "358401234567", "phone_number_id": "7" });
    value["contacts"] = json!([{ "wa_id": "358409998877", "profile": { "name": "Aino Salo" } }]);
    let changes = json!([{ "field": "messages", "value": value }]);
    json!({ "object": "whatsapp_business_account", "entry": [{ "id": "1", "changes": changes }] })
}

/// A message of Aino's by WhatsApp.
pub fn written(id: &str, more: Value) -> Value {
    let mut message = more;
    message["id"] = id.into();
    message["from"] = "358409998877".into();
    message["timestamp"] = now().to_string().into();
    whatsapp(json!({ "messages": [message] }))
}

/// A hook of Slack's, signed at a time with a secret.
///
/// # Panics
/// When nobody answers.
pub async fn slack(kerros: &Kerros, secret: &str, at: u64, body: &Value) -> (StatusCode, String) {
    let body = body.to_string();
    let signed = format!("v0:{at}:");
    let signature = format!("v0={}", mac(secret, &[signed.as_bytes(), body.as_bytes()]));
    let request = kerros.http.post(format!("{}/hooks/tuuli/slack", kerros.url));
    let request = request.header("x-slack-request-timestamp", at.to_string());
    let answer = request.header("x-slack-signature", signature).body(body).send().await.unwrap();
    (answer.status(), answer.text().await.unwrap())
}

/// Fields as a browser sends a form.
pub fn form(fields: &[(&str, &str)]) -> String {
    let escape = |text: &str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric();
        let one =
            |byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
        text.bytes().map(one).collect::<String>()
    };
    let pairs = fields.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// A form of Twilio's, signed with a token.
///
/// # Panics
/// When nobody answers.
pub async fn twilio(kerros: &Kerros, token: &str, fields: &[(&str, &str)]) -> StatusCode {
    Hook::twilio(token, fields).post(kerros).await
}
