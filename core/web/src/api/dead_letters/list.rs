//! The dead letters of the caller's tenants.

use axum::Json;
use axum::extract::State;
use kerros_app::caller::Caller;
use kerros_app::dead_letters;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::names::JobKind;
use crate::api::refusals::Reading;
use crate::problem::Problem;
use crate::state::WebState;

/// Dead letters.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeadLetterList)]
pub struct List {
    /// Newest first, at most 500.
    pub items: Vec<DeadLetterBody>,
}

/// Work that was given up.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeadLetterBody {
    /// The job; retry it by this.
    pub job: String,
    /// Whose.
    pub tenant: String,
    /// What it did.
    pub kind: JobKind,
    /// Attempts made.
    pub attempts: u32,
    /// Why it was given up.
    pub error: String,
    /// Since when.
    pub at_ms: i64,
    /// The conversation, if it was a delivery.
    pub conversation: Option<String>,
    /// The message that was not delivered.
    pub message: Option<String>,
    /// The customer's name, if it is known.
    pub contact_name: Option<String>,
    /// The channel that it came or was to go by.
    pub channel: Option<String>,
    /// The message may have gone out all the same: trying again may send it twice.
    pub maybe_sent: bool,
}

/// List dead letters (supervisors)
#[utoipa::path(
    get,
    path = "/dead-letters",
    tag = "operations",
    operation_id = "list_dead_letters",
    responses((status = 200, description = "The dead letters of your tenants", body = List), Reading)
)]
pub async fn handler(State(state): State<WebState>, caller: Caller) -> Result<Json<List>, Problem> {
    let letters = dead_letters::told(&state.ctx, &caller, 500).await?;
    let items = letters
        .into_iter()
        .map(|told| DeadLetterBody {
            job: told.letter.job.to_string(),
            tenant: told.letter.tenant.to_string(),
            kind: told.letter.kind.into(),
            attempts: told.letter.attempts,
            error: told.letter.error,
            at_ms: told.letter.at.0,
            conversation: told.conversation.map(|conversation| conversation.id.to_string()),
            message: told.letter.message.map(|message| message.to_string()),
            contact_name: told.contact_name,
            channel: told.channel.map(|channel| channel.to_string()),
            maybe_sent: told.maybe_sent,
        })
        .collect();
    Ok(Json(List { items }))
}
