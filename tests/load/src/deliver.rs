//! Replies to a provider that fails now and then: how many go out a second, whether all are settled, and whether any
//! went out twice. A test as well as a bench: exits 1 if one was lost, doubled or left.

mod account;
mod provider;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use clap::Args;
use serde_json::json;
use tokio::task::JoinSet;

use self::account::Sums;
use self::provider::{Failures, Provider};
use crate::client::api::Agent;
use crate::client::hook::signature;
use crate::client::metrics::Reading;
use crate::service::Service;
use crate::{baseline, process, progress};

const EMAIL: &str = "bench@example.com";
const PASSWORD: &str = "correct horse battery";
/// How long the service waits for an answer in this bench. Seconds.
const PATIENCE_S: u64 = 2;

/// How many, how fast, and which service.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: kerros-load deliver --kerros target/release/kerros --data /tmp/bench-deliver --messages 60000 --rate 1000

Starts the service on an empty folder, with a webhook channel whose provider is this program. Of its answers 5 % are failures:
503, 429 with retry-after in short storms, connections reset before and after the message was taken, answers too late.
With --no-key the provider has no key against doubles: then people are asked about messages whose answer was lost,
which counts as settled."
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
    /// An empty folder for the service's data.
    #[arg(long)]
    data: PathBuf,
    /// Replies in all.
    #[arg(long, default_value_t = 20_000)]
    messages: u64,
    /// Replies a second; 0 is as fast as they are taken.
    #[arg(long, default_value_t = 1000)]
    rate: u64,
    /// Conversations that they are spread over. One conversation's messages go one after the other.
    #[arg(long, default_value_t = 2000)]
    conversations: u64,
    /// People who write at the same time.
    #[arg(long, default_value_t = 64)]
    writers: u64,
    /// Thousandths of the provider's answers that are failures.
    #[arg(long, default_value_t = 50)]
    failures: u64,
    /// The provider has no key against doubles.
    #[arg(long)]
    no_key: bool,
    /// How long to wait for the last ones, in seconds.
    #[arg(long, default_value_t = 300)]
    patience: u64,
    /// Print the figures as JSON.
    #[arg(long)]
    json: bool,
}

/// Writes, waits until all are settled, compares, prints. False if one was lost, doubled or left.
pub async fn run(options: &Options) -> anyhow::Result<bool> {
    std::fs::create_dir_all(&options.data)?;
    let raw = baseline::raw_rows_per_second(&options.data, Duration::from_secs(2)).await?;
    let failures =
        Failures { per_mille: options.failures, too_long: Duration::from_secs(2 * PATIENCE_S) };
    let provider = Provider::open(failures, !options.no_key).await?;
    let config = options.data.join("config");
    write_config(&options.config, &config, &provider.address, !options.no_key)?;
    let data = options.data.join("data");
    let service =
        Service { kerros: &options.kerros, url: &options.url, config: &config, data: &data };
    service.add_user(EMAIL, PASSWORD, "bench").await?;
    let http = reqwest::Client::builder().pool_max_idle_per_host(1024).build()?;
    let mut child = service.start(&http).await?;
    let pid = child.id().context("the service is gone")?;
    let agent = Agent::log_in(&http, &options.url, EMAIL, PASSWORD).await?;
    let conversations = Arc::new(open(&http, options, &agent).await?);

    let before = Reading::take(&http, &options.url).await?;
    let cpu_before = process::cpu_seconds(pid)?;
    let began = Instant::now();
    write(&agent, options, &conversations, began).await?;
    let written = began.elapsed();
    let bar = progress::bar("settled", options.messages);
    let (mut meanwhile, mut most) = (None, None);
    let after = loop {
        let after = Reading::take(&http, &options.url).await?;
        let settled = settled(&after, &before);
        bar.set_position(settled);
        meanwhile.get_or_insert(settled);
        if settled * 100 >= options.messages * 95 {
            most.get_or_insert((settled, began.elapsed()));
        }
        if settled >= options.messages {
            break after;
        }
        if began.elapsed() > written + Duration::from_secs(options.patience) {
            eprintln!("only {settled} of {} were settled", options.messages);
            break after;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    bar.finish_and_clear();
    let took = began.elapsed();
    let cpu = process::cpu_seconds(pid)? - cpu_before;
    let resident = process::resident(pid)?;
    stop(&mut child).await?;

    let sums = Sums::of(&account::read(&data).await?, &provider.book());
    let right = sums.is_right(!options.no_key)
        && sums.sent + sums.unknown == options.messages
        && settled(&after, &before) == options.messages;
    let meanwhile = meanwhile.unwrap_or_default();
    print(options, &provider, &sums, &Took { written, meanwhile, most, took, cpu, resident, raw });
    Ok(right)
}

struct Took {
    written: Duration,
    /// Settled while the replies were written.
    meanwhile: u64,
    /// When 95 of 100 were settled: the others failed and wait for their next attempt.
    most: Option<(u64, Duration)>,
    took: Duration,
    cpu: f64,
    resident: u64,
    raw: f64,
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn print(options: &Options, provider: &Provider, sums: &Sums, took: &Took) {
    let book = provider.book();
    let count = options.messages as f64;
    let rate = count / took.took.as_secs_f64();
    let meanwhile = took.meanwhile as f64 / took.written.as_secs_f64();
    let backlog = took.most.and_then(|(settled, at)| {
        let seconds = at.checked_sub(took.written)?.as_secs_f64();
        let more = settled.checked_sub(took.meanwhile)?;
        (more > 0 && seconds > 0.0).then(|| more as f64 / seconds)
    });
    if options.json {
        let figures = json!({
            "messages": options.messages, "seconds": took.took.as_secs_f64(), "per_second": rate,
            "written_seconds": took.written.as_secs_f64(), "cpu_seconds": took.cpu,
            "per_second_while_writing": meanwhile, "per_second_of_backlog": backlog,
            "resident_bytes": took.resident, "raw_rows_per_second": took.raw, "ratio": rate / took.raw,
            "sent": sums.sent, "unknown": sums.unknown, "given_up": sums.failed, "left": sums.open,
            "doubled": sums.doubled, "needless": sums.needless, "lost": sums.lost, "strange": sums.strange,
            "failures_on_purpose": book.failures(),
        });
        println!("{figures:#}");
        return;
    }
    println!(
        "{} messages settled in {:.1} s: {rate:.0}/s (written in {:.1} s: {:.0}/s)",
        options.messages,
        took.took.as_secs_f64(),
        took.written.as_secs_f64(),
        count / took.written.as_secs_f64(),
    );
    if let (Some((_, at)), Some(backlog)) = (took.most, backlog) {
        println!(
            "while the replies were written {meanwhile:.0}/s, then {backlog:.0}/s of what had gathered; 95 of 100 after {:.1} s, the others waited for their next attempt",
            at.as_secs_f64()
        );
    }
    println!(
        "{} sent, {} that people are asked about, {} given up, {} left; {} doubled, {} sent again needlessly, {} lost, {} strange",
        sums.sent,
        sums.unknown,
        sums.failed,
        sums.open,
        sums.doubled,
        sums.needless,
        sums.lost,
        sums.strange,
    );
    println!(
        "provider ({}): {} failures on purpose: {} put off, {} too fast, {} reset unread, {} taken and reset, {} taken and late",
        if options.no_key { "no key" } else { "drops repeats" },
        book.failures(),
        book.put_off,
        book.too_fast,
        book.unread,
        book.lost,
        book.late,
    );
    println!(
        "service: {:.0} us of processor a message, intake of the replies by API included; {} MiB resident",
        took.cpu / count * 1e6,
        took.resident >> 20
    );
    println!(
        "baseline: {:.0} raw rows/s on the same disk; ratio {:.2} %",
        took.raw,
        rate / took.raw * 100.0
    );
}

/// Deliveries that have an end, by the service's own count.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
fn settled(after: &Reading, before: &Reading) -> u64 {
    let ends = ["sent", "unknown", "rejected", "dead", "expired"];
    let count = |outcome| {
        let label = format!("outcome=\"{outcome}\"");
        after.growth(before, "kerros_deliveries_total", &["tenant=\"bench\"", &label])
    };
    ends.into_iter().map(count).sum::<f64>().round() as u64
}

/// The bench tenant with a provider of its own.
fn write_config(from: &Path, to: &Path, provider: &str, idempotent: bool) -> anyhow::Result<()> {
    std::fs::create_dir_all(to.join("tenants"))?;
    let text = std::fs::read_to_string(from.join("tenants/bench.toml"))?;
    let channel = format!(
        "\n[channels.out]\nplugin = \"channel/webhook\"\nidempotent = {idempotent}\nhosts = [\"{provider}\"]\n\
         config = {{ in = {{ secret = \"hook\" }}, out = {{ url = \"http://{provider}/\", external_id = \"/id\" }} }}\n\
         secrets = {{ hook = {{ env = \"KERROS_BENCH_SECRET\" }} }}\n"
    );
    std::fs::write(to.join("tenants/bench.toml"), text + &channel)?;
    let platform = std::fs::read_to_string(from.join("kerros.toml"))?;
    let platform = format!("{platform}\n[outbound]\ntime = \"{PATIENCE_S}s\"\n");
    Ok(std::fs::write(to.join("kerros.toml"), platform)?)
}

/// Customers who wrote once and wait; gives their conversations.
async fn open(
    http: &reqwest::Client,
    options: &Options,
    agent: &Agent,
) -> anyhow::Result<Vec<String>> {
    let bar = progress::bar("conversations", options.conversations);
    let next = Arc::new(AtomicU64::new(0));
    let mut writers = JoinSet::new();
    for _ in 0..options.writers.max(1) {
        let (http, next, bar) = (http.clone(), Arc::clone(&next), bar.clone());
        let (url, all) = (format!("{}/hooks/bench/out", options.url), options.conversations);
        writers.spawn(async move {
            while let number = next.fetch_add(1, Ordering::Relaxed)
                && number < all
            {
                let body = json!({
                    "id": format!("in-{number}"), "thread": format!("c{number}"),
                    "sender": format!("c{number}"), "language": "en", "text": "Is anybody there?",
                })
                .to_string();
                let answer = http
                    .post(&url)
                    .header("content-type", "application/json")
                    .header("x-kerros-signature", signature(b"secret", &body)?)
                    .body(body)
                    .send()
                    .await?;
                let status = answer.status();
                if !status.is_success() {
                    bail!("conversation {number}: {status}: {}", answer.text().await?);
                }
                bar.inc(1);
            }
            Ok(())
        });
    }
    while let Some(done) = writers.join_next().await {
        done??;
    }
    let began = Instant::now();
    loop {
        let found = agent.all("conversations?tenant=bench&order=newest").await?;
        let ids: Option<Vec<String>> =
            found.iter().map(|one| Some(one["id"].as_str()?.to_owned())).collect();
        let ids = ids.context("a conversation without an id")?;
        if ids.len() as u64 >= options.conversations {
            bar.finish_and_clear();
            return Ok(ids);
        }
        ensure!(began.elapsed() < Duration::from_secs(120), "only {} conversations", ids.len());
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Replies, at the pace asked for.
async fn write(
    agent: &Agent,
    options: &Options,
    conversations: &Arc<Vec<String>>,
    began: Instant,
) -> anyhow::Result<()> {
    let bar = progress::bar("replies", options.messages);
    let next = Arc::new(AtomicU64::new(0));
    let mut writers = JoinSet::new();
    for _ in 0..options.writers.max(1) {
        let (agent, next, bar) = (agent.clone(), Arc::clone(&next), bar.clone());
        let (all, rate, conversations) =
            (options.messages, options.rate, Arc::clone(conversations));
        writers.spawn(async move {
            while let number = next.fetch_add(1, Ordering::Relaxed)
                && number < all
            {
                if let Some(us) = (number * 1_000_000).checked_div(rate) {
                    tokio::time::sleep_until((began + Duration::from_micros(us)).into()).await;
                }
                let place = usize::try_from(number % conversations.len() as u64)?;
                let text = "Thank you for writing. Your receipt is on its way to you.";
                agent.reply(&conversations[place], &format!("reply-{number}"), text).await?;
                bar.inc(1);
            }
            anyhow::Ok(())
        });
    }
    while let Some(done) = writers.join_next().await {
        done??;
    }
    bar.finish_and_clear();
    Ok(())
}

/// Lets the service end in order, so that its database is whole.
async fn stop(child: &mut tokio::process::Child) -> anyhow::Result<()> {
    let pid = child.id().context("the service is gone")?.to_string();
    let told = tokio::process::Command::new("kill").arg(&pid).status().await?;
    ensure!(told.success(), "kill {pid}: {told}");
    let ended = tokio::time::timeout(Duration::from_secs(60), child.wait()).await;
    ended.context("the service did not end within a minute")??;
    Ok(())
}
