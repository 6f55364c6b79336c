//! People, sessions and tokens; leadership.

use std::collections::BTreeMap;

use async_trait::async_trait;
use kerros_domain::apply::fold;
use kerros_domain::conversation::State;
use kerros_domain::id::{TenantId, TokenId, UserId};
use kerros_domain::time::Timestamp;

use super::Memory;
use crate::ports::mail::{MailPosition, Mailboxes};
use crate::ports::store::{Difference, Load, Scope, StoreError, Token, Upkeep, User, Users};

#[async_trait]
impl Users for Memory {
    async fn save_user(&self, user: &User, password_hash: Option<&str>) -> Result<(), StoreError> {
        let mut rows = self.rows()?;
        if rows.users.values().any(|(other, _)| other.email == user.email && other.id != user.id) {
            return Err(StoreError::Duplicate);
        }
        let kept = rows.users.get(&user.id).map(|(_, hash)| hash.clone());
        let hash = password_hash.map(ToOwned::to_owned).or(kept).unwrap_or_default();
        rows.users.insert(user.id, (user.clone(), hash));
        Ok(())
    }

    async fn user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        Ok(self.rows()?.users.get(&id).map(|(user, _)| user.clone()))
    }

    async fn user_by_email(&self, email: &str) -> Result<Option<(User, String)>, StoreError> {
        Ok(self.rows()?.users.values().find(|(user, _)| user.email == email).cloned())
    }

    async fn users(&self, scope: &Scope) -> Result<Vec<User>, StoreError> {
        let rows = self.rows()?;
        let inside = |user: &User| user.memberships.iter().any(|place| scope.holds(&place.tenant));
        Ok(rows.users.values().map(|(user, _)| user).filter(|user| inside(user)).cloned().collect())
    }

    async fn set_presence(
        &self,
        id: UserId,
        available: bool,
        seen_at: Timestamp,
    ) -> Result<(), StoreError> {
        if let Some((user, _)) = self.rows()?.users.get_mut(&id) {
            user.available = available;
            user.seen_at = Some(seen_at);
        }
        Ok(())
    }

    async fn loads(&self) -> Result<Vec<Load>, StoreError> {
        let rows = self.rows()?;
        let mut loads: BTreeMap<UserId, Load> = BTreeMap::new();
        for row in rows.conversations.values() {
            if row.conversation.state == State::Assigned
                && let Some(user) = row.conversation.assignee
            {
                let newest = row.conversation.held_since;
                let load = loads.entry(user).or_insert(Load { user, held: 0, newest });
                load.held += 1;
                load.newest = load.newest.max(newest);
            }
        }
        Ok(loads.into_values().collect())
    }

    async fn add_token(&self, token: &Token) -> Result<(), StoreError> {
        self.rows()?.tokens.insert(token.id, token.clone());
        Ok(())
    }

    async fn token(&self, hash: [u8; 32], now: Timestamp) -> Result<Option<Token>, StoreError> {
        let rows = self.rows()?;
        let live = |token: &&Token| token.hash == hash && token.expires_at > now;
        Ok(rows.tokens.values().find(live).cloned())
    }

    async fn session(&self, hash: [u8; 32], now: Timestamp) -> Result<Option<User>, StoreError> {
        let rows = self.rows()?;
        let live = |token: &&Token| token.hash == hash && token.expires_at > now;
        let user = rows.tokens.values().find(live).and_then(|token| rows.users.get(&token.user));
        Ok(user.map(|(user, _)| user.clone()))
    }

    async fn end_token(&self, id: TokenId) -> Result<(), StoreError> {
        self.rows()?.tokens.remove(&id);
        Ok(())
    }

    async fn tokens(&self, user: UserId) -> Result<Vec<Token>, StoreError> {
        let rows = self.rows()?;
        let own = |token: &&Token| token.user == user && !token.session;
        Ok(rows.tokens.values().filter(own).cloned().collect())
    }
}

#[async_trait]
impl Mailboxes for Memory {
    async fn mail_position(
        &self,
        tenant: &TenantId,
        mailbox: &str,
    ) -> Result<Option<MailPosition>, StoreError> {
        Ok(self.rows()?.mail_positions.get(&(tenant.clone(), mailbox.to_owned())).cloned())
    }
}

#[async_trait]
impl Upkeep for Memory {
    async fn ping(&self) -> Result<(), StoreError> {
        self.rows().map(|_| ())
    }

    async fn verify(
        &self,
        progress: &(dyn Fn(u64, u64) + Sync),
    ) -> Result<Vec<Difference>, StoreError> {
        let rows = self.rows()?;
        let total = rows.conversations.len() as u64;
        let mut differences = Vec::new();
        for (done, (id, row)) in rows.conversations.iter().enumerate() {
            let entries = rows.journal.get(id).map(Vec::as_slice).unwrap_or_default();
            let what = match fold(entries) {
                Ok(folded) if folded == row.conversation => None,
                Ok(folded) => Some(format!("{folded:?} is not {:?}", row.conversation)),
                Err(fault) => Some(fault.to_string()),
            };
            differences.extend(what.map(|what| Difference { conversation: *id, what }));
            progress(done as u64 + 1, total);
        }
        Ok(differences)
    }

    async fn lead(
        &self,
        role: &str,
        owner: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut rows = self.rows()?;
        let led = rows.leaders.get(role);
        if led.is_some_and(|(leader, held)| leader != owner && *held > now) {
            return Ok(false);
        }
        rows.leaders.insert(role.to_owned(), (owner.to_owned(), until));
        Ok(true)
    }
}
