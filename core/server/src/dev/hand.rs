//! What people do by hand on the page: a call, a hook, an answer.

use hmac::{Hmac, Mac as _};
use kerros_app::accept::{AcceptError, accept};
use kerros_app::list::ListQuery;
use kerros_app::ports::channel::Raw;
use kerros_app::ports::plugin::Call;
use kerros_app::ports::store::Order;
use kerros_app::reply::Reply;
use kerros_domain::conversation::State;
use kerros_domain::id::{ChannelId, TenantId};
use kerros_domain::message::Author;
use kerros_host::{Kind, Tape};
use kerros_testkit::{Budget, Vector};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::Sha256;

use super::TENANT;
use super::stage::{Now, Stage};
use crate::lifecycle::asked::ask;

/// How often a call is made for its figures.
const REPEATS: u32 = 5;
/// Most conversations shown.
const SHOWN: u32 = 20;

/// A raw thing written by hand.
#[derive(Debug, Deserialize)]
pub struct Hook {
    /// `hook` or `frame`.
    #[serde(default = "hook")]
    kind: String,
    /// The method.
    #[serde(default = "post")]
    method: String,
    #[serde(default)]
    path: String,
    #[serde(default)]
    query: String,
    /// `{secret:NAME}` in a value is filled in, `{secret-mac:NAME}` with the hex HMAC-SHA256 of the body.
    #[serde(default)]
    headers: Vec<(String, String)>,
    #[serde(default)]
    body: String,
}

fn hook() -> String {
    "hook".to_owned()
}

fn post() -> String {
    "POST".to_owned()
}

/// An answer to a customer, written by hand.
#[derive(Debug, Deserialize)]
pub struct Said {
    conversation: String,
    text: String,
}

/// What came of a hook.
#[derive(Debug, Serialize)]
pub struct Came {
    /// The plugin's own answer, or its error.
    answer: Value,
    /// Whether Kerros took it: `accepted`, `duplicate`, or why not.
    taken: String,
    /// What the hook's caller is answered.
    reply: Value,
    us: u64,
    memory: usize,
    log: Vec<String>,
}

impl Stage {
    /// Makes one call under production's limits, beside the running Kerros. Blocks.
    ///
    /// # Errors
    /// In words.
    pub fn try_call(&self, mut vector: Vector) -> Result<Value, String> {
        let Now { wasm, scene, .. } = self.now();
        for (name, value) in scene.secrets {
            vector.secrets.entry(name).or_insert(value);
        }
        let budget = Budget { repeats: REPEATS, cache: Some(self.cache()), ..Budget::default() };
        let tried = kerros_testkit::try_vector(&wasm, &vector, &budget)?;
        Ok(json!(tried))
    }

    /// Takes a hook in as the world would send it; what the plugin made of it comes back too.
    ///
    /// # Errors
    /// In words.
    pub async fn hook(&self, hook: Hook) -> anyhow::Result<Came> {
        let Now { scene, manifest, .. } = self.now();
        if manifest.kind != "channel" {
            anyhow::bail!("only a channel takes hooks");
        }
        let sign = |value: &str| {
            let mut value = value.to_owned();
            for (name, secret) in &scene.secrets {
                value = value.replace(&format!("{{secret:{name}}}"), secret);
                value = value.replace(&format!("{{secret-mac:{name}}}"), &mac(secret, &hook.body));
            }
            value
        };
        let raw = Raw {
            headers: hook
                .headers
                .iter()
                .map(|(name, value)| (name.to_ascii_lowercase(), sign(value)))
                .collect(),
            body: hook.body.clone().into_bytes(),
            files: Vec::new(),
            at_ms: self.house.ctx.now().0,
            kind: hook.kind,
            method: hook.method,
            path: hook.path,
            query: hook.query,
        };
        let tenant = TenantId::from(TENANT);
        let used = self.used()?;
        let call = Call { tenant: &tenant, plugin: &used, trace: "dev" };
        let tape = Tape::default();
        let input = json!(raw);
        let asked = ask(&self.house.host, Kind::Channel, "receive", call, &input);
        let answer = match tape.run(asked).await.map_err(anyhow::Error::msg)? {
            Ok(answer) => answer,
            Err(error) => json!({ "error": error.to_string() }),
        };
        let channel = ChannelId::from(scene.name.as_str());
        let (taken, reply) = match accept(&self.house.ctx, &tenant, &channel, raw).await {
            Ok(accepted) => {
                let word = if accepted.duplicate { "duplicate" } else { "accepted" };
                (word.to_owned(), json!(accepted.reply))
            }
            Err(error) => (refusal(&error), Value::Null),
        };
        let figures = tape.figures();
        Ok(Came {
            answer,
            taken,
            reply,
            us: figures.map_or(0, |f| u64::try_from(f.time.as_micros()).unwrap_or(u64::MAX)),
            memory: figures.map_or(0, |figures| figures.memory),
            log: tape.lines(),
        })
    }

    /// The newest conversations with what was said in them.
    ///
    /// # Errors
    /// If the database does not say.
    pub async fn conversations(&self) -> anyhow::Result<Value> {
        let (ctx, person) = (&self.house.ctx, self.person().await?);
        let query = ListQuery {
            states: State::ALL.to_vec(),
            order: Order::Newest,
            limit: SHOWN,
            ..ListQuery::default()
        };
        let mut all = Vec::new();
        for row in kerros_app::list::list(ctx, &person, query).await? {
            let shown = kerros_app::show::show(ctx, &person, row.conversation.id).await?;
            let by = |author: &Author| match author {
                Author::Contact => "customer",
                Author::Bot => "bot",
                Author::Person { .. } => "person",
                Author::System => "system",
            };
            let messages: Vec<Value> = shown
                .messages
                .iter()
                .map(|message| {
                    json!({
                        "by": by(&message.author), "text": message.text, "visibility": message.visibility,
                        "delivery": message.delivery, "failure": message.failure,
                        "external_id": message.external_id,
                    })
                })
                .collect();
            let found = shown.conversation;
            all.push(json!({
                "id": found.id.to_string(), "number": found.number, "state": found.state,
                "channel": found.channel.as_str(), "layer": found.layer.as_str(),
                "tags": found.tags, "contact": shown.contact.and_then(|one| one.name),
                "messages": messages,
            }));
        }
        Ok(json!({ "items": all }))
    }

    /// Lets a person answer.
    ///
    /// # Errors
    /// What the use case says.
    pub async fn reply(&self, said: Said) -> anyhow::Result<Value> {
        let conversation = said.conversation.parse().map_err(|_| anyhow::anyhow!("no such id"))?;
        let cmd = Reply { conversation, text: said.text, idempotency_key: None };
        let person = self.person().await?;
        let message = kerros_app::reply::reply(&self.house.ctx, &person, cmd).await?;
        Ok(json!({ "id": message.id.to_string() }))
    }
}

fn refusal(error: &AcceptError) -> String {
    match error {
        AcceptError::Unauthorized => "unauthorized: answered 401".to_owned(),
        AcceptError::Malformed(reason) => format!("malformed: answered 400: {reason}"),
        AcceptError::UnknownChannel => "no such channel: answered 404".to_owned(),
        AcceptError::Unavailable => "not available: answered 503".to_owned(),
    }
}

fn mac(secret: &str, body: &str) -> String {
    use std::fmt::Write as _;
    // HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return String::new();
    };
    mac.update(body.as_bytes());
    mac.finalize().into_bytes().iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
