//! Reads one tenant's file.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use super::{Tenant, is_name};
use crate::article::{self, Article};
use crate::check::Checker;
use crate::document::Document;
use crate::fault::{Fault, Faults, Place, Weight};
use crate::platform::unreadable;

/// A tenant's file, read and checked as far as settings can.
#[derive(Debug)]
pub struct TenantFile {
    /// The tenant's name: the file's.
    pub id: String,
    /// The file.
    pub path: PathBuf,
    /// The tenant, with stand-ins for what is wrong, to be checked further; `None` if too much is wrong. Not to
    /// be served if a fault refuses it.
    pub tenant: Option<Tenant>,
    /// Its help-center articles.
    pub articles: Vec<Article>,
    /// Where each key stands, for further checks.
    pub document: Document,
    /// Every finding, in order of place.
    pub faults: Vec<Fault>,
    /// The file's text and the articles', to tell whether anything changed.
    pub texts: Vec<String>,
}

impl TenantFile {
    /// The tenant, if nothing refuses it.
    #[must_use]
    pub fn accepted(&self) -> Option<&Tenant> {
        let refused = self.faults.iter().any(|fault| fault.weight == Weight::Fault);
        self.tenant.as_ref().filter(|_| !refused)
    }
}

static CHECKER: LazyLock<Checker> = LazyLock::new(Checker::of::<Tenant>);

/// The tenants' files of a config folder, by name. No folder is no tenant.
///
/// # Errors
/// When the folder is there but cannot be read.
pub fn names(dir: &Path) -> Result<Vec<PathBuf>, Fault> {
    let folder = dir.join("tenants");
    let entries = match std::fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unreadable(folder, &error)),
    };
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|end| end == "toml") && path.is_file())
        .collect();
    files.sort();
    Ok(files)
}

/// Reads `config/tenants/NAME.toml` and the articles that belong to it.
#[must_use]
pub fn load(dir: &Path, path: &Path) -> TenantFile {
    let id = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let text = std::fs::read_to_string(path);
    let (document, early) = match &text {
        Ok(text) => Document::parse(path, text),
        Err(error) => (Document::parse(path, "").0, vec![unreadable(path.to_owned(), error)]),
    };
    let sources = [document];
    let mut faults = Faults::new(&sources);
    let broken = !early.is_empty();
    early.into_iter().for_each(|fault| faults.add(fault));
    if !is_name(&id) {
        faults.add(Fault {
            place: Place::File { path: path.to_owned(), line: None },
            key: String::new(),
            what: format!("the file is called {id:?}; allowed is {}", super::NAME_WORDS),
            weight: Weight::Fault,
        });
    }
    // A file that is not TOML would only add echoes: keys that could not be read seem missing.
    let tenant = if broken { None } else { typed(&sources[0], &mut faults) };
    let mut texts = vec![text.unwrap_or_default()];
    let articles = tenant.as_ref().map_or_else(Vec::new, |tenant| {
        let folder = tenant.articles.clone().unwrap_or_else(|| Path::new("articles").join(&id));
        article::read(&dir.join(folder), tenant, &mut faults, &mut texts)
    });
    let faults = faults.into_vec();
    let [document] = sources;
    TenantFile { id, path: path.to_owned(), tenant, articles, document, faults, texts }
}

fn typed(document: &Document, faults: &mut Faults<'_>) -> Option<Tenant> {
    let healed = CHECKER.check(&document.value, faults)?;
    match serde_json::from_value::<Tenant>(healed) {
        Ok(tenant) => {
            faults.look_further(|faults| tenant.validate(faults));
            Some(tenant)
        }
        Err(error) => {
            faults.wrong("", "", error);
            None
        }
    }
}
