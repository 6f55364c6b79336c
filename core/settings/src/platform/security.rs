//! `[security]`: people's sessions.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fault::Faults;

/// People's sessions and tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Security {
    /// Hours after which a login ends.
    #[schemars(range(min = 1, max = 720))]
    pub session_hours: u32,
    /// Whether cookies are sent over https only.
    pub cookie_secure: CookieSecure,
}

/// Whether cookies are sent over https only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CookieSecure {
    Auto,
    Always,
}

impl Default for Security {
    fn default() -> Self {
        Self { session_hours: 12, cookie_secure: CookieSecure::Auto }
    }
}

impl Security {
    #[expect(clippy::unused_self, reason = "every section has one; the schema says it all here")]
    pub(super) const fn validate(&self, _: &mut Faults<'_>) {}
}
