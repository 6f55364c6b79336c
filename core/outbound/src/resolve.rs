//! Names to judged addresses.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use async_trait::async_trait;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::address::allowed;

/// Looks a name up.
#[async_trait]
pub trait Lookup: Send + Sync {
    /// Its addresses.
    async fn lookup(&self, name: &str) -> std::io::Result<Vec<IpAddr>>;
}

/// As the system does.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemLookup;

#[async_trait]
impl Lookup for SystemLookup {
    async fn lookup(&self, name: &str) -> std::io::Result<Vec<IpAddr>> {
        Ok(tokio::net::lookup_host((name, 0)).await?.map(|address| address.ip()).collect())
    }
}

/// A name that leads where a request may not go.
#[derive(Debug, thiserror::Error)]
#[error("the host's address is not allowed")]
pub(crate) struct Refused;

/// Resolves once; the connection takes one of these addresses, which have all been judged.
pub(crate) struct Guarded {
    pub(crate) lookup: Arc<dyn Lookup>,
    pub(crate) private_hosts: bool,
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let lookup = Arc::clone(&self.lookup);
        let private_hosts = self.private_hosts;
        Box::pin(async move {
            let addresses = lookup.lookup(name.as_str()).await?;
            // One bad address among good ones is an attempt, not a mistake: all are refused.
            if addresses.is_empty() || !addresses.iter().all(|a| allowed(*a, private_hosts)) {
                return Err(Refused.into());
            }
            let addresses: Addrs =
                Box::new(addresses.into_iter().map(|address| SocketAddr::new(address, 0)));
            Ok(addresses)
        })
    }
}
