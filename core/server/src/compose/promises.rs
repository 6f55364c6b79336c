//! Which promises are configured: asked of the SLA plugins, for any of them may be a third party's. Each
//! becomes a bucket edge, so that "answered within the promise" can be read from `/metrics` exactly.

use std::collections::BTreeSet;

use kerros_app::ports::plugin::Call;
use kerros_app::ports::sla::{Facts, LayerFacts, SlaPlugins};
use kerros_app::tenant::Tenant;
use kerros_domain::policy::LayerKind;
use kerros_domain::sla::Owner;

use crate::tenants::read::Read;

/// No more questions than this per tenant: a start must stay quick.
const MOST: usize = 600;

/// Seconds of every promise that the plugins give for any channel, priority, segment and layer.
pub async fn sample(slas: &dyn SlaPlugins, read: &[Read]) -> Seconds {
    let mut seconds = BTreeSet::new();
    for (tenant, _) in read.iter().filter_map(|one| one.tenant.as_ref()) {
        let Some(plugin) = &tenant.sla else { continue };
        let call = Call { tenant: &tenant.policy.id, plugin, trace: "start" };
        for facts in questions(tenant).take(MOST) {
            match slas.targets(call, &facts).await {
                Ok(targets) => seconds.extend(targets.into_iter().map(|target| target.within_s)),
                Err(error) => {
                    tracing::warn!(tenant = %tenant.policy.id, %error, "promises could not be asked for buckets");
                    break;
                }
            }
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "a promise is far shorter than 2^53 seconds")]
    seconds.into_iter().map(|within| within as f64).collect()
}

/// Seconds in rising order.
pub type Seconds = Vec<f64>;

fn questions(tenant: &Tenant) -> impl Iterator<Item = Facts> {
    let policy = &tenant.policy;
    let layers: Vec<LayerFacts> = policy
        .layers
        .iter()
        .map(|layer| LayerFacts {
            id: layer.id.to_string(),
            kind: kind(layer.kind).to_owned(),
            owner: owner(layer.owner).to_owned(),
            calendar: layer.calendar.as_ref().map(ToString::to_string),
        })
        .collect();
    let mut segments: Vec<Option<String>> = vec![None];
    segments.extend(policy.segments.iter().map(|segment| Some(segment.id.to_string())));
    let language = policy.languages.first().map(ToString::to_string).unwrap_or_default();
    let channels: Vec<String> = tenant.channels.keys().map(ToString::to_string).collect();
    let priorities = ["normal", "urgent", "high", "low"];
    let mut all = Vec::new();
    for priority in priorities {
        for layer in &layers {
            for channel in &channels {
                for segment in &segments {
                    all.push(Facts {
                        channel: channel.clone(),
                        priority: priority.to_owned(),
                        segment: segment.clone(),
                        language: language.clone(),
                        layer: layer.id.clone(),
                        layer_kind: layer.kind.clone(),
                        layers: layers.clone(),
                        tags: Vec::new(),
                    });
                }
            }
        }
    }
    all.into_iter()
}

const fn kind(kind: LayerKind) -> &'static str {
    match kind {
        LayerKind::SelfService => "self_service",
        LayerKind::Personal => "personal",
        LayerKind::Expert => "expert",
    }
}

const fn owner(owner: Owner) -> &'static str {
    match owner {
        Owner::Vendor => "vendor",
        Owner::Client => "client",
    }
}
