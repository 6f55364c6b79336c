//! The commands, one file each.

mod calendar;
mod check;
mod db;
mod health;
mod mail;
mod plugin;
mod report;
mod serve;
mod token;
mod user;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};
use kerros_settings::Settings;
use kerros_settings::platform::{Flags, load};

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Fine.
    Fine,
    /// The thing checked is wrong.
    Wrong,
    /// The call or the config is wrong.
    BadCall,
}

impl From<End> for ExitCode {
    fn from(end: End) -> Self {
        Self::from(match end {
            End::Fine => 0,
            End::Wrong => 1,
            End::BadCall => 2,
        })
    }
}

/// Kerros serves the customers of many client companies through ordered layers: self-service, personal service,
/// experts.
#[derive(Debug, Parser)]
#[command(name = "kerros", version, max_term_width = 100, after_help = EXAMPLES)]
pub struct Kerros {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  kerros serve --config config --data data
  kerros check --config config
  kerros plugin new --kind tagger my-tagger

Exit codes: 0 fine, 1 the thing checked is wrong, 2 the call or the config is wrong.";

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Serve),
    Health(health::Health),
    Check(check::Check),
    #[command(subcommand)]
    Calendar(calendar::Calendar),
    #[command(subcommand)]
    Plugin(plugin::Plugin),
    #[command(subcommand)]
    Db(db::Db),
    #[command(subcommand)]
    Mail(mail::Mail),
    #[command(subcommand)]
    User(user::User),
    #[command(subcommand)]
    Token(token::Token),
    Report(report::Report),
}

impl Kerros {
    /// Does what was asked.
    pub fn run(self) -> anyhow::Result<End> {
        match self.command {
            Command::Serve(serve) => serve.run(),
            Command::Health(health) => health.run(),
            Command::Check(check) => check.run(),
            Command::Calendar(calendar) => calendar.run(),
            Command::Plugin(plugin) => plugin.run(),
            Command::Db(db) => db.run(),
            Command::Mail(mail) => mail.run(),
            Command::User(user) => user.run(),
            Command::Token(token) => token.run(),
            Command::Report(report) => report.run(),
        }
    }
}

/// Where config and data are: the same for every command that needs them.
#[derive(Debug, Clone, Args)]
pub struct Places {
    /// Folder of config files
    #[arg(long, value_name = "DIR", env = "KERROS_CONFIG", default_value = "config")]
    pub config: PathBuf,
    /// Folder that holds everything Kerros writes [default: data] [env: KERROS_DATA]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
}

impl Places {
    /// The platform's settings; prints every fault and says `None` if there are any.
    pub fn settings(&self, listen: Option<String>) -> Option<Settings> {
        let environment: Vec<(String, String)> = std::env::vars().collect();
        let loaded = load(&self.config, &environment, &Flags { data: self.data.clone(), listen });
        for fault in &loaded.faults {
            crate::said::note(&fault.to_string());
        }
        loaded.settings
    }
}

/// A runtime for commands that need one; the server has its own.
fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("no runtime")
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    /// Every command and group below this one, with its words.
    fn walk(command: &clap::Command, words: &str, seen: &mut Vec<(String, clap::Command)>) {
        seen.push((words.to_owned(), command.clone()));
        for inner in command.get_subcommands() {
            walk(inner, &format!("{words} {}", inner.get_name()), seen);
        }
    }

    fn all() -> Vec<(String, clap::Command)> {
        let mut seen = Vec::new();
        walk(&Kerros::command(), "kerros", &mut seen);
        seen
    }

    #[test]
    fn everything_helps_with_an_example_of_itself() {
        for (words, command) in all() {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.starts_with("Example"), "{words} has no example");
            assert!(
                help.contains(&format!("  {words} ")) || help.contains(&format!("  {words}\n")),
                "{words}: {help}"
            );
            assert!(command.get_about().is_some(), "{words} does not say what it is");
        }
    }

    #[test]
    fn a_program_may_read_every_command_that_ends() {
        for (words, command) in all() {
            if command.has_subcommands() || ["kerros serve", "kerros plugin dev"].contains(&&*words)
            {
                continue;
            }
            let json = command.get_arguments().any(|one| one.get_long() == Some("json"));
            assert!(json, "{words} has no --json");
        }
    }
}
