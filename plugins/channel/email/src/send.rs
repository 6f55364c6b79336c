//! A message as a mail.

use kerros_plugin::Part;
use kerros_plugin::channel::{Mail, Outgoing, Participant};
use kerros_plugin::text::one_line;

use crate::config::Config;
use crate::{address, automatic, letter, subject, thread, words};

/// The longest local part of an address (RFC 5321).
const LONGEST_LOCAL: usize = 64;

/// Why there can be no mail.
pub struct NoMail {
    pub reason: String,
    pub bad_address: bool,
}

/// The mail, or why there can be none.
pub fn mail(config: &Config, message: &Outgoing) -> Result<Mail, NoMail> {
    if !matches!(message.kind.as_str(), "" | "reply" | "automatic") {
        let reason = format!("a mail carries answers, no {}", message.kind);
        return Err(NoMail { reason, bad_address: false });
    }
    let to = address::clean(&message.recipient)
        .ok_or_else(|| NoMail { reason: "not a mail address".into(), bad_address: true })?;
    let by_machine = message.kind == "automatic" || message.author != "person";
    let form = config.number.as_str();
    let line = message.subject.as_deref().unwrap_or_default();
    let line = if line.trim().is_empty() { words::no_subject(&message.language) } else { line };
    let references = references(message);
    let answered =
        message.answers.clone().filter(|id| is_id(id)).or_else(|| references.last().cloned());
    let letter = letter::write(config, message, &written(message));
    Ok(Mail {
        sender: sender(config, message),
        sender_name: sender_name(config, message, by_machine),
        recipients: recipients(config, message, to),
        reply_to: reply_to(config, message),
        subject: one_line(&subject::answer(line, answered.is_some(), form, message.number), 900)
            .unwrap_or_default(),
        message_id: message_id(config, message),
        in_reply_to: answered,
        references,
        headers: headers(config, message, by_machine),
        text: letter.text,
        html: Some(letter.html),
        files: message.files.iter().map(|file| file.id.clone()).collect(),
    })
}

/// The same for each attempt, so that a mail that went out twice is one in the customer's box.
pub fn message_id(config: &Config, message: &Outgoing) -> String {
    let domain = config.address.rsplit('@').next().unwrap_or_default();
    let id: String = message
        .message_id
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
        .collect();
    format!("{id}@{domain}")
}

/// The alias that the customer wrote to, if answers go out from it; else the main address.
fn sender(config: &Config, message: &Outgoing) -> String {
    let mut ours = message.participants.iter().filter(|participant| participant.role == "own");
    let alias = ours.find_map(|participant| config.alias(&participant.address));
    alias.unwrap_or(&config.address).to_owned()
}

fn sender_name(config: &Config, message: &Outgoing, by_machine: bool) -> String {
    let name = if by_machine || message.author_name.trim().is_empty() {
        config.name.clone()
    } else {
        config.sender_name.replace("{name}", &config.name).replace("{author}", &message.author_name)
    };
    // A tenant without a name leaves a comma behind.
    one_line(name.trim_matches([' ', ',', '/', '|', '-', '\u{b7}']), 200).unwrap_or_default()
}

fn recipients(config: &Config, message: &Outgoing, to: String) -> Vec<Participant> {
    let own = |role: &str, address: String, name: Option<String>| Participant {
        role: role.into(),
        address,
        name,
    };
    let mut people = vec![own("to", to, None)];
    for other in message.participants.iter().filter(|other| other.role != "own") {
        let Some(address) = address::clean(&other.address) else { continue };
        if let Some(known) = people.iter_mut().find(|known| address::same(&known.address, &address))
        {
            known.name = known.name.take().or_else(|| other.name.clone());
        } else if !config.owns(&address, None) {
            let role = if other.role == "cc" { "cc" } else { "to" };
            people.push(own(role, address, other.name.clone()));
        }
    }
    people
}

/// The answer address with this conversation's token.
fn reply_to(config: &Config, message: &Outgoing) -> Option<String> {
    let form = config.reply_form();
    if form.is_empty() || message.reply_token.is_empty() {
        return None;
    }
    let address = address::clean(&form.replace(thread::TOKEN, &message.reply_token))?;
    // Too long for some servers: the references must do.
    let local = address.rsplit_once('@').map_or(0, |(local, _)| local.len());
    (local <= LONGEST_LOCAL).then_some(address)
}

/// The oldest first, the answered one last, as RFC 5322 3.6.4 has it.
fn references(message: &Outgoing) -> Vec<String> {
    let mut references: Vec<String> = Vec::new();
    for id in message.references.iter().rev().filter(|id| is_id(id)) {
        if !references.contains(id) {
            references.push(id.clone());
        }
    }
    if let Some(answered) = message.answers.as_ref().filter(|id| is_id(id)) {
        references.retain(|id| id != answered);
        references.push(answered.clone());
    }
    references
}

/// Whether an external id is a Message-ID. Of mails without one we made an id of our own.
fn is_id(id: &str) -> bool {
    id.contains('@')
        && id.len() <= 500
        && !id.contains(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>'))
}

fn headers(config: &Config, message: &Outgoing, by_machine: bool) -> Vec<(String, String)> {
    let mut headers = vec![(automatic::OWN_LOOP.to_owned(), config.address.clone())];
    if by_machine {
        for (name, value) in [
            ("Auto-Submitted", "auto-replied"),
            ("Precedence", "bulk"),
            ("X-Auto-Response-Suppress", "All"),
        ] {
            headers.push((name.into(), value.into()));
        }
    }
    let plain = |c: char| c.is_ascii_alphabetic() || c == '-';
    if !message.language.is_empty() && message.language.chars().all(plain) {
        headers.push(("Content-Language".into(), message.language.clone()));
    }
    headers
}

/// The text with choices, articles and links below it.
fn written(message: &Outgoing) -> String {
    let mut text = message.text.trim().to_owned();
    let mut below = Vec::new();
    for part in &message.parts {
        match part {
            Part::Button { label, .. } => below.push(format!("\u{2022} {label}")),
            Part::Article { title, url, .. } => below.push(format!("{title}\n{url}")),
            Part::Link { name, url, .. } => below.push(format!("{name}\n{url}")),
        }
    }
    if !below.is_empty() {
        if !text.is_empty() {
            text.push_str("\n\n");
        }
        text.push_str(&below.join("\n\n"));
    }
    text
}
