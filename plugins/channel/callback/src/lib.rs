//! People ask to be called: from the widget, from a form on the client's page or by API.
//!
//! Anybody may ask, so the number is brought into its one form and checked against what the tenant calls, and machines
//! are caught by traps and told the same as people. Reading a form, traps and numbers are in `shared/form`; what
//! becomes of a request (a call to make, its outcome, another try) is the host's.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use kerros_plugin::channel::{
    Answer, CallRequest, Channel, Event, Field, HookReply, Outcome, Outgoing, Raw, Receipt,
    Secrets, Step,
};
use kerros_plugin::text::{cut, language, one_line};
use kerros_plugin::{Error, log};
use serde::Deserialize;
use shared_form::trap::{self, Trap};
use shared_form::{Form, phone};

kerros_plugin::channel!(Callback);

struct Callback;

/// The longest text the contract takes, in bytes.
const LONGEST: usize = 16 * 1024;
/// The longest name of a customer group, in bytes.
const SEGMENT: usize = 64;
const DAY_MS: i64 = 86_400_000;

#[derive(Deserialize)]
struct Config {
    #[serde(default = "country")]
    country: String,
    only: Option<Vec<String>>,
    #[serde(default = "never")]
    never: Vec<String>,
    token: Option<String>,
    #[serde(default)]
    names: Names,
    #[serde(default)]
    fields: BTreeMap<String, String>,
    #[serde(default = "furthest_days")]
    furthest_days: u16,
    #[serde(default = "thanks")]
    thanks: String,
    segment: Option<String>,
    #[serde(default)]
    trap: Trap,
}

#[derive(Deserialize)]
#[serde(default)]
struct Names {
    number: String,
    name: String,
    text: String,
    language: String,
    segment: String,
    not_before: String,
}

impl Default for Names {
    fn default() -> Self {
        Self {
            number: "number".into(),
            name: "name".into(),
            text: "text".into(),
            language: "language".into(),
            segment: "segment".into(),
            not_before: "not_before".into(),
        }
    }
}

fn country() -> String {
    "+358".into()
}

fn never() -> Vec<String> {
    vec!["+358600".into(), "+358700".into()]
}

const fn furthest_days() -> u16 {
    30
}

fn thanks() -> String {
    "Thank you. We will call you.".into()
}

impl Channel for Callback {
    type Config = Config;

    fn receive(config: &Config, raw: &Raw, secrets: &impl Secrets) -> Result<Receipt, Error> {
        // The token keeps out who is not the tenant's own form; the widget's frames come from the server itself.
        let frame = raw.kind == "frame";
        if let Some(name) = config.token.as_ref().filter(|_| !frame) {
            let token = raw.header("x-form-token").filter(|token| !token.is_empty());
            if !token.is_some_and(|token| secrets.equals(name, token)) {
                return Ok(Receipt::Unauthorized("x-form-token is missing or wrong".into()));
            }
        }
        let form = match Form::read(raw) {
            Ok(form) => form,
            Err(reason) => return Ok(Receipt::Malformed(reason)),
        };
        let reply = Some(HookReply {
            status: 200,
            content_type: "text/plain; charset=utf-8".into(),
            body: config.thanks.clone(),
        });
        if let Some(why) = trap::caught(&config.trap, &form, raw.at_ms) {
            log::info(&format!("taken for a machine's: {why}"));
            return Ok(Receipt::Accepted { events: Vec::new(), key: None, reply });
        }
        let own = Names::default();
        let names = if frame { &own } else { &config.names };
        let asked = request(config, names, &form, raw.at_ms).map(|request| CallRequest {
            // An id is its visitor's own, and the language the page's.
            external_id: match raw.header("thread").filter(|_| frame) {
                Some(thread) => format!("{thread}:{}", request.external_id),
                None => request.external_id,
            },
            language: match raw.header("language").filter(|_| frame) {
                Some(language) => Some(language.to_owned()),
                None => request.language,
            },
            ..request
        });
        Ok(match asked {
            Ok(request) => {
                let key = Some(format!("call:{}", request.external_id));
                Receipt::Accepted { events: vec![Event::CallRequest(request)], key, reply }
            }
            Err(reason) => Receipt::Malformed(reason),
        })
    }

    fn send(_: &Config, _: &Outgoing, so_far: &[Answer]) -> Result<Step, Error> {
        Ok(match so_far.last() {
            None => {
                let reason = "whoever asked to be called is answered by telephone";
                Outcome::rejected(reason).instead("sms").into()
            }
            // Nothing is ever asked for; an answer all the same means what it usually does.
            Some(answer) => answer.outcome(|_| None).into(),
        })
    }
}

fn request(config: &Config, names: &Names, form: &Form, at_ms: i64) -> Result<CallRequest, String> {
    let field = |name: &str| form.get(name).map(str::to_owned);
    let written = form.get(&names.number);
    let written = written.ok_or_else(|| format!("{}: has to be filled in", names.number))?;
    let wrong = |reason: &str| format!("{}: {reason}", names.number);
    let number = phone::number(written, &config.country).map_err(wrong)?;
    let begins = |list: &[String]| list.iter().any(|start| number.starts_with(start.as_str()));
    if begins(&config.never) {
        return Err(wrong("that number is not called"));
    }
    // A call abroad costs, and whoever asks is a stranger: other countries are the tenant's own choice.
    let own = std::slice::from_ref(&config.country);
    let only = config.only.as_deref().unwrap_or(own);
    if !only.is_empty() && !begins(only) {
        let reason = format!("only numbers that begin with {} are called", only.join(", "));
        return Err(wrong(&reason));
    }
    let not_before_ms = match form.get(&names.not_before) {
        Some(text) => Some(
            moment(text, at_ms, config.furthest_days)
                .map_err(|reason| format!("{}: {reason}", names.not_before))?,
        ),
        None => None,
    };
    let more = config.fields.iter().filter_map(|(key, label)| {
        Some(Field { key: key.clone(), label: label.clone(), value: field(key)? })
    });
    Ok(CallRequest {
        external_id: form.id(at_ms),
        number,
        name: field(&names.name).and_then(|name| one_line(&name, 120)),
        // Nobody is refused for how a page names its language or customers.
        language: form.get(&names.language).and_then(language),
        segment: form
            .get(&names.segment)
            .and_then(|segment| one_line(segment, SEGMENT))
            .or_else(|| config.segment.clone()),
        text: cut(&field(&names.text).unwrap_or_default(), LONGEST).to_owned(),
        not_before_ms,
        fields: more.collect(),
    })
}

/// Seconds or milliseconds since 1970; not further ahead than people may ask. What has passed already means now.
fn moment(text: &str, at_ms: i64, furthest_days: u16) -> Result<i64, &'static str> {
    let number: i64 = text.parse().map_err(|_| "is no moment (milliseconds since 1970)")?;
    let at = if number.abs() < 100_000_000_000 { number.saturating_mul(1000) } else { number };
    if at > at_ms.saturating_add(i64::from(furthest_days) * DAY_MS) {
        return Err("is too far ahead");
    }
    Ok(at.max(at_ms))
}
