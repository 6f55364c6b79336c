//! One contact.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use kerros_app::caller::Caller;
use kerros_app::contact::contact;
use kerros_domain::id::ContactId;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::input::At;
use crate::api::refusals::Reading;
use crate::problem::Problem;
use crate::state::WebState;

/// An end customer of one tenant.
#[derive(Debug, Serialize, ToSchema)]
pub struct ContactBody {
    /// Its id.
    pub id: String,
    /// Whose customer.
    pub tenant: String,
    /// Name, if known.
    pub name: Option<String>,
    /// Language.
    pub language: String,
    /// Customer group.
    pub segment: Option<String>,
    /// Free attributes.
    pub attributes: BTreeMap<String, String>,
    /// Channels it wrote on.
    pub channels: Vec<String>,
    /// Addresses that take no messages any more.
    pub bad_addresses: Vec<BadAddressBody>,
    /// First seen.
    pub created_at_ms: i64,
}

/// An address that takes no messages any more.
#[derive(Debug, Serialize, ToSchema)]
pub struct BadAddressBody {
    /// On which channel.
    pub channel: String,
    /// Which.
    pub address: String,
    /// What the provider said.
    pub reason: String,
    /// When.
    pub at_ms: i64,
}

/// One contact
#[utoipa::path(
    get,
    path = "/contacts/{contact}",
    tag = "contacts",
    operation_id = "get_contact",
    params(("contact" = String, Path, description = "The contact")),
    responses((status = 200, description = "The contact", body = ContactBody), Reading)
)]
pub async fn handler(
    State(state): State<WebState>,
    caller: Caller,
    At(id): At<ContactId>,
) -> Result<Json<ContactBody>, Problem> {
    let found = contact(&state.ctx, &caller, id).await?;
    Ok(Json(ContactBody {
        id: found.id.to_string(),
        tenant: found.tenant.to_string(),
        name: found.name,
        language: found.language.to_string(),
        segment: found.segment.map(|segment| segment.to_string()),
        attributes: found.attributes,
        channels: found.addresses.iter().map(|(channel, _)| channel.to_string()).collect(),
        bad_addresses: found
            .bad_addresses
            .into_iter()
            .map(|bad| BadAddressBody {
                channel: bad.channel.to_string(),
                address: bad.address,
                reason: bad.reason,
                at_ms: bad.at.0,
            })
            .collect(),
        created_at_ms: found.created_at.0,
    }))
}
