//! A provider that posts signed JSON to a webhook channel.

use std::time::{SystemTime, UNIX_EPOCH};

use hmac::{Hmac, Mac};
use sha2::Sha256;

/// The `x-kerros-signature` value of a body under a secret: `t=SECONDS,v1=HEX`, the MAC over `SECONDS.BODY`.
#[expect(
    clippy::disallowed_methods,
    reason = "a sender outside the service has the system's clock"
)]
pub fn signature(secret: &[u8], body: &str) -> anyhow::Result<String> {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let mut mac = Hmac::<Sha256>::new_from_slice(secret)?;
    mac.update(format!("{seconds}.{body}").as_bytes());
    let hex: String =
        mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("t={seconds},v1={hex}"))
}
