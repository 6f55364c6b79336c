//! Connects to an IMAP server, logs in and opens a folder.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use async_imap::imap_proto::{Response, Status};
use async_imap::types::Capabilities;
use async_imap::{Authenticator, Client};
use kerros_app::ports::secrets::Secrets;

use super::budget::{Allowance, Budget};
use crate::account::{Account, Mailbox, Proof, Tls};
use crate::dial::{Dialer, NotConnected, PATIENCE, Wire};
use crate::imap::folder;
use crate::oauth::{NoToken, Tokens, xoauth2};

/// Bytes of an answer that carries no mail.
pub const SMALL: u64 = 1 << 20;
/// Time for an answer, or for the next part of one.
pub const ANSWER: Duration = Duration::from_secs(60);
/// Longest wait for a folder to open: a server that has not looked at a large one for long first counts all of it.
const OPENING: Duration = Duration::from_secs(5 * 60);

/// Why a mailbox is not being taken in just now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The server does not take our word.
    #[error("the server refused the login: {0}")]
    Login(String),
    /// Policy or config: a person has to change something.
    #[error("{0}")]
    Config(String),
    /// The network broke, or the server answered what it should not.
    #[error("{0}")]
    Network(String),
    /// Mails could not be kept: the database or the files are not there.
    #[error("mails cannot be kept: {0}")]
    Keep(String),
}

impl Fault {
    /// The word in metrics.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Login(_) => "login",
            Self::Config(_) => "config",
            Self::Network(_) => "network",
            Self::Keep(_) => "keep",
        }
    }
}

impl From<NotConnected> for Fault {
    fn from(error: NotConnected) -> Self {
        match error {
            NotConnected::Refused(why) => Self::Config(why),
            NotConnected::Network(why) => Self::Network(why),
        }
    }
}

impl From<NoToken> for Fault {
    fn from(error: NoToken) -> Self {
        let words = error.to_string();
        match error {
            NoToken::Busy(_) => Self::Network(words),
            NoToken::Denied(_) => Self::Login(words),
            NoToken::Config(_) => Self::Config(words),
        }
    }
}

impl From<async_imap::error::Error> for Fault {
    fn from(error: async_imap::error::Error) -> Self {
        // A parse error repeats what the server sent; a log needs no customer's mail.
        let text: String = error.to_string().chars().take(160).collect();
        Self::Network(match error {
            async_imap::error::Error::Io(error) if error.kind() == std::io::ErrorKind::Other => {
                "the server answered what is not IMAP".to_owned()
            }
            async_imap::error::Error::Parse(_) => "the server answered what is not IMAP".to_owned(),
            _ => text,
        })
    }
}

impl From<std::io::Error> for Fault {
    fn from(error: std::io::Error) -> Self {
        async_imap::error::Error::Io(error).into()
    }
}

/// The client's session type.
pub type Imap = async_imap::Session<Budget<Wire>>;

/// A folder, opened.
#[derive(Debug)]
pub struct Open {
    /// The session.
    pub imap: Imap,
    /// How much may still come.
    pub allowance: Allowance,
    /// The folder's UIDVALIDITY.
    pub uid_validity: u32,
    /// Whether there may be new mails since the last look.
    pub news: bool,
    /// Whether the server tells news by itself.
    pub idle: bool,
    /// Whether it moves.
    pub moves: bool,
    /// Whether it expunges by uid.
    pub uid_plus: bool,
}

/// What is needed to log in.
#[derive(Clone)]
pub struct Gate {
    /// Connects.
    pub dialer: Dialer,
    /// Passwords.
    pub secrets: Arc<dyn Secrets>,
    /// Access tokens.
    pub tokens: Arc<Tokens>,
}

/// Logged in, with no folder open.
struct Entered {
    imap: Imap,
    allowance: Allowance,
    capabilities: Capabilities,
}

impl Entered {
    async fn open(mut self, mailbox: &Mailbox, read_only: bool) -> Result<Open, Fault> {
        let has = |name: &str| self.capabilities.has_str(name);
        let (idle, moves, uid_plus) = (has("IDLE"), has("MOVE"), has("UIDPLUS"));
        let name = folder::encoded(&mailbox.folder);
        let imap = &mut self.imap;
        let opened = if read_only { imap.examine(&name).await } else { imap.select(&name).await };
        let opened = opened.map_err(|error| match error {
            async_imap::error::Error::No(why) => {
                Fault::Config(format!("the folder {:?} cannot be opened: {why}", mailbox.folder))
            }
            other => other.into(),
        })?;
        let uid_validity = opened
            .uid_validity
            .ok_or_else(|| Fault::Network("the server gives no UIDVALIDITY".to_owned()))?;
        let Self { imap, allowance, .. } = self;
        Ok(Open { imap, allowance, uid_validity, news: true, idle, moves, uid_plus })
    }
}

impl std::fmt::Debug for Gate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Gate")
    }
}

impl Gate {
    /// The account's password.
    ///
    /// # Errors
    /// A sentence, if it is not set.
    pub fn password(&self, account: &Account, name: &str) -> Result<String, String> {
        let bytes = self.secrets.get(&account.tenant, name);
        let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
        text.ok_or_else(|| format!("secret {name:?} is not set"))
    }

    /// Connects, logs in and opens the mailbox's folder.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn open(&self, mailbox: &Mailbox, read_only: bool) -> Result<Open, Fault> {
        let entered = in_time(PATIENCE * 2, self.enter(&mailbox.account)).await?;
        in_time(OPENING, entered.open(mailbox, read_only)).await
    }

    async fn enter(&self, account: &Account) -> Result<Entered, Fault> {
        let allowance = Allowance::default();
        allowance.set(SMALL);
        let client = self.greet(account, &allowance).await?;
        let mut imap = self.log_in(client, account).await?;
        let capabilities = imap.capabilities().await?;
        Ok(Entered { imap, allowance, capabilities })
    }

    async fn greet(
        &self,
        account: &Account,
        allowance: &Allowance,
    ) -> Result<Client<Budget<Wire>>, Fault> {
        let server = &account.server;
        let stream = self.dialer.connect(server).await?;
        if server.tls == Tls::Implicit {
            let wire = self.dialer.secure(server, stream).await?;
            let mut client = Client::new(Budget::new(wire, allowance.clone()));
            greeting(&mut client).await?;
            return Ok(client);
        }
        let mut client = Client::new(Budget::new(Wire::Plain(stream), allowance.clone()));
        greeting(&mut client).await?;
        if server.tls == Tls::None {
            return Ok(client);
        }
        client
            .run_command_and_check_ok("STARTTLS", None)
            .await
            .map_err(|_| Fault::Config("the server does not offer STARTTLS".to_owned()))?;
        // What came in plain text after the answer goes with the old client: nobody may slip in words.
        let Wire::Plain(stream) = client.into_inner().into_inner() else {
            return Err(Fault::Network("the connection is private already".to_owned()));
        };
        let wire = self.dialer.secure(server, stream).await?;
        Ok(Client::new(Budget::new(wire, allowance.clone())))
    }

    async fn log_in(&self, client: Client<Budget<Wire>>, account: &Account) -> Result<Imap, Fault> {
        let refused = |error: async_imap::error::Error| match error {
            async_imap::error::Error::No(why) | async_imap::error::Error::Bad(why) => {
                Fault::Login(why.chars().take(200).collect())
            }
            other => other.into(),
        };
        match &account.proof {
            Proof::None => Err(Fault::Config("a mailbox needs a password or oauth2".to_owned())),
            Proof::Password(name) => {
                let password = self.password(account, name).map_err(Fault::Config)?;
                // A quoted string holds ASCII only; PLAIN (RFC 4616) holds anything.
                if password.is_ascii() && account.user.is_ascii() {
                    client
                        .login(&account.user, &password)
                        .await
                        .map_err(|(error, _)| refused(error))
                } else {
                    let answer = Once(Some(format!("\0{}\0{password}", account.user)));
                    client.authenticate("PLAIN", answer).await.map_err(|(error, _)| refused(error))
                }
            }
            Proof::Oauth2(oauth) => {
                let token = self.tokens.token(&account.tenant, oauth).await;
                let token = token?;
                let answer = Once(Some(xoauth2(&account.user, &token)));
                client.authenticate("XOAUTH2", answer).await.map_err(|(error, _)| {
                    let fault = refused(error);
                    if matches!(fault, Fault::Login(_)) {
                        self.tokens.forget(&account.tenant, oauth, &token);
                    }
                    fault
                })
            }
        }
    }
}

/// One answer; to whatever is asked after it, an empty one: XOAUTH2 tells its faults in a second question.
struct Once(Option<String>);

impl Authenticator for Once {
    type Response = String;
    fn process(&mut self, _: &[u8]) -> String {
        self.0.take().unwrap_or_default()
    }
}

async fn greeting(client: &mut Client<Budget<Wire>>) -> Result<(), Fault> {
    let first = client.read_response().await?;
    let first = first.ok_or_else(|| Fault::Network("the server hung up".to_owned()))?;
    match first.parsed() {
        Response::Data { status: Status::Ok | Status::PreAuth, .. } => Ok(()),
        _ => Err(Fault::Network("the server does not want to talk now".to_owned())),
    }
}

/// Waits for an answer, not for ever.
///
/// # Errors
/// [`Fault`].
pub async fn within<T, E: Into<Fault>>(
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, Fault> {
    in_time(ANSWER, async { work.await.map_err(Into::into) }).await
}

async fn in_time<T>(
    most: Duration,
    work: impl Future<Output = Result<T, Fault>>,
) -> Result<T, Fault> {
    match tokio::time::timeout(most, work).await {
        Ok(answer) => answer,
        Err(_) => Err(Fault::Network("no answer in time".to_owned())),
    }
}
