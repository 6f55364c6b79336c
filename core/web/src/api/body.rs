//! Shapes that several endpoints send.

use kerros_app::ports::store::{Membership, User};
use kerros_domain::ledger::Ratio;
use serde::Serialize;
use utoipa::ToSchema;

use super::names::Role;

/// A share with its denominator.
#[derive(Debug, Serialize, ToSchema)]
pub struct RatioBody {
    /// How many.
    pub part: u64,
    /// Of how many.
    pub whole: u64,
    /// Part / whole, 0 to 1; null of nothing.
    pub value: Option<f64>,
}

impl From<Ratio> for RatioBody {
    fn from(ratio: Ratio) -> Self {
        Self { part: ratio.part, whole: ratio.whole, value: ratio.value() }
    }
}

/// A person.
#[derive(Debug, Serialize, ToSchema)]
pub struct UserBody {
    /// The id.
    pub id: String,
    /// The email.
    pub email: String,
    /// The name shown to customers and colleagues.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// UI language.
    pub language: String,
    /// Whether the router may give them work.
    pub available: bool,
    /// Last sign of life.
    pub seen_at_ms: Option<i64>,
    /// Where they belong.
    pub memberships: Vec<MembershipBody>,
}

/// A person's place in a tenant.
#[derive(Debug, Serialize, ToSchema)]
pub struct MembershipBody {
    /// The tenant.
    pub tenant: String,
    /// Layers worked in.
    pub layers: Vec<String>,
    /// Skills.
    pub skills: Vec<String>,
    /// Languages.
    pub languages: Vec<String>,
    /// Segments; empty is all.
    pub segments: Vec<String>,
}

impl From<Membership> for MembershipBody {
    fn from(place: Membership) -> Self {
        Self {
            tenant: place.tenant.to_string(),
            layers: place.layers.iter().map(ToString::to_string).collect(),
            skills: place.skills,
            languages: place.languages.iter().map(ToString::to_string).collect(),
            segments: place.segments.iter().map(ToString::to_string).collect(),
        }
    }
}

impl From<User> for UserBody {
    fn from(user: User) -> Self {
        Self {
            id: user.id.to_string(),
            email: user.email,
            name: user.name,
            role: user.role.into(),
            language: user.language.to_string(),
            available: user.available,
            seen_at_ms: user.seen_at.map(|at| at.0),
            memberships: user.memberships.into_iter().map(MembershipBody::from).collect(),
        }
    }
}
