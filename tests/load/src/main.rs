//! Puts a running Kerros under load from outside, and compares what it says with what was sent.
//!
//! `replay` plays real dialogues and is a test: it exits 1 on any difference. So are `swap` and `deliver`, whose
//! provider fails on purpose.
//! `ingest`, `sockets` and `timers` are benches: they print figures with the machine's own baseline beside them.
//!
//! Start in [`replay`], then [`client`], the two ways in: a customer's socket and an agent's API.

mod baseline;
mod client;
mod deliver;
mod figures;
mod ingest;
mod mail;
mod process;
mod progress;
mod replay;
mod service;
mod sockets;
mod swap;
mod timers;

use std::process::ExitCode;

use clap::Parser;

/// Load and replay against a running Kerros.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "Example: kerros-load replay --file dialogues.json --url http://127.0.0.1:8080"
)]
enum Command {
    /// Plays dialogues (SGD format) and compares messages, order, ledger and metrics.
    Replay(replay::Options),
    /// Writes replies to a provider that fails now and then, and measures how they go out.
    Deliver(deliver::Options),
    /// Sends messages through a signed webhook channel and measures acknowledgement and intake.
    Ingest(ingest::Options),
    /// Fills a mailbox of a local IMAP server and measures how fast it is taken in.
    Mail(mail::Options),
    /// Holds idle widget sockets open and measures memory and the time of a message to one of them.
    Sockets(sockets::Options),
    /// Swaps a plugin while customers talk to it, and measures what they notice.
    Swap(swap::Options),
    /// Fills a database with pending SLA targets and measures when due ones are recorded.
    Timers(timers::Options),
}

fn main() -> ExitCode {
    let command = Command::parse();
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        eprintln!("kerros-load: a TLS provider was already set");
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("kerros-load: no runtime: {error}");
            return ExitCode::from(2);
        }
    };
    let done = runtime.block_on(async {
        match command {
            Command::Replay(options) => replay::run(&options).await,
            Command::Deliver(options) => deliver::run(&options).await,
            Command::Ingest(options) => ingest::run(&options).await,
            Command::Mail(options) => mail::run(&options).await,
            Command::Sockets(options) => sockets::run(&options).await,
            Command::Swap(options) => swap::run(&options).await,
            Command::Timers(options) => timers::run(&options).await,
        }
    });
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("kerros-load: {error:#}");
            ExitCode::from(2)
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn every_command_has_an_example_and_speaks_to_programs() {
        let whole = Command::command();
        let own: Vec<_> = whole.get_subcommands().collect();
        assert!(own.len() >= 5);
        for one in own.iter().copied().chain([&whole]) {
            let help = one.get_after_help().map(ToString::to_string).unwrap_or_default();
            let words = if one.has_subcommands() { "" } else { one.get_name() };
            assert!(help.starts_with("Example"), "{} has no example", one.get_name());
            assert!(help.contains(&format!("kerros-load {words}")), "{words}: {help}");
            let json = one.get_arguments().any(|argument| argument.get_long() == Some("json"));
            assert!(json || one.has_subcommands(), "{words} has no --json");
        }
    }
}
