//! `kerros plugin test`: 0 where the author's vectors come out, 1 where one does not.

use std::path::Path;
use std::process::Output;

use kerros_suite::guest;
use kerros_suite::kerros::binary;
use serde_json::json;
use tokio::process::Command;

async fn tested(folder: &Path, tag: &str) -> (Output, String) {
    let vectors = json!([{
        "name": "what it says of a refund", "call": "suggest",
        "input": { "messages": [{ "text": "my refund did not come" }] },
        "expect": [{ "tag": tag, "confidence": 80 }]
    }]);
    std::fs::create_dir_all(folder.join("vectors")).unwrap();
    std::fs::write(folder.join("vectors/refund.json"), vectors.to_string()).unwrap();
    let output = Command::new(binary("kerros").unwrap())
        .args(["plugin", "test", "--random", "0"])
        .arg(folder.join("tagger.wasm"))
        .output()
        .await
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    (output, said)
}

#[tokio::test]
async fn a_vector_that_does_not_come_out_ends_with_1() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("tagger.wasm"), guest::tagger("acme", "")).unwrap();
    let (right, said) = tested(folder.path(), "refund").await;
    assert_eq!(right.status.code(), Some(0), "{said}");
    assert!(said.ends_with(" 0 failed\n"), "{said}");
    let (wrong, said) = tested(folder.path(), "invoice").await;
    assert_eq!(wrong.status.code(), Some(1), "{said}");
    assert!(said.contains("FAIL vectors/refund"), "{said}");
    assert!(said.ends_with(" 1 failed\n"), "{said}");
}
