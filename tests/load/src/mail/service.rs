//! The service on a mailbox: its config, its start, what it has stored.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use tokio::process::{Child, Command};

use super::Options;

/// The bench tenant with a mailbox: each mail is another person's, so each is a conversation.
pub fn write_config(from: &Path, to: &Path, imap: u16) -> anyhow::Result<()> {
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

/// Starts it and waits until it is ready.
pub async fn start(
    http: &reqwest::Client,
    options: &Options,
    config: &Path,
) -> anyhow::Result<Child> {
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

/// Conversations, and messages of customers in them, in the database.
pub async fn stored(data: &Path) -> anyhow::Result<(u64, u64)> {
    use sea_orm::{ConnectionTrait as _, Database, Statement};
    let url = format!("sqlite://{}?mode=ro", data.join("data/kerros.db").display());
    let database = Database::connect(url).await?;
    let mut counts = [0; 2];
    for (count, table) in counts.iter_mut().zip(["conversations", "messages"]) {
        let text = format!("SELECT count(*) AS n FROM {table}");
        let statement = Statement::from_string(database.get_database_backend(), text);
        let row = database.query_one_raw(statement).await?.context("no count")?;
        *count = u64::try_from(row.try_get::<i64>("", "n")?)?;
    }
    database.close().await?;
    Ok((counts[0], counts[1]))
}
