//! What every console page needs: who looks, in which language and theme, and how it was asked for.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use kerros_app::caller::Caller;
use kerros_app::error::Error;
use kerros_app::ports::store::Role;
use kerros_domain::id::ConversationId;
use serde::Serialize;

use super::answer::{self, Fragment};
use super::fault::Fault;
use super::prefs::Prefs;
use super::view::Look;
use super::view::look::Person;
use super::view::shell::{Me, Shell};
use crate::auth::page::{PageCaller, Stranger};
use crate::i18n::{Lang, speech};
use crate::state::WebState;

/// A person at a console page.
pub struct Desk {
    /// Who.
    pub caller: Caller,
    /// Through whose eyes.
    pub look: Look,
    /// Language and theme.
    pub prefs: Prefs,
    /// How htmx asks.
    pub fragment: Fragment,
    /// What is asked for.
    pub uri: Uri,
}

impl FromRequestParts<WebState> for Desk {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &WebState) -> Result<Self, Response> {
        let prefs = Prefs::of(&parts.headers);
        let fragment = Fragment::of(&parts.headers);
        let PageCaller(caller) = match PageCaller::from_request_parts(parts, state).await {
            Ok(caller) => caller,
            Err(Stranger::Problem(problem)) => {
                let down = problem.status == StatusCode::SERVICE_UNAVAILABLE;
                let error = if down { Error::Unavailable } else { Error::Internal };
                return Err(told(prefs, &fragment, &error));
            }
            Err(stranger) => return Err(stranger.into_response()),
        };
        let own = Lang::from_code(caller.user.language.as_str());
        let lang = prefs.chosen.or(own).unwrap_or_else(|| prefs.lang());
        Ok(Self {
            caller,
            look: Look::new(lang, state.ctx.now()),
            prefs,
            fragment,
            uri: parts.uri.clone(),
        })
    }
}

impl Desk {
    /// The language.
    #[must_use]
    pub fn lang(&self) -> Lang {
        self.look.say.lang
    }

    /// A page in the console's frame.
    pub fn shell<P>(&self, section: &'static str, title: &str, page: P) -> Shell<P> {
        let here =
            self.uri.path_and_query().map_or("/console", axum::http::uri::PathAndQuery::as_str);
        Shell::new(self.look.say, self.prefs.theme, section, self.look.say.t(title), page)
            .letters(self.look.say, self.prefs.letters_off)
            .me(me(&self.caller))
            .here(here)
    }

    /// A page as an answer.
    pub fn page<P: Serialize>(
        &self,
        template: &str,
        section: &'static str,
        title: &str,
        page: P,
    ) -> Response {
        answer::html(self.lang(), template, &self.shell(section, title, page))
    }

    /// What went wrong: a notice on the page that is open, or a page.
    #[must_use]
    pub fn fault(&self, error: &Error) -> Response {
        told(Prefs { chosen: Some(self.lang()), ..self.prefs }, &self.fragment, error)
    }

    /// Back to a conversation, for a form without scripts.
    #[must_use]
    pub fn back_to(id: ConversationId) -> Response {
        Redirect::to(&format!("/console/c/{id}")).into_response()
    }
}

fn told(prefs: Prefs, fragment: &Fragment, error: &Error) -> Response {
    let fault = Fault::of(speech(prefs.lang()), error);
    if fragment.wanted { fault.notice(prefs.lang()) } else { fault.page(prefs.lang(), prefs.theme) }
}

/// The reader, for the frame.
#[must_use]
pub fn me(caller: &Caller) -> Me {
    let user = &caller.user;
    Me {
        person: Person::new(&user.name, user.id.0, true),
        id: user.id.to_string(),
        email: user.email.clone(),
        role: match user.role {
            Role::Agent => "agent",
            Role::Expert => "expert",
            Role::Supervisor => "supervisor",
            Role::Admin => "admin",
        },
        available: user.available,
        supervisor: caller.is_supervisor(),
        expert: user.role == Role::Expert,
        reports: user.role != Role::Agent,
    }
}
