//! What stands behind the adapter in a test: files in memory, secrets, and an intake that remembers.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use kerros_app::accept::MailTaken;
use kerros_app::memory::{MemoryFiles, TestClock};
use kerros_app::ports::files::Files;
use kerros_app::ports::mail::{Addresses, Fetched, MailPosition, NoAddress};
use kerros_app::ports::meter::NoMeter;
use kerros_app::ports::secrets::Secrets;
use kerros_domain::id::{ChannelId, TenantId};
use kerros_domain::time::Timestamp;
use kerros_mail::account::{Account, After, Mailbox, Proof, Server, Tls};
use kerros_mail::dial::Dialer;
use kerros_mail::imap::session::Fault;
use kerros_mail::imap::watch;
use kerros_mail::intake::{Intake, NotTaken};
use kerros_mail::oauth::{NoKeeper, TokenKeeper, Tokens};
use kerros_mail::{Deps, Gate, Health};
use parking_lot::Mutex;

use crate::endpoint::Endpoint;

/// Asked before a commit, with the number of mails kept so far.
type Before = Box<dyn FnMut(usize) -> Result<(), NotTaken> + Send>;

/// An intake that keeps what it is given, and can be told to fail.
#[derive(Default)]
pub struct Book {
    pub mails: Mutex<BTreeMap<String, Fetched>>,
    pub position: Mutex<Option<MailPosition>>,
    /// Mails brought that were known already.
    pub known: Mutex<usize>,
    /// Commits made.
    pub commits: Mutex<usize>,
    /// Who asked to lead what, from when until when.
    pub leads: Mutex<Vec<(String, Timestamp, Timestamp)>>,
    /// Called before each commit with the number of mails kept so far; an error is told instead of committing.
    pub before: Mutex<Option<Before>>,
    pub changed: tokio::sync::Notify,
}

impl Book {
    pub fn count(&self) -> usize {
        self.mails.lock().len()
    }

    /// Waits until so many mails are kept.
    pub async fn until(&self, count: usize) {
        let wait = async {
            loop {
                let changed = self.changed.notified();
                if self.count() >= count {
                    return;
                }
                changed.await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(40), wait).await;
        assert!(waited.is_ok(), "{} of {count} mails came", self.count());
    }
}

#[async_trait]
impl Intake for Book {
    async fn position(&self, _: &TenantId, _: &str) -> Result<Option<MailPosition>, NotTaken> {
        Ok(self.position.lock().clone())
    }

    async fn take(
        &self,
        _: &ChannelId,
        mails: Vec<Fetched>,
        position: MailPosition,
    ) -> Result<Vec<MailTaken>, NotTaken> {
        if let Some(before) = &mut *self.before.lock() {
            before(self.count())?;
        }
        let mut taken = Vec::new();
        for mail in mails {
            let new = self.mails.lock().insert(mail.digest.clone(), mail).is_none();
            *self.known.lock() += usize::from(!new);
            taken.push(if new { MailTaken::Taken } else { MailTaken::Known });
        }
        *self.position.lock() = Some(position);
        *self.commits.lock() += 1;
        self.changed.notify_waiters();
        Ok(taken)
    }

    async fn lead(&self, role: &str, now: Timestamp, until: Timestamp) -> Result<bool, NotTaken> {
        self.leads.lock().push((role.to_owned(), now, until));
        Ok(true)
    }
}

/// Everything is this machine.
pub struct Here;

#[async_trait]
impl Addresses for Here {
    async fn addresses(&self, _: &str, private: bool) -> Result<Vec<IpAddr>, NoAddress> {
        if private { Ok(vec![IpAddr::from([127, 0, 0, 1])]) } else { Err(NoAddress::Refused) }
    }
}

/// One password for everything.
pub struct Password(pub &'static str);

impl Secrets for Password {
    fn get(&self, _: &TenantId, _: &str) -> Option<Vec<u8>> {
        Some(self.0.as_bytes().to_vec())
    }
}

pub fn tenant() -> TenantId {
    TenantId::from("aurinko")
}

pub fn gate(password: &'static str) -> Gate {
    gate_at(password, Arc::new(Endpoint::default()), TestClock::default(), Arc::new(NoKeeper))
}

/// With a token endpoint, its own time, and what keeps renewed tokens.
pub fn gate_at(
    password: &'static str,
    endpoint: Arc<Endpoint>,
    clock: TestClock,
    keeper: Arc<dyn TokenKeeper>,
) -> Gate {
    let secrets: Arc<dyn Secrets> = Arc::new(Password(password));
    let tokens = Tokens::new(endpoint, Arc::clone(&secrets), Arc::new(clock), keeper);
    Gate { dialer: Dialer::new(Arc::new(Here)), secrets, tokens: Arc::new(tokens) }
}

/// A house whose book and files live on when the watcher is gone.
#[derive(Clone)]
pub struct House {
    pub book: Arc<Book>,
    pub files: Arc<MemoryFiles>,
    pub health: Arc<Health>,
    pub gate: Gate,
}

impl Default for House {
    fn default() -> Self {
        Self {
            book: Arc::default(),
            files: Arc::default(),
            health: Arc::default(),
            gate: gate("secret"),
        }
    }
}

impl House {
    pub fn deps(&self) -> Deps {
        Deps {
            gate: self.gate.clone(),
            intake: Arc::clone(&self.book) as Arc<dyn Intake>,
            files: Arc::clone(&self.files) as Arc<dyn Files>,
            clock: Arc::new(TestClock::default()),
            meter: Arc::new(NoMeter),
            health: Arc::clone(&self.health),
        }
    }

    /// Takes in what lies there now.
    pub async fn import(&self, mailbox: &Mailbox) -> Result<u64, Fault> {
        watch::import(self.deps(), mailbox.clone(), &|_, _| ()).await
    }
}

/// A mailbox in plain text on a port.
pub fn mailbox(port: u16, user: &str, after: After) -> Mailbox {
    Mailbox {
        name: "support".into(),
        channel: ChannelId::from("mail"),
        address: user.into(),
        account: account(port, user),
        folder: "INBOX".into(),
        poll: Duration::from_secs(3600),
        after,
        late_after: Duration::from_secs(48 * 3600),
    }
}

pub fn account(port: u16, user: &str) -> Account {
    Account {
        tenant: tenant(),
        server: Server { host: "localhost".into(), port, tls: Tls::None, ca: None, private: true },
        user: user.into(),
        proof: Proof::Password("password".into()),
    }
}
