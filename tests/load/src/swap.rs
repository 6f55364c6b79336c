//! A new version of a plugin takes over while customers talk to it: how long that takes, and whether anybody notices.
//!
//! Each customer says something, waits for the bot's answer, and goes on. The answer names the version that gave it and repeats what
//! was said, so a lost, doubled or strange one shows.

use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use clap::Args;
use tokio::sync::mpsc;

use crate::client::metrics::Reading;
use crate::client::visitor::Visitor;
use crate::figures::Times;
use crate::progress;

/// Who talks, and what swaps.
#[derive(Debug, Args)]
#[command(after_help = "Example: kerros-load swap --url http://127.0.0.1:8080 --tenant swap \\
    --new 'kerros plugin upgrade --tenant swap --use self-service 2.0.0 --promote --force' \\
    --old 'kerros plugin upgrade --tenant swap --use self-service 1.0.0 --promote --force' --swaps 4

tests/support/swap.sh makes the bot, its tenant and its two versions, and runs this.")]
pub struct Options {
    /// The service.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    url: String,
    /// The tenant; its bot answers `VERSION: TEXT`.
    #[arg(long, default_value = "swap")]
    tenant: String,
    /// Customers, each with a conversation in flight.
    #[arg(long, default_value_t = 500)]
    visitors: usize,
    /// What a customer waits between an answer and the next message, milliseconds.
    #[arg(long, default_value_t = 1000)]
    pause_ms: u64,
    /// How long they talk before each swap, and after the last, seconds.
    #[arg(long, default_value_t = 8)]
    seconds: u64,
    /// What swaps the new version in, run by a shell.
    #[arg(long)]
    new: String,
    /// What swaps the old version in again.
    #[arg(long)]
    old: String,
    /// How often it is swapped, to the new version and back by turns.
    #[arg(long, default_value_t = 1)]
    swaps: usize,
    /// The old version, which serves at the beginning, and the new one.
    #[arg(long, value_delimiter = ',', default_values = ["1.0.0", "2.0.0"], num_args = 1)]
    versions: Vec<String>,
    /// The longest time from a command's begin to the first answer by its version, milliseconds.
    #[arg(long, default_value_t = 1000)]
    most_ms: u64,
    /// Print the figures as JSON.
    #[arg(long)]
    json: bool,
}

/// An answer that a customer got.
struct Answer {
    at: Instant,
    took: Duration,
    version: String,
}

/// A swap that was made.
struct Swap {
    began: Instant,
    command: Duration,
}

/// Talks, swaps, talks on, prints. False if anything was lost, doubled or slow.
pub async fn run(options: &Options) -> anyhow::Result<bool> {
    ensure!(options.swaps > 0 && options.versions.len() == 2, "at least one swap, of two versions");
    let http = reqwest::Client::builder().pool_max_idle_per_host(64).build()?;
    let before = Reading::take(&http, &options.url).await?;
    let bar = progress::bar("customers", options.visitors as u64);
    let mut visitors = Vec::with_capacity(options.visitors);
    while visitors.len() < options.visitors {
        let some = (options.visitors - visitors.len()).min(32);
        let opened =
            (0..some).map(|_| Visitor::connect(&http, &options.url, &options.tenant, "en"));
        for visitor in futures::future::join_all(opened).await {
            visitors.push(visitor.context("a customer; is ulimit -n high enough?")?);
            bar.inc(1);
        }
    }
    bar.finish_and_clear();

    let stop = Arc::new(AtomicBool::new(false));
    let (tell, mut answers) = mpsc::unbounded_channel();
    let pause = Duration::from_millis(options.pause_ms);
    let talks: Vec<_> = visitors
        .into_iter()
        .enumerate()
        .map(|(number, visitor)| {
            let (tell, stop) = (tell.clone(), Arc::clone(&stop));
            tokio::spawn(talk(number, visitor, pause, stop, tell))
        })
        .collect();
    drop(tell);

    let bar = progress::bar("swaps", options.swaps as u64);
    let mut swaps = Vec::with_capacity(options.swaps);
    for number in 0..options.swaps {
        tokio::time::sleep(Duration::from_secs(options.seconds)).await;
        swaps.push(swap(if number % 2 == 0 { &options.new } else { &options.old }).await?);
        bar.inc(1);
    }
    tokio::time::sleep(Duration::from_secs(options.seconds)).await;
    bar.finish_and_clear();
    stop.store(true, Ordering::Relaxed);

    let (mut said, mut reconnects, mut faults) = (0_u64, 0, Vec::new());
    for talk in talks {
        match talk.await? {
            Ok((times, lost)) => {
                said += times;
                reconnects += lost;
            }
            Err(error) => faults.push(format!("{error:#}")),
        }
    }
    let mut all = Vec::new();
    while let Ok(answer) = answers.try_recv() {
        all.push(answer);
    }
    let after = Reading::take(&http, &options.url).await?;
    let broke = after.growth(&before, "kerros_plugin_traps_total", &[]);
    report(options, &all, &swaps, &Ended { said, reconnects, faults, broke })
}

async fn swap(command: &str) -> anyhow::Result<Swap> {
    let began = Instant::now();
    let mut shell = tokio::process::Command::new("sh");
    shell.args(["-c", command]).stdin(Stdio::null()).stdout(Stdio::null());
    let ended = shell.status().await?;
    ensure!(ended.success(), "{command} ended with {ended}");
    Ok(Swap { began, command: began.elapsed() })
}

struct Ended {
    said: u64,
    reconnects: u32,
    faults: Vec<String>,
    broke: f64,
}

/// How long a swap took, seen from its customers.
struct Took {
    to: usize,
    command: Duration,
    /// From the begin to the first answer by the new version.
    first: Duration,
    /// From the begin to the last answer by the old one.
    last: Duration,
}

fn took(options: &Options, all: &[Answer], swaps: &[Swap]) -> anyhow::Result<Vec<Took>> {
    let mut took = Vec::with_capacity(swaps.len());
    for (number, swap) in swaps.iter().enumerate() {
        let to = (number + 1) % 2;
        let until = swaps.get(number + 1).map(|next| next.began);
        let then = |version: usize| {
            let version = options.versions[version].as_str();
            let of = move |answer: &&Answer| answer.version == version;
            let within =
                move |at: &Instant| *at >= swap.began && until.is_none_or(|until| *at < until);
            all.iter().filter(of).map(|answer| answer.at).filter(within)
        };
        let since = |at: Instant| at.duration_since(swap.began);
        let Some(first) = then(to).min() else {
            bail!("no answer by {} after swap {}", options.versions[to], number + 1)
        };
        let last = then(1 - to).max().map_or(Duration::ZERO, since);
        took.push(Took { to, command: swap.command, first: since(first), last });
    }
    Ok(took)
}

fn report(
    options: &Options,
    all: &[Answer],
    swaps: &[Swap],
    ended: &Ended,
) -> anyhow::Result<bool> {
    let Ended { said, reconnects, faults, broke } = ended;
    let [old, new] = options.versions.as_slice() else { bail!("two versions") };
    let of = |version: &str| all.iter().filter(|answer| answer.version == version).count();
    let took = took(options, all, swaps)?;
    let (mut calm, mut around) = (Times::new()?, Times::new()?);
    for answer in all {
        // A second before a swap began, and two after: what it could have disturbed.
        let near = swaps.iter().any(|Swap { began, .. }| {
            answer.at + Duration::from_secs(1) > *began
                && answer.at < *began + Duration::from_secs(2)
        });
        if near { around.add(answer.took) } else { calm.add(answer.took) }
    }
    let strange = all.len() - of(old) - of(new);
    let whole = *said == all.len() as u64 && strange == 0 && faults.is_empty() && *broke == 0.0;
    let slow = took.iter().filter(|swap| swap.first > Duration::from_millis(options.most_ms));
    let slow = slow.count();
    if options.json {
        let ms = |time: Duration| time.as_secs_f64() * 1000.0;
        let swaps: Vec<_> = took
            .iter()
            .map(|swap| {
                serde_json::json!({
                    "to": options.versions[swap.to], "command_ms": ms(swap.command),
                    "first_ms": ms(swap.first), "last_before_ms": ms(swap.last),
                })
            })
            .collect();
        let figures = serde_json::json!({
            "conversations": options.visitors, "swaps": swaps, "calm": calm.json(),
            "around": around.json(), "said": said, "by_old": of(old), "by_new": of(new),
            "by_others": strange, "traps": broke, "reconnects": reconnects, "faults": faults,
        });
        println!("{figures:#}");
    } else {
        println!("{} conversations in flight", options.visitors);
        for swap in &took {
            println!(
                "swap: command {} ms, first answer by {} after {} ms, last by {} after {} ms",
                swap.command.as_millis(),
                options.versions[swap.to],
                swap.first.as_millis(),
                options.versions[1 - swap.to],
                swap.last.as_millis(),
            );
        }
        println!("answers otherwise:        {calm}");
        println!("answers around the swaps: {around}");
        println!(
            "{said} said, {} by {old}, {} by {new}, {strange} by others, {} faults, {broke} traps, {reconnects} reconnects",
            of(old),
            of(new),
            faults.len(),
        );
        faults.iter().take(10).for_each(|fault| println!("  {fault}"));
        if slow > 0 {
            println!("{slow} swaps slower than {} ms", options.most_ms);
        }
    }
    Ok(whole && slow == 0 && *reconnects == 0)
}

/// Says and hears until told to stop; then how much was said, and how often the connection was lost.
async fn talk(
    number: usize,
    mut visitor: Visitor,
    pause: Duration,
    stop: Arc<AtomicBool>,
    tell: mpsc::UnboundedSender<Answer>,
) -> anyhow::Result<(u64, u32)> {
    // Not all at once.
    tokio::time::sleep(pause.mul_f64((number % 100) as f64 / 100.0)).await;
    let mut said = 0;
    while !stop.load(Ordering::Relaxed) {
        let text = format!("{number}-{said}");
        let start = Instant::now();
        visitor.say(&text, &text).await?;
        said += 1;
        let answer = loop {
            let frame = visitor.next_message().await.with_context(|| format!("after {text}"))?;
            let answer = frame["text"].as_str().unwrap_or_default().to_owned();
            // What opened the talk came before anything was said.
            if answer.contains(": ") {
                break answer;
            }
        };
        let (version, repeated) = answer.split_once(": ").unwrap_or_default();
        ensure!(repeated == text, "{text} was answered {answer:?}");
        let (at, version) = (Instant::now(), version.to_owned());
        let _ = tell.send(Answer { at, took: at - start, version });
        tokio::time::sleep(pause).await;
    }
    // Nothing came twice: each thing said has one answer among all that this customer sees.
    let answers =
        visitor.seen.values().filter(|seen| seen.author == "bot" && seen.text.contains(": "));
    ensure!(answers.count() as u64 == said, "customer {number} sees other answers than {said}");
    Ok((said, visitor.reconnects))
}
