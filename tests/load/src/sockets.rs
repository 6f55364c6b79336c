//! Idle widget sockets: how much memory each holds, and how soon a message reaches one of them.

use std::time::{Duration, Instant};

use anyhow::Context;
use clap::Args;
use serde_json::json;
use tokio::sync::mpsc;

use crate::client::api::Agent;
use crate::client::visitor::Visitor;
use crate::figures::Times;
use crate::{process, progress};

/// How many sockets and where.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: ulimit -n 30000; kerros-load sockets --url http://127.0.0.1:8080 --count 10000 --pid $(pidof kerros)

Both processes need open files: ulimit -n above the count."
)]
pub struct Options {
    /// The service.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    url: String,
    /// The tenant.
    #[arg(long, default_value = "aurinko")]
    tenant: String,
    /// The agent who answers.
    #[arg(long, default_value = "saara@example.com", env = "KERROS_LOAD_EMAIL")]
    email: String,
    /// The agent's password.
    #[arg(
        long,
        default_value = "kerros-demo",
        env = "KERROS_LOAD_PASSWORD",
        hide_env_values = true
    )]
    password: String,
    /// Idle sockets.
    #[arg(long, default_value_t = 10_000)]
    count: usize,
    /// Sockets among them with a conversation, which get the messages.
    #[arg(long, default_value_t = 100)]
    talking: usize,
    /// Messages a second.
    #[arg(long, default_value_t = 200)]
    rate: u32,
    /// For how many seconds.
    #[arg(long, default_value_t = 15)]
    seconds: u32,
    /// The service's process.
    #[arg(long)]
    pid: u32,
    /// Print the figures as JSON.
    #[arg(long)]
    json: bool,
}

/// Connects, talks, prints.
pub async fn run(options: &Options) -> anyhow::Result<bool> {
    let http = reqwest::Client::builder().pool_max_idle_per_host(64).build()?;
    let agent = Agent::log_in(&http, &options.url, &options.email, &options.password).await?;
    // A few first, so that what is made once for all of them is not counted as theirs.
    for _ in 0..8 {
        Visitor::connect(&http, &options.url, &options.tenant, "en").await?;
    }
    let before = process::resident(options.pid)?;
    let bar = progress::bar("sockets", options.count as u64);
    let mut idle = Vec::with_capacity(options.count);
    while idle.len() < options.count {
        let some = (options.count - idle.len()).min(64);
        let opened =
            (0..some).map(|_| Visitor::connect(&http, &options.url, &options.tenant, "en"));
        for visitor in futures::future::join_all(opened).await {
            idle.push(visitor.context("an idle socket; is ulimit -n high enough on both sides?")?);
            bar.inc(1);
        }
    }
    bar.finish_and_clear();
    tokio::time::sleep(Duration::from_secs(2)).await;
    let after = process::resident(options.pid)?;
    let each = after.saturating_sub(before) as f64 / options.count as f64 / 1024.0;
    if !options.json {
        println!(
            "{} idle sockets: {each:.1} KiB resident each ({} MiB in all)",
            options.count,
            after >> 20
        );
    }

    let (heard, mut hears) = mpsc::unbounded_channel::<(String, Instant)>();
    let mut threads = Vec::new();
    for number in 0..options.talking {
        let mut visitor = Visitor::connect(&http, &options.url, &options.tenant, "en").await?;
        visitor
            .say(&format!("first-{number}"), "I would like to talk with a person, please")
            .await?;
        threads.push(visitor.thread.clone());
        let heard = heard.clone();
        tokio::spawn(async move {
            while let Ok(frame) = visitor.next_message().await {
                if let Some(text) = frame["text"].as_str()
                    && heard.send((text.to_owned(), Instant::now())).is_err()
                {
                    break;
                }
            }
        });
    }
    let conversations = conversations(&agent, &options.tenant, &threads).await?;

    let times = talk(options, &agent, &conversations, &mut hears).await?;
    if options.json {
        let figures = json!({
            "sockets": options.count, "kib_each": each, "resident_bytes": after,
            "messages_per_second": options.rate, "message_to_screen": times.json(),
        });
        println!("{figures:#}");
    } else {
        println!("message to a customer's screen at {}/s: {times}", options.rate);
    }
    drop(idle);
    Ok(true)
}

async fn conversations(
    agent: &Agent,
    tenant: &str,
    threads: &[String],
) -> anyhow::Result<Vec<String>> {
    let start = Instant::now();
    loop {
        let found: Vec<String> = agent
            .newest(tenant, 200)
            .await?
            .iter()
            .filter(|item| {
                item["thread"].as_str().is_some_and(|thread| threads.iter().any(|t| t == thread))
            })
            .filter_map(|item| item["id"].as_str().map(ToOwned::to_owned))
            .collect();
        if found.len() == threads.len() {
            return Ok(found);
        }
        anyhow::ensure!(
            start.elapsed() < Duration::from_secs(60),
            "{} of {} conversations came in",
            found.len(),
            threads.len()
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Answers at the wanted rate, whatever the service does, and takes the time from asking to the screen.
async fn talk(
    options: &Options,
    agent: &Agent,
    conversations: &[String],
    hears: &mut mpsc::UnboundedReceiver<(String, Instant)>,
) -> anyhow::Result<Times> {
    let all = options.rate * options.seconds;
    let mut tick = tokio::time::interval(Duration::from_secs(1) / options.rate.max(1));
    let mut sent = std::collections::HashMap::new();
    let mut times = Times::new()?;
    let bar = progress::bar("messages", u64::from(all));
    let (mut number, mut got) = (0_u32, 0_u32);
    let end = Instant::now() + Duration::from_secs(u64::from(options.seconds) + 30);
    while got < all && Instant::now() < end {
        tokio::select! {
            _ = tick.tick(), if number < all => {
                let text = format!("bench message {number}");
                let conversation = conversations[number as usize % conversations.len()].clone();
                sent.insert(text.clone(), Instant::now());
                let agent = agent.clone();
                tokio::spawn(async move {
                    if let Err(error) = agent.reply(&conversation, &json!(text).to_string(), &text).await {
                        eprintln!("reply: {error:#}");
                    }
                });
                number += 1;
            }
            Some((text, at)) = hears.recv() => {
                if let Some(start) = sent.remove(&text) {
                    times.add(at.duration_since(start));
                    got += 1;
                    bar.inc(1);
                }
            }
            () = tokio::time::sleep_until(end.into()) => {}
        }
    }
    bar.finish_and_clear();
    anyhow::ensure!(got == all, "{got} of {all} messages reached their customer");
    Ok(times)
}
