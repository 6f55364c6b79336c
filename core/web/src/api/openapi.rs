//! The head of the OpenAPI document: what holds for every endpoint.

use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::conversations::list::OrderWord;
use crate::problem::ProblemBody;

/// The document without its paths, which the routes bring.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Kerros",
        description = "Layered customer service over isolated tenants. Times are milliseconds since 1970 \
                       in UTC. Ids are opaque. What is not yours answers 404, like what is not there. \
                       Errors are RFC 9457 problems whose `type` never changes its meaning. POST requests \
                       that write a message take an Idempotency-Key.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    components(schemas(ProblemBody, OrderWord)),
    modifiers(&Schemes),
    security(("bearer" = []), ("session" = [])),
    tags(
        (name = "conversations", description = "What customers ask, and everything done about it"),
        (name = "contacts", description = "Who asks"),
        (name = "tenants", description = "The client companies you serve, their boards and reports"),
        (name = "operations", description = "What went wrong and can be tried again"),
        (name = "people", description = "You and your colleagues, sessions and tokens"),
    )
)]
pub struct Document;

struct Schemes;

impl Modify for Schemes {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
        let cookie = ApiKey::Cookie(ApiKeyValue::new("kerros_session"));
        components.add_security_scheme("session", SecurityScheme::ApiKey(cookie));
    }
}
