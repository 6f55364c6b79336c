//! `[database]`: where the record is kept.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fault::Faults;
use crate::quantity::Span;
use crate::secret::{Guarded, Secret};

/// The database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Database {
    /// `sqlite:///PATH` or `postgres://...`; empty is SQLite in the data folder.
    pub url: Guarded,
    /// Connections that read.
    #[schemars(range(min = 1, max = 200))]
    pub readers: u32,
    /// Connections that commit side by side on PostgreSQL.
    #[schemars(range(min = 1, max = 32))]
    pub writers: u32,
    /// How long a use may wait for a connection.
    pub wait: Span,
}

impl Default for Database {
    fn default() -> Self {
        Self {
            url: Guarded::Plain(Secret::default()),
            readers: 4,
            writers: 2,
            wait: Span::seconds(5),
        }
    }
}

impl Database {
    pub(super) fn validate(&self, faults: &mut Faults<'_>) {
        if let Guarded::Plain(url) = &self.url {
            let url = url.reveal();
            let known = ["sqlite://", "postgres://", "postgresql://"];
            if !url.is_empty() && !known.iter().any(|scheme| url.starts_with(scheme)) {
                let allowed = "allowed is sqlite:///PATH or postgres://USER:PASSWORD@HOST/NAME";
                faults.wrong("database.url", "", allowed);
            }
        }
    }
}
