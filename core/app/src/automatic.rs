//! How many mails a contact gets from machines. Two machines that answer each other without a word in their heads
//! that says so would go on for ever: here they end, and people see it.

use kerros_domain::conversation::Conversation;

use crate::ctx::Ctx;
use crate::ports::store::StoreError;
use crate::tenant::Tenant;

const DAY_MS: i64 = 24 * 3_600_000;

/// Whether the contact of a conversation by mail got as many automatic mails in the last 24 hours as the tenant
/// sends in a day, bots' answers and notices together. Elsewhere there is no end: who chats with a bot gets answers.
pub(crate) async fn is_enough(
    ctx: &Ctx,
    tenant: &Tenant,
    conversation: &Conversation,
) -> Result<bool, StoreError> {
    if !is_by_mail(conversation) {
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

/// Whether it goes on by mail: then its thread is named by its first mail.
fn is_by_mail(conversation: &Conversation) -> bool {
    conversation.thread.starts_with(MAIL)
}

/// How the thread of a conversation by mail begins.
pub(crate) const MAIL: &str = "mail:";
