//! What went wrong, for people: what happened, what was expected, what to do.

use axum::http::StatusCode;
use axum::response::Response;
use kerros_app::error::Error;
use kerros_domain::command::Refusal;
use serde::Serialize;

use super::answer;
use super::view::shell::{Shell, Theme};
use crate::i18n::{Lang, Speech, speech};

/// A fault as shown.
#[derive(Debug, Clone, Serialize)]
pub struct Fault {
    /// HTTP status.
    #[serde(skip)]
    pub status: StatusCode,
    /// `bad` or `warn`.
    pub tone: &'static str,
    /// What happened.
    pub title: String,
    /// What was expected.
    pub text: String,
    /// What to do, if there is something.
    pub todo: Option<String>,
    /// Where the way back leads.
    pub back: &'static str,
}

impl Fault {
    /// A fault from its messages: `fault-{key}`, `fault-{key}-text`, and `fault-{key}-todo` where there is one.
    #[must_use]
    pub fn new(say: &Speech, status: StatusCode, key: &str) -> Self {
        let todo = format!("fault-{key}-todo");
        Self {
            status,
            tone: if status.is_server_error() || status == StatusCode::NOT_FOUND {
                "bad"
            } else {
                "warn"
            },
            title: say.t(&format!("fault-{key}")),
            text: say.t(&format!("fault-{key}-text")),
            todo: say.has(&todo).then(|| say.t(&todo)),
            back: "/console",
        }
    }

    /// What a use case answered.
    #[must_use]
    pub fn of(say: &Speech, error: &Error) -> Self {
        match error {
            Error::NotFound => Self::new(say, StatusCode::NOT_FOUND, "not-found"),
            Error::Forbidden => Self::new(say, StatusCode::FORBIDDEN, "forbidden"),
            Error::Unauthorized => Self::new(say, StatusCode::UNAUTHORIZED, "unauthorized"),
            Error::Conflict => Self::new(say, StatusCode::CONFLICT, "conflict"),
            Error::Unavailable => Self::new(say, StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
            Error::Internal => Self::new(say, StatusCode::INTERNAL_SERVER_ERROR, "internal"),
            Error::Invalid(why) => {
                let mut fault = Self::new(say, StatusCode::BAD_REQUEST, "invalid");
                fault.text = format!("{} {why}", fault.text);
                fault
            }
            Error::Refused(refusal) => Self::refused(say, refusal),
        }
    }

    fn refused(say: &Speech, refusal: &Refusal) -> Self {
        let mut fault = Self::new(say, StatusCode::UNPROCESSABLE_ENTITY, "refused");
        let (text, todo) = match refusal {
            Refusal::WrongState { state } => {
                let key = serde_json::to_value(state).ok();
                let key =
                    key.as_ref().and_then(|v| v.as_str()).unwrap_or("closed").replace('_', "-");
                let state = say.t(&format!("refusal-state-{key}"));
                (
                    say.with("refusal-wrong-state", &[("state", state.into())]),
                    "refusal-wrong-state-todo",
                )
            }
            Refusal::BriefingIncomplete { missing } => (
                say.with("refusal-briefing", &[("fields", missing.join(", ").into())]),
                "refusal-briefing-todo",
            ),
            Refusal::NotEscalated => (say.t("refusal-not-escalated"), "refusal-not-escalated-todo"),
            Refusal::ReasonNeeded => (say.t("refusal-reason"), "refusal-reason-todo"),
            Refusal::NoCall => (say.t("refusal-no-call"), "refusal-no-call-todo"),
            Refusal::TagNeeded => (say.t("refusal-tag-needed"), "refusal-tag-needed-todo"),
            Refusal::UnknownTag { tag } => (
                say.with("refusal-unknown-tag", &[("tag", tag.as_str().into())]),
                "refusal-unknown-tag-todo",
            ),
            Refusal::TextSize { bytes } => {
                let bytes = i64::try_from(*bytes).unwrap_or(i64::MAX);
                (
                    say.with("refusal-text-size", &[("bytes", bytes.into())]),
                    "refusal-text-size-todo",
                )
            }
            Refusal::NoSuchLayer { .. } | Refusal::NotLater { .. } => {
                (say.t("refusal-layer"), "refusal-layer-todo")
            }
            Refusal::Unknown { what } => (
                say.with("refusal-unknown", &[("what", what.as_str().into())]),
                "refusal-unknown-todo",
            ),
        };
        fault.text = text;
        fault.todo = Some(say.t(todo));
        fault
    }

    /// As a whole page.
    #[must_use]
    pub fn page(self, lang: Lang, theme: Theme) -> Response {
        #[derive(Serialize)]
        struct Page {
            fault: Fault,
        }
        let (status, title) = (self.status, self.title.clone());
        let shell = Shell::new(speech(lang), theme, "fault", title, Page { fault: self });
        with(status, answer::html(lang, "fault.html", &shell))
    }

    /// As a notice on the page that is open.
    #[must_use]
    pub fn notice(self, lang: Lang) -> Response {
        #[derive(Serialize)]
        struct Notice {
            fault: Fault,
        }
        let status = self.status;
        with(status, answer::html(lang, "console/fault.html", &Notice { fault: self }))
    }
}

fn with(status: StatusCode, mut response: Response) -> Response {
    if response.status().is_success() {
        *response.status_mut() = status;
    }
    response
}
