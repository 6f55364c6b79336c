//! The role that Kerros has at PostgreSQL: a superuser passes every fence between tenants.

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement};

/// What is told when the second fence is void.
pub(crate) const UNFENCED: &str = "this role passes row-level security, so PostgreSQL does not keep tenants apart a second \
    time; ALTER ROLE ... NOSUPERUSER NOBYPASSRLS (and let the role own its database)";

/// Who a connection is to PostgreSQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Its name.
    pub name: String,
    /// Whether it may do anything.
    pub superuser: bool,
    /// Whether row-level security does not hold for it.
    pub bypasses: bool,
}

impl Role {
    /// Whether row-level security, the second fence between tenants, is void for it.
    #[must_use]
    pub fn passes_the_fence(&self) -> bool {
        self.superuser || self.bypasses
    }
}

/// The role of this connection; `None` on SQLite, which has none.
pub(crate) async fn ask(connection: &DatabaseConnection) -> Result<Option<Role>, DbErr> {
    let backend = connection.get_database_backend();
    if backend != DbBackend::Postgres {
        return Ok(None);
    }
    let text =
        "SELECT rolname::text, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user";
    let Some(row) = connection.query_one_raw(Statement::from_string(backend, text)).await? else {
        return Ok(None);
    };
    Ok(Some(Role {
        name: row.try_get_by_index(0)?,
        superuser: row.try_get_by_index(1)?,
        bypasses: row.try_get_by_index(2)?,
    }))
}
