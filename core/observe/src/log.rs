//! Structured logs on standard error.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line, for machines.
    Json,
}

/// The filter text is not one.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// Not a filter.
    #[error(
        "log filter {filter:?} is not one: {source}; expected a level like info, or target=level pairs"
    )]
    Filter {
        /// What was found.
        filter: String,
        /// Why it is not one.
        source: tracing_subscriber::filter::ParseError,
    },
    /// Started twice.
    #[error("logging is already set up")]
    Twice,
}

/// Starts logging for the process. `filter` is a level (`info`) or `target=level` pairs, comma-separated.
pub fn start(filter: &str, format: Format) -> Result<(), LogError> {
    let parsed = EnvFilter::try_new(filter)
        .map_err(|source| LogError::Filter { filter: filter.to_owned(), source })?;
    // Colours only for people: a file or a collector would keep the escapes.
    let colours = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let builder = fmt().with_env_filter(parsed).with_writer(std::io::stderr).with_ansi(colours);
    match format {
        Format::Text => builder.with_target(false).try_init(),
        Format::Json => builder.json().flatten_event(true).with_current_span(true).try_init(),
    }
    .map_err(|_| LogError::Twice)
}
