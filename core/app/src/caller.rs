//! The person who asks, and what they may see and do.

use kerros_domain::conversation::{Conversation, State};
use kerros_domain::id::{TenantId, UserId};

use crate::error::Error;
use crate::ports::store::{Membership, Role, Scope, User};

/// A logged-in person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Who.
    pub user: User,
}

impl Caller {
    /// Their id.
    #[must_use]
    pub const fn id(&self) -> UserId {
        self.user.id
    }

    /// Whose rows they may see at most: the tenants they are a member of.
    #[must_use]
    pub fn scope(&self) -> Scope {
        match self.user.memberships.as_slice() {
            [one] => Scope::One(one.tenant.clone()),
            many => Scope::Many(many.iter().map(|place| place.tenant.clone()).collect()),
        }
    }

    /// Their place in a tenant.
    #[must_use]
    pub fn membership(&self, tenant: &TenantId) -> Option<&Membership> {
        self.user.memberships.iter().find(|place| place.tenant == *tenant)
    }

    /// Whether they see and move everything of their tenants.
    #[must_use]
    pub const fn is_supervisor(&self) -> bool {
        matches!(self.user.role, Role::Supervisor | Role::Admin)
    }

    /// Whether they may read it: the vendor's people everything of their tenants, an expert only
    /// what has entered one of their own layers.
    #[must_use]
    pub fn may_read(&self, conversation: &Conversation) -> bool {
        let Some(place) = self.membership(&conversation.tenant) else { return false };
        match self.user.role {
            Role::Supervisor | Role::Admin | Role::Agent => true,
            Role::Expert => conversation.entered.iter().any(|layer| place.layers.contains(layer)),
        }
    }

    /// Whether they may change it: it is in one of their layers, or in their hands. What a bot has, every
    /// agent of the vendor may take over.
    #[must_use]
    pub fn may_act(&self, conversation: &Conversation) -> bool {
        let Some(place) = self.membership(&conversation.tenant) else { return false };
        match self.user.role {
            Role::Supervisor | Role::Admin => true,
            Role::Agent if conversation.state == State::Bot => true,
            Role::Agent | Role::Expert => {
                self.may_read(conversation)
                    && (place.layers.contains(&conversation.layer)
                        || conversation.assignee == Some(self.user.id))
            }
        }
    }

    /// Their membership in a tenant they may see.
    ///
    /// # Errors
    /// `NotFound` for everybody else's tenant.
    pub fn member_of(&self, tenant: &TenantId) -> Result<&Membership, Error> {
        self.membership(tenant).ok_or(Error::NotFound)
    }
}
