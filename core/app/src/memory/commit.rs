//! Commits: everything is checked first, then everything is written.

use std::collections::HashSet;

use async_trait::async_trait;
use kerros_domain::id::TenantId;

use super::{JobRow, Memory, Row, Rows};
use crate::ports::store::{Changes, Commits, End, JobEnd, Scope, StoreError};

#[async_trait]
impl Commits for Memory {
    async fn commit(&self, scope: &Scope, changes: Changes) -> Result<(), StoreError> {
        // As with a database, others get their turn before a commit is done.
        tokio::task::yield_now().await;
        let mut rows = self.rows()?;
        if rows.conflicts > 0 && !changes.conversations.is_empty() {
            rows.conflicts -= 1;
            return Err(StoreError::Conflict);
        }
        check(&rows, scope, &changes)?;
        write(&mut rows, changes);
        rows.commits += 1;
        Ok(())
    }
}

fn refused(why: &str) -> StoreError {
    StoreError::Refused(why.to_owned())
}

fn check(rows: &Rows, scope: &Scope, changes: &Changes) -> Result<(), StoreError> {
    let inside = |tenant: &TenantId| {
        if scope.holds(tenant) { Ok(()) } else { Err(refused("another tenant's row")) }
    };
    let mut keys = HashSet::new();
    for inbound in &changes.inbound {
        inside(&inbound.tenant)?;
        let key = (inbound.tenant.clone(), inbound.channel.clone(), inbound.key.clone());
        if rows.inbound.contains_key(&key) || !keys.insert(key) {
            return Err(StoreError::Duplicate);
        }
    }
    for contact in &changes.contacts {
        inside(&contact.tenant)?;
        if rows.contacts.get(&contact.id).is_some_and(|known| known.tenant != contact.tenant) {
            return Err(refused("a contact does not move between tenants"));
        }
        for (channel, address) in &contact.addresses {
            let key = (contact.tenant.clone(), channel.clone(), address.clone());
            if rows.addresses.get(&key).is_some_and(|known| *known != contact.id) {
                return Err(StoreError::Conflict);
            }
        }
    }
    check_conversations(rows, changes, &inside)?;
    for position in &changes.mail_positions {
        inside(&position.tenant)?;
    }
    for job in &changes.jobs {
        inside(&job.tenant)?;
        if rows.jobs.contains_key(&job.id) {
            return Err(StoreError::Duplicate);
        }
    }
    for end in &changes.job_ends {
        let held = rows.jobs.get(&end.id).filter(|row| {
            !row.dead && row.job.lease.as_ref().is_some_and(|lease| lease.owner == end.owner)
        });
        let Some(row) = held else { return Err(StoreError::Conflict) };
        inside(&row.job.tenant)?;
    }
    Ok(())
}

fn check_conversations(
    rows: &Rows,
    changes: &Changes,
    inside: &dyn Fn(&TenantId) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    for write in &changes.conversations {
        inside(&write.row.tenant)?;
        let known = rows.conversations.get(&write.row.id).map(|row| &row.conversation);
        if known.is_some_and(|known| known.tenant != write.row.tenant) {
            return Err(refused("a conversation does not move between tenants"));
        }
        if known.map_or(0, |known| known.seq) != write.expected_seq {
            return Err(StoreError::Conflict);
        }
        let own = changes.entries.iter().filter(|entry| entry.conversation == write.row.id);
        let mut seq = write.expected_seq;
        for entry in own {
            seq += 1;
            if entry.seq != seq {
                return Err(refused("the journal has a gap"));
            }
        }
        if seq != write.row.seq {
            return Err(refused("the row is not what its journal says"));
        }
    }
    let written = |id| changes.conversations.iter().find(|write| write.row.id == id);
    if changes.entries.iter().any(|entry| written(entry.conversation).is_none()) {
        return Err(refused("an entry without its conversation"));
    }
    for message in &changes.messages {
        if written(message.conversation).is_none() {
            return Err(refused("a message without its conversation"));
        }
        if rows.messages.contains_key(&message.id) {
            // As the databases say it: somebody was quicker.
            return Err(StoreError::Conflict);
        }
    }
    for (message, _) in &changes.details {
        if !changes.messages.iter().any(|new| new.id == *message) {
            return Err(refused("details without their message"));
        }
    }
    let with_conversation = changes
        .participants
        .iter()
        .map(|(conversation, _)| conversation)
        .chain(changes.case_threads.iter().map(|case| &case.conversation));
    for conversation in with_conversation {
        if written(*conversation).is_none() {
            return Err(refused("a participant or a case without its conversation"));
        }
    }
    for take in &changes.files {
        inside(&take.tenant)?;
    }
    for update in &changes.abouts {
        inside(&update.tenant)?;
        if !rows.messages.contains_key(&update.id) {
            return Err(refused("no such message"));
        }
    }
    for update in &changes.message_updates {
        inside(&update.tenant)?;
        let known = rows.messages.get(&update.id).map(|message| message.conversation);
        let owner = known.and_then(|id| rows.conversations.get(&id));
        if owner.is_none_or(|row| row.conversation.tenant != update.tenant) {
            return Err(refused("no such message"));
        }
    }
    Ok(())
}

fn write(rows: &mut Rows, changes: Changes) {
    for inbound in changes.inbound {
        let key = (inbound.tenant.clone(), inbound.channel.clone(), inbound.key.clone());
        rows.inbound.insert(key, inbound);
    }
    for position in changes.mail_positions {
        let key = (position.tenant.clone(), position.mailbox.clone());
        let known = rows.mail_positions.get(&key);
        let behind = known.is_some_and(|known| {
            known.uid_validity == position.uid_validity && known.uid > position.uid
        });
        if !behind {
            rows.mail_positions.insert(key, position);
        }
    }
    for contact in changes.contacts {
        rows.addresses.retain(|_, id| *id != contact.id);
        for (channel, address) in &contact.addresses {
            let key = (contact.tenant.clone(), channel.clone(), address.clone());
            rows.addresses.insert(key, contact.id);
        }
        rows.contacts.insert(contact.id, contact);
    }
    for write in changes.conversations {
        let row = Row { due_at: write.due_at, conversation: write.row };
        rows.conversations.insert(row.conversation.id, row);
    }
    for entry in changes.entries {
        rows.journal.entry(entry.conversation).or_default().push(entry);
    }
    for message in changes.messages {
        rows.messages.insert(message.id, message);
    }
    for update in changes.message_updates {
        if let Some(message) = rows.messages.get_mut(&update.id) {
            message.delivery = Some(update.delivery);
            message.failure = update.failure;
            if update.external_id.is_some() {
                message.external_id = update.external_id;
            }
        }
    }
    rows.details.extend(changes.details);
    for update in changes.abouts {
        if let Some(message) = rows.messages.get_mut(&update.id) {
            message.about = update.about;
        }
    }
    for take in changes.files {
        rows.files.entry(take.file).or_insert((take.tenant, take.message));
    }
    for (conversation, party) in changes.participants {
        rows.participants.entry((conversation, party.address.clone())).or_insert(party);
    }
    for case in changes.case_threads {
        let tenant =
            rows.conversations.get(&case.conversation).map(|r| r.conversation.tenant.clone());
        if let Some(tenant) = tenant {
            let key = (tenant, case.channel, case.thread);
            rows.case_threads.entry(key).or_insert(case.conversation);
        }
    }
    for job in changes.jobs {
        rows.jobs.insert(job.id, JobRow { job, dead: false });
    }
    for end in changes.job_ends {
        end_job(rows, end);
    }
}

fn end_job(rows: &mut Rows, end: JobEnd) {
    if end.end == End::Done {
        rows.jobs.remove(&end.id);
        return;
    }
    let Some(row) = rows.jobs.get_mut(&end.id) else { return };
    if let End::Kept { payload } = end.end {
        row.job.payload = payload;
        return;
    }
    row.job.lease = None;
    match end.end {
        End::Done | End::Kept { .. } => {}
        End::Postponed { run_at } => row.job.run_at = run_at,
        End::Retry { run_at, error } => {
            row.job.run_at = run_at;
            row.job.attempt += 1;
            row.job.last_error = Some(error);
        }
        End::Dead { error } => {
            row.dead = true;
            row.job.last_error = Some(error);
        }
    }
}
