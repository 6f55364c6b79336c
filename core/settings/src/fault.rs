//! What is wrong with a config: where, what was found, what is allowed.

use std::fmt;
use std::path::PathBuf;

use serde::Serialize;

use crate::document::Document;

/// Where a value stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// A file, with the line (from 1) where known.
    File {
        /// Its path, as it was asked for.
        path: PathBuf,
        /// The line, from 1.
        line: Option<usize>,
    },
    /// An environment variable.
    Variable {
        /// Its name.
        name: String,
    },
    /// A flag of the command line.
    Flag {
        /// Its name with dashes.
        name: String,
    },
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, line: Some(line) } => write!(f, "{}:{line}", path.display()),
            Self::File { path, line: None } => write!(f, "{}", path.display()),
            Self::Variable { name } | Self::Flag { name } => f.write_str(name),
        }
    }
}

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// The config is refused.
    Fault,
    /// Worth telling; the config works.
    Warning,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Fault {
    /// Where.
    pub place: Place,
    /// The key path, `layers[1].kind`; empty for the whole file.
    pub key: String,
    /// What was found and what is allowed, in one line.
    pub what: String,
    /// How much it weighs.
    pub weight: Weight,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let warning = if self.weight == Weight::Warning { "warning: " } else { "" };
        match self.key.as_str() {
            "" => write!(f, "{}: {warning}{}", self.place, self.what),
            key => write!(f, "{}: {warning}{key}: {}", self.place, self.what),
        }
    }
}

/// Collects findings about a stack of documents (the last one wins, as settings do).
#[derive(Debug)]
pub struct Faults<'a> {
    sources: &'a [Document],
    found: Vec<Fault>,
}

impl<'a> Faults<'a> {
    /// Collects for these documents, lowest first.
    #[must_use]
    pub fn new(sources: &'a [Document]) -> Self {
        Self { sources, found: Vec::new() }
    }

    /// Goes on collecting after these.
    #[must_use]
    pub fn after(sources: &'a [Document], found: Vec<Fault>) -> Self {
        Self { sources, found }
    }

    /// A value is wrong. `found` is shown as it is: leave it empty for a secret.
    pub fn wrong(&mut self, key: &str, found: &str, allowed: impl fmt::Display) {
        let what = match found {
            "" => format!("{allowed}"),
            found => format!("found {found}; {allowed}"),
        };
        self.push(key, what, Weight::Fault);
    }

    /// Something worth telling that refuses nothing.
    pub fn warn(&mut self, key: &str, what: impl fmt::Display) {
        self.push(key, what.to_string(), Weight::Warning);
    }

    /// Adds a finding that has its place already.
    pub fn add(&mut self, fault: Fault) {
        self.found.push(fault);
    }

    fn push(&mut self, key: &str, what: String, weight: Weight) {
        let fault = Fault { place: self.place(key), key: key.to_owned(), what, weight };
        // A key that is wrong twice for the same reason is told once.
        if !self.found.contains(&fault) {
            self.found.push(fault);
        }
    }

    /// The uppermost document that has the key, else the one that has the longest part of it.
    fn place(&self, key: &str) -> Place {
        let mut wanted = key;
        loop {
            if let Some(place) = self.sources.iter().rev().find_map(|source| source.place(wanted)) {
                return place;
            }
            if wanted.is_empty() {
                let last = self.sources.last().map(Document::whole);
                return last.unwrap_or(Place::File { path: PathBuf::new(), line: None });
            }
            wanted = crate::key::parent(wanted);
        }
    }

    /// Adds the findings of a further look, without echoes: what lies at, under or above a key that is wrong already.
    pub fn look_further(&mut self, look: impl FnOnce(&mut Self)) {
        let mut further = Self::new(self.sources);
        look(&mut further);
        let echo = |key: &str| {
            let near = |other: &str| {
                let (short, long) =
                    if key.len() < other.len() { (key, other) } else { (other, key) };
                !short.is_empty()
                    && long
                        .strip_prefix(short)
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
            };
            self.found.iter().any(|fault| near(&fault.key))
        };
        let news: Vec<Fault> =
            further.found.into_iter().filter(|fault| !echo(&fault.key)).collect();
        self.found.extend(news);
    }

    /// Whether any finding refuses the config so far.
    #[must_use]
    pub fn refused(&self) -> bool {
        self.found.iter().any(|fault| fault.weight == Weight::Fault)
    }

    /// Every finding, in order of place.
    #[must_use]
    pub fn into_vec(mut self) -> Vec<Fault> {
        self.found.sort();
        self.found
    }
}
