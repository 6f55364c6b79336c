//! Reads at size, on SQLite: a page of a queue of 10,000 open conversations, one thread, and what is
//! due among 1,000,000 pending moments. Run with `cargo bench -p kerros-store --bench read`.

#![expect(clippy::unwrap_used, reason = "a bench may fail")]

#[path = "../tests/it/tale.rs"]
#[expect(dead_code, reason = "shared with the tests")]
mod tale;

use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use kerros_app::ports::store::{Changes, Commits, Conversations, Filter, Messages, Scope};
use kerros_domain::conversation::{Priority, State};
use kerros_domain::id::TenantId;
use kerros_store::{Options, SqlStore, open};
use sea_orm::{ConnectionTrait, Database};
use tale::{Tale, after};

const OPEN: u64 = 10_000;

/// Ten thousand open conversations of two tenants, then a million more that only wait for a moment.
async fn seeded(folder: &tempfile::TempDir) -> SqlStore {
    let url = format!("sqlite://{}/kerros.db", folder.path().display());
    let store = open(&url, Options::default()).await.unwrap();
    for some in (0..OPEN).collect::<Vec<_>>().chunks(250) {
        let mut changes = Changes::default();
        for n in some {
            let tenant = if n % 2 == 0 { "aurinko" } else { "vuori" };
            let mut tale = Tale::at(tenant, *n, after(i64::try_from(n % 3600).unwrap()));
            tale.says("Hei, en pääse kirjautumaan. Mitä teen?", after(3600))
                .handed_off(after(3601));
            let all = [Priority::Low, Priority::Normal, Priority::High, Priority::Urgent];
            tale.of_priority(all[usize::try_from(n / 7 % 4).unwrap()]);
            let part = tale.changes();
            changes.contacts.extend(part.contacts);
            changes.conversations.extend(part.conversations);
            changes.entries.extend(part.entries);
            changes.messages.extend(part.messages);
        }
        store.commit(&Scope::Platform, changes).await.unwrap();
    }
    let connection = Database::connect(&url).await.unwrap();
    let million = "INSERT INTO conversations SELECT randomblob(16), tenant, contact, channel, \
        thread || n, opened_at, seq, state, 0, layer, NULL, queue_rank, queue_due, held_since, \
        4000000000000 + n * 1000, look, body \
        FROM (SELECT * FROM conversations LIMIT 1), \
        (WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 1000000) \
        SELECT n FROM n)";
    connection.execute_unprepared(million).await.unwrap();
    connection.close().await.unwrap();
    store
}

fn reads(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let store = Arc::new(runtime.block_on(seeded(&folder)));
    let scope = Scope::Many(vec![TenantId::from("aurinko"), TenantId::from("vuori")]);
    let mut group = criterion.benchmark_group("sqlite");

    let states: Vec<State> = State::ALL.into_iter().filter(|state| state.is_open()).collect();
    let first = Filter { states: states.clone(), limit: 50, ..Filter::default() };
    let page = runtime.block_on(store.list(&scope, &first)).unwrap();
    let next = Filter { after: Some(page[49].cursor.clone()), ..first.clone() };
    let text = Filter { text: Some("nothing says this".into()), ..first.clone() };
    for (name, filter) in [("first page", first), ("next page", next), ("text, no match", text)] {
        group.bench_function(format!("queue of {OPEN} over two tenants, {name}"), |bench| {
            bench.iter(|| runtime.block_on(store.list(&scope, &filter)).unwrap());
        });
    }
    group.bench_function(format!("depths of {OPEN}"), |bench| {
        bench.iter(|| runtime.block_on(store.depths(&scope)).unwrap());
    });
    group.bench_function("nothing due of 1,000,000", |bench| {
        bench.iter(|| runtime.block_on(store.due(after(0), 100)).unwrap());
    });
    group.bench_function("100 due of 1,000,000", |bench| {
        let now = kerros_domain::time::Timestamp(4_000_000_100_000);
        bench.iter(|| {
            let due = runtime.block_on(store.due(now, 100)).unwrap();
            assert_eq!(due.len(), 100);
        });
    });
    let (tenant, chat) = (TenantId::from("aurinko"), "chat".into());
    group.bench_function("sender and thread", |bench| {
        bench.iter(|| {
            let known = store.known(&tenant, &chat, "visitor-2", "visitor-2");
            runtime.block_on(known).unwrap()
        });
    });
    let id = page[0].conversation.id;
    group.bench_function("last messages", |bench| {
        bench.iter(|| runtime.block_on(store.last_messages(&scope, id, 20)).unwrap());
    });
    group.finish();
    runtime.block_on(store.close());
}

criterion_group!(benches, reads);
criterion_main!(benches);
