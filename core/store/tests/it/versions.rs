//! Opening: what exists is kept, what is newer is refused.

use kerros_app::ports::store::{Conversations, Scope};
use kerros_store::{OpenError, Options, open};
use sea_orm::ConnectionTrait;

use crate::place::Place;
use crate::tale::{Tale, after};

/// Opened again, by the same version: everything is there, and nothing is migrated twice.
pub async fn a_store_is_opened_again(place: &Place) {
    let mut tale = Tale::new("aurinko", 1);
    let unit = tale.says("hello", after(1)).changes();
    place.store.commit(&Scope::Platform, unit).await.unwrap();
    let again = open(&place.url, Options::default()).await.unwrap();
    let read = again.conversation(&Scope::Platform, tale.row.id).await.unwrap();
    assert_eq!(read, Some(tale.row));
    again.close().await;
}

/// Several nodes start at once on one empty or known database.
pub async fn several_open_at_once(place: &Place) {
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let url = place.url.clone();
        tasks.spawn(async move {
            open(&url, Options::default()).await.unwrap().close().await;
        });
    }
    tasks.join_all().await;
}

/// A database that a newer version has migrated is not touched, and the message says why.
pub async fn a_newer_database_is_refused(place: &Place) {
    let connection = place.connection().await;
    connection
        .execute_unprepared(
            "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_future', 1)",
        )
        .await
        .unwrap();
    connection.close().await.unwrap();
    let refused = open(&place.url, Options::default()).await.unwrap_err();
    assert!(matches!(&refused, OpenError::Newer(newer) if newer == &["m9999_future"]));
    let text = refused.to_string();
    assert!(text.contains("newer version") && text.contains("m9999_future"), "{text}");
}

/// Opened without making or changing anything: only in this version's schema, else refused and left alone.
pub async fn an_existing_database_is_opened_as_it_is(place: &Place) {
    let existing = || Options { existing: true, ..Options::default() };
    open(&place.url, existing()).await.unwrap().close().await;

    let connection = place.connection().await;
    for (change, lacks) in [
        ("DELETE FROM seaql_migrations WHERE version = 'm0019_kv'", "m0019_kv"),
        ("DROP TABLE seaql_migrations", "m0001_contacts"),
    ] {
        connection.execute_unprepared(change).await.unwrap();
        let refused = open(&place.url, existing()).await.unwrap_err();
        let OpenError::Older(missing) = &refused else { panic!("{refused}") };
        assert!(missing.iter().any(|step| step == lacks), "{missing:?}");
        assert!(refused.to_string().contains("kerros db migrate"), "{refused}");
    }
    let made = connection.execute_unprepared("SELECT version FROM seaql_migrations").await;
    assert!(made.is_err(), "the table of migrations was made again");
    connection.close().await.unwrap();
}

/// A file that is not there is not made.
#[tokio::test]
async fn a_missing_file_stays_missing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("typo.db");
    let url = format!("sqlite://{}", path.display());
    let refused = open(&url, Options { existing: true, ..Options::default() }).await.unwrap_err();
    assert!(matches!(&refused, OpenError::Missing(missing) if *missing == path), "{refused}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
