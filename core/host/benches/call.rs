//! What a plugin call costs, fresh instance included: `cargo bench -p kerros-host`.
//!
//! Prints percentiles of single calls beside the machine's own pace, then a thousand tenants at once, then criterion's
//! estimates. The taggers in three languages end in rows for the documentation; it exits 1 where a kept guest is above its
//! limits.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a bench prints, and stops at the first fault"
)]

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use criterion::Criterion;
use kerros_app::ports::clock::Clock;
use kerros_app::ports::meter::NoMeter;
use kerros_app::ports::outbound::{Outbound, Request, Response};
use kerros_app::ports::plugin::{Call, ContactView, ConversationView, MessageView};
use kerros_app::ports::search::{Hit, Search};
use kerros_app::ports::secrets::Secrets;
use kerros_app::ports::tagger::TaggerPlugins;
use kerros_app::tenant::{Grants, PluginUse};
use kerros_build::Lang;
use kerros_domain::id::{Language, TenantId};
use kerros_domain::time::Timestamp;
use kerros_host::{Host, HostOptions, HostPorts, Limits};
use sha2::{Digest, Sha256};
use tokio::runtime::Runtime;

/// Ports that hold nothing: a tagger asks for nothing.
struct Nobody;

impl Clock for Nobody {
    fn now(&self) -> Timestamp {
        Timestamp(0)
    }
}

impl Secrets for Nobody {
    fn get(&self, _: &TenantId, _: &str) -> Option<Vec<u8>> {
        None
    }
}

#[async_trait]
impl Outbound for Nobody {
    async fn perform(&self, _: &TenantId, _: &Grants, _: &Request) -> Response {
        Response::refused(String::new())
    }
}

#[async_trait]
impl Search for Nobody {
    async fn search(
        &self,
        _: &TenantId,
        _: &Language,
        _: Option<&str>,
        _: &str,
        _: usize,
    ) -> Vec<Hit> {
        Vec::new()
    }
}

/// 500 bytes of a customer's words, with something to find.
fn conversation() -> ConversationView {
    let mut text = "Hi! I ordered two jackets last week and one of them came in the wrong size. I sent \
        it back on Monday but I have not seen the refund yet, and the invoice that I got by email still shows \
        both of them. Could you please check what has happened? My order number is 4711-0042. I also tried to \
        log in to my account to look at the return, but the page only says that my password is wrong, although \
        I changed it yesterday. Thank you very much in advance, best regards from a rainy Tampere, Aino"
        .to_owned();
    while text.len() < 500 {
        text.push('.');
    }
    ConversationView {
        id: "cnv_0198c0de0000700080000000000000aa".to_owned(),
        channel: "chat".to_owned(),
        language: "en".to_owned(),
        segment: None,
        layer: "self-service".to_owned(),
        tags: Vec::new(),
        contact: ContactView::default(),
        messages: vec![MessageView {
            id: "msg_0198c0de0000700080000000000000aa".to_owned(),
            author: "contact".to_owned(),
            text,
            at_ms: 0,
        }],
    }
}

/// The longest middle call of a kept guest, microseconds, and its longest first call, milliseconds.
const LATER_US: f64 = 150.0;
const FIRST_MS: f64 = 100.0;

/// What one language's tagger came to.
struct Row {
    lang: Lang,
    kilobytes: usize,
    load_ms: f64,
    first_ms: f64,
    p50_us: f64,
    p99_us: f64,
}

impl Row {
    fn is_fine(&self) -> bool {
        self.lang == Lang::Rust || (self.p50_us <= LATER_US && self.first_ms <= FIRST_MS)
    }
}

/// As the documentation has them.
fn rows(rows: &[Row]) {
    println!(
        "| the same tagger in | component | loaded from cache | first call | later calls, p50 | p99 |"
    );
    println!("|---|---|---|---|---|---|");
    for row in rows {
        let Row { lang, kilobytes, load_ms, first_ms, p50_us, p99_us } = row;
        println!(
            "| {lang} | {kilobytes} kB | {load_ms:.1} ms | {first_ms:.2} ms | {p50_us:.1} us | {p99_us:.1} us |"
        );
    }
}

/// Prints them, and gives the middle one and the 99th of a hundred, microseconds.
fn percentiles(what: &str, mut times: Vec<Duration>) -> (f64, f64) {
    times.sort();
    let at = |share: f64| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a share of a small count"
        )]
        let place = ((times.len() - 1) as f64 * share) as usize;
        times[place].as_secs_f64() * 1e6
    };
    println!(
        "{what}: p50 {:.1} us, p90 {:.1} us, p99 {:.1} us ({} calls)",
        at(0.5),
        at(0.9),
        at(0.99),
        times.len()
    );
    (at(0.5), at(0.99))
}

/// The template's tagger in one language: size, first call after a start with compiled code in the cache, and calls
/// after that.
fn language(lang: Lang, runtime: &Runtime, view: &ConversationView) -> Option<Row> {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().join("tagger");
    kerros_build::scaffold("tagger", "measured", lang, &dir).expect("a new tagger");
    let target = match lang {
        Lang::Rust => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/kerros-plugins-new"),
        Lang::Js | Lang::Python => dir.join("target"),
    };
    let built = match kerros_build::build_dir(&dir, &target) {
        Ok(built) => built,
        Err(error) => {
            println!("skipped: the tagger in {lang}: {error}");
            return None;
        }
    };
    let options =
        || HostOptions { cache_dir: Some(folder.path().join("cache")), ..HostOptions::default() };
    let from = Instant::now();
    Host::new(options(), nobody()).expect("starts").load(&built.wasm).expect("loads");
    let compiled = from.elapsed();
    let host = Host::new(options(), nobody()).expect("starts");
    let from = Instant::now();
    let loaded = host.load(&built.wasm).expect("loads");
    let load = from.elapsed();
    let usage = PluginUse {
        name: "measured".to_owned(),
        plugin: loaded.manifest.id.clone(),
        version: None,
        config: r#"{"tag":"returns","words":["refund","invoice","password","size"]}"#.into(),
        live: false,
        role: Default::default(),
        grants: Grants::default(),
        sending: Default::default(),
    };
    let tenant = TenantId::from("aurinko");
    let call =
        || runtime.block_on(host.tag(Call { tenant: &tenant, plugin: &usage, trace: "t" }, view));
    let from = Instant::now();
    let tags = call().expect("tags");
    let first = from.elapsed();
    assert_eq!(tags.len(), 1, "the tagger in {lang} finds its words");
    println!(
        "tagger in {lang}: {} kB; compiled in {:.1} s, loaded from the cache in {:.1} ms, first call {:.2} ms",
        built.wasm.len() / 1000,
        compiled.as_secs_f64(),
        load.as_secs_f64() * 1e3,
        first.as_secs_f64() * 1e3
    );
    let times = (0..20_000)
        .map(|_| {
            let from = Instant::now();
            call().expect("tags");
            from.elapsed()
        })
        .collect();
    let (p50_us, p99_us) = percentiles(&format!("tagger in {lang}, later calls"), times);
    Some(Row {
        lang,
        kilobytes: built.wasm.len() / 1000,
        load_ms: load.as_secs_f64() * 1e3,
        first_ms: first.as_secs_f64() * 1e3,
        p50_us,
        p99_us,
    })
}

fn nobody() -> HostPorts {
    HostPorts {
        outbound: Arc::new(Nobody),
        search: Arc::new(Nobody),
        secrets: Arc::new(Nobody),
        clock: Arc::new(Nobody),
        meter: Arc::new(NoMeter),
    }
}

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let built = kerros_build::build_dir(
        &root.join("plugins/tagger/keywords"),
        &root.join("target/kerros-plugins"),
    )
    .expect("the tagger builds");
    let mut limits = Limits::default();
    limits.pure.queue = Duration::from_secs(60);
    let host =
        Host::new(HostOptions { limits, ..HostOptions::default() }, nobody()).expect("starts");
    let loaded = host.load(&built.wasm).expect("loads");
    let usage = PluginUse {
        name: "keywords".to_owned(),
        plugin: loaded.manifest.id.clone(),
        version: None,
        config: loaded.manifest.example.clone().expect("an example").to_string().into(),
        live: false,
        role: Default::default(),
        grants: Grants::default(),
        sending: Default::default(),
    };
    let view = conversation();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_time()
        .build()
        .expect("a runtime");

    let tenant = TenantId::from("aurinko");
    let call =
        || runtime.block_on(host.tag(Call { tenant: &tenant, plugin: &usage, trace: "t" }, &view));
    let tags: Vec<_> = call().expect("tags").into_iter().map(|found| found.tag).collect();
    println!(
        "{} kB tagger, {} byte message, tags {tags:?}",
        built.wasm.len() / 1000,
        view.messages[0].text.len()
    );

    let kilobyte = [7_u8; 1024];
    let pace = (0..20_000)
        .map(|_| {
            let from = Instant::now();
            std::hint::black_box(Sha256::digest(std::hint::black_box(&kilobyte)));
            from.elapsed()
        })
        .collect();
    let _ = percentiles("this machine: SHA-256 of 1 KiB", pace);
    let times = (0..20_000)
        .map(|_| {
            let from = Instant::now();
            call().expect("tags");
            from.elapsed()
        })
        .collect();
    let _ = percentiles("tagger call, fresh instance", times);

    let host = Arc::new(host);
    for _ in 0..2 {
        let from = Instant::now();
        let calls: Vec<_> = (0..1000)
            .map(|n| {
                let (host, usage, view) = (host.clone(), usage.clone(), view.clone());
                runtime.spawn(async move {
                    let tenant = TenantId::from(format!("tenant-{n}"));
                    let call = Call { tenant: &tenant, plugin: &usage, trace: "t" };
                    for _ in 0..10 {
                        host.tag(call, &view).await.expect("tags");
                    }
                })
            })
            .collect();
        runtime.block_on(async {
            for call in calls {
                call.await.expect("no error");
            }
        });
        let took = from.elapsed();
        println!(
            "1,000 tenants at once, 10 calls each, 2 threads: no error, {:.0} calls/s",
            10_000.0 / took.as_secs_f64()
        );
    }

    let all: Vec<Row> = [Lang::Rust, Lang::Js, Lang::Python]
        .into_iter()
        .filter_map(|lang| language(lang, &runtime, &view))
        .collect();
    rows(&all);
    if let Some(slow) = all.iter().find(|row| !row.is_fine()) {
        println!(
            "{} is above its limits: {LATER_US} us a later call, {FIRST_MS} ms the first",
            slow.lang
        );
        std::process::exit(1);
    }
    if std::env::var("QUICK").is_ok() {
        return;
    }
    let mut criterion = Criterion::default().configure_from_args();
    criterion.bench_function("tagger call, fresh instance", |bench| {
        bench.iter(|| {
            runtime.block_on(host.tag(Call { tenant: &tenant, plugin: &usage, trace: "t" }, &view))
        });
    });
    criterion.final_summary();
}
