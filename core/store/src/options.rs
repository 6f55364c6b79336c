//! How a store is opened.

use std::sync::Arc;
use std::time::Duration;

/// What may be chosen. The defaults fit a machine with two cores.
#[derive(Debug, Clone)]
pub struct Options {
    /// This node, with a random part per start: news that it wrote itself are not told to it again.
    pub node: Arc<str>,
    /// Connections that read.
    pub readers: u32,
    /// PostgreSQL: connections that commit units side by side. SQLite always has one.
    pub writers: u32,
    /// Units in one transaction, at most.
    pub batch: usize,
    /// Units that may wait; a further writer waits for room.
    pub queue: usize,
    /// How long a statement waits for another process's lock, and a caller for a connection.
    pub patience: Duration,
    /// SQLite: pages of the write-ahead log (4 KiB each) before they are moved into the file. More
    /// saves writing busy pages again and again; a start after a crash reads them all once.
    pub checkpoint_pages: u32,
    /// SQLite: how much of the file is read through memory mapping, in bytes.
    pub mmap_bytes: u64,
    /// SQLite: memory for pages of the connection that writes, in KiB; readers have an eighth each.
    pub cache_kib: u32,
    /// SQLite: the most pages the file may have, if it must be limited.
    pub max_pages: Option<u32>,
    /// Opens only what is there, in this version's schema: makes no file and migrates nothing.
    pub existing: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            node: "local".into(),
            readers: 4,
            writers: 2,
            batch: 256,
            queue: 4096,
            patience: Duration::from_secs(5),
            checkpoint_pages: 16 * 1024,
            mmap_bytes: 256 << 20,
            cache_kib: 16 * 1024,
            max_pages: None,
            existing: false,
        }
    }
}
