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
        .env("KERROS_PLUGINS__LIMITS__PURE__TIME", "5s")
        .env("KERROS_PLUGINS__LIMITS__PURE__WALL_TIME", "20s")
}

fn mac(secret: &str, parts: &[&[u8]]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A hook of Meta's, signed with a secret.
///
/// # Panics
/// When nobody answers.
pub async fn meta(kerros: &Kerros, channel: &str, secret: &str, body: &Value) -> StatusCode {
    let body = body.to_string();
    let signature = format!("sha256={}", mac(secret, &[body.as_bytes()]));
    let request = kerros.http.post(format!("{}/hooks/tuuli/{channel}", kerros.url));
    let request = request.header("x-hub-signature-256", signature).body(body);
    request.send().await.unwrap().status()
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
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    let request = kerros.http.post(format!("{}/hooks/tuuli/sms", kerros.url));
    let request = request.header("x-twilio-signature", signature).body(form(&fields));
    request.send().await.unwrap().status()
}
