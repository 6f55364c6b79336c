//! From a tenant's `[mailboxes]` and `[outboxes]` to accounts, with their secrets read.

use std::collections::HashMap;
use std::sync::Arc;

use kerros_app::tenant::Grants;
use kerros_domain::id::{ChannelId, TenantId};
use kerros_mail::account::{Account, After, Dkim, Mailbox, Oauth2, Outbox, Proof, Server, Tls};
use kerros_settings::tenant::{Tenant, mail};
use kerros_settings::{Faults, SecretSource};

use super::convert::Granted;
use super::read::Reader;
use crate::node::keyring::Sources;

/// A tenant's accounts at mail servers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Accounts {
    /// Mailboxes to fetch.
    pub mailboxes: Vec<Mailbox>,
    /// Accounts to send over.
    pub outboxes: Vec<Outbox>,
}

/// The name given to the server, where config names none.
fn domain(senders: &[String]) -> String {
    let first = senders.first().and_then(|sender| sender.rsplit_once('@'));
    first.map_or("localhost", |(_, domain)| domain).to_owned()
}

/// Reads a tenant's accounts; secrets go into the ring under names that no plugin can have.
pub fn of(
    reader: &Reader<'_>,
    tenant: &TenantId,
    config: &Tenant,
    ring: &mut HashMap<String, Vec<u8>>,
    faults: &mut Faults<'_>,
) -> Accounts {
    let mut reading = Reading { reader, tenant, ring, faults };
    let mailboxes =
        config.mailboxes.iter().map(|(name, mailbox)| reading.mailbox(name, mailbox)).collect();
    let outboxes =
        config.outboxes.iter().map(|(channel, outbox)| reading.outbox(channel, outbox)).collect();
    Accounts { mailboxes, outboxes }
}

/// Lets a channel that has an account of its own send mails over it.
pub fn grant(config: &Tenant, plugins: &mut [Granted]) {
    for granted in plugins.iter_mut().filter(|granted| granted.placed.kind == "channel") {
        let name = granted.placed.name.as_str();
        granted.grants.outbox = config.outboxes.get(name).map(|_| ChannelId::from(name));
    }
}

struct Reading<'a, 'b> {
    reader: &'a Reader<'a>,
    tenant: &'a TenantId,
    ring: &'a mut HashMap<String, Vec<u8>>,
    faults: &'a mut Faults<'b>,
}

impl Reading<'_, '_> {
    fn mailbox(&mut self, name: &str, mailbox: &mail::Mailbox) -> Mailbox {
        let at = format!("mailboxes.{name}");
        let user = mailbox.user.as_ref().unwrap_or(&mailbox.address).clone();
        let server =
            self.server(&at, &mailbox.host, mailbox.port(), mailbox.tls, mailbox.ca.as_ref());
        let proof = self.proof(&at, mailbox.password.as_ref(), mailbox.oauth2.as_ref());
        Mailbox {
            name: name.to_owned(),
            channel: ChannelId::from(mailbox.channel.as_str()),
            address: mailbox.address.clone(),
            account: Account { tenant: self.tenant.clone(), server, user, proof },
            folder: mailbox.folder.clone(),
            poll: mailbox.poll.0,
            after: match mailbox.after.as_str() {
                "leave" => After::Leave,
                "delete" => After::Delete,
                other => other
                    .strip_prefix("move:")
                    .map_or(After::Seen, |folder| After::Move(folder.to_owned())),
            },
            late_after: mailbox.late_after.0,
        }
    }

    fn outbox(&mut self, channel: &str, outbox: &mail::Outbox) -> Outbox {
        let at = format!("outboxes.{channel}");
        let server = self.server(&at, &outbox.host, outbox.port(), outbox.tls, outbox.ca.as_ref());
        let proof = self.proof(&at, outbox.password.as_ref(), outbox.oauth2.as_ref());
        let user = outbox.user.clone().unwrap_or_default();
        let mut dkim = Vec::new();
        for (n, key) in outbox.dkim.iter().enumerate() {
            let place = format!("{at}.dkim[{n}].key");
            dkim.push(Dkim {
                domain: key.domain.clone(),
                selector: key.selector.clone(),
                key: self.secret(&place, &format!("{at}.dkim.{n}"), &key.key),
            });
        }
        Outbox {
            channel: ChannelId::from(channel),
            account: Account { tenant: self.tenant.clone(), server, user, proof },
            senders: outbox.senders.clone(),
            dkim,
            connections: outbox.connections,
            most_bytes: outbox.max_size.0,
            hello: outbox.hello.clone().unwrap_or_else(|| domain(&outbox.senders)),
        }
    }

    fn server(
        &mut self,
        at: &str,
        host: &str,
        port: u16,
        tls: mail::Tls,
        ca: Option<&std::path::PathBuf>,
    ) -> Server {
        let ca = ca.and_then(|path| {
            let path = self.reader.config.join(path);
            std::fs::read_to_string(&path)
                .map_err(|error| {
                    let why = format!("{} cannot be read: {error}", path.display());
                    self.faults.wrong(&format!("{at}.ca"), "", why);
                })
                .ok()
        });
        Server {
            host: host.to_owned(),
            port,
            tls: match tls {
                mail::Tls::Implicit => Tls::Implicit,
                mail::Tls::Starttls => Tls::Starttls,
                mail::Tls::None => Tls::None,
            },
            ca: ca.map(Arc::from),
            private: self.reader.policy.private_hosts,
        }
    }

    fn proof(
        &mut self,
        at: &str,
        password: Option<&SecretSource>,
        oauth2: Option<&mail::Oauth2>,
    ) -> Proof {
        if let Some(source) = password {
            let name = format!("{at}.password");
            return Proof::Password(self.secret(&name, &name, source));
        }
        let Some(oauth2) = oauth2 else { return Proof::None };
        let at = format!("{at}.oauth2");
        let mut named = |key: &str, source: &Option<SecretSource>| {
            let name = format!("{at}.{key}");
            source.as_ref().map(|source| self.secret(&name, &name, source))
        };
        let client_secret = named("client_secret", &oauth2.client_secret);
        let refresh_token = named("refresh_token", &oauth2.refresh_token);
        let (endpoint, usual) = match oauth2.provider {
            mail::Provider::Microsoft => {
                let directory = oauth2.tenant.as_deref().unwrap_or("organizations");
                let scope = match &refresh_token {
                    Some(_) => {
                        "https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send offline_access"
                    }
                    None => "https://outlook.office365.com/.default",
                };
                let endpoint =
                    format!("https://login.microsoftonline.com/{directory}/oauth2/v2.0/token");
                (endpoint, scope)
            }
            mail::Provider::Google => ("https://oauth2.googleapis.com/token".to_owned(), ""),
            mail::Provider::Generic => (oauth2.endpoint.clone().unwrap_or_default(), ""),
        };
        let host = endpoint.split('/').nth(2).unwrap_or_default().to_owned();
        Proof::Oauth2(Oauth2 {
            endpoint,
            client_id: oauth2.client_id.clone(),
            client_secret,
            refresh_token,
            scope: oauth2.scope.clone().unwrap_or_else(|| usual.to_owned()),
            grants: Grants {
                hosts: vec![host],
                private_hosts: self.reader.policy.private_hosts,
                ..Grants::default()
            },
        })
    }

    /// Reads a secret into the ring and gives its name there. One that is not set is told, and waited for.
    fn secret(&mut self, at: &str, name: &str, source: &SecretSource) -> String {
        let Reader { config, data, ids, .. } = *self.reader;
        match (Sources { config, data, ids }).read(self.tenant, name, source) {
            Ok(Some(value)) => drop(self.ring.insert(name.to_owned(), value)),
            Ok(None) => {
                let why = "not set: nothing is fetched or sent over this account until it is";
                self.faults.warn(at, why.to_owned());
            }
            Err(why) => self.faults.wrong(at, "", why),
        }
        name.to_owned()
    }
}
