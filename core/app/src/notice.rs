//! The notice to a customer whose conversation waits for a closed layer to open.

use kerros_domain::about::{About, Purpose};
use kerros_domain::command::Command;
use kerros_domain::conversation::State;
use kerros_domain::event::Event;
use kerros_domain::id::{Language, MessageId};
use kerros_domain::message::{Author, Message, Visibility};
use kerros_domain::policy::LayerKind;
use kerros_domain::time::Timestamp;

use crate::ctx::Ctx;
use crate::draft::{Draft, NewMessage};
use crate::fingerprint;
use crate::ports::store::{Filter, Order, Scope, StoreError};
use crate::tenant::Tenant;
use crate::{automatic, calendar_day};

/// Adds the notice if the conversation has just begun to wait for a layer of first-hand service.
///
/// A machine gets none, and nobody whose last mail came long after it was written. In the widget it comes once per waiting period: its id follows from the
/// conversation, the layer and the opening. Where it is a message of its own, a mail say, it comes once
/// in a conversation, and only in so many of a contact's conversations a day: two machines that answer
/// each other end there.
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
    if !first_hand || conversation.state != State::OutOfHours {
        return Ok(());
    }
    let live = draft.tenant.channels.get(&conversation.channel).is_some_and(|channel| channel.live);
    let machine = draft.messages.iter().any(|message| message.about.automatic.is_some());
    if machine || conversation.call.is_some() || (!live && conversation.told_closed) {
        return Ok(());
    }
    if !live && told_today(ctx, draft).await? >= draft.tenant.manners.closed_answers_a_day as usize
    {
        return Ok(());
    }
    if is_late(ctx, draft).await?
        || automatic::is_enough(ctx, &draft.tenant, &draft.conversation).await?
    {
        return Ok(());
    }
    let conversation = &draft.conversation;
    let Some(text) = text(ctx, &draft.tenant, &conversation.language, until, draft.now) else {
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
        about: About { purpose: Purpose::Automatic, ..About::default() },
        details: Default::default(),
    };
    if let Err(error) = draft.follow(Command::TellClosed) {
        tracing::warn!(conversation = %draft.conversation.id, %error, "no closed notice");
    }
    if let Err(error) = draft.say(ctx, notice) {
        tracing::warn!(conversation = %draft.conversation.id, %error, "no closed notice");
    }
    Ok(())
}

/// Whether what the customer wrote last came long after it was written.
async fn is_late(ctx: &Ctx, draft: &Draft) -> Result<bool, StoreError> {
    let by_customer = |message: &&Message| message.author == Author::Contact;
    if let Some(message) = draft.messages.iter().rfind(by_customer) {
        return Ok(message.about.late);
    }
    if draft.is_new() {
        return Ok(false);
    }
    let scope = Scope::One(draft.conversation.tenant.clone());
    let last = ctx.store.last_messages(&scope, draft.conversation.id, LOOKED_AT).await?;
    Ok(last.iter().rfind(by_customer).is_some_and(|message| message.about.late))
}

/// Messages among which the customer's last one is looked for.
const LOOKED_AT: u32 = 20;

/// In how many of the contact's conversations of the last day the notice was given.
async fn told_today(ctx: &Ctx, draft: &Draft) -> Result<usize, StoreError> {
    let conversation = &draft.conversation;
    let filter = Filter {
        states: State::ALL.to_vec(),
        contact: Some(conversation.contact),
        tenant: Some(conversation.tenant.clone()),
        opened_from: Some(draft.now.plus_millis(-24 * 3_600_000)),
        order: Order::Newest,
        limit: 50,
        ..Filter::default()
    };
    let scope = Scope::One(conversation.tenant.clone());
    let others = ctx.store.list(&scope, &filter).await?;
    let told = others.into_iter().map(|row| row.conversation).filter(|other| other.told_closed);
    Ok(told.filter(|other| other.id != conversation.id).count())
}

/// The tenant's text in the customer's language, else in the tenant's first one.
fn text(
    ctx: &Ctx,
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
    let help = format!("{}/help/{}/{language}", ctx.base_url, tenant.policy.id);
    Some(text.replace("{opens}", &opens).replace("{help}", &help))
}
