//! `[server]`: where it listens and how much it takes in.

use std::net::SocketAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fault::Faults;
use crate::quantity::{Bytes, Span};

/// The HTTP server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// Address and port to listen on.
    #[schemars(with = "String")]
    pub listen: String,
    /// The address people and providers use; empty takes the address listened on.
    pub base_url: String,
    /// How many reverse proxies in front add to `X-Forwarded-For`.
    #[schemars(range(max = 10))]
    pub trusted_proxies: usize,
    /// How long a stop may take.
    pub drain: Span,
    /// Limits against floods and oversized things.
    pub limits: Limits,
}

/// How much strangers and people may ask for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Largest body of a hook.
    pub hook_body: Bytes,
    /// Largest mail that a mail service brings by hook (`message/rfc822`).
    pub hook_mail: Bytes,
    /// Largest body of an API request.
    pub api_body: Bytes,
    /// Largest frame of a widget socket.
    pub frame: Bytes,
    /// Hooks of one channel.
    pub hooks: Rate,
    /// Widget sessions and sockets per network address.
    pub visits: Rate,
    /// Messages of one visitor.
    pub visitor: Rate,
    /// Failed logins per network address and per email.
    pub logins: Rate,
    /// API requests of one person or token.
    pub api: Rate,
    /// Widget sockets open at once.
    #[schemars(range(min = 1))]
    pub sockets: u32,
    /// Widget sockets open at once per network address.
    #[schemars(range(min = 1))]
    pub sockets_per_address: u32,
    /// Live consoles open at once per person.
    #[schemars(range(min = 1))]
    pub consoles_per_person: u32,
}

/// So many at once, then so many a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// Sustained, per minute.
    #[schemars(range(min = 1))]
    pub per_minute: u32,
    /// At once.
    #[schemars(range(min = 1))]
    pub burst: u32,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8080".to_owned(),
            base_url: String::new(),
            trusted_proxies: 0,
            drain: Span::seconds(20),
            limits: Limits::default(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        let rate = |per_minute, burst| Rate { per_minute, burst };
        Self {
            hook_body: Bytes(1 << 20),
            hook_mail: Bytes(35 << 20),
            api_body: Bytes(256 << 10),
            frame: Bytes(32 << 10),
            hooks: rate(60_000, 2_000),
            visits: rate(120, 60),
            visitor: rate(60, 20),
            logins: rate(6, 10),
            api: rate(6_000, 600),
            sockets: 50_000,
            sockets_per_address: 100,
            consoles_per_person: 8,
        }
    }
}

impl Server {
    /// The address to listen on; the check has made sure of it.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        self.listen.parse().ok()
    }

    pub(super) fn validate(&self, faults: &mut Faults<'_>) {
        if self.address().is_none() {
            let allowed = "allowed is an IP address with a port, like 127.0.0.1:8080 or [::]:8080";
            faults.wrong("server.listen", &format!("{:?}", self.listen), allowed);
        }
        let scheme = self.base_url.starts_with("http://") || self.base_url.starts_with("https://");
        let plain = !self.base_url.contains(['?', '#', ' ']);
        let fine = self.base_url.is_empty() || (scheme && plain);
        if !fine {
            let allowed = "allowed is an address like https://service.example.com";
            faults.wrong("server.base_url", &format!("{:?}", self.base_url), allowed);
        }
        if self.drain > Span::seconds(600) {
            let allowed = "allowed is up to 10m";
            faults.wrong("server.drain", &format!("\"{}\"", self.drain), allowed);
        }
        let limits = [
            ("hook_body", self.limits.hook_body, 16 << 20),
            ("hook_mail", self.limits.hook_mail, 1 << 30),
            ("api_body", self.limits.api_body, 16 << 20),
            ("frame", self.limits.frame, 1 << 20),
        ];
        for (name, size, most) in limits {
            if size.0 < 1024 || size.0 > most {
                let allowed = format!("allowed is 1KiB to {}", Bytes(most));
                faults.wrong(&format!("server.limits.{name}"), &format!("\"{size}\""), allowed);
            }
        }
    }
}
