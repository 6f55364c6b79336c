//! Whether a hook is the gateway's.

use kerros_plugin::channel::{Raw, Secrets};
use kerros_plugin::encoding;
use serde::Deserialize;

use crate::hook::Found;

#[derive(Deserialize)]
pub struct Auth {
    secret: String,
    mac_header: Option<String>,
    token_header: Option<String>,
    pub token_field: Option<String>,
    #[serde(default)]
    prefix: String,
    #[serde(default)]
    algorithm: Algorithm,
    #[serde(default)]
    encoding: Encoding,
}

#[derive(Clone, Copy, Default, Deserialize)]
enum Algorithm {
    #[default]
    #[serde(rename = "hmac-sha256")]
    HmacSha256,
    #[serde(rename = "hmac-sha1")]
    HmacSha1,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Encoding {
    #[default]
    Hex,
    Base64,
}

/// Whether it is. The error is for the log.
pub fn check(auth: &Auth, raw: &Raw, found: &Found, secrets: &impl Secrets) -> Result<(), String> {
    if let Some(name) = &auth.mac_header {
        let header = raw.header(name).ok_or_else(|| format!("{name} is missing"))?;
        let text = header.strip_prefix(&auth.prefix).unwrap_or_default().trim();
        let signature = match auth.encoding {
            Encoding::Hex => encoding::hex(text),
            Encoding::Base64 => encoding::base64(text),
        };
        let signature = signature.ok_or_else(|| format!("{name} has another form"))?;
        let genuine = match auth.algorithm {
            Algorithm::HmacSha256 => {
                secrets.verify_hmac_sha256(&auth.secret, &raw.body, &signature)
            }
            Algorithm::HmacSha1 => secrets.verify_hmac_sha1(&auth.secret, &raw.body, &signature),
        };
        return if genuine { Ok(()) } else { Err(format!("{name} is wrong")) };
    }
    let token = match (&auth.token_header, &auth.token_field) {
        (Some(name), _) => raw.header(name).map(str::to_owned),
        (None, Some(name)) => found.top(name),
        (None, None) => None,
    };
    let token = token.ok_or("the token is missing")?;
    let token = token.strip_prefix(&auth.prefix).unwrap_or_default();
    // An empty token never lets in, even where the secret was left empty.
    if !token.is_empty() && secrets.equals(&auth.secret, token) {
        Ok(())
    } else {
        Err("the token is wrong".into())
    }
}
