//! The folder that a new plugin starts from. Everything it needs travels in the binary.

use std::path::{Path, PathBuf};

use crate::lang::Lang;
use crate::manifest::is_name;

/// The kinds of plugin.
pub const KINDS: [&str; 5] = ["channel", "bot", "tagger", "sla", "report"];

// `FILES`: path below `sdk/` and text of every file of `rust`, `js`, `python`, `wit` and `templates`; made by build.rs.
include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// Why no folder was written.
#[derive(Debug, thiserror::Error)]
pub enum ScaffoldError {
    /// No such kind.
    #[error("unknown kind {found:?}; known are {}", KINDS.join(", "))]
    Kind {
        /// What was asked for.
        found: String,
    },
    /// Not a name.
    #[error(
        "{found:?} is not a plugin name: 1 to 40 lower case letters, digits and inner dashes, \
         beginning with a letter"
    )]
    Name {
        /// What was asked for.
        found: String,
    },
    /// Nothing is ever overwritten.
    #[error("{} exists and is not empty", path.display())]
    NotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// A file could not be written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// A file that travels in the binary; empty if there is none of that path below `sdk/`.
pub(crate) fn sdk_file(path: &str) -> &'static str {
    FILES.iter().find(|(known, _)| *known == path).map_or("", |(_, text)| text)
}

/// Where a file below `sdk/` goes in a new plugin's folder, and whether its places are filled in.
fn place(path: &str, kind: &str, lang: Lang) -> Option<(String, bool)> {
    if let Some(rest) = path.strip_prefix(&format!("templates/{kind}/")) {
        // Description and vectors are the same in every language.
        let shared = rest == "plugin.toml" || rest.starts_with("vectors/");
        return (lang == Lang::Rust || shared).then(|| (rest.to_owned(), true));
    }
    if let Some(rest) = path.strip_prefix("wit/") {
        let whole =
            (lang == Lang::Rust && !rest.starts_with("frozen/")) || rest.starts_with("base/");
        let own = rest.strip_prefix(kind).is_some_and(|rest| rest.starts_with('/'));
        return (whole || own).then(|| (format!("sdk/{path}"), false));
    }
    if lang == Lang::Rust {
        return path.strip_prefix("rust/").map(|rest| (format!("sdk/kerros-plugin/{rest}"), false));
    }
    let end = if lang == Lang::Js { "js" } else { "py" };
    let rest = path.strip_prefix(lang.as_str())?.strip_prefix('/')?;
    if let Some(sdk) = rest.strip_prefix("kerros/") {
        return Some((format!("sdk/kerros/{sdk}"), false));
    }
    let template = rest.strip_prefix("templates/")?;
    if template == "README.md" {
        return Some((template.to_owned(), true));
    }
    (template == format!("{kind}.{end}")).then(|| (format!("plugin.{end}"), true))
}

/// Writes a new plugin of a kind into the empty or new folder `dest`, with the SDK beside it. Returns the
/// files written, below `dest`.
///
/// # Errors
/// An unknown kind, a bad name, or a folder that holds something.
pub fn scaffold(
    kind: &str,
    name: &str,
    lang: Lang,
    dest: &Path,
) -> Result<Vec<PathBuf>, ScaffoldError> {
    if !KINDS.contains(&kind) {
        return Err(ScaffoldError::Kind { found: kind.into() });
    }
    if !is_name(name) {
        return Err(ScaffoldError::Name { found: name.into() });
    }
    if std::fs::read_dir(dest).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(ScaffoldError::NotEmpty { path: dest.into() });
    }
    let mut written = Vec::new();
    let ignored = match lang {
        Lang::Rust => "/target\n",
        Lang::Js => "/target\n/node_modules\n",
        Lang::Python => "/target\n/.venv\n__pycache__\n",
    };
    let files = FILES.iter().filter_map(|(path, text)| {
        let (place, is_template) = place(path, kind, lang)?;
        Some((place, if is_template { fill(text, kind, name) } else { (*text).to_owned() }))
    });
    let mut own = vec![(".gitignore".to_owned(), ignored.to_owned())];
    if lang == Lang::Js {
        let package = "{\n  \"private\": true,\n  \"type\": \"module\"\n}\n";
        own.push(("package.json".to_owned(), package.to_owned()));
    }
    for (place, text) in files.chain(own) {
        let file = dest.join(&place);
        let folder = file.parent().unwrap_or(dest);
        std::fs::create_dir_all(folder)
            .and_then(|()| std::fs::write(&file, text))
            .map_err(|source| ScaffoldError::Io { path: file.clone(), source })?;
        written.push(PathBuf::from(place));
    }
    Ok(written)
}

/// Fills a template's places: `{{name}}`, `{{kind}}`, `{{Type}}` (the name in camel case).
fn fill(text: &str, kind: &str, name: &str) -> String {
    let type_name: String = name
        .split('-')
        .map(|word| {
            let mut letters = word.chars();
            letters.next().map_or_else(String::new, |first| {
                first.to_ascii_uppercase().to_string() + letters.as_str()
            })
        })
        .collect();
    text.replace("{{name}}", name).replace("{{kind}}", kind).replace("{{Type}}", &type_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_template_a_contract_and_an_sdk_file() {
        for kind in KINDS {
            for file in ["Cargo.toml", "plugin.toml", "README.md", "src/lib.rs"] {
                let path = format!("templates/{kind}/{file}");
                assert!(FILES.iter().any(|(known, _)| *known == path), "{path} is missing");
            }
            let vectors = format!("templates/{kind}/vectors/");
            assert!(FILES.iter().any(|(path, _)| path.starts_with(&vectors)), "{vectors}");
            for path in [format!("wit/{kind}/{kind}.wit"), format!("rust/src/{kind}.rs")] {
                assert!(FILES.iter().any(|(known, _)| **known == path), "{path} is missing");
            }
        }
    }

    #[test]
    fn a_new_plugin_is_whole_and_named() {
        let folder = tempfile::tempdir().unwrap();
        let dest = folder.path().join("new");
        let written = scaffold("tagger", "by-mood", Lang::Rust, &dest).unwrap();
        assert!(written.contains(&"sdk/kerros-plugin/Cargo.toml".into()));
        assert!(written.contains(&"sdk/wit/tagger/tagger.wit".into()));
        for file in &written {
            let text = std::fs::read_to_string(dest.join(file)).unwrap();
            if !file.starts_with("sdk") {
                assert!(!text.contains("{{"), "{} has an unfilled place", file.display());
            }
        }
        let manifest = crate::Manifest::read(&dest).unwrap();
        assert_eq!(manifest.id, "tagger/by-mood");
    }

    #[test]
    fn every_kind_begins_in_every_language() {
        for (lang, file) in
            [(Lang::Rust, "src/lib.rs"), (Lang::Js, "plugin.js"), (Lang::Python, "plugin.py")]
        {
            for kind in KINDS {
                let folder = tempfile::tempdir().unwrap();
                let written = scaffold(kind, "made-here", lang, folder.path()).unwrap();
                for wanted in [file, "plugin.toml", "README.md", ".gitignore"] {
                    assert!(written.contains(&wanted.into()), "{lang} {kind}: no {wanted}");
                }
                for wanted in ["vectors", "sdk/wit/base", &format!("sdk/wit/{kind}")] {
                    assert!(
                        written.iter().any(|f| f.starts_with(wanted)),
                        "{lang} {kind}: {wanted}"
                    );
                }
                assert_eq!(Lang::of(folder.path()), lang);
                crate::Manifest::read(folder.path()).unwrap();
            }
        }
    }

    #[test]
    fn nothing_is_overwritten_and_bad_names_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("mine"), "").unwrap();
        assert!(matches!(
            scaffold("bot", "x", Lang::Js, folder.path()),
            Err(ScaffoldError::NotEmpty { .. })
        ));
        for name in ["", "X", "a b", "-a", "a-", "../a", "a/b", "1a"] {
            let dest = folder.path().join("new");
            assert!(
                matches!(scaffold("bot", name, Lang::Rust, &dest), Err(ScaffoldError::Name { .. })),
                "{name}"
            );
        }
        assert!(matches!(
            scaffold("boat", "x", Lang::Rust, &folder.path().join("new")),
            Err(ScaffoldError::Kind { .. })
        ));
    }
}
