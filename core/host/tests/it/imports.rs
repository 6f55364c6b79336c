//! What guests ask of the host: checks with secrets they never see, requests that are waited for.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use hmac::digest::KeyInit;
use hmac::{Hmac, Mac};
use kerros_app::ports::bot::{Action, BotPlugins, Trigger, Turn, TurnResult};
use kerros_app::ports::channel::{ChannelPlugins, Raw, Receipt};
use kerros_app::ports::plugin::{Call, PluginError};
use kerros_domain::id::TenantId;
use kerros_host::{HostOptions, Kind};
use sha1::Sha1;
use sha2::Sha256;

use crate::guests::{asking_bot, component, manifest, signed_channel};
use crate::ports::{Known, Outside, Stand, conversation, limits, stand, usage};

fn signed(algorithm: &str, secret: &[u8], body: &[u8]) -> Raw {
    let mut whole = match algorithm {
        "hmac-sha1" => mac::<Hmac<Sha1>>(secret, body),
        _ => mac::<Hmac<Sha256>>(secret, body),
    };
    whole.extend(body);
    Raw { kind: "hook".to_owned(), method: "POST".to_owned(), body: whole, ..Raw::default() }
}

fn mac<M: Mac + KeyInit>(secret: &[u8], body: &[u8]) -> Vec<u8> {
    let mut mac = <M as Mac>::new_from_slice(secret).expect("any length");
    mac.update(body);
    mac.finalize().into_bytes().to_vec()
}

#[tokio::test]
async fn signatures_are_checked_with_the_tenants_own_secret_in_every_version_of_the_contract() {
    for (version, algorithm, length) in
        [("0.1.0", "hmac-sha256", 32), ("0.2.0", "hmac-sha256", 32), ("0.2.0", "hmac-sha1", 20)]
    {
        signatures(version, algorithm, length).await;
    }
}

async fn signatures(version: &str, algorithm: &str, length: u32) {
    let tenants = ["aurinko", "vuori"].map(TenantId::from);
    let secrets = Known(
        [("aurinko", "sun"), ("vuori", "hill")]
            .map(|(tenant, secret)| {
                ((TenantId::from(tenant), "hook".to_owned()), secret.as_bytes().to_vec())
            })
            .into(),
    );
    let options = HostOptions { limits: limits(), ..HostOptions::default() };
    let stand = stand(options, secrets, Outside::Refuses);
    let mut manifest = manifest(Kind::Channel, "signed");
    manifest["api"] = version.into();
    let module = signed_channel(version, algorithm, length);
    stand.host.load(&component(Kind::Channel, &module, &manifest)).expect("the channel loads");

    let mut granted = usage(Kind::Channel, "signed");
    granted.grants.secrets = BTreeMap::from([("hook".to_owned(), Vec::new())]);
    let bare = usage(Kind::Channel, "signed");

    let genuine = Receipt::Accepted { events: Vec::new(), key: None, reply: None };
    let forged = Receipt::Unauthorized { reason: "wrong".to_owned() };
    for (tenant, plugin, secret, expected) in [
        (&tenants[0], &granted, "sun", &genuine),
        (&tenants[1], &granted, "hill", &genuine),
        (&tenants[1], &granted, "sun", &forged),
        (&tenants[0], &granted, "", &forged),
        (&tenants[0], &bare, "sun", &forged),
    ] {
        let call = Call { tenant, plugin, trace: "t" };
        let receipt = stand.host.receive(call, &signed(algorithm, secret.as_bytes(), b"{}")).await;
        assert_eq!(receipt.as_ref(), Ok(expected), "{version} {algorithm} {tenant} {secret:?}");
    }
}

async fn turn(stand: &Stand) -> Result<TurnResult, PluginError> {
    let turn = Turn {
        trigger: Trigger::Message,
        conversation: conversation("hello"),
        state: None,
        now_ms: 0,
        layers: Vec::new(),
    };
    let (tenant, plugin) = (TenantId::from("aurinko"), usage(Kind::Bot, "asks"));
    stand.host.turn(Call { tenant: &tenant, plugin: &plugin, trace: "t" }, &turn).await
}

fn bot(outside: Outside, before: &str) -> Stand {
    let mut limits = limits();
    limits.io.busy = Duration::from_millis(100);
    limits.io.wall = Duration::from_millis(400);
    let options = HostOptions { limits, ..HostOptions::default() };
    let stand = stand(options, Known::default(), outside);
    let guest = component(Kind::Bot, &asking_bot(before), &manifest(Kind::Bot, "asks"));
    stand.host.load(&guest).expect("the bot loads");
    stand
}

#[tokio::test]
async fn a_bot_hears_what_came_of_its_request() {
    assert_eq!(
        turn(&bot(Outside::Answers(200), "")).await,
        Ok(TurnResult {
            actions: vec![Action::HandOff { to: None, briefing: Vec::new() }],
            state: None
        })
    );
    assert_eq!(
        turn(&bot(Outside::Refuses, "")).await,
        Err(PluginError::Permanent { message: "lost".to_owned() })
    );
}

#[tokio::test]
async fn a_bot_may_wait_longer_than_it_may_compute_but_not_for_ever() {
    let silent = bot(Outside::Silent, "");
    let started = Instant::now();
    assert_eq!(turn(&silent).await, Err(PluginError::Timeout));
    assert!(started.elapsed() >= Duration::from_millis(400), "waiting is not computing");
    assert!(started.elapsed() < Duration::from_secs(3));
    assert!(silent.told.used() < Duration::from_millis(200), "{:?}", silent.told.used());

    let looping = bot(Outside::Silent, "(loop $l (br $l))");
    let started = Instant::now();
    assert_eq!(turn(&looping).await, Err(PluginError::Timeout));
    assert!(started.elapsed() < Duration::from_secs(3));
    // Allowed is a hundred milliseconds, looked at every ten.
    assert!(looping.told.used() >= Duration::from_millis(80), "{:?}", looping.told.used());
}

#[tokio::test]
async fn a_computing_bot_leaves_the_thread_to_others() {
    let looping = bot(Outside::Silent, "(loop $l (br $l))");
    // One thread: this future gets its turns only if the bot is made to yield.
    let mut turns = 0_u32;
    let others = async {
        loop {
            turns += 1;
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        biased;
        result = turn(&looping) => assert_eq!(result, Err(PluginError::Timeout)),
        () = others => unreachable!(),
    }
    assert!(turns >= 3, "{turns} turns in 100 ms");
}
