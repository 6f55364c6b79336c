//! A scope as SQL: a condition on the tenant column, and the setting that the fence reads.

use kerros_app::ports::store::{Scope, StoreError};
use kerros_domain::id::TenantId;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, Value};

use crate::sql::statement;
use crate::value;

/// Between names in a list of tenants. No tenant's name has it: names come from file names.
const BETWEEN: &str = "\u{1f}";

/// The value of `kerros.tenants`: `*` for every tenant, else the names.
pub(crate) fn setting(scope: &Scope) -> String {
    match scope {
        Scope::Platform => "*".into(),
        Scope::One(tenant) => tenant.as_str().to_owned(),
        Scope::Many(tenants) => {
            tenants.iter().map(TenantId::as_str).collect::<Vec<_>>().join(BETWEEN)
        }
    }
}

/// On PostgreSQL: lets this transaction see the scope's rows and no others.
pub(crate) async fn fence(connection: &impl ConnectionTrait, scope: &Scope) -> Result<(), DbErr> {
    if connection.get_database_backend() != DbBackend::Postgres || *scope == Scope::Platform {
        return Ok(());
    }
    set(connection, setting(scope)).await
}

/// On PostgreSQL: sets `kerros.tenants` for this transaction.
pub(crate) async fn set(connection: &impl ConnectionTrait, tenants: String) -> Result<(), DbErr> {
    const SET: &str = "SELECT set_config('kerros.tenants', $1, true)";
    let set = statement(DbBackend::Postgres, SET, vec![value::text(tenants)]);
    connection.query_all_raw(set).await.map(drop)
}

/// ` AND column = $n`, ` AND column IN (...)`, or nothing for the platform; binds the names.
pub(crate) fn condition(scope: &Scope, column: &str, values: &mut Vec<Value>) -> String {
    let mut bind = |tenant: &TenantId| {
        values.push(value::text(tenant.as_str()));
        format!("${}", values.len())
    };
    match scope {
        Scope::Platform => String::new(),
        Scope::One(tenant) => format!(" AND {column} = {}", bind(tenant)),
        Scope::Many(tenants) if tenants.is_empty() => " AND 1 = 0".into(),
        Scope::Many(tenants) => {
            let names: Vec<String> = tenants.iter().map(bind).collect();
            format!(" AND {column} IN ({})", names.join(", "))
        }
    }
}

/// Refuses a row of a tenant outside the scope.
pub(crate) fn hold(scope: &Scope, tenant: &TenantId, what: &str) -> Result<(), StoreError> {
    if scope.holds(tenant) {
        return Ok(());
    }
    Err(StoreError::Refused(format!("{what} of tenant {tenant} is outside the scope")))
}
