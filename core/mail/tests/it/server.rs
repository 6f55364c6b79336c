//! A real mail server for a test, if it is installed: `tests/support/mail.sh`.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::Command;

use crate::skip::skip;

pub struct Server {
    folder: tempfile::TempDir,
    said: HashMap<String, String>,
}

fn script() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/support/mail.sh")
}

fn installed(program: &str) -> bool {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&paths).chain(["/usr/sbin".into()]).any(|dir| dir.join(program).exists())
}

impl Server {
    /// Starts one; `None`, with a word about it, where Dovecot is not installed.
    pub fn start() -> Option<Self> {
        if !installed("dovecot") {
            skip("Dovecot is not here: the mail adapter was not tried against it");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let output = run("start", &folder);
        let said = output
            .lines()
            .filter_map(|line| line.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Some(Self { folder, said })
    }

    pub fn port(&self, name: &str) -> Option<u16> {
        self.said.get(name)?.parse().ok()
    }

    pub fn ca(&self) -> String {
        std::fs::read_to_string(&self.said["CA"]).unwrap()
    }

    /// Where a user's mail lies.
    pub fn mail(&self, user: &str) -> PathBuf {
        PathBuf::from(&self.said["MAIL"]).join(user)
    }

    pub fn kill(&self) {
        run("kill", &self.folder);
    }

    pub fn revive(&self) {
        run("dovecot", &self.folder);
    }
}

fn run(verb: &str, folder: &tempfile::TempDir) -> String {
    let output = Command::new(script()).arg(verb).arg(folder.path()).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "mail.sh {verb}: {told}");
    String::from_utf8(output.stdout).unwrap()
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = Command::new(script()).arg("stop").arg(self.folder.path()).output();
    }
}
