//! How many mails a contact gets from machines. Two machines that answer each other without a word in their heads
//! that says so would go on for ever: here they end, and people see it.

use kerros_domain::conversation::Conversation;

use crate::ctx::Ctx;
use crate::ports::store::StoreError;
use crate::tenant::{Takes, Tenant};

const DAY_MS: i64 = 24 * 3_600_000;

/// Whether the contact of a conversation by mail got as many automatic mails in the last 24 hours as the tenant
/// sends in a day, bots' answers and notices together. Elsewhere there is no end: who chats with a bot gets answers.
pub(crate) async fn is_enough(
    ctx: &Ctx,
    tenant: &Tenant,
    conversation: &Conversation,
) -> Result<bool, StoreError> {
    if !is_by_mail(tenant, conversation) {
        return Ok(false);
    }
    let most = tenant.manners.automatic_mails_a_day;
    let since = ctx.now().plus_millis(-DAY_MS);
    let (tenant, contact) = (&conversation.tenant, conversation.contact);
    let written = ctx.store.automatic_since(tenant, contact, since, most).await?;
    if written >= most {
        tracing::warn!(%tenant, conversation = %conversation.id, most, "no more automatic mails today");
    }
    Ok(written >= most)
}

/// Whether it goes on by mail: its thread is named by its first mail, or its channel's answers go by one that takes
/// mail addresses, as a form's do.
fn is_by_mail(tenant: &Tenant, conversation: &Conversation) -> bool {
    let answers = || {
        let own = tenant.channels.get(&conversation.channel)?;
        tenant.channels.get(own.sending.answers_via.as_ref()?)
    };
    conversation.thread.starts_with(MAIL)
        || answers().is_some_and(|used| used.sending.takes == Some(Takes::Mail))
}

/// How the thread of a conversation by mail begins.
pub(crate) const MAIL: &str = "mail:";
