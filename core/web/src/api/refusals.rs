//! The problems an endpoint may answer with, for the OpenAPI document.

use std::collections::BTreeMap;

use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, ToSchema};

use crate::problem::ProblemBody;

/// What reading may answer.
pub struct Reading;

/// What a change may answer.
pub struct Changing;

const READING: [(&str, &str); 5] = [
    ("400", "The query is not valid."),
    ("401", "Not logged in, and no valid bearer token."),
    ("404", "Not there, or not yours: the two are never told apart."),
    ("429", "Too many requests; see Retry-After."),
    ("503", "Not possible now; see Retry-After."),
];

const CHANGING: [(&str, &str); 5] = [
    ("403", "You may see this but not do it, or the request came from another site."),
    ("409", "Somebody else changed it meanwhile."),
    ("413", "The body is too large."),
    ("415", "The body is not JSON."),
    ("422", "The rules of service refuse this; `refusal` says which."),
];

fn describe(problems: &[(&str, &str)]) -> BTreeMap<String, RefOr<Response>> {
    let reference = Ref::from_schema_name(ProblemBody::name());
    let content = ContentBuilder::new().schema(Some(reference)).build();
    let describe = |(status, what): &(&str, &str)| {
        let response = ResponseBuilder::new()
            .description(*what)
            .content("application/problem+json", content.clone())
            .build();
        ((*status).to_owned(), RefOr::T(response))
    };
    problems.iter().map(describe).collect()
}

impl IntoResponses for Reading {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        describe(&READING)
    }
}

impl IntoResponses for Changing {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        describe(&[READING.as_slice(), &CHANGING].concat())
    }
}
