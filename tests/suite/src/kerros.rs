//! A running `kerros`, and its other commands.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Output, Stdio};

use reqwest::StatusCode;
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};

use crate::config::Config;
use crate::person::Person;
use crate::reading::Reading;
use crate::wait::{PATIENCE, until};

/// The password of everybody the harness makes.
pub const PASSWORD: &str = "correct horse battery";

/// The binary beside this test's own.
///
/// # Panics
/// When it was not built.
pub fn binary(name: &str) -> Option<PathBuf> {
    let own = std::env::current_exe().unwrap();
    // target/debug/deps/it-123 -> target/debug
    let path = own.parent()?.parent()?.join(name);
    path.is_file().then_some(path)
}

fn kerros() -> PathBuf {
    binary("kerros").expect(
        "no `kerros` beside this test: build it with `cargo build --package kerros` in the same profile",
    )
}

/// How a server is started.
pub struct Start<'a> {
    /// Its config folder.
    pub config: &'a Config,
    /// Its data folder.
    pub data: &'a Path,
    /// Where it listens; port 0 takes a free one.
    pub listen: String,
    /// Environment beside the test's own.
    pub env: Vec<(String, String)>,
}

impl<'a> Start<'a> {
    /// On a free port.
    pub fn new(config: &'a Config, data: &'a Path) -> Self {
        Self { config, data, listen: "127.0.0.1:0".to_owned(), env: Vec::new() }
    }

    /// On an address, say that of an earlier process.
    #[must_use]
    pub fn at(mut self, address: &str) -> Self {
        address.clone_into(&mut self.listen);
        self
    }

    /// With a variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Compiled plugins are the same for all servers of the suite: only the first one compiles them, and a machine
    /// that is busy with other tests starts the others in time.
    fn share_compiled(&self) {
        fs::create_dir_all(self.data).unwrap();
        let shared = kerros().with_file_name("suite-cache");
        fs::create_dir_all(&shared).unwrap();
        // There already for a second start, or for a test that has a cache of its own.
        let _ = std::os::unix::fs::symlink(shared, self.data.join("cache"));
    }

    /// Runs another command of `kerros` in the same places and waits for its end; `input` is piped in.
    pub async fn run(&self, arguments: &[&str], input: &str) -> Output {
        self.share_compiled();
        let mut command = Command::new(kerros());
        command
            .args(arguments)
            .arg("--config")
            .arg(self.config.path())
            .arg("--data")
            .arg(self.data);
        command.envs(self.env.iter().cloned());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.kill_on_drop(true).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // A command that does not read may be gone already.
        let _ = stdin.write_all(input.as_bytes()).await;
        drop(stdin);
        child.wait_with_output().await.unwrap()
    }

    /// Runs a command that knows no config and no data, and must end well.
    ///
    /// # Panics
    /// When it does not.
    pub async fn plain(&self, arguments: &[&str]) -> String {
        let output = Command::new(kerros()).args(arguments).output().await.unwrap();
        let (said, noted) = (text(&output.stdout), text(&output.stderr));
        assert!(output.status.success(), "kerros {arguments:?}: {}\n{said}{noted}", output.status);
        said
    }

    /// As [`Self::run`], for what must end well; returns what it printed.
    ///
    /// # Panics
    /// When it does not.
    pub async fn must(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments, "").await;
        let (said, noted) = (text(&output.stdout), text(&output.stderr));
        assert!(output.status.success(), "kerros {arguments:?}: {}\n{said}{noted}", output.status);
        said
    }

    /// Makes a person who can log in with [`PASSWORD`]. `members` are like `aamu:first-line`.
    ///
    /// # Panics
    /// When it does not work.
    pub async fn add_user(&self, email: &str, name: &str, role: &str, members: &[&str]) {
        let mut arguments = vec!["user", "add", email, "--name", name, "--role", role];
        members.iter().for_each(|member| arguments.extend(["--member", member]));
        let output = self.run(&arguments, &format!("{PASSWORD}\n")).await;
        assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
    }

    /// `kerros db verify`: every conversation is what its journal says; returns how many there are.
    ///
    /// # Panics
    /// When one is not.
    pub async fn verify(&self) -> u64 {
        let said = self.must(&["db", "verify", "--json"]).await;
        let found: Value = serde_json::from_str(&said).unwrap();
        assert_eq!(found["differences"], serde_json::json!([]), "db verify");
        found["conversations"].as_u64().unwrap()
    }

    /// Starts the server and waits until it is ready.
    ///
    /// # Panics
    /// When it is not within [`PATIENCE`].
    pub async fn serve(&self) -> Kerros {
        self.share_compiled();
        // Beside the data, not in it: a full disk must not take the log away.
        let logs = TempDir::new().unwrap();
        let log = logs.path().join("kerros.log");
        let file = fs::OpenOptions::new().create(true).append(true).open(&log).unwrap();
        let mut command = Command::new(kerros());
        command.arg("serve").arg("--config").arg(self.config.path());
        command.arg("--data").arg(self.data).args(["--listen", &self.listen]);
        command.envs(self.env.iter().cloned());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(file);
        let mut child = command.kill_on_drop(true).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let ready = async {
            while let Some(line) = lines.next_line().await.unwrap() {
                if let Some(url) = line.strip_prefix("kerros is ready on ") {
                    return url.to_owned();
                }
            }
            panic!("kerros did not start:\n{}", fs::read_to_string(&log).unwrap());
        };
        let Ok(url) = tokio::time::timeout(PATIENCE, ready).await else {
            panic!(
                "kerros is not ready after {PATIENCE:?}:\n{}",
                fs::read_to_string(&log).unwrap()
            );
        };
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Kerros { child, url, http: http(), log, _logs: logs }
    }
}

/// A client for HTTP.
pub fn http() -> reqwest::Client {
    // The second test of a process finds the first one's provider.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A running server; killed when dropped.
pub struct Kerros {
    child: Child,
    /// Where it is, `http://127.0.0.1:41234`.
    pub url: String,
    /// A client.
    pub http: reqwest::Client,
    log: PathBuf,
    _logs: TempDir,
}

impl Drop for Kerros {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.log();
            let told: Vec<&str> = log
                .lines()
                .filter(|line| ["WARN", "ERROR"].iter().any(|w| line.contains(w)))
                .collect();
            println!("the server warned {} times, at last:", told.len());
            told.iter().rev().take(20).rev().for_each(|line| println!("  {line}"));
        }
    }
}

impl Kerros {
    /// `127.0.0.1:41234`.
    pub fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// What it logged so far.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    /// Logs a person in whom [`Start::add_user`] made.
    pub async fn person(&self, email: &str) -> Person {
        Person::log_in(&self.http, &self.url, email, PASSWORD).await
    }

    /// Scrapes `/metrics`.
    pub async fn metrics(&self) -> Reading {
        Reading::take(&self.http, &self.url).await
    }

    /// Whether `kerros_database_up` says that the database takes writes, without anybody asking `/readyz`.
    pub async fn database_is_up(&self, up: bool) {
        until(if up { "kerros_database_up 1" } else { "kerros_database_up 0" }, async || {
            let said = self.metrics().await.sum("kerros_database_up", &[]);
            (said == f64::from(u8::from(up))).then_some(())
        })
        .await;
    }

    /// What `/readyz` says; `None` if nobody answers.
    pub async fn readyz(&self) -> Option<(StatusCode, String)> {
        let answer = self.http.get(format!("{}/readyz", self.url)).send().await.ok()?;
        Some((answer.status(), answer.text().await.ok()?))
    }

    /// Waits until `/readyz` says yes or no.
    pub async fn is_ready(&self, ready: bool) {
        until(if ready { "ready" } else { "not ready" }, async || {
            let (status, _) = self.readyz().await?;
            (status.is_success() == ready).then_some(())
        })
        .await;
    }

    /// `GET` of a public path.
    ///
    /// # Panics
    /// When it is not answered with JSON and 200.
    pub async fn json(&self, path: &str) -> Value {
        let answer = self.http.get(format!("{}{path}", self.url)).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        answer.json().await.unwrap()
    }

    /// A power cut for the process: SIGKILL.
    pub async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// Sends a signal.
    pub fn signal(&self, signal: libc::c_int) {
        let id = libc::pid_t::try_from(self.child.id().expect("it runs")).unwrap();
        #[expect(unsafe_code, reason = "there is no safe way to send a signal to one's own child")]
        // SAFETY: kill(2) takes two numbers; the child was not waited for, so its id is its own.
        let sent = unsafe { libc::kill(id, signal) };
        assert_eq!(sent, 0);
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// When it does not end within [`PATIENCE`].
    pub async fn ended(&mut self) -> ExitStatus {
        tokio::time::timeout(PATIENCE, self.child.wait()).await.expect("it ends").unwrap()
    }

    /// Stops it as an operator does.
    ///
    /// # Panics
    /// When it does not end with 0.
    pub async fn stop(mut self) -> String {
        self.signal(libc::SIGTERM);
        let status = self.ended().await;
        assert!(status.success(), "{status}\n{}", self.log());
        self.log()
    }
}
