//! No room on the disk: writers are told, nothing is half-written, and room again is enough.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use kerros_app::ports::store::{
    Changes, Commits, Conversations, End, Job, Jobs, Scope, StoreError, Upkeep,
};
use kerros_store::{Options, SqlStore, open};

use crate::place::Place;
use crate::skip::skip;
use crate::tale::{Tale, after, ended, job, jobs, lease};

const ALL: Scope = Scope::Platform;

/// Jobs with large payloads, held by `n`, until there is no room; returns those acknowledged.
async fn fill(store: &SqlStore, from: u64) -> Vec<Job> {
    let mut made = Vec::new();
    for n in from..from + 10_000 {
        let mut large = job("aurinko", n, &n.to_string());
        large.payload = "x".repeat(20_000);
        large.lease = Some(lease("n", 60));
        match store.commit(&ALL, jobs(vec![large.clone()])).await {
            Ok(()) => made.push(large),
            Err(StoreError::Unavailable(_)) => return made,
            Err(other) => panic!("{other:?}"),
        }
    }
    panic!("the disk never filled");
}

/// Writers side by side while there is no room: nobody is told that it was written.
async fn nobody_is_acknowledged(store: &Arc<SqlStore>, from: u64) {
    let mut tasks = tokio::task::JoinSet::new();
    for n in from..from + 20 {
        let store = Arc::clone(store);
        tasks.spawn(async move {
            let mut large = job("aurinko", n, &n.to_string());
            large.payload = "x".repeat(20_000);
            store.commit(&ALL, jobs(vec![large])).await
        });
    }
    for done in tasks.join_all().await {
        assert!(matches!(done, Err(StoreError::Unavailable(_))), "{done:?}");
    }
}

async fn held(store: &SqlStore) -> u64 {
    store.job_counts().await.unwrap().iter().map(|count| count.waiting).sum()
}

/// The database may grow no further (SQLITE_FULL); ending jobs makes room in the same process.
#[tokio::test]
async fn a_full_database_refuses_and_recovers() {
    let place = Place::sqlite_with(Options { max_pages: Some(300), ..Options::default() }).await;
    let store = place.sql();
    let mut tale = Tale::new("aurinko", 1);
    store.commit(&ALL, tale.says("before", after(1)).changes()).await.unwrap();

    let made = fill(store, 1).await;
    nobody_is_acknowledged(store, 50_000).await;
    assert_eq!(held(store).await, made.len() as u64, "what was refused is not there");
    let read = store.conversation(&ALL, tale.row.id).await.unwrap();
    assert_eq!(read.as_ref(), Some(&tale.row), "reads go on");

    let mut ends = Changes::default();
    for job in &made {
        ends.job_ends.extend(ended(job, "n", End::Done).job_ends);
    }
    store.commit(&ALL, ends).await.unwrap();
    store.commit(&ALL, tale.says("after", after(2)).changes()).await.unwrap();
    assert_eq!(store.verify(&|_, _| ()).await.unwrap(), []);
    place.leave().await;
}

/// A small file system, taken away again when dropped.
struct Small<'a>(&'a Path);

impl<'a> Small<'a> {
    fn mount(folder: &'a Path) -> Option<Self> {
        let done = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=3m", "tmpfs"])
            .arg(folder)
            .output();
        done.is_ok_and(|done| done.status.success()).then_some(Self(folder))
    }

    fn grow(&self) {
        let done =
            Command::new("mount").args(["-o", "remount,size=64m"]).arg(self.0).status().unwrap();
        assert!(done.success());
    }
}

impl Drop for Small<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0).status();
    }
}

/// The disk itself is full (ENOSPC), even the write-ahead log cannot grow; more room is enough.
#[tokio::test]
async fn a_full_disk_refuses_and_recovers() {
    let folder = tempfile::tempdir().unwrap();
    let Some(small) = Small::mount(folder.path()) else {
        skip("a full disk (mounting a small file system is not allowed here)");
        return;
    };
    let url = format!("sqlite://{}/kerros.db", folder.path().display());
    let store = Arc::new(open(&url, Options::default()).await.unwrap());
    let mut tale = Tale::new("aurinko", 1);
    store.commit(&ALL, tale.says("before", after(1)).changes()).await.unwrap();
    let made = fill(&store, 1).await;
    nobody_is_acknowledged(&store, 50_000).await;

    small.grow();
    store.ping().await.unwrap();
    store.commit(&ALL, tale.says("after", after(2)).changes()).await.unwrap();
    assert_eq!(held(&store).await, made.len() as u64);
    assert_eq!(store.verify(&|_, _| ()).await.unwrap(), []);
    store.close().await;

    let again = open(&url, Options::default()).await.unwrap();
    assert_eq!(held(&again).await, made.len() as u64, "and it is all in the file");
    again.close().await;
}
