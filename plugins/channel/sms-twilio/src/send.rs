//! A message as one request: Twilio splits and joins segments itself.

use kerros_plugin::Part;
use kerros_plugin::channel::{Answer, Outcome, Outgoing, Request, Step, in_turn};
use shared_sms::segments;

use crate::{Config, answer};

/// The longest body Twilio takes, in characters.
const LONGEST: usize = 1600;

/// What to do next.
pub fn step(config: &Config, message: &Outgoing, so_far: &[Answer]) -> Step {
    if !message.files.is_empty() {
        return Step::Settled(Outcome::rejected("a text message carries no files").instead("mail"));
    }
    let text = text(config, message);
    let count = segments::count(&text);
    if count > config.most_segments || text.chars().count() > LONGEST {
        let reason = format!("{count} segments, and at most {} may be sent", config.most_segments);
        return Step::Settled(Outcome::rejected(reason).instead("mail"));
    }
    let done = in_turn(
        so_far,
        &[()],
        |(), _| request(config, message, &text),
        |(), response| answer::sent(response),
    );
    match done {
        Err(step) => step,
        Ok(ids) => Step::Settled(Outcome::sent(ids.into_iter().next())),
    }
}

fn text(config: &Config, message: &Outgoing) -> String {
    let mut text = message.text_with_links();
    for part in &message.parts {
        if let Part::Button { label, .. } = part {
            text += &format!("\n- {label}");
        }
    }
    if config.plain { segments::plain(text.trim()) } else { text.trim().to_owned() }
}

fn request(config: &Config, message: &Outgoing, text: &str) -> Request {
    let mut fields = vec![("To", message.recipient.as_str()), ("Body", text)];
    fields.extend(config.from.as_deref().map(|from| ("From", from)));
    let service = config.messaging_service.as_deref();
    fields.extend(service.map(|service| ("MessagingServiceSid", service)));
    fields.push(("StatusCallback", &config.public_url));
    let url = format!("{}/2010-04-01/Accounts/{}/Messages.json", config.api, config.account_sid);
    config.signed(Request::post_fields(url, &fields))
}
