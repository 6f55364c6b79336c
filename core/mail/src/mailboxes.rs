//! All mailboxes of all tenants: each has a task of its own, begun, changed and ended as config says.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt as _;
use kerros_domain::id::TenantId;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::account::Mailbox;
use crate::health::State;
use crate::imap::watch::{Deps, run as run_one};

/// After a fault of our own.
const AGAIN: Duration = Duration::from_secs(60);

/// Keeps every mailbox taken in until `stop`. A changed one begins anew; what was committed stays so.
pub async fn run(
    deps: Deps,
    mut wanted: watch::Receiver<Vec<Mailbox>>,
    mut stop: watch::Receiver<bool>,
) {
    let mut running: BTreeMap<(TenantId, String), Task> = BTreeMap::new();
    loop {
        let now: BTreeMap<(TenantId, String), Mailbox> = wanted
            .borrow_and_update()
            .iter()
            .map(|one| ((one.account.tenant.clone(), one.name.clone()), one.clone()))
            .collect();
        let over: Vec<_> = running
            .iter()
            .filter(|(key, task)| now.get(*key) != Some(&task.mailbox))
            .map(|(key, _)| key.clone())
            .collect();
        for key in over {
            if let Some(task) = running.remove(&key) {
                // Two tasks never fetch the same mailbox.
                task.end().await;
            }
        }
        for (key, mailbox) in now {
            running.entry(key).or_insert_with(|| Task::begin(&deps, mailbox));
        }
        tokio::select! {
            changed = wanted.changed() => if changed.is_err() { break },
            // An error means that the sender is gone: a stop too.
            _ = stop.wait_for(|stop| *stop) => break,
        }
    }
    for (_, task) in running {
        task.end().await;
    }
}

struct Task {
    mailbox: Mailbox,
    stop: watch::Sender<bool>,
    handle: JoinHandle<()>,
}

impl Task {
    fn begin(deps: &Deps, mailbox: Mailbox) -> Self {
        let (stop, stopped) = watch::channel(false);
        let handle = tokio::spawn(keep(deps.clone(), mailbox.clone(), stopped));
        Self { mailbox, stop, handle }
    }

    async fn end(self) {
        self.stop.send_replace(true);
        if let Err(error) = self.handle.await {
            tracing::error!(%error, mailbox = self.mailbox.name, "a mailbox's task broke");
        }
    }
}

/// Keeps a mailbox taken in, and begins anew after a fault of our own: one mail that breaks us must not leave the
/// mailbox alone for good.
async fn keep(deps: Deps, mailbox: Mailbox, mut stop: watch::Receiver<bool>) {
    let (tenant, name) = (&mailbox.account.tenant, &mailbox.name);
    loop {
        let run = run_one(deps.clone(), mailbox.clone(), stop.clone());
        if AssertUnwindSafe(run).catch_unwind().await.is_ok() {
            return;
        }
        tracing::error!(%tenant, mailbox = name, "a mailbox's task broke; it begins anew");
        let now = deps.clock.now();
        deps.health.change(tenant, name, |one| {
            (one.state, one.since) = (State::Down, now);
            one.fault = Some("an internal fault; see the log".to_owned());
        });
        tokio::select! {
            () = tokio::time::sleep(AGAIN) => {}
            _ = stop.wait_for(|stop| *stop) => {
                deps.health.end(tenant, name);
                return;
            }
        }
    }
}
