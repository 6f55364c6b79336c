//! The notice to a customer whose conversation waits for a closed layer to open.

use kerros_domain::event::Event;
use kerros_domain::id::{Language, MessageId};
use kerros_domain::message::{Author, Visibility};
use kerros_domain::policy::LayerKind;
use kerros_domain::time::Timestamp;

use crate::calendar_day;
use crate::ctx::Ctx;
use crate::draft::{Draft, NewMessage};
use crate::fingerprint;
use crate::ports::store::{Scope, StoreError};
use crate::tenant::Tenant;

/// Adds the notice if the conversation has just begun to wait for a layer of first-hand service. Once
/// per waiting period: its id follows from the conversation, the layer and the opening.
pub(crate) async fn if_closed(ctx: &Ctx, draft: &mut Draft) -> Result<(), StoreError> {
    let waits = draft.entries.iter().rev().find_map(|entry| match &entry.event {
        Event::Waits { until } => Some(*until),
        _ => None,
    });
    let Some(until) = waits else { return Ok(()) };
    let conversation = &draft.conversation;
    let first_hand = draft
        .tenant
        .policy
        .layer(&conversation.layer)
        .is_some_and(|layer| layer.kind == LayerKind::Personal);
    if !first_hand || conversation.state != kerros_domain::conversation::State::OutOfHours {
        return Ok(());
    }
    let Some(text) = text(&draft.tenant, &conversation.language, until, draft.now) else {
        return Ok(());
    };
    let id = MessageId(fingerprint::id(&[
        b"closed",
        conversation.id.0.as_bytes(),
        conversation.layer.as_str().as_bytes(),
        &until.map_or(0, |at| at.0).to_be_bytes(),
    ]));
    if !draft.is_new() {
        let scope = Scope::One(conversation.tenant.clone());
        if ctx.store.message(&scope, id).await?.is_some() {
            return Ok(());
        }
    }
    let notice = NewMessage {
        id,
        author: Author::System,
        visibility: Visibility::Public,
        text,
        parts: Vec::new(),
        external_id: None,
        at: draft.now,
    };
    if let Err(error) = draft.say(ctx, notice) {
        tracing::warn!(conversation = %draft.conversation.id, %error, "no closed notice");
    }
    Ok(())
}

/// The tenant's text in the customer's language, else in the tenant's first one.
fn text(
    tenant: &Tenant,
    language: &Language,
    until: Option<Timestamp>,
    now: Timestamp,
) -> Option<String> {
    let (language, text) = tenant.closed_notice.get_key_value(language).or_else(|| {
        tenant.policy.languages.first().and_then(|first| tenant.closed_notice.get_key_value(first))
    })?;
    let zone = &tenant.policy.time_zone;
    let opens = until.map_or_else(String::new, |at| {
        calendar_day::opening_text(language.as_str(), at, now, zone)
    });
    Some(text.replace("{opens}", &opens))
}
