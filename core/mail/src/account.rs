//! Accounts at mail servers, as config names them. Plain values; passwords and tokens are asked for by name
//! when they are needed.

use std::sync::Arc;
use std::time::Duration;

use kerros_app::tenant::Grants;
use kerros_domain::id::{ChannelId, TenantId};

/// How a connection is kept private.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// From the first byte.
    Implicit,
    /// After a first plain word; a server that does not offer it is refused.
    Starttls,
    /// Not at all: towards this machine only.
    None,
}

/// A mail server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Its name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is kept private.
    pub tls: Tls,
    /// Certificates to trust beside the machine's own, PEM.
    pub ca: Option<Arc<str>>,
    /// Whether it may lie at a private address (platform policy).
    pub private: bool,
}

/// How an account proves itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// Not at all.
    None,
    /// A password: the name of its secret.
    Password(String),
    /// An access token (XOAUTH2).
    Oauth2(Oauth2),
}

/// Where access tokens come from (RFC 6749).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Oauth2 {
    /// The token endpoint.
    pub endpoint: String,
    /// The application's id.
    pub client_id: String,
    /// The name of the application's secret, if it has one.
    pub client_secret: Option<String>,
    /// The name of the refresh token; without one the application asks in its own name.
    pub refresh_token: Option<String>,
    /// What is asked for.
    pub scope: String,
    /// What may be reached to ask: the endpoint's host.
    pub grants: Grants,
}

/// Who logs in where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Whose.
    pub tenant: TenantId,
    /// The server.
    pub server: Server,
    /// The user's name.
    pub user: String,
    /// How it proves itself.
    pub proof: Proof,
}

/// What becomes of a mail on the server once it is committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum After {
    /// Nothing.
    Leave,
    /// It is marked as seen.
    Seen,
    /// It goes to another folder.
    Move(String),
    /// It is deleted.
    Delete,
}

/// A mailbox to fetch from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    /// Its name in the tenant's config.
    pub name: String,
    /// The channel it feeds.
    pub channel: ChannelId,
    /// The address whose mail lies there.
    pub address: String,
    /// Where and who.
    pub account: Account,
    /// Which folder.
    pub folder: String,
    /// How often to look where the server does not tell.
    pub poll: Duration,
    /// What becomes of a mail afterwards.
    pub after: After,
    /// Written longer ago than this when it comes, a mail gets no bot and no notice; zero for never.
    pub late_after: Duration,
}

/// A DKIM key of a domain (RFC 6376).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dkim {
    /// The domain that signs; senders of it are signed for.
    pub domain: String,
    /// Where its public key lies: `SELECTOR._domainkey.DOMAIN`.
    pub selector: String,
    /// The name of the secret that holds the private key, PEM (PKCS #8 or PKCS #1).
    pub key: String,
}

/// What sends a channel's mails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outbox {
    /// The channel.
    pub channel: ChannelId,
    /// Where and who.
    pub account: Account,
    /// Addresses it may write as: `a@b.fi` or `*@b.fi`.
    pub senders: Vec<String>,
    /// Keys to sign with.
    pub dkim: Vec<Dkim>,
    /// Connections at once.
    pub connections: usize,
    /// Largest mail, in bytes as sent.
    pub most_bytes: u64,
    /// The name given to the server.
    pub hello: String,
}
