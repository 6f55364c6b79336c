//! Takes changed tenants and plugins in while Kerros runs: by notice of the file system, by SIGHUP, and by a
//! look every few seconds where notices do not come (network file systems, containers).

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use kerros_app::ports::tenants::Tenants as _;
use kerros_domain::id::TenantId;
use kerros_observe::name::Name;
use kerros_settings::{Fault, Weight};
use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::{mpsc, watch};

use super::read::Read;
use super::taken;
use crate::compose::House;
use crate::node::{born, plugins};

/// Editors write a file in several steps: changes within this are one.
const SETTLE: Duration = Duration::from_millis(150);
/// The look without a notice.
const POLL: Duration = Duration::from_secs(5);

/// What of the config was last looked at, so that a faulty file is told once and not every few seconds.
#[derive(Default)]
pub struct Seen {
    tenants: BTreeMap<TenantId, [u8; 32]>,
    plugins: plugins::Seen,
    stamp: u64,
    /// Files of secrets that tenants name.
    secrets: BTreeMap<TenantId, Vec<PathBuf>>,
    left_out: BTreeMap<TenantId, Vec<Fault>>,
}

impl Seen {
    /// What was read at start.
    pub fn at_start(read: &[Read], plugins: plugins::Seen) -> Self {
        let tenants = read.iter().map(|one| (one.id.clone(), one.mark)).collect();
        let left_out = read.iter().filter(|one| one.tenant.is_none());
        let left_out = left_out.map(|one| (one.id.clone(), one.faults.clone())).collect();
        let secrets = read.iter().map(|one| (one.id.clone(), one.secret_files.clone())).collect();
        Self { tenants, plugins, stamp: 0, secrets, left_out }
    }

    /// Why a tenant was left out at start, if it was.
    pub fn left_out(&self, tenant: &TenantId) -> Option<&[Fault]> {
        self.left_out.get(tenant).map(Vec::as_slice)
    }
}

/// Looks again whenever something changes or `asked` rings, until `stop`.
pub async fn run(
    house: Arc<House>,
    mut seen: Seen,
    mut asked: mpsc::Receiver<()>,
    mut stop: watch::Receiver<bool>,
) {
    let (notice, mut noticed) = mpsc::channel(1);
    // Dropped at the end: it holds the system's watch.
    let _watcher = watcher(&house, notice);
    loop {
        let mut asked_for = true;
        tokio::select! {
            () = stopped(&mut stop) => return,
            Some(()) = noticed.recv() => {
                tokio::time::sleep(SETTLE).await;
                while noticed.try_recv().is_ok() {}
            }
            Some(()) = asked.recv() => tracing::info!("asked to look at the config again"),
            () = tokio::time::sleep(POLL) => asked_for = false,
        }
        let house = Arc::clone(&house);
        let looked = tokio::task::spawn_blocking(move || {
            // Without being asked, only a change of files is worth reading them all.
            let stamp = stamp(&house, &seen);
            if asked_for || stamp != seen.stamp {
                seen.stamp = stamp;
                look(&house, &mut seen);
            }
            house.versions.retain(&house.host, &house.directory.versions());
            seen
        });
        match looked.await {
            Ok(back) => seen = back,
            Err(error) => {
                tracing::error!(%error, "a look at the config broke");
                return;
            }
        }
    }
}

async fn stopped(stop: &mut watch::Receiver<bool>) {
    // An error means that the sender is gone: a stop too.
    let _ = stop.wait_for(|stop| *stop).await;
}

fn watcher(house: &House, notice: mpsc::Sender<()>) -> Option<RecommendedWatcher> {
    let made = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        // Reading a file is an event too; only changes count. A full channel means a look is due anyway.
        if event.is_ok_and(|event| !event.kind.is_access()) {
            let _ = notice.try_send(());
        }
    });
    let mut watcher = match made {
        Ok(watcher) => watcher,
        Err(error) => {
            tracing::warn!(%error, "no notices of changed files; looking every few seconds");
            return None;
        }
    };
    for folder in folders(house) {
        // A folder that is not there yet is found by the look every few seconds.
        if folder.is_dir()
            && let Err(error) = watcher.watch(&folder, RecursiveMode::Recursive)
        {
            tracing::warn!(folder = %folder.display(), %error, "no notices of changes in this folder");
        }
    }
    Some(watcher)
}

fn folders(house: &House) -> [PathBuf; 3] {
    [house.config.join("tenants"), house.config.join("articles"), house.plugins_dir()]
}

/// Names, sizes and times of all files: cheap to take, different when any of them is.
fn stamp(house: &House, seen: &Seen) -> u64 {
    use std::hash::{DefaultHasher, Hash as _, Hasher as _};
    let mut stamp = DefaultHasher::new();
    // Wherever they lie, one that somebody else keeps fresh there is read again.
    for path in seen.secrets.values().flatten() {
        path.hash(&mut stamp);
        let about = std::fs::metadata(path).ok();
        about.map(|about| (about.len(), about.modified().ok())).hash(&mut stamp);
    }
    let mut folders: Vec<PathBuf> = folders(house).into();
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        let mut paths: Vec<PathBuf> =
            entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.sort();
        for path in paths {
            let Ok(about) = std::fs::metadata(&path) else { continue };
            path.hash(&mut stamp);
            if about.is_dir() {
                folders.push(path);
            } else {
                about.len().hash(&mut stamp);
                about.modified().ok().hash(&mut stamp);
            }
        }
    }
    stamp.finish()
}

/// One look: plugins first, for a tenant may wait for one.
pub fn look(house: &House, seen: &mut Seen) {
    plugins::look(&house.host, &house.versions, &mut seen.plugins);
    let reader = house.reader();
    let files = match reader.files() {
        Ok(files) => files,
        Err(fault) => {
            tracing::error!(%fault, "the tenants' folder cannot be read; all stay as they are");
            return;
        }
    };
    let mut there = Vec::new();
    for path in files {
        let read = reader.one(&path);
        there.push(read.id.clone());
        seen.secrets.insert(read.id.clone(), read.secret_files.clone());
        if seen.tenants.get(&read.id) != Some(&read.mark) {
            seen.tenants.insert(read.id.clone(), read.mark);
            take_in(house, read);
        }
    }
    seen.secrets.retain(|id, _| there.contains(id));
    seen.tenants.retain(|id, _| {
        let stays = there.contains(id);
        if !stays {
            tracing::warn!(tenant = %id, "its file is gone: the tenant is not served any more");
            house.directory.remove(id);
            house.keyring.forget(id);
            house.shadows.forget(id);
            house.post.forget(id);
        }
        stays
    });
}

/// Takes a tenant in, or refuses it and lets the old one stay.
pub fn take_in(house: &House, read: Read) -> bool {
    let Read { id, tenant, unset, faults, files, digest, texts_stay, mail, .. } = read;
    for Fault { place, key, what, weight } in &faults {
        match weight {
            Weight::Fault => tracing::error!(tenant = %id, "{place}: {key}: {what}"),
            Weight::Warning => tracing::warn!(tenant = %id, "{place}: {key}: {what}"),
        }
    }
    let Some((tenant, ring)) = tenant else {
        refused(house, &id);
        return false;
    };
    if let Err(error) = house.search.replace(&id, &tenant.articles) {
        tracing::error!(tenant = %id, %error, "its articles cannot be searched");
        refused(house, &id);
        return false;
    }
    house.keyring.replace(&id, &ring, &unset);
    house.failed.allow_texts(&id, texts_stay);
    let tenant = Arc::new(tenant);
    born::tenant(&house.metrics, &tenant);
    house.directory.put(&tenant);
    house.post.put(&id, mail);
    match house.versions.lock(id.as_str()) {
        Ok(lock) => house.shadows.apply(&house.versions, &tenant, &lock),
        Err(error) => tracing::error!(tenant = %id, error, "its lock cannot be read"),
    }
    taken::note(&house.settings.data, &id, &files);
    house.metrics.add(Name::ConfigReloads, &["taken"], 1.0);
    house.metrics.set(Name::ConfigLoaded, &[], house.now_seconds());
    tracing::info!(tenant = %id, digest, "config taken in");
    true
}

fn refused(house: &House, id: &TenantId) {
    match house.directory.get(id) {
        Some(_) => tracing::error!(tenant = %id, "config refused; the old one stays"),
        None => tracing::error!(tenant = %id, "config refused; not served until it is sound"),
    }
    house.metrics.add(Name::ConfigReloads, &["refused"], 1.0);
}
