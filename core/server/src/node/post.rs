//! Mail as this node does it: mailboxes fetched, mails sent, tokens kept.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use kerros_app::ctx::Ctx;
use kerros_app::ports::clock::Clock;
use kerros_app::ports::files::{FileMeta, Files, NewFile};
use kerros_app::ports::mail::Submission as _;
use kerros_app::ports::meter::Meter;
use kerros_app::ports::outbound::{Outbound, Request, Response};
use kerros_app::ports::secrets::Secrets;
use kerros_app::tenant::Grants;
use kerros_domain::id::TenantId;
use kerros_mail::account::Mailbox;
use kerros_mail::dial::Dialer;
use kerros_mail::oauth::{TokenKeeper, Tokens};
use kerros_mail::{Deps, Gate, Health, Outboxes};
use parking_lot::Mutex;
use tokio::sync::watch;

use crate::tenants::mail::Accounts;

/// Mail on this node.
pub struct Post {
    accounts: Mutex<BTreeMap<TenantId, Accounts>>,
    mailboxes: watch::Sender<Vec<Mailbox>>,
    gate: Gate,
    /// Sends mails.
    pub outboxes: Arc<Outboxes>,
    /// How mailboxes are.
    pub health: Arc<Health>,
}

/// What mail is built from.
pub struct Parts {
    /// Asks for tokens.
    pub http: Arc<dyn Outbound>,
    /// Passwords.
    pub secrets: Arc<dyn Secrets>,
    /// Attachments.
    pub files: Arc<dyn Files>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Metrics.
    pub meter: Arc<dyn Meter>,
    /// The data folder.
    pub data: PathBuf,
}

impl Post {
    /// Without accounts at first.
    pub fn new(parts: Parts) -> Self {
        let Parts { http, secrets, files, clock, meter, data } = parts;
        let keeper = Arc::new(Renewed { data });
        let tokens = Tokens::new(http, Arc::clone(&secrets), Arc::clone(&clock), keeper);
        let dialer = Dialer::new(Arc::new(kerros_outbound::Judged::default()));
        let gate = Gate { dialer, secrets, tokens: Arc::new(tokens) };
        let outboxes = Arc::new(Outboxes::new(gate.clone(), files, clock, meter));
        let (mailboxes, _) = watch::channel(Vec::new());
        Self { accounts: Mutex::default(), mailboxes, gate, outboxes, health: Arc::default() }
    }

    /// Takes a tenant's accounts in the place of those it had.
    pub fn put(&self, tenant: &TenantId, accounts: Accounts) {
        let mut all = self.accounts.lock();
        if all.get(tenant) == Some(&accounts) {
            return;
        }
        all.insert(tenant.clone(), accounts);
        self.tell(&all);
    }

    /// Forgets a tenant's accounts.
    pub fn forget(&self, tenant: &TenantId) {
        let mut all = self.accounts.lock();
        if all.remove(tenant).is_some() {
            self.tell(&all);
        }
    }

    fn tell(&self, all: &BTreeMap<TenantId, Accounts>) {
        self.outboxes.set(all.values().flat_map(|one| one.outboxes.iter().cloned()));
        let mailboxes = all.values().flat_map(|one| one.mailboxes.iter().cloned()).collect();
        self.mailboxes.send_replace(mailboxes);
    }

    /// A mailbox by its name.
    pub fn mailbox(&self, tenant: &TenantId, name: &str) -> Option<Mailbox> {
        let all = self.accounts.lock();
        all.get(tenant)?.mailboxes.iter().find(|mailbox| mailbox.name == name).cloned()
    }

    /// What fetching needs.
    pub fn deps(&self, ctx: &Ctx) -> Deps {
        Deps {
            gate: self.gate.clone(),
            intake: Arc::new(ctx.clone()),
            files: Arc::clone(&ctx.files),
            clock: Arc::clone(&ctx.clock),
            meter: Arc::clone(&ctx.meter),
            health: Arc::clone(&self.health),
        }
    }

    /// Fetches every mailbox until `stop`.
    pub async fn run(self: Arc<Self>, ctx: Ctx, stop: watch::Receiver<bool>) {
        let tidy = Arc::clone(&self.outboxes).tidy(stop.clone());
        let fetch = kerros_mail::mailboxes::run(self.deps(&ctx), self.mailboxes.subscribe(), stop);
        tokio::join!(tidy, fetch);
    }
}

/// Requests out of the house: by HTTP through the guarded client, mails over the channel's own account.
pub struct Outward {
    /// The guarded client.
    pub http: Arc<dyn Outbound>,
    /// The accounts.
    pub mail: Arc<Outboxes>,
}

#[async_trait]
impl Outbound for Outward {
    async fn perform(&self, tenant: &TenantId, grants: &Grants, request: &Request) -> Response {
        let Request::Mail(mail) = request else {
            return self.http.perform(tenant, grants, request).await;
        };
        match &grants.outbox {
            Some(channel) => self.mail.submit(tenant, channel, mail).await,
            None => Response::refused("the channel has no [outboxes] account in the tenant's file"),
        }
    }

    async fn download(
        &self,
        tenant: &TenantId,
        grants: &Grants,
        request: &Request,
        file: NewFile,
    ) -> Result<FileMeta, Response> {
        self.http.download(tenant, grants, request, file).await
    }
}

/// Refresh tokens that providers gave in the place of older ones, beside the generated secrets.
struct Renewed {
    data: PathBuf,
}

impl Renewed {
    fn path(&self, tenant: &TenantId, name: &str) -> PathBuf {
        self.data.join("secrets").join(tenant.as_str()).join(format!("{name}.renewed"))
    }
}

impl TokenKeeper for Renewed {
    fn newest(&self, tenant: &TenantId, name: &str, first: &str) -> Option<String> {
        let text = std::fs::read_to_string(self.path(tenant, name)).ok()?;
        // Once a person sets another first token, what grew from the old one is forgotten.
        let (mark, token) = text.split_once('\n')?;
        (mark == digest(first)).then(|| token.trim().to_owned())
    }

    fn keep(&self, tenant: &TenantId, name: &str, first: &str, token: &str) {
        let path = self.path(tenant, name);
        let text = format!("{}\n{token}\n", digest(first));
        if let Err(error) = write_private(&path, &text) {
            tracing::warn!(%tenant, name, %error, "a renewed token cannot be kept; the one in config is used");
        }
    }
}

fn digest(text: &str) -> String {
    use sha2::{Digest as _, Sha256};
    use std::fmt::Write as _;
    Sha256::digest(text).iter().take(8).fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Replaces a file that only this user can read, whole or not at all.
fn write_private(path: &std::path::Path, text: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    if let Some(folder) = path.parent() {
        crate::compose::make_private_dir(folder)?;
    }
    let fresh = path.with_extension("new");
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&fresh)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(fresh, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_renewed_token_counts_until_somebody_sets_another_first_one() {
        let folder = tempfile::tempdir().unwrap();
        let kept = Renewed { data: folder.path().to_owned() };
        let (tenant, name) = (TenantId::from("aurinko"), "mailboxes.support.oauth2.refresh_token");
        assert_eq!(kept.newest(&tenant, name, "first"), None);
        kept.keep(&tenant, name, "first", "second");
        assert_eq!(kept.newest(&tenant, name, "first").as_deref(), Some("second"));
        kept.keep(&tenant, name, "first", "third");
        assert_eq!(kept.newest(&tenant, name, "first").as_deref(), Some("third"));
        assert_eq!(kept.newest(&tenant, name, "set anew"), None);
        assert_eq!(kept.newest(&TenantId::from("vuori"), name, "first"), None);
    }
}
