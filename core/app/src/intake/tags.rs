//! Tags that taggers suggest for the customer's newest message.

use futures::future::join_all;
use kerros_domain::command::Command;
use kerros_domain::id::Tag;
use kerros_domain::message::Author;

use crate::clean;
use crate::ctx::Ctx;
use crate::draft::Draft;
use crate::ports::plugin::Call;
use crate::ports::store::Contact;
use crate::ports::tagger::Suggestion;
use crate::view;

/// At most this many tags are put on by one message.
const MOST: usize = 10;
/// A tagger less sure than this only guesses. Percent.
const SURE: u8 = 50;
/// Taggers put no more tags on a conversation that has this many.
const FULL: usize = 50;

/// Lets every tagger look at the newest customer message of this step and puts on what they are sure
/// of. A tagger that fails suggests nothing. The view carries that one message: so a message costs no
/// read of those before it.
pub(super) async fn suggest(ctx: &Ctx, draft: &mut Draft, senders: &[(String, Contact)]) {
    let newest = draft.messages.iter().rfind(|message| message.author == Author::Contact);
    let Some(newest) = newest else { return };
    let tenant = draft.tenant.clone();
    if tenant.taggers.is_empty() || draft.conversation.tags.len() >= FULL {
        return;
    }
    let contact = senders
        .iter()
        .map(|(_, contact)| contact)
        .find(|contact| contact.id == draft.conversation.contact);
    let view = view::conversation(&draft.conversation, contact, std::iter::once(newest));
    let trace = draft.trace.clone();
    let asked = tenant.taggers.iter().map(|plugin| {
        let call = Call { tenant: &tenant.policy.id, plugin, trace: &trace };
        ctx.taggers.tag(call, &view)
    });
    let mut suggestions: Vec<Suggestion> = Vec::new();
    for answer in join_all(asked).await {
        match answer {
            Ok(mut tags) => {
                tags.truncate(100);
                suggestions.extend(tags);
            }
            Err(error) => {
                tracing::warn!(tenant = %tenant.policy.id, trace, %error, "a tagger suggests nothing");
            }
        }
    }
    for (tag, confidence) in best(suggestions, &tenant.policy.tags) {
        if let Err(error) = draft.follow(Command::AddTag { tag, confidence: Some(confidence) }) {
            tracing::debug!(trace, %error, "a suggested tag was refused");
        }
    }
}

/// The surest tags of the tenant's set, each once.
fn best(mut suggestions: Vec<Suggestion>, allowed: &[Tag]) -> Vec<(Tag, u8)> {
    suggestions.sort_by(|a, b| b.confidence.cmp(&a.confidence).then_with(|| a.tag.cmp(&b.tag)));
    let mut tags: Vec<(Tag, u8)> = Vec::new();
    for suggestion in suggestions {
        let name = clean::line(&suggestion.tag, 64);
        let fits = suggestion.confidence >= SURE
            && !name.is_empty()
            && (allowed.is_empty() || allowed.iter().any(|tag| tag.as_str() == name))
            && !tags.iter().any(|(tag, _)| tag.as_str() == name);
        if fits {
            tags.push((Tag::from(name), suggestion.confidence.min(100)));
        }
        if tags.len() == MOST {
            break;
        }
    }
    tags
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_sure_known_tags_once_and_the_surest_first() {
        let says = |tag: &str, confidence| Suggestion { tag: tag.into(), confidence };
        let allowed = ["billing", "travel"].map(Tag::from);
        let suggested = vec![
            says("billing", 60),
            says("travel", 240),
            says("billing", 90),
            says("made-up", 99),
            says("travel", 10),
            says("", 99),
        ];
        let expected = vec![(Tag::from("travel"), 100), (Tag::from("billing"), 90)];
        assert_eq!(best(suggested, &allowed), expected);
        let many = (0..40).map(|n| says(&format!("t{n}"), 80)).collect();
        assert_eq!(best(many, &[]).len(), MOST);
    }
}
