//! After a commit, in one place: figures from the entries, news for whoever looks, and the node's
//! own memory of what it wrote.

use kerros_domain::conversation::Conversation;
use kerros_domain::event::{Entry, Event};
use kerros_domain::policy::TenantPolicy;
use kerros_domain::sla::Target;
use kerros_domain::sla::took::Took;

use crate::ctx::Ctx;
use crate::draft::Draft;
use crate::ports::bus::{News, called_by};
use crate::ports::meter::Measure;

/// Tells everybody what was committed.
pub(crate) fn committed(ctx: &Ctx, draft: &Draft) {
    let (policy, conversation) = (&draft.tenant.policy, &draft.conversation);
    for entry in &draft.entries {
        measure(ctx, policy, conversation, entry);
    }
    let (tenant, channel) = (&conversation.tenant, &conversation.channel);
    for Took { metric, layer, ms } in &draft.took {
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52 ms")]
        let seconds = *ms as f64 / 1000.0;
        let metric = *metric;
        ctx.meter.record(Measure::Response { tenant, layer, channel, metric, seconds });
    }
    if draft.written_before == 0 && conversation.customer_messages > 0 {
        ctx.meter.record(Measure::Demand { tenant, channel });
    }
    ctx.recent.keep(conversation);
    ctx.boards.note(conversation);
    ctx.bus.publish(News::Conversation {
        tenant: conversation.tenant.clone(),
        conversation: conversation.id,
        channel: conversation.channel.clone(),
        thread: conversation.thread.clone(),
        seq: conversation.seq,
        state: conversation.state,
        layer: conversation.layer.clone(),
        assignee: conversation.assignee,
        called_by: called_by(&draft.entries),
    });
}

fn target(conversation: &Conversation, number: u32) -> Option<&Target> {
    conversation.targets.iter().find(|target| target.number == number)
}

fn measure(ctx: &Ctx, policy: &TenantPolicy, conversation: &Conversation, entry: &Entry) {
    let tenant = &policy.id;
    let channel = &conversation.channel;
    let record = |measure: Measure<'_>| ctx.meter.record(measure);
    let outcome = |number: u32, outcome: &'static str| {
        if let Some(target) = target(conversation, number) {
            let (owner, metric) = (target.spec.owner, target.spec.metric);
            ctx.meter.record(Measure::Target { tenant, owner, metric, outcome });
        }
    };
    match &entry.event {
        Event::Opened { .. } => {
            let first = conversation.entered.first().unwrap_or(&conversation.layer);
            record(Measure::Opened { tenant, layer: first, channel });
        }
        Event::Entered { layer, .. } => record(Measure::Entered { tenant, layer }),
        Event::Escalated { briefing } => {
            record(Measure::Escalated { tenant, from: &briefing.from, to: &briefing.to });
        }
        Event::HandedBack { from, missing_facts, .. } => {
            record(Measure::HandedBack { tenant, from, missing_facts: *missing_facts });
        }
        Event::Resolved { layer, solved } => {
            record(Measure::Resolved { tenant, layer, channel, solved: *solved });
        }
        Event::Reopened => {
            record(Measure::Reopened { tenant, layer: &conversation.layer });
        }
        Event::TargetWarned { number } => outcome(*number, "warned"),
        Event::TargetBreached { number, .. } => outcome(*number, "breached"),
        Event::TargetMet { number, .. } => outcome(*number, "met"),
        _ => {}
    }
}
