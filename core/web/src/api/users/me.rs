//! The caller.

use axum::Json;
use kerros_app::caller::Caller;

use crate::api::body::UserBody;
use crate::api::refusals::Reading;

/// You
#[utoipa::path(
    get,
    path = "/users/me",
    tag = "people",
    operation_id = "me",
    responses((status = 200, description = "You", body = UserBody), Reading)
)]
pub async fn handler(caller: Caller) -> Json<UserBody> {
    Json(caller.user.into())
}
