//! Fetches mails: small ones many at a time, big ones piece by piece, each through the lifting.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use kerros_app::ports::files::{FileError, Files};
use kerros_domain::id::TenantId;

use super::ask::{Answer, ask};
use super::session::{Fault, Open, SMALL};
use super::set;
use crate::lift::keep::Keeper;
use crate::lift::{Kept, Limits, keep};

/// A mail from this size on is fetched piece by piece.
const BIG: u32 = 512 << 10;
/// Bytes of a piece.
const PIECE: u32 = 256 << 10;
/// Mails fetched and committed together.
const GROUP: usize = 64;
/// Bytes fetched together, as the server says.
const GROUP_BYTES: u64 = 2 << 20;
/// Mails whose sizes are asked at once.
pub const WINDOW: usize = 512;

/// Mails to fetch together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Group {
    /// Small ones.
    Many(Vec<u32>),
    /// A big one, with its size as the server says, where it does.
    One(u32, Option<u32>),
}

impl Group {
    /// The uids.
    #[must_use]
    pub fn uids(&self) -> &[u32] {
        match self {
            Self::Many(uids) => uids,
            Self::One(uid, _) => std::slice::from_ref(uid),
        }
    }
}

/// What came of one mail.
#[derive(Debug)]
pub enum Got {
    /// It is here.
    Mail(Box<Kept>),
    /// It is not on the server any more.
    Gone,
    /// The server names it but does not give it.
    Unreadable {
        /// How.
        why: String,
        /// Whether there is no other mail that the server could have shown to give.
        alone: bool,
    },
    /// It is larger than any that is kept.
    TooLarge(String),
}

impl Got {
    fn unreadable(why: &str) -> Self {
        Self::Unreadable { why: why.to_owned(), alone: false }
    }
}

/// Whether a server gives mails just now: what it does not give is only to blame if it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Witness {
    /// It gave another mail.
    Gives,
    /// It names another mail and does not give that either.
    GivesNone,
    /// There is no other mail.
    Alone,
}

/// Where mails go.
#[derive(Clone)]
pub struct Shelf {
    /// Big parts and originals.
    pub files: Arc<dyn Files>,
    /// Whose.
    pub tenant: TenantId,
    /// What is lifted.
    pub limits: Limits,
}

impl std::fmt::Debug for Shelf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shelf").field("tenant", &self.tenant).finish_non_exhaustive()
    }
}

impl From<FileError> for Fault {
    fn from(error: FileError) -> Self {
        Self::Keep(error.to_string())
    }
}

/// The uids after one, rising.
///
/// # Errors
/// [`Fault`].
pub async fn uids_after(open: &mut Open, after: u32) -> Result<Vec<u32>, Fault> {
    let Some(from) = after.checked_add(1) else { return Ok(Vec::new()) };
    // Some ten million mails in one line.
    open.allowance.set(128 << 20);
    open.news = false;
    let mut uids = search(open, &format!("UID SEARCH UID {from}:*")).await?;
    open.allowance.set(SMALL);
    // `*` is the newest mail even if it is older than `from`.
    uids.retain(|uid| *uid > after);
    uids.sort_unstable();
    uids.dedup();
    Ok(uids)
}

/// Asks for the beginning of another mail than `but`: one that was never asked for in vain if there is any, and by
/// `turn` another one each time.
///
/// # Errors
/// [`Fault`].
pub async fn witness(
    open: &mut Open,
    but: &[u32],
    doubted: &HashSet<u32>,
    turn: u32,
) -> Result<Witness, Fault> {
    let news = open.news;
    let mut others = uids_after(open, 0).await?;
    // What is new stays to be looked at.
    open.news |= news;
    others.retain(|uid| !but.contains(uid));
    if others.iter().any(|uid| !doubted.contains(uid)) {
        others.retain(|uid| !doubted.contains(uid));
    }
    let Some(last) = others.len().checked_sub(1) else { return Ok(Witness::Alone) };
    let uid = others[last - turn as usize % others.len()];
    open.allowance.set(u64::from(PIECE) * 2 + SMALL);
    let mut gave = false;
    let mut answers = ask(open, &format!("UID FETCH {uid} (UID BODY.PEEK[]<0.{PIECE}>)")).await?;
    while let Some(answer) = answers.next().await? {
        if let Answer::Mail { uid: Some(found), body: Some(body), .. } = answer {
            gave |= found == uid && !body.is_empty();
        }
    }
    open.allowance.set(SMALL);
    Ok(if gave { Witness::Gives } else { Witness::GivesNone })
}

async fn search(open: &mut Open, command: &str) -> Result<Vec<u32>, Fault> {
    let mut uids = Vec::new();
    let mut answers = ask(open, command).await?;
    while let Some(answer) = answers.next().await? {
        if let Answer::Found(found) = answer {
            uids.extend(found);
        }
    }
    Ok(uids)
}

/// Puts uids into groups by the sizes the server gives, which may be wrong. Those that are to come `alone` are not
/// even asked about.
///
/// # Errors
/// [`Fault`].
pub async fn groups(
    open: &mut Open,
    uids: &[u32],
    alone: &(dyn Fn(u32) -> bool + Sync),
) -> Result<Vec<Group>, Fault> {
    open.allowance.set(SMALL);
    let mut sizes = HashMap::new();
    let asked: Vec<u32> = uids.iter().copied().filter(|uid| !alone(*uid)).collect();
    if asked.is_empty() {
        return Ok(grouped(uids, &sizes));
    }
    let mut answers =
        ask(open, &format!("UID FETCH {} (UID RFC822.SIZE)", set::written(&asked))).await?;
    while let Some(answer) = answers.next().await? {
        if let Answer::Mail { uid: Some(uid), size: Some(size), .. } = answer {
            sizes.insert(uid, size);
        }
    }
    Ok(grouped(uids, &sizes))
}

fn grouped(uids: &[u32], sizes: &HashMap<u32, u32>) -> Vec<Group> {
    let mut groups = Vec::new();
    let (mut some, mut bytes) = (Vec::new(), 0);
    for &uid in uids {
        // Without a size it is fetched piece by piece, which needs none.
        let size = sizes.get(&uid).copied().unwrap_or(BIG);
        if size >= BIG || some.len() >= GROUP || bytes + u64::from(size) > GROUP_BYTES {
            if !some.is_empty() {
                groups.push(Group::Many(std::mem::take(&mut some)));
            }
            bytes = 0;
        }
        if size >= BIG {
            groups.push(Group::One(uid, sizes.get(&uid).copied()));
        } else {
            some.push(uid);
            bytes += u64::from(size);
        }
    }
    if !some.is_empty() {
        groups.push(Group::Many(some));
    }
    groups
}

/// Fetches a group; every uid of it is in the answer. If the server gives nothing of it, it must have shown that it
/// gives other mails.
///
/// # Errors
/// [`Fault`]; what was kept already is taken away again.
pub async fn group(
    open: &mut Open,
    shelf: &Shelf,
    group: &Group,
    doubted: &HashSet<u32>,
    turn: u32,
) -> Result<BTreeMap<u32, Got>, Fault> {
    let mut got = given(open, shelf, group).await?;
    let gave = got.values().any(|got| matches!(got, Got::Mail(_)));
    let why = got.values().find_map(|got| match got {
        Got::Unreadable { why, .. } => Some(why.clone()),
        _ => None,
    });
    let (false, Some(why)) = (gave, why) else { return Ok(got) };
    match witness(open, group.uids(), doubted, turn).await? {
        Witness::Gives => Ok(got),
        Witness::GivesNone => Err(gives_none(&why)),
        Witness::Alone => {
            for got in got.values_mut() {
                if let Got::Unreadable { alone, .. } = got {
                    *alone = true;
                }
            }
            Ok(got)
        }
    }
}

/// The fault of a server that names mails and gives none.
pub fn gives_none(why: &str) -> Fault {
    Fault::Network(format!("the server gives no mail at all just now: {why}"))
}

async fn given(open: &mut Open, shelf: &Shelf, group: &Group) -> Result<BTreeMap<u32, Got>, Fault> {
    let mut got = BTreeMap::new();
    let done = match group {
        Group::Many(uids) => many(open, shelf, uids, &mut got).await,
        Group::One(uid, size) => {
            one(open, shelf, *uid, *size).await.map(|mail| drop(got.insert(*uid, mail)))
        }
    };
    open.allowance.set(SMALL);
    match done {
        Ok(()) => Ok(got),
        Err(fault) => {
            discard(got, shelf).await;
            Err(fault)
        }
    }
}

/// Takes away what was kept of mails that are not committed.
pub async fn discard(got: impl IntoIterator<Item = (u32, Got)>, shelf: &Shelf) {
    for (_, got) in got {
        if let Got::Mail(kept) = got {
            kept.discard(&*shelf.files, &shelf.tenant).await;
        }
    }
}

async fn many(
    open: &mut Open,
    shelf: &Shelf,
    uids: &[u32],
    got: &mut BTreeMap<u32, Got>,
) -> Result<(), Fault> {
    // Sizes are wrong by a little at the best of servers.
    open.allowance.set(2 * GROUP_BYTES + u64::from(BIG) + SMALL);
    let mut answers =
        ask(open, &format!("UID FETCH {} (UID BODY.PEEK[])", set::written(uids))).await?;
    while let Some(answer) = answers.next().await? {
        if let Answer::Mail { uid: Some(uid), body: Some(body), .. } = answer
            && uids.binary_search(&uid).is_ok()
            && !body.is_empty()
            && !got.contains_key(&uid)
        {
            let kept = keep(&shelf.files, &shelf.tenant, shelf.limits, &body).await?;
            got.insert(uid, Got::Mail(Box::new(kept)));
        }
    }
    let missing: Vec<u32> = uids.iter().copied().filter(|uid| !got.contains_key(uid)).collect();
    for uid in missing {
        let mail = one(open, shelf, uid, None).await?;
        got.insert(uid, mail);
    }
    Ok(())
}

/// Fetches a mail piece by piece, without believing its size: it only makes us ask once more, and tell.
async fn one(open: &mut Open, shelf: &Shelf, uid: u32, size: Option<u32>) -> Result<Got, Fault> {
    let mut keeper = Keeper::new(Arc::clone(&shelf.files), shelf.tenant.clone(), shelf.limits);
    let mut at: u32 = 0;
    let mut doubted = false;
    loop {
        open.allowance.set(u64::from(PIECE) * 2 + SMALL);
        let mut length = None;
        let mut kept = Ok(());
        let mut answers =
            ask(open, &format!("UID FETCH {uid} (UID BODY.PEEK[]<{at}.{PIECE}>)")).await?;
        while let Some(answer) = answers.next().await? {
            if let Answer::Mail { uid: Some(found), body: Some(body), .. } = answer
                && found == uid
                && length.is_none()
            {
                kept = keeper.push(&body).await;
                length = u32::try_from(body.len()).ok();
            }
        }
        match kept {
            // It never will be smaller.
            Err(error @ FileError::TooLarge { .. }) => {
                return Ok(Got::TooLarge(error.to_string()));
            }
            kept => kept?,
        }
        let short = size.is_some_and(|size| at < size);
        match length {
            // Only an empty piece is the end: a short one may be a server's whim. So may an early end be.
            Some(0) if at > 0 && short && !doubted => doubted = true,
            Some(0) if at > 0 => {
                if short {
                    let tenant = &shelf.tenant;
                    tracing::warn!(%tenant, uid, bytes = at, size, "a mail ends before the size the server gives for it; it is taken as it came");
                }
                return Ok(Got::Mail(Box::new(keeper.finish().await?)));
            }
            Some(0) => return Ok(Got::unreadable("the server gives it empty")),
            Some(length) => {
                doubted = false;
                at = at.checked_add(length).ok_or_else(|| {
                    Fault::Network("the server gives a mail without end".to_owned())
                })?;
            }
            None if search(open, &format!("UID SEARCH UID {uid}")).await?.contains(&uid) => {
                return Ok(Got::unreadable("the server names it but does not give it"));
            }
            None => return Ok(Got::Gone),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_small_and_big_mails_stand_alone() {
        let sizes = [(1, 1000), (2, BIG), (3, 1000), (4, 400 << 10), (5, 400 << 10)];
        let sizes: HashMap<u32, u32> = sizes.into_iter().collect();
        assert_eq!(
            grouped(&[1, 2, 3, 4, 5, 9], &sizes),
            [
                Group::Many(vec![1]),
                Group::One(2, Some(BIG)),
                Group::Many(vec![3, 4, 5]),
                Group::One(9, None),
            ]
        );
        let many: Vec<u32> = (1..=200).collect();
        let sizes = many.iter().map(|uid| (*uid, 10)).collect();
        let lengths: Vec<_> = grouped(&many, &sizes).iter().map(|g| g.uids().len()).collect();
        assert_eq!(lengths, [64, 64, 64, 8]);
    }
}
