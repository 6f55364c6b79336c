//! Files: whole or not at all, each tenant's own, and gone when nobody takes them.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::{StreamExt, stream};
use kerros_app::memory::{TestClock, TestIds};
use kerros_app::ports::files::{FileError, FileStream, Files, NewFile};
use kerros_store::FileStore;

use crate::place::Place;
use crate::tale::{START, after};

fn new(most_bytes: u64) -> NewFile {
    NewFile { name: "lasku.pdf".into(), media_type: "application/pdf".into(), most_bytes }
}

fn pieces(pieces: Vec<Result<Bytes, FileError>>) -> FileStream {
    stream::iter(pieces).boxed()
}

async fn read(mut bytes: FileStream) -> Vec<u8> {
    let mut all = Vec::new();
    while let Some(piece) = bytes.next().await {
        all.extend_from_slice(&piece.unwrap());
    }
    all
}

fn on_disk(folder: &std::path::Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    entries
        .map(|entry| entry.unwrap().path())
        .map(|path| if path.is_dir() { on_disk(&path) } else { 1 })
        .sum()
}

/// On a database only: the memory store's files are tested with the use cases.
pub async fn a_file_is_whole_or_not_there_and_swept_when_nobody_takes_it(place: &Place) {
    if place.kind == crate::place::Kind::Memory {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::at(START);
    let store = Arc::clone(place.sql());
    let files = FileStore::new(
        store,
        folder.path().to_owned(),
        Arc::new(clock.clone()),
        Arc::new(TestIds::default()),
    );
    let (aurinko, vuori) = ("aurinko".into(), "vuori".into());
    let big = Bytes::from(vec![7_u8; 200_000]);
    let kept = files.put(&aurinko, new(1 << 20), pieces(vec![Ok(big.clone()), Ok(big.clone())]));
    let kept = kept.await.unwrap();
    assert_eq!((kept.bytes, kept.sha256.len()), (400_000, 64));
    let (meta, bytes) = files.open(&aurinko, &kept.id).await.unwrap();
    assert_eq!(meta, kept);
    assert_eq!(read(bytes).await.len(), 400_000);
    for (tenant, id) in [(&vuori, kept.id.as_str()), (&aurinko, "fil_x"), (&aurinko, "../../etc")] {
        assert!(matches!(files.open(tenant, id).await, Err(FileError::NotFound)), "{id}");
    }
    files.delete(&vuori, &kept.id).await.unwrap();
    assert!(files.open(&aurinko, &kept.id).await.is_ok(), "another tenant's delete does nothing");

    let broken = Err(FileError::Broken("reset".into()));
    for (what, most, stream) in [
        ("too large", 300_000, vec![Ok(big.clone()), Ok(big.clone())]),
        ("broken off", 1 << 20, vec![Ok(big.clone()), broken]),
    ] {
        assert!(files.put(&aurinko, new(most), pieces(stream)).await.is_err(), "{what}");
        assert_eq!(on_disk(folder.path()), 1, "{what} leaves nothing");
    }

    // Bytes without a row, as after a crash.
    let shelf = folder.path().join("aurinko").join("00");
    std::fs::create_dir_all(&shelf).unwrap();
    std::fs::write(shelf.join("0".repeat(32)), b"stray").unwrap();
    let written = std::fs::metadata(shelf.join("0".repeat(32))).unwrap().modified().unwrap();
    let soon = written + Duration::from_secs(10);
    assert_eq!(files.sweep_strays(soon, Duration::from_secs(3600)).await.unwrap(), 0);
    assert_eq!(files.sweep_strays(soon, Duration::from_secs(1)).await.unwrap(), 1);
    assert!(files.open(&aurinko, &kept.id).await.is_ok());
    assert_eq!(files.sweep_orphans(START).await.unwrap(), 0);
    assert_eq!(files.sweep_orphans(after(1)).await.unwrap(), 1);
    assert_eq!(on_disk(folder.path()), 0);
    assert!(matches!(files.open(&aurinko, &kept.id).await, Err(FileError::NotFound)));
}
