//! Takes away what nobody has: rows that no message took, and bytes without a row.

use std::collections::HashSet;
use std::time::{Duration, SystemTime};

use kerros_app::ports::files::FileError;
use kerros_app::ports::store::Scope;
use kerros_domain::id::TenantId;
use kerros_domain::time::Timestamp;
use tokio::fs;

use super::{FileStore, remove, unavailable};
use crate::reader::column;
use crate::value;

/// Rows looked at together.
const PAGE: i64 = 500;

impl FileStore {
    /// Takes away files of any tenant that came before a moment and that no message took since; returns how
    /// many.
    ///
    /// # Errors
    /// When database or folder do not answer.
    pub async fn sweep_orphans(&self, before: Timestamp) -> Result<u64, FileError> {
        let text = "SELECT id, tenant, place FROM files \
            WHERE message IS NULL AND created_at < $1 ORDER BY created_at LIMIT $2";
        let mut swept = 0;
        loop {
            let values = vec![value::at(before), value::int(PAGE)];
            let rows = self.store.reader.all(&Scope::Platform, text, values).await;
            let rows = rows.map_err(unavailable)?;
            for row in &rows {
                let id: uuid::Uuid = column::get(row, 0).map_err(unavailable)?;
                let tenant: String = column::get(row, 1).map_err(unavailable)?;
                let place: String = column::get(row, 2).map_err(unavailable)?;
                let gone = "DELETE FROM files WHERE id = $1 AND message IS NULL";
                let pen = &self.store.pen;
                let deleted = pen.count(&Scope::Platform, gone, vec![value::id(id)]).await;
                // A message may have taken it meanwhile.
                if deleted.map_err(unavailable)? == 1 {
                    let path = self.path(&TenantId::from(tenant), &place)?;
                    remove(&path).await.map_err(unavailable)?;
                    swept += 1;
                }
            }
            if rows.len() < usize::try_from(PAGE).unwrap_or(usize::MAX) {
                return Ok(swept);
            }
        }
    }

    /// Takes away bytes that are older than `age` by their own date and have no row; returns how many.
    ///
    /// # Errors
    /// When database or folder do not answer.
    pub async fn sweep_strays(&self, now: SystemTime, age: Duration) -> Result<u64, FileError> {
        let mut swept = 0;
        for tenant in folders(&self.folder).await? {
            for shelf in folders(&tenant).await? {
                swept += self.sweep_shelf(&shelf, now, age).await?;
            }
        }
        Ok(swept)
    }

    async fn sweep_shelf(
        &self,
        shelf: &std::path::Path,
        now: SystemTime,
        age: Duration,
    ) -> Result<u64, FileError> {
        let mut old = Vec::new();
        let mut entries = fs::read_dir(shelf).await.map_err(unavailable)?;
        while let Some(entry) = entries.next_entry().await.map_err(unavailable)? {
            let Ok(meta) = entry.metadata().await else { continue };
            let since = meta.modified().ok().and_then(|at| now.duration_since(at).ok());
            if meta.is_file() && since.is_some_and(|since| since >= age) {
                old.push(entry.path());
            }
        }
        let mut swept = 0;
        for some in old.chunks(200) {
            let places: Vec<String> = some
                .iter()
                .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
                .collect();
            let marks = crate::repositories::marks(places.len());
            let text = format!("SELECT place FROM files WHERE id IN ({marks})");
            let ids = places.iter().map(|place| {
                value::id(uuid::Uuid::try_parse(place).unwrap_or_else(|_| uuid::Uuid::nil()))
            });
            let rows = self.store.reader.all(&Scope::Platform, &text, ids.collect()).await;
            let known: Result<HashSet<String>, _> =
                rows.map_err(unavailable)?.iter().map(|row| column::get(row, 0)).collect();
            let known = known.map_err(unavailable)?;
            for path in some {
                let named = path.file_name().and_then(|name| name.to_str());
                if !named.is_some_and(|name| known.contains(name)) {
                    remove(path).await.map_err(unavailable)?;
                    swept += 1;
                }
            }
        }
        Ok(swept)
    }
}

async fn folders(path: &std::path::Path) -> Result<Vec<std::path::PathBuf>, FileError> {
    let mut found = Vec::new();
    let mut entries = match fs::read_dir(path).await {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(found),
        Err(error) => return Err(unavailable(error)),
    };
    while let Some(entry) = entries.next_entry().await.map_err(unavailable)? {
        if entry.file_type().await.is_ok_and(|kind| kind.is_dir()) {
            found.push(entry.path());
        }
    }
    Ok(found)
}
