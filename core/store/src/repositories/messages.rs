//! Messages and the journal.

use std::collections::BTreeMap;

use async_trait::async_trait;
use kerros_app::ports::store::{Earlier, Messages, Posted, Scope, StoreError};
use kerros_domain::about::Details;
use kerros_domain::event::Entry;
use kerros_domain::id::{ContactId, ConversationId, MessageId, TenantId, UserId};
use kerros_domain::message::{Author, Message};
use kerros_domain::time::Timestamp;
use sea_orm::{QueryResult, Value};

use crate::error::broken;
use crate::reader::column;
use crate::store::SqlStore;
use crate::{name, scope, value};

// Limits stand in the text and are not bound: SQLite looks at a bound limit when it plans, and plans
// anew whenever it is bound again.
const COLUMNS: &str = "m.conversation, m.seq, m.id, m.author, m.author_user, m.visibility, m.text, \
    m.parts, m.at, m.delivery, m.external_id, m.about, m.failure";
/// How many those are.
const COLUMN_COUNT: usize = 13;

#[async_trait]
impl Messages for SqlStore {
    async fn messages(
        &self,
        scope: &Scope,
        conversation: ConversationId,
        after_seq: u64,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError> {
        let (within, values) = after(scope, conversation, after_seq);
        let text = format!(
            "SELECT {COLUMNS} FROM messages m WHERE conversation = $1 AND seq > $2{within} \
             ORDER BY seq LIMIT {limit}"
        );
        self.reader.all(scope, &text, values).await?.iter().map(message).collect()
    }

    async fn last_messages(
        &self,
        scope: &Scope,
        conversation: ConversationId,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError> {
        let mut values = vec![value::id(conversation.0)];
        let within = scope::condition(scope, "tenant", &mut values);
        let text = format!(
            "SELECT {COLUMNS} FROM messages m WHERE conversation = $1{within} ORDER BY seq DESC LIMIT {limit}"
        );
        self.reader.all(scope, &text, values).await?.iter().rev().map(message).collect()
    }

    async fn earlier(
        &self,
        scope: &Scope,
        conversation: ConversationId,
        before_seq: u64,
        limit: u32,
    ) -> Result<Vec<Earlier>, StoreError> {
        let before = i64::try_from(before_seq).unwrap_or(i64::MAX);
        let mut values = vec![value::id(conversation.0), value::int(before)];
        let within = scope::condition(scope, "tenant", &mut values);
        let text = format!(
            "SELECT author, external_id, at, about FROM messages WHERE conversation = $1 AND seq < $2{within} \
             ORDER BY seq DESC LIMIT {limit}"
        );
        let rows = self.reader.all(scope, &text, values).await?;
        let earlier = |row| {
            let author: String = column::get(row, 0)?;
            Ok(Earlier {
                by_contact: author == "contact",
                external_id: column::get(row, 1)?,
                at: column::moment(row, 2)?,
                about: column::json_or_null(row, 3)?.unwrap_or_default(),
            })
        };
        rows.iter().map(earlier).collect()
    }

    async fn message(&self, scope: &Scope, id: MessageId) -> Result<Option<Message>, StoreError> {
        let mut values = vec![value::id(id.0)];
        let within = scope::condition(scope, "tenant", &mut values);
        let text = format!("SELECT {COLUMNS} FROM messages m WHERE id = $1{within}");
        self.reader.one(scope, &text, values).await?.as_ref().map(message).transpose()
    }

    async fn posted(&self, scope: &Scope, id: MessageId) -> Result<Option<Posted>, StoreError> {
        let mut values = vec![value::id(id.0)];
        let within = scope::condition(scope, "m.tenant", &mut values);
        let text = format!(
            "SELECT {COLUMNS}, c.body, k.body, u.name FROM messages m \
             JOIN conversations c ON c.id = m.conversation \
             LEFT JOIN contacts k ON k.id = c.contact LEFT JOIN users u ON u.id = m.author_user \
             WHERE m.id = $1{within}"
        );
        let Some(row) = self.reader.one(scope, &text, values).await? else { return Ok(None) };
        Ok(Some(Posted {
            message: message(&row)?,
            conversation: column::json(&row, COLUMN_COUNT)?,
            contact: column::json_or_null(&row, COLUMN_COUNT + 1)?,
            author_name: column::get(&row, COLUMN_COUNT + 2)?,
        }))
    }

    async fn automatic_since(
        &self,
        tenant: &TenantId,
        contact: ContactId,
        since: Timestamp,
        most: u32,
    ) -> Result<u32, StoreError> {
        let text = format!(
            "SELECT COUNT(*) FROM (SELECT 1 FROM conversations c \
             JOIN messages m ON m.conversation = c.id \
             WHERE c.contact = $1 AND c.tenant = $2 AND m.at >= $3 \
             AND m.author IN ('bot', 'system') AND m.visibility = 'public' LIMIT {most}) AS few"
        );
        let values = vec![value::id(contact.0), value::text(tenant.as_str()), value::at(since)];
        let row = self.reader.one(&Scope::One(tenant.clone()), &text, values).await?;
        let count: i64 = row.map_or(Ok(0), |row| column::get(&row, 0))?;
        u32::try_from(count).map_err(broken)
    }

    async fn entries(
        &self,
        scope: &Scope,
        conversation: ConversationId,
        after_seq: u64,
        limit: u32,
    ) -> Result<Vec<Entry>, StoreError> {
        let (within, values) = after(scope, conversation, after_seq);
        let text = format!(
            "SELECT conversation, seq, at, by_user, event FROM journal \
             WHERE conversation = $1 AND seq > $2{within} ORDER BY seq LIMIT {limit}"
        );
        self.reader.all(scope, &text, values).await?.iter().map(entry).collect()
    }

    async fn details(
        &self,
        scope: &Scope,
        messages: &[MessageId],
    ) -> Result<BTreeMap<MessageId, Details>, StoreError> {
        let mut found = BTreeMap::new();
        for some in messages.chunks(500) {
            let mut values: Vec<Value> = some.iter().map(|id| value::id(id.0)).collect();
            let marks = marks(values.len());
            let within = scope::condition(scope, "tenant", &mut values);
            let text = format!(
                "SELECT message, body FROM message_details WHERE message IN ({marks}){within}"
            );
            for row in self.reader.all(scope, &text, values).await? {
                found.insert(MessageId(column::get(&row, 0)?), column::json(&row, 1)?);
            }
        }
        Ok(found)
    }
}

/// `$1, $2, ...`
pub(crate) fn marks(count: usize) -> String {
    (1..=count).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ")
}

fn after(scope: &Scope, conversation: ConversationId, seq: u64) -> (String, Vec<Value>) {
    let mut values = vec![value::id(conversation.0), value::count(seq)];
    let within = scope::condition(scope, "tenant", &mut values);
    (within, values)
}

fn message(row: &QueryResult) -> Result<Message, StoreError> {
    let user: Option<uuid::Uuid> = column::get(row, 4)?;
    let author: String = column::get(row, 3)?;
    let author = match (author.as_str(), user) {
        ("contact", None) => Author::Contact,
        ("bot", None) => Author::Bot,
        ("system", None) => Author::System,
        ("person", Some(user)) => Author::Person { user: UserId(user) },
        _ => return Err(broken(author)),
    };
    let visibility: String = column::get(row, 5)?;
    let delivery: Option<String> = column::get(row, 9)?;
    Ok(Message {
        id: MessageId(column::get(row, 2)?),
        conversation: ConversationId(column::get(row, 0)?),
        seq: column::count(row, 1)?,
        author,
        visibility: name::parse_visibility(&visibility).ok_or_else(|| broken(visibility))?,
        text: column::get(row, 6)?,
        parts: column::json_or_null(row, 7)?.unwrap_or_default(),
        at: column::moment(row, 8)?,
        delivery: delivery
            .map(|state| name::parse_delivery(&state).ok_or_else(|| broken(state)))
            .transpose()?,
        external_id: column::get(row, 10)?,
        about: column::json_or_null(row, 11)?.unwrap_or_default(),
        failure: column::json_or_null(row, 12)?,
    })
}

/// An entry from `conversation, seq, at, by_user, event`.
pub(super) fn entry(row: &QueryResult) -> Result<Entry, StoreError> {
    Ok(Entry {
        conversation: ConversationId(column::get(row, 0)?),
        seq: column::count(row, 1)?,
        at: Timestamp(column::get(row, 2)?),
        by: column::get::<Option<uuid::Uuid>>(row, 3)?.map(UserId),
        event: column::json(row, 4)?,
    })
}
