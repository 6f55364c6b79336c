//! A mailbox full of mail: how fast a first import is fetched, stored, read by its plugin and threaded.

mod box_of_mail;

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use clap::Args;
use tokio::process::{Child, Command};

use self::box_of_mail::MailServer;
use crate::client::metrics::Reading;
use crate::{process, progress};

/// How many, and which service.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: kerros-load mail --kerros target/release/kerros --data /tmp/bench-mail --mails 100000

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
}

/// Fills, runs, waits, prints. False if a mail was lost or doubled.
pub async fn run(options: &Options) -> anyhow::Result<bool> {
    std::fs::create_dir_all(&options.data)?;
    let server = MailServer::start(&options.script, &options.data.join("server"))?;
    server.fill("bench@test.example", options.mails)?;
    let config = options.data.join("config");
    write_config(&options.config, &config, server.imap)?;

    let http = reqwest::Client::new();
    let mut service = start(&http, options, &config).await?;
    let bar = progress::bar("mails read", options.mails);
    let began = Instant::now();
    let (mut peak, mut before) = (0, 0);
    let mut killed = !options.kill;
    let cpu = loop {
        let reading = Reading::take(&http, &options.url).await?;
        let done = before + whole(reading.sum("kerros_demand_total", &["tenant=\"bench\""]));
        bar.set_position(done);
        let pid = service.id().context("the service is gone")?;
        peak = peak.max(process::resident(pid)?);
        if done >= options.mails {
            break process::cpu_seconds(pid)?;
        }
        if !killed && done > options.mails / 2 {
            killed = true;
            service.kill().await?;
            service = start(&http, options, &config).await?;
            before = stored(&options.data).await?;
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
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    let (mails, mib) = (options.mails as f64, peak as f64 / f64::from(1 << 20));
    println!(
        "{} mails fetched, stored, read and threaded in {seconds:.1} s: {:.0}/s, {cpu:.1} s of processor, at most {mib:.0} MiB resident",
        options.mails,
        mails / seconds
    );
    let stored = stored(&options.data).await?;
    println!("{stored} conversations stored");
    Ok(stored == options.mails)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
const fn whole(count: f64) -> u64 {
    (count + 0.5) as u64
}

/// The bench tenant with a mailbox: each mail is another person's, so each is a conversation.
fn write_config(from: &Path, to: &Path, imap: u16) -> anyhow::Result<()> {
    std::fs::create_dir_all(to.join("tenants"))?;
    let text = std::fs::read_to_string(from.join("tenants/bench.toml"))?;
    let mailbox = format!(
        "\n[channels.mail]\nplugin = \"channel/email\"\nconfig = {{ address = \"bench@test.example\" }}\n\
         [mailboxes.bench]\nchannel = \"mail\"\naddress = \"bench@test.example\"\nhost = \"localhost\"\nport = {imap}\n\
         tls = \"none\"\npassword = {{ env = \"KERROS_BENCH_SECRET\" }}\nafter = \"seen\"\n"
    );
    // The marked line keeps tables of the first part from reaching into these.
    Ok(std::fs::write(to.join("tenants/bench.toml"), text + &mailbox)?)
}

async fn start(http: &reqwest::Client, options: &Options, config: &Path) -> anyhow::Result<Child> {
    let mut child = Command::new(&options.kerros)
        .args(["serve", "--listen", options.url.trim_start_matches("http://"), "--config"])
        .arg(config)
        .arg("--data")
        .arg(options.data.join("data"))
        .env("KERROS_BENCH_SECRET", "secret")
        .env("KERROS_PLUGINS__POLICY__PRIVATE_HOSTS", "true")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("{} cannot be started", options.kerros.display()))?;
    let began = Instant::now();
    loop {
        let ready = http.get(format!("{}/readyz", options.url)).send().await;
        if ready.is_ok_and(|answer| answer.status().is_success()) {
            return Ok(child);
        }
        if let Some(status) = child.try_wait()? {
            bail!("the service ended at once: {status}; start it by hand to see why");
        }
        ensure!(
            began.elapsed() < Duration::from_secs(120),
            "the service was not ready after two minutes"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Conversations in the database.
async fn stored(data: &Path) -> anyhow::Result<u64> {
    use sea_orm::{ConnectionTrait as _, Database, Statement};
    let url = format!("sqlite://{}?mode=ro", data.join("data/kerros.db").display());
    let database = Database::connect(url).await?;
    let text = "SELECT count(*) AS n FROM conversations";
    let statement = Statement::from_string(database.get_database_backend(), text);
    let row = database.query_one_raw(statement).await?.context("no count")?;
    let count: i64 = row.try_get("", "n")?;
    Ok(u64::try_from(count)?)
}
