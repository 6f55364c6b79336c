//! Email: a raw mail to a message, and a message to a mail. Mailboxes, SMTP, DKIM and sanitising are the host's; here
//! is what mails mean: who wrote what that is new, which conversation it says it belongs to, whether a machine wrote it,
//! and what became of a mail of ours.
//!
//! Start in [`receive`]: [`mime`] takes the mail apart, [`body`] sorts its parts, [`quote`] and [`html`] find what is
//! new, [`bounce`] and [`automatic`] tell people from machines. Outwards [`send`] writes and [`settle`] decides.

mod address;
mod attachment;
mod automatic;
mod body;
mod bounce;
mod calendar;
mod config;
mod content;
mod hook;
mod html;
mod language;
mod letter;
mod limit;
mod login;
mod mime;
mod quote;
mod receive;
mod send;
mod settle;
mod subject;
mod thread;
mod tnef;
mod verdict;
mod words;

#[cfg(any(test, feature = "fuzz"))]
pub mod borne;
#[cfg(test)]
mod tests;

use kerros_plugin::Error;
use kerros_plugin::channel::{Answer, Channel, Outgoing, Raw, Receipt, Secrets, Step};

use config::Config;

kerros_plugin::channel!(Email);

struct Email;

impl Channel for Email {
    type Config = Config;

    fn receive(config: &Config, raw: &Raw, secrets: &impl Secrets) -> Result<Receipt, Error> {
        receive::receive(config, raw, secrets)
    }

    fn send(config: &Config, message: &Outgoing, so_far: &[Answer]) -> Result<Step, Error> {
        Ok(settle::step(config, message, so_far))
    }
}
