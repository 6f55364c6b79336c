//! Opening and closing.

use std::sync::Arc;

use async_trait::async_trait;
use kerros_app::ports::bus::News;
use kerros_app::ports::store::{Changes, Commits, Scope, StoreError};
use parking_lot::Mutex;
use sea_orm::{Database, DbBackend};
use tokio::sync::{broadcast, mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::connect::{Purpose, backend, missing_file, pool};
use crate::error::OpenError;
use crate::options::Options;
use crate::pen::Pen;
use crate::reader::Reader;
use crate::role::{self, Role};
use crate::write::unit::Unit;
use crate::write::writer::{Order, Writer};
use crate::{migrations, news};

/// The store on a SQL database: every store port of `kerros-app`.
#[derive(Debug)]
pub struct SqlStore {
    pub(crate) pen: Arc<Pen>,
    pub(crate) reader: Reader,
    queue: Mutex<Option<mpsc::Sender<Order>>>,
    news: Option<broadcast::Sender<News>>,
    writers: Mutex<Vec<JoinHandle<()>>>,
    listener: Option<JoinHandle<()>>,
    role: Option<Role>,
}

/// Opens `sqlite:///path/to/file.db` (made if missing) or `postgres://user@host/name`, and brings
/// its schema to this version. With [`Options::existing`] it makes and changes nothing.
///
/// # Errors
/// [`OpenError`]: an address of another kind, a database from a newer version, or no database.
pub async fn open(url: &str, options: Options) -> Result<SqlStore, OpenError> {
    let backend = backend(url)?;
    if options.existing
        && backend == DbBackend::Sqlite
        && let Some(path) = missing_file(url)
    {
        return Err(OpenError::Missing(path));
    }
    let migrating = Database::connect(pool(url, backend, &options, Purpose::Migrate)).await?;
    let prepared = if options.existing {
        migrations::expect(&migrating).await
    } else {
        migrations::migrate(&migrating).await
    };
    let role = role::ask(&migrating).await;
    migrating.close().await?;
    prepared?;
    let role = role?;
    if let Some(role) = role.as_ref().filter(|role| role.passes_the_fence()) {
        tracing::warn!(role = role.name, "{}", role::UNFENCED);
    }

    let postgres = backend == DbBackend::Postgres;
    let pen = Arc::new(Pen::open(backend, pool(url, backend, &options, Purpose::Write)).await?);
    let fenced = if postgres {
        Some(Database::connect(pool(url, backend, &options, Purpose::Fenced)).await?)
    } else {
        None
    };
    let platform = Database::connect(pool(url, backend, &options, Purpose::Read)).await?;

    let (queue, orders) = mpsc::channel(options.queue.max(1));
    let writer = Writer {
        queue: Arc::new(tokio::sync::Mutex::new(orders)),
        pen: Arc::clone(&pen),
        node: Arc::clone(&options.node),
        most: options.batch.max(1),
    };
    let writers = if postgres { options.writers.max(1) } else { 1 };
    let writers = (0..writers).map(|_| tokio::spawn(writer.clone().run())).collect();
    let news = postgres.then(|| broadcast::channel(1024).0);
    let listener = news
        .as_ref()
        .map(|news| tokio::spawn(news::listen(url.to_owned(), options.node, news.downgrade())));
    Ok(SqlStore {
        pen,
        reader: Reader { backend, platform, fenced },
        queue: Mutex::new(Some(queue)),
        news,
        writers: Mutex::new(writers),
        listener,
        role,
    })
}

impl SqlStore {
    /// What other nodes on the same PostgreSQL commit, from now on; `None` on SQLite, which has one
    /// node. News may be lost: the database is the record.
    #[must_use]
    pub fn news(&self) -> Option<broadcast::Receiver<News>> {
        self.news.as_ref().map(broadcast::Sender::subscribe)
    }

    /// Who this store is to PostgreSQL; `None` on SQLite.
    #[must_use]
    pub fn role(&self) -> Option<&Role> {
        self.role.as_ref()
    }

    /// Commits what waits, then closes every connection. Later commits are `Unavailable`.
    pub async fn close(&self) {
        drop(self.queue.lock().take());
        let writers = std::mem::take(&mut *self.writers.lock());
        for writer in writers {
            let _ = writer.await;
        }
        if let Some(listener) = &self.listener {
            listener.abort();
        }
        self.reader.close().await;
        if let Err(error) = self.pen.close().await {
            tracing::warn!(%error, "the connection that writes did not close");
        }
    }
}

#[async_trait]
impl Commits for SqlStore {
    async fn commit(&self, scope: &Scope, changes: Changes) -> Result<(), StoreError> {
        let unit = Unit::of(scope, changes, self.news.is_some())?;
        let Some(queue) = self.queue.lock().clone() else {
            return Err(StoreError::Unavailable("the store is closed".into()));
        };
        let (answer, answered) = oneshot::channel();
        let gone = || StoreError::Unavailable("the store is closed".into());
        queue.send(Order { unit, answer }).await.map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}
