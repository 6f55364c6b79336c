//! A new version takes over between two calls, never within one.

use std::sync::Arc;

use kerros_app::ports::bot::{BotPlugins as _, Trigger, Turn, TurnResult};
use kerros_app::ports::plugin::{Call, PluginError};
use kerros_domain::id::TenantId;
use kerros_host::{HostOptions, Kind};
use tokio::sync::Semaphore;

use crate::guests::{asking_bot, component, manifest};
use crate::ports::{Known, Outside, conversation, limits, stand, usage};

/// Fewer than there is room for: the new one needs a place, too.
const CALLS: usize = 4;

#[tokio::test]
async fn calls_in_flight_end_on_the_version_they_began_with() {
    let (asked, go) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let outside = Outside::Held { asked: asked.clone(), go: go.clone() };
    let options = HostOptions { limits: limits(), ..HostOptions::default() };
    let stand = stand(options, Known::default(), outside);
    let load = |before: &str| {
        let guest = component(Kind::Bot, &asking_bot(before), &manifest(Kind::Bot, "asks"));
        stand.host.load(&guest).expect("it loads")
    };
    let old = load("");
    let (tenant, plugin) = (TenantId::from("aurinko"), usage(Kind::Bot, "asks"));
    let turn = Turn {
        trigger: Trigger::Message,
        conversation: conversation("hello"),
        state: None,
        now_ms: 0,
        layers: Vec::new(),
    };
    let call = || {
        let call = Call { tenant: &tenant, plugin: &plugin, trace: "t" };
        stand.host.turn(call, &turn)
    };
    let swap = async {
        // All of them wait for the world when the new version comes, which traps at once.
        asked.acquire_many(CALLS as u32).await.expect("open").forget();
        let new = load("unreachable");
        assert_ne!(new.digest, old.digest);
        let after = call().await;
        assert!(matches!(after, Err(PluginError::Fault { .. })), "{after:?}");
        go.add_permits(CALLS);
    };
    let (ended, ()) = tokio::join!(futures::future::join_all((0..CALLS).map(|_| call())), swap);
    let expected = TurnResult {
        actions: vec![kerros_app::ports::bot::Action::HandOff { to: None, briefing: Vec::new() }],
        state: None,
    };
    for one in ended {
        assert_eq!(one.as_ref(), Ok(&expected));
    }
}
