//! One conversation with everything around it, as the console opens it.

use std::collections::BTreeMap;
use std::sync::Arc;

use kerros_domain::conversation::{Conversation, State};
use kerros_domain::id::{ConversationId, UserId};
use kerros_domain::message::{Author, Message};

use crate::caller::Caller;
use crate::ctx::Ctx;
use crate::error::Error;
use crate::ports::store::{Contact, Filter, Order, Scope};
use crate::tenant::Tenant;

/// How many messages are shown at once; earlier ones are asked for by sequence.
const MESSAGES: u32 = 500;
/// How many other conversations of the contact are shown.
const OTHERS: u32 = 20;

/// One conversation with everything around it.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The conversation.
    pub conversation: Conversation,
    /// Who writes; `None` if the contact is gone.
    pub contact: Option<Contact>,
    /// The last messages, oldest first.
    pub messages: Vec<Message>,
    /// The tenant as configured now.
    pub tenant: Arc<Tenant>,
    /// The contact's other conversations that the caller may read, newest first.
    pub others: Vec<Conversation>,
    /// The name of whoever has it.
    pub assignee_name: Option<String>,
    /// Names of everybody in the messages, and of the tenant's people.
    pub names: BTreeMap<UserId, String>,
    /// Whether the caller may change it.
    pub may_act: bool,
}

/// One conversation the caller may read.
///
/// # Errors
/// `NotFound` outside the caller's sight.
pub async fn conversation(
    ctx: &Ctx,
    caller: &Caller,
    id: ConversationId,
) -> Result<Conversation, Error> {
    let found = ctx.store.conversation(&caller.scope(), id).await?;
    found.filter(|found| caller.may_read(found)).ok_or(Error::NotFound)
}

/// The conversation with everything around it.
///
/// # Errors
/// `NotFound` outside the caller's sight.
pub async fn show(ctx: &Ctx, caller: &Caller, id: ConversationId) -> Result<Shown, Error> {
    let conversation = conversation(ctx, caller, id).await?;
    let tenant = ctx.tenant(&conversation.tenant)?;
    let scope = Scope::One(conversation.tenant.clone());
    let others = Filter {
        states: State::ALL.to_vec(),
        contact: Some(conversation.contact),
        tenant: Some(conversation.tenant.clone()),
        order: Order::Newest,
        limit: OTHERS + 1,
        ..Filter::default()
    };
    let (contact, messages, others, people) = futures::try_join!(
        ctx.store.contact(&scope, conversation.contact),
        ctx.store.last_messages(&scope, id, MESSAGES),
        ctx.store.list(&scope, &others),
        ctx.store.users(&scope),
    )?;
    let mut names: BTreeMap<UserId, String> =
        people.into_iter().map(|person| (person.id, person.name)).collect();
    let writers = messages.iter().filter_map(|message| match message.author {
        Author::Person { user } => Some(user),
        _ => None,
    });
    let gone: Vec<UserId> =
        writers.chain(conversation.assignee).filter(|user| !names.contains_key(user)).collect();
    for user in gone {
        if !names.contains_key(&user)
            && let Some(person) = ctx.store.user(user).await?
        {
            names.insert(user, person.name);
        }
    }
    Ok(Shown {
        assignee_name: conversation.assignee.and_then(|user| names.get(&user).cloned()),
        others: others
            .into_iter()
            .map(|row| row.conversation)
            .filter(|other| other.id != id && caller.may_read(other))
            .take(OTHERS as usize)
            .collect(),
        may_act: caller.may_act(&conversation),
        conversation,
        contact,
        messages,
        tenant,
        names,
    })
}
