//! A form on the client's page: what it asks is set in the config, and each filling-in becomes a message with its fields.
//!
//! Anybody may send it, so nothing in it is believed: values are checked by their type, machines are caught by traps and told
//! the same as people. Answers go by mail, which this channel is not.
//!
//! Start in [`field`]; reading a form, traps and telephone numbers are in `shared/form`.

mod field;

#[cfg(test)]
mod tests;

use field::{Asked, Role};
use kerros_plugin::channel::{
    Answer, Channel, Event, Field, HookReply, Message, Outcome, Outgoing, Raw, Receipt, Secrets,
    Step, Threading,
};
use kerros_plugin::text::{language, one_line};
use kerros_plugin::{Error, log};
use serde::Deserialize;
use shared_form::Form;
use shared_form::trap::{self, Trap};

kerros_plugin::channel!(Forms);

struct Forms;

/// The longest name of a customer group, in bytes.
const SEGMENT: usize = 64;
/// The longest address of a mail, in bytes.
const ADDRESS: usize = 254;

#[derive(Deserialize)]
struct Config {
    fields: Vec<Asked>,
    title: Option<String>,
    #[serde(default = "thanks")]
    thanks: String,
    token: Option<String>,
    #[serde(default = "country")]
    country: String,
    segment: Option<String>,
    #[serde(default)]
    trap: Trap,
}

fn thanks() -> String {
    "Thank you.".into()
}

fn country() -> String {
    "+358".into()
}

impl Channel for Forms {
    type Config = Config;

    fn receive(config: &Config, raw: &Raw, secrets: &impl Secrets) -> Result<Receipt, Error> {
        if let Some(name) = &config.token {
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
        let fields = match answers(config, &form) {
            Ok(fields) => fields,
            Err(reasons) => return Ok(Receipt::Malformed(reasons)),
        };
        let message = message(config, &form, fields, raw.at_ms);
        let key = Some(message.external_id.clone());
        Ok(Receipt::Accepted { events: vec![Event::Message(message)], key, reply })
    }

    fn send(_: &Config, _: &Outgoing, so_far: &[Answer]) -> Result<Step, Error> {
        Ok(match so_far.last() {
            None => Outcome::rejected("a form takes no answers").instead("mail").into(),
            // Nothing is ever asked for; an answer all the same means what it usually does.
            Some(answer) => answer.outcome(|_| None).into(),
        })
    }
}

/// Each field that was filled in, or all that is wrong.
fn answers(config: &Config, form: &Form) -> Result<Vec<(Option<Role>, Field)>, String> {
    let mut fields = Vec::new();
    let mut wrong = Vec::new();
    for asked in &config.fields {
        match asked.answer(form, &config.country) {
            Ok(Some(value)) => {
                let label = asked.label.clone().unwrap_or_else(|| asked.key.clone());
                fields.push((asked.role, Field { key: asked.key.clone(), label, value }));
            }
            Ok(None) => {}
            Err(reason) => wrong.push(format!("{}: {reason}", asked.key)),
        }
    }
    if !wrong.is_empty() {
        return Err(wrong.join("; "));
    }
    if fields.is_empty() {
        return Err("nothing was filled in".into());
    }
    Ok(fields)
}

fn message(
    config: &Config,
    form: &Form,
    fields: Vec<(Option<Role>, Field)>,
    at_ms: i64,
) -> Message {
    let role = |wanted: Role| {
        let found = fields.iter().find(|(role, _)| *role == Some(wanted));
        found.map(|(_, field)| field.value.clone())
    };
    let external_id = form.id(at_ms);
    let lines = || {
        let lines: Vec<String> =
            fields.iter().map(|(_, field)| format!("{}: {}", field.label, field.value)).collect();
        lines.join("\n")
    };
    let subject = role(Role::Subject).or_else(|| config.title.clone());
    Message {
        threading: Threading::Thread(external_id.clone()),
        // A text field of any kind may be these: what it says there is not believed, either.
        sender: role(Role::Address)
            .and_then(|address| one_line(&address, ADDRESS))
            .unwrap_or_else(|| external_id.clone()),
        external_id,
        sender_name: role(Role::Name).and_then(|name| one_line(&name, 120)),
        language: role(Role::Language).and_then(|tag| language(&tag)),
        segment: role(Role::Segment)
            .and_then(|segment| one_line(&segment, SEGMENT))
            .or_else(|| config.segment.clone()),
        subject: subject.and_then(|subject| one_line(&subject, 200)),
        text: role(Role::Text).unwrap_or_else(lines),
        fields: fields.into_iter().map(|(_, field)| field).collect(),
        ..Message::default()
    }
}
