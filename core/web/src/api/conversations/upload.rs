//! Keep a file for an answer.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use kerros_app::caller::Caller;
use kerros_domain::id::ConversationId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::api::input::{Asked, At};
use crate::api::refusals::Changing;
use crate::files;
use crate::problem::Problem;
use crate::state::WebState;

/// How the file is called.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// Its name.
    #[serde(default)]
    name: String,
}

/// A file that waits for its answer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Upload)]
pub struct UploadBody {
    /// Name it in the answer's `files`.
    pub id: String,
    /// Its name as it is kept.
    pub name: String,
    /// Its media type as it is kept.
    pub media_type: String,
    /// How many bytes it has.
    pub bytes: u64,
}

/// Keep a file for an answer. What no answer takes goes away after three days.
#[utoipa::path(
    post,
    path = "/conversations/{conversation}/files",
    tag = "conversations",
    operation_id = "upload",
    params(("conversation" = String, Path, description = "The conversation"), Named),
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "Its bytes, at most 25 MiB; Content-Type is its media type"),
    responses((status = 201, description = "It is kept", body = UploadBody), Changing)
)]
pub async fn handler(
    State(state): State<WebState>,
    caller: Caller,
    At(conversation): At<ConversationId>,
    Asked(named): Asked<Named>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<UploadBody>), Problem> {
    let meta = files::keep(&state, &caller, conversation, &named.name, &headers, body).await?;
    let body =
        UploadBody { id: meta.id, name: meta.name, media_type: meta.media_type, bytes: meta.bytes };
    Ok((StatusCode::CREATED, Json(body)))
}
