//! A visitor of a tenant's widget: known by a secret in their browser, of which only a digest's beginning is
//! ever stored, as the name of their thread.

use std::sync::Arc;

use kerros_app::tenant::Tenant;
use kerros_domain::id::{ChannelId, Language, TenantId};
use rand::RngCore;
use sha2::{Digest, Sha256};

use super::hub::Thread;
use crate::access::hex;
use crate::problem::Problem;
use crate::state::WebState;

/// A fresh secret: 256 random bits as 64 hex digits.
#[must_use]
pub fn fresh_secret() -> String {
    let mut bytes = [0_u8; 32];
    rand::rng().fill_bytes(&mut bytes);
    hex(&bytes)
}

/// The thread of a secret: `w-` and the first 32 hex digits of its SHA-256. `None` if it is no secret.
#[must_use]
pub fn thread_of(secret: &str) -> Option<String> {
    let sound =
        secret.len() == 64 && secret.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    sound.then(|| format!("w-{}", hex(&Sha256::digest(secret.as_bytes())[..16])))
}

/// The tenant and the live channel behind its widget.
///
/// # Errors
/// 404 for an unknown tenant and for one without a widget, alike.
pub fn widget_of(state: &WebState, tenant: &TenantId) -> Result<(Arc<Tenant>, ChannelId), Problem> {
    let tenant = state.ctx.tenants.get(tenant).ok_or_else(Problem::not_found)?;
    let channel = tenant.widget.channel.clone();
    let live = channel.filter(|channel| tenant.channels.get(channel).is_some_and(|used| used.live));
    live.map(|channel| (tenant, channel)).ok_or_else(Problem::not_found)
}

/// The language to serve: the wanted one if the tenant has it, else its first.
#[must_use]
pub fn language(tenant: &Tenant, wanted: Option<&str>) -> Language {
    let languages = &tenant.policy.languages;
    let wanted = wanted.and_then(|wanted| languages.iter().find(|has| has.as_str() == wanted));
    wanted.or(languages.first()).cloned().unwrap_or_else(|| "en".into())
}

/// A visitor's thread.
#[must_use]
pub fn thread(tenant: &TenantId, channel: &ChannelId, name: &str) -> Thread {
    Thread { tenant: tenant.clone(), channel: channel.clone(), name: name.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_names_a_thread_and_cannot_be_read_from_it() {
        let secret = "00".repeat(32);
        insta::assert_snapshot!(thread_of(&secret).unwrap(), @"w-60e05bd1b195af2f94112fa7197a5c88");
        assert_ne!(fresh_secret(), fresh_secret());
        assert!(thread_of(&fresh_secret()).is_some());
        for odd in ["", "00", &"G0".repeat(32), &"AA".repeat(32)] {
            assert_eq!(thread_of(odd), None, "{odd}");
        }
    }
}
