//! Plugins of the past: built against a frozen contract with the SDK of that time, run by today's host.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use kerros_app::ports::channel::{
    ChannelPlugins, FetchStep, InboundEvent, Outcome, Outgoing, Raw, Receipt, Step,
};
use kerros_app::ports::clock::Clock;
use kerros_app::ports::meter::NoMeter;
use kerros_app::ports::outbound::{Body, Outbound, Request, Response};
use kerros_app::ports::plugin::Call;
use kerros_app::ports::search::{Hit, Search};
use kerros_app::ports::secrets::Secrets;
use kerros_app::tenant::{Grants, PluginUse, Sending};
use kerros_build::{BuildError, build_dir};
use kerros_domain::id::{Language, TenantId};
use kerros_domain::time::Timestamp;
use kerros_host::{Host, HostOptions, HostPorts, LoadError, inspect};
use kerros_testkit::test_plugin;

/// The old plugin in an empty folder, as its author had it: the frozen contract beside the SDK of that time.
fn as_it_was(away: &Path) -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = away.join("of-old");
    copy(&here.join("tests/fixtures/channel-0.1"), &folder);
    let frozen = here.join("../wit/frozen");
    copy(&frozen.join("base-0.1.0"), &folder.join("sdk/wit/base"));
    copy(&frozen.join("channel-0.1.0"), &folder.join("sdk/wit/channel"));
    folder
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder of the repository") {
        let path = entry.expect("readable").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).expect("copied");
        }
    }
}

/// Its component; `None`, with the reason printed, where no compiler makes WebAssembly.
fn old_plugin(folder: &Path) -> Option<Vec<u8>> {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/kerros-plugins-new");
    match build_dir(folder, &target) {
        Ok(built) => Some(built.wasm),
        Err(BuildError::NoToolchain(reason)) => {
            crate::no_compiler(&reason);
            None
        }
        Err(error) => panic!("the old plugin does not build: {error}"),
    }
}

struct Outside;

#[async_trait]
impl Outbound for Outside {
    async fn perform(&self, _: &TenantId, _: &Grants, _: &Request) -> Response {
        Response::refused("a channel asks for nothing itself")
    }
}

#[async_trait]
impl Search for Outside {
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

impl Secrets for Outside {
    fn get(&self, _: &TenantId, name: &str) -> Option<Vec<u8>> {
        (name == "hook_token").then(|| b"let me in".to_vec())
    }
}

impl Clock for Outside {
    fn now(&self) -> Timestamp {
        Timestamp(0)
    }
}

fn host() -> Host {
    let ports = HostPorts {
        outbound: Arc::new(Outside),
        search: Arc::new(Outside),
        secrets: Arc::new(Outside),
        clock: Arc::new(Outside),
        meter: Arc::new(NoMeter),
    };
    let mut options = HostOptions::default();
    for lane in [&mut options.limits.pure, &mut options.limits.io, &mut options.limits.batch] {
        (lane.parallel, lane.per_tenant) = (2, 2);
    }
    Host::new(options, ports).expect("the engine starts")
}

fn usage(plugin: &str, config: &str) -> PluginUse {
    let hosts = vec!["*".to_owned()];
    let secrets = [("hook_token".to_owned(), hosts.clone())].into();
    PluginUse {
        name: "test".to_owned(),
        plugin: plugin.into(),
        version: None,
        config: config.into(),
        live: false,
        role: Default::default(),
        grants: Grants { hosts, secrets, ..Grants::default() },
        sending: Sending::default(),
    }
}

const OLD: &str =
    r#"{"url": "https://api.example.com/m", "token": "t", "hook_token": "hook_token"}"#;
const NEW: &str = r#"{"token": "t", "webhook_secret": "hook_token"}"#;

fn answered(status: u16) -> [Response; 1] {
    [Response::Http {
        status,
        headers: Vec::new(),
        body: r#"{"ok":true,"result":{"message_id":7}}"#.into(),
    }]
}

#[test]
fn a_plugin_of_contract_0_1_conforms_and_keeps_its_vectors() {
    let away = tempfile::tempdir().expect("a folder");
    let folder = as_it_was(away.path());
    let Some(wasm) = old_plugin(&folder) else { return };
    let inspection = inspect(&wasm).expect("a plugin");
    assert_eq!(inspection.manifest.api, "0.1.0");
    assert!(inspection.imports.contains(&"kerros:channel/secret-mac@0.1.0".to_owned()));
    let report = test_plugin(&wasm, &folder);
    let vectors = report.cases.iter().filter(|case| case.suite.starts_with("vectors/")).count();
    assert!(report.is_ok() && vectors == 8, "{report}");
}

#[tokio::test]
async fn it_serves_beside_a_plugin_of_today() {
    let away = tempfile::tempdir().expect("a folder");
    let folder = as_it_was(away.path());
    let (Some(old), Some(new)) = (old_plugin(&folder), crate::plugin("channel/telegram")) else {
        return;
    };
    let host = host();
    let versions = [&old, &new.wasm].map(|wasm| host.load(wasm).expect("loads").manifest.api);
    assert_eq!(versions, ["0.1.0", "0.2.0"]);

    let tenant = TenantId::from("aurinko");
    let hook = |header: &str, body: &str| Raw {
        kind: "hook".into(),
        method: "POST".into(),
        headers: vec![(header.into(), "let me in".into())],
        body: body.into(),
        ..Raw::default()
    };
    let telegram = r#"{"update_id": 1, "message": {"message_id": 2, "date": 3, "text": "Hei",
        "chat": {"id": 5, "type": "private"}}}"#;
    for (plugin, raw, thread) in [
        (
            usage("channel/of-old", OLD),
            hook("x-token", r#"{"id":"1","from":"aino","text":"Hei"}"#),
            "aino",
        ),
        (usage("channel/telegram", NEW), hook("x-telegram-bot-api-secret-token", telegram), "5"),
    ] {
        let call = Call { tenant: &tenant, plugin: &plugin, trace: "t" };
        let Ok(Receipt::Accepted { events, .. }) = host.receive(call, &raw).await else {
            panic!("{} refused its own hook", plugin.plugin)
        };
        let [InboundEvent::Message(message)] = &events[..] else { panic!("{events:?}") };
        assert_eq!((message.thread(), message.text.as_str()), (Some(thread), "Hei"));
        let forged = Raw { headers: Vec::new(), ..raw };
        let receipt = host.receive(call, &forged).await;
        assert!(matches!(receipt, Ok(Receipt::Unauthorized { .. })), "{receipt:?}");

        let message = Outgoing {
            message_id: "msg_1".into(),
            recipient: thread.into(),
            text: "Terve".into(),
            ..Outgoing::default()
        };
        let first = host.send(call, &message, &[]).await;
        let Ok(Step::Perform { requests }) = first else { panic!("{first:?}") };
        let [Request::Http { method, body: Body::Text(body), .. }] = &requests[..] else {
            panic!("{requests:?}")
        };
        assert!(method == "POST" && body.contains("Terve"), "{requests:?}");
        let last = host.send(call, &message, &answered(200)).await;
        assert!(matches!(last, Ok(Step::Settled(Outcome::Delivered { .. }))), "{last:?}");
        let down = host.send(call, &message, &answered(503)).await;
        assert!(matches!(down, Ok(Step::Settled(Outcome::RetryAfter { .. }))), "{down:?}");
        let gone = host.fetch(call, "../x", &[]).await;
        assert!(matches!(gone, Ok(FetchStep::Gone { .. })), "{gone:?}");
    }
}

#[test]
fn a_contract_that_the_host_does_not_speak_is_told() {
    let away = tempfile::tempdir().expect("a folder");
    let folder = as_it_was(away.path());
    // The author claims another version than the code was built against.
    let manifest = fs::read_to_string(folder.join("plugin.toml")).expect("a manifest");
    fs::write(folder.join("plugin.toml"), manifest.replace("api = \"0.1\"", "api = \"0.2\""))
        .expect("written");
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/kerros-plugins-new");
    match build_dir(&folder, &target) {
        Err(BuildError::NoToolchain(reason)) => crate::no_compiler(&reason),
        Err(BuildError::Component { reason, .. }) => assert_eq!(
            reason,
            "exports kerros:channel/plugin@0.1.0; plugin.toml says api \"0.2.0\""
        ),
        other => panic!("{other:?}"),
    }
    // And a component whose manifest was written by hand.
    fs::write(folder.join("plugin.toml"), &manifest).expect("written");
    let Some(wasm) = old_plugin(&folder) else { return };
    for (claimed, expected) in [
        ("0.2.0", "not the contract kerros:channel@0.2.0"),
        ("0.3.0", "api is \"0.3.0\"; this host speaks kerros:channel@0.2.0 and @0.1.0"),
    ] {
        let claiming = replace(&wasm, b"\"api\":\"0.1.0\"", claimed);
        let LoadError::Refused { reason } = host().load(&claiming).expect_err("refused");
        let imports = reason.starts_with("imports kerros:channel/secret-mac@0.1.0");
        assert!(reason.contains(expected) || (claimed == "0.2.0" && imports), "{reason}");
    }
}

/// The same component with another version in its manifest, of the same length.
fn replace(wasm: &[u8], from: &[u8], version: &str) -> Vec<u8> {
    let place = wasm.windows(from.len()).position(|window| window == from).expect("the manifest");
    let mut wasm = wasm.to_vec();
    let at = place + from.len() - 1 - version.len();
    wasm[at..at + version.len()].copy_from_slice(version.as_bytes());
    wasm
}
