//! Slack's signature, version 0: the HMAC-SHA256 over `v0:TIME:BODY`, with a time that has to be recent
//! (<https://docs.slack.dev/authentication/verifying-requests-from-slack>).

use kerros_plugin::channel::{Raw, Secrets};
use kerros_plugin::encoding;

use crate::Config;

/// Whether a hook is Slack's, sent not long ago. The error is for the log.
pub fn check(config: &Config, raw: &Raw, secrets: &impl Secrets) -> Result<(), String> {
    let time = raw.header("x-slack-request-timestamp").ok_or("the timestamp is missing")?;
    // What was signed is rebuilt from the text, so only its plain form is taken.
    let seconds = time.parse::<i64>().ok().filter(|seconds| seconds.to_string() == time);
    let seconds = seconds.ok_or("the timestamp is no number")?;
    let distance = (raw.at_ms / 1000).abs_diff(seconds);
    if distance > config.window_s {
        return Err(format!("signed {distance} s away from our time"));
    }
    let header = raw.header("x-slack-signature").ok_or("the signature is missing")?;
    let signature = header.strip_prefix("v0=").and_then(encoding::hex);
    let signature = signature.ok_or("the signature has another form")?;
    let mut signed = format!("v0:{seconds}:").into_bytes();
    signed.extend_from_slice(&raw.body);
    if secrets.verify_hmac_sha256(&config.signing_secret, &signed, &signature) {
        Ok(())
    } else {
        Err("the signature is wrong".into())
    }
}
