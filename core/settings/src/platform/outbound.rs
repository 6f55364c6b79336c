//! `[outbound]`: requests that plugins ask the platform to make.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fault::Faults;
use crate::quantity::{Bytes, Span};

/// Requests out of the house.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Outbound {
    /// Time to connect.
    pub connect_time: Span,
    /// Time for a whole request; it waits as long for a free place before.
    pub time: Span,
    /// Largest body sent.
    pub request_body: Bytes,
    /// Largest body read.
    pub response_body: Bytes,
    /// Requests at once in this process.
    #[schemars(range(min = 1, max = 10_000))]
    pub parallel: usize,
    /// Requests at once per tenant.
    #[schemars(range(min = 1, max = 10_000))]
    pub parallel_per_tenant: usize,
}

impl Default for Outbound {
    fn default() -> Self {
        Self {
            connect_time: Span::seconds(5),
            time: Span::seconds(15),
            request_body: Bytes(1 << 20),
            response_body: Bytes(1 << 20),
            parallel: 256,
            parallel_per_tenant: 64,
        }
    }
}

impl Outbound {
    pub(super) fn validate(&self, faults: &mut Faults<'_>) {
        for (name, span) in [("connect_time", self.connect_time), ("time", self.time)] {
            if span.as_millis() == 0 || span > Span::seconds(120) {
                let allowed = "allowed is 1ms to 2m";
                faults.wrong(&format!("outbound.{name}"), &format!("\"{span}\""), allowed);
            }
        }
        let sizes = [("request_body", self.request_body), ("response_body", self.response_body)];
        for (name, size) in sizes {
            if size.0 < 1024 || size.0 > 16 << 20 {
                let allowed = "allowed is 1KiB to 16MiB";
                faults.wrong(&format!("outbound.{name}"), &format!("\"{size}\""), allowed);
            }
        }
    }
}

/// What a host pattern looks like, for faults.
pub const HOST_PATTERN: &str =
    "a host like api.example.com or *.example.com, with a port if it is not the usual one";

/// Whether text names hosts: `api.example.com`, `*.example.com`, an address, each with an optional `:port`.
#[must_use]
pub fn is_host_pattern(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port))
            if !host.ends_with(':') && (!host.contains(':') || host.ends_with(']')) =>
        {
            (host, Some(port))
        }
        _ => (text, None),
    };
    let host = host.strip_prefix("*.").unwrap_or(host);
    let address = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let host_fits = match address {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => {
            !host.is_empty()
                && host.len() <= 253
                && host.split('.').all(|label| {
                    !label.is_empty()
                        && label.len() <= 63
                        && !label.starts_with('-')
                        && !label.ends_with('-')
                        && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
                })
        }
    };
    host_fits && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0))
}

#[cfg(test)]
mod tests {
    use super::is_host_pattern;

    #[test]
    fn host_patterns() {
        for good in
            ["api.telegram.org", "*.example.com", "localhost:9000", "127.0.0.1:80", "[::1]:8080"]
        {
            assert!(is_host_pattern(good), "{good}");
        }
        for bad in
            ["", "https://a.b", "a/b", "*", "*.", "a..b", "a:0", "a:99999", "-a.b", "a b", "::1"]
        {
            assert!(!is_host_pattern(bad), "{bad}");
        }
    }
}
