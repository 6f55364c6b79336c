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
