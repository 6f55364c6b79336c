//! A second process: the test binary runs itself again with one test chosen and the environment
//! telling it what to do. Without that environment the test has nothing to do and passes.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

/// The environment variable that holds the database's address.
const URL: &str = "KERROS_TEST_CHILD_URL";
/// The environment variable that holds anything else the child needs.
const WORD: &str = "KERROS_TEST_CHILD_WORD";
/// What the child's own lines begin with: the test harness prints some too.
const MARK: &str = "child: ";

/// A running child, killed when dropped.
pub struct Running {
    child: Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
}

impl Running {
    /// Runs the test of that full name on a database.
    pub fn start(test: &str, url: &str, word: &str) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", test, "--nocapture", "--test-threads=1"])
            .env(URL, url)
            .env(WORD, word)
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// The next line that the child said; `None` when it has ended.
    pub fn line(&mut self) -> Option<String> {
        loop {
            let line = self.lines.next()?.ok()?;
            // The harness may begin a line before the child ends it.
            if let Some((_, said)) = line.split_once(MARK) {
                return Some(said.to_owned());
            }
        }
    }

    /// Kills it at once (SIGKILL), and returns what it had said before.
    pub fn kill(mut self) -> Vec<String> {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        std::iter::from_fn(|| self.line()).collect()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// In the child: its database and word. `None` in an ordinary run.
pub fn orders() -> Option<(String, String)> {
    Some((std::env::var(URL).ok()?, std::env::var(WORD).ok()?))
}

/// In the child: says a line to the parent.
pub fn say(line: impl std::fmt::Display) {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    // One write per line, so that a kill cuts no line in two that the parent believes.
    let _ = out.write_all(format!("{MARK}{line}\n").as_bytes());
    let _ = out.flush();
}
