//! `[mailboxes.NAME]`: mailboxes that are fetched; `[outboxes.CHANNEL]`: accounts that mails are sent over.

use std::collections::BTreeSet;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{NAME_WORDS, Tenant, is_name, unknown};
use crate::fault::Faults;
use crate::platform::outbound::is_host_pattern;
use crate::quantity::{Bytes, Span};
use crate::secret::SecretSource;

/// A mailbox that is fetched by IMAP.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mailbox {
    /// The channel it feeds.
    pub channel: String,
    /// The address whose mail lies there.
    #[schemars(regex(pattern = ADDRESS), extend("x-allowed" = ADDRESS_WORDS, "x-stand-in" = "-@-"))]
    pub address: String,
    /// The IMAP server.
    pub host: String,
    /// Its port; by default 993, or 143 with `starttls` or `none`.
    #[serde(default)]
    #[schemars(range(min = 1))]
    pub port: Option<u16>,
    /// How the connection is kept private.
    #[serde(default)]
    pub tls: Tls,
    /// PEM file of certificates to trust beside the machine's own; a relative path starts in the config folder.
    #[serde(default)]
    pub ca: Option<PathBuf>,
    /// The user; by default the address.
    #[serde(default)]
    pub user: Option<String>,
    /// The password. Either this or `oauth2`.
    #[serde(default)]
    pub password: Option<SecretSource>,
    /// Access tokens in the place of a password (Microsoft 365, Google).
    #[serde(default)]
    pub oauth2: Option<Oauth2>,
    /// Which folder.
    #[serde(default = "inbox")]
    #[schemars(length(min = 1, max = 200))]
    pub folder: String,
    /// How often to look where the server does not tell of new mails by itself (IDLE).
    #[serde(default = "minute")]
    pub poll: Span,
    /// What becomes of a mail on the server once it is stored: `leave`, `seen`, `delete`, or `move:FOLDER`.
    #[serde(default = "seen")]
    #[schemars(regex(pattern = "^(leave|seen|delete|move:.{1,200})$"), extend("x-allowed" = "\"leave\", \"seen\", \"delete\" or \"move:FOLDER\"", "x-stand-in" = "leave"))]
    pub after: String,
    /// A mail written longer ago than this when it comes, as in a first import, goes to people: no bot answers it
    /// and no notice. What is promised of it begins when it comes. 0s treats all alike.
    #[serde(default = "two_days")]
    pub late_after: Span,
}

/// An account that a channel's mails are sent over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Outbox {
    /// The submission server.
    pub host: String,
    /// Its port; by default 587, or 465 with `implicit`, 25 with `none`.
    #[serde(default)]
    #[schemars(range(min = 1))]
    pub port: Option<u16>,
    /// How the connection is kept private; by default `starttls`.
    #[serde(default = "starttls")]
    pub tls: Tls,
    /// PEM file of certificates to trust beside the machine's own; a relative path starts in the config folder.
    #[serde(default)]
    pub ca: Option<PathBuf>,
    /// The user; without one nobody logs in.
    #[serde(default)]
    pub user: Option<String>,
    /// The password. Either this or `oauth2`.
    #[serde(default)]
    pub password: Option<SecretSource>,
    /// Access tokens in the place of a password (Microsoft 365, Google).
    #[serde(default)]
    pub oauth2: Option<Oauth2>,
    /// Addresses that mails may be sent as: `a@b.fi` (and `a+anything@b.fi`), or `*@b.fi`.
    #[schemars(length(min = 1))]
    pub senders: Vec<String>,
    /// Keys that sign mails, by the sender's domain.
    #[serde(default)]
    pub dkim: Vec<Dkim>,
    /// Connections at once.
    #[serde(default = "four")]
    #[schemars(range(min = 1, max = 100))]
    pub connections: usize,
    /// Largest mail as sent, files included (they grow by a third).
    #[serde(default = "usual_size")]
    pub max_size: Bytes,
    /// The name given to the server; by default the domain of the first sender.
    #[serde(default)]
    pub hello: Option<String>,
}

/// How a connection is kept private.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tls {
    /// From the first byte.
    #[default]
    Implicit,
    /// After a first plain word.
    Starttls,
    /// Not at all; towards this machine only.
    None,
}

/// Access tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Oauth2 {
    /// Who gives them.
    pub provider: Provider,
    /// Microsoft: the directory's id or domain.
    #[serde(default)]
    pub tenant: Option<String>,
    /// The application's id.
    pub client_id: String,
    /// The application's secret.
    #[serde(default)]
    pub client_secret: Option<SecretSource>,
    /// The account's refresh token; without one the application asks in its own name (Microsoft, client
    /// credentials).
    #[serde(default)]
    pub refresh_token: Option<SecretSource>,
    /// Generic: the token endpoint, https.
    #[serde(default)]
    pub endpoint: Option<String>,
    /// What is asked for, where the provider's usual is not wanted.
    #[serde(default)]
    pub scope: Option<String>,
}

/// Who gives access tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    /// Microsoft 365.
    Microsoft,
    /// Google Workspace and Gmail.
    Google,
    /// Any other, by its endpoint.
    Generic,
}

/// A DKIM key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dkim {
    /// The domain it signs for, those below it included.
    pub domain: String,
    /// The public key lies in DNS at SELECTOR._domainkey.DOMAIN.
    pub selector: String,
    /// The private key, PEM: RSA of 2048 bits or more, or Ed25519.
    pub key: SecretSource,
}

const ADDRESS: &str = r"^[^@\s<>,]+@[^@\s<>,]+$";
const ADDRESS_WORDS: &str = "a mail address like support@example.com";

fn inbox() -> String {
    "INBOX".to_owned()
}
const fn minute() -> Span {
    Span::seconds(60)
}
const fn two_days() -> Span {
    Span::seconds(48 * 3600)
}
fn seen() -> String {
    "seen".to_owned()
}
const fn starttls() -> Tls {
    Tls::Starttls
}
const fn four() -> usize {
    4
}
const fn usual_size() -> Bytes {
    Bytes(25 << 20)
}

impl Mailbox {
    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(if self.tls == Tls::Implicit { 993 } else { 143 })
    }
}

impl Outbox {
    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(match self.tls {
            Tls::Implicit => 465,
            Tls::Starttls => 587,
            Tls::None => 25,
        })
    }
}

pub(super) fn validate(tenant: &Tenant, faults: &mut Faults<'_>) {
    let channels: Vec<&str> = tenant.channels.keys().map(String::as_str).collect();
    let mut places = BTreeSet::new();
    for (name, mailbox) in &tenant.mailboxes {
        let at = format!("mailboxes.{name}");
        if !is_name(name) {
            faults.wrong(&at, &format!("{name:?}"), format!("allowed is {NAME_WORDS}"));
        }
        if !channels.contains(&mailbox.channel.as_str()) {
            unknown(faults, &format!("{at}.channel"), &mailbox.channel, "channel", &channels);
        }
        server(&at, &mailbox.host, mailbox.tls, faults);
        proof(&at, mailbox.password.is_some(), mailbox.oauth2.as_ref(), true, faults);
        if mailbox.poll < Span::seconds(5) || mailbox.poll > Span::seconds(24 * 3600) {
            faults.wrong(
                &format!("{at}.poll"),
                &format!("\"{}\"", mailbox.poll),
                "allowed is 5s to 24h",
            );
        }
        let user = mailbox.user.as_ref().unwrap_or(&mailbox.address);
        if !places.insert((&mailbox.host, mailbox.port(), user, &mailbox.folder)) {
            let allowed =
                "another mailbox fetches this folder already: each mail may be taken in once";
            faults.wrong(&format!("{at}.folder"), &format!("{:?}", mailbox.folder), allowed);
        }
        if mailbox.after.strip_prefix("move:") == Some(mailbox.folder.as_str()) {
            let allowed = "the folder that mails move to must be another one";
            faults.wrong(&format!("{at}.after"), &format!("{:?}", mailbox.after), allowed);
        }
    }
    for (channel, outbox) in &tenant.outboxes {
        let at = format!("outboxes.{channel}");
        if !channels.contains(&channel.as_str()) {
            unknown(faults, &at, channel, "channel", &channels);
        }
        server(&at, &outbox.host, outbox.tls, faults);
        proof(&at, outbox.password.is_some(), outbox.oauth2.as_ref(), false, faults);
        if outbox.user.is_none() && (outbox.password.is_some() || outbox.oauth2.is_some()) {
            faults.wrong(&format!("{at}.user"), "nothing", "it is needed to log in");
        }
        for (n, sender) in outbox.senders.iter().enumerate() {
            let fits = sender.split_once('@').is_some_and(|(local, domain)| {
                !local.is_empty() && is_host_pattern(domain) && !domain.starts_with('*')
            });
            if !fits {
                let allowed = "allowed is an address like support@example.com, or *@example.com";
                faults.wrong(&format!("{at}.senders[{n}]"), &format!("{sender:?}"), allowed);
            }
        }
        if outbox.max_size.0 < 64 << 10 || outbox.max_size.0 > 200 << 20 {
            let found = format!("\"{}\"", outbox.max_size);
            faults.wrong(&format!("{at}.max_size"), &found, "allowed is 64KiB to 200MiB");
        }
        if let Some(hello) = outbox.hello.as_ref().filter(|hello| !is_host(hello)) {
            let allowed = "allowed is this server's name like support.example.com";
            faults.wrong(&format!("{at}.hello"), &format!("{hello:?}"), allowed);
        }
        for (n, dkim) in outbox.dkim.iter().enumerate() {
            for (key, name) in [("domain", &dkim.domain), ("selector", &dkim.selector)] {
                if !is_host(name) {
                    let allowed = "allowed is a name as it stands in DNS";
                    faults.wrong(&format!("{at}.dkim[{n}].{key}"), &format!("{name:?}"), allowed);
                }
            }
        }
    }
}

fn is_host(text: &str) -> bool {
    is_host_pattern(text) && !text.starts_with('*') && !text.contains(':')
}

fn server(at: &str, host: &str, tls: Tls, faults: &mut Faults<'_>) {
    let literal = host.parse::<std::net::IpAddr>();
    if !is_host(host) && literal.is_err() {
        let allowed = "allowed is a host like imap.example.com, the port stands beside it";
        faults.wrong(&format!("{at}.host"), &format!("{host:?}"), allowed);
    }
    let here = host == "localhost" || literal.is_ok_and(|address| address.is_loopback());
    if tls == Tls::None && !here {
        let allowed = "without TLS only this machine may be connected to: allowed are \"implicit\", \"starttls\"";
        faults.wrong(&format!("{at}.tls"), "\"none\"", allowed);
    }
}

fn proof(at: &str, password: bool, oauth2: Option<&Oauth2>, needed: bool, faults: &mut Faults<'_>) {
    match (password, oauth2) {
        (true, Some(_)) => {
            faults.wrong(
                &format!("{at}.password"),
                "a password beside oauth2",
                "one of both is enough",
            );
        }
        (false, None) if needed => {
            faults.wrong(&format!("{at}.password"), "nothing", "a password or oauth2 is needed");
        }
        _ => {}
    }
    let Some(oauth2) = oauth2 else { return };
    let at = format!("{at}.oauth2");
    match oauth2.provider {
        Provider::Microsoft => {
            let fits = |tenant: &str| {
                !tenant.is_empty()
                    && tenant.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.".contains(&b))
            };
            if !oauth2.tenant.as_deref().is_some_and(fits) {
                let found = format!("{:?}", oauth2.tenant.as_deref().unwrap_or_default());
                faults.wrong(
                    &format!("{at}.tenant"),
                    &found,
                    "allowed is the directory's id or domain",
                );
            }
        }
        Provider::Google if oauth2.refresh_token.is_none() => {
            faults.wrong(&format!("{at}.refresh_token"), "nothing", "Google needs one");
        }
        Provider::Google => {}
        Provider::Generic => {
            let endpoint = oauth2.endpoint.as_deref().unwrap_or_default();
            let host = endpoint.strip_prefix("https://").and_then(|rest| rest.split('/').next());
            if !host.is_some_and(is_host_pattern) {
                let allowed = "allowed is the token endpoint, like https://id.example.com/token";
                faults.wrong(&format!("{at}.endpoint"), &format!("{endpoint:?}"), allowed);
            }
        }
    }
    if oauth2.refresh_token.is_none() && oauth2.client_secret.is_none() {
        faults.wrong(
            &format!("{at}.client_secret"),
            "nothing",
            "without a refresh token it is needed",
        );
    }
}
