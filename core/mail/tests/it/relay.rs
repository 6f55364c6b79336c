//! Sending: to a server that plays tricks, and to Postfix.

use std::sync::Arc;

use kerros_app::memory::{MemoryFiles, TestClock};
use kerros_app::ports::channel::Participant;
use kerros_app::ports::mail::Submission as _;
use kerros_app::ports::meter::NoMeter;
use kerros_app::ports::outbound::{Mail, Response};
use kerros_domain::id::ChannelId;
use kerros_mail::account::{Dkim, Outbox, Proof, Tls};
use kerros_mail::{Gate, Outboxes};
use parking_lot::Mutex;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::house::{House, account, gate, mailbox, tenant};
use crate::server::Server;
use crate::skip::skip;
use crate::verify::Pair;

/// What the stub saw.
#[derive(Default)]
struct Seen {
    connections: usize,
    mails: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Trick {
    None,
    /// Takes the mail and hangs up without a word.
    Drops,
    /// Hangs up after each mail, without telling.
    Forgets,
}

async fn talk(stream: TcpStream, seen: &Mutex<Seen>, trick: Trick) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 stub\r\n").await?;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let answer = match line.trim_end() {
            line if line.starts_with("EHLO") => {
                "250-stub\r\n250-PIPELINING\r\n250-SIZE 5000000\r\n250-ENHANCEDSTATUSCODES\r\n250 8BITMIME"
            }
            line if line.starts_with("RCPT TO:<grey") => "450 4.2.0 Greylisted, come back later",
            line if line.starts_with("RCPT TO:<nobody") => "550 5.1.1 No such user here",
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await?;
                let mut mail = String::new();
                loop {
                    let mut line = String::new();
                    stream.read_line(&mut line).await?;
                    if line == ".\r\n" {
                        break;
                    }
                    mail.push_str(line.strip_prefix('.').unwrap_or(&line));
                }
                if trick == Trick::Drops {
                    return Ok(());
                }
                seen.lock().mails.push(mail);
                if trick == Trick::Forgets {
                    stream.write_all(b"250 2.0.0 queued\r\n").await?;
                    return Ok(());
                }
                "250 2.0.0 queued as 42"
            }
            "QUIT" => "221 bye",
            _ => "250 2.1.0 ok",
        };
        stream.write_all(format!("{answer}\r\n").as_bytes()).await?;
    }
}

async fn stub(trick: Trick) -> (u16, Arc<Mutex<Seen>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let seen = Arc::new(Mutex::new(Seen::default()));
    let shared = Arc::clone(&seen);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            shared.lock().connections += 1;
            let seen = Arc::clone(&shared);
            tokio::spawn(async move { drop(talk(stream, &seen, trick).await) });
        }
    });
    (port, seen)
}

pub fn outbox(port: u16) -> Outbox {
    let mut account = account(port, "support@test.example");
    account.proof = Proof::None;
    Outbox {
        channel: ChannelId::from("mail"),
        account,
        senders: vec!["support@test.example".into()],
        dkim: Vec::new(),
        connections: 2,
        most_bytes: 25 << 20,
        hello: "kerros.test.example".into(),
    }
}

fn outboxes(files: &Arc<MemoryFiles>, outbox: Outbox) -> Outboxes {
    outboxes_at(gate("secret"), files, outbox)
}

fn outboxes_at(gate: Gate, files: &Arc<MemoryFiles>, outbox: Outbox) -> Outboxes {
    let clock = Arc::new(TestClock::default());
    let outboxes = Outboxes::new(gate, Arc::clone(files) as _, clock, Arc::new(NoMeter));
    outboxes.set([outbox]);
    outboxes
}

pub fn letter(n: usize, to: &[&str]) -> Mail {
    Mail {
        sender: "support@test.example".into(),
        sender_name: "Support".into(),
        recipients: to
            .iter()
            .map(|address| Participant {
                role: "to".into(),
                address: (*address).into(),
                name: None,
            })
            .collect(),
        subject: format!("Answer {n}"),
        message_id: format!("{n}@test.example"),
        text: "Hello\n.\nfrom us\n".into(),
        ..Mail::default()
    }
}

async fn send(outboxes: &Outboxes, mail: &Mail) -> Response {
    outboxes.submit(&tenant(), &ChannelId::from("mail"), mail).await
}

#[tokio::test]
async fn one_of_three_refused_is_told_and_the_others_are_sent() {
    let (port, seen) = stub(Trick::None).await;
    let outboxes = outboxes(&Arc::default(), outbox(port));
    let to = ["a@example.org", "nobody@example.org", "b@example.org"];
    let Response::Mail { code, enhanced, refused, .. } = send(&outboxes, &letter(1, &to)).await
    else {
        panic!("no answer");
    };
    assert_eq!((code, enhanced.as_str()), (250, "2.0.0"));
    assert_eq!(refused, [("nobody@example.org".into(), "550 5.1.1 No such user here".into())]);
    let mail = seen.lock().mails[0].clone();
    assert!(mail.contains("\r\n\r\nHello\r\n.\r\nfrom us\r\n"), "{mail}");
    let alone = send(&outboxes, &letter(2, &["nobody@example.org"])).await;
    assert!(
        matches!(&alone, Response::Mail { code: 550, enhanced, refused, .. } if enhanced == "5.1.1" && refused.len() == 1),
        "{alone:?}"
    );
    let grey = send(&outboxes, &letter(3, &["grey@example.org"])).await;
    assert!(
        matches!(&grey, Response::Mail { code: 450, enhanced, .. } if enhanced == "4.2.0"),
        "{grey:?}"
    );
    assert_eq!(seen.lock().mails.len(), 1);
}

#[tokio::test]
async fn connections_are_kept_and_a_lost_one_is_no_harm() {
    let (port, seen) = stub(Trick::None).await;
    let outboxes = Arc::new(outboxes(&Arc::default(), outbox(port)));
    for n in 0..10 {
        assert!(!send(&outboxes, &letter(n, &["a@example.org"])).await.is_failure());
    }
    assert_eq!(seen.lock().connections, 1);
    assert_eq!(seen.lock().mails.len(), 10);
    let many: Vec<_> = (10..30)
        .map(|n| {
            let outboxes = Arc::clone(&outboxes);
            tokio::spawn(async move { send(&outboxes, &letter(n, &["a@example.org"])).await })
        })
        .collect();
    for one in many {
        assert!(!one.await.unwrap().is_failure());
    }
    assert!(seen.lock().connections <= 2, "no more than allowed at once");
    assert_eq!(seen.lock().mails.len(), 30);
}

#[tokio::test]
async fn a_server_that_takes_and_drops_leaves_it_open() {
    let (port, _) = stub(Trick::Drops).await;
    let outboxes = outboxes(&Arc::default(), outbox(port));
    let answer = send(&outboxes, &letter(1, &["a@example.org"])).await;
    let Response::Failed { temporary: true, reached: true, reason } = answer else {
        panic!("{answer:?}")
    };
    assert!(reason.contains("may have arrived"), "{reason}");
}

#[tokio::test]
async fn policy_is_kept() {
    let (port, seen) = stub(Trick::None).await;
    let outboxes = outboxes(&Arc::default(), outbox(port));
    let mut stranger = letter(1, &["a@example.org"]);
    stranger.sender = "ceo@test.example".into();
    let mut smuggler = letter(2, &["a@example.org>\r\nRCPT TO:<b@example.org"]);
    smuggler.text = "x".into();
    let mut own = letter(3, &["a@example.org"]);
    own.headers.push(("Bcc".into(), "b@example.org".into()));
    for mail in [stranger, smuggler, own] {
        let answer = send(&outboxes, &mail).await;
        assert!(
            matches!(answer, Response::Failed { temporary: false, reached: false, .. }),
            "{answer:?}"
        );
    }
    let elsewhere =
        outboxes.submit(&tenant(), &ChannelId::from("sms"), &letter(4, &["a@example.org"])).await;
    assert!(elsewhere.is_failure());
    assert_eq!(seen.lock().connections, 0);
    assert!(seen.lock().mails.is_empty());
}

#[tokio::test]
async fn a_forgetful_server_is_connected_to_again() {
    let (port, seen) = stub(Trick::Forgets).await;
    let outboxes = outboxes(&Arc::default(), outbox(port));
    for n in 0..3 {
        assert!(!send(&outboxes, &letter(n, &["a@example.org"])).await.is_failure());
    }
    assert_eq!(seen.lock().mails.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn postfix_takes_signed_mails_with_files() {
    let Some(server) = Server::start() else { return };
    let Some(port) = server.port("SMTP") else {
        skip("Postfix is not here, or this is not root: sending was tried against a stub only");
        return;
    };
    let keys = tempfile::tempdir().unwrap();
    let pairs =
        [Pair::rsa(keys.path(), false), Pair::ed25519(keys.path()), Pair::rsa(keys.path(), true)];
    let files: Arc<MemoryFiles> = Arc::default();
    let bytes: Vec<u8> = (0..3_000_000_u32).map(|n| (n % 253) as u8).collect();
    let file = files.keep(&tenant(), "l\u{e4}hete.pdf", "application/pdf", &bytes);
    let smtps = server.port("SMTPS").unwrap();
    let ways = [(Tls::Starttls, port), (Tls::Implicit, smtps), (Tls::Starttls, port)];
    for (n, ((tls, port), pair)) in ways.into_iter().zip(&pairs).enumerate() {
        let mut outbox = outbox(port);
        outbox.account.server.tls = tls;
        outbox.account.server.ca = Some(server.ca().into());
        outbox.account.proof = Proof::Password("password".into());
        outbox.dkim = vec![Dkim {
            domain: "test.example".into(),
            selector: format!("s{n}"),
            key: "dkim".into(),
        }];
        let mut gate = gate("secret");
        gate.secrets = Arc::new(Keys(pair.private.clone()));
        let outboxes = outboxes_at(gate, &files, outbox);
        let mut mail = letter(1, &["liisa@test.example", "nobody@test.example"]);
        mail.message_id = format!("{n}@test.example");
        mail.subject = format!("V\u{e4}h\u{e4}n  {}", "pitk\u{e4} otsikko ".repeat(9));
        mail.text = "Hello  there \n\n.\nfrom us  \n\n\n".into();
        mail.html = Some("<p>Hello   there</p>\n\n".into());
        mail.files.push(file.id.clone());
        let answer = send(&outboxes, &mail).await;
        assert!(
            matches!(&answer, Response::Mail { code: 250, refused, .. } if refused.len() == 1 && refused[0].1.starts_with("550 5.1.1")),
            "{answer:?}"
        );
        let grey = send(&outboxes, &letter(2, &["grey@test.example"])).await;
        assert!(matches!(&grey, Response::Mail { code: 450, .. }), "{grey:?}");
    }
    // What was sent comes back in whole, and its signature is right.
    let house = House::default();
    let mut inbox = mailbox(
        server.port("IMAP").unwrap(),
        "liisa@test.example",
        kerros_mail::account::After::Seen,
    );
    inbox.poll = std::time::Duration::from_secs(5);
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let task = tokio::spawn(kerros_mail::imap::watch::run(house.deps(), inbox, stopped));
    house.book.until(pairs.len()).await;
    stop.send_replace(true);
    task.await.unwrap();
    let mut signed = [false; 3];
    for mail in house.book.mails.lock().values() {
        let lifted = &mail.raw.files[0];
        assert_eq!((lifted.name.as_str(), lifted.bytes), ("l\u{e4}hete.pdf", 3_000_000));
        assert_eq!(house.files.bytes(&tenant(), &lifted.id).unwrap(), bytes);
        let original = mail.original.as_ref().unwrap();
        let original = house.files.bytes(&tenant(), &original.id).unwrap().to_vec();
        let text = String::from_utf8(original.clone()).unwrap();
        let n = (0..3).find(|n| text.contains(&format!("<{n}@test.example>"))).unwrap();
        let tags = pairs[n].check(&original).unwrap();
        assert_eq!((tags["d"].as_str(), &tags["s"]), ("test.example", &format!("s{n}")));
        assert!(!tags.contains_key("l"), "the whole body is signed");
        signed[n] = true;
        altered(&pairs[n], &text);
        assert!(pairs[(n + 1) % 3].check(&original).is_err(), "another's key");
    }
    assert_eq!(signed, [true; 3]);
}

/// Whatever somebody on the way changes shows.
fn altered(pair: &Pair, mail: &str) {
    let middle = mail.len() / 2;
    let file = if mail.as_bytes()[middle] == b'A' { "B" } else { "A" };
    for (what, changed) in [
        ("a byte of the file", format!("{}{file}{}", &mail[..middle], &mail[middle + 1..])),
        ("a word of the text", mail.replacen("from us", "from me", 1)),
        ("the sender", mail.replacen("\r\nFrom: ", "\r\nFrom: X", 1)),
        ("a second sender", mail.replacen("\r\nFrom: ", "\r\nFrom: a@b.fi\r\nFrom: ", 1)),
        ("a second subject", mail.replacen("\r\nFrom: ", "\r\nSubject: x\r\nFrom: ", 1)),
        ("another part", format!("{mail}more\r\n")),
    ] {
        assert_ne!(changed, mail, "{what}");
        assert!(pair.check(changed.as_bytes()).is_err(), "{what} was changed unseen");
    }
    // What the RFC lets pass does.
    let blanks = mail.replacen("\r\nTo:", "\r\nTO:  ", 1) + "\r\n\r\n";
    pair.check(blanks.as_bytes()).unwrap();
}

/// The DKIM key under its name, the password under every other.
struct Keys(Vec<u8>);

impl kerros_app::ports::secrets::Secrets for Keys {
    fn get(&self, _: &kerros_domain::id::TenantId, name: &str) -> Option<Vec<u8>> {
        Some(if name == "dkim" { self.0.clone() } else { b"secret".to_vec() })
    }
}
