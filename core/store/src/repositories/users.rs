//! People, their sessions and tokens.

use std::fmt::Write;

use async_trait::async_trait;
use kerros_app::ports::store::{Load, Membership, Scope, StoreError, Token, User, Users};
use kerros_domain::id::{Language, TokenId, UserId};
use kerros_domain::time::Timestamp;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, IntoActiveModel, QueryFilter,
    QueryResult, Value,
};

use crate::entities::{membership, token, user};
use crate::error::broken;
use crate::reader::column;
use crate::store::SqlStore;
use crate::{name, scope, value};

#[async_trait]
impl Users for SqlStore {
    async fn save_user(&self, user: &User, password_hash: Option<&str>) -> Result<(), StoreError> {
        let places = places(user)?;
        let row = user_row(user, password_hash);
        let saved = async {
            let transaction = self.pen.begin().await?;
            save(&transaction, row, password_hash.is_some(), places).await?;
            transaction.commit().await
        };
        saved.await.map_err(|error| self.pen.refused(&error))
    }

    async fn user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        let found = self.people("u.id = $1", vec![value::id(id.0)]).await?;
        Ok(found.into_iter().next().map(|(user, _)| user))
    }

    async fn user_by_email(&self, email: &str) -> Result<Option<(User, String)>, StoreError> {
        let values = vec![value::text(email.to_lowercase())];
        Ok(self.people("u.email = $1", values).await?.into_iter().next())
    }

    async fn users(&self, scope: &Scope) -> Result<Vec<User>, StoreError> {
        let mut values = Vec::new();
        let within = scope::condition(scope, "s.tenant", &mut values);
        let condition =
            format!("EXISTS (SELECT 1 FROM memberships s WHERE s.user_id = u.id{within})");
        let found = self.people(&condition, values).await?;
        Ok(found.into_iter().map(|(user, _)| user).collect())
    }

    async fn set_presence(
        &self,
        id: UserId,
        available: bool,
        seen_at: Timestamp,
    ) -> Result<(), StoreError> {
        let text = "UPDATE users SET available = $2, seen_at = $3 WHERE id = $1";
        let values = vec![value::id(id.0), value::int(available.into()), value::at(seen_at)];
        self.pen.count(&Scope::Platform, text, values).await.map(drop)
    }

    async fn loads(&self) -> Result<Vec<Load>, StoreError> {
        // One that waits for the customer is no load (see `kerros_domain::routing`).
        let text = "SELECT assignee, COUNT(*), MAX(held_since) FROM conversations \
            WHERE assignee IS NOT NULL AND state = 'assigned' GROUP BY assignee ORDER BY assignee";
        let rows = self.reader.all(&Scope::Platform, text, Vec::new()).await?;
        rows.iter()
            .map(|row| {
                let user = UserId(column::get(row, 0)?);
                let held = u32::try_from(column::count(row, 1)?).map_err(broken)?;
                Ok(Load { user, held, newest: Timestamp(column::get(row, 2)?) })
            })
            .collect()
    }

    async fn add_token(&self, token: &Token) -> Result<(), StoreError> {
        let row = token::Model {
            id: token.id.0,
            user_id: token.user.0,
            name: token.name.clone(),
            hash: hex(&token.hash),
            session: token.session.into(),
            created_at: token.created_at.0,
            expires_at: token.expires_at.0,
        };
        let added = async {
            let transaction = self.pen.begin().await?;
            // The right moment to forget what has ended: it keeps the table small without a clock.
            token::Entity::delete_many()
                .filter(token::Column::ExpiresAt.lte(token.created_at.0))
                .exec(&transaction)
                .await?;
            token::Entity::insert(row.into_active_model())
                .exec_without_returning(&transaction)
                .await?;
            transaction.commit().await
        };
        added.await.map_err(|error| self.pen.refused(&error))
    }

    async fn token(&self, hash: [u8; 32], now: Timestamp) -> Result<Option<Token>, StoreError> {
        let text = "SELECT * FROM tokens WHERE hash = $1 AND expires_at > $2";
        let values = vec![value::text(hex(&hash)), value::at(now)];
        let row = self.reader.one(&Scope::Platform, text, values).await?;
        row.as_ref().map(token_of).transpose()
    }

    async fn session(&self, hash: [u8; 32], now: Timestamp) -> Result<Option<User>, StoreError> {
        let behind = "u.id = (SELECT user_id FROM tokens WHERE hash = $1 AND expires_at > $2)";
        let found = self.people(behind, vec![value::text(hex(&hash)), value::at(now)]).await?;
        Ok(found.into_iter().next().map(|(user, _)| user))
    }

    async fn end_token(&self, id: TokenId) -> Result<(), StoreError> {
        let text = "DELETE FROM tokens WHERE id = $1";
        self.pen.count(&Scope::Platform, text, vec![value::id(id.0)]).await.map(drop)
    }

    async fn tokens(&self, user: UserId) -> Result<Vec<Token>, StoreError> {
        let text = "SELECT * FROM tokens WHERE user_id = $1 AND session = 0 ORDER BY id";
        let rows = self.reader.all(&Scope::Platform, text, vec![value::id(user.0)]).await?;
        rows.iter().map(token_of).collect()
    }
}

impl SqlStore {
    /// People with their memberships and password hashes, by name.
    ///
    /// Read as the platform: a person is whole, whichever tenants the one who asks may see.
    async fn people(
        &self,
        condition: &str,
        values: Vec<Value>,
    ) -> Result<Vec<(User, String)>, StoreError> {
        let text = format!(
            "SELECT u.*, m.body AS membership FROM users u \
             LEFT JOIN memberships m ON m.user_id = u.id \
             WHERE {condition} ORDER BY u.name, u.id, m.place"
        );
        let rows = self.reader.all(&Scope::Platform, &text, values).await?;
        let mut people: Vec<(User, String)> = Vec::new();
        for row in &rows {
            let model: user::Model = column::model(row)?;
            if people.last().is_none_or(|(user, _)| user.id.0 != model.id) {
                people.push(user_of(model)?);
            }
            if let (Some((user, _)), Some(place)) = (people.last_mut(), place(row)?) {
                user.memberships.push(place);
            }
        }
        Ok(people)
    }
}

async fn save(
    transaction: &DatabaseTransaction,
    row: user::Model,
    with_password: bool,
    places: Vec<membership::Model>,
) -> Result<(), DbErr> {
    use user::Column;
    let id = row.id;
    let mut columns = vec![
        Column::Email,
        Column::Name,
        Column::Role,
        Column::Language,
        Column::Available,
        Column::Active,
        Column::SeenAt,
        Column::CreatedAt,
    ];
    if with_password {
        columns.push(Column::PasswordHash);
    }
    user::Entity::insert(row.into_active_model())
        .on_conflict(OnConflict::column(Column::Id).update_columns(columns).to_owned())
        .exec_without_returning(transaction)
        .await?;
    membership::Entity::delete_many()
        .filter(membership::Column::UserId.eq(id))
        .exec(transaction)
        .await?;
    if !places.is_empty() {
        membership::Entity::insert_many(places.into_iter().map(IntoActiveModel::into_active_model))
            .exec_without_returning(transaction)
            .await?;
    }
    Ok(())
}

fn user_row(user: &User, password_hash: Option<&str>) -> user::Model {
    user::Model {
        id: user.id.0,
        email: user.email.to_lowercase(),
        name: user.name.clone(),
        role: name::role(user.role).into(),
        language: user.language.as_str().into(),
        // No password lets nobody in: it is no PHC string, so nothing verifies against it.
        password_hash: password_hash.unwrap_or_default().into(),
        available: user.available.into(),
        active: user.active.into(),
        seen_at: user.seen_at.map(|at| at.0),
        created_at: user.created_at.0,
    }
}

fn places(user: &User) -> Result<Vec<membership::Model>, StoreError> {
    let place = |(place, membership): (usize, &Membership)| {
        Ok(membership::Model {
            user_id: user.id.0,
            tenant: membership.tenant.as_str().into(),
            place: i64::try_from(place).map_err(broken)?,
            body: serde_json::to_string(membership).map_err(broken)?,
        })
    };
    user.memberships.iter().enumerate().map(place).collect()
}

fn place(row: &QueryResult) -> Result<Option<Membership>, StoreError> {
    let body: Option<String> = row.try_get("", "membership").map_err(broken)?;
    body.as_deref().map(column::parse).transpose()
}

fn user_of(model: user::Model) -> Result<(User, String), StoreError> {
    let user = User {
        id: UserId(model.id),
        email: model.email,
        name: model.name,
        role: name::parse_role(&model.role).ok_or_else(|| broken(model.role))?,
        language: Language::from(model.language),
        memberships: Vec::new(),
        available: model.available != 0,
        seen_at: model.seen_at.map(Timestamp),
        active: model.active != 0,
        created_at: Timestamp(model.created_at),
    };
    Ok((user, model.password_hash))
}

fn token_of(row: &QueryResult) -> Result<Token, StoreError> {
    let model: token::Model = column::model(row)?;
    Ok(Token {
        id: TokenId(model.id),
        user: UserId(model.user_id),
        name: model.name,
        hash: unhex(&model.hash).ok_or_else(|| broken("a token's hash"))?,
        session: model.session != 0,
        created_at: Timestamp(model.created_at),
        expires_at: Timestamp(model.expires_at),
    })
}

fn hex(bytes: &[u8; 32]) -> String {
    bytes.iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (i, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * i..2 * i + 2], 16).ok()?;
    }
    Some(bytes)
}
