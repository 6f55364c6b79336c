//! Pending SLA targets by the million: how late a due one is recorded, and how soon after a restart.

mod seed;
mod server;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::ensure;
use clap::Args;

use crate::client::metrics::Reading;
use crate::timers::seed::Seeder;
use crate::timers::server::Server;

/// How many, and which service.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: kerros-load timers --kerros target/release/kerros --config tests/load/config --data /tmp/bench --url http://127.0.0.1:8090

Fills the data folder, then starts, kills and starts the service on it by itself."
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
    /// Its data folder, filled by this command.
    #[arg(long)]
    data: PathBuf,
    /// Targets pending far in the future.
    #[arg(long, default_value_t = 1_000_000)]
    pending: u64,
    /// Targets that fall due a second.
    #[arg(long, default_value_t = 200)]
    rate: u64,
    /// For how many seconds.
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    /// Print the figures as JSON.
    #[arg(long)]
    json: bool,
}

/// Seeds, runs, kills, restarts, prints.
pub async fn run(options: &Options) -> anyhow::Result<bool> {
    let seeder = Seeder::open(&options.data).await?;
    seeder.pending(options.pending).await?;
    let due = options.rate * options.seconds;
    // Twice: the second half falls due around a kill.
    seeder.due(due, options.rate, Duration::from_secs(8)).await?;
    drop(seeder);

    let http = reqwest::Client::new();
    let mut server = Server::start(&http, options).await?;
    let start_ms = server.ready_after.as_secs_f64() * 1000.0;
    if !options.json {
        println!("start to ready with {} pending targets: {start_ms:.0} ms", options.pending);
    }
    let breached = ["tenant=\"bench\"", "outcome=\"breached\""];
    let half = due / 2;
    let (first, took) = until(&http, options, half).await?;
    let lag = |reading: &Reading, q| {
        reading.quantile(&Reading::default(), "kerros_scheduler_lag_seconds", &[], q)
    };
    let recorded_in = took.as_secs_f64();
    let (p50, p99) = (lag(&first, 0.5), lag(&first, 0.99));
    if !options.json {
        println!(
            "{half} due at {}/s, recorded in {recorded_in:.1} s: due to recorded p50 <= {p50} s, p99 <= {p99} s (bucket edges)",
            options.rate
        );
    }
    let before_kill =
        Reading::take(&http, &options.url).await?.sum("kerros_sla_targets_total", &breached);

    server.kill().await?;
    tokio::time::sleep(Duration::from_secs(options.seconds / 2 + 4)).await;
    let server = Server::start(&http, options).await?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
    let rest = due.saturating_sub(before_kill as u64);
    let (_, took) = until(&http, options, rest).await?;
    let again_ms = server.ready_after.as_secs_f64() * 1000.0;
    let caught_up = (server.ready_after + took).as_secs_f64();
    if options.json {
        let figures = serde_json::json!({
            "pending": options.pending, "start_ms": start_ms, "due": half, "due_per_second": options.rate,
            "recorded_in_s": recorded_in, "lag_p50_s_at_most": p50, "lag_p99_s_at_most": p99,
            "after_kill": { "start_ms": again_ms, "overdue": rest, "caught_up_s": caught_up },
        });
        println!("{figures:#}");
    } else {
        println!(
            "after kill -9: ready in {again_ms:.0} ms, {rest} overdue targets recorded {caught_up:.2} s after the start"
        );
    }
    Ok(true)
}

/// Waits until so many breaches are counted.
async fn until(
    http: &reqwest::Client,
    options: &Options,
    wanted: u64,
) -> anyhow::Result<(Reading, Duration)> {
    let start = Instant::now();
    loop {
        let reading = Reading::take(http, &options.url).await?;
        let found =
            reading.sum("kerros_sla_targets_total", &["tenant=\"bench\"", "outcome=\"breached\""]);
        if found + 0.5 >= wanted as f64 {
            return Ok((reading, start.elapsed()));
        }
        ensure!(
            start.elapsed() < Duration::from_secs(180),
            "only {found} of {wanted} due targets were recorded"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
