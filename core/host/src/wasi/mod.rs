//! WASI preview 2 for guests that bring a language's runtime along. The runtime wants the interfaces; nothing is granted
//! by them: no files, no sockets, no environment, no arguments, no input.
//!
//! What it does give: the host's clock, randomness, and standard output and error as lines of the plugin's log.
//! Whatever else a component imports of WASI is answered with that interface's own "no" ([`refuse`]). There is no waiting: a
//! guest that sleeps is stopped, because its thread serves others.

mod cli;
mod clocks;
mod io;
mod random;
mod refuse;

use std::time::{Duration, Instant};

use wasmtime::Engine;
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, Linker, ResourceType};

use crate::state::CallState;

/// Bytes of a line that has no end yet.
const LINE: usize = 4 << 10;

/// What an instance's WASI remembers.
pub(crate) struct Wasi {
    began: Instant,
    /// Lines of standard output and error that have no end yet.
    open: [Vec<u8>; 2],
}

impl Default for Wasi {
    fn default() -> Self {
        Self { began: Instant::now(), open: [Vec::new(), Vec::new()] }
    }
}

impl Wasi {
    /// Time since the instance was made.
    fn monotonic(&self) -> Duration {
        self.began.elapsed()
    }
}

impl CallState {
    /// Writes whole lines of what the guest prints into its log.
    fn print(&mut self, is_error: bool, mut bytes: &[u8]) {
        let stream = usize::from(is_error);
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            let (line, rest) = bytes.split_at(end);
            self.open_line(stream, line);
            self.end_line(stream);
            bytes = rest.get(1..).unwrap_or_default();
        }
        self.open_line(stream, bytes);
    }

    /// Writes what has no line end as a line of its own: the call is over.
    pub(crate) fn end_lines(&mut self) {
        for stream in [0, 1] {
            if !self.wasi.open[stream].is_empty() {
                self.end_line(stream);
            }
        }
    }

    fn open_line(&mut self, stream: usize, part: &[u8]) {
        let line = &mut self.wasi.open[stream];
        let room = LINE.saturating_sub(line.len()).min(part.len());
        line.extend_from_slice(&part[..room]);
    }

    fn end_line(&mut self, stream: usize) {
        let line = std::mem::take(&mut self.wasi.open[stream]);
        let line = String::from_utf8_lossy(&line);
        let line = line.trim_end();
        if !line.is_empty() {
            self.printed(stream == 1, line);
        }
    }
}

/// The packages of WASI that may be imported, granted or not.
const PACKAGES: [&str; 6] = ["io/", "cli/", "clocks/", "random/", "filesystem/", "sockets/"];

/// Whether an import is an interface of WASI.
pub(crate) fn is_wasi(import: &str) -> bool {
    import.starts_with("wasi:")
}

/// Whether an import is one of the interfaces that are linked here, of preview 2.
pub(crate) fn is_known(import: &str) -> bool {
    let Some((interface, version)) =
        import.strip_prefix("wasi:").and_then(|rest| rest.split_once('@'))
    else {
        return false;
    };
    version.starts_with("0.2.") && PACKAGES.iter().any(|package| interface.starts_with(package))
}

/// Links what the component imports of WASI, under the very names it imports.
pub(crate) fn link(
    engine: &Engine,
    component: &Component,
    linker: &mut Linker<CallState>,
) -> wasmtime::Result<()> {
    let mut known: Vec<ResourceType> = Vec::new();
    linker.allow_shadowing(true);
    for (name, import) in component.component_type().imports(engine) {
        let ComponentItem::ComponentInstance(instance) = import.ty else { continue };
        let Some(interface) = name.strip_prefix("wasi:").and_then(|rest| rest.split('@').next())
        else {
            continue;
        };
        let mut place = linker.instance(name)?;
        refuse::link(engine, name, &instance, &mut place, &mut known)?;
        match interface {
            "io/error" => io::error(&mut place)?,
            "io/poll" => io::poll(&mut place)?,
            "io/streams" => io::streams(&mut place)?,
            "clocks/monotonic-clock" => clocks::monotonic(&mut place)?,
            "clocks/wall-clock" => clocks::wall(&mut place)?,
            "random/random" => random::random(&mut place)?,
            "random/insecure" => random::insecure(&mut place)?,
            "random/insecure-seed" => random::seed(&mut place)?,
            "cli/exit" => cli::exit(&mut place)?,
            "cli/stdin" => cli::stdin(&mut place)?,
            "cli/stdout" => cli::stdout(&mut place)?,
            "cli/stderr" => cli::stderr(&mut place)?,
            _ => {}
        }
    }
    linker.allow_shadowing(false);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::is_known;

    #[test]
    fn only_what_is_linked_here_is_known() {
        for (import, known) in [
            ("wasi:io/streams@0.2.9", true),
            ("wasi:sockets/tcp@0.2.0", true),
            ("wasi:filesystem/types@0.2.12", true),
            ("wasi:http/outgoing-handler@0.2.10", false),
            ("wasi:io/streams@0.3.0", false),
            ("wasi:io/streams", false),
            ("wasi:nn/tensor@0.2.0", false),
            ("kerros:base/log@0.1.0", false),
        ] {
            assert_eq!(is_known(import), known, "{import}");
        }
    }
}
