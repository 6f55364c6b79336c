//! Posti's customers write mails: their letters, and a config with its mailboxes at a real server.

use std::path::Path;

use crate::config::Config;
use crate::kerros::Start;
use crate::mail_server::{MailServer, PASSWORD};

const POSTI: &str = include_str!("../tenants/posti.toml");

/// What a mail service shows at the hook.
pub const HOOK: &str = "mail-hook-5f1b0c7e";
/// Where customers write.
pub const SUPPORT: &str = "support@test.example";
/// The second mailbox.
pub const ORDERS: &str = "orders@test.example";

/// Posti's file, with its mailboxes at a server.
pub fn posti(server: &MailServer) -> String {
    ["IMAP", "SMTP", "CA"]
        .iter()
        .fold(POSTI.to_owned(), |text, name| text.replace(&format!("@{name}@"), server.value(name)))
}

/// A config with Posti alone.
pub fn with_posti(server: &MailServer) -> Config {
    Config::new().tenant("posti", &posti(server))
}

/// A start with Posti's secrets set, and with time for plugins on a busy machine.
pub fn start<'a>(config: &'a Config, data: &'a Path) -> Start<'a> {
    Start::new(config, data)
        .env("SUITE_MAIL_PASSWORD", PASSWORD)
        .env("SUITE_MAIL_HOOK", HOOK)
        .env("KERROS_PLUGINS__LIMITS__PURE__TIME", "5s")
        .env("KERROS_PLUGINS__LIMITS__PURE__WALL_TIME", "20s")
}

/// A mail to be written.
#[derive(Clone)]
pub struct Draft {
    /// The sender.
    pub from: String,
    /// Where it goes.
    pub to: String,
    /// Subject.
    pub subject: String,
    /// Message-ID, without brackets.
    pub id: String,
    /// More fields of the head.
    pub more: Vec<(&'static str, String)>,
    /// The text.
    pub text: String,
}

impl Draft {
    /// To support.
    pub fn new(from: &str, id: &str, subject: &str, text: &str) -> Self {
        Self {
            from: from.to_owned(),
            to: SUPPORT.to_owned(),
            subject: subject.to_owned(),
            id: id.to_owned(),
            more: Vec::new(),
            text: text.to_owned(),
        }
    }

    /// To somebody else.
    #[must_use]
    pub fn to(mut self, to: &str) -> Self {
        to.clone_into(&mut self.to);
        self
    }

    /// With one more field.
    #[must_use]
    pub fn field(mut self, name: &'static str, value: &str) -> Self {
        self.more.push((name, value.to_owned()));
        self
    }

    /// As an answer to a mail.
    #[must_use]
    pub fn answering(self, id: &str) -> Self {
        self.field("In-Reply-To", &format!("<{id}>")).field("References", &format!("<{id}>"))
    }

    /// As it stands on the wire.
    pub fn text(&self) -> String {
        let mut text = format!(
            "From: {}\r\nTo: {}\r\nSubject: {}\r\nMessage-ID: <{}>\r\nMIME-Version: 1.0\r\n\
             Content-Type: text/plain; charset=utf-8\r\n",
            self.from, self.to, self.subject, self.id
        );
        self.more.iter().for_each(|(name, value)| text += &format!("{name}: {value}\r\n"));
        text + "\r\n" + &self.text.replace('\n', "\r\n") + "\r\n"
    }

    /// Brings it to the box of its first recipient, or where `to` says.
    pub async fn send(&self, server: &MailServer) {
        server.deliver(&self.from, &self.to, &self.text()).await;
    }
}
