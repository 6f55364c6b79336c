//! The binary `kerros`: the command line, and the only place where all adapters meet.
//!
//! Each command is one file of [`command`]; [`compose`] puts the running house together.

mod bundle;
mod command;
mod compose;
mod dev;
mod lifecycle;
mod node;
mod said;
mod tenants;

use std::process::ExitCode;

use clap::Parser;

/// Many small things are made and freed for each message, on several threads: the system's allocator took a seventh
/// of the processor's time under load.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let asked = match command::Kerros::try_parse() {
        Ok(asked) => asked,
        Err(error) => {
            // Help and version are fine (0), a wrong call is 2: clap knows which is which.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    match asked.run() {
        Ok(end) => end.into(),
        Err(error) => {
            said::error(&format!("{error:#}"));
            command::End::BadCall.into()
        }
    }
}
