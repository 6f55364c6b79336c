//! New versions that run beside the live ones. They see the same input after the live answer was given, on a host of
//! their own with room for one call at a time, and do nothing to the outside. What does not fit into the queue is
//! left out, so that live calls never wait for them.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use arc_swap::ArcSwap;
use kerros_app::ports::clock::Clock;
use kerros_app::ports::kv::Kv;
use kerros_app::ports::meter::NoMeter;
use kerros_app::ports::plugin::Call;
use kerros_app::ports::search::Search;
use kerros_app::ports::secrets::Secrets;
use kerros_app::tenant::{PluginUse, Tenant};
use kerros_domain::id::{PluginId, TenantId};
use kerros_host::{Host, HostCall, HostOptions, HostPorts, Kind, Script, Tape};
use kerros_observe::metrics::Metrics;
use kerros_observe::name::Name;
use kerros_publish::Digest;
use kerros_publish::lock::Lock;
use parking_lot::Mutex;
use serde_json::Value;
use tokio::sync::{mpsc, watch};

use super::asked::ask;
use super::compare::{Answer, Verdict, compare};
use super::nothing::NoOutside;
use super::report::{self, Report};
use super::versions::{Versions, use_key};
use crate::tenants::uses;

/// How often reports are written.
const WRITE_EVERY: Duration = Duration::from_secs(1);

/// Makes the host that shadows run on, when the first is begun.
pub type MakeHost = Box<dyn Fn() -> Result<Host, String> + Send + Sync>;

/// All of a node.
pub struct Shadows {
    running: ArcSwap<HashMap<Place, Arc<Running>>>,
    host: OnceLock<Arc<Host>>,
    make: MakeHost,
    queue: mpsc::Sender<Work>,
    waiting: Mutex<Option<mpsc::Receiver<Work>>>,
    metrics: OnceLock<Arc<Metrics>>,
    kv: OnceLock<Arc<dyn Kv>>,
    clock: Arc<dyn Clock>,
    data: PathBuf,
    differences: usize,
}

type Place = (TenantId, Kind, String);

/// One new version beside a live one.
struct Running {
    tenant: TenantId,
    kind: Kind,
    /// The live use, with the new version's digest.
    plugin: PluginUse,
    report: Mutex<(Report, bool)>,
}

/// A live call, to be made again.
pub struct Seen {
    /// Which.
    pub verb: &'static str,
    /// What it was given.
    pub input: Value,
    /// What came of it.
    pub answer: Answer,
    /// What it asked of the host.
    pub asked: Vec<HostCall>,
    /// How long it took, microseconds.
    pub us: u64,
    /// Its trace.
    pub trace: String,
}

struct Work {
    running: Arc<Running>,
    seen: Seen,
}

/// A live use that has a shadow.
pub struct Beside<'a> {
    shadows: &'a Shadows,
    running: Arc<Running>,
}

impl Shadows {
    /// None yet.
    pub fn new(
        queue: usize,
        differences: usize,
        data: PathBuf,
        clock: Arc<dyn Clock>,
        make: MakeHost,
    ) -> Self {
        let (queue, waiting) = mpsc::channel(queue.max(1));
        Self {
            running: ArcSwap::default(),
            host: OnceLock::new(),
            make,
            queue,
            waiting: Mutex::new(Some(waiting)),
            metrics: OnceLock::new(),
            kv: OnceLock::new(),
            clock,
            data,
            differences,
        }
    }

    /// Begins to count.
    pub fn begin(&self, metrics: Arc<Metrics>) {
        let _ = self.metrics.set(metrics);
    }

    /// Where bots keep things: read by shadows, never changed by them.
    pub fn keep_in(&self, kv: Arc<dyn Kv>) {
        let _ = self.kv.set(kv);
    }

    /// The shadow of a use, if it has one.
    pub fn of(&self, kind: Kind, call: Call<'_>) -> Option<Beside<'_>> {
        let running = self.running.load();
        if running.is_empty() {
            return None;
        }
        let place = (call.tenant.clone(), kind, call.plugin.name.clone());
        let running = running.get(&place)?;
        // Promoted, and the report not yet taken away: nothing to compare with itself.
        if call.plugin.version == running.plugin.version || running.report.lock().0.fault.is_some()
        {
            return None;
        }
        Some(Beside { shadows: self, running: Arc::clone(running) })
    }

    /// What was seen of each, for the API.
    pub fn reports(&self) -> Vec<Report> {
        let mut all: Vec<Report> =
            self.running.load().values().map(|one| one.report.lock().0.clone()).collect();
        all.sort_by(|a, b| (&a.tenant, &a.used_as).cmp(&(&b.tenant, &b.used_as)));
        all
    }

    /// Runs what a tenant's lock asks for, and ends what it does not. Blocks: a new version is compiled.
    pub fn apply(&self, versions: &Versions, tenant: &Tenant, lock: &Lock) {
        let id = &tenant.policy.id;
        let now = self.running.load_full();
        let mut next: HashMap<Place, Arc<Running>> = now
            .iter()
            .filter(|((of, ..), _)| of != id)
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect();
        for (kind, live) in uses(tenant) {
            let key = use_key(kind.as_str(), &live.name);
            let Some(locked) = lock.uses.get(&key).filter(|one| one.plugin == live.plugin.as_str())
            else {
                continue;
            };
            let Some(to) = &locked.shadow else { continue };
            let new = &to.version;
            let plugin = PluginUse { version: Some(new.digest.hex().into()), ..live.clone() };
            let config = Digest::of(live.config.as_bytes());
            let place = (id.clone(), kind, live.name.clone());
            // The same comparison under the same config goes on counting.
            if let Some(known) = now.get(&place)
                && known.plugin == plugin
                && known.report.lock().0.is_of(locked, &config)
            {
                next.insert(place, Arc::clone(known));
                continue;
            }
            let now_ms = self.clock.now().0;
            let mut report = Report::new(
                id.as_str(),
                &key,
                live.plugin.as_str(),
                locked.current.clone(),
                to,
                config.clone(),
                now_ms,
            );
            // After a restart of the server the count goes on.
            if let Some(kept) = report::read(&self.data, id.as_str(), &key)
                && kept.is_of(locked, &config)
                && kept.fault.is_none()
            {
                report = kept;
            }
            report.fault = self.load(versions, &new.digest, &plugin, kind).err();
            match &report.fault {
                None => {
                    tracing::info!(tenant = %id, r#use = key, version = new.version, "a new version runs beside the live one");
                }
                Some(why) => {
                    tracing::error!(tenant = %id, r#use = key, version = new.version, "a new version does not run: {why}");
                }
            }
            let running =
                Running { tenant: id.clone(), kind, plugin, report: Mutex::new((report, true)) };
            next.insert(place, Arc::new(running));
        }
        self.put(next);
    }

    /// Ends a tenant's.
    pub fn forget(&self, tenant: &TenantId) {
        let now = self.running.load_full();
        let next = now.iter().filter(|((of, ..), _)| of != tenant);
        self.put(next.map(|(k, v)| (k.clone(), v.clone())).collect());
    }

    fn put(&self, next: HashMap<Place, Arc<Running>>) {
        let used: BTreeSet<Arc<str>> =
            next.values().filter_map(|one| one.plugin.version.clone()).collect();
        self.running.store(Arc::new(next));
        let Some(host) = self.host.get() else { return };
        for loaded in host.versions() {
            if !used.contains(&loaded.digest) {
                host.unload_version(&loaded.digest);
            }
        }
    }

    fn load(
        &self,
        versions: &Versions,
        digest: &Digest,
        plugin: &PluginUse,
        kind: Kind,
    ) -> Result<(), String> {
        if kind == Kind::Report {
            return Err(
                "reports are built when somebody asks: there is no live input to compare on"
                    .to_owned(),
            );
        }
        if self.host.get().is_none() {
            let host = Arc::new((self.make)()?);
            if let Some(kv) = self.kv.get() {
                host.keep_in(Arc::clone(kv));
            }
            let _ = self.host.set(host);
        }
        let Some(host) = self.host.get() else { return Err("no engine".to_owned()) };
        let id: &PluginId = &plugin.plugin;
        if host.loaded_version(id, Some(digest.hex())).is_none() {
            let vetted = versions.vetted(digest)?;
            host.load_version(&vetted.wasm).map_err(|error| error.to_string())?;
        }
        let loaded = host.loaded_version(id, Some(digest.hex()));
        let loaded = loaded.ok_or_else(|| format!("{digest} is not {id}"))?;
        // Promoting would refuse the tenant's file: said now, not then.
        let config = serde_json::from_str(&plugin.config).unwrap_or(Value::Null);
        let faults = host.check_version_config(id, Some(&loaded.digest), &config);
        match faults.first() {
            None => Ok(()),
            Some(fault) => Err(format!(
                "the tenant's config does not fit it: {}: {}",
                fault.path, fault.message
            )),
        }
    }

    /// Makes the calls, one after the other, until `stop`.
    pub async fn run(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        let Some(mut waiting) = self.waiting.lock().take() else { return };
        let mut tick = tokio::time::interval(WRITE_EVERY);
        loop {
            tokio::select! {
                () = stopped(&mut stop) => break,
                Some(work) = waiting.recv() => self.make_again(work).await,
                _ = tick.tick() => self.write().await,
            }
        }
        self.write().await;
    }

    async fn make_again(&self, work: Work) {
        let Work { running, seen } = work;
        let Some(host) = self.host.get() else { return };
        let call = Call { tenant: &running.tenant, plugin: &running.plugin, trace: &seen.trace };
        let tape = Tape::playing(Script::Effects(seen.asked));
        let asked = tape.run(ask(host, running.kind, seen.verb, call, &seen.input)).await;
        let Ok(answer) = asked else { return };
        let verdict = compare(seen.verb, &seen.answer, &answer);
        let new_us = tape.figures().map_or(0, |figures| micros(figures.time));
        self.note(&running, verdict, seen.us, new_us);
    }

    fn note(&self, running: &Running, verdict: Verdict, live_us: u64, new_us: u64) {
        let mut guard = running.report.lock();
        let (report, dirty) = &mut *guard;
        *dirty = true;
        if verdict != Verdict::Skipped {
            report.live_us += live_us;
            report.new_us += new_us;
        }
        let word = match verdict {
            Verdict::Same => {
                report.same += 1;
                "same"
            }
            Verdict::Different(places) => {
                report.different += 1;
                let room = self.differences.saturating_sub(report.differences.len());
                report.differences.extend(places.into_iter().take(room));
                "different"
            }
            Verdict::Failed(why) => {
                report.failed += 1;
                if report.failures.len() < self.differences && !report.failures.contains(&why) {
                    report.failures.push(why);
                }
                "failed"
            }
            Verdict::Skipped => {
                report.skipped += 1;
                "skipped"
            }
        };
        drop(guard);
        if let Some(metrics) = self.metrics.get() {
            let labels = [
                metrics.tenant(running.tenant.as_str()),
                running.plugin.plugin.as_str(),
                running.kind.as_str(),
                word,
            ];
            metrics.add(Name::ShadowCalls, &labels, 1.0);
        }
    }

    async fn write(&self) {
        let changed: Vec<Report> = self
            .running
            .load()
            .values()
            .filter_map(|one| {
                let mut guard = one.report.lock();
                std::mem::take(&mut guard.1).then(|| guard.0.clone())
            })
            .collect();
        if changed.is_empty() {
            return;
        }
        let data = self.data.clone();
        let written = tokio::task::spawn_blocking(move || {
            changed.iter().try_for_each(|one| report::write(&data, one))
        });
        if let Ok(Err(error)) = written.await {
            tracing::warn!(%error, "what new versions do could not be written down");
        }
    }
}

impl Beside<'_> {
    /// Lets the new version make the call too, when its turn comes.
    pub fn see(self, seen: Seen) {
        let work = Work { running: self.running, seen };
        if let Err(full) = self.shadows.queue.try_send(work) {
            let Work { running, .. } = full.into_inner();
            self.shadows.note(&running, Verdict::Skipped, 0, 0);
        }
    }
}

/// What the host of shadows is started with: as the live one, with room for one call at a time.
pub fn options(live: &HostOptions) -> HostOptions {
    let mut options = live.clone();
    for lane in [&mut options.limits.pure, &mut options.limits.io, &mut options.limits.batch] {
        lane.parallel = 1;
        lane.per_tenant = 1;
    }
    options.figures = None;
    options
}

/// What the host of shadows reaches: secrets for checks, the help center, and nothing outside.
pub struct Reach {
    search: Arc<dyn Search>,
    secrets: Arc<dyn Secrets>,
    clock: Arc<dyn Clock>,
}

impl Reach {
    /// A part of what the live host reaches.
    pub fn of(live: &HostPorts) -> Self {
        let HostPorts { search, secrets, clock, .. } = live;
        Self { search: Arc::clone(search), secrets: Arc::clone(secrets), clock: Arc::clone(clock) }
    }

    /// As ports.
    pub fn ports(&self) -> HostPorts {
        HostPorts {
            outbound: Arc::new(NoOutside),
            search: Arc::clone(&self.search),
            secrets: Arc::clone(&self.secrets),
            clock: Arc::clone(&self.clock),
            meter: Arc::new(NoMeter),
        }
    }
}

/// Waits for the stop; a sender that is gone is one too.
pub async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
