//! What a component says of itself, as far as packages and signatures repeat it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Facts of a plugin's own manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// `kind/name`.
    pub id: String,
    /// Semver.
    pub version: String,
    /// Its kind.
    pub kind: String,
    /// Of the kind's contract.
    pub api: String,
    /// A short name for people.
    pub title: String,
    /// A sentence for people; may be empty.
    pub description: String,
    /// Wanted capabilities.
    pub wants: Vec<String>,
}

const ID: &str = "org.kerros.plugin.id";
const KIND: &str = "org.kerros.plugin.kind";
const API: &str = "org.kerros.plugin.api";
const WANTS: &str = "org.kerros.plugin.wants";
const VERSION: &str = "org.opencontainers.image.version";
const TITLE: &str = "org.opencontainers.image.title";
const DESCRIPTION: &str = "org.opencontainers.image.description";

impl Facts {
    /// As annotations of an OCI manifest.
    pub(crate) fn annotations(&self) -> BTreeMap<String, String> {
        let mut all = BTreeMap::from([
            (ID, self.id.clone()),
            (KIND, self.kind.clone()),
            (API, self.api.clone()),
            (VERSION, self.version.clone()),
            (TITLE, self.title.clone()),
        ]);
        if !self.description.is_empty() {
            all.insert(DESCRIPTION, self.description.clone());
        }
        if !self.wants.is_empty() {
            all.insert(WANTS, self.wants.join(" "));
        }
        all.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
    }

    /// From annotations; names the first that is missing.
    pub(crate) fn from_annotations(all: &BTreeMap<String, String>) -> Result<Self, String> {
        let one = |key: &str| {
            all.get(key).cloned().ok_or_else(|| format!("the annotation {key} is missing"))
        };
        Ok(Self {
            id: one(ID)?,
            version: one(VERSION)?,
            kind: one(KIND)?,
            api: one(API)?,
            title: one(TITLE)?,
            description: all.get(DESCRIPTION).cloned().unwrap_or_default(),
            wants: all
                .get(WANTS)
                .map(|wants| wants.split_whitespace().map(str::to_owned).collect())
                .unwrap_or_default(),
        })
    }

    /// The first fact in which a component differs from these, in words.
    #[must_use]
    pub fn differs(&self, component: &Self) -> Option<String> {
        // What it may reach is read from here before anybody looks into the component.
        let (said, is) = (self.wants.join(" "), component.wants.join(" "));
        let pairs = [
            ("id", &self.id, &component.id),
            ("version", &self.version, &component.version),
            ("kind", &self.kind, &component.kind),
            ("api", &self.api, &component.api),
            ("wants", &said, &is),
        ];
        pairs.into_iter().find(|(_, said, is)| said != is).map(|(what, said, is)| {
            format!("the package says {what} {said:?}, the component in it says {is:?}")
        })
    }
}
