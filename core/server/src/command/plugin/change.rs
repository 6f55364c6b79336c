//! Changes which version serves a use, if a server would take it: the tenant is read whole first, as `kerros check`
//! does, under the lock that is to be.

use kerros_domain::id::PluginId;
use kerros_publish::lock::{Lock, Step, Use};
use kerros_settings::{Fault, Weight};

use super::uses::{Found, Named};
use crate::command::check::engine;
use crate::lifecycle::versions::Versions;
use crate::said;
use crate::tenants::read::Reader;

/// What was done.
pub struct Changed<T> {
    /// The step's own word.
    pub step: T,
    /// Why a server does not take it in yet, although nothing is wrong with this use.
    others: Vec<Fault>,
}

impl<T> Changed<T> {
    /// Tells what still keeps a server from it; `true` if nothing does.
    pub fn serves(&self) -> bool {
        if self.others.is_empty() {
            return true;
        }
        said::error(
            "it is locked so; a server takes it in when the tenant's file has no other faults:",
        );
        self.others.iter().for_each(|fault| said::note(&format!("  {fault}")));
        false
    }
}

/// Takes a step with the lock of a use; `None` if it was refused, which was told. `without` is the refusal of a use
/// that is not locked yet.
pub fn change<T>(
    named: &Named,
    found: &Found,
    without: Step,
    step: impl FnOnce(&mut Use) -> Result<T, Step>,
) -> anyhow::Result<Option<Changed<T>>> {
    let mut lock = found.versions.locks.read(&named.tenant)?;
    let before = lock.uses.get(&found.key).cloned();
    let mine = lock.uses.get_mut(&found.key);
    let mine = mine.filter(|mine| mine.plugin == found.placed.uses.plugin);
    let done = match mine.ok_or(without).and_then(step) {
        Ok(done) => done,
        Err(step) => {
            said::error(&step.to_string());
            return Ok(None);
        }
    };
    let after = lock.uses.get(&found.key).cloned();
    let current = |uses: &Option<Use>| uses.as_ref().and_then(|uses| uses.current.clone());
    let mut others = Vec::new();
    if current(&before) != current(&after) {
        if let Some(pinned) = found.pinned() {
            said::error(&pinned);
            return Ok(None);
        }
        let trial = Trial::of(named, found, &lock)?;
        if !trial.own.is_empty() {
            trial.tell(found, &current(&after).map_or_else(inside, |next| next.version));
            return Ok(None);
        }
        others = trial.others;
    }
    let written = found.versions.locks.change(&named.tenant, |lock| {
        if lock.uses.get(&found.key) != before.as_ref() {
            return Err(Step::Meanwhile);
        }
        lock.uses.extend(after.map(|after| (found.key.clone(), after)));
        Ok(())
    })?;
    if let Err(step) = written {
        said::error(&step.to_string());
        return Ok(None);
    }
    Ok(Some(Changed { step: done, others }))
}

fn inside() -> String {
    "the version inside Kerros".to_owned()
}

/// Whether a key stands under a place of the file, or is that place.
fn is_under(key: &str, at: &str) -> bool {
    key.strip_prefix(at).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// What a server would find wrong.
struct Trial {
    /// With this use, or because of it.
    own: Vec<String>,
    /// Else; it is wrong now, too.
    others: Vec<Fault>,
}

impl Trial {
    fn of(named: &Named, found: &Found, lock: &Lock) -> anyhow::Result<Self> {
        let next = Versions::new(&found.settings).supposing(&named.tenant, lock.clone());
        let host = engine(&found.settings, &next)?;
        let read = |versions: &Versions| {
            let reader = Reader {
                config: &named.places.config,
                data: &found.settings.data,
                policy: &found.settings.plugins.policy,
                host: &host,
                versions,
                ids: None,
            };
            let mut faults = reader.one(&found.file).faults;
            faults.retain(|fault| fault.weight == Weight::Fault);
            faults
        };
        let at = &found.placed.at;
        let (own, mut others): (Vec<Fault>, Vec<Fault>) =
            read(&next).into_iter().partition(|fault| is_under(&fault.key, at));
        let mut own: Vec<String> = own.iter().map(ToString::to_string).collect();
        if !others.is_empty() {
            let now = read(&found.versions);
            let fresh = others.iter().filter(|fault| !now.contains(fault));
            own.extend(fresh.map(ToString::to_string));
            others.retain(|fault| now.contains(fault));
        }
        // Nothing inside Kerros would let the newest installed version serve, and lock it.
        let id = PluginId::from(found.placed.uses.plugin.as_str());
        let is_inside = lock.uses.get(&found.key).is_some_and(|uses| uses.current.is_none());
        if is_inside && host.loaded(&id).is_none() {
            own.push(format!("{at}.plugin: there is no version of {id} inside Kerros"));
        }
        Ok(Self { own, others })
    }

    fn tell(&self, found: &Found, next: &str) {
        said::error(&format!(
            "refused: with {next} a server would not take the tenant's file, and what serves {} would stay:",
            found.key
        ));
        self.own.iter().for_each(|fault| said::note(&format!("  {fault}")));
        said::note(
            "nothing was changed; make the file fit both versions, or install what is missing, then call again",
        );
    }
}
