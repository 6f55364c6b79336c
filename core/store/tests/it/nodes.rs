//! What PostgreSQL adds: the fence between tenants, news between nodes, several nodes at one table.

use kerros_app::ports::bus::News;
use kerros_app::ports::store::{Commits, End, Scope, Store, StoreError};
use kerros_store::{Options, open};
use sea_orm::ConnectionTrait;

use crate::child::{Running, orders, say};
use crate::place::Place;
use crate::tale::{START, Tale, after, ended, job, jobs, lease};

const ALL: Scope = Scope::Platform;

/// Without SQL's WHERE the fence alone keeps tenants apart, for reads and for writes.
#[tokio::test]
async fn the_fence_holds_without_a_condition() {
    let Some(place) = Place::postgres().await else { return };
    for (n, tenant) in [(1, "aurinko"), (2, "vuori"), (3, "vuori")] {
        let mut tale = Tale::new(tenant, n);
        tale.says("hello", after(1));
        let mut unit = tale.changes();
        unit.jobs = vec![job(tenant, n, "k")];
        unit.inbound = vec![crate::tale::inbound(tenant, "k", n)];
        let done = place.store.commit(&Scope::One(tenant.into()), unit).await;
        assert!(
            matches!((n, &done), (1 | 2, Ok(())) | (3, Err(StoreError::Duplicate))),
            "{done:?}"
        );
    }
    let connection = place.connection().await;
    for (setting, rows) in [
        (None, 0),
        (Some(""), 0),
        (Some("aurinko"), 1),
        (Some("vuori"), 1),
        (Some("aurinko\u{1f}vuori"), 2),
        (Some("aurink"), 0),
        (Some("*"), 2),
    ] {
        if let Some(setting) = setting {
            let set = format!("SET kerros.tenants = '{setting}'");
            connection.execute_unprepared(&set).await.unwrap();
        }
        for table in [
            "conversations",
            "journal",
            "messages",
            "contacts",
            "contact_addresses",
            "jobs",
            "inbound",
        ] {
            let count = format!("SELECT COUNT(DISTINCT tenant) FROM {table}");
            let count = sea_orm::Statement::from_string(sea_orm::DbBackend::Postgres, count);
            let found = connection.query_one_raw(count).await.unwrap().unwrap();
            let found: i64 = found.try_get_by_index(0).unwrap();
            assert_eq!(found, rows, "{table} as {setting:?}");
        }
    }
    connection.execute_unprepared("SET kerros.tenants = 'aurinko'").await.unwrap();
    let theft = "UPDATE conversations SET look = 'x' WHERE tenant = 'vuori'";
    assert_eq!(connection.execute_unprepared(theft).await.unwrap().rows_affected(), 0);
    let gift = "UPDATE conversations SET tenant = 'vuori'";
    let error = connection.execute_unprepared(gift).await.unwrap_err().to_string();
    assert!(error.contains("row-level security"), "{error}");
    connection.close().await.unwrap();
    place.leave().await;
}

/// A commit on one node is heard on another, and not on its own; a refused one is not heard.
#[tokio::test]
async fn news_reach_the_other_nodes() {
    let Some(place) = Place::postgres().await else { return };
    let (a, b) = (place.again("a").await, place.again("b").await);
    let (mut at_a, mut at_b) = (a.news().unwrap(), b.news().unwrap());
    let mut tale = Tale::new("aurinko", 1);
    let opened = tale.says("hello", after(1)).changes();
    // A listener begins a moment after opening: told again until it is heard.
    let mut heard = None;
    for n in 0..200_u64 {
        let mut other = Tale::new("aurinko", 1000 + n);
        a.commit(&ALL, other.changes()).await.unwrap();
        let wait = std::time::Duration::from_millis(100);
        if let Ok(Ok(news)) = tokio::time::timeout(wait, at_b.recv()).await {
            heard = Some(news);
            break;
        }
    }
    assert!(matches!(heard, Some(News::Conversation { .. })), "{heard:?}");

    a.commit(&ALL, opened.clone()).await.unwrap();
    assert_eq!(a.commit(&ALL, opened).await, Err(StoreError::Conflict));
    a.commit(&ALL, tale.says("again", after(2)).changes()).await.unwrap();
    let mut seqs = Vec::new();
    while seqs.last() != Some(&tale.row.seq) {
        let wait = std::time::Duration::from_secs(10);
        let news = tokio::time::timeout(wait, at_b.recv()).await.unwrap().unwrap();
        if let News::Conversation { conversation, seq, thread, .. } = news
            && conversation == tale.row.id
        {
            assert_eq!(thread, tale.row.thread);
            seqs.push(seq);
        }
    }
    assert_eq!(seqs.len(), 2, "the refused one is not among {seqs:?}");
    assert!(at_a.try_recv().is_err(), "a node is not told what it wrote");
    a.close().await;
    b.close().await;
    place.leave().await;
}

/// The child: takes jobs and ends them until none is left, telling each one it ended.
#[tokio::test]
async fn child_works_jobs_off() {
    let Some((url, owner)) = orders() else { return };
    let store = open(&url, Options::default()).await.unwrap();
    say("ready");
    work(&store, &owner, |payload| say(payload)).await;
    store.close().await;
}

async fn work(store: &dyn Store, owner: &str, mut told: impl FnMut(&str)) {
    let mut idle = 0;
    while idle < 20 {
        let taken = store.claim(&lease(owner, 60), START, 5, &[]).await.unwrap();
        idle = if taken.is_empty() { idle + 1 } else { 0 };
        for job in taken {
            store.commit(&ALL, ended(&job, owner, End::Done)).await.unwrap();
            told(&job.payload);
        }
        tokio::task::yield_now().await;
    }
}

/// Two processes at one table: each job is done once, and those of one key in their order.
#[tokio::test]
async fn two_processes_double_no_job() {
    let Some(place) = Place::postgres().await else { return };
    let made = (1..=400).map(|n| job("aurinko", n, &format!("key-{}", n % 40))).collect();
    place.store.commit(&ALL, jobs(made)).await.unwrap();
    let mut children: Vec<Running> = ["a", "b"]
        .map(|owner| Running::start("nodes::child_works_jobs_off", &place.url, owner))
        .into();
    for child in &mut children {
        assert_eq!(child.line().as_deref(), Some("ready"));
    }
    let mut lists = Vec::new();
    for mut child in children {
        lists.push(std::iter::from_fn(move || child.line()).collect::<Vec<_>>());
    }
    let mut rest = Vec::new();
    work(&*place.store, "parent", |payload| rest.push(payload.to_owned())).await;
    lists.push(rest);
    let number = |payload: &String| -> u64 {
        serde_json::from_str::<serde_json::Value>(payload).unwrap()["n"].as_u64().unwrap()
    };
    for list in &lists {
        for key in 0..40 {
            let of_key: Vec<u64> = list.iter().map(number).filter(|n| n % 40 == key).collect();
            assert!(of_key.is_sorted(), "{of_key:?}");
        }
    }
    let mut all: Vec<u64> = lists.iter().flatten().map(number).collect();
    all.sort_unstable();
    assert_eq!(all, (1..=400).collect::<Vec<_>>());
    assert_eq!(place.store.verify(&|_, _| ()).await.unwrap(), []);
    place.leave().await;
}
