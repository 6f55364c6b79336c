//! Runs the splitter over a mail that streams in: big parts and the original go to the tenant's files.

use std::sync::Arc;

use bytes::Bytes;
use futures::stream;
use kerros_app::ports::channel::File;
use kerros_app::ports::files::{FileError, FileMeta, Files, NewFile};
use kerros_domain::id::TenantId;
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::split::{Event, Limits, Splitter};

/// An original shorter than this waits in memory until it is known whether anything was lifted out of it.
const WAITS: usize = 256 << 10;
/// Largest mail taken, in bytes; more than any provider lets through.
pub const MOST: u64 = 4 << 30;

/// A mail, taken in.
#[derive(Debug)]
pub struct Kept {
    /// What the guest is given.
    pub thin: Vec<u8>,
    /// Its big parts.
    pub files: Vec<File>,
    /// The original, if the thin mail differs from it.
    pub original: Option<FileMeta>,
    /// SHA-256 of the original, lower-case hex.
    pub digest: String,
    /// Bytes of the original.
    pub bytes: u64,
}

impl Kept {
    /// Takes its files away again: the mail was known already, or could not be committed.
    pub async fn discard(self, files: &dyn Files, tenant: &TenantId) {
        let original = self.original.map(|meta| meta.id);
        for id in self.files.into_iter().map(|file| file.id).chain(original) {
            if let Err(error) = files.delete(tenant, &id).await {
                tracing::warn!(%tenant, file = id, %error, "a file of a mail that is not kept stays behind");
            }
        }
    }
}

/// A mail on its way in. Dropped before its end, it leaves no file that anybody knows of.
pub struct Keeper {
    files: Arc<dyn Files>,
    tenant: TenantId,
    splitter: Splitter,
    events: Vec<Event>,
    digest: Sha256,
    bytes: u64,
    held: Vec<u8>,
    original: Option<Writer>,
    part: Option<Writer>,
    done: Vec<FileMeta>,
}

impl std::fmt::Debug for Keeper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keeper").field("bytes", &self.bytes).finish_non_exhaustive()
    }
}

/// Takes a mail whose bytes are at hand.
///
/// # Errors
/// [`FileError`]; nothing is kept.
pub async fn keep(
    files: &Arc<dyn Files>,
    tenant: &TenantId,
    limits: Limits,
    mail: &[u8],
) -> Result<Kept, FileError> {
    let mut keeper = Keeper::new(Arc::clone(files), tenant.clone(), limits);
    keeper.push(mail).await?;
    keeper.finish().await
}

impl Keeper {
    /// For one mail.
    #[must_use]
    pub fn new(files: Arc<dyn Files>, tenant: TenantId, limits: Limits) -> Self {
        Self {
            files,
            tenant,
            splitter: Splitter::new(limits),
            events: Vec::new(),
            digest: Sha256::new(),
            bytes: 0,
            held: Vec::new(),
            original: None,
            part: None,
            done: Vec::new(),
        }
    }

    /// Takes some bytes.
    ///
    /// # Errors
    /// [`FileError`]: nothing of the mail is kept.
    pub async fn push(&mut self, bytes: &[u8]) -> Result<(), FileError> {
        // In pieces, so that what waits to be written stays small whatever comes at once.
        for piece in bytes.chunks(64 << 10) {
            self.digest.update(piece);
            self.bytes += piece.len() as u64;
            if self.bytes > MOST {
                return Err(FileError::TooLarge { most: MOST });
            }
            self.keep_original(piece).await?;
            self.splitter.push(piece, &mut self.events);
            self.write_parts().await?;
        }
        Ok(())
    }

    async fn keep_original(&mut self, piece: &[u8]) -> Result<(), FileError> {
        if self.original.is_none() {
            self.held.extend_from_slice(piece);
            if self.held.len() > WAITS {
                let held = Bytes::from(std::mem::take(&mut self.held));
                let writer = self.original.insert(original(&self.files, &self.tenant));
                writer.write(held).await?;
            }
        } else if let Some(writer) = &mut self.original {
            writer.write(Bytes::copy_from_slice(piece)).await?;
        }
        Ok(())
    }

    async fn write_parts(&mut self) -> Result<(), FileError> {
        for event in self.events.drain(..) {
            match event {
                Event::Begin(head) => {
                    let file =
                        NewFile { name: head.name, media_type: head.media_type, most_bytes: MOST };
                    self.part = Some(Writer::begin(&self.files, &self.tenant, file));
                }
                Event::Data(bytes) => {
                    if let Some(writer) = &mut self.part {
                        writer.write(bytes.into()).await?;
                    }
                }
                Event::End => {
                    if let Some(writer) = self.part.take() {
                        self.done.push(writer.end().await?);
                    }
                }
            }
        }
        Ok(())
    }

    /// The mail is over.
    ///
    /// # Errors
    /// [`FileError`]: nothing of the mail is kept.
    pub async fn finish(mut self) -> Result<Kept, FileError> {
        let splitter = std::mem::replace(&mut self.splitter, Splitter::new(Limits::default()));
        let thin = splitter.finish(&mut self.events);
        self.write_parts().await?;
        let original = match (self.original.take(), thin.changed) {
            (Some(writer), true) => Some(writer.end().await?),
            (None, true) => {
                let mut writer = original(&self.files, &self.tenant);
                writer.write(Bytes::from(std::mem::take(&mut self.held))).await?;
                Some(writer.end().await?)
            }
            // It is whole in the thin mail.
            (_, false) => None,
        };
        let metas = std::mem::take(&mut self.done);
        let ids: Vec<String> = metas.iter().map(|meta| meta.id.clone()).collect();
        let files = thin
            .files
            .iter()
            .zip(metas)
            .map(|(head, meta)| File {
                id: meta.id,
                name: meta.name,
                media_type: meta.media_type,
                bytes: meta.bytes,
                content_id: head.content_id.clone(),
            })
            .collect();
        Ok(Kept {
            thin: thin.bytes(&ids),
            files,
            original,
            digest: hex(self.digest.clone()),
            bytes: self.bytes,
        })
    }
}

impl Drop for Keeper {
    /// A mail that breaks off leaves none of the parts that were whole already.
    fn drop(&mut self) {
        let left: Vec<String> = self.done.drain(..).map(|meta| meta.id).collect();
        let (files, tenant) = (Arc::clone(&self.files), self.tenant.clone());
        if let (false, Ok(runtime)) = (left.is_empty(), tokio::runtime::Handle::try_current()) {
            runtime.spawn(async move {
                for id in left {
                    // What cannot be taken away now stays without a name.
                    let _ = files.delete(&tenant, &id).await;
                }
            });
        }
    }
}

fn hex(digest: Sha256) -> String {
    use std::fmt::Write as _;
    digest.finalize().iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn original(files: &Arc<dyn Files>, tenant: &TenantId) -> Writer {
    let file = NewFile {
        name: "mail.eml".to_owned(),
        media_type: "message/rfc822".to_owned(),
        most_bytes: MOST,
    };
    Writer::begin(files, tenant, file)
}

/// A file being written: bytes go in here and are put by a task of their own.
struct Writer {
    /// `None` says that the file is whole; a sender that is gone without it, that it broke off.
    pieces: mpsc::Sender<Option<Bytes>>,
    task: JoinHandle<Result<FileMeta, FileError>>,
}

impl Writer {
    fn begin(files: &Arc<dyn Files>, tenant: &TenantId, file: NewFile) -> Self {
        // Pieces have at most 64 KiB or so.
        let (pieces, came) = mpsc::channel::<Option<Bytes>>(4);
        let stream = stream::unfold(Some(came), |came| async move {
            let mut came = came?;
            match came.recv().await {
                Some(Some(bytes)) => Some((Ok(bytes), Some(came))),
                Some(None) => None,
                None => Some((Err(FileError::Broken("the mail broke off".to_owned())), None)),
            }
        });
        let (files, tenant) = (Arc::clone(files), tenant.clone());
        let task = tokio::spawn(async move { files.put(&tenant, file, Box::pin(stream)).await });
        Self { pieces, task }
    }

    async fn write(&mut self, bytes: Bytes) -> Result<(), FileError> {
        if self.pieces.send(Some(bytes)).await.is_ok() {
            return Ok(());
        }
        // Nobody takes them any more: the task says why.
        match (&mut self.task).await {
            Ok(Err(error)) => Err(error),
            Ok(Ok(_)) | Err(_) => {
                Err(FileError::Unavailable("the file was closed early".to_owned()))
            }
        }
    }

    async fn end(self) -> Result<FileMeta, FileError> {
        // A task that is gone says why below.
        let _ = self.pieces.send(None).await;
        self.task.await.unwrap_or_else(|error| Err(FileError::Unavailable(error.to_string())))
    }
}
