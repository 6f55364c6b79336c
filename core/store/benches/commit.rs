//! How many units of work a second become durable on SQLite, beside what the same disk and driver
//! take in raw rows. Run with `cargo bench -p kerros-store`; the database lies in cargo's target folder.
//!
//! One inbound message is two units, as in the life of a real one: the raw thing with its job; then
//! the end of that job with contact, conversation, journal, message and the bot's job.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench may fail and must print")]

#[path = "../tests/it/tale.rs"]
#[expect(dead_code, reason = "shared with the tests")]
mod tale;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use kerros_app::ports::store::{Changes, Commits, End, JobKind, Scope};
use kerros_store::{Options, SqlStore, open};
use sea_orm::sqlx::{
    self, ConnectOptions, Connection, Executor,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use tale::{Tale, after, ended, inbound, job, lease};

/// Messages in one conversation.
const TALK: u64 = 5;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap()
}

/// Rows of 200 bytes, 100 a commit, as one prepared statement of 100 rows.
async fn raw(rows: u64) -> Duration {
    let folder = folder();
    let mut connection = SqliteConnectOptions::new()
        .filename(folder.path().join("raw.db"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .disable_statement_logging()
        .connect()
        .await
        .unwrap();
    connection.execute("CREATE TABLE raw (id INTEGER PRIMARY KEY, body TEXT)").await.unwrap();
    let insert = format!("INSERT INTO raw (body) VALUES {}", vec!["(?)"; 100].join(","));
    let body = "x".repeat(200);
    let begin = Instant::now();
    for _ in 0..rows.div_ceil(100) {
        let mut transaction = connection.begin().await.unwrap();
        let mut query = sqlx::query(sqlx::AssertSqlSafe(insert.as_str()));
        for _ in 0..100 {
            query = query.bind(&body);
        }
        query.execute(&mut *transaction).await.unwrap();
        transaction.commit().await.unwrap();
    }
    let spent = begin.elapsed();
    connection.close().await.unwrap();
    spent
}

/// Sends `messages` from `senders` tasks, each with its own conversations.
async fn ingest(store: &Arc<SqlStore>, senders: u64, messages: u64) -> (Duration, [f64; 2]) {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let mut units = Vec::new();
    for sender in 0..senders {
        let share = messages / senders + u64::from(sender < messages % senders);
        units.push(prepare(&NEXT, share));
    }
    let (begin, before) = (Instant::now(), processor());
    let mut tasks = tokio::task::JoinSet::new();
    for units in units {
        let store = Arc::clone(store);
        tasks.spawn(async move {
            let scope = Scope::One("aurinko".into());
            for unit in units {
                store.commit(&scope, unit).await.unwrap();
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    let (wall, after) = (begin.elapsed(), processor());
    (wall, [after[0] - before[0], after[1] - before[1]])
}

/// Seconds of processor time that this process has used, its own and the kernel's; in hundredths.
fn processor() -> [f64; 2] {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let rest = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks = |n| rest.split(' ').nth(n).and_then(|ticks| ticks.parse::<f64>().ok());
    [12, 13].map(|n| ticks(n).unwrap_or_default() / 100.0)
}

/// The units of one sender, made beforehand: here the store is measured, not the domain.
fn prepare(next: &AtomicU64, messages: u64) -> Vec<Changes> {
    let mut units = Vec::new();
    let mut told = TALK;
    let mut tale = Tale::new("aurinko", 0);
    for _ in 0..messages {
        let n = next.fetch_add(1, Ordering::Relaxed);
        if told == TALK {
            tale = Tale::new("aurinko", n);
            told = 0;
        }
        let now = after(i64::try_from(told).unwrap());
        let mut intake = job("aurinko", 2 * n, &format!("in/aurinko/chat/{n}"));
        intake.kind = JobKind::Intake;
        intake.lease = Some(lease("node", 60));
        let text = "Hei, en pääse kirjautumaan sovellukseen enää lainkaan. Mitä teen?";
        intake.payload = format!(r#"{{"channel":"chat","text":"{text}","trace":"{n:032x}"}}"#);
        let mut raw = inbound("aurinko", &format!("m:{n}:{:032x}", n * 7919), n);
        raw.raw =
            format!(r#"{{"kind":"frame","headers":[["thread","{n:032x}"]],"body":"{text}"}}"#);
        units.push(Changes {
            inbound: vec![raw],
            jobs: vec![intake.clone()],
            ..Changes::default()
        });
        tale.says(text, now);
        if told == 0 {
            let targets = vec![kerros_domain::sample::first_response()];
            tale.then(kerros_domain::command::Command::SetTargets { targets }, now);
        }
        let tag = kerros_domain::id::Tag::from(format!("tag-{told}"));
        tale.then(kerros_domain::command::Command::AddTag { tag, confidence: Some(80) }, now);
        told += 1;
        let mut second = tale.changes();
        second.job_ends = ended(&intake, "node", End::Done).job_ends;
        let mut bot = job("aurinko", 2 * n + 1, &format!("bot/{n}"));
        bot.kind = JobKind::BotTurn;
        bot.lease = Some(lease("node", 60));
        second.jobs.push(bot);
        units.push(second);
    }
    units
}

fn commits(criterion: &mut Criterion) {
    let runtime = runtime();
    let mut group = criterion.benchmark_group("sqlite");
    group.sample_size(10).measurement_time(Duration::from_secs(10));

    group.throughput(Throughput::Elements(100));
    group.bench_function("raw rows, 200 bytes, 100 a commit", |bench| {
        bench.iter_custom(|times| runtime.block_on(raw(times * 100)));
    });

    for senders in [1, 64] {
        let folder = folder();
        let url = format!("sqlite://{}/kerros.db", folder.path().display());
        let store = Arc::new(runtime.block_on(open(&url, Options::default())).unwrap());
        group.throughput(Throughput::Elements(senders));
        let name = BenchmarkId::new("messages, two units each, senders", senders);
        let (mut messages, mut spent) = (0, [0.0; 2]);
        group.bench_function(name, |bench| {
            bench.iter_custom(|times| {
                let (wall, cpu) = runtime.block_on(ingest(&store, senders, times * senders));
                messages += times * senders;
                spent = [spent[0] + cpu[0], spent[1] + cpu[1]];
                wall
            });
        });
        let each = spent.map(|seconds| seconds * 1e6 / messages as f64);
        println!(
            "processor time a message: {:.0} us, and {:.0} us in the kernel\n",
            each[0], each[1]
        );
        runtime.block_on(store.close());
    }
    group.finish();
}

/// The same on the PostgreSQL that the environment names, in a database that is there and empty.
fn on_postgres(criterion: &mut Criterion) {
    let Ok(url) = std::env::var("KERROS_BENCH_POSTGRES") else {
        println!("skip: PostgreSQL (KERROS_BENCH_POSTGRES is not set)");
        return;
    };
    let runtime = runtime();
    let store = Arc::new(runtime.block_on(open(&url, Options::default())).unwrap());
    let mut group = criterion.benchmark_group("postgres");
    group.sample_size(10).measurement_time(Duration::from_secs(10));
    group.throughput(Throughput::Elements(64));
    group.bench_function(BenchmarkId::new("messages, two units each, senders", 64), |bench| {
        bench.iter_custom(|times| runtime.block_on(ingest(&store, 64, times * 64)).0);
    });
    group.finish();
    runtime.block_on(store.close());
}

criterion_group!(benches, commits, on_postgres);
criterion_main!(benches);
