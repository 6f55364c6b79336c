//! What a person chose: language, theme, and whether single letters are shortcuts; in cookies that scripts never read.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Form, extract::State};
use serde::Deserialize;
use std::convert::Infallible;

use super::view::shell::Theme;
use crate::auth::page::safe_back;
use crate::i18n::Lang;
use crate::state::WebState;

const LANGUAGE: &str = "kerros_language";
const THEME: &str = "kerros_theme";
const LETTERS: &str = "kerros_letters";
const YEAR_S: u32 = 365 * 24 * 3600;

/// What a request says about taste.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Prefs {
    /// The language chosen here, if any.
    pub chosen: Option<Lang>,
    /// The first of our languages that the browser accepts.
    pub accepted: Option<Lang>,
    /// The theme.
    pub theme: Theme,
    /// Whether single letters are no shortcuts: speech input and shaking hands strike keys by chance.
    pub letters_off: bool,
}

impl Prefs {
    /// From a request's headers.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        let accept =
            headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()).unwrap_or("");
        Self {
            chosen: cookie(headers, LANGUAGE).and_then(Lang::from_code),
            accepted: Lang::from_accept(accept),
            theme: cookie(headers, THEME).and_then(Theme::from_key).unwrap_or_default(),
            letters_off: cookie(headers, LETTERS) == Some("off"),
        }
    }

    /// The language for a page that knows no person.
    #[must_use]
    pub fn lang(self) -> Lang {
        self.chosen.or(self.accepted).unwrap_or(Lang::En)
    }
}

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok());
    all.flat_map(|v| v.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(n, _)| *n == name)
        .map(|(_, v)| v)
}

impl FromRequestParts<WebState> for Prefs {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &WebState) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.headers))
    }
}

/// The form of [`set`].
#[derive(Debug, Deserialize)]
pub struct Wish {
    language: Option<String>,
    theme: Option<String>,
    letters: Option<String>,
    here: Option<String>,
}

/// `POST /preferences`: keeps the wish and goes back.
pub async fn set(State(state): State<WebState>, Form(wish): Form<Wish>) -> Response {
    let mut response = Redirect::to(safe_back(wish.here.as_deref().unwrap_or(""))).into_response();
    let language = wish.language.as_deref().and_then(Lang::from_code).map(|l| (LANGUAGE, l.code()));
    let theme = wish.theme.as_deref().and_then(Theme::from_key).map(|t| (THEME, t.key()));
    let letters = wish.letters.as_deref().filter(|word| ["on", "off"].contains(word));
    let letters = letters.map(|word| (LETTERS, word));
    let flag = if state.secure { "; Secure" } else { "" };
    for (name, value) in [language, theme, letters].into_iter().flatten() {
        let text =
            format!("{name}={value}; Path=/; Max-Age={YEAR_S}; HttpOnly; SameSite=Lax{flag}");
        if let Ok(value) = HeaderValue::from_str(&text) {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_goes_before_what_the_browser_accepts() {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, "sv-FI, en;q=0.5".parse().unwrap());
        assert_eq!(Prefs::of(&headers).lang(), Lang::Sv);
        headers
            .insert(header::COOKIE, "a=b; kerros_language=fi; kerros_theme=dark".parse().unwrap());
        let prefs = Prefs::of(&headers);
        assert_eq!((prefs.lang(), prefs.theme), (Lang::Fi, Theme::Dark));
        headers.insert(header::COOKIE, "kerros_language=xx; kerros_theme=loud".parse().unwrap());
        assert_eq!(Prefs::of(&headers).theme, Theme::Auto);
        assert!(!Prefs::of(&headers).letters_off);
        headers.insert(header::COOKIE, "kerros_letters=off".parse().unwrap());
        assert!(Prefs::of(&headers).letters_off);
    }
}
