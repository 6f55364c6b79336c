//! PostgreSQL: a database of one's own on the server that `KERROS_TEST_POSTGRES` names, or a server of one's own.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::database;

/// A database made for one test; dropped by [`Fresh::leave`].
pub struct Fresh {
    server: String,
    name: String,
}

impl Fresh {
    /// Makes one, if there is a server.
    pub async fn make(name: &str) -> Option<Self> {
        let server = std::env::var("KERROS_TEST_POSTGRES").ok().filter(|url| !url.is_empty())?;
        let name = format!("suite_{name}_{}", std::process::id());
        database::run(&server, &format!("CREATE DATABASE {name}")).await;
        Some(Self { server, name })
    }

    /// Its address.
    pub fn url(&self) -> String {
        let (head, query) = match self.server.split_once('?') {
            Some((head, query)) => (head, format!("?{query}")),
            None => (self.server.as_str(), String::new()),
        };
        let host =
            head.rfind('/').filter(|at| head[..*at].contains("//") && !head[..*at].ends_with('/'));
        format!("{}/{}{query}", host.map_or(head, |at| &head[..at]), self.name)
    }

    /// Drops it.
    pub async fn leave(self) {
        database::run(&self.server, &format!("DROP DATABASE {} WITH (FORCE)", self.name)).await;
    }
}

/// A server of one's own, which can be stopped and started.
pub struct Server {
    folder: TempDir,
    /// Its address.
    pub url: String,
}

impl Server {
    /// Starts one; `None` where PostgreSQL is not installed.
    pub fn start() -> Option<Self> {
        let folder = tempfile::Builder::new().prefix("kerros-pg").tempdir().ok()?;
        // PostgreSQL runs as a user of its own and must reach its folder.
        open_to_all(folder.path());
        let output =
            Command::new(script()).arg("start").arg(folder.path().join("pg")).output().ok()?;
        let url = String::from_utf8(output.stdout).ok()?.trim().to_owned();
        (output.status.success() && url.starts_with("postgres://")).then_some(Self { folder, url })
    }

    /// As if its machine were gone; what was committed stays.
    ///
    /// # Panics
    /// When it does not stop.
    pub fn halt(&self) {
        self.control(&["-m", "immediate", "stop"]);
    }

    /// Starts again on the same port.
    ///
    /// # Panics
    /// When it does not start.
    pub fn again(&self) {
        let log = self.folder.path().join("pg/server.log");
        self.control(&["-l", log.to_str().unwrap(), "start"]);
    }

    fn control(&self, arguments: &[&str]) {
        let bin = std::process::Command::new("bash")
            .args(["-c", ". \"$1\" && postgres_bin", "-"])
            .arg(root().join("deploy/provide.sh"))
            .current_dir(root())
            .output()
            .unwrap();
        let tool = PathBuf::from(String::from_utf8(bin.stdout).unwrap().trim()).join("pg_ctl");
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(tool);
            command
        } else {
            Command::new(tool)
        };
        command.arg("-D").arg(self.folder.path().join("pg/data")).arg("-w").args(arguments);
        command.stdout(std::process::Stdio::null()).current_dir("/");
        assert!(command.status().unwrap().success(), "pg_ctl {arguments:?}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = Command::new(script()).arg("stop").arg(self.folder.path().join("pg")).output();
    }
}

/// Whether this test may do what only root may.
pub fn is_root() -> bool {
    #[expect(unsafe_code, reason = "there is no safe way to ask for one's own user id")]
    // SAFETY: geteuid(2) takes nothing, touches nothing and always succeeds.
    let user = unsafe { libc::geteuid() };
    user == 0
}

fn open_to_all(folder: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let _ = std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755));
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn script() -> PathBuf {
    root().join("tests/support/postgres.sh")
}
