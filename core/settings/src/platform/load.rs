//! Reads the platform's settings from all their sources.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use figment::Figment;
use figment::providers::Serialized;
use serde_json::Value;

use super::{Settings, variables};
use crate::check::Checker;
use crate::document::Document;
use crate::fault::{Fault, Faults, Place, Weight};

/// What the command line sets.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// `--data`.
    pub data: Option<PathBuf>,
    /// `--listen`.
    pub listen: Option<String>,
}

/// Settings, with everything worth telling about them.
#[derive(Debug)]
pub struct Loaded {
    /// The settings; `None` if a fault refuses them.
    pub settings: Option<Settings>,
    /// Every finding, in order of place.
    pub faults: Vec<Fault>,
}

static CHECKER: LazyLock<Checker> = LazyLock::new(Checker::of::<Settings>);

/// Reads `default.toml` and `kerros.toml` of a folder (either may be missing), these variables and flags.
#[must_use]
pub fn load(dir: &Path, environment: &[(String, String)], flags: &Flags) -> Loaded {
    let mut sources = Vec::new();
    let mut early = Vec::new();
    for name in ["default.toml", "kerros.toml"] {
        let path = dir.join(name);
        match std::fs::read_to_string(&path) {
            Ok(text) => {
                let (document, faults) = Document::parse(&path, &text);
                early.extend(faults);
                sources.push(document);
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => early.push(unreadable(path, &error)),
        }
    }
    let built_in = serde_json::to_value(Settings::default()).unwrap_or_default();
    let top: Vec<String> =
        built_in.as_object().map(|map| map.keys().cloned().collect()).unwrap_or_default();
    sources.push(variables::read(environment, &top));
    sources.push(given(flags));

    let mut faults = Faults::new(&sources);
    early.into_iter().for_each(|fault| faults.add(fault));
    let mut figment = Figment::from(Serialized::defaults(&built_in));
    for source in &sources {
        figment = figment.merge(Serialized::defaults(&source.value));
    }
    let merged: Value = match figment.extract() {
        Ok(merged) => merged,
        Err(error) => {
            faults.wrong("", "", error);
            built_in
        }
    };
    let settings = if faults.refused() { None } else { typed(&merged, &mut faults) };
    let refused = faults.refused();
    Loaded { settings: settings.filter(|_| !refused), faults: faults.into_vec() }
}

fn typed(merged: &Value, faults: &mut Faults<'_>) -> Option<Settings> {
    let healed = CHECKER.check(merged, faults)?;
    match serde_json::from_value::<Settings>(healed) {
        Ok(settings) => {
            faults.look_further(|faults| settings.validate(faults));
            Some(settings)
        }
        Err(error) => {
            faults.wrong("", "", error);
            None
        }
    }
}

/// A file that is there but cannot be read.
pub(crate) fn unreadable(path: PathBuf, error: &std::io::Error) -> Fault {
    Fault {
        place: Place::File { path, line: None },
        key: String::new(),
        what: format!("cannot be read: {error}"),
        weight: Weight::Fault,
    }
}

fn given(flags: &Flags) -> Document {
    let flag = |name: &str| Place::Flag { name: name.to_owned() };
    let mut values = Vec::new();
    if let Some(data) = &flags.data {
        values.push(("data".to_owned(), Value::from(data.to_string_lossy()), flag("--data")));
    }
    if let Some(listen) = &flags.listen {
        values.push(("server.listen".to_owned(), Value::from(listen.as_str()), flag("--listen")));
    }
    Document::given(values)
}
