//! Kept instances: who may meet one again, and when it is thrown away. The guest counts its calls, and answers with the
//! count as its confidence.

use std::sync::Arc;
use std::time::Duration;

use kerros_app::ports::bot::{BotPlugins as _, Trigger, Turn};
use kerros_app::ports::plugin::{Call, PluginError};
use kerros_app::ports::tagger::TaggerPlugins as _;
use kerros_app::tenant::PluginUse;
use kerros_domain::id::TenantId;
use kerros_host::{HostOptions, Kind, Limits};
use serde_json::json;
use tokio::sync::Semaphore;

use crate::guests::{asking_bot, component, manifest, tagger};
use crate::ports::{Known, Outside, Stand, conversation, limits, stand, usage};

const COUNT: &str = "(global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (i32.store8 (i32.const 40) (global.get $calls))";

/// Counts, and does something more in its third call.
fn in_third(more: &str) -> String {
    format!("{COUNT} (if (i32.eq (global.get $calls) (i32.const 3)) (then {more}))")
}

fn house(change: impl FnOnce(&mut Limits)) -> Stand {
    let mut limits = limits();
    // A small one, so that many hosts fit into one test process.
    limits.warm.memory = 32 << 20;
    change(&mut limits);
    stand(HostOptions { limits, ..HostOptions::default() }, Known::default(), Outside::Refuses)
}

fn load(stand: &Stand, name: &str, version: &str, lane: Option<&str>, body: &str) -> Arc<str> {
    let mut about = manifest(Kind::Tagger, name);
    about["version"] = json!(version);
    if let Some(lane) = lane {
        about["lane"] = json!(lane);
    }
    let guest = component(Kind::Tagger, &tagger(body), &about);
    stand.host.load(&guest).expect("the guest loads").digest
}

fn counting(change: impl FnOnce(&mut Limits), body: &str) -> Stand {
    let stand = house(change);
    load(&stand, "counts", "1.0.0", Some("warm"), body);
    stand
}

/// How many calls the instance has served that serves this one.
async fn count(stand: &Stand, tenant: &str, plugin: &PluginUse) -> Result<u8, PluginError> {
    let tenant = TenantId::from(tenant);
    let call = Call { tenant: &tenant, plugin, trace: "t" };
    let tags = stand.host.tag(call, &conversation("hello")).await?;
    Ok(tags[0].confidence)
}

async fn counts(stand: &Stand, times: usize) -> Vec<Option<u8>> {
    let plugin = usage(Kind::Tagger, "counts");
    let mut all = Vec::new();
    for _ in 0..times {
        all.push(count(stand, "aurinko", &plugin).await.ok());
    }
    all
}

#[tokio::test]
async fn an_instance_is_kept_for_one_use_of_one_tenant_and_nobody_else() {
    let stand = counting(|_| {}, COUNT);
    let plugin = usage(Kind::Tagger, "counts");
    let other_use = PluginUse { name: "second".into(), ..plugin.clone() };
    assert_eq!(count(&stand, "aurinko", &plugin).await, Ok(1));
    assert_eq!(count(&stand, "aurinko", &plugin).await, Ok(2), "met again");
    assert_eq!(count(&stand, "vuori", &plugin).await, Ok(1), "another tenant's is another");
    assert_eq!(count(&stand, "aurinko", &other_use).await, Ok(1), "and another use's");
    assert_eq!(count(&stand, "aurinko", &plugin).await, Ok(3));
    assert_eq!(count(&stand, "vuori", &plugin).await, Ok(2));
    assert_eq!(stand.host.kept_instances(), 3);
    // What does not ask to be kept never is.
    load(&stand, "fresh", "1.0.0", None, COUNT);
    let fresh = usage(Kind::Tagger, "fresh");
    for _ in 0..3 {
        assert_eq!(count(&stand, "aurinko", &fresh).await, Ok(1));
    }
}

#[tokio::test]
async fn another_config_or_version_begins_anew() {
    let stand = counting(|_| {}, COUNT);
    let plugin = usage(Kind::Tagger, "counts");
    let changed = PluginUse { config: r#"{"a":1}"#.into(), ..plugin.clone() };
    assert_eq!(count(&stand, "aurinko", &plugin).await, Ok(1));
    assert_eq!(count(&stand, "aurinko", &changed).await, Ok(1), "it may remember the old config");
    assert_eq!(count(&stand, "aurinko", &plugin).await, Ok(1), "and is gone");
    assert_eq!(count(&stand, "aurinko", &plugin).await, Ok(2));
    let old = stand.host.loaded(&plugin.plugin).expect("loaded").digest;
    let new = load(&stand, "counts", "1.0.1", Some("warm"), COUNT);
    assert_ne!(old, new);
    assert_eq!(count(&stand, "aurinko", &plugin).await, Ok(1), "another version");
}

#[tokio::test]
async fn after_a_fault_nothing_of_the_instance_is_left() {
    let stand = counting(|_| {}, &in_third("unreachable"));
    assert_eq!(counts(&stand, 5).await, [Some(1), Some(2), None, Some(1), Some(2)]);
    // Out of time is a fault, too.
    let stand = counting(
        |limits| limits.pure.busy = Duration::from_millis(50),
        &in_third("(loop $l (br $l))"),
    );
    assert_eq!(counts(&stand, 4).await, [Some(1), Some(2), None, Some(1)]);
}

#[tokio::test]
async fn one_that_grew_too_much_or_served_enough_is_not_kept() {
    // 32 pages are 2 MiB.
    let grows = in_third("(drop (memory.grow (i32.const 32)))");
    let stand = counting(|limits| limits.warm.growth = 1 << 20, &grows);
    assert_eq!(counts(&stand, 4).await, [Some(1), Some(2), Some(3), Some(1)]);
    let stand = counting(|limits| limits.warm.growth = 4 << 20, &grows);
    assert_eq!(counts(&stand, 4).await, [Some(1), Some(2), Some(3), Some(4)]);
    let stand = counting(|limits| limits.warm.calls = 2, COUNT);
    assert_eq!(counts(&stand, 5).await, [Some(1), Some(2), Some(1), Some(2), Some(1)]);
}

#[tokio::test]
async fn only_so_many_wait_and_the_one_that_waited_longest_goes() {
    let stand = counting(|limits| limits.warm.kept = 2, COUNT);
    let plugin = usage(Kind::Tagger, "counts");
    for tenant in ["a", "b", "c"] {
        assert_eq!(count(&stand, tenant, &plugin).await, Ok(1));
    }
    assert_eq!(stand.host.kept_instances(), 2);
    assert_eq!(count(&stand, "c", &plugin).await, Ok(2));
    assert_eq!(count(&stand, "b", &plugin).await, Ok(2));
    assert_eq!(count(&stand, "a", &plugin).await, Ok(1), "the first one had to go");
}

#[tokio::test]
async fn one_use_has_so_many_seats_and_another_tenant_has_its_own() {
    let (asked, go) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let mut limits = limits();
    limits.warm.memory = 32 << 20;
    limits.warm.per_use = 1;
    limits.io.queue = Duration::from_millis(20);
    let stand = stand(
        HostOptions { limits, ..HostOptions::default() },
        Known::default(),
        Outside::Held { asked: asked.clone(), go: go.clone() },
    );
    let mut about = manifest(Kind::Bot, "asks");
    about["lane"] = json!("warm");
    stand.host.load(&component(Kind::Bot, &asking_bot(""), &about)).expect("it loads");
    let plugin = usage(Kind::Bot, "asks");
    let turn = Turn {
        trigger: Trigger::Message,
        conversation: conversation("hello"),
        state: None,
        now_ms: 0,
        layers: Vec::new(),
    };
    let (aurinko, vuori) = (TenantId::from("aurinko"), TenantId::from("vuori"));
    let call = |tenant| stand.host.turn(Call { tenant, plugin: &plugin, trace: "t" }, &turn);
    let others = async {
        asked.acquire().await.expect("open").forget();
        // The one seat is taken; there is none within the wait.
        let refused = call(&aurinko).await;
        assert!(
            matches!(&refused, Err(PluginError::Unavailable { message }) if message.contains("no free instance")),
            "{refused:?}"
        );
        go.add_permits(2);
        call(&vuori).await
    };
    let (first, other) = tokio::join!(call(&aurinko), others);
    assert!(first.is_ok() && other.is_ok(), "{first:?} {other:?}");
    go.add_permits(1);
    assert!(call(&aurinko).await.is_ok(), "the seat is free again");
}
