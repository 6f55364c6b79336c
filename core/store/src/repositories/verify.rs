//! Folds every journal again and compares it with what is stored: the row, its columns, its messages.

use std::collections::{BTreeMap, BTreeSet};

use kerros_app::ports::store::{Difference, Scope, StoreError};
use kerros_domain::apply::fold;
use kerros_domain::conversation::Conversation;
use kerros_domain::event::{Entry, Event};
use kerros_domain::id::ConversationId;
use sea_orm::{QueryResult, Value};
use uuid::Uuid;

use super::messages::entry;
use crate::entities::conversation::Model;
use crate::reader::column;
use crate::store::SqlStore;
use crate::write::unit::{queue_due, queue_rank};
use crate::{name, value};

/// Conversations looked at together.
const PAGE: i64 = 200;

type Journal = BTreeMap<Uuid, Vec<Entry>>;
type Said = BTreeMap<Uuid, BTreeSet<(u64, Uuid)>>;

impl SqlStore {
    pub(super) async fn verified(
        &self,
        progress: &(dyn Fn(u64, u64) + Sync),
    ) -> Result<Vec<Difference>, StoreError> {
        let rows = self.read_all("SELECT COUNT(*) FROM conversations", Vec::new()).await?;
        let total = rows.first().map_or(Ok(0), |row| column::count(row, 0))?;
        let mut differences = Vec::new();
        let (mut done, mut from) = (0, Uuid::nil());
        progress(0, total);
        loop {
            let text = "SELECT * FROM conversations WHERE id > $1 ORDER BY id LIMIT $2";
            let rows = self.read_all(text, vec![value::id(from), value::int(PAGE)]).await?;
            let models: Vec<Model> = rows.iter().map(column::model).collect::<Result<_, _>>()?;
            // Up to the last row of the page, or to the end: what has no row is found too.
            let to = models.last().map_or(Uuid::max(), |model| model.id);
            let mut journal = self.journal(from, to).await?;
            let mut said = self.said(from, to).await?;
            for model in &models {
                let entries = journal.remove(&model.id).unwrap_or_default();
                let messages = said.remove(&model.id).unwrap_or_default();
                differences.extend(compare(model, &entries, &messages));
            }
            for id in journal.keys().chain(said.keys()) {
                differences.push(difference(*id, "has entries or messages, but no row"));
            }
            done += models.len() as u64;
            progress(done, total);
            if models.is_empty() {
                return Ok(differences);
            }
            from = to;
        }
    }

    async fn read_all(
        &self,
        text: &str,
        values: Vec<Value>,
    ) -> Result<Vec<QueryResult>, StoreError> {
        self.reader.all(&Scope::Platform, text, values).await
    }

    async fn journal(&self, after: Uuid, to: Uuid) -> Result<Journal, StoreError> {
        let text = "SELECT conversation, seq, at, by_user, event FROM journal \
            WHERE conversation > $1 AND conversation <= $2 ORDER BY conversation, seq";
        let mut journal = Journal::new();
        for row in &self.read_all(text, vec![value::id(after), value::id(to)]).await? {
            let entry = entry(row)?;
            journal.entry(entry.conversation.0).or_default().push(entry);
        }
        Ok(journal)
    }

    async fn said(&self, after: Uuid, to: Uuid) -> Result<Said, StoreError> {
        let text = "SELECT conversation, seq, id FROM messages \
            WHERE conversation > $1 AND conversation <= $2";
        let mut said = Said::new();
        for row in &self.read_all(text, vec![value::id(after), value::id(to)]).await? {
            let message = (column::count(row, 1)?, column::get(row, 2)?);
            said.entry(column::get(row, 0)?).or_default().insert(message);
        }
        Ok(said)
    }
}

fn difference(id: Uuid, what: impl Into<String>) -> Difference {
    Difference { conversation: ConversationId(id), what: what.into() }
}

fn compare(model: &Model, entries: &[Entry], said: &BTreeSet<(u64, Uuid)>) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut wrong = |what: String| found.push(difference(model.id, what));
    let body: Conversation = match serde_json::from_str(&model.body) {
        Ok(body) => body,
        Err(error) => {
            wrong(format!("the row does not read: {error}"));
            return found;
        }
    };
    match fold(entries) {
        Err(error) => wrong(format!("the journal does not fold: {error}")),
        Ok(folded) if folded != body => wrong(describe(&folded, &body)),
        Ok(_) => {}
    }
    for column in columns(model, &body) {
        wrong(format!("column {column} is not what the row says"));
    }
    let added: BTreeSet<(u64, Uuid)> = entries
        .iter()
        .filter_map(|entry| match &entry.event {
            Event::MessageAdded { message, .. } => Some((entry.seq, message.0)),
            _ => None,
        })
        .collect();
    for (seq, _) in added.difference(said) {
        wrong(format!("the message of entry {seq} is missing"));
    }
    for (seq, _) in said.difference(&added) {
        wrong(format!("a message at {seq} has no entry"));
    }
    found
}

/// Which fields differ: a person has to find the fault.
fn describe(folded: &Conversation, stored: &Conversation) -> String {
    let fields = |row: &Conversation| match serde_json::to_value(row) {
        Ok(serde_json::Value::Object(fields)) => fields,
        _ => serde_json::Map::new(),
    };
    let (folded, stored) = (fields(folded), fields(stored));
    let differing: Vec<String> = folded
        .iter()
        .filter(|(key, value)| stored.get(*key) != Some(value))
        .map(|(key, value)| {
            let found = stored.get(key).map_or_else(|| "nothing".into(), ToString::to_string);
            format!("{key} folds to {value}, stored is {found}")
        })
        .collect();
    differing.join("; ")
}

fn columns(model: &Model, body: &Conversation) -> Vec<&'static str> {
    let checks = [
        ("id", model.id == body.id.0),
        ("tenant", model.tenant == body.tenant.as_str()),
        ("contact", model.contact == body.contact.0),
        ("channel", model.channel == body.channel.as_str()),
        ("thread", model.thread == body.thread.replace('\0', "\u{fffd}")),
        ("opened_at", model.opened_at == body.opened_at.0),
        ("seq", u64::try_from(model.seq).ok() == Some(body.seq)),
        ("state", model.state == name::state(body.state)),
        ("open", (model.open != 0) == body.state.is_open()),
        ("layer", model.layer == body.layer.as_str()),
        ("assignee", model.assignee == body.assignee.map(|user| user.0)),
        ("queue_rank", model.queue_rank == queue_rank(body.priority)),
        ("queue_due", model.queue_due == queue_due(body)),
        ("held_since", model.held_since == body.held_since.0),
        ("attention", model.attention == body.attention.map(|at| at.0)),
        ("number", u64::try_from(model.number).ok() == Some(body.number)),
    ];
    checks.into_iter().filter_map(|(column, right)| (!right).then_some(column)).collect()
}
