//! The service as a child process that a bench starts on data of its own.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};

/// Where it is and where it listens.
#[derive(Debug, Clone, Copy)]
pub struct Service<'a> {
    /// The binary.
    pub kerros: &'a Path,
    /// `http://127.0.0.1:8090`.
    pub url: &'a str,
    /// Its config.
    pub config: &'a Path,
    /// Its data.
    pub data: &'a Path,
}

impl Service<'_> {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.kerros);
        command.args(arguments).arg("--config").arg(self.config).arg("--data").arg(self.data);
        command
            .env("KERROS_BENCH_SECRET", "secret")
            .env("KERROS_PLUGINS__POLICY__PRIVATE_HOSTS", "true")
            .stdout(Stdio::null())
            .kill_on_drop(true);
        command
    }

    /// Makes a person.
    pub async fn add_user(&self, email: &str, password: &str, member: &str) -> anyhow::Result<()> {
        let arguments =
            ["user", "add", email, "--name", "Bench", "--role", "supervisor", "--member", member];
        let mut child = self
            .command(&arguments)
            .stdin(Stdio::piped())
            .spawn()
            .with_context(|| format!("{} cannot be started", self.kerros.display()))?;
        let mut stdin = child.stdin.take().context("no way in")?;
        stdin.write_all(format!("{password}\n").as_bytes()).await?;
        drop(stdin);
        let status = child.wait().await?;
        ensure!(status.success(), "kerros user add: {status}");
        Ok(())
    }

    /// Starts it and waits until it is ready.
    pub async fn start(&self, http: &reqwest::Client) -> anyhow::Result<Child> {
        let listen = self.url.trim_start_matches("http://");
        let mut child = self
            .command(&["serve", "--listen", listen])
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("{} cannot be started", self.kerros.display()))?;
        let began = Instant::now();
        loop {
            let ready = http.get(format!("{}/readyz", self.url)).send().await;
            if ready.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(child);
            }
            if let Some(status) = child.try_wait()? {
                bail!("the service ended at once: {status}; start it by hand to see why");
            }
            let patience = Duration::from_secs(120);
            ensure!(began.elapsed() < patience, "the service was not ready after two minutes");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}
