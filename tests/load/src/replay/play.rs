//! Plays one dialogue.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde_json::json;
use tokio::sync::Mutex;

use crate::client::api::Agent;
use crate::client::visitor::{Seen, Visitor};
use crate::figures::Times;
use crate::replay::dialogue::{Dialogue, Speaker};

const PATIENCE: Duration = Duration::from_secs(60);

/// Where everybody plays.
pub struct Stage {
    pub http: reqwest::Client,
    pub url: String,
    pub tenant: String,
    pub agent: Agent,
    /// A tag that the tenant uses, for tenants that want one before resolving.
    tag: Mutex<Option<String>>,
    conversations: Mutex<HashMap<String, String>>,
}

/// What was sent, and what the customer saw.
pub struct Played {
    pub dialogue: Dialogue,
    pub conversation: String,
    pub seen: BTreeMap<u64, Seen>,
    pub reconnects: u32,
    pub acks: Times,
    pub answers: Times,
}

impl Stage {
    pub fn new(http: reqwest::Client, url: String, tenant: String, agent: Agent) -> Self {
        Self {
            http,
            url,
            tenant,
            agent,
            tag: Mutex::new(None),
            conversations: Mutex::new(HashMap::new()),
        }
    }

    /// The conversation of a thread; asks until the service has taken the first message in.
    async fn conversation(&self, thread: &str) -> anyhow::Result<String> {
        let start = Instant::now();
        loop {
            // One asks for all: whoever waits for the lock finds what the one before brought.
            let mut known = self.conversations.lock().await;
            if let Some(id) = known.get(thread) {
                return Ok(id.clone());
            }
            for item in self.agent.newest(&self.tenant, 200).await? {
                if let (Some(thread), Some(id)) = (item["thread"].as_str(), item["id"].as_str()) {
                    known.insert(thread.to_owned(), id.to_owned());
                }
            }
            if let Some(id) = known.get(thread) {
                return Ok(id.clone());
            }
            drop(known);
            if start.elapsed() > PATIENCE {
                bail!("no conversation of thread {thread} after {PATIENCE:?}");
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn tag(&self) -> anyhow::Result<String> {
        let mut tag = self.tag.lock().await;
        if tag.is_none() {
            let tenant = self.agent.get(&format!("tenants/{}", self.tenant)).await?;
            *tag = Some(tenant["tags"][0].as_str().unwrap_or("replayed").to_owned());
        }
        tag.clone().context("no tag")
    }
}

/// Plays a dialogue to its end: the customer writes, the agent answers, the agent resolves.
pub async fn play(stage: &Stage, dialogue: &Dialogue) -> anyhow::Result<Played> {
    let mut visitor = Visitor::connect(&stage.http, &stage.url, &stage.tenant, "en").await?;
    let (mut acks, mut answers) = (Times::new()?, Times::new()?);
    let mut conversation = String::new();
    let mut said: HashMap<(&str, &str), usize> = HashMap::new();
    for (at, turn) in dialogue.turns.iter().enumerate() {
        let key = format!("{}-{}-{at}", visitor.thread, dialogue.id);
        let start = Instant::now();
        let author = match turn.speaker {
            Speaker::User => "contact",
            Speaker::System => "person",
        };
        let times = said.entry((author, turn.utterance.as_str())).or_default();
        *times += 1;
        match turn.speaker {
            Speaker::User => {
                visitor.say(&key, &turn.utterance).await?;
                acks.add(start.elapsed());
                if conversation.is_empty() {
                    conversation = stage.conversation(&visitor.thread).await?;
                }
                // Acknowledged is durable, not yet read: nobody answers what is not in the conversation.
                visitor.hear(author, *times, &turn.utterance).await?;
            }
            Speaker::System => {
                stage.agent.reply(&conversation, &key, &turn.utterance).await?;
                visitor.hear(author, *times, &turn.utterance).await?;
                answers.add(start.elapsed());
            }
        }
    }
    resolve(stage, &conversation).await?;
    visitor.leave().await?;
    Ok(Played {
        dialogue: dialogue.clone(),
        conversation,
        seen: visitor.seen,
        reconnects: visitor.reconnects,
        acks,
        answers,
    })
}

/// Resolves; after a restart it may have been done already.
async fn resolve(stage: &Stage, conversation: &str) -> anyhow::Result<()> {
    let path = format!("conversations/{conversation}");
    let tag = stage.tag().await?;
    stage.agent.tag(conversation, &tag).await?;
    if let Err(refused) = stage.agent.act(conversation, "resolve", &json!({})).await {
        let now = stage.agent.get(&path).await?;
        if now["state"] != "resolved" {
            return Err(refused);
        }
    }
    Ok(())
}
