//! One conversation with a submission server: greeting, TLS, login, mails.

use std::future::Future;
use std::time::Duration;

use base64::Engine as _;
use tokio::io::{AsyncWriteExt as _, BufReader};

use super::reply::{self, Reply};
use crate::account::{Outbox, Proof, Tls};
use crate::dial::{NotConnected, PATIENCE, Wire};
use crate::imap::session::Gate;
use crate::oauth::{NoToken, xoauth2_base64};
use crate::write::sealed::Sealed;

/// Time for an answer to a command (RFC 5321, 4.5.3.2 allows minutes; a person waits).
const ANSWER: Duration = Duration::from_secs(60);
/// Time for the answer to a whole mail: the server may look for viruses.
const LAST_ANSWER: Duration = Duration::from_secs(300);
/// Time for the next piece to leave.
const WRITE: Duration = Duration::from_secs(60);

/// Why a mail was not submitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Broken {
    /// There is no connection, or it broke: nothing is known of this mail unless it was sent whole.
    Network {
        /// Why.
        reason: String,
        /// The whole mail had left, only the answer is missing: it may have arrived.
        sent: bool,
    },
    /// Config or policy.
    Refused(String),
    /// The server said no before any recipient was named, at the login too.
    Said(Reply),
}

impl Broken {
    fn network(reason: impl Into<String>) -> Self {
        Self::Network { reason: reason.into(), sent: false }
    }

    /// We cannot prove who we are, so the server would not let us in: the same to whoever sends as if it had said so
    /// (RFC 4954 section 6).
    fn unproven(reason: impl Into<String>) -> Self {
        Self::Said(Reply { code: 535, enhanced: "5.7.8".to_owned(), lines: vec![reason.into()] })
    }

    /// The same after the end of the mail was sent.
    fn after_the_end(self) -> Self {
        match self {
            Self::Network { reason, .. } => Self::Network { reason, sent: true },
            other => other,
        }
    }
}

impl From<NotConnected> for Broken {
    fn from(error: NotConnected) -> Self {
        match error {
            NotConnected::Refused(why) => Self::Refused(why),
            NotConnected::Network(why) => Self::network(why),
        }
    }
}

/// What came of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submitted {
    /// The last answer: to the mail, or to the last recipient if none was taken.
    pub reply: Reply,
    /// Recipients that were refused, with the answer.
    pub refused: Vec<(String, Reply)>,
}

/// What the server offers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Offers {
    starttls: bool,
    pipelining: bool,
    utf8: bool,
    eight_bit: bool,
    size: Option<u64>,
    auth: Vec<String>,
}

/// A conversation that is logged in.
#[derive(Debug)]
pub struct Session {
    wire: BufReader<Wire>,
    offers: Offers,
}

async fn within<T>(
    time: Duration,
    work: impl Future<Output = Result<T, String>>,
) -> Result<T, Broken> {
    match tokio::time::timeout(time, work).await {
        Ok(done) => done.map_err(Broken::network),
        Err(_) => Err(Broken::network("no answer in time")),
    }
}

impl Session {
    /// Connects and logs in.
    ///
    /// # Errors
    /// [`Broken`].
    pub async fn open(gate: &Gate, outbox: &Outbox) -> Result<Self, Broken> {
        match tokio::time::timeout(PATIENCE * 2, Self::try_open(gate, outbox)).await {
            Ok(opened) => opened,
            Err(_) => Err(Broken::network("no answer in time")),
        }
    }

    async fn try_open(gate: &Gate, outbox: &Outbox) -> Result<Self, Broken> {
        let server = &outbox.account.server;
        let stream = gate.dialer.connect(server).await?;
        let wire = if server.tls == Tls::Implicit {
            gate.dialer.secure(server, stream).await?
        } else {
            Wire::Plain(stream)
        };
        let mut session = Self { wire: BufReader::new(wire), offers: Offers::default() };
        let greeting = session.answer().await?;
        if greeting.code != 220 {
            return Err(Broken::Said(greeting));
        }
        session.hello(&outbox.hello).await?;
        if server.tls == Tls::Starttls {
            if !session.offers.starttls {
                return Err(Broken::Refused("the server does not offer STARTTLS".to_owned()));
            }
            let ready = session.command("STARTTLS").await?;
            if ready.code != 220 {
                return Err(Broken::Said(ready));
            }
            // What came in plain text after the answer goes with the buffer: nobody may slip in words.
            let Wire::Plain(stream) = session.wire.into_inner() else {
                return Err(Broken::network("the connection is private already"));
            };
            let wire = gate.dialer.secure(server, stream).await?;
            session = Self { wire: BufReader::new(wire), offers: Offers::default() };
            session.hello(&outbox.hello).await?;
        }
        session.log_in(gate, outbox).await?;
        Ok(session)
    }

    async fn hello(&mut self, name: &str) -> Result<(), Broken> {
        let reply = self.command(&format!("EHLO {name}")).await?;
        if !reply.is_positive() {
            return Err(Broken::Said(reply));
        }
        self.offers = offers(&reply);
        Ok(())
    }

    async fn log_in(&mut self, gate: &Gate, outbox: &Outbox) -> Result<(), Broken> {
        let account = &outbox.account;
        let offers = |name: &str| self.offers.auth.iter().any(|one| one == name);
        let base64 = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
        let reply = match &account.proof {
            Proof::None => return Ok(()),
            Proof::Password(name) => {
                let password = gate.password(account, name).map_err(Broken::unproven)?;
                if offers("PLAIN") || !offers("LOGIN") {
                    let answer = base64(&format!("\0{}\0{password}", account.user));
                    self.command(&format!("AUTH PLAIN {answer}")).await?
                } else {
                    let mut reply = self.command("AUTH LOGIN").await?;
                    for answer in [base64(&account.user), base64(&password)] {
                        if reply.code != 334 {
                            break;
                        }
                        reply = self.command(&answer).await?;
                    }
                    reply
                }
            }
            Proof::Oauth2(oauth) => {
                let token = gate.tokens.token(&account.tenant, oauth).await;
                let token = token.map_err(|error| match error {
                    NoToken::Busy(_) => Broken::network(error.to_string()),
                    NoToken::Denied(_) | NoToken::Config(_) => Broken::unproven(error.to_string()),
                })?;
                let answer = xoauth2_base64(&account.user, &token);
                let mut reply = self.command(&format!("AUTH XOAUTH2 {answer}")).await?;
                if reply.code == 334 {
                    // The fault is told in a question; an empty answer ends it.
                    reply = self.command("").await?;
                }
                if !reply.is_positive() {
                    gate.tokens.forget(&account.tenant, oauth, &token);
                }
                reply
            }
        };
        if reply.code == 235 {
            return Ok(());
        }
        // A person has to renew a password; until then all mails wait, and nobody knocks with each of them. Whatever else a
        // server says here is about us too, and not about the mail.
        match reply.code {
            400..=499 | 530 | 534 | 535 | 538 => Err(Broken::Said(reply)),
            _ => Err(Broken::unproven(reply.words())),
        }
    }

    /// Whether the server still talks to us.
    pub async fn is_alive(&mut self) -> bool {
        matches!(self.command("RSET").await, Ok(reply) if reply.code == 250)
    }

    /// Submits a mail. Recipients that are refused do not keep it from the others.
    ///
    /// # Errors
    /// [`Broken`]; the session is not to be used again.
    pub async fn submit(
        &mut self,
        sender: &str,
        recipients: &[String],
        mail: &Sealed,
    ) -> Result<Submitted, Broken> {
        let bytes = mail.bytes();
        if let Some(most) = self.offers.size.filter(|most| *most > 0 && bytes > *most) {
            let why = format!("the mail has {bytes} bytes, the server takes {most}");
            return Err(Broken::Said(Reply {
                code: 552,
                enhanced: "5.3.4".to_owned(),
                lines: vec![why],
            }));
        }
        let wide = !sender.is_ascii() || recipients.iter().any(|one| !one.is_ascii());
        if wide && !self.offers.utf8 {
            return Err(Broken::Said(Reply {
                code: 553,
                enhanced: "5.6.7".to_owned(),
                lines: vec!["the server takes no addresses outside ASCII".to_owned()],
            }));
        }
        let mut from = format!("MAIL FROM:<{sender}>");
        if self.offers.size.is_some() {
            from.push_str(&format!(" SIZE={bytes}"));
        }
        if self.offers.eight_bit && !mail.is_ascii() {
            from.push_str(" BODY=8BITMIME");
        }
        if wide {
            from.push_str(" SMTPUTF8");
        }
        let mut commands = vec![from];
        commands.extend(recipients.iter().map(|one| format!("RCPT TO:<{one}>")));
        let replies = self.commands(&commands).await?;
        let mut replies = replies.into_iter();
        let first = replies.next().unwrap_or_default();
        if !first.is_positive() {
            return Err(Broken::Said(first));
        }
        let mut refused = Vec::new();
        let mut last = first;
        for (recipient, reply) in recipients.iter().zip(replies) {
            if !reply.is_positive() {
                refused.push((recipient.clone(), reply.clone()));
            }
            last = reply;
        }
        if refused.len() == recipients.len() {
            return Ok(Submitted { reply: last, refused });
        }
        let go = self.command("DATA").await?;
        if go.code != 354 {
            return Err(Broken::Said(go));
        }
        self.data(mail).await?;
        let reply = within(LAST_ANSWER, reply::read(&mut self.wire)).await;
        let reply = reply.map_err(Broken::after_the_end)?;
        Ok(Submitted { reply, refused })
    }

    /// Sends the mail with its dots doubled (RFC 5321, 4.5.2).
    async fn data(&mut self, mail: &Sealed) -> Result<(), Broken> {
        let mut pieces = mail.pieces();
        let mut dots = Dots::default();
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(Broken::network)?;
            let mut out = Vec::with_capacity(piece.len() + 16);
            dots.push(&piece, &mut out);
            self.send(&out).await?;
        }
        let end: &[u8] = if dots.ends_line() { b".\r\n" } else { b"\r\n.\r\n" };
        // From the first byte of the end on the server may have the whole mail.
        let ended = async {
            self.send(end).await?;
            within(WRITE, async {
                self.wire.get_mut().flush().await.map_err(|error| error.to_string())
            })
            .await
        };
        ended.await.map_err(Broken::after_the_end)
    }

    async fn send(&mut self, bytes: &[u8]) -> Result<(), Broken> {
        let wire = self.wire.get_mut();
        within(WRITE, async { wire.write_all(bytes).await.map_err(|error| error.to_string()) })
            .await
    }

    async fn answer(&mut self) -> Result<Reply, Broken> {
        within(ANSWER, reply::read(&mut self.wire)).await
    }

    async fn command(&mut self, command: &str) -> Result<Reply, Broken> {
        debug_assert!(!command.contains(['\r', '\n']), "a command is one line");
        self.send(format!("{command}\r\n").as_bytes()).await?;
        within(WRITE, async {
            self.wire.get_mut().flush().await.map_err(|error| error.to_string())
        })
        .await?;
        self.answer().await
    }

    /// Several commands, in one go where the server allows it (RFC 2920).
    async fn commands(&mut self, commands: &[String]) -> Result<Vec<Reply>, Broken> {
        let mut replies = Vec::new();
        if !self.offers.pipelining {
            for command in commands {
                let reply = self.command(command).await?;
                let stop = replies.is_empty() && !reply.is_positive();
                replies.push(reply);
                if stop {
                    break;
                }
            }
            return Ok(replies);
        }
        // Not so many at once that both sides wait for the other to read.
        for some in commands.chunks(50) {
            let text: String = some.iter().flat_map(|one| [one.as_str(), "\r\n"]).collect();
            self.send(text.as_bytes()).await?;
            within(WRITE, async {
                self.wire.get_mut().flush().await.map_err(|error| error.to_string())
            })
            .await?;
            for _ in some {
                replies.push(self.answer().await?);
            }
        }
        Ok(replies)
    }

    /// Says good-bye, without waiting long for the answer.
    pub async fn quit(mut self) {
        let bye = self.command("QUIT");
        // Nobody minds if it does not come through.
        let _ = tokio::time::timeout(Duration::from_secs(2), bye).await;
    }
}

fn offers(reply: &Reply) -> Offers {
    let mut offers = Offers::default();
    for line in reply.lines.iter().skip(1) {
        let mut words = line.split_ascii_whitespace();
        let name = words.next().unwrap_or_default().to_ascii_uppercase();
        match name.as_str() {
            "STARTTLS" => offers.starttls = true,
            "PIPELINING" => offers.pipelining = true,
            "SMTPUTF8" => offers.utf8 = true,
            "8BITMIME" => offers.eight_bit = true,
            "SIZE" => offers.size = Some(words.next().and_then(|n| n.parse().ok()).unwrap_or(0)),
            "AUTH" => offers.auth.extend(words.map(str::to_ascii_uppercase)),
            _ => {}
        }
    }
    offers
}

/// Doubles dots that begin lines, whatever the pieces.
#[derive(Debug)]
struct Dots {
    begins: bool,
    last: u8,
}

impl Default for Dots {
    fn default() -> Self {
        Self { begins: true, last: b'\n' }
    }
}

impl Dots {
    fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        for &byte in bytes {
            if self.begins && byte == b'.' {
                out.push(b'.');
            }
            // A lone line feed or return could end the mail early at some servers (SMTP smuggling).
            if byte == b'\n' && self.last != b'\r' {
                out.push(b'\r');
            }
            if self.last == b'\r' && byte != b'\n' {
                out.push(b'\n');
                if byte == b'.' {
                    out.push(b'.');
                }
            }
            out.push(byte);
            self.begins = byte == b'\n';
            self.last = byte;
        }
    }

    const fn ends_line(&self) -> bool {
        self.begins
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn dotted(chunks: &[&[u8]]) -> Vec<u8> {
        let (mut dots, mut out) = (Dots::default(), Vec::new());
        chunks.iter().for_each(|chunk| dots.push(chunk, &mut out));
        out
    }

    #[test]
    fn dots_are_doubled_and_lines_end_as_they_should() {
        let table: [(&[u8], &[u8]); 6] = [
            (b".a\r\n.\r\n..b", b"..a\r\n..\r\n...b"),
            (b"a\n.\nb", b"a\r\n..\r\nb"),
            (b"a\r.\rb", b"a\r\n..\r\nb"),
            (b"a\r\r\nb", b"a\r\n\r\nb"),
            (b"a.b", b"a.b"),
            (b"", b""),
        ];
        for (mail, wanted) in table {
            assert_eq!(dotted(&[mail]), wanted, "{:?}", String::from_utf8_lossy(mail));
        }
    }

    proptest! {
        #[test]
        fn no_mail_ends_itself(text in "[\r\n.a]{0,60}", cut in 1usize..7) {
            let chunks: Vec<&[u8]> = text.as_bytes().chunks(cut).collect();
            let out = dotted(&chunks);
            prop_assert_eq!(&out, &dotted(&[text.as_bytes()]));
            let text = String::from_utf8(out).unwrap();
            for end in ["\r\n.\r\n", "\n.\n", "\n.\r\n", "\r.\r", "\r\n.\n", "\n.\r", "\r.\n"] {
                prop_assert!(!text.contains(end), "{:?} in {:?}", end, text);
            }
            prop_assert!(!text.starts_with(".\r\n"));
        }
    }

    #[test]
    fn offers_are_read() {
        let lines =
            ["mx", "PIPELINING", "size 100", "AUTH plain LOGIN XOAUTH2", "8bitmime", "STARTTLS"];
        let reply =
            Reply { code: 250, lines: lines.map(str::to_owned).to_vec(), ..Reply::default() };
        let found = offers(&reply);
        assert!(found.pipelining && found.eight_bit && found.starttls && !found.utf8);
        assert_eq!(found.size, Some(100));
        assert_eq!(found.auth, ["PLAIN", "LOGIN", "XOAUTH2"]);
    }
}
