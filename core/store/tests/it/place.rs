//! A fresh store per test: a SQLite file, a database on the PostgreSQL that the environment names
//! (`KERROS_TEST_POSTGRES=postgres://admin@host:port/name`), or the memory store of `kerros-app`,
//! which is held to the same suite because use cases are tested on it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use kerros_app::memory::Memory;
use kerros_app::ports::store::Store;
use kerros_store::{Options, SqlStore, open};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection};

use crate::skip::skip;

/// The variable that names the server.
pub const POSTGRES: &str = "KERROS_TEST_POSTGRES";

/// An empty store.
pub struct Place {
    pub store: Arc<dyn Store>,
    pub kind: Kind,
    pub url: String,
    pub sql: Option<Arc<SqlStore>>,
    _folder: Option<tempfile::TempDir>,
    admin: Option<(String, String)>,
}

/// What a store stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Memory,
    Sqlite,
    Postgres,
}

impl Place {
    /// An empty store in memory.
    pub fn memory() -> Self {
        let store = Arc::new(Memory::default());
        Self {
            store,
            kind: Kind::Memory,
            url: String::new(),
            sql: None,
            _folder: None,
            admin: None,
        }
    }

    /// The store, where it stands on a database.
    pub fn sql(&self) -> &Arc<SqlStore> {
        self.sql.as_ref().expect("a database")
    }

    /// A new SQLite file.
    pub async fn sqlite() -> Self {
        Self::sqlite_with(Options::default()).await
    }

    /// A new SQLite file, opened so.
    pub async fn sqlite_with(options: Options) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/kerros.db", folder.path().display());
        let store = Arc::new(open(&url, options).await.unwrap());
        let sql = Some(Arc::clone(&store));
        Self { store, kind: Kind::Sqlite, url, sql, _folder: Some(folder), admin: None }
    }

    /// A new database on the test server, if there is one. The store's role is no superuser: one
    /// would pass the fence.
    pub async fn postgres() -> Option<Self> {
        let Some(server) = server() else {
            skip(&format!("PostgreSQL ({POSTGRES} is not set)"));
            return None;
        };
        Some(Self::postgres_on(&server).await)
    }

    /// A new database on that server.
    pub async fn postgres_on(server: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let n = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("kerros_test_{}_{n}", std::process::id());
        let admin = connect(server).await;
        // Two tests may both find the role missing: the second one's error says so and is fine.
        let role = "CREATE ROLE kerros_test LOGIN PASSWORD 'kerros_test'";
        let _ = admin.execute_unprepared(role).await;
        let create = format!("CREATE DATABASE {name} OWNER kerros_test");
        admin.execute_unprepared(&create).await.unwrap();
        admin.close().await.unwrap();
        let url = address(server, "kerros_test:kerros_test", &name);
        let store = Arc::new(open(&url, Options::default()).await.unwrap());
        let sql = Some(Arc::clone(&store));
        let admin = Some((server.to_owned(), name));
        Self { store, kind: Kind::Postgres, url, sql, _folder: None, admin }
    }

    /// A second store on the same database, as another node.
    pub async fn again(&self, node: &str) -> Arc<SqlStore> {
        let options = Options { node: node.into(), ..Options::default() };
        Arc::new(open(&self.url, options).await.unwrap())
    }

    /// A plain connection to the same database.
    pub async fn connection(&self) -> DatabaseConnection {
        connect(&self.url).await
    }

    /// Closes the store and drops the database.
    pub async fn leave(self) {
        if let Some(sql) = &self.sql {
            sql.close().await;
        }
        if let Some((server, name)) = &self.admin {
            let admin = connect(server).await;
            let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
            admin.execute_unprepared(&drop).await.unwrap();
            admin.close().await.unwrap();
        }
    }
}

/// The server that the environment names.
pub fn server() -> Option<String> {
    std::env::var(POSTGRES).ok().filter(|url| !url.is_empty())
}

async fn connect(url: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    Database::connect(options).await.unwrap()
}

/// The server's address with another user and database.
fn address(server: &str, user: &str, database: &str) -> String {
    let rest = server.split_once("://").unwrap().1;
    let rest = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    let (host, tail) = rest.split_once('/').unwrap_or((rest, ""));
    let query = tail.split_once('?').map_or(String::new(), |(_, query)| format!("?{query}"));
    format!("postgres://{user}@{host}/{database}{query}")
}
