//! The languages a plugin may be written in. A folder's language shows in its files; `plugin.toml`, vectors and contract are
//! the same for all.

use std::fmt;
use std::path::Path;

/// A language of plugins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lang {
    /// `Cargo.toml` and `src/lib.rs`.
    Rust,
    /// `plugin.js`.
    Js,
    /// `plugin.py`.
    Python,
}

/// The names of the languages.
pub const LANGS: [&str; 3] = ["rust", "js", "python"];

impl Lang {
    /// The language of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Rust, Self::Js, Self::Python].into_iter().find(|lang| lang.as_str() == name)
    }

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::Js => "js",
            Self::Python => "python",
        }
    }

    /// The language of a plugin's folder.
    #[must_use]
    pub fn of(folder: &Path) -> Self {
        if folder.join("Cargo.toml").is_file() {
            Self::Rust
        } else if folder.join("plugin.js").is_file() {
            Self::Js
        } else if folder.join("plugin.py").is_file() {
            Self::Python
        } else {
            // What is missing is told where Rust's files are read.
            Self::Rust
        }
    }
}

impl fmt::Display for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
