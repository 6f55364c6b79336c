//! The kinds of rows that a commit writes, in the order they are written.

/// What a column holds, for PostgreSQL's casts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A UUID.
    Id,
    /// A 64-bit number.
    Int,
    /// Text.
    Text,
}
use Kind::{Id, Int, Text};

/// One kind of row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    /// Contacts, inserted or replaced.
    Contacts,
    /// Addresses that a replaced contact has no more.
    AddressesGone,
    /// Addresses that a contact did not have yet.
    Addresses,
    /// New conversations.
    Opened,
    /// Conversations that moved on from an expected sequence.
    Moved,
    /// Journal entries.
    Journal,
    /// Messages.
    Messages,
    /// The big things of messages.
    Details,
    /// Outbound messages that moved on.
    Deliveries,
    /// Messages whose small things changed.
    Abouts,
    /// Files that a message takes.
    FilesTaken,
    /// People who take part.
    Participants,
    /// Threads in which a case is discussed.
    CaseThreads,
    /// Raw things.
    Inbound,
    /// How far mailboxes were taken in.
    MailPositions,
    /// New jobs.
    Jobs,
    /// Jobs still held that remember more.
    Kept,
    /// Jobs given back without having been tried.
    Postponed,
    /// Jobs done.
    Done,
    /// Jobs to try again.
    Again,
    /// Jobs given up.
    Dead,
}

impl Step {
    /// Every step, in the order they run: what others refer to comes first.
    pub(crate) const ALL: [Self; 21] = [
        Self::Contacts,
        Self::AddressesGone,
        Self::Addresses,
        Self::Opened,
        Self::Moved,
        Self::Journal,
        Self::Messages,
        Self::Details,
        Self::Deliveries,
        Self::Abouts,
        Self::FilesTaken,
        Self::Participants,
        Self::CaseThreads,
        Self::Inbound,
        Self::MailPositions,
        Self::Jobs,
        Self::Kept,
        Self::Postponed,
        Self::Done,
        Self::Again,
        Self::Dead,
    ];

    /// Its columns. The first is never NULL in a real row.
    pub(crate) const fn columns(self) -> &'static [(&'static str, Kind)] {
        match self {
            Self::Contacts => {
                &[("id", Id), ("tenant", Text), ("name", Text), ("look", Text), ("body", Text)]
            }
            Self::AddressesGone => &[("contact", Id), ("kept", Text)],
            Self::Addresses => {
                &[("contact", Id), ("tenant", Text), ("channel", Text), ("address", Text)]
            }
            Self::Opened => &[
                ("id", Id),
                ("tenant", Text),
                ("contact", Id),
                ("channel", Text),
                ("thread", Text),
                ("opened_at", Int),
                ("seq", Int),
                ("state", Text),
                ("open", Int),
                ("layer", Text),
                ("assignee", Id),
                ("queue_rank", Int),
                ("queue_due", Int),
                ("held_since", Int),
                ("due_at", Int),
                ("look", Text),
                ("body", Text),
                ("number", Int),
                ("attention", Int),
            ],
            Self::Moved => &[
                ("id", Id),
                ("tenant", Text),
                ("expected", Int),
                ("seq", Int),
                ("state", Text),
                ("open", Int),
                ("layer", Text),
                ("assignee", Id),
                ("queue_rank", Int),
                ("queue_due", Int),
                ("held_since", Int),
                ("due_at", Int),
                ("look", Text),
                ("body", Text),
                ("attention", Int),
            ],
            Self::Journal => &[
                ("conversation", Id),
                ("seq", Int),
                ("tenant", Text),
                ("at", Int),
                ("by_user", Id),
                ("event", Text),
            ],
            Self::Messages => &[
                ("conversation", Id),
                ("seq", Int),
                ("id", Id),
                ("tenant", Text),
                ("channel", Text),
                ("author", Text),
                ("author_user", Id),
                ("visibility", Text),
                ("text", Text),
                ("parts", Text),
                ("at", Int),
                ("delivery", Text),
                ("external_id", Text),
                ("about", Text),
                ("failure", Text),
            ],
            Self::Details => &[("message", Id), ("tenant", Text), ("body", Text)],
            Self::Deliveries => &[
                ("id", Id),
                ("tenant", Text),
                ("delivery", Text),
                ("external_id", Text),
                ("failure", Text),
            ],
            Self::Abouts => &[("id", Id), ("tenant", Text), ("about", Text)],
            Self::FilesTaken => &[("id", Id), ("tenant", Text), ("message", Id)],
            Self::Participants => &[
                ("conversation", Id),
                ("address", Text),
                ("tenant", Text),
                ("role", Text),
                ("name", Text),
            ],
            Self::CaseThreads => {
                &[("tenant", Text), ("channel", Text), ("thread", Text), ("conversation", Id)]
            }
            Self::Inbound => &[
                ("id", Id),
                ("tenant", Text),
                ("channel", Text),
                ("key", Text),
                ("at", Int),
                ("raw", Text),
                ("kept", Int),
            ],
            Self::MailPositions => {
                &[("tenant", Text), ("mailbox", Text), ("uid_validity", Int), ("uid", Int)]
            }
            Self::Jobs => &[
                ("id", Id),
                ("tenant", Text),
                ("kind", Text),
                ("order_key", Text),
                ("run_at", Int),
                ("ready_at", Int),
                ("attempt", Int),
                ("owner", Text),
                ("lease_until", Int),
                ("dead", Int),
                ("trace", Text),
                ("last_error", Text),
                ("payload", Text),
            ],
            Self::Kept => &[("id", Id), ("owner", Text), ("tenants", Text), ("payload", Text)],
            Self::Postponed => &[("id", Id), ("owner", Text), ("tenants", Text), ("run_at", Int)],
            Self::Done => &[("id", Id), ("owner", Text), ("tenants", Text)],
            Self::Again => {
                &[("id", Id), ("owner", Text), ("tenants", Text), ("run_at", Int), ("error", Text)]
            }
            Self::Dead => &[("id", Id), ("owner", Text), ("tenants", Text), ("error", Text)],
        }
    }

    /// Whether each row must have written exactly one: else a check in the statement failed.
    pub(crate) const fn exact(self) -> bool {
        !matches!(self, Self::AddressesGone | Self::Addresses | Self::FilesTaken) && !self.skips()
    }

    /// Whether a row that is there already is passed over.
    pub(super) const fn skips(self) -> bool {
        matches!(self, Self::Participants | Self::CaseThreads)
    }

    /// What the statement does with its rows; after the INSERT if it has a table.
    pub(super) const fn body(self) -> &'static str {
        match self {
            Self::Contacts => {
                " ON CONFLICT (id) DO UPDATE SET name = excluded.name, look = excluded.look, \
                 body = excluded.body WHERE contacts.tenant = excluded.tenant"
            }
            Self::AddressesGone => {
                "DELETE FROM contact_addresses WHERE (tenant, channel, address) IN \
                 (SELECT a.tenant, a.channel, a.address FROM v \
                 JOIN contact_addresses a ON a.contact = v.contact \
                 WHERE {instr}(v.kept, '\u{1f}' || a.channel || '\u{1e}' || a.address || '\u{1f}') = 0)"
            }
            // Those it has stay; one that somebody else has breaks the key.
            Self::Addresses => {
                " AND NOT EXISTS (SELECT 1 FROM contact_addresses a WHERE a.tenant = v.tenant \
                 AND a.channel = v.channel AND a.address = v.address AND a.contact = v.contact)"
            }
            Self::Opened
            | Self::Journal
            | Self::Messages
            | Self::Details
            | Self::Inbound
            | Self::Jobs => "",
            Self::Participants | Self::CaseThreads => " ON CONFLICT DO NOTHING",
            // A position goes back only when the server numbers its mails anew.
            Self::MailPositions => {
                " ON CONFLICT (tenant, mailbox) DO UPDATE SET uid_validity = excluded.uid_validity, \
                 uid = CASE WHEN mail_positions.uid_validity = excluded.uid_validity \
                 AND mail_positions.uid > excluded.uid THEN mail_positions.uid ELSE excluded.uid END"
            }
            Self::Moved => {
                "UPDATE{or} conversations SET seq = v.seq, state = v.state, open = v.open, \
                 layer = v.layer, assignee = v.assignee, queue_rank = v.queue_rank, \
                 queue_due = v.queue_due, held_since = v.held_since, due_at = v.due_at, \
                 look = v.look, body = v.body, attention = v.attention FROM v \
                 WHERE conversations.id = v.id \
                 AND conversations.seq = v.expected AND conversations.tenant = v.tenant"
            }
            Self::Deliveries => {
                "UPDATE{or} messages SET delivery = v.delivery, \
                 external_id = COALESCE(v.external_id, messages.external_id), \
                 failure = v.failure FROM v \
                 WHERE messages.id = v.id AND messages.tenant = v.tenant"
            }
            Self::Abouts => {
                "UPDATE{or} messages SET about = v.about FROM v \
                 WHERE messages.id = v.id AND messages.tenant = v.tenant"
            }
            // A file belongs to one message for good. One that is gone, or another's, holds up no mail.
            Self::FilesTaken => {
                "UPDATE{or} files SET message = v.message FROM v WHERE files.id = v.id \
                 AND files.tenant = v.tenant \
                 AND (files.message IS NULL OR files.message = v.message)"
            }
            Self::Kept => {
                "UPDATE{or} jobs SET payload = v.payload \
                 FROM v JOIN jobs j ON {held} WHERE jobs.id = j.id"
            }
            Self::Postponed => {
                "UPDATE{or} jobs SET owner = NULL, lease_until = NULL, run_at = v.run_at, \
                 ready_at = v.run_at FROM v JOIN jobs j ON {held} WHERE jobs.id = j.id"
            }
            Self::Done => "DELETE FROM jobs WHERE id IN (SELECT j.id FROM v JOIN jobs j ON {held})",
            Self::Again => {
                "UPDATE{or} jobs SET owner = NULL, lease_until = NULL, run_at = v.run_at, \
                 ready_at = v.run_at, attempt = jobs.attempt + 1, last_error = v.error \
                 FROM v JOIN jobs j ON {held} WHERE jobs.id = j.id"
            }
            Self::Dead => {
                "UPDATE{or} jobs SET owner = NULL, lease_until = NULL, dead = 1, last_error = v.error \
                 FROM v JOIN jobs j ON {held} WHERE jobs.id = j.id"
            }
        }
    }

    /// The table its rows are inserted into, if that is what it does.
    pub(super) const fn table(self) -> Option<&'static str> {
        match self {
            Self::Contacts => Some("contacts"),
            Self::Addresses => Some("contact_addresses"),
            Self::Opened => Some("conversations"),
            Self::Journal => Some("journal"),
            Self::Messages => Some("messages"),
            Self::Details => Some("message_details"),
            Self::Participants => Some("participants"),
            Self::CaseThreads => Some("case_threads"),
            Self::Inbound => Some("inbound"),
            Self::MailPositions => Some("mail_positions"),
            Self::Jobs => Some("jobs"),
            _ => None,
        }
    }
}
