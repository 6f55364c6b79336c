//! Messages through a signed webhook channel: acknowledged durable, then processed through channel,
//! taggers, SLA and engine.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use clap::Args;
use serde_json::json;
use tokio::task::JoinSet;

use crate::client::hook::signature;
use crate::client::metrics::Reading;
use crate::figures::Times;
use crate::{baseline, process, progress};

/// Real questions are about this long.
const TEXTS: [&str; 4] = [
    "Hello, I paid at a restaurant yesterday but the receipt shows a different amount than my card. Could you check what happened and tell me whether I need to do something? The restaurant was on the main street, and I paid around noon.",
    "My order has not arrived yet although the tracking page says that it was delivered last Friday. I asked the neighbours and nobody has seen it. What should I do next?",
    "How do I change the PIN of my card?",
    "I would like to return the boots, they are too small. Can I change them for a bigger size, or do I have to send them back and order again?",
];

/// What to send and where.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: kerros-load ingest --url http://127.0.0.1:8080 --secret-file secret --messages 100000 --pid $(pidof kerros)

The tenant's webhook channel must be set up with the same secret; tests/load/config has one (tenant bench)."
)]
pub struct Options {
    /// The service.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    url: String,
    /// The tenant.
    #[arg(long, default_value = "bench")]
    tenant: String,
    /// Its webhook channel.
    #[arg(long, default_value = "hook")]
    channel: String,
    /// A file with the channel's secret.
    #[arg(long)]
    secret_file: PathBuf,
    /// Senders at once; each waits for its acknowledgement.
    #[arg(long, default_value_t = 64)]
    senders: u64,
    /// Messages in all.
    #[arg(long, default_value_t = 50_000)]
    messages: u64,
    /// Messages of one customer before the sender becomes another customer.
    #[arg(long, default_value_t = 4)]
    per_customer: u64,
    /// The service's process, to print its CPU and memory.
    #[arg(long)]
    pid: Option<u32>,
    /// A folder on the disk to measure the raw baseline on; the service's own data folder is best.
    #[arg(long, default_value = ".")]
    baseline: PathBuf,
    /// Print the figures as JSON.
    #[arg(long)]
    json: bool,
}

/// Sends, waits until all is processed, prints.
pub async fn run(options: &Options) -> anyhow::Result<bool> {
    let secret = std::fs::read(&options.secret_file).context("the secret file cannot be read")?;
    let secret: Arc<[u8]> = secret.trim_ascii().into();
    let raw_before =
        baseline::raw_rows_per_second(&options.baseline, Duration::from_secs(2)).await?;
    let http = reqwest::Client::builder().pool_max_idle_per_host(1024).build()?;
    let tenant = format!("tenant=\"{}\"", options.tenant);
    let before = Reading::take(&http, &options.url).await?;
    let cpu_before = options.pid.map(process::cpu_seconds).transpose()?;

    let bar = progress::bar("messages", options.messages);
    let next = Arc::new(AtomicU64::new(0));
    let run = format!("{}-{}", std::process::id(), uuid::Uuid::now_v7().simple());
    let start = Instant::now();
    let mut senders = JoinSet::new();
    for sender in 0..options.senders {
        let (http, secret, next, bar) =
            (http.clone(), Arc::clone(&secret), Arc::clone(&next), bar.clone());
        let url = format!("{}/hooks/{}/{}", options.url, options.tenant, options.channel);
        let (all, per_customer, run) = (options.messages, options.per_customer.max(1), run.clone());
        senders.spawn(async move {
            let mut times = Times::new()?;
            let mut own = 0_u64;
            while let number = next.fetch_add(1, Ordering::Relaxed)
                && number < all
            {
                let customer = format!("{run}-{sender}-{}", own / per_customer);
                own += 1;
                let text = TEXTS[usize::try_from(number % 4)?];
                let body = json!({
                    "id": format!("{run}-{number}"), "thread": customer, "sender": customer,
                    "sender_name": "Bench", "language": "en", "text": text,
                })
                .to_string();
                let sent = Instant::now();
                let answer = http
                    .post(&url)
                    .header("content-type", "application/json")
                    .header("x-kerros-signature", signature(&secret, &body)?)
                    .body(body)
                    .send()
                    .await?;
                let status = answer.status();
                if !status.is_success() {
                    bail!("message {number}: {status}: {}", answer.text().await?);
                }
                answer.bytes().await?;
                times.add(sent.elapsed());
                bar.inc(1);
            }
            Ok(times)
        });
    }
    let mut acks = Times::new()?;
    while let Some(done) = senders.join_next().await {
        acks.merge(&done??)?;
    }
    let acknowledged = start.elapsed();
    bar.finish_and_clear();

    // Processed is when intake has counted every message.
    let after = loop {
        let after = Reading::take(&http, &options.url).await?;
        let done = after.growth(&before, "kerros_intake_seconds_count", &[&tenant]);
        if done + 0.5 >= acks.count() as f64 {
            break after;
        }
        if start.elapsed() > acknowledged * 3 + Duration::from_secs(60) {
            bail!("only {done} of {} messages were processed", acks.count());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    let processed = start.elapsed();
    let raw_after =
        baseline::raw_rows_per_second(&options.baseline, Duration::from_secs(2)).await?;

    let count = acks.count() as f64;
    let rate = count / processed.as_secs_f64();
    let raw = f64::midpoint(raw_before, raw_after);
    let plugins = after.growth(&before, "kerros_plugin_call_seconds_sum", &[]);
    let commits = after.growth(&before, "kerros_database_seconds_sum", &["operation=\"commit\""]);
    let reads = after.growth(&before, "kerros_database_seconds_sum", &["operation=\"read\""]);
    let end_to_end =
        |q: f64| after.quantile(&before, "kerros_intake_seconds", &[&tenant], q) * 1000.0;
    let cpu =
        options.pid.map(process::cpu_seconds).transpose()?.zip(cpu_before).map(|(a, b)| a - b);
    let resident = options.pid.map(process::resident).transpose()?;
    if options.json {
        let figures = json!({
            "messages": count, "per_second": rate, "acknowledged_per_second": count / acknowledged.as_secs_f64(),
            "raw_rows_per_second": raw, "ratio": rate / raw,
            "ack_p50_ms": acks.ms(50.0), "ack_p99_ms": acks.ms(99.0),
            "end_to_end_p50_ms_at_most": end_to_end(0.5), "end_to_end_p99_ms_at_most": end_to_end(0.99),
            "plugin_seconds": plugins, "database_commit_seconds": commits, "database_read_seconds": reads,
            "cpu_seconds": cpu, "resident_bytes": resident,
        });
        println!("{figures:#}");
        return Ok(true);
    }
    println!(
        "{count} messages processed in {:.2} s: {rate:.0}/s (acknowledged: {:.0}/s)",
        processed.as_secs_f64(),
        count / acknowledged.as_secs_f64()
    );
    println!(
        "baseline: {raw:.0} raw rows/s on the same disk ({raw_before:.0} before, {raw_after:.0} after); ratio {:.2} %",
        rate / raw * 100.0
    );
    println!("acknowledgement: {acks}");
    println!(
        "end to end: p50 <= {:.1} ms, p99 <= {:.1} ms (bucket edges)",
        end_to_end(0.5),
        end_to_end(0.99)
    );
    println!(
        "per message, summed over waiters: plugins {:.0} us, commits {:.0} us, reads {:.0} us",
        plugins / count * 1e6,
        commits / count * 1e6,
        reads / count * 1e6
    );
    if let (Some(cpu), Some(resident)) = (cpu, resident) {
        println!(
            "service: {:.0} us of CPU a message, of which plugins {:.0} %; {} MiB resident",
            cpu / count * 1e6,
            plugins / cpu * 100.0,
            resident >> 20
        );
    }
    Ok(true)
}
