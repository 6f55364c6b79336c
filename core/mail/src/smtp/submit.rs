//! "Submit this": finds the channel's account, writes, signs and sends the mail, and says what came of it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use kerros_app::ports::clock::Clock;
use kerros_app::ports::files::{FileError, FileMeta, Files};
use kerros_app::ports::mail::Submission;
use kerros_app::ports::meter::{Measure, Meter};
use kerros_app::ports::outbound::{Mail, Response};
use kerros_domain::id::{ChannelId, TenantId};
use parking_lot::RwLock;
use tokio::sync::watch;

use super::pool::Pool;
use super::reply::Reply;
use super::session::{Broken, Submitted};
use crate::account::{Dkim, Outbox};
use crate::imap::session::Gate;
use crate::write::compose::{address, compose, sign};
use crate::write::dkim::Key;
use crate::write::sealed::Sealed;

/// The accounts that mails are sent over.
pub struct Outboxes {
    gate: Gate,
    files: Arc<dyn Files>,
    clock: Arc<dyn Clock>,
    meter: Arc<dyn Meter>,
    pools: RwLock<BTreeMap<(TenantId, ChannelId), Arc<Pool>>>,
}

impl std::fmt::Debug for Outboxes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outboxes").field("pools", &self.pools.read().len()).finish_non_exhaustive()
    }
}

/// Connections of one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolSize {
    /// Whose.
    pub tenant: TenantId,
    /// The channel.
    pub channel: ChannelId,
    /// Connections in use.
    pub busy: usize,
    /// Connections that wait.
    pub idle: usize,
}

/// A mail that was not submitted.
enum Failed {
    Never(String),
    Later(String),
    /// It had left whole, and nobody said that it was taken.
    Open(String),
}

impl From<FileError> for Failed {
    fn from(error: FileError) -> Self {
        match error {
            FileError::NotFound | FileError::TooLarge { .. } => Self::Never(error.to_string()),
            FileError::Broken(_) | FileError::Unavailable(_) => Self::Later(error.to_string()),
        }
    }
}

impl Outboxes {
    /// Without accounts at first.
    #[must_use]
    pub fn new(
        gate: Gate,
        files: Arc<dyn Files>,
        clock: Arc<dyn Clock>,
        meter: Arc<dyn Meter>,
    ) -> Self {
        Self { gate, files, clock, meter, pools: RwLock::new(BTreeMap::new()) }
    }

    /// Takes these accounts; those that did not change keep their connections.
    pub fn set(&self, outboxes: impl IntoIterator<Item = Outbox>) {
        let mut pools = self.pools.write();
        let mut before = std::mem::take(&mut *pools);
        for outbox in outboxes {
            let key = (outbox.account.tenant.clone(), outbox.channel.clone());
            let same = before.remove(&key).filter(|pool| pool.outbox == outbox);
            let pool = same.unwrap_or_else(|| Arc::new(Pool::new(self.gate.clone(), outbox)));
            pools.insert(key, pool);
        }
    }

    /// How many connections each account has.
    #[must_use]
    pub fn sizes(&self) -> Vec<PoolSize> {
        let pools = self.pools.read();
        pools
            .iter()
            .map(|((tenant, channel), pool)| PoolSize {
                tenant: tenant.clone(),
                channel: channel.clone(),
                busy: pool.busy(),
                idle: pool.idle(),
            })
            .collect()
    }

    /// Closes connections that nobody uses, until `stop`.
    pub async fn tidy(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        loop {
            tokio::select! {
                // An error means that the sender is gone: a stop too.
                _ = stop.wait_for(|stop| *stop) => return,
                () = tokio::time::sleep(Duration::from_secs(10)) => {}
            }
            let pools: Vec<Arc<Pool>> = self.pools.read().values().cloned().collect();
            for pool in pools {
                pool.tidy().await;
            }
        }
    }

    async fn run(
        &self,
        tenant: &TenantId,
        channel: &ChannelId,
        mail: &Mail,
    ) -> Result<Response, Failed> {
        let key = (tenant.clone(), channel.clone());
        let pool = self.pools.read().get(&key).cloned();
        let pool = pool.ok_or_else(|| {
            Failed::Later(format!("the channel {channel} has no outbox in the tenant's file"))
        })?;
        let outbox = &pool.outbox;
        let sender = address(&mail.sender).map_err(|error| Failed::Never(error.0))?;
        if !outbox.senders.iter().any(|pattern| covers(pattern, &mail.sender)) {
            return Err(Failed::Never(format!("the outbox may not write as {}", mail.sender)));
        }
        let sealed = self.sealed(tenant, outbox, sender.domain(), mail).await?;
        if sealed.bytes() > outbox.most_bytes {
            let (found, most) = (sealed.bytes(), outbox.most_bytes);
            return Err(Failed::Never(format!("the mail has {found} bytes, allowed are {most}")));
        }
        let recipients: Vec<String> =
            mail.recipients.iter().map(|one| one.address.clone()).collect();
        match pool.submit(&mail.sender, &recipients, &sealed).await {
            Ok(Submitted { reply, refused }) => Ok(answer(reply, refused)),
            Err(Broken::Said(reply)) => Ok(answer(reply, Vec::new())),
            Err(Broken::Refused(why)) => Err(Failed::Never(why)),
            Err(Broken::Network { reason, sent: false }) => Err(Failed::Later(reason)),
            Err(Broken::Network { reason, sent: true }) => {
                let reason = format!("{reason}; the whole mail had left, so it may have arrived");
                Err(Failed::Open(reason))
            }
        }
    }

    async fn sealed(
        &self,
        tenant: &TenantId,
        outbox: &Outbox,
        domain: &str,
        mail: &Mail,
    ) -> Result<Sealed, Failed> {
        let mut metas: Vec<FileMeta> = Vec::with_capacity(mail.files.len());
        for id in &mail.files {
            metas.push(self.files.open(tenant, id).await?.0);
        }
        let now = self.clock.now();
        let mark = format!("{}/{tenant}", outbox.hello);
        let mut sealed = compose(mail, &metas, now, &mark, &self.files, tenant)
            .map_err(|error| Failed::Never(error.0))?;
        if let Some(dkim) = key_for(&outbox.dkim, domain) {
            let unset = || Failed::Later(format!("secret {:?} is not set", dkim.key));
            let pem = self.gate.secrets.get(tenant, &dkim.key).ok_or_else(unset)?;
            let key = Key::read(&pem).map_err(Failed::Later)?;
            sign(&mut sealed, &key, &dkim.domain, &dkim.selector, now)
                .await
                .map_err(Failed::Later)?;
        }
        Ok(sealed)
    }
}

/// The key of the sender's domain, or of one above it; the longest wins.
fn key_for<'a>(keys: &'a [Dkim], domain: &str) -> Option<&'a Dkim> {
    let domain = domain.to_ascii_lowercase();
    let of = |key: &&Dkim| {
        let own = key.domain.to_ascii_lowercase();
        domain == own || domain.strip_suffix(&own).is_some_and(|head| head.ends_with('.'))
    };
    keys.iter().filter(of).max_by_key(|key| key.domain.len())
}

/// `a@b.fi` covers itself, and `a+anything@b.fi`; `*@b.fi` all of a domain.
fn covers(pattern: &str, address: &str) -> bool {
    let (Some((wanted, domain)), Some((local, at))) =
        (pattern.rsplit_once('@'), address.rsplit_once('@'))
    else {
        return false;
    };
    let tagged = local.split('+').next().unwrap_or(local);
    domain.eq_ignore_ascii_case(at)
        && (wanted == "*"
            || wanted.eq_ignore_ascii_case(local)
            || wanted.eq_ignore_ascii_case(tagged))
}

fn answer(reply: Reply, refused: Vec<(String, Reply)>) -> Response {
    let refused = refused.into_iter().map(|(address, reply)| (address, reply.words())).collect();
    Response::Mail { code: reply.code, text: reply.text(), enhanced: reply.enhanced, refused }
}

#[async_trait]
impl Submission for Outboxes {
    async fn submit(&self, tenant: &TenantId, channel: &ChannelId, mail: &Mail) -> Response {
        let began = Instant::now();
        let response = match self.run(tenant, channel, mail).await {
            Ok(response) => response,
            Err(Failed::Never(reason)) => Response::refused(reason),
            Err(Failed::Later(reason)) => Response::broken(reason),
            Err(Failed::Open(reason)) => {
                Response::Failed { temporary: true, reached: true, reason }
            }
        };
        let outcome = match &response {
            Response::Mail { code: 200..400, refused, .. } if refused.is_empty() => "sent",
            Response::Mail { code: 200..400, .. } => "partly",
            Response::Mail { code: 400..500, .. } => "deferred",
            Response::Mail { .. } => "rejected",
            Response::Failed { reached: true, .. } => "open",
            Response::Failed { temporary: true, .. } => "broken",
            _ => "refused",
        };
        if let Response::Failed { temporary, reason, .. } = &response {
            tracing::info!(%tenant, %channel, temporary, reason, "a mail was not submitted");
        }
        let seconds = began.elapsed().as_secs_f64();
        self.meter.record(Measure::MailSubmitted { tenant, channel, outcome, seconds });
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_says_who_may_write() {
        let table = [
            ("a@b.fi", "A@B.fi", true),
            ("a@b.fi", "a+token@b.fi", true),
            ("a@b.fi", "c@b.fi", false),
            ("*@b.fi", "anybody@b.fi", true),
            ("*@b.fi", "a@x.b.fi", false),
            ("a@b.fi", "a@evil.fi", false),
            ("b.fi", "a@b.fi", false),
        ];
        for (pattern, address, wanted) in table {
            assert_eq!(covers(pattern, address), wanted, "{pattern} {address}");
        }
    }

    #[test]
    fn the_nearest_key_signs() {
        let key =
            |domain: &str| Dkim { domain: domain.into(), selector: "s".into(), key: domain.into() };
        let keys = [key("b.fi"), key("mail.b.fi")];
        let chosen = |domain: &str| key_for(&keys, domain).map(|key| key.domain.as_str());
        assert_eq!(chosen("MAIL.b.fi"), Some("mail.b.fi"));
        assert_eq!(chosen("x.b.fi"), Some("b.fi"));
        assert_eq!(chosen("evilb.fi"), None);
    }
}
