//! The frame of every page: language, theme, who is logged in, where one can go.

use serde::Serialize;

use super::look::Person;
use crate::i18n::{Lang, Speech};

/// The colours a person wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// As the system says.
    #[default]
    Auto,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// Every theme.
    pub const ALL: [Self; 3] = [Self::Auto, Self::Light, Self::Dark];

    /// Its name in cookies, forms and messages.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The theme of a name.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.key() == key)
    }
}

/// One of several to choose from.
#[derive(Debug, Clone, Serialize)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is shown.
    pub label: String,
    /// Whether it is the one chosen now.
    pub current: bool,
}

impl Choice {
    /// A choice.
    #[must_use]
    pub fn new(value: impl Into<String>, label: impl Into<String>, current: bool) -> Self {
        Self { value: value.into(), label: label.into(), current }
    }
}

/// Who is logged in.
#[derive(Debug, Clone, Serialize)]
pub struct Me {
    /// Name and circle.
    #[serde(flatten)]
    pub person: Person,
    /// Their id, so that scripts know their own doings.
    pub id: String,
    /// Their email.
    pub email: String,
    /// `agent`, `expert`, `supervisor`, `admin`.
    pub role: &'static str,
    /// Whether the router may give them work.
    pub available: bool,
    /// Whether board, reports of people and channel health are theirs.
    pub supervisor: bool,
    /// Whether they are the client's expert.
    pub expert: bool,
    /// Whether reports are theirs.
    pub reports: bool,
}

/// A page in its frame. The page's own fields stand beside these in the template.
#[derive(Debug, Clone, Serialize)]
pub struct Shell<P> {
    /// The theme.
    pub theme: Theme,
    /// The themes to choose from.
    pub themes: Vec<Choice>,
    /// Whether single letters are shortcuts: on or off, where there are shortcuts; else empty.
    // A page's own fields stand beside these, and one of them has letters of another kind.
    #[serde(rename = "shortcuts")]
    pub letters: Vec<Choice>,
    /// Whether they are off.
    pub letters_off: bool,
    /// The languages to choose from.
    pub languages: Vec<Choice>,
    /// The window's title, without the product's name.
    pub title: String,
    /// Which place of the navigation this is.
    pub section: &'static str,
    /// Who is logged in.
    pub me: Option<Me>,
    /// This page's path and query, to come back to.
    pub here: String,
    /// Texts that scripts need: JSON.
    pub words: String,
    /// The page.
    #[serde(flatten)]
    pub page: P,
}

impl<P> Shell<P> {
    /// A page in its frame.
    #[must_use]
    pub fn new(say: &Speech, theme: Theme, section: &'static str, title: String, page: P) -> Self {
        Self {
            theme,
            themes: Theme::ALL
                .map(|t| Choice::new(t.key(), say.t(&format!("theme-{}", t.key())), t == theme))
                .into(),
            letters: Vec::new(),
            letters_off: false,
            languages: Lang::ALL.map(|l| Choice::new(l.code(), l.own_name(), l == say.lang)).into(),
            title,
            section,
            me: None,
            here: String::new(),
            words: words(say),
            page,
        }
    }

    /// With who is logged in.
    #[must_use]
    pub fn me(mut self, me: Me) -> Self {
        self.me = Some(me);
        self
    }

    /// With the switch for shortcuts of a single letter.
    #[must_use]
    pub fn letters(mut self, say: &Speech, off: bool) -> Self {
        let choice =
            |word: &str, current| Choice::new(word, say.t(&format!("letters-{word}")), current);
        self.letters = vec![choice("on", !off), choice("off", off)];
        self.letters_off = off;
        self
    }

    /// With this page's path and query.
    #[must_use]
    pub fn here(mut self, here: impl Into<String>) -> Self {
        self.here = here.into();
        self
    }
}

/// Messages that scripts say themselves, with `{…}` where they put a value in.
fn words(say: &Speech) -> String {
    let hole = |id: &str, names: &[&str]| {
        let values: Vec<_> = names.iter().map(|n| (*n, format!("{{{n}}}").into())).collect();
        say.with(id, &values)
    };
    serde_json::json!({
        "left": hole("sla-left", &["time"]),
        "late": hole("sla-late", &["time"]),
        "now": say.t("span-now"),
        "min": hole("span-min", &["n"]),
        "h": hole("span-h", &["n"]),
        "d": hole("span-d", &["n"]),
        "hmin": hole("span-h-min", &["h", "m"]),
        "reading": hole("collision-reading", &["name"]),
        "writing": hole("collision-writing", &["name"]),
        "called": hole("called-toast", &["name", "who"]),
        "calledOpen": say.t("called-open"),
        "close": say.t("close"),
        "offline": say.t("live-offline"),
        "newMessages": say.t("live-new-messages"),
        "failed": say.t("error-network"),
        "discard": say.t("composer-unsent"),
    })
    .to_string()
}
