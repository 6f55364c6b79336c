//! Real dialogues through a server that is killed ten times: `kerros-load replay` finds no difference.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use kerros_suite::kerros::{PASSWORD, binary};
use kerros_suite::skip::skip;
use kerros_suite::tenants::{start, with_aamu};
use kerros_suite::wait::{PATIENCE, until};
use rand::Rng;
use tokio::process::Command;

#[tokio::test(flavor = "multi_thread")]
async fn ten_kills_make_no_difference() {
    let file =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/sgd/train_001.json");
    let (Some(load), true) = (binary("kerros-load"), file.is_file()) else {
        skip("kerros-load is not built, or shared/data/sgd/train_001.json is not here");
        return;
    };
    let config = with_aamu();
    let data = tempfile::tempdir().unwrap();
    let first = start(&config, data.path());
    first.add_user("saara@aamu.example", "Saara", "supervisor", &["aamu"]).await;
    let mut kerros = first.serve().await;
    let address = kerros.address().to_owned();
    let mut replay = Command::new(load)
        .args(["replay", "--first", "40", "--rate", "2", "--without-metrics", "--tenant", "aamu"])
        .args(["--url", &kerros.url, "--email", "saara@aamu.example", "--password", PASSWORD])
        .arg("--file")
        .arg(file)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    until("traffic", async || {
        (kerros.metrics().await.sum("kerros_inbound_total", &[]) > 0.0).then_some(())
    })
    .await;
    let mut kills = 0;
    while kills < 10 && replay.try_wait().unwrap().is_none() {
        let moment = Duration::from_millis(rand::rng().random_range(10..700));
        tokio::time::sleep(moment).await;
        kerros.kill().await;
        kills += 1;
        println!("kill {kills} after {moment:?}");
        kerros = start(&config, data.path()).at(&address).serve().await;
    }
    let output = tokio::time::timeout(2 * PATIENCE, replay.wait_with_output()).await;
    let output = output.expect("replay ends").unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    println!("{said}");
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(kills, 10, "replay was over before the tenth kill");
    kerros.stop().await;
    assert_eq!(start(&config, data.path()).verify().await, 40);
}
