//! Asks the server and reads its answers to the end.
//!
//! The client's own commands take a lost connection, and a NO, for an empty answer; a mail that seems gone
//! would be skipped. Here only a tagged OK is the end.

use async_imap::imap_proto::types::{AttributeValue, MailboxDatum};
use async_imap::imap_proto::{RequestId, Response, Status};

use super::session::{Fault, Open, within};

/// The answers to one command.
#[derive(Debug)]
pub struct Answers<'a> {
    open: &'a mut Open,
    tag: RequestId,
}

/// Sends a command.
///
/// # Errors
/// [`Fault`].
pub async fn ask<'a>(open: &'a mut Open, command: &str) -> Result<Answers<'a>, Fault> {
    let tag = within(open.imap.run_command(command)).await?;
    Ok(Answers { open, tag })
}

/// Sends a command that answers nothing worth reading.
///
/// # Errors
/// [`Fault`].
pub async fn tell(open: &mut Open, command: &str) -> Result<(), Fault> {
    let mut answers = ask(open, command).await?;
    while answers.next().await?.is_some() {}
    Ok(())
}

impl Answers<'_> {
    /// The next answer; `None` once the server said OK.
    ///
    /// # Errors
    /// [`Fault`]: it said no, hung up, or is silent.
    pub async fn next(&mut self) -> Result<Option<Answer>, Fault> {
        let answer = within(self.open.imap.read_response()).await?;
        let Some(answer) = answer else { return Err(hung_up()) };
        let answer = answer.parsed();
        self.open.notice(answer);
        match answer {
            Response::Done { tag, status, information, .. } if *tag == self.tag => match status {
                Status::Ok => Ok(None),
                _ => Err(said_no(information.as_deref())),
            },
            Response::Data { status: Status::Bye, .. } => Err(hung_up()),
            other => Ok(Some(read(other))),
        }
    }
}

pub(super) fn hung_up() -> Fault {
    Fault::Network("the server hung up".to_owned())
}

fn said_no(words: Option<&str>) -> Fault {
    let words: String = words.unwrap_or_default().chars().take(200).collect();
    Fault::Network(format!("the server said no: {words}"))
}

impl Open {
    /// Remembers that there are new mails.
    pub(super) fn notice(&mut self, answer: &Response<'_>) {
        if let Response::MailboxData(MailboxDatum::Exists(_)) = answer {
            self.news = true;
        }
    }
}

/// What an answer says.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    /// Of a mail.
    Mail {
        /// Which.
        uid: Option<u32>,
        /// Its size, as the server says.
        size: Option<u32>,
        /// Its bytes, or those that were asked for.
        body: Option<Vec<u8>>,
    },
    /// Mails that fit a search.
    Found(Vec<u32>),
    /// Nothing that is looked for.
    Other,
}

fn read(answer: &Response<'_>) -> Answer {
    match answer {
        Response::MailboxData(MailboxDatum::Search(uids)) => Answer::Found(uids.clone()),
        Response::Fetch(_, attributes) => {
            let (mut uid, mut size, mut body) = (None, None, None);
            for attribute in attributes {
                match attribute {
                    AttributeValue::Uid(found) => uid = Some(*found),
                    AttributeValue::Rfc822Size(found) => size = Some(*found),
                    AttributeValue::BodySection { section: None, data: Some(data), .. } => {
                        body = Some(data.to_vec());
                    }
                    _ => {}
                }
            }
            Answer::Mail { uid, size, body }
        }
        _ => Answer::Other,
    }
}
