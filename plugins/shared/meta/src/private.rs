//! A private answer to what all can read. Meta takes one for each comment or post, and brings it to whoever wrote that;
//! the talk goes on when they answer
//! (<https://developers.facebook.com/docs/messenger-platform/discovery/private-replies>).

use kerros_plugin::channel::{Outcome, Outgoing};

use crate::talk::CLOSED;

/// Stands between the id of what was changed and the moment of the change.
pub const EDIT: &str = ":edit:";

/// The comment that a private answer goes to: the one that is answered, and not the first of its thread, which somebody
/// else may have written.
///
/// # Errors
/// The refusal, if it is not known which comment is answered or if it has its answer.
pub fn comment(message: &Outgoing) -> Result<&str, Outcome> {
    let answered = message.answers.as_deref().map(original).filter(|id| is_public(id));
    let Some(id) = answered else {
        return Err(refused("which comment this answers is not known, so nobody gets it"));
    };
    once(message, id)?;
    Ok(id)
}

/// Whether a comment or post has no private answer yet, as far as the thread tells.
///
/// # Errors
/// The refusal, if it has one.
pub fn once(message: &Outgoing, id: &str) -> Result<(), Outcome> {
    // The newest stand first: what stands before its first mention was written after it.
    let before = message.references.iter().rposition(|other| original(other) == id);
    let later = message.references.iter().take(before.unwrap_or(usize::MAX));
    if later.map(|other| original(other)).all(is_public) {
        return Ok(());
    }
    let reason =
        "it has its private answer, and Meta takes only one: go on where the customer answers it";
    Err(refused(reason))
}

fn refused(reason: &str) -> Outcome {
    CLOSED.iter().fold(Outcome::rejected(reason), |outcome, other| outcome.instead(*other))
}

/// The id of what was changed, for the id of its change.
fn original(id: &str) -> &str {
    id.split_once(EDIT).map_or(id, |(original, _)| original)
}

/// Whether an id is a comment's or post's. Those are numbers; ids of private messages hold letters.
fn is_public(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(answers: Option<&str>, references: &[&str]) -> Option<String> {
        let message = Outgoing {
            answers: answers.map(str::to_owned),
            references: references.iter().map(|&id| id.to_owned()).collect(),
            ..Outgoing::default()
        };
        comment(&message).ok().map(str::to_owned)
    }

    #[test]
    fn the_comment_that_is_answered_gets_one_answer() {
        for (answers, references, expected) in [
            (Some("1_8"), &["1_8"][..], Some("1_8")),
            (Some("1_8:edit:179"), &["1_8:edit:179", "1_8"], Some("1_8")),
            // A later comment has an answer of its own, and what was answered in public counts for none.
            (Some("1_9"), &["1_9", "m_A", "1_8"], Some("1_9")),
            (Some("1_8"), &["1_9", "1_8"], Some("1_8")),
            (Some("1_8"), &["m_A", "1_8"], None),
            (Some("1_8:edit:179"), &["1_8:edit:179", "m_A", "1_8"], None),
            (Some("1_8"), &["aWdfZ", "1_9"], None),
            (Some("m_A"), &[], None),
            (Some("../me"), &[], None),
            (Some(""), &[], None),
            (None, &["1_8"], None),
        ] {
            assert_eq!(
                asked(answers, references).as_deref(),
                expected,
                "{answers:?} {references:?}"
            );
        }
    }
}
