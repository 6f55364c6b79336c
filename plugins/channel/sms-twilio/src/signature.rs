//! Twilio's signature: base64 of the HMAC-SHA1 over the address and the form's fields, sorted by name, names and values
//! run together (<https://www.twilio.com/docs/usage/security#validating-requests>).

use kerros_plugin::channel::{Raw, Secrets};
use kerros_plugin::encoding;

use crate::Config;

/// Whether the form is Twilio's. The error is for the log.
pub fn check(
    config: &Config,
    raw: &Raw,
    form: &[(String, String)],
    secrets: &impl Secrets,
) -> Result<(), &'static str> {
    let header = raw.header("x-twilio-signature").ok_or("X-Twilio-Signature is missing")?;
    let signature = encoding::base64(header).ok_or("X-Twilio-Signature has another form")?;
    let signed = signed(&address(config, raw), form);
    if secrets.verify_hmac_sha1(&config.auth_token, signed.as_bytes(), &signature) {
        Ok(())
    } else {
        Err("X-Twilio-Signature is wrong, or public_url is not the address that Twilio calls")
    }
}

/// The whole address as Twilio called it.
fn address(config: &Config, raw: &Raw) -> String {
    let mut address = config.public_url.clone();
    if !raw.path.is_empty() {
        address = format!("{address}/{}", raw.path.trim_start_matches('/'));
    }
    if !raw.query.is_empty() {
        address = format!("{address}?{}", raw.query);
    }
    address
}

/// What is signed. A name that comes twice counts with each of its different values once, sorted.
pub fn signed(address: &str, form: &[(String, String)]) -> String {
    let mut pairs: Vec<&(String, String)> = form.iter().collect();
    pairs.sort();
    pairs.dedup();
    pairs.iter().fold(address.to_owned(), |signed, (name, value)| signed + name + value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_sorted_by_name_and_run_together() {
        let form = encoding::form(b"To=%2B1&From=%2B2&Body=a+b&To=%2B1&Empty=");
        assert_eq!(signed("https://x/y?z=1", &form), "https://x/y?z=1Bodya bEmptyFrom+2To+1");
    }
}
