//! Which promises hold: asked of the SLA plugin whenever what they depend on has changed.

use std::collections::BTreeSet;

use kerros_domain::command::Command;
use kerros_domain::conversation::{Conversation, Priority, State};
use kerros_domain::id::{Language, LayerId, SegmentId, Tag};
use kerros_domain::policy::LayerKind;
use kerros_domain::sla::Owner;

use crate::ctx::Ctx;
use crate::draft::Draft;
use crate::ports::plugin::Call;
use crate::ports::sla::{Facts, LayerFacts};
use crate::tenant::Tenant;

/// No plugin sets more promises on one conversation.
const MOST: usize = 16;

/// What promises may depend on, and may change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Basis {
    priority: Priority,
    segment: Option<SegmentId>,
    language: Language,
    layer: LayerId,
    tags: BTreeSet<Tag>,
}

impl Basis {
    pub fn of(conversation: &Conversation) -> Self {
        Self {
            priority: conversation.priority,
            segment: conversation.segment.clone(),
            language: conversation.language.clone(),
            layer: conversation.layer.clone(),
            tags: conversation.tags.clone(),
        }
    }

    fn still_holds(&self, conversation: &Conversation) -> bool {
        self.priority == conversation.priority
            && self.segment == conversation.segment
            && self.language == conversation.language
            && self.layer == conversation.layer
            && self.tags == conversation.tags
    }
}

/// Asks the tenant's SLA plugin again if the facts have changed. A plugin that fails, or promises
/// what the tenant does not know, leaves the promises as they are.
pub(crate) async fn ask_again(ctx: &Ctx, draft: &mut Draft) {
    let unchanged =
        draft.basis.as_ref().is_some_and(|basis| basis.still_holds(&draft.conversation));
    if unchanged || draft.conversation.state == State::Closed {
        return;
    }
    let tenant = draft.tenant.clone();
    let Some(plugin) = &tenant.sla else { return };
    let call = Call { tenant: &tenant.policy.id, plugin, trace: &draft.trace };
    match ctx.slas.targets(call, &facts(&tenant, &draft.conversation)).await {
        Ok(mut targets) => {
            targets.truncate(MOST);
            if let Err(error) = draft.follow(Command::SetTargets { targets }) {
                tracing::warn!(tenant = %tenant.policy.id, %error, "promises refused");
            }
        }
        Err(error) => {
            tracing::warn!(tenant = %tenant.policy.id, %error, "promises stay as they were");
        }
    }
    draft.basis = Some(Basis::of(&draft.conversation));
}

pub(crate) fn kind_name(kind: LayerKind) -> &'static str {
    match kind {
        LayerKind::SelfService => "self_service",
        LayerKind::Personal => "personal",
        LayerKind::Expert => "expert",
    }
}

fn facts(tenant: &Tenant, conversation: &Conversation) -> Facts {
    let kind = tenant.policy.layer(&conversation.layer).map_or(LayerKind::Personal, |l| l.kind);
    Facts {
        channel: conversation.channel.to_string(),
        priority: match conversation.priority {
            Priority::Low => "low",
            Priority::Normal => "normal",
            Priority::High => "high",
            Priority::Urgent => "urgent",
        }
        .to_owned(),
        segment: conversation.segment.as_ref().map(ToString::to_string),
        language: conversation.language.to_string(),
        layer: conversation.layer.to_string(),
        layer_kind: kind_name(kind).to_owned(),
        layers: tenant
            .policy
            .layers
            .iter()
            .map(|layer| LayerFacts {
                id: layer.id.to_string(),
                kind: kind_name(layer.kind).to_owned(),
                owner: match layer.owner {
                    Owner::Vendor => "vendor",
                    Owner::Client => "client",
                }
                .to_owned(),
                calendar: layer.calendar.as_ref().map(ToString::to_string),
            })
            .collect(),
        tags: conversation.tags.iter().map(ToString::to_string).collect(),
    }
}
