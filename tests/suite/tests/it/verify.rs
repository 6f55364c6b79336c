//! `kerros db verify`: clean after real traffic, 1 with the place after one row was changed by hand, and 2 where
//! there is nothing to look at.

use kerros_suite::config::Config;
use kerros_suite::database;
use kerros_suite::kerros::binary;
use kerros_suite::provider::Provider;
use kerros_suite::sign::Sender;
use kerros_suite::tenants::{SHOP_IN, kaiku, start};
use kerros_suite::wait::until;
use serde_json::Value;

#[tokio::test(flavor = "multi_thread")]
async fn one_changed_row_is_found() {
    let shop = Provider::open().await;
    let config = Config::new().tenant("kaiku", &kaiku(&shop));
    let data = tempfile::tempdir().unwrap();
    let start = start(&config, data.path());
    let kerros = start.serve().await;
    let sender = Sender::new(&kerros.http, &kerros.url, "kaiku", "shop", SHOP_IN);
    for thread in ["order-1", "order-2"] {
        assert_eq!(sender.say(thread, thread, "Where is it?").await.unwrap(), 200);
    }
    until("both are taken in", async || {
        let count = "SELECT count(*) FROM conversations";
        (database::in_data(data.path(), count).await == 2).then_some(())
    })
    .await;
    kerros.stop().await;
    assert_eq!(start.verify().await, 2);

    let url = format!("sqlite://{}", data.path().join("kerros.db").display());
    database::run(&url, "UPDATE conversations SET layer = 'nowhere' WHERE thread = 'order-2'")
        .await;
    let ended = start.run(&["db", "verify"], "").await;
    let said = String::from_utf8_lossy(&ended.stdout).into_owned();
    assert_eq!(ended.status.code(), Some(1), "{said}");
    assert!(said.contains("column layer is not what the row says"), "{said}");
    assert!(said.ends_with("2 conversations, 1 differences\n"), "{said}");
    let ended = start.run(&["db", "verify", "--json"], "").await;
    assert_eq!(ended.status.code(), Some(1));
    let found: Value = serde_json::from_slice(&ended.stdout).unwrap();
    assert_eq!(found["differences"].as_array().unwrap().len(), 1, "{found}");
}

#[tokio::test]
async fn a_mistyped_folder_is_a_wrong_call_and_stays_away() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("dta");
    let mut command = tokio::process::Command::new(binary("kerros").unwrap());
    command.args(["db", "verify", "--config"]).arg(folder.path()).arg("--data").arg(&data);
    let ended = command.output().await.unwrap();
    let noted = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert_eq!(ended.status.code(), Some(2), "{noted}");
    assert!(noted.contains("there is no database"), "{noted}");
    assert!(!data.exists(), "it was made");
}
