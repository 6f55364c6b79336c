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
    --command 'kerros plugin upgrade --tenant swap --use self-service 2.0.0 --promote --force'

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
    /// How long they talk before the swap, and after it, seconds.
    #[arg(long, default_value_t = 8)]
    seconds: u64,
    /// What swaps, run by a shell.
    #[arg(long)]
    command: String,
    /// The version before.
    #[arg(long, default_value = "1.0.0")]
    old: String,
    /// The version after.
    #[arg(long, default_value = "2.0.0")]
    new: String,
    /// The longest time from the command's begin to the first answer by the new version, milliseconds.
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

/// Talks, swaps, talks on, prints. False if anything was lost, doubled or slow.
pub async fn run(options: &Options) -> anyhow::Result<bool> {
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

    tokio::time::sleep(Duration::from_secs(options.seconds)).await;
    let began = Instant::now();
    let ended = tokio::process::Command::new("sh")
        .args(["-c", &options.command])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .await?;
    let command = began.elapsed();
    ensure!(ended.success(), "{} ended with {ended}", options.command);
    tokio::time::sleep(Duration::from_secs(options.seconds)).await;
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
    report(options, &all, began, command, Ended { said, reconnects, faults, broke })
}

struct Ended {
    said: u64,
    reconnects: u32,
    faults: Vec<String>,
    broke: f64,
}

fn report(
    options: &Options,
    all: &[Answer],
    began: Instant,
    command: Duration,
    ended: Ended,
) -> anyhow::Result<bool> {
    let Ended { said, reconnects, faults, broke } = ended;
    let of = |version: &str| all.iter().filter(|answer| answer.version == version).count();
    let first = all.iter().filter(|answer| answer.version == options.new).map(|a| a.at).min();
    let last = all.iter().filter(|answer| answer.version == options.old).map(|a| a.at).max();
    let Some(first) = first else { bail!("no answer by {}", options.new) };
    let swap = first.saturating_duration_since(began);
    let over = last.map_or(Duration::ZERO, |last| last.saturating_duration_since(began));
    let (mut calm, mut around) = (Times::new()?, Times::new()?);
    for answer in all {
        // A second before the swap began, and two after: what it could have disturbed.
        let near = answer.at + Duration::from_secs(1) > began
            && answer.at < began + Duration::from_secs(2);
        if near { around.add(answer.took) } else { calm.add(answer.took) }
    }
    let strange = all.len() - of(&options.old) - of(&options.new);
    let whole = said == all.len() as u64 && strange == 0 && faults.is_empty() && broke == 0.0;
    let quick = swap <= Duration::from_millis(options.most_ms);
    if options.json {
        let figures = serde_json::json!({
            "conversations": options.visitors, "command_ms": command.as_secs_f64() * 1000.0,
            "first_new_ms": swap.as_secs_f64() * 1000.0, "last_old_ms": over.as_secs_f64() * 1000.0,
            "calm": calm.json(), "around": around.json(), "said": said, "by_old": of(&options.old),
            "by_new": of(&options.new), "by_others": strange, "traps": broke,
            "reconnects": reconnects, "faults": faults,
        });
        println!("{figures:#}");
    } else {
        println!(
            "swap with {} conversations in flight: command {} ms, first answer by {} after {} ms, last by {} after {} ms",
            options.visitors,
            command.as_millis(),
            options.new,
            swap.as_millis(),
            options.old,
            over.as_millis(),
        );
        println!("answers otherwise:       {calm}");
        println!("answers around the swap: {around}");
        println!(
            "{said} said, {} by {}, {} by {}, {strange} by others, {} faults, {broke} traps, {reconnects} reconnects",
            of(&options.old),
            options.old,
            of(&options.new),
            options.new,
            faults.len(),
        );
        faults.iter().take(10).for_each(|fault| println!("  {fault}"));
        if !quick {
            println!("slower than {} ms", options.most_ms);
        }
    }
    Ok(whole && quick && reconnects == 0)
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
