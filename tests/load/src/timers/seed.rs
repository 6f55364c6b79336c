//! Fills a data folder with conversations whose targets are pending, through the store itself.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context;
use futures::StreamExt;
use kerros_app::ports::store::{Changes, Commits, Contact, ConversationWrite, Scope};
use kerros_domain::command::Command;
use kerros_domain::decide::{Opening, decide, open};
use kerros_domain::id::{
    ChannelId, ContactId, ConversationId, Language, LayerId, MessageId, TenantId,
};
use kerros_domain::message::{Author, Message, Visibility};
use kerros_domain::policy::{OutOfHours, TenantPolicy};
use kerros_domain::sample;
use kerros_domain::sla::{Metric, Owner, TargetSpec};
use kerros_domain::time::Timestamp;
use kerros_domain::timers::next_due;
use kerros_store::SqlStore;
use uuid::Uuid;

use crate::progress;

/// Conversations in one unit of work.
const IN_A_UNIT: u64 = 200;
/// The promise, in seconds: far beyond a run.
const WITHIN_S: u64 = 30 * 24 * 3600;

/// Writes conversations of the tenant `bench`.
pub struct Seeder {
    store: SqlStore,
    policy: TenantPolicy,
}

impl Seeder {
    /// Opens the database in the data folder.
    pub async fn open(data: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(data)
            .with_context(|| format!("{} cannot be made", data.display()))?;
        let url = format!("sqlite://{}/kerros.db", data.canonicalize()?.display());
        let store = kerros_store::open(&url, kerros_store::Options::default()).await?;
        let mut policy = sample::policy();
        policy.id = TenantId::from("bench");
        policy.layers.retain(|layer| layer.id.as_str() == "first-line");
        for layer in &mut policy.layers {
            layer.calendar = None;
            layer.out_of_hours = OutOfHours::Queue;
        }
        Ok(Self { store, policy })
    }

    /// Targets due in a month, spread over a day.
    pub async fn pending(&self, count: u64) -> anyhow::Result<()> {
        let now = now()?;
        self.write("pending", count, |number| {
            now.plus_millis(i64::try_from(number % 86_400_000).unwrap_or(0))
        })
        .await
    }

    /// Targets due from `after` from now on, `rate` a second.
    pub async fn due(&self, count: u64, rate: u64, after: Duration) -> anyhow::Result<()> {
        let begin =
            now()?.plus_millis(i64::try_from(after.as_millis())? - i64::try_from(WITHIN_S * 1000)?);
        self.write("due", count, |number| {
            begin.plus_millis(i64::try_from(number * 1000 / rate.max(1)).unwrap_or(0))
        })
        .await
    }

    async fn write(
        &self,
        what: &str,
        count: u64,
        began: impl Fn(u64) -> Timestamp,
    ) -> anyhow::Result<()> {
        let bar = progress::bar(what, count);
        let scope = Scope::One(self.policy.id.clone());
        let units = (0..count.div_ceil(IN_A_UNIT)).map(|unit| {
            let mut changes = Changes::default();
            let last = ((unit + 1) * IN_A_UNIT).min(count);
            let written = (unit * IN_A_UNIT..last)
                .try_for_each(|number| self.add(&mut changes, began(number)));
            let (scope, bar) = (&scope, &bar);
            async move {
                written?;
                self.store.commit(scope, changes).await?;
                bar.inc(last - unit * IN_A_UNIT);
                anyhow::Ok(())
            }
        });
        let mut units = futures::stream::iter(units).buffer_unordered(8);
        while let Some(done) = units.next().await {
            done?;
        }
        bar.finish_and_clear();
        Ok(())
    }

    /// A conversation as intake would make it at `at`.
    fn add(&self, changes: &mut Changes, at: Timestamp) -> anyhow::Result<()> {
        let contact = ContactId(Uuid::now_v7());
        let thread = format!("seed-{}", contact.0.simple());
        let opening = Opening {
            id: ConversationId(Uuid::now_v7()),
            tenant: self.policy.id.clone(),
            contact,
            channel: ChannelId::from("hook"),
            thread: thread.clone(),
            segment: None,
            language: Language::from("en"),
            priority: Default::default(),
            layer: LayerId::from("first-line"),
            number: 0,
        };
        let (conversation, mut entries) = open(&self.policy, opening, at);
        let message = MessageId(Uuid::now_v7());
        let text = "A question that waits for its answer";
        let say = Command::AddMessage {
            message,
            author: Author::Contact,
            visibility: Visibility::Public,
            text: text.into(),
        };
        let (conversation, more) = decide(&conversation, &self.policy, say, None, at)?;
        let seq = conversation.seq;
        entries.extend(more);
        let promise = TargetSpec {
            metric: Metric::Resolution,
            owner: Owner::Vendor,
            within_s: WITHIN_S,
            calendar: None,
            pause_on: Vec::new(),
            warn_at: None,
            layer: None,
        };
        let ask = Command::SetTargets { targets: vec![promise] };
        let (conversation, more) = decide(&conversation, &self.policy, ask, None, at)?;
        entries.extend(more);
        changes.contacts.push(Contact {
            id: contact,
            tenant: self.policy.id.clone(),
            name: None,
            language: Language::from("en"),
            segment: None,
            attributes: Default::default(),
            addresses: vec![(ChannelId::from("hook"), thread)],
            created_at: at,
            bad_addresses: Vec::new(),
        });
        changes.messages.push(Message {
            id: message,
            conversation: conversation.id,
            seq,
            author: Author::Contact,
            visibility: Visibility::Public,
            text: text.into(),
            parts: Vec::new(),
            at,
            delivery: None,
            external_id: None,
            about: Default::default(),
            failure: None,
        });
        changes.entries.extend(entries);
        let due_at = next_due(&conversation, &self.policy);
        changes.conversations.push(ConversationWrite {
            row: conversation,
            expected_seq: 0,
            due_at,
        });
        Ok(())
    }
}

#[expect(clippy::disallowed_methods, reason = "a tool outside the service has the system's clock")]
fn now() -> anyhow::Result<Timestamp> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH)?;
    Ok(Timestamp(i64::try_from(since.as_millis())?))
}
