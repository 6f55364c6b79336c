//! The signature of what comes in.

use kerros_plugin::channel::{Raw, Secrets};

use crate::event::In;

/// The header, both ways.
pub const HEADER: &str = "x-kerros-signature";

/// Whether the body was signed with a known secret, not long ago. The error is for the log.
pub fn check(config: &In, raw: &Raw, secrets: &impl Secrets) -> Result<(), String> {
    let header = raw.header(HEADER).ok_or_else(|| format!("{HEADER} is missing"))?;
    let (time, signatures) = read(header).ok_or_else(|| format!("{HEADER} has another form"))?;
    let distance = (raw.at_ms / 1000).abs_diff(time);
    if distance > config.window_s {
        return Err(format!("signed {distance} s away from our time"));
    }
    let mut signed = time.to_string().into_bytes();
    signed.push(b'.');
    signed.extend_from_slice(&raw.body);
    let names = [Some(config.secret.as_str()), config.previous_secret.as_deref()];
    let genuine = names.into_iter().flatten().any(|name| {
        signatures.iter().any(|signature| secrets.verify_hmac_sha256(name, &signed, signature))
    });
    if genuine { Ok(()) } else { Err("signature is wrong".into()) }
}

/// `t=SECONDS,v1=HEX`, with at least one and at most four `v1`; other versions are passed over.
fn read(header: &str) -> Option<(i64, Vec<Vec<u8>>)> {
    let mut time = None;
    let mut signatures = Vec::new();
    for field in header.split(',') {
        match field.trim().split_once('=')? {
            ("t", _) if time.is_some() => return None,
            // The text that was signed is rebuilt from the number, so only its plain form is taken.
            ("t", text) => time = text.parse::<i64>().ok().filter(|t| t.to_string() == text),
            ("v1", text) => signatures.push(hex(text)?),
            _ => {}
        }
    }
    let time = time.filter(|time| *time >= 0)?;
    (1..=4).contains(&signatures.len()).then_some((time, signatures))
}

fn hex(text: &str) -> Option<Vec<u8>> {
    if text.is_empty() || text.len() > 128 || !text.len().is_multiple_of(2) {
        return None;
    }
    let digits: Option<Vec<u8>> =
        text.chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect();
    Some(digits?.chunks(2).map(|pair| pair[0] * 16 + pair[1]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_plain_form_is_read() {
        assert_eq!(read("t=17,v1=00ff"), Some((17, vec![vec![0, 255]])));
        assert_eq!(read("t=17, v0=xx, v1=0A, v1=0b"), Some((17, vec![vec![10], vec![11]])));
        for header in [
            "",
            "t=17",
            "v1=00",
            "t=x,v1=00",
            "t=17,v1=0",
            "t=17,v1=zz",
            "t=17,v1=",
            "t=+17,v1=00",
            "t=017,v1=00",
            "t=-1,v1=00",
            "t=1,t=2,v1=00",
            "t=17;v1=00",
        ] {
            assert_eq!(read(header), None, "{header}");
        }
    }
}
