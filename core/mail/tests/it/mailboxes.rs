//! All mailboxes as config wants them: begun, changed, ended, each by one task; and a server without IDLE is asked
//! again and again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use kerros_mail::account::{After, Mailbox};
use kerros_mail::mailboxes;
use parking_lot::Mutex;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::house::{House, mailbox};
use crate::liar::truth_of;

/// A server without IDLE whose box fills while it is looked at.
#[derive(Default)]
struct Inbox {
    port: u16,
    mails: AtomicUsize,
    /// Connections that are open, and how many ever were.
    open: AtomicUsize,
    ever: AtomicUsize,
    asked: Mutex<Vec<String>>,
}

impl Inbox {
    async fn with(mails: usize) -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let own = Arc::new(Self { port, mails: AtomicUsize::new(mails), ..Self::default() });
        let shared = Arc::clone(&own);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                shared.ever.fetch_add(1, Ordering::SeqCst);
                shared.open.fetch_add(1, Ordering::SeqCst);
                let own = Arc::clone(&shared);
                tokio::spawn(async move {
                    // Who ends a task hangs up without a word.
                    let _ = own.talk(stream).await;
                    own.open.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        own
    }

    async fn talk(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut stream = BufReader::new(stream);
        stream.write_all(b"* OK hello\r\n").await?;
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            let (tag, command) = line.trim_end().split_once(' ').unwrap_or_default();
            self.asked.lock().push(command.split(' ').next().unwrap_or_default().to_owned());
            stream.write_all(&truth_of(self.mails.load(Ordering::SeqCst), command)).await?;
            stream.write_all(format!("{tag} OK done\r\n").as_bytes()).await?;
        }
    }

    fn asked(&self, what: &str) -> usize {
        self.asked.lock().iter().filter(|word| *word == what).count()
    }

    /// Waits until so many connections are open.
    async fn until_open(&self, count: usize) {
        let wait = async {
            while self.open.load(Ordering::SeqCst) != count {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), wait).await.expect("connections in time");
    }
}

/// A mailbox that is looked at as often as a machine can.
fn at(server: &Inbox, name: &str) -> Mailbox {
    let mut mailbox = mailbox(server.port, "support@test.example", After::Leave);
    name.clone_into(&mut mailbox.name);
    mailbox.poll = Duration::from_millis(1);
    mailbox
}

#[tokio::test]
async fn a_server_without_idle_is_asked_again_on_the_same_connection() {
    let server = Inbox::with(3).await;
    let house = House::default();
    let (stop, stopped) = watch::channel(false);
    let watching = kerros_mail::imap::watch::run(house.deps(), at(&server, "support"), stopped);
    let task = tokio::spawn(watching);
    house.book.until(3).await;
    for count in 4..8 {
        server.mails.store(count, Ordering::SeqCst);
        house.book.until(count).await;
    }
    assert!(server.asked("NOOP") >= 4, "{:?}", server.asked.lock());
    assert_eq!(server.asked("IDLE"), 0);
    assert_eq!(server.ever.load(Ordering::SeqCst), 1);
    stop.send_replace(true);
    task.await.unwrap();
    // Who stops gives its lead back, so that another node need not wait for the end of it.
    let leads = house.book.leads.lock().clone();
    let (role, now, until) = leads.last().unwrap();
    assert_eq!((role.as_str(), now), ("mail/aurinko/support", until));
    assert!(leads[0].2 > leads[0].1);
}

#[tokio::test]
async fn config_begins_changes_and_ends_mailboxes() {
    let (first, second) = (Inbox::with(3).await, Inbox::with(6).await);
    let house = House::default();
    let (want, wanted) = watch::channel(Vec::new());
    let (stop, stopped) = watch::channel(false);
    let task = tokio::spawn(mailboxes::run(house.deps(), wanted, stopped));
    let until = async |wanted: &[&str]| {
        let wait = async {
            loop {
                let names: Vec<String> =
                    house.health.all().into_iter().map(|one| one.mailbox).collect();
                if names == wanted {
                    return;
                }
                tokio::task::yield_now().await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(20), wait).await;
        assert!(waited.is_ok(), "{wanted:?} of {:?}", house.health.all());
    };

    // It begins.
    want.send_replace(vec![at(&first, "support")]);
    house.book.until(3).await;
    first.until_open(1).await;
    until(&["support"]).await;

    // The same again disturbs nothing, another one beside it neither.
    want.send_replace(vec![at(&first, "support")]);
    want.send_replace(vec![at(&first, "support"), at(&second, "orders")]);
    house.book.until(6).await;
    first.mails.store(4, Ordering::SeqCst);
    second.until_open(1).await;
    until(&["orders", "support"]).await;
    assert_eq!(first.ever.load(Ordering::SeqCst), 1, "it was not begun anew");

    // It moves to another server: it is ended there before it begins here.
    second.mails.store(9, Ordering::SeqCst);
    want.send_replace(vec![at(&second, "support")]);
    first.until_open(0).await;
    house.book.until(9).await;
    second.until_open(1).await;
    until(&["support"]).await;

    // It ends when nobody wants it, and begins again when somebody does.
    want.send_replace(Vec::new());
    second.until_open(0).await;
    until(&[]).await;
    second.mails.store(10, Ordering::SeqCst);
    want.send_replace(vec![at(&second, "support")]);
    house.book.until(10).await;

    // A stop ends all.
    stop.send_replace(true);
    task.await.unwrap();
    second.until_open(0).await;
    until(&[]).await;
}
