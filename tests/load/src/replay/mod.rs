//! Plays dialogues: customers on widget sockets, agents over the API; then asks the service what happened
//! and compares it with what was sent.

mod compare;
mod dialogue;
mod play;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::Args;
use serde_json::json;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::client::api::Agent;
use crate::client::metrics::Reading;
use crate::figures::Times;
use crate::progress;
use crate::replay::compare::{Difference, Ledger};
use crate::replay::play::{Played, Stage};

/// How long the ledger may take to tell what was played.
const LEDGER_PATIENCE: Duration = Duration::from_secs(30);

/// What to play and where.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: kerros-load replay --file dialogues.json --url http://127.0.0.1:8080 --rate 100

Exits 1 when messages, order, ledger or metrics differ from what was sent."
)]
pub struct Options {
    /// Dialogues in the format of the Schema-Guided Dialogue data set.
    #[arg(long)]
    file: PathBuf,
    /// The service.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    url: String,
    /// The tenant whose widget the customers use.
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
    /// Dialogues begun a second.
    #[arg(long, default_value_t = 20.0)]
    rate: f64,
    /// Dialogues under way at once.
    #[arg(long, default_value_t = 64)]
    parallel: usize,
    /// Play only the first N dialogues.
    #[arg(long)]
    first: Option<usize>,
    /// Leave metrics out of the comparison: counters begin anew when the service restarts meanwhile.
    #[arg(long)]
    without_metrics: bool,
    /// Print figures and differences as JSON.
    #[arg(long)]
    json: bool,
}

/// Plays and compares. `false` is a difference.
pub async fn run(options: &Options) -> anyhow::Result<bool> {
    let mut dialogues = dialogue::read(&options.file)?;
    dialogues.truncate(options.first.unwrap_or(usize::MAX));
    let http = reqwest::Client::builder().build()?;
    let agent = Agent::log_in(&http, &options.url, &options.email, &options.password).await?;
    let before = Reading::take(&http, &options.url).await.context("metrics before")?;
    let stage =
        Arc::new(Stage::new(http.clone(), options.url.clone(), options.tenant.clone(), agent));

    let ledger = Ledger::read(&stage, &options.tenant, None).await.context("the ledger before")?;

    let bar = progress::bar("dialogues", dialogues.len() as u64);
    let room = Arc::new(Semaphore::new(options.parallel.max(1)));
    let pause = Duration::from_secs_f64(1.0 / options.rate.max(0.01));
    let start = Instant::now();
    let mut running = JoinSet::new();
    for dialogue in dialogues.clone() {
        let permit = Arc::clone(&room).acquire_owned().await?;
        let stage = Arc::clone(&stage);
        running.spawn(async move {
            let played = play::play(&stage, &dialogue).await;
            drop(permit);
            played.with_context(|| format!("dialogue {}", dialogue.id))
        });
        tokio::time::sleep(pause).await;
    }
    let mut played: Vec<Played> = Vec::new();
    let mut differences: Vec<Difference> = Vec::new();
    while let Some(done) = running.join_next().await {
        match done? {
            Ok(one) => played.push(one),
            Err(error) => differences.push(Difference::new("play", format!("{error:#}"))),
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    let time = start.elapsed();

    let bar = progress::bar("comparing", played.len() as u64);
    let mut layers = Vec::new();
    for one in &played {
        let (found, layer) = compare::conversation(&stage, one).await?;
        differences.extend(found);
        layers.extend(layer);
        bar.inc(1);
    }
    bar.finish_and_clear();
    if differences.is_empty() {
        differences.extend(grown(&stage, &options.tenant, &ledger, &layers).await?);
    }
    if !options.without_metrics && differences.is_empty() {
        let after = Reading::take(&http, &options.url).await.context("metrics after")?;
        differences.extend(compare::metrics(&before, &after, &options.tenant, &played));
    }
    report(options, &played, &differences, time)?;
    Ok(differences.is_empty())
}

/// Compares the ledger. The board is counted again every few seconds, so it is asked until it tells everything.
async fn grown(
    stage: &Stage,
    tenant: &str,
    before: &Ledger,
    layers: &[String],
) -> anyhow::Result<Vec<Difference>> {
    let began = Instant::now();
    loop {
        let grown = Ledger::since(stage, tenant, before).await.context("the ledger after")?;
        let found = grown.compare(layers.len(), layers);
        if found.is_empty() || began.elapsed() > LEDGER_PATIENCE {
            return Ok(found);
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

fn report(
    options: &Options,
    played: &[Played],
    differences: &[Difference],
    time: Duration,
) -> anyhow::Result<()> {
    let mut acks = Times::new()?;
    let mut answers = Times::new()?;
    for one in played {
        acks.merge(&one.acks)?;
        answers.merge(&one.answers)?;
    }
    let messages: usize = played.iter().map(|one| one.dialogue.turns.len()).sum();
    let reconnects: u32 = played.iter().map(|one| one.reconnects).sum();
    if options.json {
        let differences: Vec<String> = differences.iter().map(ToString::to_string).collect();
        let figures = json!({
            "dialogues": played.len(), "messages": messages, "seconds": time.as_secs_f64(),
            "lost_connections": reconnects, "acknowledgement": acks.json(), "answer": answers.json(),
            "differences": differences,
        });
        println!("{figures:#}");
        return Ok(());
    }
    println!(
        "played {} dialogues, {messages} messages in {:.1} s, {reconnects} lost connections",
        played.len(),
        time.as_secs_f64()
    );
    println!("customer message to durable acknowledgement: {acks}");
    println!("agent answer to the customer's screen:       {answers}");
    for difference in differences {
        println!("difference: {difference}");
    }
    println!("{} differences", differences.len());
    Ok(())
}
