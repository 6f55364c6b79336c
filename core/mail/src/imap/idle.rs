//! Waits until the server has news.

use std::future::Future;
use std::time::Duration;

use async_imap::imap_proto::Status;
use async_imap::imap_proto::types::{MailboxDatum, Response};

use super::ask::{hung_up, tell};
use super::session::{Fault, Open, SMALL, within};

/// Servers and boxes on the way forget silent connections; RFC 2177 says 29 minutes, many say less.
const LONGEST: Duration = Duration::from_secs(9 * 60);

/// Waits for news, by IDLE where the server has it, else for `poll`; `until` ends the wait earlier.
///
/// # Errors
/// [`Fault`].
pub async fn wait(
    open: &mut Open,
    poll: Duration,
    until: impl Future<Output = ()>,
) -> Result<(), Fault> {
    open.allowance.set(SMALL);
    if open.news {
        return Ok(());
    }
    if !open.idle {
        tokio::select! {
            () = tokio::time::sleep(poll) => {}
            () = until => {}
        }
        return tell(open, "NOOP").await;
    }
    let tag = within(open.imap.run_command("IDLE")).await?;
    // News may come before the server says that it listens.
    loop {
        let answer = within(open.imap.read_response()).await?.ok_or_else(hung_up)?;
        open.notice(answer.parsed());
        match answer.parsed() {
            Response::Continue { .. } => break,
            Response::Done { tag: done, .. } if *done == tag => {
                // It offers IDLE and refuses it: it is asked instead.
                open.idle = false;
                return Ok(());
            }
            _ => {}
        }
    }
    tokio::select! {
        came = news(open) => came?,
        () = tokio::time::sleep(LONGEST) => {}
        () = until => {}
    }
    within(open.imap.run_command_untagged("DONE")).await?;
    loop {
        let answer = within(open.imap.read_response()).await?.ok_or_else(hung_up)?;
        open.notice(answer.parsed());
        match answer.parsed() {
            Response::Done { tag: done, .. } if *done == tag => return Ok(()),
            _ => {}
        }
    }
}

/// Ends when there are new mails; may be dropped at any moment.
async fn news(open: &mut Open) -> Result<(), Fault> {
    while !open.news {
        open.allowance.set(SMALL);
        let answer = open.imap.read_response().await?.ok_or_else(hung_up)?;
        open.notice(answer.parsed());
        match answer.parsed() {
            Response::Data { status: Status::Bye, .. } => return Err(hung_up()),
            Response::MailboxData(MailboxDatum::Exists(_)) => open.news = true,
            _ => {}
        }
    }
    Ok(())
}
