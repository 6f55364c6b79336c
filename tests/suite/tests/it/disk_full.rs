//! No room on the disk: nothing is acknowledged that is not kept, and room is all it takes to go on.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use kerros_suite::config::Config;
use kerros_suite::postgres::is_root;
use kerros_suite::provider::Provider;
use kerros_suite::sign::Sender;
use kerros_suite::skip::skip;
use kerros_suite::tenants::{SHOP_IN, kaiku, start};
use kerros_suite::wait::until;

/// A small disk of its own.
struct Disk(tempfile::TempDir);

impl Disk {
    fn mount(size: &str) -> Option<Self> {
        let folder = tempfile::tempdir().ok()?;
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]).arg(folder.path());
        let done = mount.output().is_ok_and(|output| output.status.success());
        done.then_some(Self(folder))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Takes all the room that is left.
    fn fill(&self) {
        let mut file = File::create(self.path().join("ballast")).unwrap();
        for block in [vec![0; 1 << 16], vec![0; 1 << 12], vec![0; 1]] {
            while file.write_all(&block).is_ok() {}
        }
    }

    fn free(&self) {
        std::fs::remove_file(self.path().join("ballast")).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.path()).output();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn full_and_free_again() {
    let Some(disk) = Some(()).filter(|()| is_root()).and_then(|()| Disk::mount("128m")) else {
        skip("only root can mount a small disk");
        return;
    };
    let shop = Provider::open().await;
    let config = Config::new().tenant("kaiku", &kaiku(&shop));
    let start = start(&config, disk.path());
    start.add_user("saara@kaiku.example", "Saara", "supervisor", &["kaiku"]).await;
    let kerros = start.serve().await;
    let saara = kerros.person("saara@kaiku.example").await;
    let sender = Sender::new(&kerros.http, &kerros.url, "kaiku", "shop", SHOP_IN);
    let mut acknowledged = Vec::new();
    for n in 0..5 {
        assert_eq!(sender.say("order", &format!("m{n}"), &format!("text {n}")).await.unwrap(), 200);
        acknowledged.push(format!("text {n}"));
    }

    kerros.database_is_up(true).await;
    disk.fill();
    // Room inside files that are there already may last for some more.
    let mut refused = None;
    for n in 5..2000 {
        let text = format!("text {n} {}", "x".repeat(4000));
        match sender.say("order", &format!("m{n}"), &text).await.unwrap().as_u16() {
            200 => acknowledged.push(text),
            503 => {
                refused = Some((n, text));
                break;
            }
            other => panic!("{other}"),
        }
    }
    let (first_refused, refused) = refused.expect("the disk is full");
    // Readable as ever, but nothing can be kept.
    kerros.database_is_up(false).await;
    kerros.is_ready(false).await;
    let (status, why) = kerros.readyz().await.unwrap();
    assert_eq!((status.as_u16(), why.as_str()), (503, "not ready: database\n"));
    let again = sender.say("order", &format!("m{first_refused}"), &refused).await.unwrap();
    assert_eq!(again, 503);
    let alive = kerros.http.get(format!("{}/healthz", kerros.url)).send().await.unwrap();
    assert_eq!(alive.status(), 200, "it lives and waits");

    disk.free();
    kerros.database_is_up(true).await;
    kerros.is_ready(true).await;
    let id = format!("m{first_refused}");
    assert_eq!(sender.say("order", &id, &refused).await.unwrap(), 200);
    acknowledged.push(refused);
    let messages = until("everything that was acknowledged", async || {
        let rows = saara.conversations("kaiku").await;
        let messages = saara.messages(rows.first()?["id"].as_str()?).await;
        (messages.len() >= acknowledged.len()).then_some(messages)
    })
    .await;
    let texts: Vec<&str> = messages.iter().map(|m| m["text"].as_str().unwrap()).collect();
    assert_eq!(texts, acknowledged, "all of it, once, in order, and nothing else");
    kerros.stop().await;
    assert_eq!(start.verify().await, 1);
}
