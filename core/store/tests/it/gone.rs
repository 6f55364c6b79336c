//! The database goes away and comes back: writers are told, and it goes on by itself.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use kerros_app::ports::store::{Commits, Conversations, Scope, StoreError, Upkeep};
use kerros_store::{Options, open};

use crate::place::Place;
use crate::skip::skip;
use crate::tale::{Tale, after};

/// A PostgreSQL of the test's own, that it may stop.
pub struct Server {
    folder: tempfile::TempDir,
    bin: PathBuf,
    port: u16,
}

impl Server {
    /// `None` where there is no PostgreSQL to start.
    pub fn start() -> Option<Self> {
        let bin = std::fs::read_dir("/usr/lib/postgresql")
            .ok()?
            .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
            .find(|bin| bin.join("initdb").exists())?;
        let folder = tempfile::tempdir().ok()?;
        let open = Command::new("chmod").arg("777").arg(folder.path()).status().ok()?;
        let port = std::net::TcpListener::bind("127.0.0.1:0").ok()?.local_addr().ok()?.port();
        let server = Self { folder, bin, port };
        let data = server.data();
        let made = open.success()
            && server.run("initdb", &["-D", &data, "-A", "trust", "-U", "postgres", "-N"])
            && server.up();
        made.then_some(server)
    }

    fn data(&self) -> String {
        self.folder.path().join("data").display().to_string()
    }

    /// PostgreSQL refuses to run as root: then as its own user.
    fn run(&self, program: &str, arguments: &[&str]) -> bool {
        let program = self.bin.join(program);
        let root = Path::new("/root").read_dir().is_ok();
        let mut command = if root { Command::new("runuser") } else { Command::new(&program) };
        if root {
            command.args(["-u", "postgres", "--"]).arg(&program);
        }
        let done = command.args(arguments).current_dir(self.folder.path()).output();
        done.is_ok_and(|done| done.status.success())
    }

    fn up(&self) -> bool {
        let options = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories={}",
            self.port,
            self.folder.path().display()
        );
        let log = self.folder.path().join("log").display().to_string();
        self.run("pg_ctl", &["-D", &self.data(), "-o", &options, "-l", &log, "-w", "start"])
    }

    fn down(&self) -> bool {
        self.run("pg_ctl", &["-D", &self.data(), "-m", "immediate", "-w", "stop"])
    }

    pub fn url(&self) -> String {
        self.url_of("postgres", "postgres")
    }

    /// Of another user and database.
    pub fn url_of(&self, user: &str, database: &str) -> String {
        format!("postgres://{user}@127.0.0.1:{}/{database}", self.port)
    }

    /// Runs a script as PostgreSQL's container does at its first start.
    pub fn first_start(&self, script: &Path, password: &str) -> std::process::Output {
        let path = std::env::var("PATH").unwrap_or_default();
        Command::new("bash")
            .arg(script)
            .env("PATH", format!("{}:{path}", self.bin.display()))
            .env("PGHOST", "127.0.0.1")
            .env("PGPORT", self.port.to_string())
            .env("POSTGRES_USER", "postgres")
            .env("POSTGRES_PASSWORD", password)
            .output()
            .unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.down();
    }
}

/// Stopped at once and started again: refused meanwhile, whole afterwards, news included.
#[tokio::test]
async fn a_server_that_comes_back_is_used_again() {
    let Some(server) = Server::start() else {
        skip("a database that goes away (no PostgreSQL to start here)");
        return;
    };
    let place = Place::postgres_on(&server.url()).await;
    let options =
        Options { node: "b".into(), patience: Duration::from_millis(500), ..Options::default() };
    let store = open(&place.url, options).await.unwrap();
    let mut news = place.sql().news().unwrap();
    let mut tale = Tale::new("aurinko", 1);
    store.commit(&Scope::Platform, tale.says("before", after(1)).changes()).await.unwrap();

    assert!(server.down());
    let lost = tale.clone().says("lost", after(2)).changes();
    for _ in 0..3 {
        let done = store.commit(&Scope::Platform, lost.clone()).await;
        assert!(matches!(done, Err(StoreError::Unavailable(_))), "{done:?}");
        assert!(matches!(store.ping().await, Err(StoreError::Unavailable(_))));
        let read = store.conversation(&Scope::Platform, tale.row.id).await;
        assert!(matches!(read, Err(StoreError::Unavailable(_))), "{read:?}");
    }

    assert!(server.up());
    store.ping().await.unwrap();
    let read = store.conversation(&Scope::Platform, tale.row.id).await.unwrap();
    assert_eq!(read.as_ref(), Some(&tale.row), "nothing refused was written");
    store.commit(&Scope::Platform, tale.says("after", after(3)).changes()).await.unwrap();
    assert_eq!(store.verify(&|_, _| ()).await.unwrap(), []);

    // The listener connects again within seconds; then news flow as before.
    let mut heard = false;
    for n in 0..300_i64 {
        tale.says(&format!("news {n}"), after(4 + n));
        store.commit(&Scope::Platform, tale.changes()).await.unwrap();
        if tokio::time::timeout(Duration::from_millis(100), news.recv()).await.is_ok() {
            heard = true;
            break;
        }
    }
    assert!(heard);
    store.close().await;
    place.leave().await;
}
