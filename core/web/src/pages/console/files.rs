//! Files of conversations: shown or saved, and kept for an answer.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use kerros_app::error::Error;
use serde::{Deserialize, Serialize};

use super::conversation::id;
use crate::files;
use crate::pages::desk::Desk;
use crate::pages::view::attached::size;
use crate::problem::Problem;
use crate::state::WebState;

/// `GET …/files/{file}`.
pub async fn get(
    State(state): State<WebState>,
    desk: Desk,
    Path((path, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let (Ok(conversation), Ok(file)) = (id(&path), file.parse()) else {
        return desk.fault(&Error::NotFound);
    };
    match files::send(&state, &desk.caller, conversation, file, &headers).await {
        Ok(response) => response,
        Err(problem) if problem.status == StatusCode::NOT_FOUND => desk.fault(&Error::NotFound),
        Err(problem) => problem.into_response(),
    }
}

/// `GET …/m/{message}/original`: the mail that a message came as.
pub async fn original(
    State(state): State<WebState>,
    desk: Desk,
    Path((path, message)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let (Ok(conversation), Ok(message)) = (id(&path), message.parse()) else {
        return desk.fault(&Error::NotFound);
    };
    match files::send_original(&state, &desk.caller, conversation, message, &headers).await {
        Ok(response) => response,
        Err(problem) if problem.status == StatusCode::NOT_FOUND => desk.fault(&Error::NotFound),
        Err(problem) => problem.into_response(),
    }
}

/// How the file is called.
#[derive(Debug, Deserialize)]
pub struct Named {
    #[serde(default)]
    name: String,
}

/// A file that waits for its answer.
#[derive(Debug, Serialize)]
struct Kept {
    id: String,
    name: String,
    size: String,
}

/// `POST …/files?name=`: the reply box sends each file by itself, to show how far it is.
pub async fn keep(
    State(state): State<WebState>,
    desk: Desk,
    Path(path): Path<String>,
    Query(named): Query<Named>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let Ok(conversation) = id(&path) else { return Problem::not_found().into_response() };
    let kept = files::keep(&state, &desk.caller, conversation, &named.name, &headers, body).await;
    match kept {
        Ok(meta) => {
            let size = size(desk.look.say, meta.bytes);
            (StatusCode::CREATED, Json(Kept { id: meta.id, name: meta.name, size })).into_response()
        }
        Err(problem) => problem.into_response(),
    }
}
