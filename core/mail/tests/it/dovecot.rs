//! Fetching from Dovecot: everything once, whatever breaks.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_imap::Client;
use kerros_mail::account::{After, Mailbox, Tls};
use kerros_mail::imap::session::Fault;
use kerros_mail::imap::watch;
use kerros_mail::intake::NotTaken;
use tokio::net::TcpStream;

use crate::house::{House, gate, mailbox, tenant};
use crate::server::Server;

type Person = async_imap::Session<TcpStream>;

/// A person's own mail program.
async fn person(server: &Server, user: &str) -> Person {
    let port = server.port("IMAP").unwrap();
    let mut client = Client::new(TcpStream::connect(("127.0.0.1", port)).await.unwrap());
    client.read_response().await.unwrap().unwrap();
    client.login(user, "secret").await.map_err(|(error, _)| error).unwrap()
}

fn mail(n: usize) -> String {
    format!(
        "From: a{n}@example.org\r\nTo: support@test.example\r\nSubject: Mail {n}\r\n\
         Message-ID: <{n}@example.org>\r\n\r\nHello {n}\r\n"
    )
}

async fn put(person: &mut Person, from: usize, to: usize) {
    for n in from..to {
        person.append("INBOX", None, None, mail(n)).await.unwrap();
    }
}

fn of(server: &Server, user: &str, after: After) -> Mailbox {
    mailbox(server.port("IMAP").unwrap(), user, after)
}

async fn count(person: &mut Person, folder: &str, what: &str) -> usize {
    person.examine(folder).await.unwrap();
    person.uid_search(what).await.unwrap().len()
}

/// One server for all: it takes a second to start.
#[tokio::test(flavor = "multi_thread")]
async fn dovecot() {
    let Some(server) = Server::start() else { return };
    everything_comes_once_and_is_marked(&server).await;
    every_way_of_tls_and_a_wrong_password(&server).await;
    news_come_by_idle(&server).await;
    a_database_that_is_gone_loses_nothing(&server).await;
    new_numbers_double_nothing(&server).await;
    a_server_killed_in_the_middle_loses_nothing(&server).await;
    moved_mails_leave_the_folder(&server).await;
    a_big_mail_comes_in_pieces(&server).await;
}

async fn everything_comes_once_and_is_marked(server: &Server) {
    let user = "first@test.example";
    let mut person = person(server, user).await;
    put(&mut person, 0, 150).await;
    let house = House::default();
    let mailbox = of(server, user, After::Seen);
    assert_eq!(house.import(&mailbox).await.unwrap(), 150);
    assert_eq!(count(&mut person, "INBOX", "SEEN").await, 150);
    let mails = house.book.mails.lock().clone();
    let raw = &mails.values().find(|mail| mail.raw.body == mail_bytes(7)).unwrap().raw;
    assert_eq!(raw.kind, "mail");
    assert!(raw.headers.contains(&("mailbox".into(), user.into())));
    put(&mut person, 150, 152).await;
    assert_eq!(house.import(&mailbox).await.unwrap(), 2, "only what is new");
    assert_eq!(*house.book.known.lock(), 0);
    assert!(*house.book.commits.lock() <= 5, "several mails a commit");
}

fn mail_bytes(n: usize) -> Vec<u8> {
    mail(n).into_bytes()
}

async fn every_way_of_tls_and_a_wrong_password(server: &Server) {
    let user = "tls@test.example";
    put(&mut person(server, user).await, 0, 1).await;
    for (tls, port) in [(Tls::Implicit, "IMAPS"), (Tls::Starttls, "IMAP")] {
        let house = House::default();
        let mut mailbox = of(server, user, After::Leave);
        mailbox.account.server.tls = tls;
        mailbox.account.server.port = server.port(port).unwrap();
        let stranger = house.import(&mailbox).await;
        assert!(matches!(stranger, Err(Fault::Network(_))), "unknown certificate: {stranger:?}");
        mailbox.account.server.ca = Some(server.ca().into());
        assert_eq!(house.import(&mailbox).await, Ok(1), "{tls:?}");
    }
    let wrong = House { gate: gate("wrong"), ..House::default() };
    let outcome = wrong.import(&of(server, user, After::Leave)).await;
    assert!(matches!(outcome, Err(Fault::Login(_))), "{outcome:?}");
    let mut public = of(server, user, After::Leave);
    public.account.server.private = false;
    let outcome = House::default().import(&public).await;
    assert!(matches!(outcome, Err(Fault::Config(_))), "a private address: {outcome:?}");
}

async fn news_come_by_idle(server: &Server) {
    let user = "idle@test.example";
    let mut person = person(server, user).await;
    let house = House::default();
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let task = tokio::spawn(watch::run(house.deps(), of(server, user, After::Seen), stopped));
    // The poll is an hour: what comes comes by IDLE.
    for n in 0..3 {
        put(&mut person, n, n + 1).await;
        house.book.until(n + 1).await;
    }
    // It counts a mail after its commit, of which alone the book tells.
    let counted = async {
        while house.health.all().first().is_none_or(|one| one.fetched < 3) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), counted).await.unwrap();
    let health = house.health.all();
    assert_eq!((health.len(), health[0].fetched, health[0].fault.clone()), (1, 3, None));
    stop.send_replace(true);
    task.await.unwrap();
    assert!(house.health.all().is_empty());
}

async fn a_database_that_is_gone_loses_nothing(server: &Server) {
    let user = "gone@test.example";
    put(&mut person(server, user).await, 0, 200).await;
    let house = House::default();
    *house.book.before.lock() =
        Some(Box::new(
            |kept| {
                if kept >= 64 { Err(NotTaken("the disk is full".into())) } else { Ok(()) }
            },
        ));
    let mailbox = of(server, user, After::Seen);
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let task = tokio::spawn(watch::run(house.deps(), mailbox.clone(), stopped));
    house.book.until(64).await;
    // The watcher is stopped in the middle; only what was committed is marked.
    stop.send_replace(true);
    task.await.unwrap();
    assert_eq!(house.book.count(), 64);
    let mut person = person(server, user).await;
    assert!(count(&mut person, "INBOX", "SEEN").await <= 64);
    *house.book.before.lock() = None;
    assert_eq!(house.import(&mailbox).await.unwrap(), 136);
    assert_eq!((house.book.count(), *house.book.known.lock()), (200, 0));
}

async fn new_numbers_double_nothing(server: &Server) {
    let user = "anew@test.example";
    put(&mut person(server, user).await, 0, 20).await;
    let house = House::default();
    let mailbox = of(server, user, After::Leave);
    house.import(&mailbox).await.unwrap();
    let before = house.book.position.lock().clone().unwrap();
    // Dovecot numbers anew when its list is gone.
    for entry in std::fs::read_dir(server.mail(user)).unwrap().flatten() {
        if entry.file_name().to_string_lossy().starts_with("dovecot") && entry.path().is_file() {
            std::fs::remove_file(entry.path()).unwrap();
        }
    }
    // A second is the unit of its numbers.
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    put(&mut person(server, user).await, 20, 21).await;
    assert_eq!(house.import(&mailbox).await.unwrap(), 1, "the new one");
    let after = house.book.position.lock().clone().unwrap();
    assert_ne!(before.uid_validity, after.uid_validity);
    assert_eq!((house.book.count(), *house.book.known.lock()), (21, 20));
}

async fn a_server_killed_in_the_middle_loses_nothing(server: &Server) {
    let user = "killed@test.example";
    put(&mut person(server, user).await, 0, 200).await;
    let house = House::default();
    let killed = Arc::new(AtomicBool::new(false));
    let (seen, wants) = (Arc::clone(&killed), tokio::sync::mpsc::unbounded_channel());
    let (ask, mut asked) = wants;
    *house.book.before.lock() = Some(Box::new(move |kept| {
        if kept >= 64 && !seen.swap(true, Ordering::SeqCst) {
            ask.send(()).unwrap();
        }
        Ok(())
    }));
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let task = tokio::spawn(watch::run(house.deps(), of(server, user, After::Seen), stopped));
    asked.recv().await.unwrap();
    server.kill();
    server.revive();
    house.book.until(200).await;
    stop.send_replace(true);
    task.await.unwrap();
    assert_eq!(house.book.count(), 200);
}

async fn moved_mails_leave_the_folder(server: &Server) {
    let user = "moved@test.example";
    let mut person = person(server, user).await;
    put(&mut person, 0, 10).await;
    let house = House::default();
    house.import(&of(server, user, After::Move("Done".into()))).await.unwrap();
    assert_eq!(count(&mut person, "INBOX", "ALL").await, 0);
    assert_eq!(count(&mut person, "Done", "ALL").await, 10);
    put(&mut person, 10, 13).await;
    house.import(&of(server, user, After::Delete)).await.unwrap();
    assert_eq!(count(&mut person, "INBOX", "ALL").await, 0);
    assert_eq!(house.book.count(), 13);
}

async fn a_big_mail_comes_in_pieces(server: &Server) {
    let user = "big@test.example";
    let lines = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4\r\n";
    let big = format!(
        "From: a@example.org\r\nSubject: Big\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nSee the file.\r\n\
         --b\r\nContent-Type: application/zip; name=x.zip\r\nContent-Transfer-Encoding: base64\r\n\r\n{}--b--\r\n",
        lines.repeat(40_000)
    );
    let mut person = person(server, user).await;
    person.append("INBOX", None, None, &big).await.unwrap();
    let house = House::default();
    assert_eq!(house.import(&of(server, user, After::Leave)).await.unwrap(), 1);
    let mails = house.book.mails.lock().clone();
    let mail = mails.values().next().unwrap();
    let raw = &mail.raw;
    assert!(raw.body.len() < 2000, "{} bytes are left", raw.body.len());
    assert_eq!((raw.files.len(), raw.files[0].name.as_str()), (1, "x.zip"));
    assert_eq!(raw.files[0].bytes, 57 * 40_000);
    let original = mail.original.as_ref().unwrap();
    assert_eq!(house.files.bytes(&tenant(), &original.id).unwrap(), big.as_bytes());
    assert_eq!(original.bytes, big.len() as u64);
    let text = String::from_utf8(raw.body.clone()).unwrap();
    assert!(text.contains(&format!("X-Kerros-File: {}\r\n", raw.files[0].id)), "{text}");
    assert!(text.contains("See the file."), "{text}");
}
