//! A real mail server, Dovecot and Postfix, by `tests/support/mail.sh`: mails come in as another server brings
//! them, and what was sent is read as a person reads it.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::Command;

use futures::TryStreamExt as _;
use mail_parser::{Address, HeaderValue, MessageParser};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use crate::skip::skip;
use crate::wait::until;

/// The password of everybody at the server.
pub const PASSWORD: &str = "secret";

/// A mail server; stopped when dropped.
pub struct MailServer {
    folder: TempDir,
    said: HashMap<String, String>,
}

fn script() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../support/mail.sh")
}

fn installed(program: &str) -> bool {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&paths).chain(["/usr/sbin".into()]).any(|dir| dir.join(program).exists())
}

impl MailServer {
    /// Starts one; `None`, with a word about it, where it may not be installed or started.
    ///
    /// # Panics
    /// When it is installed and does not start.
    pub fn start() -> Option<Self> {
        if !installed("dovecot") || !installed("postfix") {
            skip("Dovecot and Postfix are not here: mail through a whole server was not tried");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let output = Command::new(script()).arg("start").arg(folder.path()).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "mail.sh start: {told}");
        let said = String::from_utf8(output.stdout).unwrap();
        let pairs = said.lines().filter_map(|line| line.split_once('='));
        let said = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let server = Self { folder, said };
        if !server.said.contains_key("SMTP") {
            skip("Postfix needs root to start: mail through a whole server was not tried");
            return None;
        }
        Some(server)
    }

    /// What the script said: a port, a path.
    ///
    /// # Panics
    /// When it did not say it.
    pub fn value(&self, name: &str) -> &str {
        self.said.get(name).unwrap_or_else(|| panic!("mail.sh did not say {name}"))
    }

    fn port(&self, name: &str) -> u16 {
        self.value(name).parse().unwrap()
    }

    /// Brings a mail to a box by LMTP, as the server of the domain does.
    ///
    /// # Panics
    /// When it is not taken.
    pub async fn deliver(&self, from: &str, to: &str, mail: &str) {
        let mut post = Post::open(self.port("LMTP")).await;
        post.bring(from, to, mail).await;
    }

    /// Brings many mails over one connection.
    ///
    /// # Panics
    /// When one is not taken.
    pub async fn deliver_all(&self, mails: impl IntoIterator<Item = (String, String, String)>) {
        let mut post = Post::open(self.port("LMTP")).await;
        for (from, to, mail) in mails {
            post.bring(&from, &to, &mail).await;
        }
    }

    async fn session(&self, user: &str) -> async_imap::Session<TcpStream> {
        let stream = TcpStream::connect(("127.0.0.1", self.port("IMAP"))).await.unwrap();
        let mut client = async_imap::Client::new(stream);
        client.read_response().await.unwrap().unwrap();
        let login = client.login(user, PASSWORD).await;
        login.map_err(|(error, _)| error).unwrap()
    }

    /// Puts a mail into a user's folder, as the user's own program does.
    ///
    /// # Panics
    /// When the server does not take it.
    pub async fn put(&self, user: &str, folder: &str, mail: &str) {
        let mut session = self.session(user).await;
        session.append(folder, None, None, mail).await.unwrap();
        session.logout().await.unwrap();
    }

    /// Everything in a folder of a user, oldest first.
    ///
    /// # Panics
    /// When the server does not give it.
    pub async fn folder(&self, user: &str, folder: &str) -> Vec<Letter> {
        let mut session = self.session(user).await;
        let mut letters = Vec::new();
        if session.examine(folder).await.unwrap().exists > 0 {
            let got = session.fetch("1:*", "BODY.PEEK[]").await.unwrap();
            let got: Vec<_> = got.try_collect().await.unwrap();
            letters = got.iter().map(|one| Letter::read(one.body().unwrap())).collect();
        }
        session.logout().await.unwrap();
        letters
    }

    /// Waits for so many mails in a user's inbox.
    ///
    /// # Panics
    /// When they do not come in time, or more come.
    pub async fn inbox(&self, user: &str, count: usize) -> Vec<Letter> {
        until(&format!("{count} mails for {user}"), async || {
            let letters = self.folder(user, "INBOX").await;
            assert!(letters.len() <= count, "{user} has {} mails: {letters:#?}", letters.len());
            (letters.len() == count).then_some(letters)
        })
        .await
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ = Command::new(script()).arg("stop").arg(self.folder.path()).output();
    }
}

/// A server that brings mails (RFC 2033).
struct Post(BufReader<TcpStream>);

impl Post {
    async fn open(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let mut post = Self(BufReader::new(stream));
        post.answer('2').await;
        post.say("LHLO mx.test.example", '2').await;
        post
    }

    async fn bring(&mut self, from: &str, to: &str, mail: &str) {
        self.say(&format!("MAIL FROM:<{from}>"), '2').await;
        self.say(&format!("RCPT TO:<{to}>"), '2').await;
        self.say("DATA", '3').await;
        let mut text = String::with_capacity(mail.len() + 8);
        for line in mail.split_inclusive('\n') {
            text.push_str(if line.starts_with('.') { "." } else { "" });
            text.push_str(line);
        }
        text.push_str(if text.ends_with('\n') { "." } else { "\r\n." });
        self.say(&text, '2').await;
    }

    async fn say(&mut self, line: &str, wanted: char) {
        self.0.write_all(format!("{line}\r\n").as_bytes()).await.unwrap();
        self.answer(wanted).await;
    }

    async fn answer(&mut self, wanted: char) {
        loop {
            let mut line = String::new();
            self.0.read_line(&mut line).await.unwrap();
            assert!(line.starts_with(wanted), "the mail server said {line:?}");
            if line.as_bytes().get(3) == Some(&b' ') {
                return;
            }
        }
    }
}

/// A mail as its reader sees it.
#[derive(Debug, Clone)]
pub struct Letter {
    /// The bytes.
    pub raw: Vec<u8>,
    /// From.
    pub from: String,
    /// To and Cc, as `to:a@b` and `cc:c@d`.
    pub recipients: Vec<String>,
    /// Where an answer goes.
    pub reply_to: Option<String>,
    /// Subject.
    pub subject: String,
    /// Message-ID.
    pub id: String,
    /// In-Reply-To.
    pub answers: Option<String>,
    /// The plain text.
    pub text: String,
}

fn addresses(role: &str, found: Option<&Address<'_>>) -> Vec<String> {
    let all = found.into_iter().flat_map(Address::iter);
    all.filter_map(|one| Some(format!("{role}{}", one.address()?))).collect()
}

impl Letter {
    fn read(raw: &[u8]) -> Self {
        let mail = MessageParser::new().parse(raw).unwrap();
        let mut recipients = addresses("to:", mail.to());
        recipients.extend(addresses("cc:", mail.cc()));
        let answers = match mail.in_reply_to() {
            HeaderValue::Text(id) => Some(id.to_string()),
            HeaderValue::TextList(ids) => ids.first().map(ToString::to_string),
            _ => None,
        };
        Self {
            raw: raw.to_vec(),
            from: addresses("", mail.from()).concat(),
            recipients,
            reply_to: addresses("", mail.reply_to()).into_iter().next(),
            subject: mail.subject().unwrap_or_default().to_owned(),
            id: mail.message_id().unwrap_or_default().to_owned(),
            answers,
            text: mail.body_text(0).unwrap_or_default().into_owned(),
        }
    }

    /// Whether its head has a field with this value.
    pub fn has(&self, name: &str, value: &str) -> bool {
        let text = String::from_utf8_lossy(&self.raw);
        let head = text.split("\r\n\r\n").next().unwrap_or_default();
        head.lines().any(|line| {
            line.split_once(':').is_some_and(|(found, rest)| {
                found.eq_ignore_ascii_case(name) && rest.trim().eq_ignore_ascii_case(value)
            })
        })
    }
}
