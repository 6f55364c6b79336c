//! Channels and mailboxes in every state.

use kerros_app::channel_health::ChannelHealth;
use kerros_app::tenant::Tenant;
use kerros_domain::time::Timestamp;

use crate::pages::view::Look;
use crate::pages::view::health::{ChannelLine, MailboxLine};
use crate::state::MailboxState;

pub fn of(look: &Look, tenant: &Tenant, any: bool) -> (Vec<ChannelLine>, Vec<MailboxLine>) {
    if !any {
        return (Vec::new(), Vec::new());
    }
    let minutes = |n: i64| look.now.plus_millis(n * 60_000);
    let channel = |name: &str, sent: u64, failed: u64, paused: Option<Timestamp>| ChannelHealth {
        tenant: tenant.policy.id.clone(),
        channel: name.into(),
        plugin: format!("channel/{name}"),
        last_sent_at: (sent > 0).then(|| minutes(-4)),
        last_failed_at: (failed > 0).then(|| minutes(-2)),
        last_error: (failed > 0).then(|| "503 Service Unavailable".to_owned()),
        sent,
        failed,
        paused_until: paused,
        paused_why: paused.map(|_| "429: retry after 600 s".to_owned()),
        waiting: if paused.is_some() { 1204 } else { 0 },
    };
    let channels = [
        channel("telegram", 1204, 3, None),
        channel("slack", 40, 31, None),
        channel("orders", 12, 2, Some(minutes(10))),
        channel("crm", 0, 0, None),
    ];
    let mailbox = |state, fault: Option<&str>| MailboxState {
        tenant: tenant.policy.id.clone(),
        mailbox: "support".to_owned(),
        channel: "mail".into(),
        address: "support@vuori.example".to_owned(),
        state,
        since: minutes(-30),
        fault: fault.map(str::to_owned),
        waiting: 14,
        caught_up: (state != "starting").then(|| minutes(-12)),
    };
    let mailboxes = [
        mailbox("starting", None),
        mailbox("idle", None),
        mailbox("fetching", None),
        mailbox("standby", None),
        mailbox("down", Some("the server refuses the password")),
    ];
    (
        channels.iter().map(|one| ChannelLine::of(look, tenant, one)).collect(),
        mailboxes.iter().map(|one| MailboxLine::of(look, tenant, one)).collect(),
    )
}
