//! The people of the caller's tenants.

use crate::caller::Caller;
use crate::ctx::Ctx;
use crate::error::Error;
use crate::ports::store::User;

/// Everybody in the caller's tenants who may log in, by name, with their places in those tenants only: where
/// else a vendor's agent works is no client's business.
///
/// # Errors
/// `Unavailable` without a database.
pub async fn colleagues(ctx: &Ctx, caller: &Caller) -> Result<Vec<User>, Error> {
    let mut people = ctx.store.users(&caller.scope()).await?;
    people.retain(|person| person.active);
    for person in &mut people {
        person.memberships.retain(|place| caller.membership(&place.tenant).is_some());
    }
    people.sort_by(|a, b| a.name.cmp(&b.name).then(a.id.cmp(&b.id)));
    Ok(people)
}
