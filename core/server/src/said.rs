//! What commands say to people and programs: the one place that writes to the terminal.

use std::io::Write as _;

/// A line of a result, on standard output.
pub fn line(text: &str) {
    // A closed pipe (`kerros check | head`) is no fault of the command.
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// A value for programs, on standard output.
pub fn json(value: &impl serde::Serialize) {
    line(&serde_json::to_string_pretty(value).unwrap_or_default());
}

/// A line for people beside the result, on standard error.
pub fn note(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// Why a command did not do what was asked, on standard error.
pub fn error(text: &str) {
    note(&format!("kerros: {text}"));
}
