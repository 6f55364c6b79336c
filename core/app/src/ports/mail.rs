//! Mail: how far mailboxes were taken in, and what writes to and connects with mail servers.

use std::net::IpAddr;

use async_trait::async_trait;
use kerros_domain::id::{ChannelId, TenantId};

use super::channel::{File, Raw};
use super::files::{FileError, FileStream};
use super::outbound::{Mail, Response};
use super::store::StoreError;

/// How far a mailbox was taken in. Written in the same commit as the mails it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailPosition {
    /// Whose mailbox.
    pub tenant: TenantId,
    /// Its name in the tenant's config.
    pub mailbox: String,
    /// The server's word for "these uids count" (RFC 3501, 2.3.1.1). Another one begins anew.
    pub uid_validity: u32,
    /// Every mail up to this uid was taken in, or told and left where it is.
    pub uid: u32,
}

/// A mail as it was fetched.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fetched {
    /// The mail, thin, with its big parts as files. `kind` is `mail`.
    pub raw: Raw,
    /// SHA-256 of the original, lower-case hex: the same mail again is a repeat.
    pub digest: String,
    /// The address it was fetched for.
    pub mailbox: Option<String>,
    /// The original, kept as a file, if the thin mail differs from it.
    pub original: Option<File>,
    /// Written longer ago than this when it arrives, nothing answers it by itself. Milliseconds, 0 for never;
    /// `None` is [`LATE_AFTER_MS`].
    pub late_after_ms: Option<i64>,
}

/// How long before its arrival a mail must have been written to count as late, where nobody says otherwise.
pub const LATE_AFTER_MS: i64 = 48 * 3_600_000;

/// Takes the big parts out of a mail that streams in, so that nobody holds it whole.
#[async_trait]
pub trait Lifting: Send + Sync {
    /// The mail, with its big parts and its original as the tenant's files. Its raw thing has only `kind`, `body` and
    /// `files`.
    ///
    /// # Errors
    /// [`FileError`], the stream's own too; then nothing is kept.
    async fn lift(&self, tenant: &TenantId, mail: FileStream) -> Result<Fetched, FileError>;
}

/// Reads how far a mailbox was taken in.
#[async_trait]
pub trait Mailboxes: Send + Sync {
    /// The mailbox's position; `None` if nothing was ever taken in.
    async fn mail_position(
        &self,
        tenant: &TenantId,
        mailbox: &str,
    ) -> Result<Option<MailPosition>, StoreError>;
}

/// Writes, signs and submits mails.
#[async_trait]
pub trait Submission: Send + Sync {
    /// Submits a mail over the channel's own account. Never panics, never returns a secret.
    async fn submit(&self, tenant: &TenantId, channel: &ChannelId, mail: &Mail) -> Response;
}

/// Why a name leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoAddress {
    /// It leads to an address that nobody may connect to.
    #[error("the host's address is not allowed")]
    Refused,
    /// It could not be looked up.
    #[error("the host's name could not be looked up")]
    Unknown,
}

/// Looks names up once and judges every address, so that a name cannot change its mind between check and connect.
#[async_trait]
pub trait Addresses: Send + Sync {
    /// The addresses of a host that may be connected to; private ones only if `private` says so.
    ///
    /// # Errors
    /// [`NoAddress`]; one bad address among good ones refuses all.
    async fn addresses(&self, host: &str, private: bool) -> Result<Vec<IpAddr>, NoAddress>;
}
