//! What happens to mails on the server once they are committed.

use super::ask::tell;
use super::session::{Fault, Open};
use super::{folder, set};
use crate::account::After;

/// Marks, moves or deletes mails. Doing it twice does no more.
///
/// # Errors
/// [`Fault`].
pub async fn apply(open: &mut Open, after: &After, uids: &[u32]) -> Result<(), Fault> {
    if uids.is_empty() {
        return Ok(());
    }
    let uids = set::written(uids);
    match after {
        After::Leave => Ok(()),
        After::Seen => tell(open, &format!("UID STORE {uids} +FLAGS.SILENT (\\Seen)")).await,
        After::Move(to) => {
            let to = quoted(&folder::encoded(to));
            if open.moves {
                return tell(open, &format!("UID MOVE {uids} {to}")).await;
            }
            tell(open, &format!("UID COPY {uids} {to}")).await?;
            delete(open, &uids).await
        }
        After::Delete => delete(open, &uids).await,
    }
}

/// Without UIDPLUS they are only marked: a plain EXPUNGE would take what somebody else marked too.
async fn delete(open: &mut Open, uids: &str) -> Result<(), Fault> {
    tell(open, &format!("UID STORE {uids} +FLAGS.SILENT (\\Seen \\Deleted)")).await?;
    if open.uid_plus { tell(open, &format!("UID EXPUNGE {uids}")).await } else { Ok(()) }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
}
