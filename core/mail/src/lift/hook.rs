//! Lifts mails that mail services bring by hook: the same rule as for those we fetch.

use std::sync::Arc;

use async_trait::async_trait;
use futures::StreamExt as _;
use kerros_app::ports::channel::{File, Raw};
use kerros_app::ports::files::{FileError, FileMeta, FileStream, Files};
use kerros_app::ports::mail::{Fetched, Lifting};
use kerros_domain::id::TenantId;
use tokio::sync::Semaphore;

use super::keep::Keeper;
use super::{Kept, Limits};

/// Mails lifted at once. More wait: whoever brings one has not proven anything yet.
const AT_ONCE: usize = 8;

/// Lifts mails into files.
pub struct Lifter {
    files: Arc<dyn Files>,
    limits: Limits,
    room: Semaphore,
}

impl std::fmt::Debug for Lifter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lifter").field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl Lifter {
    /// Into these files.
    #[must_use]
    pub fn new(files: Arc<dyn Files>) -> Self {
        Self { files, limits: Limits::default(), room: Semaphore::new(AT_ONCE) }
    }
}

#[async_trait]
impl Lifting for Lifter {
    async fn lift(&self, tenant: &TenantId, mut mail: FileStream) -> Result<Fetched, FileError> {
        let full = |_| FileError::Unavailable("nothing is lifted any more".to_owned());
        let _room = self.room.acquire().await.map_err(full)?;
        let mut keeper = Keeper::new(Arc::clone(&self.files), tenant.clone(), self.limits);
        while let Some(piece) = mail.next().await {
            keeper.push(&piece?).await?;
        }
        Ok(lifted(keeper.finish().await?))
    }
}

/// A mail that was taken apart, for the use cases.
#[must_use]
pub fn lifted(kept: Kept) -> Fetched {
    let raw = Raw { kind: "mail".to_owned(), body: kept.thin, files: kept.files, ..Raw::default() };
    let original = kept.original.map(file);
    Fetched { raw, digest: kept.digest, original, ..Fetched::default() }
}

fn file(meta: FileMeta) -> File {
    File {
        id: meta.id,
        name: meta.name,
        media_type: meta.media_type,
        bytes: meta.bytes,
        content_id: None,
    }
}
