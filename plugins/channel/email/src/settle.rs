//! What the mail server's answers mean, and what to do next.

use kerros_plugin::channel::{Answer, Mail, MailResponse, Outcome, Outgoing, Step};

use crate::bounce::gone;
use crate::config::Config;
use crate::limit::{self, Limit};
use crate::{address, login, send};

/// After so many attempts nobody waits any more for a copy that its server puts off.
const PATIENCE: u32 = 6;
/// As long as it is our own account that may not send, it is more: the host tries 16 times.
const OUR_PATIENCE: u32 = 14;
const HOUR_MS: u64 = 3_600_000;

/// The next step: the mail; then, to recipients that were put off while others took it, the same mail once more; then
/// the outcome.
pub fn step(config: &Config, message: &Outgoing, so_far: &[Answer]) -> Step {
    if let Some(Answer::Failed(failed)) = so_far.last()
        && failed.temporary
    {
        return retry(&failed.reason);
    }
    let mail = match send::mail(config, message) {
        Ok(mail) => mail,
        Err(fault) => return rejected(fault.reason, fault.bad_address),
    };
    let Some(last) = so_far.last() else { return mail.into() };
    let answer = match last {
        Answer::Mail(answer) => answer,
        Answer::Http(_) => return rejected("the answer of no mail server".into(), false),
        Answer::Failed(failed) => return rejected(failed.reason.clone(), false),
    };
    // Who was left out the first time stands in the first answer.
    let first = match so_far.first() {
        Some(Answer::Mail(first)) if so_far.len() > 1 => Some(first),
        _ => None,
    };
    match answer.code {
        200..=299 => taken(message, mail, answer, first.is_none()),
        _ => match first {
            Some(first) => put_off(message, &mail, first, answer),
            None => pause_by(message, answer).unwrap_or_else(|| refused(answer)),
        },
    }
}

/// The server took it, for some recipients at least.
fn taken(message: &Outgoing, mail: Mail, answer: &MailResponse, first: bool) -> Step {
    let main = answer.refused.iter().find(|(to, _)| address::same(to, &message.recipient));
    if let Some((to, words)) = main.filter(|(_, words)| is_hard(words)) {
        return rejected(format!("{to}: {words}"), gone("", words));
    }
    let waiting: Vec<&str> = answer
        .refused
        .iter()
        .filter(|(_, words)| !is_hard(words))
        .map(|(to, _)| to.as_str())
        .collect();
    if waiting.is_empty() {
        return sent(&mail);
    }
    if first {
        return only_to(mail, &waiting).into();
    }
    if let Some(pause) = answer.refused.iter().find_map(|(_, words)| limited(message, words)) {
        return hold(message, &mail, main.is_some(), pause);
    }
    wait(message, &mail, main.is_some(), "recipients were put off")
}

/// The second mail, to those who were put off, was not taken either.
fn put_off(message: &Outgoing, mail: &Mail, first: &MailResponse, answer: &MailResponse) -> Step {
    let main = first.refused.iter().any(|(to, _)| address::same(to, &message.recipient));
    if let Some(pause) = pause_by(message, answer) {
        return hold(message, mail, main, pause);
    }
    if answer.code < 500 {
        return wait(message, mail, main, &said(answer));
    }
    if main { refused(answer) } else { sent(mail) }
}

fn wait(message: &Outgoing, mail: &Mail, main: bool, reason: &str) -> Step {
    // The customer has it; a copy that never gets through is no reason to call it failed.
    if !main && message.attempt >= PATIENCE { sent(mail) } else { retry(reason) }
}

/// A copy waits for our own account longer than for its server, and not for ever either.
fn hold(message: &Outgoing, mail: &Mail, main: bool, pause: Step) -> Step {
    if !main && message.attempt >= OUR_PATIENCE { sent(mail) } else { pause }
}

/// All of the channel waits if the server's answer is about us, whatever this mail is.
fn pause_by(message: &Outgoing, answer: &MailResponse) -> Option<Step> {
    let words = said(answer);
    if let Some(pause) = limited(message, &words) {
        return Some(pause);
    }
    if !login::is_refused(answer) {
        return (answer.code == 421).then(|| pause(&words, None));
    }
    // An operator has to mend it, and more tries would only lock the account.
    let later = if message.attempt < 4 { HOUR_MS / 4 } else { HOUR_MS };
    Some(pause(&words, (answer.code >= 500).then_some(later)))
}

/// A day's quota comes back bit by bit within the day: the host's attempts have to last for it.
fn limited(message: &Outgoing, words: &str) -> Option<Step> {
    let after_ms = match limit::read(words)? {
        Limit::Short => None,
        Limit::Long => Some(if message.attempt < 4 { HOUR_MS } else { 2 * HOUR_MS }),
    };
    Some(pause(words, after_ms))
}

/// The whole mail was refused.
fn refused(answer: &MailResponse) -> Step {
    let words = said(answer);
    match answer.code {
        500..=599 => {
            let bad = gone(&answer.enhanced, &words)
                || answer.refused.iter().any(|(_, words)| gone("", words) && is_hard(words));
            rejected(words, bad)
        }
        _ => retry(&words),
    }
}

fn only_to(mut mail: Mail, waiting: &[&str]) -> Mail {
    mail.recipients.retain(|person| waiting.iter().any(|to| address::same(to, &person.address)));
    mail
}

/// Whether it is over for this recipient. That we sent enough for now is no word about them.
fn is_hard(words: &str) -> bool {
    words.trim_start().starts_with('5') && limit::read(words).is_none()
}

fn said(answer: &MailResponse) -> String {
    let mut words = answer.code.to_string();
    for piece in [&answer.enhanced, &answer.text] {
        if !piece.is_empty() && !words.contains(piece.as_str()) {
            words.push(' ');
            words.push_str(piece);
        }
    }
    if let Some((to, said)) = answer.refused.first() {
        words.push_str(&format!(" ({to}: {said})"));
    }
    words
}

fn sent(mail: &Mail) -> Step {
    Step::Settled(Outcome::sent(Some(mail.message_id.clone())))
}

fn retry(reason: &str) -> Step {
    Step::Settled(Outcome::retry(reason))
}

fn pause(reason: &str, after_ms: Option<u64>) -> Step {
    Step::Settled(Outcome::RetryAfter { after_ms, whole_channel: true, reason: reason.into() })
}

fn rejected(reason: String, bad_address: bool) -> Step {
    Step::Settled(Outcome::Rejected { reason, alternatives: Vec::new(), bad_address })
}
