//! One contact, as its tenant's people see it.

use kerros_domain::conversation::State;
use kerros_domain::id::ContactId;

use crate::caller::Caller;
use crate::ctx::Ctx;
use crate::error::Error;
use crate::ports::store::{Contact, Filter, Order, Role};

/// How many of a contact's newest conversations are looked through for one that an expert may read.
const LOOK_THROUGH: u32 = 200;

/// A contact of the caller's tenants; an expert sees only who wrote something they may read.
///
/// # Errors
/// `NotFound` outside the caller's sight.
pub async fn contact(ctx: &Ctx, caller: &Caller, id: ContactId) -> Result<Contact, Error> {
    let scope = caller.scope();
    let contact = ctx.store.contact(&scope, id).await?.ok_or(Error::NotFound)?;
    if caller.user.role == Role::Expert {
        let filter = Filter {
            states: State::ALL.to_vec(),
            contact: Some(id),
            order: Order::Newest,
            limit: LOOK_THROUGH,
            ..Filter::default()
        };
        let rows = ctx.store.list(&scope, &filter).await?;
        if !rows.iter().any(|row| caller.may_read(&row.conversation)) {
            return Err(Error::NotFound);
        }
    }
    Ok(contact)
}
