//! Takes fetched mails in: many in one commit, together with the position of their mailbox.

use futures::future::join_all;
use kerros_domain::id::ChannelId;

use super::{AcceptError, Prepared, prepare};
use crate::change;
use crate::ctx::Ctx;
use crate::ports::mail::{Fetched, MailPosition};
use crate::ports::meter::Measure;
use crate::ports::store::{Changes, Scope, StoreError};

/// What became of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailTaken {
    /// It is stored for good and will be read.
    Taken,
    /// It was known already, or its channel has nothing to do with it.
    Known,
    /// Its channel says that it is none. Nothing of it is stored, so it must stay where it is.
    Refused(String),
}

/// Takes mails in, with the position that stands for them; one answer for each mail, in their order. Without a
/// mail only the position is written.
///
/// # Errors
/// [`AcceptError`]; then not all is stored, the position is not, and the same mails may be brought again.
pub async fn accept_mails(
    ctx: &Ctx,
    channel: &ChannelId,
    mails: Vec<Fetched>,
    position: MailPosition,
) -> Result<Vec<MailTaken>, AcceptError> {
    let tenant = position.tenant.clone();
    let config = ctx.tenants.get(&tenant).ok_or(AcceptError::UnknownChannel)?;
    let plugin = config.channels.get(channel).ok_or(AcceptError::UnknownChannel)?;
    let read =
        mails.iter().map(|mail| prepare(ctx, &tenant, channel, plugin, &mail.raw, Some(mail)));
    let read = join_all(read).await;
    let mut taken = Vec::with_capacity(read.len());
    let mut units: Vec<(usize, Changes)> = Vec::new();
    for one in read {
        taken.push(match one {
            Ok(Prepared::Nothing { .. }) => MailTaken::Known,
            Ok(Prepared::Changes { changes, .. }) => {
                units.push((taken.len(), *changes));
                MailTaken::Taken
            }
            Err(AcceptError::Malformed(why)) => MailTaken::Refused(why),
            Err(AcceptError::Unauthorized) => MailTaken::Refused("not genuine".to_owned()),
            Err(error) => return Err(error),
        });
    }
    let traces: Vec<(usize, String)> = units
        .iter()
        .filter_map(|(number, changes)| Some((*number, changes.jobs.first()?.trace.clone())))
        .collect();
    for known in commit(ctx, units, position).await? {
        taken[known] = MailTaken::Known;
    }
    for (number, trace) in traces {
        if taken[number] == MailTaken::Taken {
            tracing::info!(%tenant, %channel, trace, "taken in");
        }
    }
    for one in &taken {
        let outcome = match one {
            MailTaken::Taken => "accepted",
            MailTaken::Known => "duplicate",
            MailTaken::Refused(_) => "malformed",
        };
        ctx.meter.record(Measure::Inbound { tenant: &tenant, channel, outcome });
    }
    Ok(taken)
}

/// Commits all at once; if one is known already, each by itself, and the position last: until it is there, a
/// crash only means that the same mails are brought and known. Gives the numbers of those known.
async fn commit(
    ctx: &Ctx,
    units: Vec<(usize, Changes)>,
    position: MailPosition,
) -> Result<Vec<usize>, AcceptError> {
    let scope = Scope::One(position.tenant.clone());
    let mut all = Changes { mail_positions: vec![position.clone()], ..Changes::default() };
    for (_, changes) in &units {
        all.inbound.extend(changes.inbound.iter().cloned());
        all.jobs.extend(changes.jobs.iter().cloned());
    }
    let unavailable = |error: StoreError| {
        tracing::warn!(tenant = %position.tenant, mailbox = position.mailbox, %error, "mails not taken in");
        AcceptError::Unavailable
    };
    match change::commit(ctx, &scope, all).await {
        Ok(()) => return Ok(Vec::new()),
        Err(StoreError::Duplicate) => {}
        Err(error) => return Err(unavailable(error)),
    }
    let mut known = Vec::new();
    for (number, changes) in units {
        match change::commit(ctx, &scope, changes).await {
            Ok(()) => {}
            Err(StoreError::Duplicate) => known.push(number),
            Err(error) => return Err(unavailable(error)),
        }
    }
    let last = Changes { mail_positions: vec![position.clone()], ..Changes::default() };
    change::commit(ctx, &scope, last).await.map_err(unavailable)?;
    Ok(known)
}
