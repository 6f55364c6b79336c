//! Who the store is to PostgreSQL, and whether the fence holds for it.

use std::path::Path;

use kerros_store::{Options, open};
use sea_orm::{ConnectionTrait, DbBackend, Statement};

use crate::gone::Server;
use crate::place::{Place, server};
use crate::skip::skip;

#[tokio::test]
async fn a_role_that_passes_the_fence_is_known() {
    let Some(place) = Place::postgres().await else { return };
    let role = place.sql().role().unwrap();
    assert_eq!(role.name, "kerros_test");
    assert!(!role.passes_the_fence(), "{role:?}");

    // The server's own user made the databases: a superuser.
    let database = place.url.rsplit('/').next().unwrap().to_owned();
    let (head, tail) = server().map(|url| split(&url)).unwrap();
    let query = tail.map_or(String::new(), |query| format!("?{query}"));
    let name = database.split('?').next().unwrap();
    let above = open(&format!("{head}/{name}{query}"), Options::default()).await.unwrap();
    let role = above.role().unwrap();
    assert!(role.superuser && role.passes_the_fence(), "{role:?}");
    above.close().await;
    place.leave().await;
}

#[tokio::test]
async fn bypassing_is_as_bad_as_a_superuser() {
    let Some(place) = Place::postgres().await else { return };
    let connection = sea_orm::Database::connect(server().unwrap()).await.unwrap();
    let name = format!("kerros_bypass_{}", std::process::id());
    let make =
        format!("CREATE ROLE {name} LOGIN BYPASSRLS PASSWORD 'x'; GRANT kerros_test TO {name}");
    connection.execute_unprepared(&make).await.unwrap();
    let url = place.url.replacen("kerros_test:kerros_test", &format!("{name}:x"), 1);
    let store = open(&url, Options { existing: true, ..Options::default() }).await.unwrap();
    let role = store.role().unwrap();
    assert!(!role.superuser && role.bypasses && role.passes_the_fence(), "{role:?}");
    store.close().await;
    place.leave().await;
    connection.execute_unprepared(&format!("DROP ROLE {name}")).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn sqlite_has_no_roles() {
    let place = Place::sqlite().await;
    assert_eq!(place.sql().role(), None);
    place.leave().await;
}

/// `deploy/postgres/kerros.sh`, by which the container makes Kerros' role on an empty volume.
#[tokio::test]
async fn the_container_s_role_owns_its_database_and_no_more() {
    let Some(server) = Server::start() else {
        skip("the container's role (no PostgreSQL to start here)");
        return;
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/postgres/kerros.sh");
    let made = server.first_start(&script, "it's \\ secret");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let store = open(&server.url_of("kerros", "kerros"), Options::default()).await.unwrap();
    let role = store.role().unwrap();
    assert!(role.name == "kerros" && !role.passes_the_fence(), "{role:?}");
    store.close().await;

    let admin = sea_orm::Database::connect(server.url()).await.unwrap();
    let text = "SELECT string_agg(rolname || ' ' || (rolpassword IS NOT NULL), ', ' ORDER BY rolname) \
        FROM pg_authid WHERE rolname IN ('kerros', 'postgres')";
    let statement = Statement::from_string(DbBackend::Postgres, text);
    let row = admin.query_one_raw(statement).await.unwrap().unwrap();
    let who: String = row.try_get_by_index(0).unwrap();
    assert_eq!(who, "kerros true, postgres false", "only Kerros can log in from outside");
    admin.close().await.unwrap();
}

/// The address up to the database, and its query.
fn split(url: &str) -> (String, Option<String>) {
    let (address, query) = match url.split_once('?') {
        Some((address, query)) => (address, Some(query.to_owned())),
        None => (url, None),
    };
    (address.rsplit_once('/').unwrap().0.to_owned(), query)
}
