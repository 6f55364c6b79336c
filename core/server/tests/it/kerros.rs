//! Runs the binary, and servers of it that end with the test.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// The binary with a clean environment: no settings of whoever runs the tests.
pub fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kerros"));
    command.args(arguments).stdin(Stdio::null());
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("KERROS_")) {
        command.env_remove(name);
    }
    command
}

/// Runs it to its end.
pub fn run(arguments: &[&str]) -> Ended {
    Ended::from(command(arguments).output().unwrap())
}

/// How a run ended.
#[derive(Debug)]
pub struct Ended {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Self {
            code: output.status.code().unwrap_or(-1),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }
}

/// The repository's config.
pub fn demo_config() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config")
}

/// A copy of the repository's config, to break.
pub fn copied_config() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy(&demo_config(), folder.path());
    folder
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            std::fs::create_dir_all(&target).unwrap();
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}

/// Gives a data folder the compiled plugins that a start of this binary has made, so that not every test
/// compiles them again.
pub fn warm(data: &Path) {
    static MADE: std::sync::OnceLock<tempfile::TempDir> = std::sync::OnceLock::new();
    let made = MADE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        let (config, data, out) =
            (demo_config().display().to_string(), path("data"), path("r.json"));
        let month = ["--month", "2026-11", "--out", &out, "--config", &config, "--data", &data];
        let ended =
            run(&[&["report", "service-layers", "--tenant", "aurinko"][..], &month].concat());
        assert_eq!(ended.code, 0, "{ended:?}");
        folder
    });
    let cache = data.join("cache");
    if !cache.exists() {
        std::fs::create_dir_all(&cache).unwrap();
        copy(&made.path().join("data/cache"), &cache);
    }
}

/// A running server with its own data; killed when dropped.
pub struct Server {
    child: Child,
    pub url: String,
    pub said: String,
    log: mpsc::Receiver<String>,
    seen: std::cell::RefCell<Vec<String>>,
}

impl Server {
    /// Starts on a free port and waits until it says that it is ready.
    pub fn start(config: &Path, data: &Path, more: &[&str], environment: &[(&str, &str)]) -> Self {
        warm(data);
        let (config, data) = (config.display().to_string(), data.display().to_string());
        let mut arguments = vec!["serve", "--config", &config, "--data", &data];
        if !more.contains(&"--listen") {
            arguments.extend(["--listen", "127.0.0.1:0"]);
        }
        arguments.extend(more);
        let mut child = command(&arguments)
            .envs(environment.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (to, log) = mpsc::channel();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                if to.send(line).is_err() {
                    return;
                }
            }
        });
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut said = String::new();
        stdout.read_line(&mut said).unwrap();
        let url = said.trim().strip_prefix("kerros is ready on ").map(str::to_owned);
        let Some(url) = url else {
            panic!("it did not start: {said}{}", log.iter().collect::<Vec<_>>().join("\n"));
        };
        if more.contains(&"--demo") {
            while !said.ends_with("\n\n\n") && stdout.read_line(&mut said).unwrap() > 0 {
                if said.contains("administrator") {
                    break;
                }
            }
        }
        // Read on, so that the server never waits for us.
        std::thread::spawn(move || stdout.read_to_string(&mut String::new()));
        let server = Self { child, url, said, log, seen: std::cell::RefCell::default() };
        // What comes after this was logged while it ran.
        server.logged("ready on");
        server
    }

    /// `GET`, status and body.
    pub fn get(&self, path: &str) -> (u16, String) {
        let url = format!("{}{path}", self.url);
        runtime().block_on(async {
            let response = client().get(url).send().await.unwrap();
            (response.status().as_u16(), response.text().await.unwrap())
        })
    }

    /// `POST`, status and body.
    pub fn post(&self, path: &str, body: &str) -> (u16, String) {
        let url = format!("{}{path}", self.url);
        let body = body.to_owned();
        runtime().block_on(async {
            let request = client().post(url).header("content-type", "application/json").body(body);
            let response = request.send().await.unwrap();
            (response.status().as_u16(), response.text().await.unwrap())
        })
    }

    /// Waits for a line of the log, after those waited for before; bounded.
    pub fn logged(&self, part: &str) -> String {
        let end = Instant::now() + Duration::from_secs(30);
        while let Some(left) = end.checked_duration_since(Instant::now()) {
            let Ok(line) = self.log.recv_timeout(left) else { break };
            self.seen.borrow_mut().push(line.clone());
            if line.contains(part) {
                return line;
            }
        }
        panic!("{part:?} was not logged in:\n{}", self.seen.borrow().join("\n"));
    }

    /// Sends a signal by its name.
    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([&format!("-{name}"), &pid]).status().unwrap().success());
    }

    /// Waits for the end: the exit code and the whole log.
    pub fn ended(mut self) -> (Option<i32>, String) {
        let code = self.child.wait().unwrap().code();
        let mut log = self.seen.take();
        log.extend(self.log.iter());
        (code, log.join("\n"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}
