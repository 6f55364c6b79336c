//! The messages of one language.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use kerros_domain::id::Language;
use unic_langid::LanguageIdentifier;

/// `("fi/console.ftl", text)` for every file of `locales/`.
static FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/locales.rs"));

/// A language of the user interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Lang {
    /// Finnish.
    Fi,
    /// Swedish.
    Sv,
    /// English, also for whoever wants another language.
    En,
}

impl Lang {
    /// Every language, in the order shown to people.
    pub const ALL: [Self; 3] = [Self::Fi, Self::Sv, Self::En];

    /// The BCP 47 code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Fi => "fi",
            Self::Sv => "sv",
            Self::En => "en",
        }
    }

    /// Its own name.
    #[must_use]
    pub const fn own_name(self) -> &'static str {
        match self {
            Self::Fi => "Suomi",
            Self::Sv => "Svenska",
            Self::En => "English",
        }
    }

    /// The language of a code like `fi` or `sv-FI`, if it is one of ours.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        let main = code.split(['-', '_']).next().unwrap_or(code);
        Self::ALL.into_iter().find(|l| l.code().eq_ignore_ascii_case(main))
    }

    /// The first of ours in an `Accept-Language` header (listed order; weights follow it in practice).
    #[must_use]
    pub fn from_accept(header: &str) -> Option<Self> {
        header
            .split(',')
            .find_map(|one| Self::from_code(one.split(';').next().unwrap_or(one).trim()))
    }

    /// As the domain names it.
    #[must_use]
    pub fn language(self) -> Language {
        self.code().into()
    }

    /// As Fluent names it.
    fn id(self) -> LanguageIdentifier {
        self.code().parse().unwrap_or_default()
    }
}

/// A value put into a message.
#[derive(Debug, Clone, PartialEq)]
pub enum Arg {
    /// Text, put in as it is.
    Text(String),
    /// A whole number; plural forms follow it.
    Number(i64),
}

impl From<&str> for Arg {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}
impl From<String> for Arg {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}
impl From<i64> for Arg {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

/// The messages of one language.
pub struct Speech {
    /// Which.
    pub lang: Lang,
    bundle: FluentBundle<FluentResource>,
    #[cfg_attr(not(test), expect(dead_code, reason = "languages are compared in tests"))]
    ids: BTreeSet<String>,
    #[cfg_attr(not(test), expect(dead_code, reason = "files are checked in tests"))]
    faults: Vec<String>,
}

static ALL: LazyLock<[Speech; 3]> = LazyLock::new(|| Lang::ALL.map(Speech::read));

/// The messages of a language.
#[must_use]
pub fn speech(lang: Lang) -> &'static Speech {
    match lang {
        Lang::Fi => &ALL[0],
        Lang::Sv => &ALL[1],
        Lang::En => &ALL[2],
    }
}

impl Speech {
    fn read(lang: Lang) -> Self {
        let mut bundle = FluentBundle::new_concurrent(vec![lang.id()]);
        // The marks that isolate left-to-right text would end up in attributes and titles.
        bundle.set_use_isolating(false);
        let (mut ids, mut faults) = (BTreeSet::new(), Vec::new());
        for (name, text) in FILES.iter().filter(|(name, _)| name.starts_with(lang.code())) {
            let resource =
                FluentResource::try_new((*text).to_owned()).unwrap_or_else(|(part, wrong)| {
                    faults.extend(wrong.iter().map(|e| format!("{name}: {e}")));
                    part
                });
            ids.extend(text.lines().filter_map(message_id).map(str::to_owned));
            if let Err(twice) = bundle.add_resource(resource) {
                faults.extend(twice.iter().map(|e| format!("{name}: {e}")));
            }
        }
        Self { lang, bundle, ids, faults }
    }

    /// Whether there is a message of that id.
    #[must_use]
    pub fn has(&self, id: &str) -> bool {
        self.bundle.has_message(id)
    }

    /// A message without values. An unknown id is shown as it is: ugly, but nothing is lost.
    #[must_use]
    pub fn t(&self, id: &str) -> String {
        self.with(id, &[])
    }

    /// A message with values.
    #[must_use]
    pub fn with(&self, id: &str, values: &[(&str, Arg)]) -> String {
        self.say(id, values).unwrap_or_else(|why| unsaid(self.lang, id, &why))
    }

    /// A message with values, or why it cannot be said: no such id, or a value is missing.
    pub fn say(&self, id: &str, values: &[(&str, Arg)]) -> Result<String, String> {
        let pattern = self
            .bundle
            .get_message(id)
            .and_then(|m| m.value())
            .ok_or_else(|| format!("no message {id:?} in {}", self.lang.code()))?;
        let args: FluentArgs<'_> = values
            .iter()
            .map(|(name, value)| {
                let value = match value {
                    Arg::Text(text) => FluentValue::from(text.as_str()),
                    Arg::Number(number) => FluentValue::from(*number),
                };
                ((*name).to_owned(), value)
            })
            .collect();
        let mut wrong = Vec::new();
        let text = self.bundle.format_pattern(pattern, Some(&args), &mut wrong).into_owned();
        match wrong.first() {
            None => Ok(text),
            Some(first) => Err(format!("message {id:?} in {}: {first}", self.lang.code())),
        }
    }
}

/// A person in a hurry is better served by the bare id than by no page.
#[cfg(not(test))]
fn unsaid(lang: Lang, id: &str, why: &str) -> String {
    tracing::warn!(lang = lang.code(), why, "message not shown as written");
    id.to_owned()
}

/// In tests a message that cannot be said fails.
#[cfg(test)]
fn unsaid(_: Lang, _: &str, why: &str) -> String {
    std::panic::panic_any(why.to_owned())
}

/// The id that a line of Fluent begins, if it begins one.
fn message_id(line: &str) -> Option<&str> {
    let (id, _) = line.split_once('=')?;
    let id = id.strip_suffix(' ').unwrap_or(id);
    let named = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    (id.starts_with(|c: char| c.is_ascii_alphabetic()) && id.chars().all(named)).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_sound_and_languages_have_the_same_messages() {
        for lang in Lang::ALL {
            assert_eq!(speech(lang).faults, Vec::<String>::new());
            assert!(speech(lang).ids.len() > 100, "{lang:?}: {}", speech(lang).ids.len());
        }
        for lang in [Lang::Fi, Lang::Sv] {
            let (ours, english) = (&speech(lang).ids, &speech(Lang::En).ids);
            let missing: Vec<_> = english.difference(ours).collect();
            let extra: Vec<_> = ours.difference(english).collect();
            assert!(
                missing.is_empty() && extra.is_empty(),
                "{lang:?} lacks {missing:?}, has alone {extra:?}"
            );
        }
    }

    #[test]
    fn every_kind_of_job_has_its_word() {
        for kind in kerros_app::ports::store::JobKind::ALL {
            let id = format!("job-{}", kind.as_str());
            assert!(speech(Lang::En).ids.contains(&id), "{id}");
        }
    }

    #[test]
    fn messages_of_two_languages_take_the_same_values() {
        let values = |text: &str| -> BTreeSet<String> {
            text.split('$')
                .skip(1)
                .map(|rest| {
                    rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
                })
                .collect()
        };
        // Per file: the same names of values, message by message.
        let per_message = |lang: Lang| {
            let mut all = std::collections::BTreeMap::<String, BTreeSet<String>>::new();
            for (_, text) in FILES.iter().filter(|(name, _)| name.starts_with(lang.code())) {
                let mut id = String::new();
                for line in text.lines() {
                    if let Some(new) = message_id(line) {
                        id = new.to_owned();
                    }
                    all.entry(id.clone()).or_default().extend(values(line));
                }
            }
            all
        };
        let english = per_message(Lang::En);
        for lang in [Lang::Fi, Lang::Sv] {
            for (id, ours) in per_message(lang) {
                assert_eq!(Some(&ours), english.get(&id), "{lang:?} {id}");
            }
        }
    }

    #[test]
    fn languages_are_found_in_codes_and_headers() {
        assert_eq!(Lang::from_code("sv-FI"), Some(Lang::Sv));
        assert_eq!(Lang::from_code("de"), None);
        assert_eq!(Lang::from_accept("de-DE,de;q=0.9,fi;q=0.8,en;q=0.7"), Some(Lang::Fi));
        assert_eq!(Lang::from_accept(""), None);
    }
}
