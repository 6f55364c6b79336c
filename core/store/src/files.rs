//! Files of tenants: bytes in a folder, a row for each in the database.
//!
//! A file is written beside its place, made durable, moved there, and only then gets its row: so a row
//! always has its bytes. What a crash leaves over, bytes without a row or a row that no message took, is
//! swept away later. The folder must be the same for every node that shares a database.

mod sweep;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::{StreamExt, stream};
use kerros_app::ports::clock::{Clock, Ids};
use kerros_app::ports::files::{FileError, FileMeta, FileStream, Files, NewFile};
use kerros_app::ports::store::Scope;
use kerros_domain::id::{FileId, TenantId};
use kerros_domain::time::Timestamp;
use sha2::{Digest, Sha256};
use tokio::fs::{self, File, OpenOptions};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use uuid::Uuid;

use crate::reader::column;
use crate::store::SqlStore;
use crate::value;

/// Bytes read at once.
const PIECE: usize = 64 << 10;

/// Files in a folder, known to the database.
pub struct FileStore {
    store: Arc<SqlStore>,
    folder: PathBuf,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
}

impl std::fmt::Debug for FileStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FileStore").field("folder", &self.folder).finish_non_exhaustive()
    }
}

impl FileStore {
    /// Files in this folder, which is made when the first one comes.
    pub fn new(
        store: Arc<SqlStore>,
        folder: PathBuf,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
    ) -> Self {
        Self { store, folder, clock, ids }
    }

    /// A tenant's folder. Its name is spelled so that no two tenants share one on any file system, and
    /// none leads elsewhere.
    fn of_tenant(&self, tenant: &TenantId) -> PathBuf {
        let mut name = String::new();
        for byte in tenant.as_str().bytes() {
            match byte {
                b'a'..=b'z' | b'0'..=b'9' | b'-' => name.push(char::from(byte)),
                _ => name.push_str(&format!("_{byte:02x}")),
            }
        }
        self.folder.join(name)
    }

    /// Where a place's bytes lie: `ab/abcdef...`, in the tenant's folder.
    fn path(&self, tenant: &TenantId, place: &str) -> Result<PathBuf, FileError> {
        let plain = place.len() == 32 && place.bytes().all(|c| c.is_ascii_hexdigit());
        if !plain {
            return Err(FileError::Unavailable("a stored place is not one".into()));
        }
        // The last digits: those of an id that counts time begin alike.
        Ok(self.of_tenant(tenant).join(&place[30..]).join(place))
    }
}

fn unavailable(error: impl std::fmt::Display) -> FileError {
    FileError::Unavailable(error.to_string())
}

#[async_trait]
impl Files for FileStore {
    async fn put(
        &self,
        tenant: &TenantId,
        file: NewFile,
        bytes: FileStream,
    ) -> Result<FileMeta, FileError> {
        let now = self.clock.now();
        let id = FileId(Uuid::from_bytes(self.ids.next(now)));
        let place = id.0.simple().to_string();
        let path = self.path(tenant, &place)?;
        let parent = path.parent().unwrap_or(&self.folder).to_owned();
        make_dir(&parent).await.map_err(unavailable)?;
        let part = path.with_extension("part");
        let written = write(&part, bytes, file.most_bytes).await;
        let (size, sha256) = match written {
            Ok(written) => written,
            Err(error) => {
                let _ = fs::remove_file(&part).await;
                return Err(error);
            }
        };
        let moved = async {
            fs::rename(&part, &path).await?;
            sync_dir(&parent).await
        };
        moved.await.map_err(unavailable)?;
        let text = "INSERT INTO files \
            (id, tenant, name, media_type, bytes, sha256, place, created_at) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        let values = vec![
            value::id(id.0),
            value::text(tenant.as_str()),
            value::text(file.name.as_str()),
            value::text(file.media_type.as_str()),
            value::count(size),
            value::text(sha256.as_str()),
            value::text(place),
            value::at(now),
        ];
        let scope = Scope::One(tenant.clone());
        self.store.pen.count(&scope, text, values).await.map_err(unavailable)?;
        Ok(FileMeta {
            id: id.to_string(),
            name: file.name,
            media_type: file.media_type,
            bytes: size,
            sha256,
        })
    }

    async fn open(&self, tenant: &TenantId, id: &str) -> Result<(FileMeta, FileStream), FileError> {
        let id: FileId = id.parse().map_err(|_| FileError::NotFound)?;
        let text = "SELECT name, media_type, bytes, sha256, place FROM files \
            WHERE id = $1 AND tenant = $2";
        let values = vec![value::id(id.0), value::text(tenant.as_str())];
        let scope = Scope::One(tenant.clone());
        let row = self.store.reader.one(&scope, text, values).await.map_err(unavailable)?;
        let row = row.ok_or(FileError::NotFound)?;
        let read = || -> Result<_, kerros_app::ports::store::StoreError> {
            let meta = FileMeta {
                id: id.to_string(),
                name: column::get(&row, 0)?,
                media_type: column::get(&row, 1)?,
                bytes: column::count(&row, 2)?,
                sha256: column::get(&row, 3)?,
            };
            Ok((meta, column::get::<String>(&row, 4)?))
        };
        let (meta, place) = read().map_err(unavailable)?;
        let file = File::open(self.path(tenant, &place)?).await.map_err(unavailable)?;
        Ok((meta, pieces(file)))
    }

    async fn delete(&self, tenant: &TenantId, id: &str) -> Result<(), FileError> {
        let Ok(id) = id.parse::<FileId>() else { return Ok(()) };
        let text = "DELETE FROM files WHERE id = $1 AND tenant = $2 RETURNING place";
        let values = vec![value::id(id.0), value::text(tenant.as_str())];
        let scope = Scope::One(tenant.clone());
        let rows = self.store.pen.write(&scope, text, values).await.map_err(unavailable)?;
        for row in &rows {
            let place: String = column::get(row, 0).map_err(unavailable)?;
            remove(&self.path(tenant, &place)?).await.map_err(unavailable)?;
        }
        Ok(())
    }

    async fn sweep(&self, before: Timestamp, now: Timestamp) -> Result<u64, FileError> {
        let millis = |ms: i64| Duration::from_millis(u64::try_from(ms).unwrap_or(0));
        let rows = self.sweep_orphans(before).await?;
        let now_there = std::time::UNIX_EPOCH + millis(now.0);
        Ok(rows + self.sweep_strays(now_there, millis(now.since(before))).await?)
    }
}

/// Writes a stream to its end and makes it durable: its size and its SHA-256.
async fn write(path: &Path, mut bytes: FileStream, most: u64) -> Result<(u64, String), FileError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    options.mode(0o600);
    let mut file = options.open(path).await.map_err(unavailable)?;
    let mut hash = Sha256::new();
    let mut size = 0_u64;
    while let Some(piece) = bytes.next().await {
        let piece = piece?;
        size += piece.len() as u64;
        if size > most {
            return Err(FileError::TooLarge { most });
        }
        hash.update(&piece);
        file.write_all(&piece).await.map_err(unavailable)?;
    }
    file.flush().await.map_err(unavailable)?;
    file.sync_all().await.map_err(unavailable)?;
    let sha256 = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok((size, sha256))
}

/// The file piece by piece.
fn pieces(file: File) -> FileStream {
    stream::unfold(Some(file), |file| async move {
        let mut file = file?;
        let mut piece = bytes::BytesMut::with_capacity(PIECE);
        match file.read_buf(&mut piece).await {
            Ok(0) => None,
            Ok(_) => Some((Ok(piece.freeze()), Some(file))),
            Err(error) => Some((Err(FileError::Broken(error.to_string())), None)),
        }
    })
    .boxed()
}

async fn make_dir(path: &Path) -> std::io::Result<()> {
    if fs::try_exists(path).await? {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    builder.mode(0o700);
    builder.create(path).await?;
    match path.parent() {
        Some(parent) => sync_dir(parent).await,
        None => Ok(()),
    }
}

/// Makes names in a folder durable.
async fn sync_dir(path: &Path) -> std::io::Result<()> {
    if cfg!(unix) { File::open(path).await?.sync_all().await } else { Ok(()) }
}

/// Takes a file away; one that is gone already is fine.
async fn remove(path: &Path) -> std::io::Result<()> {
    match fs::remove_file(path).await {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
