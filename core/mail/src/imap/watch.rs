//! Keeps one mailbox taken in: looks, fetches, commits with the position, marks on the server, waits.
//!
//! The order is what keeps mails: a mail and the position that stands for it are one commit, and only then is
//! anything changed on the server. Whatever breaks in between is done again, and a repeat is known by its digest.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use kerros_app::accept::MailTaken;
use kerros_app::ports::clock::Clock;
use kerros_app::ports::mail::{Fetched, MailPosition};
use kerros_app::ports::meter::{Measure, Meter};
use tokio::sync::watch;

use super::fetch::{self, Got, Group, Shelf, Witness};
use super::session::{Fault, Gate, Open};
use super::{after, idle};
use crate::account::{After, Mailbox};
use crate::health::{Health, MailboxHealth, State};
use crate::intake::Intake;
use crate::lift::Kept;
use crate::lift::hook::lifted;

/// How long a node may fetch before it must say again that it does. Milliseconds.
const LEASE_MS: i64 = 60_000;
/// How often it says so.
const RENEW: Duration = Duration::from_secs(20);
/// How often a mail that the server does not give is asked for before it is passed over.
const TRIES: u32 = 3;
/// How often the connection may be lost at a mail before that mail is suspected: more often, for most of the time
/// the mail is not to blame. It is passed over once the connection is lost at it right after another mail came.
const LOST: u32 = 5;
/// How often either where there is no other mail: nothing waits behind it, and only time shows whether it is the
/// server. With the growing pauses between tries this is some twenty minutes.
const ALONE: u32 = 12;
/// How often progress is told in the log.
const TELL: Duration = Duration::from_secs(10);

/// What watchers of all mailboxes share.
#[derive(Clone)]
pub struct Deps {
    /// Logs in.
    pub gate: Gate,
    /// Where mails go.
    pub intake: Arc<dyn Intake>,
    /// Where files go.
    pub files: Arc<dyn kerros_app::ports::files::Files>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Metrics.
    pub meter: Arc<dyn Meter>,
    /// How mailboxes are.
    pub health: Arc<Health>,
}

impl std::fmt::Debug for Deps {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Deps")
    }
}

/// Keeps one mailbox taken in until `stop`.
pub async fn run(deps: Deps, mailbox: Mailbox, mut stop: watch::Receiver<bool>) {
    let (tenant, name) = (mailbox.account.tenant.clone(), mailbox.name.clone());
    deps.health.begin(MailboxHealth {
        tenant: tenant.clone(),
        mailbox: name.clone(),
        channel: mailbox.channel.clone(),
        address: mailbox.address.clone(),
        state: State::Starting,
        since: deps.clock.now(),
        fault: None,
        waiting: 0,
        fetched: 0,
        caught_up: None,
    });
    let mut watcher = Watcher::new(deps, mailbox);
    tokio::select! {
        () = watcher.stay() => {}
        // An error means that the sender is gone: a stop too. What is under way is done again next time.
        _ = stop.wait_for(|stop| *stop) => {}
    }
    watcher.leave().await;
    watcher.deps.health.end(&tenant, &name);
}

/// Takes in what lies in a mailbox now, then ends. `told` hears how many mails are done, of how many.
///
/// # Errors
/// [`Fault`], after a few tries; what was taken in stays so.
pub async fn import(
    deps: Deps,
    mailbox: Mailbox,
    told: &(dyn Fn(u64, u64) + Sync),
) -> Result<u64, Fault> {
    let mut watcher = Watcher::new(deps, mailbox);
    let done = watcher.import(told).await;
    watcher.leave().await;
    done
}

struct Watcher {
    deps: Deps,
    mailbox: Mailbox,
    shelf: Shelf,
    role: String,
    /// Committed, but the server does not know yet what becomes of them.
    unmarked: Vec<u32>,
    /// UIDVALIDITY that `unmarked`, `asked` and `lost` belong to.
    validity: u32,
    /// How often a mail was asked for in vain.
    asked: HashMap<u32, u32>,
    /// How often the connection was lost while a mail was asked for; of mails that came it is forgotten.
    lost: HashMap<u32, u32>,
    /// Mails that are to blame for it.
    guilty: HashSet<u32>,
    /// Faults in a row.
    faults: u32,
    led_at: Option<Instant>,
    told_at: Instant,
    /// Mails taken in.
    done: u64,
}

/// Fetched and not committed yet.
type Fresh = BTreeMap<u32, Got>;

impl Watcher {
    fn new(deps: Deps, mailbox: Mailbox) -> Self {
        let tenant = mailbox.account.tenant.clone();
        let shelf = Shelf {
            files: Arc::clone(&deps.files),
            tenant: tenant.clone(),
            limits: crate::lift::Limits::default(),
        };
        let role = format!("mail/{tenant}/{}", mailbox.name);
        Self {
            deps,
            mailbox,
            shelf,
            role,
            unmarked: Vec::new(),
            validity: 0,
            asked: HashMap::new(),
            lost: HashMap::new(),
            guilty: HashSet::new(),
            faults: 0,
            led_at: None,
            told_at: Instant::now(),
            done: 0,
        }
    }

    fn health(&self, change: impl FnOnce(&mut MailboxHealth)) {
        self.deps.health.change(&self.mailbox.account.tenant, &self.mailbox.name, change);
    }

    fn enter(&self, state: State) {
        let now = self.deps.clock.now();
        self.health(|one| {
            if one.state != state {
                (one.state, one.since) = (state, now);
            }
            if state != State::Down {
                one.fault = None;
            }
        });
    }

    async fn stay(&mut self) {
        loop {
            match self.lead().await {
                Ok(true) => {}
                Ok(false) => {
                    self.enter(State::Standby);
                    tokio::time::sleep(RENEW).await;
                    continue;
                }
                Err(fault) => {
                    self.down(&fault).await;
                    continue;
                }
            }
            if let Err(fault) = self.connected().await {
                self.down(&fault).await;
            }
        }
    }

    /// Tells a fault once, and waits: longer each time, longest where a person has to act.
    async fn down(&mut self, fault: &Fault) {
        let (tenant, mailbox) = (&self.mailbox.account.tenant, &self.mailbox.name);
        let (first, cap) = match fault {
            Fault::Login(_) | Fault::Config(_) => (30, 900),
            Fault::Network(_) | Fault::Keep(_) => (1, 300),
        };
        if self.faults == 0 {
            tracing::warn!(%tenant, mailbox, %fault, "mailbox down; trying again");
        } else {
            tracing::debug!(%tenant, mailbox, %fault, tries = self.faults, "mailbox still down");
        }
        self.deps.meter.record(Measure::MailFetched {
            tenant,
            mailbox,
            outcome: fault.word(),
            mails: 1,
        });
        self.enter(State::Down);
        self.health(|one| one.fault = Some(fault.to_string()));
        let seconds = (first << self.faults.min(10)).min(cap);
        // Not all at once when a server with many mailboxes comes back.
        let spread =
            self.role.bytes().fold(self.faults, |sum, byte| sum.wrapping_mul(31) ^ u32::from(byte));
        let millis = seconds * 1000 * (75 + u64::from(spread % 50)) / 100;
        self.faults = self.faults.saturating_add(1);
        tokio::time::sleep(Duration::from_millis(millis)).await;
    }

    /// Whether this node fetches the mailbox, asked again when it is time.
    async fn lead(&mut self) -> Result<bool, Fault> {
        if self.led_at.is_some_and(|at| at.elapsed() < RENEW) {
            return Ok(true);
        }
        let led = lead(&self.deps, &self.role).await?;
        self.led_at = led.then(Instant::now);
        Ok(led)
    }

    /// Lets another node take over now, not only when the lease has run out.
    async fn leave(&self) {
        if self.led_at.is_some() {
            let now = self.deps.clock.now();
            // Without a database nobody else takes over either.
            let _ = self.deps.intake.lead(&self.role, now, now).await;
        }
    }

    async fn open(&mut self) -> Result<(Open, u32), Fault> {
        let read_only = self.mailbox.after == After::Leave;
        // A large folder may take longer to open than the lease runs.
        let open = tokio::select! {
            opened = self.deps.gate.open(&self.mailbox, read_only) => opened?,
            () = until_lost(&self.deps, &self.role) => {
                return Err(Fault::Network("another node has the mailbox by now".to_owned()));
            }
        };
        let (tenant, name) = (&self.mailbox.account.tenant, &self.mailbox.name);
        let position = self.deps.intake.position(tenant, name).await.map_err(keep)?;
        let from = match position {
            Some(position) if position.uid_validity == open.uid_validity => position.uid,
            Some(position) => {
                tracing::warn!(
                    %tenant, mailbox = name, was = position.uid_validity, is = open.uid_validity,
                    "the server numbers the mails anew: all are looked at again, known ones are dropped"
                );
                0
            }
            None => 0,
        };
        if self.validity != open.uid_validity {
            self.unmarked.clear();
            self.asked.clear();
            self.lost.clear();
            self.guilty.clear();
            self.validity = open.uid_validity;
        }
        Ok((open, from))
    }

    /// Where a look begins. A folder that mails leave again is its own list of what is to be done: what was
    /// committed before a crash and still lies there is known, and leaves now.
    const fn first(&self, from: u32) -> u32 {
        if matches!(self.mailbox.after, After::Move(_) | After::Delete) { 0 } else { from }
    }

    async fn connected(&mut self) -> Result<(), Fault> {
        let (mut open, mut from) = self.open().await?;
        if self.faults > 0 {
            tracing::info!(tenant = %self.mailbox.account.tenant, mailbox = self.mailbox.name, "mailbox up again");
        }
        let mut seen = self.first(from);
        loop {
            self.look(&mut open, &mut from, &mut seen, &|_, _| ()).await?;
            self.faults = 0;
            self.enter(State::Idle);
            let now = self.deps.clock.now();
            self.health(|one| (one.waiting, one.caught_up) = (0, Some(now)));
            if !self.lead().await? {
                return Ok(());
            }
            let (deps, role) = (self.deps.clone(), self.role.clone());
            idle::wait(&mut open, self.mailbox.poll, until_lost(&deps, &role)).await?;
            self.led_at = None;
            if !self.lead().await? {
                return Ok(());
            }
        }
    }

    async fn once(&mut self, told: &(dyn Fn(u64, u64) + Sync)) -> Result<(), Fault> {
        let (mut open, mut from) = self.open().await?;
        let mut seen = self.first(from);
        self.look(&mut open, &mut from, &mut seen, told).await
    }

    async fn import(&mut self, told: &(dyn Fn(u64, u64) + Sync)) -> Result<u64, Fault> {
        let mut left = 5;
        let mut done = 0;
        loop {
            let outcome = self.once(told).await;
            if self.done > done {
                // It comes on.
                (done, left) = (self.done, 5);
            }
            match outcome {
                Ok(()) => return Ok(self.done),
                Err(fault @ (Fault::Login(_) | Fault::Config(_))) => return Err(fault),
                Err(fault) if left == 0 => return Err(fault),
                Err(fault) => {
                    tracing::warn!(mailbox = self.mailbox.name, %fault, "trying again");
                    left -= 1;
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            }
        }
    }

    /// Takes in everything after `seen`.
    async fn look(
        &mut self,
        open: &mut Open,
        from: &mut u32,
        seen: &mut u32,
        told: &(dyn Fn(u64, u64) + Sync),
    ) -> Result<(), Fault> {
        self.mark(open).await?;
        let uids = fetch::uids_after(open, *seen).await?;
        let all = uids.len() as u64;
        let mut done = 0;
        told(0, all);
        for window in uids.chunks(fetch::WINDOW) {
            self.enter(State::Fetching);
            self.health(|one| one.waiting = all - done);
            let groups = self.groups(open, window).await?;
            self.take(open, from, &groups, &mut |mails| {
                done += mails;
                told(done, all);
            })
            .await?;
            if self.told_at.elapsed() > TELL {
                self.told_at = Instant::now();
                tracing::info!(
                    tenant = %self.mailbox.account.tenant, mailbox = self.mailbox.name, done, of = all,
                    "taking mails in"
                );
            }
            if !self.lead().await? {
                return Err(Fault::Keep(ELSEWHERE.to_owned()));
            }
        }
        *seen = uids.last().copied().unwrap_or(*seen).max(*seen);
        Ok(())
    }

    /// Groups of a window. What the connection was lost at comes alone, so that one bad mail shows among good ones.
    async fn groups(&mut self, open: &mut Open, window: &[u32]) -> Result<Vec<Group>, Fault> {
        let groups = fetch::groups(open, window, &|uid| self.lost.contains_key(&uid)).await;
        if matches!(groups, Err(Fault::Network(_))) {
            self.lost_at(window);
        }
        groups
    }

    /// The connection was lost while these were asked for.
    fn lost_at(&mut self, uids: &[u32]) {
        for uid in uids {
            *self.lost.entry(*uid).or_default() += 1;
        }
    }

    /// The mail of a group at which the connection was lost so often that it may be to blame.
    fn suspect(&self, group: &Group) -> Option<u32> {
        match group {
            Group::One(uid, _) if self.lost.get(uid).is_some_and(|lost| *lost >= LOST) => {
                Some(*uid)
            }
            _ => None,
        }
    }

    /// Fetches the next group while the one before is committed.
    async fn take(
        &mut self,
        open: &mut Open,
        from: &mut u32,
        groups: &[Group],
        done: &mut (dyn FnMut(u64) + Send),
    ) -> Result<(), Fault> {
        let mut before: Option<Fresh> = None;
        for group in groups.iter().map(Some).chain([None]) {
            let count = before.as_ref().map_or(0, |fresh| fresh.len() as u64);
            if !self.lead().await? {
                return Err(Fault::Keep(ELSEWHERE.to_owned()));
            }
            let (deps, role, shelf) = (self.deps.clone(), self.role.clone(), self.shelf.clone());
            let suspect = group.and_then(|group| self.suspect(group));
            let guilty = suspect.filter(|uid| self.guilty.contains(uid));
            if let Some(uid) = guilty {
                // It was asked for often enough.
                self.asked.insert(uid, ALONE);
            }
            let (doubted, turn) = (self.lost.keys().copied().collect(), self.faults);
            // The server gives other mails; there are no other mails.
            let (gives, alone) = (AtomicBool::new(false), AtomicBool::new(false));
            let fetching = async {
                match (group, guilty) {
                    (Some(_), Some(uid)) => {
                        let why = "the connection is lost each time it is asked for".to_owned();
                        Ok(Some(Fresh::from([(uid, Got::Unreadable { why, alone: false })])))
                    }
                    // A big mail takes longer than the lead holds.
                    (Some(group), None) => tokio::select! {
                        got = async {
                            if let Some(uid) = suspect {
                                match fetch::witness(open, &[uid], &doubted, turn).await? {
                                    Witness::Gives => gives.store(true, Ordering::Relaxed),
                                    Witness::Alone => alone.store(true, Ordering::Relaxed),
                                    Witness::GivesNone => {
                                        return Err(fetch::gives_none("the connection was lost"));
                                    }
                                }
                            }
                            fetch::group(open, &shelf, group, &doubted, turn).await
                        } => got.map(Some),
                        () = until_lost(&deps, &role) => Err(Fault::Keep(ELSEWHERE.to_owned())),
                    },
                    (None, _) => Ok(None),
                }
            };
            let committing = async {
                match before.take() {
                    Some(fresh) => self.commit(fresh, from).await,
                    None => Ok(()),
                }
            };
            let (fetched, committed) = tokio::join!(fetching, committing);
            match (&fetched, group) {
                (Err(Fault::Network(_)), Some(group)) => {
                    self.lost_at(group.uids());
                    if let Some(uid) = suspect
                        && (gives.into_inner()
                            || alone.into_inner() && self.lost.get(&uid) >= Some(&ALONE))
                    {
                        self.guilty.insert(uid);
                    }
                }
                (Ok(Some(fresh)), _) => self.lost.retain(|uid, _| !fresh.contains_key(uid)),
                _ => {}
            }
            if let Err(fault) = committed {
                fetch::discard(fetched.ok().flatten().into_iter().flatten(), &self.shelf).await;
                return Err(fault);
            }
            done(count);
            let fetched = fetched?;
            if let Err(fault) = self.mark(open).await {
                fetch::discard(fetched.into_iter().flatten(), &self.shelf).await;
                return Err(fault);
            }
            before = fetched;
        }
        Ok(())
    }

    async fn mark(&mut self, open: &mut Open) -> Result<(), Fault> {
        after::apply(open, &self.mailbox.after, &self.unmarked).await?;
        self.unmarked.clear();
        Ok(())
    }

    /// Commits a group with its position.
    async fn commit(&mut self, fresh: Fresh, from: &mut u32) -> Result<(), Fault> {
        if let Some(fault) = self.unreadable(&fresh) {
            fetch::discard(fresh, &self.shelf).await;
            return Err(fault);
        }
        let Some(last) = fresh.keys().next_back().copied() else { return Ok(()) };
        let now = self.deps.clock.now();
        let mut uids = Vec::new();
        let mut mails = Vec::new();
        let mut files: Vec<Vec<String>> = Vec::new();
        for (uid, got) in fresh {
            if let Got::Mail(kept) = got {
                uids.push(uid);
                files.push(ids(&kept));
                mails.push(fetched(*kept, &self.mailbox, now.0));
            }
        }
        let (tenant, mailbox) = (self.mailbox.account.tenant.clone(), self.mailbox.name.clone());
        let position = MailPosition {
            tenant: tenant.clone(),
            mailbox: mailbox.clone(),
            uid_validity: self.validity,
            uid: last.max(*from),
        };
        let uid = position.uid;
        // If this fails the files stay: nobody knows whether the commit came through after all.
        let taken =
            self.deps.intake.take(&self.mailbox.channel, mails, position).await.map_err(keep)?;
        *from = uid;
        let mut counts: BTreeMap<&'static str, u64> = BTreeMap::new();
        for ((uid, files), taken) in uids.into_iter().zip(files).zip(taken) {
            let outcome = match taken {
                MailTaken::Taken => "taken",
                MailTaken::Known => "known",
                MailTaken::Refused(why) => {
                    tracing::warn!(%tenant, mailbox, uid, why, "a mail was refused by its channel; it stays on the server");
                    "refused"
                }
            };
            *counts.entry(outcome).or_default() += 1;
            if outcome != "refused" {
                self.unmarked.push(uid);
            }
            if outcome != "taken" {
                for file in files {
                    // One that stays behind has no name that anybody knows.
                    let _ = self.shelf.files.delete(&tenant, &file).await;
                }
            }
        }
        let new = counts.get("taken").copied().unwrap_or_default();
        self.done += new;
        self.health(|one| one.fetched += new);
        for (outcome, mails) in counts {
            let (tenant, mailbox) = (&tenant, &mailbox);
            self.deps.meter.record(Measure::MailFetched { tenant, mailbox, outcome, mails });
        }
        Ok(())
    }

    /// A mail that the server names but does not give is asked for again on a new connection; after some tries
    /// it is passed over, told, and stays where it is.
    fn unreadable(&mut self, fresh: &Fresh) -> Option<Fault> {
        let (tenant, mailbox) = (&self.mailbox.account.tenant, &self.mailbox.name);
        for (uid, got) in fresh {
            let why = match got {
                Got::Unreadable { why, alone } => {
                    let tries = self.asked.entry(*uid).or_default();
                    *tries += 1;
                    if *tries < if *alone { ALONE } else { TRIES } {
                        return Some(Fault::Network(format!("mail {uid}: {why}")));
                    }
                    why
                }
                Got::TooLarge(why) => why,
                Got::Mail(_) | Got::Gone => continue,
            };
            tracing::error!(%tenant, mailbox, uid, why, "a mail cannot be read; it is passed over and stays on the server");
            let outcome = "unreadable";
            self.deps.meter.record(Measure::MailFetched { tenant, mailbox, outcome, mails: 1 });
        }
        None
    }
}

const ELSEWHERE: &str = "another node fetches this mailbox now";

async fn lead(deps: &Deps, role: &str) -> Result<bool, Fault> {
    let now = deps.clock.now();
    deps.intake.lead(role, now, now.plus_millis(LEASE_MS)).await.map_err(keep)
}

/// Says again and again that this node fetches; ends when it may not any more, or cannot say so.
async fn until_lost(deps: &Deps, role: &str) {
    loop {
        tokio::time::sleep(RENEW).await;
        if !matches!(lead(deps, role).await, Ok(true)) {
            return;
        }
    }
}

fn keep(error: crate::intake::NotTaken) -> Fault {
    Fault::Keep(error.0)
}

fn ids(kept: &Kept) -> Vec<String> {
    let original = kept.original.as_ref().map(|meta| meta.id.clone());
    kept.files.iter().map(|file| file.id.clone()).chain(original).collect()
}

fn fetched(kept: Kept, mailbox: &Mailbox, at_ms: i64) -> Fetched {
    let mut mail = lifted(kept);
    mail.raw.at_ms = at_ms;
    mail.raw.headers = vec![("mailbox".to_owned(), mailbox.address.clone())];
    mail.mailbox = Some(mailbox.address.clone());
    mail.late_after_ms = Some(i64::try_from(mailbox.late_after.as_millis()).unwrap_or(0));
    mail
}
