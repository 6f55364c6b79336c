//! The service as a child process, which may be killed.

use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use tokio::process::{Child, Command};

use super::Options;

/// A running service.
pub struct Server {
    child: Child,
    /// From start to the first ready answer.
    pub ready_after: Duration,
}

impl Server {
    /// Starts and waits until ready.
    pub async fn start(http: &reqwest::Client, options: &Options) -> anyhow::Result<Self> {
        let listen = options.url.trim_start_matches("http://");
        let start = Instant::now();
        let mut child = Command::new(&options.kerros)
            .args(["serve", "--listen", listen, "--config"])
            .arg(&options.config)
            .arg("--data")
            .arg(&options.data)
            .env("KERROS_BENCH_SECRET", "bench")
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("{} cannot be started", options.kerros.display()))?;
        loop {
            if http
                .get(format!("{}/readyz", options.url))
                .send()
                .await
                .is_ok_and(|a| a.status().is_success())
            {
                return Ok(Self { child, ready_after: start.elapsed() });
            }
            if let Some(status) = child.try_wait()? {
                bail!("the service ended at once: {status}; start it by hand to see why");
            }
            if start.elapsed() > Duration::from_secs(120) {
                bail!("the service was not ready after two minutes");
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// `kill -9`.
    pub async fn kill(&mut self) -> anyhow::Result<()> {
        Ok(self.child.kill().await?)
    }
}
