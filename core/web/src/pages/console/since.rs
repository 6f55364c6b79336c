//! What is new in an open conversation, as fragments that htmx puts where they belong.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use kerros_app::error::Error;
use kerros_app::show::{self, Shown, show};
use kerros_app::timeline::{messages, timeline};
use kerros_domain::event::Event;
use kerros_domain::id::ConversationId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::conversation::{Beside, ENTRIES, built, id};
use crate::pages::answer;
use crate::pages::desk::Desk;
use crate::pages::view::conversation::Pane;
use crate::pages::view::timeline::{self as lines, Bubble, Cast, Item};
use crate::state::WebState;

/// From where to tell.
#[derive(Debug, Deserialize)]
pub struct After {
    after: Option<u64>,
    before: Option<u64>,
}

#[derive(Serialize)]
struct Since {
    pane: Pane,
    changed: Vec<Bubble>,
    /// A colleague has called, or somebody else has answered a call.
    attention_changed: bool,
    composer_changed: bool,
    composer_key: String,
}

/// `GET /console/c/{id}/since?after=`: 204 if nothing is.
pub async fn get(
    State(state): State<WebState>,
    desk: Desk,
    Path(path): Path<String>,
    Query(query): Query<After>,
) -> Response {
    let after = query.after.unwrap_or(0);
    let news = async {
        let id = id(&path)?;
        let seen = show::conversation(&state.ctx, &desk.caller, id).await?;
        Ok::<_, Error>((id, seen.seq > after))
    };
    match news.await {
        Err(error) => desk.fault(&error),
        Ok((_, false)) => StatusCode::NO_CONTENT.into_response(),
        Ok((id, true)) => tell(&state, &desk, id, after).await,
    }
}

/// Everything after a sequence.
pub async fn tell(state: &WebState, desk: &Desk, id: ConversationId, after: u64) -> Response {
    match read(state, desk, id, after).await {
        Ok(since) => answer::html(desk.lang(), "console/since.html", &since),
        Err(error) => desk.fault(&error),
    }
}

async fn read(
    state: &WebState,
    desk: &Desk,
    id: ConversationId,
    after: u64,
) -> Result<Since, Error> {
    let shown = show(&state.ctx, &desk.caller, id).await?;
    // Tags' confidence is read from the journal too, so the panel wants more than what is new.
    let from = shown.conversation.seq.saturating_sub(ENTRIES).min(after);
    let entries = timeline(&state.ctx, &desk.caller, id, from, 500).await?;
    let fresh: Vec<_> = entries.iter().filter(|e| e.seq > after).cloned().collect();
    let beside = Beside::read(state, &shown).await?;
    let mut pane = built(state, desk, &shown, &entries, &beside);
    let look = desk.look.at(&shown.tenant);
    let cast = cast(desk, &shown, &pane, &beside);
    let last_day = shown.messages.iter().rev().find(|m| m.seq <= after).map(|m| m.at);
    let items = lines::timeline(&look, &cast, &shown.messages, &fresh, last_day);
    let changed = shown
        .messages
        .iter()
        .filter(|m| m.seq <= after)
        .filter(|m| {
            fresh.iter().any(|e| match &e.event {
                Event::DeliveryChanged { message, .. } | Event::FileChanged { message, .. } => {
                    *message == m.id
                }
                _ => false,
            })
        })
        .map(|m| lines::bubble(&look, &cast, m))
        .collect();
    pane.timeline = items;
    let offers = pane.can.composer();
    let me = desk.caller.id();
    let attention_changed = fresh.iter().any(|entry| match &entry.event {
        Event::AgentCalled { .. } => true,
        // The reader's own answer leaves the line: it says what they came for.
        Event::Attended => entry.by != Some(me),
        _ => false,
    });
    Ok(Since {
        attention_changed,
        composer_changed: desk.fragment.composer.as_deref().is_some_and(|had| had != offers),
        composer_key: Uuid::from_bytes(state.ctx.ids.next(desk.look.now)).to_string(),
        pane,
        changed,
    })
}

/// Who is who in an open conversation.
pub fn cast<'a>(desk: &Desk, shown: &'a Shown, pane: &'a Pane, beside: &'a Beside) -> Cast<'a> {
    Cast {
        names: &shown.names,
        contact: &pane.contact,
        me: desk.caller.id(),
        targets: &shown.conversation.targets,
        tenant: &shown.tenant,
        details: &beside.details,
        composer: pane.can.reply.then_some(&pane.composer),
    }
}

/// `GET /console/c/{id}/earlier?before=`: the stretch before the first one shown.
pub async fn earlier(
    State(state): State<WebState>,
    desk: Desk,
    Path(path): Path<String>,
    Query(query): Query<After>,
) -> Response {
    let found = async {
        let id = id(&path)?;
        let before = query.before.unwrap_or(0);
        let from = before.saturating_sub(ENTRIES);
        let shown = show(&state.ctx, &desk.caller, id).await?;
        let mut entries = timeline(&state.ctx, &desk.caller, id, from, 500).await?;
        entries.retain(|e| e.seq <= before);
        let said = messages(&state.ctx, &desk.caller, id, from, 500).await?;
        // Of earlier messages the big things are asked for one by one.
        let beside = Beside::default();
        let pane = built(&state, &desk, &shown, &[], &beside);
        let look = desk.look.at(&shown.tenant);
        let cast = cast(&desk, &shown, &pane, &beside);
        let timeline = lines::timeline(&look, &cast, &said, &entries, None);
        Ok::<_, Error>((pane.id, timeline, Some(from).filter(|from| *from > 0)))
    };
    #[derive(Serialize)]
    struct Stretch {
        id: String,
        timeline: Vec<Item>,
        earlier: Option<u64>,
    }
    #[derive(Serialize)]
    struct Part {
        pane: Stretch,
    }
    match found.await {
        Err(error) => desk.fault(&error),
        Ok((id, timeline, earlier)) => answer::html(
            desk.lang(),
            "console/earlier.html",
            &Part { pane: Stretch { id, timeline, earlier } },
        ),
    }
}
