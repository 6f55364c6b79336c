//! Real dialogues through a server that is killed ten times: `kerros-load replay` finds no difference.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use kerros_suite::kerros::{PASSWORD, binary};
use kerros_suite::skip::skip;
use kerros_suite::tenants::{start, with_aamu};
use kerros_suite::visitor::Visitor;
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

/// Somebody else's message while the dialogues are played: the counters say one more than was sent.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_sent_is_a_difference() {
    let Some(load) = binary("kerros-load") else {
        skip("kerros-load is not built");
        return;
    };
    let config = with_aamu();
    let data = tempfile::tempdir().unwrap();
    let first = start(&config, data.path());
    first.add_user("saara@aamu.example", "Saara", "supervisor", &["aamu"]).await;
    let kerros = first.serve().await;
    let dialogues: Vec<_> = (0..12)
        .map(|n| {
            let turn = |speaker: &str, text: String| serde_json::json!({ "speaker": speaker, "utterance": text });
            serde_json::json!({ "dialogue_id": n.to_string(), "turns": [
                turn("USER", format!("Where is parcel {n}?")),
                turn("SYSTEM", format!("Parcel {n} is on its way.")),
            ] })
        })
        .collect();
    let file = data.path().join("dialogues.json");
    std::fs::write(&file, serde_json::to_string(&dialogues).unwrap()).unwrap();
    let replay = |json: bool| {
        let mut command = Command::new(&load);
        command.args(["replay", "--rate", "3", "--tenant", "aamu", "--url", &kerros.url]);
        command.args(["--email", "saara@aamu.example", "--password", PASSWORD]);
        command.arg("--file").arg(&file).stdout(Stdio::piped()).stderr(Stdio::piped());
        if json {
            command.arg("--json");
        }
        command.kill_on_drop(true);
        command
    };
    let alone = replay(true).output().await.unwrap();
    let said: serde_json::Value = serde_json::from_slice(&alone.stdout).unwrap();
    assert_eq!(alone.status.code(), Some(0), "{said:#}");
    assert_eq!((&said["dialogues"], &said["differences"]), (&12.into(), &serde_json::json!([])));

    let mut disturbed = replay(false).spawn().unwrap();
    let all = kerros.metrics().await.sum("kerros_demand_total", &[]);
    until("traffic", async || {
        (kerros.metrics().await.sum("kerros_demand_total", &[]) > all).then_some(())
    })
    .await;
    let mut stranger = Visitor::open(&kerros.http, &kerros.url, "aamu", "en").await;
    stranger.say("1", "I am not in the file").await;
    assert!(disturbed.try_wait().unwrap().is_none(), "it was over before the stranger came");
    let output = tokio::time::timeout(2 * PATIENCE, disturbed.wait_with_output()).await;
    let output = output.expect("replay ends").unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("difference: ledger: demand grew by "), "{said}");
    kerros.stop().await;
}
