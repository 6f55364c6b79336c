//! `GET /console/c/{id}`: a conversation, beside the queue or as the pane alone.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::response::Response;
use kerros_app::answer::copies;
use kerros_app::details::of_last;
use kerros_app::error::Error;
use kerros_app::ports::store::{Contact, Scope};
use kerros_app::show::{Shown, show};
use kerros_app::timeline::timeline;
use kerros_domain::about::{Details, Party};
use kerros_domain::conversation::Conversation;
use kerros_domain::event::Entry;
use kerros_domain::id::{ConversationId, MessageId};
use serde::Serialize;
use uuid::Uuid;

use super::inbox::{Inbox, Wanted, queue_for};
use crate::pages::answer;
use crate::pages::desk::Desk;
use crate::pages::view::conversation::{Facts, Pane};
use crate::state::WebState;

/// How many journal entries are shown at once.
pub const ENTRIES: u64 = 400;

/// Of how many messages everything is shown at once; of earlier ones it is asked for.
const WITH_DETAILS: usize = 30;

/// A conversation's id from an address; anything else is nothing of ours.
pub fn id(text: &str) -> Result<ConversationId, Error> {
    text.parse().map_err(|_| Error::NotFound)
}

/// `GET /console/c/{id}`.
pub async fn get(
    State(state): State<WebState>,
    desk: Desk,
    Path(path): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Response {
    let alone = desk.fragment.is_for("pane");
    let made = async {
        let pane = pane(&state, &desk, id(&path)?).await?;
        let queue = if alone { None } else { Some(queue_for(&state, &desk, &wanted).await?) };
        Ok::<_, Error>((pane, queue))
    };
    let composer_key = Uuid::from_bytes(state.ctx.ids.next(desk.look.now)).to_string();
    match made.await {
        Err(error) => desk.fault(&error),
        Ok((pane, None)) => {
            #[derive(Serialize)]
            struct Part {
                pane: Pane,
                composer_key: String,
            }
            answer::html(desk.lang(), "console/pane_alone.html", &Part { pane, composer_key })
        }
        Ok((pane, Some(queue))) => {
            let title = pane.contact.name.clone();
            let mut shell =
                desk.shell("inbox", "nav-inbox", Inbox { queue, pane: Some(pane), composer_key });
            shell.title = title;
            answer::html(desk.lang(), "console/inbox.html", &shell)
        }
    }
}

async fn pane(state: &WebState, desk: &Desk, id: ConversationId) -> Result<Pane, Error> {
    let shown = show(&state.ctx, &desk.caller, id).await?;
    let after = shown.conversation.seq.saturating_sub(ENTRIES);
    let entries = timeline(&state.ctx, &desk.caller, id, after, 500).await?;
    let beside = Beside::read(state, &shown).await?;
    let mut pane = built(state, desk, &shown, &entries, &beside);
    pane.earlier = Some(after).filter(|after| *after > 0);
    Ok(pane)
}

/// What lies beside a conversation's messages.
#[derive(Default)]
pub struct Beside {
    /// The big things of its last messages.
    pub details: BTreeMap<MessageId, Details>,
    /// Who gets a copy of an answer.
    pub copies: Vec<Party>,
}

impl Beside {
    /// Of a conversation.
    ///
    /// # Errors
    /// `Unavailable` without a database.
    pub async fn read(state: &WebState, shown: &Shown) -> Result<Self, Error> {
        let scope = Scope::One(shown.conversation.tenant.clone());
        let details = of_last(&state.ctx, &scope, &shown.messages, WITH_DETAILS).await?;
        let copies = copies(&state.ctx, &shown.conversation).await?;
        Ok(Self { details, copies })
    }
}

/// A pane of what was read.
#[must_use]
pub fn built(
    state: &WebState,
    desk: &Desk,
    shown: &Shown,
    entries: &[Entry],
    beside: &Beside,
) -> Pane {
    let nobody;
    let contact = match &shown.contact {
        Some(contact) => contact,
        None => {
            nobody = forgotten(&shown.conversation);
            &nobody
        }
    };
    let facts = Facts {
        tenant: &Arc::clone(&shown.tenant),
        conversation: &shown.conversation,
        contact,
        messages: &shown.messages,
        entries,
        others: &shown.others,
        names: &shown.names,
        faults: &state.faults.all(),
        details: &beside.details,
        copies: &beside.copies,
    };
    Pane::of(&desk.look, &desk.caller, &facts)
}

/// What is left of a contact that is gone.
fn forgotten(c: &Conversation) -> Contact {
    Contact {
        id: c.contact,
        tenant: c.tenant.clone(),
        name: None,
        language: c.language.clone(),
        segment: c.segment.clone(),
        attributes: BTreeMap::new(),
        addresses: Vec::new(),
        created_at: c.opened_at,
        bad_addresses: Vec::new(),
    }
}
