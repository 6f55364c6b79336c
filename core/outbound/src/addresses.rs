//! Judged addresses for other wires than HTTP: mail connects to what is given here and nowhere else.

use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;
use kerros_app::ports::mail::{Addresses, NoAddress};

use crate::address::allowed;
use crate::resolve::{Lookup, SystemLookup};

/// Looks names up once and judges every address.
pub struct Judged(Arc<dyn Lookup>);

impl std::fmt::Debug for Judged {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Judged")
    }
}

impl Default for Judged {
    fn default() -> Self {
        Self(Arc::new(SystemLookup))
    }
}

impl Judged {
    /// With its own way to look names up.
    #[must_use]
    pub const fn with_lookup(lookup: Arc<dyn Lookup>) -> Self {
        Self(lookup)
    }
}

#[async_trait]
impl Addresses for Judged {
    async fn addresses(&self, host: &str, private: bool) -> Result<Vec<IpAddr>, NoAddress> {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let found = self.0.lookup(host).await.map_err(|_| NoAddress::Unknown)?;
        if found.is_empty() {
            return Err(NoAddress::Unknown);
        }
        // One bad address among good ones is an attempt, not a mistake: all are refused.
        if found.iter().all(|address| allowed(*address, private)) {
            Ok(found)
        } else {
            Err(NoAddress::Refused)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Says(&'static str);

    #[async_trait]
    impl Lookup for Says {
        async fn lookup(&self, _: &str) -> std::io::Result<Vec<IpAddr>> {
            Ok(self.0.split_whitespace().map(|address| address.parse().unwrap()).collect())
        }
    }

    #[tokio::test]
    async fn a_public_name_does_not_lead_inside() {
        let table = [
            ("1.1.1.1 2606:4700::1111", false, Ok(2)),
            ("1.1.1.1 10.0.0.5", false, Err(NoAddress::Refused)),
            ("127.0.0.1", false, Err(NoAddress::Refused)),
            ("127.0.0.1 10.0.0.5", true, Ok(2)),
            ("169.254.169.254", true, Err(NoAddress::Refused)),
            ("", true, Err(NoAddress::Unknown)),
        ];
        for (says, private, wanted) in table {
            let judged = Judged::with_lookup(Arc::new(Says(says)));
            let found = judged.addresses("mail.example.com", private).await;
            assert_eq!(found.map(|found| found.len()), wanted, "{says:?} {private}");
        }
    }
}
