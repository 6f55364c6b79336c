//! A page of conversations.

use axum::Json;
use axum::extract::State;
use kerros_app::caller::Caller;
use kerros_app::list::{ListQuery, list};
use kerros_app::ports::store::Order;
use kerros_domain::id::{ContactId, UserId};
use kerros_domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::body::ConversationBody;
use crate::api::input::Asked;
use crate::api::names;
use crate::api::refusals::Reading;
use crate::problem::Problem;
use crate::state::WebState;

/// No page is longer.
const MOST: u32 = 200;

/// Which conversations.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Query {
    /// States, separated by commas; left out, all that are open.
    #[param(example = "queued,assigned")]
    state: Option<String>,
    /// Layers, separated by commas.
    layer: Option<String>,
    /// Only of this tenant.
    tenant: Option<String>,
    /// Only held by this person; `me` is you.
    assignee: Option<String>,
    /// Only of this contact.
    contact: Option<String>,
    /// Only those for which a colleague on a shared channel calls.
    #[serde(default)]
    attention: bool,
    /// Only opened at or after this moment, milliseconds since 1970.
    opened_from_ms: Option<i64>,
    /// Only opened before this moment.
    opened_to_ms: Option<i64>,
    /// Words that the last message, a tag or the contact's name contains.
    text: Option<String>,
    /// The order: most urgent first, or newest first.
    #[serde(default)]
    order: OrderWord,
    /// Continue after this cursor, `next` of the page before.
    after: Option<String>,
    /// At most this many, 1 to 200; left out, 50.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// The order of a page.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OrderWord {
    /// Most urgent first.
    #[default]
    Queue,
    /// Newest opened first.
    Newest,
}

/// A page.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ConversationPage)]
pub struct Page {
    /// The conversations.
    pub items: Vec<ConversationBody>,
    /// Ask with `after` set to this for the next page; null after the last.
    pub next: Option<String>,
}

/// List conversations
#[utoipa::path(
    get,
    path = "/conversations",
    tag = "conversations",
    operation_id = "list_conversations",
    params(Query),
    responses((status = 200, description = "A page", body = Page), Reading)
)]
pub async fn handler(
    State(state): State<WebState>,
    caller: Caller,
    Asked(query): Asked<Query>,
) -> Result<Json<Page>, Problem> {
    let limit = query.limit.unwrap_or(50);
    if !(1..=MOST).contains(&limit) {
        return Err(Problem::invalid(format!("limit takes 1 to {MOST}")));
    }
    let query = ListQuery {
        states: states(query.state.as_deref())?,
        layers: words(query.layer.as_deref()).map(Into::into).collect(),
        tenant: query.tenant.map(Into::into),
        assignee: query.assignee.map(|who| assignee(&who, &caller)).transpose()?,
        contact: query.contact.map(|id| id.parse::<ContactId>()).transpose().map_err(odd)?,
        attention: query.attention,
        opened_from: query.opened_from_ms.map(Timestamp),
        opened_to: query.opened_to_ms.map(Timestamp),
        text: query.text,
        order: match query.order {
            OrderWord::Queue => Order::Queue,
            OrderWord::Newest => Order::Newest,
        },
        after: query.after,
        limit,
    };
    let rows = list(&state.ctx, &caller, query).await?;
    let next = rows.last().filter(|_| rows.len() >= limit as usize).map(|row| row.cursor.clone());
    let items = rows
        .into_iter()
        .map(|row| ConversationBody::new(row.conversation, row.contact_name))
        .collect();
    Ok(Json(Page { items, next }))
}

fn odd(error: impl std::fmt::Display) -> Problem {
    Problem::invalid(error.to_string())
}

fn words(list: Option<&str>) -> impl Iterator<Item = &str> {
    list.unwrap_or_default().split(',').map(str::trim).filter(|word| !word.is_empty())
}

fn states(list: Option<&str>) -> Result<Vec<kerros_domain::conversation::State>, Problem> {
    let parse = |word: &str| {
        serde_json::from_value::<names::State>(word.into())
            .map(Into::into)
            .map_err(|_| Problem::invalid(format!("there is no state {word:?}")))
    };
    words(list).map(parse).collect()
}

fn assignee(who: &str, caller: &Caller) -> Result<UserId, Problem> {
    if who == "me" { Ok(caller.id()) } else { who.parse().map_err(odd) }
}
