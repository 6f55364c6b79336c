//! The platform's settings: what one process of Kerros needs to know.
//!
//! Lowest to highest: built-in defaults, `default.toml`, `kerros.toml`, variables that begin with
//! `KERROS_` (`__` goes one level down), flags of the command line.

pub mod database;
mod load;
pub mod log;
pub mod metrics;
pub mod outbound;
pub mod plugins;
pub mod security;
pub mod server;
mod variables;
pub mod work;

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub(crate) use load::unreadable;
pub use load::{Flags, Loaded, load};
pub use variables::PREFIX;

use crate::fault::Faults;

/// Everything of the platform.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The folder that holds everything Kerros writes.
    #[schemars(extend("minLength" = 1))]
    pub data: PathBuf,
    /// The HTTP server.
    pub server: server::Server,
    /// The database.
    pub database: database::Database,
    /// Plugins.
    pub plugins: plugins::Plugins,
    /// Background work.
    pub work: work::Work,
    /// Requests out of the house.
    pub outbound: outbound::Outbound,
    /// People's sessions.
    pub security: security::Security,
    /// Logs.
    pub log: log::Log,
    /// Metrics.
    pub metrics: metrics::Metrics,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            data: "data".into(),
            server: server::Server::default(),
            database: database::Database::default(),
            plugins: plugins::Plugins::default(),
            work: work::Work::default(),
            outbound: outbound::Outbound::default(),
            security: security::Security::default(),
            log: log::Log::default(),
            metrics: metrics::Metrics::default(),
        }
    }
}

impl Settings {
    /// What the schema cannot say.
    pub fn validate(&self, faults: &mut Faults<'_>) {
        self.server.validate(faults);
        self.database.validate(faults);
        self.plugins.validate(faults);
        self.work.validate(faults);
        self.outbound.validate(faults);
        self.security.validate(faults);
        self.log.validate(faults);
        self.metrics.validate(faults);
    }

    /// The address that people and providers reach Kerros at, without a slash at the end.
    #[must_use]
    pub fn base_url(&self) -> String {
        match self.server.base_url.trim_end_matches('/') {
            "" => format!("http://{}", self.server.listen),
            url => url.to_owned(),
        }
    }
}
