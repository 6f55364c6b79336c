//! From a message to the next step of its delivery.

use kerros_app::ports::channel::{Customer, Outcome, Outgoing, Step, Template};
use kerros_domain::message::{DeliveryState, Part};

use super::receive::{lenient, lift_alternatives, lift_state, lower_file, said};
use super::request::lower_participant;
use super::{request, wit};
use crate::contract::{at_most, breach, name};
use crate::ended::Ended;

/// Most requests in one step.
const REQUESTS: usize = 10;
/// Longest wait that a channel may ask for: a day.
const RETRY_MS: u64 = 86_400_000;

pub(super) fn lower(message: &Outgoing) -> wit::Outgoing {
    wit::Outgoing {
        kind: message.kind.clone(),
        message_id: message.message_id.clone(),
        conversation_id: message.conversation_id.clone(),
        number: message.number,
        seq: message.seq,
        thread: message.thread.clone(),
        recipient: message.recipient.clone(),
        contact: message.contact.as_ref().map(lower_contact),
        participants: message.participants.iter().map(lower_participant).collect(),
        author: message.author.clone(),
        author_name: message.author_name.clone(),
        subject: message.subject.clone(),
        text: message.text.clone(),
        html: message.html.clone(),
        parts: message.parts.iter().map(lower_part).collect(),
        files: message.files.iter().map(lower_file).collect(),
        template: message.template.as_ref().map(lower_template),
        references: message.references.clone(),
        answers: message.answers.clone(),
        reply_token: message.reply_token.clone(),
        last_inbound_ms: message.last_inbound_ms,
        url: message.url.clone(),
        language: message.language.clone(),
        at_ms: message.at_ms,
        now_ms: message.now_ms,
        attempt: message.attempt,
        extra: Vec::new(),
    }
}

fn lower_contact(contact: &Customer) -> wit::Contact {
    let addresses = contact.addresses.iter().map(|at| wit::Address {
        channel: at.channel.clone(),
        address: at.address.clone(),
        extra: Vec::new(),
    });
    wit::Contact {
        name: contact.name.clone(),
        segment: contact.segment.clone(),
        mail: contact.mail.clone(),
        phone: contact.phone.clone(),
        addresses: addresses.collect(),
        extra: Vec::new(),
    }
}

fn lower_template(template: &Template) -> wit::Template {
    wit::Template {
        name: template.name.clone(),
        language: template.language.clone(),
        parameters: template.parameters.clone(),
        extra: Vec::new(),
    }
}

fn lower_part(part: &Part) -> wit::Part {
    match part {
        Part::Button { label, value } => wit::Part::Button(wit::Button {
            label: label.clone(),
            value: value.clone(),
            extra: Vec::new(),
        }),
        Part::Article { slug, title, excerpt, url } => wit::Part::Article(wit::Article {
            slug: slug.clone(),
            title: title.clone(),
            excerpt: excerpt.clone(),
            url: url.clone(),
            extra: Vec::new(),
        }),
        Part::Link { name, url, media_type } => wit::Part::Link(wit::Link {
            name: name.clone(),
            url: url.clone(),
            media_type: media_type.clone(),
            extra: Vec::new(),
        }),
    }
}

/// Lifts what a channel says of `message`.
pub(super) fn lift(step: wit::Step, message: &Outgoing) -> Result<Step, Ended> {
    Ok(match step {
        wit::Step::Perform(requests) => {
            at_most("requests", &requests, REQUESTS)?;
            if requests.is_empty() {
                return breach("neither a request nor an outcome: nothing would ever follow");
            }
            let files: Vec<&str> = message.files.iter().map(|file| file.id.as_str()).collect();
            let requests = requests.into_iter().map(|each| request::lift(each, &files));
            Step::Perform { requests: requests.collect::<Result<_, _>>()? }
        }
        wit::Step::Settled(outcome) => Step::Settled(lift_outcome(outcome)?),
        wit::Step::Other(_) => return breach("a step that this host does not know"),
    })
}

fn lift_outcome(outcome: wit::Outcome) -> Result<Outcome, Ended> {
    Ok(match outcome {
        wit::Outcome::Delivered(delivered) => {
            let state = lift_state(&delivered.state)?;
            if state == DeliveryState::Failed {
                return breach("delivered and failed at once");
            }
            Outcome::Delivered {
                // The provider has it all the same: a breach here would send it again, or never settle it.
                external_id: lenient(delivered.external_id, |id| name("the id", id, 998)),
                state,
                thread: lenient(delivered.thread, |thread| name("the thread", thread, 256)),
            }
        }
        wit::Outcome::RetryAfter(retry) => Outcome::RetryAfter {
            after_ms: retry.after_ms.map(|ms| ms.min(RETRY_MS)),
            whole_channel: retry.whole_channel,
            reason: said(retry.reason),
        },
        wit::Outcome::Rejected(rejected) => Outcome::Rejected {
            reason: said(rejected.reason),
            alternatives: lift_alternatives(rejected.alternatives),
            bad_address: rejected.bad_address,
        },
        wit::Outcome::Other(_) => return breach("an outcome that this host does not know"),
    })
}
