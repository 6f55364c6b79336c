//! Help-center articles: `articles/<tenant>/<language>/<slug>.md`.
//!
//! The first line that begins with `# ` is the title; a line `<!-- segments: a, b -->` before it
//! names the customer groups it is for.

use std::path::Path;

use crate::fault::{Fault, Faults, Place, Weight};
use crate::platform::unreadable;
use crate::tenant::{Tenant, is_name};

/// An article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Article {
    /// Its address part: the file's name.
    pub slug: String,
    /// Its language: the folder's name.
    pub language: String,
    /// Its title.
    pub title: String,
    /// Markdown, without the title.
    pub body: String,
    /// Customer groups it is for; empty is all.
    pub segments: Vec<String>,
}

/// Reads a folder of articles; no folder is none.
pub(crate) fn read(
    folder: &Path,
    tenant: &Tenant,
    faults: &mut Faults<'_>,
    texts: &mut Vec<String>,
) -> Vec<Article> {
    let mut articles = Vec::new();
    for language in files(folder, faults) {
        if !language.is_dir() {
            continue;
        }
        let name = language.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !tenant.language_names().contains(&name) {
            let what = format!(
                "a folder for {name:?}; the tenant's languages are {}",
                tenant.language_names().join(", ")
            );
            faults.add(at(&language, None, what, Weight::Warning));
            continue;
        }
        for path in files(&language, faults) {
            if path.extension().is_none_or(|end| end != "md") {
                continue;
            }
            match std::fs::read_to_string(&path) {
                Ok(text) => {
                    articles.extend(parse(&path, &name, &text, tenant, faults));
                    texts.push(text);
                }
                Err(error) => faults.add(unreadable(path, &error)),
            }
        }
    }
    articles
}

fn files(folder: &Path, faults: &mut Faults<'_>) -> Vec<std::path::PathBuf> {
    match std::fs::read_dir(folder) {
        Ok(entries) => {
            let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
            paths.sort();
            paths
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(error) => {
            faults.add(unreadable(folder.to_owned(), &error));
            Vec::new()
        }
    }
}

fn parse(
    path: &Path,
    language: &str,
    text: &str,
    tenant: &Tenant,
    faults: &mut Faults<'_>,
) -> Option<Article> {
    let slug = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    if !is_name(&slug) {
        let what = format!(
            "the file is called {slug:?}; it becomes an address: small letters, digits and -"
        );
        faults.add(at(path, None, what, Weight::Fault));
        return None;
    }
    let mut segments = Vec::new();
    let mut lines = text.lines().enumerate();
    for (n, line) in lines.by_ref() {
        let line = line.trim();
        if let Some(title) = line.strip_prefix("# ") {
            let body: Vec<&str> = lines.map(|(_, line)| line).collect();
            return Some(Article {
                slug,
                language: language.to_owned(),
                title: title.trim().to_owned(),
                body: body.join("\n").trim().to_owned(),
                segments,
            });
        }
        let named = line.strip_prefix("<!-- segments:").and_then(|rest| rest.strip_suffix("-->"));
        for segment in named.into_iter().flat_map(|names| names.split(',')).map(str::trim) {
            if tenant.segments.iter().any(|known| known.id == segment) {
                segments.push(segment.to_owned());
            } else {
                let known: Vec<&str> = tenant.segments.iter().map(|s| s.id.as_str()).collect();
                let what = format!("no segment {segment:?}; there are {}", known.join(", "));
                faults.add(at(path, Some(n + 1), what, Weight::Fault));
            }
        }
    }
    faults.add(at(
        path,
        None,
        "no title; the first line must be `# Title`".to_owned(),
        Weight::Fault,
    ));
    None
}

fn at(path: &Path, line: Option<usize>, what: String, weight: Weight) -> Fault {
    Fault { place: Place::File { path: path.to_owned(), line }, key: String::new(), what, weight }
}
