//! What Twilio tells: a message, or how far one of ours has come.

use kerros_plugin::channel::{
    Attachment, Delivery, DeliveryState, Event, HookReply, Message, Receipt, Threading,
};
use kerros_plugin::encoding::value;
use kerros_plugin::text::{cut, one_line};
use shared_sms::stop;

use crate::Config;

/// The longest text the contract takes, in bytes.
const LONGEST: usize = 16 * 1024;

/// Reads a genuine form.
pub fn read(config: &Config, form: &[(String, String)]) -> Receipt {
    let field = |name| value(form, name).filter(|text| !text.is_empty());
    if field("AccountSid") != Some(config.account_sid.as_str()) {
        return Receipt::Malformed("for another account".into());
    }
    let Some(sid) = field("MessageSid").or_else(|| field("SmsSid")) else {
        return Receipt::Malformed("about no message".into());
    };
    let sid = cut(sid, 100);
    let status = field("MessageStatus").or_else(|| field("SmsStatus")).unwrap_or("received");
    // An empty answer in Twilio's own language: nothing to do now.
    let reply = HookReply {
        status: 200,
        content_type: "text/xml".into(),
        body: "<Response></Response>".into(),
    };
    let (event, key) = if status == "received" {
        let Some(from) = field("From") else {
            return Receipt::Malformed("a message from nobody".into());
        };
        (Some(message(config, form, sid, from)), sid.to_owned())
    } else {
        (receipt(form, sid, status), format!("{sid}:{}", cut(status, 40)))
    };
    let events = event.and_then(Event::tidy).into_iter().collect();
    Receipt::Accepted { events, key: Some(key), reply: Some(reply) }
}

fn message(config: &Config, form: &[(String, String)], sid: &str, from: &str) -> Event {
    let field = |name: &str| value(form, name).filter(|text| !text.is_empty());
    let count = field("NumMedia").and_then(|text| text.parse::<usize>().ok()).unwrap_or_default();
    let attachments: Vec<Attachment> = (0..count.min(50))
        .filter_map(|place| {
            let url = field(&format!("MediaUrl{place}"))?;
            let kind = field(&format!("MediaContentType{place}")).and_then(|k| one_line(k, 100));
            let name = match kind.as_deref().and_then(|kind| kind.split('/').next()) {
                Some("image") => "photo",
                Some("video") => "video",
                Some("audio") => "audio",
                _ => "attachment",
            };
            Some(Attachment { media_type: kind, ..Attachment::remote(name, url) })
        })
        .collect();
    let written = field("Body").unwrap_or_default().trim();
    let text = match attachments.first() {
        Some(first) if written.is_empty() => format!("[{}]", first.name),
        None if written.is_empty() => "[empty]".into(),
        _ => cut(written, LONGEST).to_owned(),
    };
    // Twilio tells what it took for a wish to stop or begin again, where that is set up.
    let stop = match field("OptOutType") {
        Some(kind) => kind.eq_ignore_ascii_case("STOP"),
        None => stop::asks_to_stop(written, &config.stop_words),
    };
    Event::Message(Message {
        external_id: sid.to_owned(),
        threading: Threading::Thread(from.to_owned()),
        sender: from.to_owned(),
        sender_name: field("ProfileName").and_then(|name| one_line(name, 200)),
        segment: config.segment.clone(),
        text,
        attachments,
        automatic: stop.then(|| stop::REASON.to_owned()),
        answers: field("OriginalRepliedMessageSid").map(str::to_owned),
        ..Message::default()
    })
}

fn receipt(form: &[(String, String)], sid: &str, status: &str) -> Option<Event> {
    let state = match status {
        "sent" => DeliveryState::Sent,
        "delivered" => DeliveryState::Delivered,
        "read" => DeliveryState::Read,
        "failed" | "undelivered" | "canceled" => DeliveryState::Failed,
        // Accepted, scheduled, queued, sending: on its way, as we know.
        _ => return None,
    };
    let failed = state == DeliveryState::Failed;
    let code = value(form, "ErrorCode").filter(|code| failed && !code.is_empty());
    let reason = failed.then(|| reason(status, code));
    // Unknown, a landline, blocked by the customer (STOP): nothing arrives there.
    let dead = code.is_some_and(|code| matches!(code, "30005" | "30006" | "21610" | "21614"));
    let bad_address = value(form, "To").filter(|_| dead).map(str::to_owned);
    Some(Event::Delivery(Delivery { reason, bad_address, ..Delivery::new(sid, state) }))
}

fn reason(status: &str, code: Option<&str>) -> String {
    let words = match code {
        Some("30003") => "the handset cannot be reached",
        Some("30004") => "the message was blocked",
        Some("30005") => "the number is unknown",
        Some("30006") => "a landline, or a network that cannot be reached",
        Some("30007") => "a network took it for spam",
        Some("30008") => "an unknown fault of the network",
        Some("21610") => "the customer asked for no more messages",
        _ => status,
    };
    code.map_or_else(|| words.to_owned(), |code| format!("{code}: {words}"))
}
