//! What colleagues write in the thread of a case, and calls that customers ask for.

use kerros_domain::about::{Party, PartyRole};
use kerros_domain::command::Command;
use kerros_domain::conversation::State;
use kerros_domain::message::{Author, Visibility};
use kerros_domain::time::Timestamp;

use super::attached::Ready;
use super::sender::Sender;
use super::{Made, Step};
use crate::draft::NewMessage;
use crate::ports::channel::{CallRequest, CaseNote};
use crate::work::Failure;

/// A note in a thread that is not known (yet) is tried again until this attempt.
const TRIES: u32 = 6;

impl Step<'_> {
    /// A note in a case's thread becomes an internal one; a mention calls the person who has it.
    pub(super) async fn case_note(
        &self,
        made: &mut Made,
        note: &CaseNote,
        ready: &Ready,
    ) -> Result<(), Failure> {
        let store = &self.ctx.store;
        let found = store.case_of(&self.job.tenant, &self.channel, &note.thread).await?;
        let index = match found {
            Some(id) => self.existing(made, id).await?,
            None if self.job.attempt < TRIES => {
                // It may have overtaken the commit that posted the case.
                return Err(Failure::Failed("a note in an unknown thread".into()));
            }
            None => None,
        };
        let Some(index) = index else {
            tracing::info!(trace = self.job.trace, channel = %self.channel, "a note in an unknown thread");
            return Ok(());
        };
        let draft = &mut made.drafts[index];
        let id = self.ctx.message_id(self.ctx.now());
        let mut new = NewMessage::new(
            id,
            Author::System,
            Visibility::Internal,
            note.text.clone(),
            self.written(note.at_ms),
        );
        new.external_id = Some(note.external_id.clone());
        new.about = ready.about.clone();
        new.about.via = Some(self.channel.clone());
        new.about.sender = Some(Party {
            role: PartyRole::From,
            address: note.author.clone(),
            name: Some(note.author_name.clone()).filter(|name| !name.is_empty()),
        });
        if let Err(error) = draft.say(self.ctx, new) {
            tracing::warn!(trace = self.job.trace, %error, "a colleague's note was refused");
            return Ok(());
        }
        self.fetch_files(draft, id, ready);
        if note.calls_agent {
            let by = if note.author_name.is_empty() { &note.author } else { &note.author_name };
            if let Err(error) = draft.follow(Command::CallAgent { by: by.clone() }) {
                tracing::debug!(trace = self.job.trace, %error, "nobody to call");
            }
        }
        Ok(())
    }

    /// A wish to be called: a conversation with people, and a call to make.
    pub(super) async fn call_request(
        &self,
        made: &mut Made,
        request: &CallRequest,
        ready: &Ready,
    ) -> Result<(), Failure> {
        let thread = format!("call:{}", request.number);
        let sender = Sender::caller(request, &thread);
        let index = self.conversation(made, &sender, false).await?;
        let draft = &mut made.drafts[index];
        let id = self.ctx.message_id(self.ctx.now());
        let text =
            if request.text.is_empty() { request.number.clone() } else { request.text.clone() };
        let mut new = NewMessage::new(id, Author::Contact, Visibility::Public, text, self.arrived);
        new.external_id = Some(request.external_id.clone());
        new.about = ready.about.clone();
        new.details = ready.details.clone();
        if let Err(error) = draft.say(self.ctx, new) {
            tracing::error!(trace = self.job.trace, %error, "a wish to be called was refused");
            return Ok(());
        }
        if draft.conversation.state == State::Bot
            && let Err(error) = draft.follow(Command::HandOff { to: None })
        {
            tracing::warn!(trace = self.job.trace, %error, "nobody to hand off to");
        }
        let command = Command::RequestCall {
            number: request.number.clone(),
            not_before: request.not_before_ms.map(Timestamp),
        };
        if let Err(error) = draft.follow(command) {
            tracing::error!(trace = self.job.trace, %error, "a call was refused");
        }
        Ok(())
    }
}
