//! SLA plugins: which promises hold for a conversation. Pure lane.

use async_trait::async_trait;
use kerros_app::ports::plugin::{Call, PluginError};
use kerros_app::ports::sla::{Facts, SlaPlugins};
use kerros_domain::id::{CalendarId, LayerId};
use kerros_domain::sla::{Metric, Owner, PauseOn, TargetSpec};

use crate::contract::{at_most, breach, opt_name};
use crate::ended::Ended;
use crate::host::Host;
use crate::kind::{Code, Kind};
use crate::state::CallState;
use crate::warm::instance;

pub(crate) mod bindings {
    wasmtime::component::bindgen!({
        path: ["../../sdk/wit/base", "../../sdk/wit/sla"],
        world: "kerros:sla/sla",
        with: { "kerros:base": crate::base::kerros::base },
        imports: { default: trappable },
    });
}

pub(crate) mod wit {
    pub(crate) use super::bindings::kerros::sla::types::*;
}

impl wit::Host for CallState {}

/// Most promises in one answer.
const TARGETS: usize = 32;
/// Longest promise: ten years.
const WITHIN_S: u64 = 10 * 366 * 86_400;

#[async_trait]
impl SlaPlugins for Host {
    async fn targets(&self, call: Call<'_>, facts: &Facts) -> Result<Vec<TargetSpec>, PluginError> {
        self.call(Kind::Sla, "targets", call, |code, store| {
            let Code::Sla(pre) = code else { return breach("not an sla plugin") };
            let sla = instance(store, |store| pre.instantiate(store))?;
            let found = sla.kerros_sla_plugin().call_targets(
                store,
                &call.plugin.config,
                &lower(facts),
            )??;
            lift(found, facts)
        })
        .await
    }
}

fn lower(facts: &Facts) -> wit::Facts {
    wit::Facts {
        channel: facts.channel.clone(),
        priority: facts.priority.clone(),
        segment: facts.segment.clone(),
        language: facts.language.clone(),
        layer: facts.layer.clone(),
        layer_kind: facts.layer_kind.clone(),
        layers: facts
            .layers
            .iter()
            .map(|layer| wit::Layer {
                id: layer.id.clone(),
                kind: layer.kind.clone(),
                owner: layer.owner.clone(),
                calendar: layer.calendar.clone(),
                extra: Vec::new(),
            })
            .collect(),
        tags: facts.tags.clone(),
        extra: Vec::new(),
    }
}

fn lift(found: Vec<wit::Target>, facts: &Facts) -> Result<Vec<TargetSpec>, Ended> {
    at_most("targets", &found, TARGETS)?;
    found.into_iter().map(|target| spec(target, facts)).collect()
}

fn spec(target: wit::Target, facts: &Facts) -> Result<TargetSpec, Ended> {
    let metric = match target.metric {
        wit::Metric::FirstResponse => Metric::FirstResponse,
        wit::Metric::NextResponse => Metric::NextResponse,
        wit::Metric::Resolution => Metric::Resolution,
        wit::Metric::Other(_) => {
            return breach("a target has a metric that this host does not know");
        }
    };
    let owner = match target.owner {
        wit::Owner::Vendor => Owner::Vendor,
        wit::Owner::Client => Owner::Client,
        wit::Owner::Other(_) => {
            return breach("a target has an owner that this host does not know");
        }
    };
    let mut pause_on = Vec::new();
    for pause in target.pause_on {
        let pause = match pause {
            wit::PauseOn::Pending => PauseOn::Pending,
            wit::PauseOn::OtherOwner => PauseOn::OtherOwner,
            wit::PauseOn::Other(_) => {
                return breach("a target pauses on what this host does not know");
            }
        };
        if !pause_on.contains(&pause) {
            pause_on.push(pause);
        }
    }
    if !(1..=WITHIN_S).contains(&target.within_s) {
        return breach(format!(
            "a target is {} s long; 1 to {WITHIN_S} are allowed",
            target.within_s
        ));
    }
    if target.warn_at.is_some_and(|percent| !(1..=99).contains(&percent)) {
        return breach("a target warns outside of 1 to 99 percent");
    }
    let layer = opt_name("a target's layer", target.layer, 64)?;
    if let Some(layer) = &layer
        && !facts.layers.iter().any(|known| &known.id == layer)
    {
        return breach("a target names a layer that the tenant does not have");
    }
    Ok(TargetSpec {
        metric,
        owner,
        within_s: target.within_s,
        calendar: opt_name("a target's calendar", target.calendar, 64)?.map(CalendarId::from),
        pause_on,
        warn_at: target.warn_at,
        layer: layer.map(LayerId::from),
    })
}

#[cfg(test)]
mod tests {
    use kerros_app::ports::sla::{Facts, LayerFacts};

    use super::{WITHIN_S, lift, wit};
    use crate::ended::Ended;

    fn facts() -> Facts {
        let layer = LayerFacts {
            id: "first-line".to_owned(),
            kind: "personal".to_owned(),
            owner: "vendor".to_owned(),
            calendar: None,
        };
        Facts {
            channel: "chat".to_owned(),
            priority: "normal".to_owned(),
            segment: None,
            language: "fi".to_owned(),
            layer: "first-line".to_owned(),
            layer_kind: "personal".to_owned(),
            layers: vec![layer],
            tags: Vec::new(),
        }
    }

    fn target() -> wit::Target {
        wit::Target {
            metric: wit::Metric::FirstResponse,
            owner: wit::Owner::Vendor,
            within_s: 60,
            calendar: Some("office".to_owned()),
            pause_on: vec![wit::PauseOn::Pending, wit::PauseOn::Pending],
            warn_at: Some(80),
            layer: Some("first-line".to_owned()),
            extra: vec![("later".to_owned(), "1".to_owned())],
        }
    }

    #[test]
    fn promises_are_sane_or_refused() {
        let known = lift(vec![target()], &facts()).expect("sane");
        assert_eq!(known[0].pause_on.len(), 1, "said twice is said once");
        type Spoil = fn(&mut wit::Target);
        let faulty: Vec<(&str, Spoil)> = vec![
            ("is 0 s long", |t| t.within_s = 0),
            ("s long", |t| t.within_s = WITHIN_S + 1),
            ("outside of 1 to 99", |t| t.warn_at = Some(0)),
            ("outside of 1 to 99", |t| t.warn_at = Some(100)),
            ("layer that the tenant does not have", |t| t.layer = Some("theirs".to_owned())),
            ("layer is empty", |t| t.layer = Some(String::new())),
            ("calendar is empty", |t| t.calendar = Some(String::new())),
            ("a metric", |t| t.metric = wit::Metric::Other("x".to_owned())),
            ("an owner", |t| t.owner = wit::Owner::Other("x".to_owned())),
            ("pauses on", |t| t.pause_on = vec![wit::PauseOn::Other("x".to_owned())]),
        ];
        for (expected, spoil) in faulty {
            let mut target = target();
            spoil(&mut target);
            let Err(Ended::Breach(message)) = lift(vec![target], &facts()) else {
                panic!("{expected}: accepted")
            };
            assert!(message.contains(expected), "{message}");
        }
        assert!(lift(vec![target(); 33], &facts()).is_err(), "33 promises");
    }
}
