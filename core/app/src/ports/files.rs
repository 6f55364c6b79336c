//! Files of tenants: attachments, big parts of mails, originals. Bytes go through as streams; nobody holds a
//! file whole.

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use kerros_domain::id::TenantId;
use kerros_domain::time::Timestamp;
use serde::{Deserialize, Serialize};

/// The bytes of a file, piece by piece.
pub type FileStream = BoxStream<'static, Result<Bytes, FileError>>;

/// What is known of a file before its bytes are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFile {
    /// Its name, as its sender gave it: for people, never a path.
    pub name: String,
    /// Its media type; the adapter may find a better one for `application/octet-stream`.
    pub media_type: String,
    /// The most bytes it may have; more is [`FileError::TooLarge`], and nothing is kept.
    pub most_bytes: u64,
}

/// A kept file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileMeta {
    /// The handle: the text of a `FileId`, which means nothing outside its tenant.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// How many bytes it has.
    pub bytes: u64,
    /// SHA-256 of the bytes, lower-case hex.
    pub sha256: String,
}

/// Why there is no file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// The tenant has no such file.
    #[error("no such file")]
    NotFound,
    /// It has more bytes than it may.
    #[error("the file is larger than {most} bytes")]
    TooLarge {
        /// The most that were allowed.
        most: u64,
    },
    /// The stream it came from broke before its end; nothing is kept.
    #[error("the file broke off: {0}")]
    Broken(String),
    /// The place where files lie does not answer; try again.
    #[error("files are not available: {0}")]
    Unavailable(String),
}

/// Where files of tenants lie. Every call names its tenant; a handle of another tenant is [`FileError::NotFound`].
#[async_trait]
pub trait Files: Send + Sync {
    /// Keeps a stream to its end. It is there as a whole when this returns, or not at all.
    async fn put(
        &self,
        tenant: &TenantId,
        file: NewFile,
        bytes: FileStream,
    ) -> Result<FileMeta, FileError>;

    /// What is known of a file, and its bytes.
    async fn open(&self, tenant: &TenantId, id: &str) -> Result<(FileMeta, FileStream), FileError>;

    /// Takes a file away. One that is gone already is fine.
    async fn delete(&self, tenant: &TenantId, id: &str) -> Result<(), FileError>;

    /// Takes away files of all tenants that came before a moment and that no message took; how many.
    async fn sweep(&self, before: Timestamp, now: Timestamp) -> Result<u64, FileError> {
        let _ = (before, now);
        Ok(0)
    }
}
