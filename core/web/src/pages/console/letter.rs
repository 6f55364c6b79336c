//! A message as a whole, and its HTML as a page of its own for a frame: no script runs there, nothing is fetched
//! from elsewhere until the reader asks for pictures, and nobody else may frame it.

use axum::extract::{Path, Query, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::Response;
use kerros_app::error::Error;
use kerros_app::framed::framed;
use kerros_app::show::show;
use kerros_app::{details, ports::store::Scope};
use serde::{Deserialize, Serialize};

use super::conversation::{Beside, built, id};
use super::resend::message_id;
use super::since::cast;
use crate::pages::answer;
use crate::pages::desk::Desk;
use crate::pages::view::shell::Theme;
use crate::pages::view::timeline::{Bubble, bubble};
use crate::state::WebState;

/// `GET …/m/{message}`: one message with everything, for those whose rest was left out.
pub async fn whole(
    State(state): State<WebState>,
    desk: Desk,
    Path((path, message)): Path<(String, String)>,
) -> Response {
    #[derive(Serialize)]
    struct Part {
        m: Bubble,
        conversation: String,
    }
    let made = async {
        let (conversation, message) = (id(&path)?, message_id(&message)?);
        let (message, _) =
            details::message(&state.ctx, &desk.caller, conversation, message).await?;
        let shown = show(&state.ctx, &desk.caller, conversation).await?;
        let scope = Scope::One(shown.conversation.tenant.clone());
        let one = std::slice::from_ref(&message);
        let details = details::of_last(&state.ctx, &scope, one, 1).await?;
        let beside = Beside { details, ..Beside::default() };
        let pane = built(&state, &desk, &shown, &[], &beside);
        let look = desk.look.at(&shown.tenant);
        let m = bubble(&look, &cast(&desk, &shown, &pane, &beside), &message);
        Ok::<_, Error>(Part { m, conversation: pane.id })
    };
    match made.await {
        Ok(part) => answer::html(desk.lang(), "console/whole.html", &part),
        Err(error) => desk.fault(&error),
    }
}

/// What the frame shall show.
#[derive(Debug, Deserialize)]
pub struct Asked {
    images: Option<String>,
}

/// `GET …/m/{message}/html`.
pub async fn frame(
    State(state): State<WebState>,
    desk: Desk,
    Path((path, message)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Response {
    #[derive(Serialize)]
    struct Page {
        theme: Theme,
        html: String,
    }
    let made = async {
        let (conversation, message) = (id(&path)?, message_id(&message)?);
        let (_, details) =
            details::message(&state.ctx, &desk.caller, conversation, message).await?;
        let html = details.html.ok_or(Error::NotFound)?;
        let pictures = asked.images.as_deref() == Some("1");
        let files = format!("/console/c/{conversation}/files");
        Ok::<_, Error>((framed(&html, &files, pictures).html, pictures))
    };
    match made.await {
        Err(error) => desk.fault(&error),
        Ok((html, pictures)) => {
            let page = Page { theme: desk.prefs.theme, html };
            fenced(answer::html(desk.lang(), "console/letter.html", &page), pictures)
        }
    }
}

/// The fence around what a stranger wrote. The origin stays ours, else the reader's cookie would not get the
/// inline pictures; scripts, forms and frames are forbidden twice, by the sandbox and by each directive.
fn fenced(mut response: Response, pictures: bool) -> Response {
    let from = if pictures { "'self' https:" } else { "'self'" };
    let policy = format!(
        "default-src 'none'; img-src {from}; style-src 'self'; form-action 'none'; base-uri 'none'; \
         frame-ancestors 'self'; sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox"
    );
    let headers = response.headers_mut();
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
    // A sender's server does not learn where its mail is read.
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    let prefetch = HeaderName::from_static("x-dns-prefetch-control");
    headers.insert(prefetch, HeaderValue::from_static("off"));
    response
}
