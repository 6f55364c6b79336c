//! The names that enums have in columns. They are the same as in JSON, so `body` and column agree.

use kerros_app::ports::store::{JobKind, Role};
use kerros_domain::about::PartyRole;
use kerros_domain::conversation::State;
use kerros_domain::message::{DeliveryState, Visibility};

/// A state's name.
pub(crate) const fn state(state: State) -> &'static str {
    match state {
        State::Bot => "bot",
        State::OutOfHours => "out_of_hours",
        State::Queued => "queued",
        State::Assigned => "assigned",
        State::Pending => "pending",
        State::Resolved => "resolved",
        State::Closed => "closed",
    }
}

/// The state of that name.
pub(crate) fn parse_state(name: &str) -> Option<State> {
    State::ALL.into_iter().find(|s| state(*s) == name)
}

/// A delivery state's name.
pub(crate) const fn delivery(state: DeliveryState) -> &'static str {
    match state {
        DeliveryState::Pending => "pending",
        DeliveryState::Sent => "sent",
        DeliveryState::Delivered => "delivered",
        DeliveryState::Read => "read",
        DeliveryState::Failed => "failed",
    }
}

/// The delivery state of that name.
pub(crate) fn parse_delivery(name: &str) -> Option<DeliveryState> {
    use DeliveryState::{Delivered, Failed, Pending, Read, Sent};
    [Pending, Sent, Delivered, Read, Failed].into_iter().find(|s| delivery(*s) == name)
}

/// A visibility's name.
pub(crate) const fn visibility(visibility: Visibility) -> &'static str {
    match visibility {
        Visibility::Public => "public",
        Visibility::Internal => "internal",
    }
}

/// The visibility of that name.
pub(crate) fn parse_visibility(name: &str) -> Option<Visibility> {
    [Visibility::Public, Visibility::Internal].into_iter().find(|v| visibility(*v) == name)
}

/// A participant's role's name.
pub(crate) const fn party(role: PartyRole) -> &'static str {
    match role {
        PartyRole::From => "from",
        PartyRole::To => "to",
        PartyRole::Cc => "cc",
        PartyRole::ReplyTo => "reply-to",
    }
}

/// The participant's role of that name.
pub(crate) fn parse_party(name: &str) -> Option<PartyRole> {
    use PartyRole::{Cc, From, ReplyTo, To};
    [From, To, Cc, ReplyTo].into_iter().find(|role| party(*role) == name)
}

/// The job kind of that name.
pub(crate) fn parse_job_kind(name: &str) -> Option<JobKind> {
    JobKind::ALL.into_iter().find(|kind| kind.as_str() == name)
}

/// A role's name.
pub(crate) const fn role(role: Role) -> &'static str {
    match role {
        Role::Agent => "agent",
        Role::Expert => "expert",
        Role::Supervisor => "supervisor",
        Role::Admin => "admin",
    }
}

/// The role of that name.
pub(crate) fn parse_role(name: &str) -> Option<Role> {
    [Role::Agent, Role::Expert, Role::Supervisor, Role::Admin]
        .into_iter()
        .find(|r| role(*r) == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_same_in_a_column_and_in_json() {
        for value in State::ALL {
            assert_eq!(serde_json::to_value(value).unwrap(), state(value));
            assert_eq!(parse_state(state(value)), Some(value));
        }
        for value in [DeliveryState::Pending, DeliveryState::Sent, DeliveryState::Failed] {
            assert_eq!(serde_json::to_value(value).unwrap(), delivery(value));
            assert_eq!(parse_delivery(delivery(value)), Some(value));
        }
        for value in [Visibility::Public, Visibility::Internal] {
            assert_eq!(serde_json::to_value(value).unwrap(), visibility(value));
            assert_eq!(parse_visibility(visibility(value)), Some(value));
        }
        for value in [Role::Agent, Role::Expert, Role::Supervisor, Role::Admin] {
            assert_eq!(serde_json::to_value(value).unwrap(), role(value));
            assert_eq!(parse_role(role(value)), Some(value));
        }
        for value in [PartyRole::From, PartyRole::To, PartyRole::Cc, PartyRole::ReplyTo] {
            assert_eq!(serde_json::to_value(value).unwrap(), party(value));
            assert_eq!(parse_party(party(value)), Some(value));
        }
        for value in JobKind::ALL {
            assert_eq!(serde_json::to_value(value).unwrap(), value.as_str());
            assert_eq!(parse_job_kind(value.as_str()), Some(value));
        }
    }
}
