//! Contacts.

use async_trait::async_trait;
use kerros_app::ports::store::{Contact, Contacts, Scope, StoreError};
use kerros_domain::id::ContactId;

use crate::reader::column;
use crate::store::SqlStore;
use crate::{scope, value};

#[async_trait]
impl Contacts for SqlStore {
    async fn contact(&self, scope: &Scope, id: ContactId) -> Result<Option<Contact>, StoreError> {
        let mut values = vec![value::id(id.0)];
        let within = scope::condition(scope, "tenant", &mut values);
        let text = format!("SELECT body FROM contacts WHERE id = $1{within}");
        let row = self.reader.one(scope, &text, values).await?;
        row.map(|row| column::json(&row, 0)).transpose()
    }
}
