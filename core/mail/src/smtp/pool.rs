//! Connections to one account's server, kept for the next mail.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::sync::Semaphore;

use super::session::{Broken, Session, Submitted};
use crate::account::Outbox;
use crate::imap::session::Gate;
use crate::write::sealed::Sealed;

/// A connection idle for this long is closed: servers close after minutes.
const IDLE: Duration = Duration::from_secs(30);
/// Idle for less than this it needs no question whether it still stands.
const FRESH: Duration = Duration::from_secs(2);
/// Mails over one connection; some servers count.
const MAILS: u32 = 100;

/// The connections.
#[derive(Debug)]
pub struct Pool {
    gate: Gate,
    /// The account.
    pub outbox: Outbox,
    places: Arc<Semaphore>,
    idle: Mutex<Vec<Kept>>,
}

#[derive(Debug)]
struct Kept {
    session: Session,
    since: Instant,
    mails: u32,
}

impl Pool {
    /// Opens nothing yet.
    #[must_use]
    pub fn new(gate: Gate, outbox: Outbox) -> Self {
        let places = Arc::new(Semaphore::new(outbox.connections));
        Self { gate, outbox, places, idle: Mutex::new(Vec::new()) }
    }

    /// Connections in use now.
    #[must_use]
    pub fn busy(&self) -> usize {
        self.outbox.connections.saturating_sub(self.places.available_permits())
    }

    /// Connections that wait for the next mail.
    #[must_use]
    pub fn idle(&self) -> usize {
        self.idle.lock().len()
    }

    /// Submits a mail over a kept connection or a new one.
    ///
    /// # Errors
    /// [`Broken`].
    pub async fn submit(
        &self,
        sender: &str,
        recipients: &[String],
        mail: &Sealed,
    ) -> Result<Submitted, Broken> {
        let closed = |_| Broken::Refused("the outbox is closing".to_owned());
        let _place = self.places.acquire().await.map_err(closed)?;
        let mut mails = 0;
        let mut done = None;
        if let Some((mut session, before)) = self.kept().await {
            let outcome = session.submit(sender, recipients, mail).await;
            match outcome {
                Ok(submitted) => (mails, done) = (before, Some((session, submitted))),
                // It closed meanwhile, before it had the mail: a new one is opened.
                Err(Broken::Network { sent: false, .. }) => {}
                Err(broken) => return Err(broken),
            }
        }
        let (session, submitted) = match done {
            Some(done) => done,
            None => {
                let mut session = Session::open(&self.gate, &self.outbox).await?;
                let submitted = session.submit(sender, recipients, mail).await?;
                (session, submitted)
            }
        };
        mails += 1;
        // After a refusal of everybody the server waits for data that never comes: it is asked anew.
        if mails < MAILS && submitted.reply.code == 250 {
            self.idle.lock().push(Kept { session, since: Instant::now(), mails });
        } else {
            session.quit().await;
        }
        Ok(submitted)
    }

    async fn kept(&self) -> Option<(Session, u32)> {
        loop {
            let kept = self.idle.lock().pop();
            let Kept { mut session, since, mails } = kept?;
            if since.elapsed() < FRESH || (since.elapsed() < IDLE && session.is_alive().await) {
                return Some((session, mails));
            }
        }
    }

    /// Closes what was idle too long.
    pub async fn tidy(&self) {
        let old: Vec<Kept> = {
            let mut idle = self.idle.lock();
            let all = std::mem::take(&mut *idle);
            let (old, fresh) = all.into_iter().partition(|kept| kept.since.elapsed() >= IDLE);
            *idle = fresh;
            old
        };
        for kept in old {
            kept.session.quit().await;
        }
    }
}
