//! Files in memory.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures::{StreamExt, stream};
use kerros_domain::id::{FileId, TenantId};
use parking_lot::Mutex;
use sha2::{Digest, Sha256};

use crate::fingerprint;
use crate::ports::files::{FileError, FileMeta, FileStream, Files, NewFile};

/// How many bytes a piece of a stream has: small, so that nobody counts on getting a file at once.
const PIECE: usize = 16 << 10;

/// Files of tenants, in memory. Ids count.
#[derive(Debug, Default)]
pub struct MemoryFiles {
    files: Mutex<HashMap<(TenantId, String), (FileMeta, Bytes)>>,
    last: AtomicU64,
}

impl MemoryFiles {
    /// Keeps bytes that are at hand; the meta of the file.
    pub fn keep(&self, tenant: &TenantId, name: &str, media_type: &str, bytes: &[u8]) -> FileMeta {
        let number = self.last.fetch_add(1, Ordering::Relaxed) + 1;
        let meta = FileMeta {
            id: FileId(uuid::Uuid::from_u128(u128::from(number))).to_string(),
            name: name.to_owned(),
            media_type: media_type.to_owned(),
            bytes: bytes.len() as u64,
            sha256: fingerprint::to_hex(&Sha256::digest(bytes)),
        };
        let key = (tenant.clone(), meta.id.clone());
        self.files.lock().insert(key, (meta.clone(), Bytes::copy_from_slice(bytes)));
        meta
    }

    /// The bytes of a file, whole.
    #[must_use]
    pub fn bytes(&self, tenant: &TenantId, id: &str) -> Option<Bytes> {
        self.files.lock().get(&(tenant.clone(), id.to_owned())).map(|(_, bytes)| bytes.clone())
    }

    /// How many files there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.files.lock().len()
    }
}

#[async_trait]
impl Files for MemoryFiles {
    async fn put(
        &self,
        tenant: &TenantId,
        file: NewFile,
        mut bytes: FileStream,
    ) -> Result<FileMeta, FileError> {
        let mut whole = BytesMut::new();
        while let Some(piece) = bytes.next().await {
            whole.extend_from_slice(&piece?);
            if whole.len() as u64 > file.most_bytes {
                return Err(FileError::TooLarge { most: file.most_bytes });
            }
        }
        Ok(self.keep(tenant, &file.name, &file.media_type, &whole))
    }

    async fn open(&self, tenant: &TenantId, id: &str) -> Result<(FileMeta, FileStream), FileError> {
        let found = self.files.lock().get(&(tenant.clone(), id.to_owned())).cloned();
        let (meta, bytes) = found.ok_or(FileError::NotFound)?;
        let pieces: Vec<_> = bytes.chunks(PIECE).map(|piece| Ok(bytes.slice_ref(piece))).collect();
        Ok((meta, stream::iter(pieces).boxed()))
    }

    async fn delete(&self, tenant: &TenantId, id: &str) -> Result<(), FileError> {
        self.files.lock().remove(&(tenant.clone(), id.to_owned()));
        Ok(())
    }
}
