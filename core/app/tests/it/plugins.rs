//! Plugins of every kind that do as the test says.

use std::sync::Arc;

use async_trait::async_trait;
use kerros_app::ports::bot::{Action, BotPlugins, Turn, TurnResult};
use kerros_app::ports::channel::{
    ChannelPlugins, FetchStep, HookReply, InboundEvent, Outcome, Outgoing, Raw, Receipt, Step,
};
use kerros_app::ports::meter::{Measure, Meter};
use kerros_app::ports::outbound::{Body, Outbound, Request, Response};
use kerros_app::ports::plugin::{Call, ConversationView, PluginError};
use kerros_app::ports::report::{Block, Document, FactSource, Period, ReportPlugins};
use kerros_app::ports::search::{Hit, Search};
use kerros_app::ports::sla::{Facts, SlaPlugins};
use kerros_app::ports::tagger::{Suggestion, TaggerPlugins};
use kerros_app::tenant::Grants;
use kerros_domain::id::{Language, TenantId};
use kerros_domain::sla::TargetSpec;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

type BotScript = Box<dyn Fn(&Turn) -> Result<TurnResult, PluginError> + Send>;
type TagScript = Box<dyn Fn(&ConversationView) -> Result<Vec<Suggestion>, PluginError> + Send>;
type SendScript = Box<dyn Fn(&Outgoing, &[Response]) -> Step + Send>;
type SlaScript = Box<dyn Fn(&Facts) -> Result<Vec<TargetSpec>, PluginError> + Send>;

/// What the plugins do, and what they were asked.
pub struct Plugins {
    pub receive_fails: Mutex<Option<PluginError>>,
    /// What breaks the channel, wherever it stands in a body.
    pub receive_breaks_on: Mutex<Option<&'static str>>,
    pub bot: Mutex<BotScript>,
    pub tagger: Mutex<TagScript>,
    pub sla: Mutex<SlaScript>,
    /// Outcomes of the next attempts to send; then everything is sent.
    pub outcomes: Mutex<Vec<Result<Outcome, PluginError>>>,
    /// What the next requests are answered; then everything is a 200.
    pub answers: Mutex<Vec<Response>>,
    /// What the channel asks for, in place of one request and what `outcomes` says.
    pub send: Mutex<Option<SendScript>>,
    /// Messages that were performed, in order.
    pub sent: Mutex<Vec<Outgoing>>,
    pub turns: Mutex<Vec<Turn>>,
    pub asked: Mutex<Vec<Facts>>,
    pub measures: Mutex<Vec<String>>,
}

impl Default for Plugins {
    fn default() -> Self {
        Self {
            receive_fails: Mutex::default(),
            receive_breaks_on: Mutex::default(),
            bot: Mutex::new(Box::new(|_| Ok(TurnResult::default()))),
            tagger: Mutex::new(Box::new(|_| Ok(Vec::new()))),
            sla: Mutex::new(Box::new(|_| Ok(Vec::new()))),
            outcomes: Mutex::default(),
            answers: Mutex::default(),
            send: Mutex::default(),
            sent: Mutex::default(),
            turns: Mutex::default(),
            asked: Mutex::default(),
            measures: Mutex::default(),
        }
    }
}

impl Plugins {
    pub fn bot_does(&self, script: impl Fn(&Turn) -> Vec<Action> + Send + 'static) {
        *self.bot.lock() = Box::new(move |turn| {
            Ok(TurnResult { actions: script(turn), state: turn.state.clone() })
        });
    }

    pub fn bot_fails(&self, error: PluginError) {
        *self.bot.lock() = Box::new(move |_| Err(error.clone()));
    }

    pub fn counted(&self, what: &str) -> usize {
        self.measures.lock().iter().filter(|measure| measure.starts_with(what)).count()
    }
}

/// The header that a genuine hook carries.
pub const GENUINE: (&str, &str) = ("x-secret", "right");

/// What the test channel reads: one event, or several.
#[derive(Serialize, Deserialize)]
pub struct Hook {
    pub key: Option<String>,
    pub events: Vec<InboundEvent>,
}

/// The request that sends a message.
pub fn post(message: &Outgoing, repeatable: bool) -> Request {
    Request::Http {
        method: "POST".into(),
        url: format!("https://provider.example/{}", message.recipient),
        headers: Vec::new(),
        body: Body::Text(serde_json::to_string(message).unwrap()),
        repeatable,
    }
}

/// An answer without words.
pub fn http(status: u16) -> Response {
    Response::Http { status, headers: Vec::new(), body: "{}".into() }
}

/// Nobody answered; whether the request had left.
pub fn silence(reached: bool) -> Response {
    Response::Failed { temporary: true, reached, reason: "no answer in time".into() }
}

#[async_trait]
impl ChannelPlugins for Plugins {
    async fn receive(&self, _: Call<'_>, raw: &Raw) -> Result<Receipt, PluginError> {
        if let Some(error) = self.receive_fails.lock().clone() {
            return Err(error);
        }
        let poison = *self.receive_breaks_on.lock();
        if poison.is_some_and(|word| String::from_utf8_lossy(&raw.body).contains(word)) {
            return Err(PluginError::Fault { message: "the thread is empty".into() });
        }
        if !raw.headers.iter().any(|(name, value)| (name.as_str(), value.as_str()) == GENUINE) {
            return Ok(Receipt::Unauthorized { reason: "no secret".into() });
        }
        Ok(match serde_json::from_slice::<Hook>(&raw.body) {
            Ok(hook) => Receipt::Accepted {
                events: hook.events,
                key: hook.key,
                reply: Some(HookReply {
                    status: 202,
                    content_type: "text/plain".into(),
                    body: "taken".into(),
                }),
            },
            Err(fault) => Receipt::Malformed { reason: fault.to_string() },
        })
    }

    async fn send(
        &self,
        _: Call<'_>,
        message: &Outgoing,
        so_far: &[Response],
    ) -> Result<Step, PluginError> {
        if let Some(script) = &*self.send.lock() {
            return Ok(script(message, so_far));
        }
        let Some(answer) = so_far.first() else {
            return Ok(Step::Perform { requests: vec![post(message, false)] });
        };
        assert_eq!(so_far.len(), 1);
        // As the SDK reads an answer.
        match answer {
            Response::Failed { temporary: true, reason, .. } => {
                return Ok(Step::Settled(Outcome::retry(reason)));
            }
            Response::Http { status: 500.., .. } => {
                return Ok(Step::Settled(Outcome::retry("the provider is not well")));
            }
            _ => {}
        }
        let next = {
            let mut outcomes = self.outcomes.lock();
            if outcomes.is_empty() { None } else { Some(outcomes.remove(0)) }
        };
        let sent = || Ok(Outcome::sent(Some(format!("p-{}", message.message_id))));
        next.unwrap_or_else(sent).map(Step::Settled)
    }

    async fn fetch(&self, _: Call<'_>, _: &str, _: &[Response]) -> Result<FetchStep, PluginError> {
        Ok(FetchStep::Gone { reason: "nothing lies here".into() })
    }
}

#[async_trait]
impl Outbound for Plugins {
    async fn perform(&self, _: &TenantId, _: &Grants, request: &Request) -> Response {
        let Request::Http { body: Body::Text(body), .. } = request else { panic!("{request:?}") };
        let message = serde_json::from_str(body).unwrap();
        self.sent.lock().push(message);
        let mut answers = self.answers.lock();
        if answers.is_empty() { http(200) } else { answers.remove(0) }
    }
}

#[async_trait]
impl BotPlugins for Plugins {
    async fn turn(&self, _: Call<'_>, turn: &Turn) -> Result<TurnResult, PluginError> {
        self.turns.lock().push(turn.clone());
        (self.bot.lock())(turn)
    }
}

#[async_trait]
impl TaggerPlugins for Plugins {
    async fn tag(
        &self,
        _: Call<'_>,
        conversation: &ConversationView,
    ) -> Result<Vec<Suggestion>, PluginError> {
        (self.tagger.lock())(conversation)
    }
}

#[async_trait]
impl SlaPlugins for Plugins {
    async fn targets(&self, _: Call<'_>, facts: &Facts) -> Result<Vec<TargetSpec>, PluginError> {
        self.asked.lock().push(facts.clone());
        (self.sla.lock())(facts)
    }
}

#[async_trait]
impl ReportPlugins for Plugins {
    async fn build(
        &self,
        _: Call<'_>,
        period: &Period,
        facts: Arc<dyn FactSource>,
    ) -> Result<Document, PluginError> {
        let mut blocks = Vec::new();
        for name in ["ledger", "daily", "channels", "tags", "hours", "sla"] {
            blocks.push(Block::Text { text: facts.facts(name).await? });
        }
        assert!(matches!(facts.facts("secrets").await, Err(PluginError::Invalid { .. })));
        Ok(Document { title: period.month.clone(), blocks })
    }
}

#[async_trait]
impl Search for Plugins {
    async fn search(
        &self,
        _: &TenantId,
        _: &Language,
        _: Option<&str>,
        _: &str,
        _: usize,
    ) -> Vec<Hit> {
        Vec::new()
    }
}

impl Meter for Plugins {
    fn record(&self, measure: Measure<'_>) {
        let text = match measure {
            Measure::Opened { .. } => "opened".to_owned(),
            Measure::Demand { .. } => "demand".to_owned(),
            Measure::Resolved { layer, .. } => format!("resolved {layer}"),
            Measure::Inbound { outcome, .. } => format!("inbound {outcome}"),
            Measure::Response { metric, layer, seconds, .. } => {
                format!("took {metric:?} {layer} {seconds}")
            }
            Measure::Target { outcome, .. } => format!("target {outcome}"),
            Measure::Delivery { outcome, .. } => format!("delivery {outcome}"),
            Measure::Job { kind, outcome, .. } => format!("job {kind} {outcome}"),
            _ => return,
        };
        self.measures.lock().push(text);
    }
}
