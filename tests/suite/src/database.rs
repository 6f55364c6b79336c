//! A look into the database, for what the service does not show.

use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement};

/// The number that a query answers with.
///
/// # Panics
/// When it does not.
pub async fn number(url: &str, query: &str) -> i64 {
    let connection = Database::connect(url).await.unwrap();
    let number = ask(&connection, query).await;
    connection.close().await.unwrap();
    number
}

/// As [`number`], of a SQLite file in a data folder.
pub async fn in_data(data: &std::path::Path, query: &str) -> i64 {
    number(&format!("sqlite://{}?mode=rw", data.join("kerros.db").display()), query).await
}

/// Does something.
///
/// # Panics
/// When it is refused.
pub async fn run(url: &str, text: &str) {
    let connection = Database::connect(url).await.unwrap();
    connection.execute_unprepared(text).await.unwrap();
    connection.close().await.unwrap();
}

async fn ask(connection: &DatabaseConnection, query: &str) -> i64 {
    let statement = Statement::from_string(connection.get_database_backend(), query);
    let row = connection.query_one_raw(statement).await.unwrap().expect("a row");
    row.try_get_by_index(0).unwrap()
}
