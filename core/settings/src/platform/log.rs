//! `[log]`: what is logged and how it looks.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fault::Faults;

/// Logs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// A level, or `target=level` pairs with commas.
    #[schemars(length(min = 1))]
    pub filter: String,
    /// For people or for machines.
    pub format: Format,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    Text,
    Json,
}

impl Default for Log {
    fn default() -> Self {
        Self { filter: "info".to_owned(), format: Format::Text }
    }
}

const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

impl Log {
    pub(super) fn validate(&self, faults: &mut Faults<'_>) {
        for part in self.filter.split(',') {
            let level = part.rsplit_once('=').map_or(part, |(_, level)| level).trim();
            if !LEVELS.contains(&level.to_ascii_lowercase().as_str()) {
                let allowed = format!(
                    "allowed is a level ({}) or pairs like kerros_store=debug, with commas",
                    LEVELS.join(", ")
                );
                faults.wrong("log.filter", &format!("{level:?}"), allowed);
            }
        }
    }
}
