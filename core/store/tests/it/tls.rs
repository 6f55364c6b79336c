//! PostgreSQL over TLS: encrypted when asked, and refused when the certificate is not vouched for.

use kerros_store::{Options, open};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement};

use crate::place::{POSTGRES, server};
use crate::skip::skip;

#[tokio::test]
async fn the_address_says_how_far_the_server_is_trusted() {
    let Some(server) = server() else {
        skip(&format!("PostgreSQL ({POSTGRES} is not set)"));
        return;
    };
    let plain = Database::connect(&server).await.unwrap();
    if text(&plain, "SHOW ssl").await != "on" {
        skip(&format!("TLS (the PostgreSQL of {POSTGRES} has ssl = off)"));
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let certificate = folder.path().join("server.crt");
    let read = "SELECT pg_read_file(current_setting('ssl_cert_file'))";
    std::fs::write(&certificate, text(&plain, read).await).unwrap();
    let base = server.split('?').next().unwrap();
    let vouched = format!("sslmode=verify-full&sslrootcert={}", certificate.display());

    for (query, encrypted) in [
        ("sslmode=disable", Some("false")),
        ("", Some("true")),
        ("sslmode=require", Some("true")),
        (vouched.as_str(), Some("true")),
        // Nobody the machine trusts has signed it.
        ("sslmode=verify-full", None),
    ] {
        let url = format!("{base}?{query}");
        let seen = match Database::connect(&url).await {
            Ok(connection) => Some(text(&connection, ENCRYPTED).await),
            Err(_) => None,
        };
        assert_eq!(seen.as_deref(), encrypted, "{query}");
    }

    let other = format!("{}?{vouched}", base.replace("127.0.0.1", "127.0.0.2"));
    assert!(Database::connect(other).await.is_err(), "a certificate for another name was taken");
    let refused = open(&format!("{base}?sslmode=verify-full"), Options::default()).await;
    assert!(refused.is_err(), "the store took a certificate that nobody vouches for");
}

const ENCRYPTED: &str = "SELECT ssl::text FROM pg_stat_ssl WHERE pid = pg_backend_pid()";

async fn text(connection: &DatabaseConnection, query: &str) -> String {
    let statement = Statement::from_string(connection.get_database_backend(), query);
    let row = connection.query_one_raw(statement).await.unwrap().expect("a row");
    row.try_get_by_index(0).unwrap()
}
