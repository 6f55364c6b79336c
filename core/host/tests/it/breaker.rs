//! A broken plugin is left alone, for its tenant alone, and tried again.

use std::time::Duration;

use kerros_app::ports::plugin::PluginError;

use crate::ports::plain;

#[tokio::test]
async fn opens_after_faults_in_a_row_and_tries_again() {
    let stand = plain();
    stand.tagger("breaks", "unreachable");
    for _ in 0..5 {
        let error = stand.tag("aurinko", "breaks").await.expect_err("a trap");
        assert!(matches!(error, PluginError::Fault { .. }));
    }
    assert_eq!(
        stand.told.take().last().map(String::as_str),
        Some("aurinko tagger/breaks breaker 2")
    );

    // Open: not called. Another tenant has its own record.
    assert_eq!(
        stand.tag("aurinko", "breaks").await,
        Err(PluginError::Unavailable {
            message: "stopped after repeated faults, tried again in 30 s".to_owned()
        })
    );
    assert!(matches!(stand.tag("vuori", "breaks").await, Err(PluginError::Fault { .. })));
    assert_eq!(
        stand.told.take(),
        ["aurinko tagger/breaks suggest unavailable", "vuori tagger/breaks suggest fault"]
    );

    // One try after the cool-down; it breaks again, so the wait begins anew.
    stand.clock.pass(Duration::from_secs(30));
    assert!(matches!(stand.tag("aurinko", "breaks").await, Err(PluginError::Fault { .. })));
    assert!(matches!(stand.tag("aurinko", "breaks").await, Err(PluginError::Unavailable { .. })));
    assert_eq!(
        stand.told.take(),
        [
            "aurinko tagger/breaks breaker 1",
            "aurinko tagger/breaks suggest fault",
            "aurinko tagger/breaks breaker 2",
            "aurinko tagger/breaks suggest unavailable",
        ]
    );
    let [_, ours] = &stand.host.faults()[..] else { panic!("two uses broke") };
    assert!(ours.tenant.as_str() == "vuori" || ours.count == 6);
}

#[tokio::test]
async fn a_new_version_has_a_clean_record() {
    let stand = plain();
    stand.tagger("mends", "unreachable");
    for _ in 0..6 {
        let _ = stand.tag("aurinko", "mends").await;
    }
    assert!(matches!(stand.tag("aurinko", "mends").await, Err(PluginError::Unavailable { .. })));
    stand.told.take();
    stand.tagger("mends", "");
    assert!(stand.tag("aurinko", "mends").await.is_ok());
    assert_eq!(
        stand.told.take(),
        ["aurinko tagger/mends breaker 0", "aurinko tagger/mends suggest ok"]
    );
}

#[tokio::test]
async fn what_a_plugin_says_does_not_open_it() {
    let stand = plain();
    stand.tagger(
        "complains",
        "(i32.store8 (i32.const 0) (i32.const 1)) (i32.store8 (i32.const 8) (i32.const 0))
         (i32.store (i32.const 16) (i32.const 64)) (i32.store (i32.const 20) (i32.const 6))",
    );
    for _ in 0..10 {
        let error = stand.tag("aurinko", "complains").await.expect_err("it says invalid");
        assert!(matches!(error, PluginError::Invalid { .. }));
    }
}
