//! A mailbox full of mail: how fast a first import is fetched, stored, read by its plugin and threaded.

mod box_of_mail;
mod huge;
mod service;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use clap::Args;

use self::box_of_mail::MailServer;
use self::service::{start, stored, write_config};
use crate::client::metrics::Reading;
use crate::{baseline, process, progress};

/// How many, and which service.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: kerros-load mail --kerros target/release/kerros --data /tmp/bench-mail --mails 100000
         kerros-load mail --kerros target/release/kerros --data /tmp/bench-huge --huge 1024

Starts Dovecot on this machine (tests/support/mail.sh), fills a mailbox, then starts the service on it."
)]
pub struct Options {
    /// Where the service shall listen.
    #[arg(long, default_value = "http://127.0.0.1:8090")]
    url: String,
    /// The service's binary.
    #[arg(long, default_value = "target/release/kerros")]
    kerros: PathBuf,
    /// Its config, with the tenant `bench`.
    #[arg(long, default_value = "tests/load/config")]
    config: PathBuf,
    /// Starts and stops the mail server.
    #[arg(long, default_value = "tests/support/mail.sh")]
    script: PathBuf,
    /// An empty folder for the service's data and the mail server.
    #[arg(long)]
    data: PathBuf,
    /// Mails in the box.
    #[arg(long, default_value_t = 10_000)]
    mails: u64,
    /// Kill and start the service again in the middle.
    #[arg(long)]
    kill: bool,
    /// In the place of many mails one with an attachment of so many MiB.
    #[arg(long, value_name = "MIB", num_args = 0..=1, default_missing_value = "1024")]
    huge: Option<u64>,
    /// Print the figures as JSON.
    #[arg(long)]
    json: bool,
}

/// Whose mailbox it is.
const USER: &str = "bench@test.example";

/// Fills, runs, waits, prints. False if a mail was lost or doubled, or memory was not flat.
pub async fn run(options: &Options) -> anyhow::Result<bool> {
    std::fs::create_dir_all(&options.data)?;
    if let Some(mib) = options.huge {
        return huge::run(options, mib).await;
    }
    let raw_before = baseline::raw_rows_per_second(&options.data, Duration::from_secs(2)).await?;
    let server = MailServer::start(&options.script, &options.data.join("server"))?;
    server.fill(USER, options.mails)?;
    let config = options.data.join("config");
    write_config(&options.config, &config, server.imap)?;

    let http = reqwest::Client::new();
    let mut service = start(&http, options, &config).await?;
    let bar = progress::bar("mails read", options.mails);
    let began = Instant::now();
    let mut memory = Memory::default();
    let (mut before, mut cpu_before) = (0, 0.0);
    let mut killed = !options.kill;
    let cpu = loop {
        let reading = Reading::take(&http, &options.url).await?;
        let done = before + whole(reading.sum("kerros_demand_total", &["tenant=\"bench\""]));
        bar.set_position(done.min(options.mails));
        let pid = service.id().context("the service is gone")?;
        memory.look(process::resident(pid)?, done, options.mails);
        if done >= options.mails {
            break cpu_before + process::cpu_seconds(pid)?;
        }
        if !killed && done > options.mails / 2 {
            killed = true;
            cpu_before = process::cpu_seconds(pid)?;
            service.kill().await?;
            // The counter begins anew: what is stored by now is not in it.
            before = stored(&options.data).await?.0;
            service = start(&http, options, &config).await?;
        }
        ensure!(
            began.elapsed() < Duration::from_secs(3600),
            "only {done} mails were read in an hour"
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    bar.finish_and_clear();
    let seconds = began.elapsed().as_secs_f64();
    service.kill().await?;
    let raw_after = baseline::raw_rows_per_second(&options.data, Duration::from_secs(2)).await?;
    let raw = f64::midpoint(raw_before, raw_after);
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    let rate = options.mails as f64 / seconds;
    let (conversations, messages) = stored(&options.data).await?;
    if options.json {
        let figures = serde_json::json!({
            "mails": options.mails, "seconds": seconds, "per_second": rate, "cpu_seconds": cpu,
            "raw_rows_per_second": raw, "ratio": rate / raw,
            "resident_bytes": { "after_a_tenth": memory.tenth, "end": memory.end, "peak": memory.peak },
            "conversations": conversations, "messages": messages,
        });
        println!("{figures:#}");
    } else {
        println!(
            "{} mails fetched, stored, read and threaded in {seconds:.1} s: {rate:.0}/s, {cpu:.1} s of processor",
            options.mails
        );
        println!(
            "baseline: {raw:.0} raw rows/s on this disk; mails are {:.2} % of it",
            100.0 * rate / raw
        );
        println!("resident: {memory}");
        println!("{conversations} conversations and {messages} messages stored");
    }
    Ok(conversations == options.mails && messages == options.mails && memory.is_flat())
}

/// Resident memory on the way, bytes.
#[derive(Default)]
struct Memory {
    tenth: u64,
    end: u64,
    peak: u64,
}

impl Memory {
    fn look(&mut self, now: u64, done: u64, all: u64) {
        if self.tenth == 0 && done * 10 >= all {
            self.tenth = now;
        }
        self.end = now;
        self.peak = self.peak.max(now);
    }

    /// Whether the last nine tenths of the mails took no more than a quarter, and 64 MiB for what warms up.
    const fn is_flat(&self) -> bool {
        self.end <= self.tenth + self.tenth / 4 + (64 << 20)
    }
}

impl std::fmt::Display for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [tenth, end, peak] = [self.tenth, self.end, self.peak].map(|bytes| bytes >> 20);
        write!(f, "{tenth} MiB after a tenth, {end} MiB at the end, at most {peak} MiB")
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
const fn whole(count: f64) -> u64 {
    (count + 0.5) as u64
}
