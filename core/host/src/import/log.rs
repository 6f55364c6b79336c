//! `kerros:base/log`: a plugin's lines in the operator's log.

use crate::base::kerros::base::{log, types};
use crate::state::CallState;
use crate::tape::{HostCall, Tape};

/// Lines kept of one call.
const LINES: u32 = 64;
/// Bytes kept of one line.
const LINE: usize = 1024;

macro_rules! write_line {
    ($level:ident, $state:expr, $message:expr) => {
        if let Some(line) = $state.line(&$message) {
            let (tenant, plugin) = ($state.tenant.as_str(), $state.plugin.as_str());
            if !$state.is_aside() {
                tracing::$level!(
                    target: "kerros::plugin",
                    tenant, plugin, r#use = %$state.name, trace = %$state.trace, "{line}"
                );
            }
            if let Some(tape) = &$state.tape {
                tape.take(HostCall::Log { level: stringify!($level).to_owned(), line });
            }
        }
    };
}

impl CallState {
    /// Whether it runs beside the live call, so that its lines are nobody's news.
    fn is_aside(&self) -> bool {
        self.tape.as_ref().is_some_and(Tape::is_playing)
    }

    /// The line as it is kept: one line, cut, or none when the call has written enough.
    fn line(&mut self, message: &str) -> Option<String> {
        self.lines += 1;
        if self.lines > LINES {
            return None;
        }
        if self.lines == LINES {
            return Some("more lines of this call are left out".to_owned());
        }
        let mut line = message.replace(|c: char| c.is_control(), " ");
        line.truncate(line.floor_char_boundary(LINE));
        Some(line)
    }
}

impl CallState {
    /// A line that a guest's runtime wrote to standard output or error.
    pub(crate) fn printed(&mut self, is_error: bool, line: &str) {
        if is_error {
            write_line!(warn, self, line);
        } else {
            write_line!(info, self, line);
        }
    }
}

impl log::Host for CallState {
    fn debug(&mut self, message: String) -> wasmtime::Result<()> {
        write_line!(debug, self, message);
        Ok(())
    }

    fn info(&mut self, message: String) -> wasmtime::Result<()> {
        write_line!(info, self, message);
        Ok(())
    }

    fn warn(&mut self, message: String) -> wasmtime::Result<()> {
        write_line!(warn, self, message);
        Ok(())
    }

    fn error(&mut self, message: String) -> wasmtime::Result<()> {
        write_line!(error, self, message);
        Ok(())
    }
}

impl types::Host for CallState {}
