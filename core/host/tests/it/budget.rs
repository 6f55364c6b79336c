//! A hostile guest ends within its budget, and the next call is as if it had never been.

use std::sync::Arc;
use std::time::{Duration, Instant};

use kerros_app::ports::plugin::PluginError;
use kerros_app::ports::tagger::Suggestion;
use kerros_host::Kind;

use crate::guests::{hoarding_tagger, manifest};
use crate::ports::{Known, Outside, limits, plain, stand};

fn refund() -> Vec<Suggestion> {
    vec![Suggestion { tag: "refund".to_owned(), confidence: 80 }]
}

/// What a guest does before it answers, and what its caller hears.
const HOSTILE: &[(&str, &str, &str)] = &[
    ("loops", "(loop $l (br $l))", "plugin stopped after its time budget"),
    (
        "eats-memory",
        "(loop $l (br_if $l (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))) unreachable",
        "plugin fault: wanted more than its 16 MiB of memory",
    ),
    ("traps", "unreachable", "plugin fault: wasm trap: wasm `unreachable` instruction executed"),
    (
        "divides-by-zero",
        "(drop (i32.div_u (i32.const 1) (i32.const 0)))",
        "plugin fault: wasm trap: integer divide by zero",
    ),
    (
        "out-of-bounds",
        "(i32.store (i32.const -4) (i32.const 1))",
        "plugin fault: wasm trap: out of bounds memory access",
    ),
    (
        "megabytes",
        "(drop (memory.grow (i32.const 100)))
         (i32.store (i32.const 36) (i32.const 6000000))",
        "plugin fault: ",
    ),
    ("endless-list", "(i32.store (i32.const 12) (i32.const 2000000000))", "plugin fault: "),
    (
        "many",
        "(local $at i32)
         (local.set $at (i32.const 8192))
         (loop $l
            (memory.copy (local.get $at) (i32.const 32) (i32.const 20))
            (local.set $at (i32.add (local.get $at) (i32.const 20)))
            (br_if $l (i32.lt_u (local.get $at) (i32.const 9212))))
         (i32.store (i32.const 8) (i32.const 8192)) (i32.store (i32.const 12) (i32.const 51))",
        "plugin fault: 51 suggestions; at most 50 are allowed",
    ),
    ("wild-pointer", "(i32.store (i32.const 8) (i32.const -16))", "plugin fault: "),
    ("not-utf8", "(i32.store8 (i32.const 64) (i32.const 255))", "plugin fault: "),
    (
        "too-sure",
        "(i32.store8 (i32.const 40) (i32.const 101))",
        "plugin fault: a confidence is 101; at most 100 is allowed",
    ),
    ("no-name", "(i32.store (i32.const 36) (i32.const 0))", "plugin fault: a tag is empty"),
    (
        "line-break",
        "(i32.store8 (i32.const 64) (i32.const 10))",
        "plugin fault: a tag holds control characters",
    ),
    (
        "long-name",
        "(memory.fill (i32.const 64) (i32.const 97) (i32.const 65))
         (i32.store (i32.const 36) (i32.const 65))",
        "plugin fault: a tag has 65 bytes; at most 64 are allowed",
    ),
    ("wrong-tag", "(i32.store8 (i32.const 0) (i32.const 7))", "plugin fault: "),
];

#[tokio::test]
async fn hostile_guests_end_within_their_budget() {
    let stand = plain();
    stand.tagger("good", "");
    for (name, body, expected) in HOSTILE {
        stand.tagger(name, body);
        let started = Instant::now();
        let error = stand.tag("aurinko", name).await.expect_err(name);
        let took = started.elapsed();
        assert!(error.to_string().starts_with(expected), "{name}: {error}");
        // 100 ms of processor time and 2 s in all are allowed.
        assert!(took < Duration::from_secs(3), "{name} took {took:?}");
        assert_eq!(stand.tag("aurinko", "good").await, Ok(refund()), "after {name}");
    }
    let faults = stand.host.faults();
    assert_eq!(faults.len(), HOSTILE.len());
    assert!(faults.iter().all(|fault| fault.count == 1 && fault.tenant.as_str() == "aurinko"));
}

#[tokio::test]
async fn a_guest_that_hoards_handles_is_stopped() {
    let stand = plain();
    let guest = hoarding_tagger(&manifest(Kind::Tagger, "hoards"));
    stand.host.load(&guest).expect("the guest loads");
    let error = stand.tag("aurinko", "hoards").await.expect_err("it hoards");
    assert_eq!(
        error.to_string(),
        "plugin fault: cannot allocate another handle: store handle limit exceeded"
    );
}

#[tokio::test]
async fn a_guest_may_answer_with_an_error() {
    let stand = plain();
    // Discriminant 1 (an error), then its case; the string lies where the list did.
    let body = |case: u8| {
        format!(
            "(i32.store8 (i32.const 0) (i32.const 1)) (i32.store8 (i32.const 8) (i32.const {case}))
             (i32.store (i32.const 16) (i32.const 64)) (i32.store (i32.const 20) (i32.const 6))
             (i32.store8 (i32.const 24) (i32.const 1)) (i64.store (i32.const 32) (i64.const 1500))
             (i32.store (i32.const 40) (i32.const 0)) (i32.store (i32.const 44) (i32.const 0))"
        )
    };
    let message = || "refund".to_owned();
    for (case, expected) in [
        (0, PluginError::Invalid { message: message() }),
        (1, PluginError::Temporary { message: message(), retry_after_ms: Some(1500) }),
        (2, PluginError::Permanent { message: message() }),
        (3, PluginError::Permanent { message: message() }),
    ] {
        stand.tagger("says", &body(case));
        assert_eq!(stand.tag("aurinko", "says").await, Err(expected));
    }
    assert_eq!(stand.host.faults(), []);
}

#[tokio::test]
async fn nothing_is_left_of_an_earlier_call() {
    let stand = plain();
    // Counts its calls in a global and in memory: a second one would see the first.
    stand.tagger(
        "remembers",
        "(if (i32.or (global.get $calls) (i32.load (i32.const 60000))) (then unreachable))
         (global.set $calls (i32.const 1)) (i32.store (i32.const 60000) (i32.const 1))",
    );
    for tenant in ["aurinko", "vuori", "aurinko"] {
        assert_eq!(stand.tag(tenant, "remembers").await, Ok(refund()));
    }
}

#[tokio::test]
async fn a_flood_of_log_lines_is_cut_off() {
    let stand = plain();
    stand.tagger(
        "talks",
        "(local $n i32)
         (loop $l
            (call $info (i32.const 64) (i32.const 6))
            (local.set $n (i32.add (local.get $n) (i32.const 1)))
            (br_if $l (i32.lt_u (local.get $n) (i32.const 10000))))",
    );
    assert_eq!(stand.tag("aurinko", "talks").await, Ok(refund()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_tenants_at_once() {
    let mut limits = limits();
    limits.pure.parallel = 4;
    limits.pure.queue = Duration::from_secs(60);
    let options = kerros_host::HostOptions { limits, ..Default::default() };
    let stand = Arc::new(stand(options, Known::default(), Outside::Refuses));
    stand.tagger("good", "");
    let calls: Vec<_> = (0..1000)
        .map(|n| {
            let stand = stand.clone();
            tokio::spawn(async move { stand.tag(&format!("tenant-{n}"), "good").await })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.expect("no panic"), Ok(refund()));
    }
}

#[tokio::test]
async fn processor_time_is_told_of_short_calls_and_long_ones() {
    let stand = plain();
    stand.tagger("good", "");
    assert_eq!(stand.tag("aurinko", "good").await, Ok(refund()));
    let short = stand.told.used();
    assert!(short > Duration::ZERO && short < Duration::from_millis(80), "{short:?}");
    stand.tagger("loops", "(loop $l (br $l))");
    assert_eq!(stand.tag("aurinko", "loops").await, Err(PluginError::Timeout));
    let long = stand.told.used() - short;
    assert!(long >= Duration::from_millis(90) && long < Duration::from_secs(1), "{long:?}");
}
