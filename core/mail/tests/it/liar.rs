//! IMAP servers that lie: each is a script of answers; the adapter loses nothing and holds little.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use kerros_mail::account::After;
use kerros_mail::imap::session::Fault;
use kerros_mail::imap::watch;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::house::{House, mailbox};

/// What a liar says to a UID FETCH or SEARCH on its nth connection; `None` is the truth.
type Lie = fn(connection: usize, command: &str) -> Option<Said>;

enum Said {
    /// This, and the usual OK.
    Then(Vec<u8>),
    /// This, and no OK but NO.
    No,
    /// This, and then it hangs up.
    Last(Vec<u8>),
    /// The truth, after so long.
    Late(Duration),
}

/// Lets time pass without waiting for it, a little at a time, so that whoever waits does what is due meanwhile.
async fn pass(time: Duration) {
    const STEP: Duration = Duration::from_secs(1);
    tokio::time::pause();
    for _ in 0..time.as_secs() {
        tokio::time::advance(STEP).await;
    }
    tokio::time::resume();
}

const MAILS: usize = 3;

fn mail(uid: usize) -> Vec<u8> {
    format!("From: a{uid}@example.org\r\nMessage-ID: <{uid}@example.org>\r\n\r\nHello {uid}\r\n")
        .into_bytes()
}

fn given(uid: usize, from: usize, most: usize) -> Vec<u8> {
    let mail = mail(uid);
    let piece = &mail[from.min(mail.len())..(from + most).min(mail.len())];
    let section = if most == usize::MAX { String::new() } else { format!("<{from}>") };
    let mut answer =
        format!("* {uid} FETCH (UID {uid} BODY[]{section} {{{}}}\r\n", piece.len()).into_bytes();
    answer.extend_from_slice(piece);
    answer.extend_from_slice(b")\r\n");
    answer
}

/// Uids of a set like `1:2,3`, of those there are.
fn uids(mails: usize, set: &str) -> Vec<usize> {
    set.split(',')
        .flat_map(|run| {
            let (from, to) = run.split_once(':').unwrap_or((run, run));
            let to = to.parse().unwrap_or(mails);
            from.parse().unwrap()..=to
        })
        .filter(|uid| (1..=mails).contains(uid))
        .collect()
}

pub fn truth(command: &str) -> Vec<u8> {
    truth_of(MAILS, command)
}

/// What an honest server with so many mails answers.
pub fn truth_of(mails: usize, command: &str) -> Vec<u8> {
    let words: Vec<&str> = command.split_ascii_whitespace().collect();
    match words.as_slice() {
        ["NOOP"] => format!("* {mails} EXISTS\r\n").into(),
        ["CAPABILITY"] => b"* CAPABILITY IMAP4rev1 UIDPLUS MOVE\r\n".to_vec(),
        ["EXAMINE" | "SELECT", ..] => {
            let next = mails + 1;
            format!("* {mails} EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT {next}] ok\r\n")
                .into()
        }
        ["UID", "SEARCH", "UID", set] => {
            let found: String = uids(mails, set).iter().map(|uid| format!(" {uid}")).collect();
            format!("* SEARCH{found}\r\n").into()
        }
        ["UID", "FETCH", set, what @ ..] => {
            let what = what.join(" ");
            let piece = what.split_once('<').map(|(_, rest)| rest.trim_end_matches(['>', ')']));
            let mut answer = Vec::new();
            for uid in uids(mails, set) {
                if what.contains("SIZE") {
                    let size = mail(uid).len();
                    answer.extend(
                        format!("* {uid} FETCH (UID {uid} RFC822.SIZE {size})\r\n").bytes(),
                    );
                } else if let Some((from, most)) = piece.and_then(|piece| piece.split_once('.')) {
                    answer.extend(given(uid, from.parse().unwrap(), most.parse().unwrap()));
                } else {
                    answer.extend(given(uid, 0, usize::MAX));
                }
            }
            answer
        }
        _ => Vec::new(),
    }
}

async fn talk(stream: TcpStream, connection: usize, lie: Lie) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"* OK hello\r\n").await?;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let (tag, command) = line.trim_end().split_once(' ').unwrap_or((line.trim_end(), ""));
        let command = command.to_owned();
        let done = match lie(connection, &command) {
            None => {
                stream.write_all(&truth(&command)).await?;
                "OK done"
            }
            Some(Said::Then(bytes)) => {
                stream.write_all(&bytes).await?;
                "OK done"
            }
            Some(Said::No) => "NO not now",
            Some(Said::Last(bytes)) => {
                stream.write_all(&bytes).await?;
                return Ok(());
            }
            Some(Said::Late(time)) => {
                pass(time).await;
                stream.write_all(&truth(&command)).await?;
                "OK done"
            }
        };
        stream.write_all(format!("{tag} {done}\r\n").as_bytes()).await?;
    }
}

/// Connections of a liar.
#[derive(Default)]
struct Connections {
    begun: AtomicUsize,
    ended: AtomicUsize,
}

impl Connections {
    fn begun(&self) -> usize {
        self.begun.load(Ordering::SeqCst)
    }

    fn is_any_open(&self) -> bool {
        self.begun() > self.ended.load(Ordering::SeqCst)
    }
}

/// Starts a liar; gives its port and counts its connections.
async fn liar(lie: Lie) -> (u16, Arc<Connections>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let connections = Arc::new(Connections::default());
    let count = Arc::clone(&connections);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let connection = count.begun.fetch_add(1, Ordering::SeqCst);
            let count = Arc::clone(&count);
            tokio::spawn(async move {
                // A client that hangs up on a lie is what is wanted.
                drop(talk(stream, connection, lie).await);
                count.ended.fetch_add(1, Ordering::SeqCst);
            });
        }
    });
    (port, connections)
}

fn is_fetch(command: &str) -> bool {
    command.starts_with("UID FETCH") && command.contains("BODY")
}

async fn import(lie: Lie) -> (Result<u64, Fault>, House, usize) {
    let (port, connections) = liar(lie).await;
    let house = House::default();
    let done = house.import(&mailbox(port, "support@test.example", After::Leave)).await;
    (done, house, connections.begun())
}

#[tokio::test]
async fn the_truth_is_taken() {
    let (done, house, _) = import(|_, _| None).await;
    assert_eq!(done, Ok(3));
    let bodies: Vec<Vec<u8>> =
        house.book.mails.lock().values().map(|mail| mail.raw.body.clone()).collect();
    assert!((1..=3).all(|uid| bodies.contains(&mail(uid))));
}

#[tokio::test]
async fn lies_that_pass_lose_nothing() {
    let lies: [(&str, Lie); 6] = [
        ("sizes are too small", |_, command| {
            command.contains("SIZE").then(|| {
                Said::Then(
                    b"* 1 FETCH (UID 1 RFC822.SIZE 1)\r\n* 2 FETCH (UID 2 RFC822.SIZE 0)\r\n"
                        .to_vec(),
                )
            })
        }),
        ("sizes are huge", |_, command| {
            command
                .contains("SIZE")
                .then(|| Said::Then(b"* 1 FETCH (UID 1 RFC822.SIZE 4294967295)\r\n".to_vec()))
        }),
        ("the first time it hangs up inside of a mail", |connection, command| {
            (connection == 0 && is_fetch(command))
                .then(|| Said::Last(given(2, 0, usize::MAX)[..60].to_vec()))
        }),
        ("the first time it hangs up between two mails", |connection, command| {
            (connection == 0 && is_fetch(command)).then(|| Said::Last(given(1, 0, usize::MAX)))
        }),
        ("the first time it says no", |connection, command| {
            (connection == 0 && is_fetch(command)).then_some(Said::No)
        }),
        ("the first time a search says no", |connection, command| {
            (connection == 0 && command.contains("SEARCH")).then_some(Said::No)
        }),
    ];
    for (what, lie) in lies {
        let (done, house, _) = import(lie).await;
        assert_eq!(done, Ok(3), "{what}");
        assert_eq!(house.book.count(), 3, "{what}");
        assert_eq!(house.book.position.lock().as_ref().unwrap().uid, 3, "{what}");
    }
}

#[tokio::test]
async fn a_mail_that_is_named_but_not_given_is_passed_over_and_told() {
    let (done, house, connections) = import(|_, command| {
        let set = command.split(' ').nth(2).unwrap_or_default();
        is_fetch(command).then(|| {
            let piece = command.contains('<');
            let rest = uids(MAILS, set).into_iter().filter(|uid| *uid != 2);
            Said::Then(
                rest.flat_map(|uid| if piece { truth(command) } else { given(uid, 0, usize::MAX) })
                    .collect(),
            )
        })
    })
    .await;
    assert_eq!(done, Ok(2));
    assert_eq!(house.book.position.lock().as_ref().unwrap().uid, 3);
    assert!(connections >= 3, "it was asked for again on new connections: {connections}");
}

#[tokio::test]
async fn more_than_was_asked_for_is_cut_off() {
    let endless: Lie = |_, command| {
        is_fetch(command).then(|| {
            let mut answer = b"* 1 FETCH (UID 1 BODY[] {400000000}\r\n".to_vec();
            answer.extend(std::iter::repeat_n(b'x', 20 << 20));
            Said::Last(answer)
        })
    };
    let (done, house, _) = import(endless).await;
    let Err(Fault::Network(why)) = done else { panic!("{done:?}") };
    assert!(why.contains("more than was asked for"), "{why}");
    assert_eq!(house.book.count(), 0);
    // A server that gives no mail at all proves nothing against any of them.
    assert!(house.book.position.lock().is_none());
}

/// Half an hour of a server that lets us in and gives nothing must not cost a single mail.
#[tokio::test]
async fn a_server_that_is_not_well_for_a_while_loses_nothing() {
    let ills: [(&str, Lie); 3] = [
        ("hangs up", |connection, command| {
            (connection < 20 && is_fetch(command)).then(|| Said::Last(Vec::new()))
        }),
        ("says no", |connection, command| {
            (connection < 20 && is_fetch(command)).then_some(Said::No)
        }),
        ("gives nothing", |connection, command| {
            (connection < 20 && is_fetch(command)).then(|| Said::Then(Vec::new()))
        }),
    ];
    for (ill, lie) in ills {
        let (port, connections) = liar(lie).await;
        let house = House::default();
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let mailbox = mailbox(port, "support@test.example", After::Leave);
        let watching = tokio::spawn(watch::run(house.deps(), mailbox, stopped));
        let all = async {
            loop {
                let changed = house.book.changed.notified();
                if house.book.count() >= MAILS {
                    return;
                }
                changed.await;
            }
        };
        // While it does not talk to the server it waits to try again.
        let hurry = async {
            for _ in 0..100_000 {
                if !connections.is_any_open() {
                    pass(Duration::from_secs(4)).await;
                }
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::select! {
            () = all => {}
            () = hurry => panic!("{ill}: {} mails came in days", house.book.count()),
        }
        assert!(connections.begun() > 20, "{ill}");
        drop(stop);
        watching.await.unwrap();
    }
}

#[tokio::test]
async fn a_mail_that_kills_every_connection_is_passed_over_and_the_others_come() {
    let (done, house, connections) = import(|_, command| {
        let set = command.split(' ').nth(2).unwrap_or_default();
        (is_fetch(command) && uids(MAILS, set).contains(&2)).then(|| Said::Last(Vec::new()))
    })
    .await;
    assert_eq!(done, Ok(2));
    let bodies: Vec<Vec<u8>> =
        house.book.mails.lock().values().map(|mail| mail.raw.body.clone()).collect();
    assert!(bodies.contains(&mail(1)) && bodies.contains(&mail(3)));
    assert_eq!(house.book.position.lock().as_ref().unwrap().uid, 3);
    assert!(connections >= 6, "it was asked for again and again: {connections}");
}

#[tokio::test]
async fn an_early_end_is_doubted_once() {
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    let (done, house, connections) = import(|_, command| {
        if command.contains("SIZE") {
            return Some(Said::Then(b"* 2 FETCH (UID 2 RFC822.SIZE 600000)\r\n".to_vec()));
        }
        if command.starts_with("UID FETCH 2 (UID BODY.PEEK[]<0.") {
            return Some(Said::Then(given(2, 0, 10)));
        }
        let again = command.starts_with("UID FETCH 2 (UID BODY.PEEK[]<10.");
        // The first time there is nothing there, the second time there is.
        (again && ASKED.fetch_add(1, Ordering::SeqCst) == 0).then(|| Said::Then(given(2, 10, 0)))
    })
    .await;
    assert_eq!((done, connections), (Ok(3), 1));
    let bodies: Vec<Vec<u8>> =
        house.book.mails.lock().values().map(|mail| mail.raw.body.clone()).collect();
    assert!((1..=3).all(|uid| bodies.contains(&mail(uid))), "{bodies:?}");
}

#[tokio::test]
async fn other_mails_and_numbers_than_asked_for_are_not_taken() {
    let (done, house, _) = import(|_, command| {
        is_fetch(command).then(|| {
            let mut answer =
                b"* 9 FETCH (UID 9 BODY[] {3}\r\nabc)\r\n* 8 FETCH (BODY[] {3}\r\nabc)\r\n"
                    .to_vec();
            answer.extend(truth(command));
            answer.extend(truth(command));
            Said::Then(answer)
        })
    })
    .await;
    assert_eq!(done, Ok(3));
    assert_eq!(house.book.count(), 3);
}

/// One that has not looked at a large folder for long counts its mails first. Another node must not take the mailbox
/// over meanwhile, or it would never be opened.
#[tokio::test]
async fn a_folder_that_opens_slowly_is_waited_for_and_the_lease_is_kept() {
    let (done, house, connections) = import(|_, command| {
        command.starts_with("EXAMINE").then_some(Said::Late(Duration::from_secs(240)))
    })
    .await;
    assert_eq!((done, connections), (Ok(3), 1));
    // A lease of a minute, said again every 20 s.
    let leads = house.book.leads.lock().len();
    assert!(leads >= 10, "the lease was taken {leads} times in four minutes");
}

#[tokio::test]
async fn a_server_that_greets_with_rubbish_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
            let _ = stream.read(&mut [0; 10]).await;
        }
    });
    let house = House::default();
    let done = house.import(&mailbox(port, "a@test.example", After::Leave)).await;
    assert!(matches!(done, Err(Fault::Network(_))), "{done:?}");
}
