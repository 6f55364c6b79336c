//! Guests built from the frozen contracts run on this host, and a contract in force is still its frozen text.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use kerros_app::ports::bot::{BotPlugins as _, Trigger, Turn};
use kerros_app::ports::plugin::{Call, PluginError};
use kerros_app::ports::report::{FactSource, Period, ReportPlugins as _};
use kerros_app::ports::sla::{Facts, SlaPlugins as _};
use kerros_domain::id::TenantId;
use kerros_host::{HostOptions, Kind};

use crate::guests::{asking_bot, frozen_component, manifest, report, sla, tagger};
use crate::ports::{Known, Outside, conversation, limits, stand, usage};

#[test]
fn a_contract_in_force_is_changed_by_a_new_version_only() {
    let wit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sdk/wit");
    for name in ["base", "bot", "tagger", "sla", "report"] {
        let read = |folder: String| {
            std::fs::read_to_string(wit.join(folder).join(format!("{name}.wit"))).expect("a text")
        };
        let now = read(name.to_owned());
        let version = now.split(&format!("package kerros:{name}@")).nth(1);
        let version = version.and_then(|rest| rest.split(';').next()).expect("a version");
        assert_eq!(
            now,
            read(format!("frozen/{name}-{version}")),
            "plugins in the field were built against kerros:{name}@{version}: give the change a new version"
        );
    }
}

struct Nothing;

#[async_trait]
impl FactSource for Nothing {
    async fn facts(&self, name: &str) -> Result<String, PluginError> {
        Err(PluginError::Invalid { message: name.to_owned() })
    }
}

#[tokio::test]
async fn a_guest_of_every_frozen_contract_runs() {
    let options = HostOptions { limits: limits(), ..HostOptions::default() };
    let stand = stand(options, Known::default(), Outside::Answers(200));
    for (kind, module) in [
        (Kind::Bot, asking_bot("")),
        (Kind::Tagger, tagger("")),
        (Kind::Sla, sla()),
        (Kind::Report, report()),
    ] {
        let folder = format!("frozen/{kind}-0.1.0");
        let bytes = frozen_component(&folder, kind, &module, &manifest(kind, "old"));
        stand.host.load(&bytes).expect("an old guest loads");
    }
    let tenant = TenantId::from("aurinko");
    let (bot, sla, report) =
        (usage(Kind::Bot, "old"), usage(Kind::Sla, "old"), usage(Kind::Report, "old"));
    let call = |plugin| Call { tenant: &tenant, plugin, trace: "t" };

    let turn = Turn {
        trigger: Trigger::Message,
        conversation: conversation("hello"),
        state: None,
        now_ms: 0,
        layers: Vec::new(),
    };
    assert_eq!(stand.host.turn(call(&bot), &turn).await.expect("a turn").actions.len(), 1);
    assert_eq!(stand.tag("aurinko", "old").await.expect("tags").len(), 1);
    let facts = Facts {
        channel: "chat".into(),
        priority: "normal".into(),
        segment: None,
        language: "en".into(),
        layer: "first-line".into(),
        layer_kind: "personal".into(),
        layers: Vec::new(),
        tags: Vec::new(),
    };
    assert_eq!(stand.host.targets(call(&sla), &facts).await, Ok(Vec::new()));
    let period: Period = serde_json::from_value(serde_json::json!({
        "month": "2026-11", "from_ms": 0, "to_ms": 1, "time_zone": "UTC", "language": "en",
        "tenant_title": "Aurinko",
    }))
    .expect("a period");
    assert_eq!(
        stand.host.build(call(&report), &period, Arc::new(Nothing)).await,
        Err(PluginError::Permanent { message: "never".into() })
    );
}
