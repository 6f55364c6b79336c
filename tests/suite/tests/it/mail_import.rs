//! A first import by hand: killed in the middle it goes on where it was, and nothing is there twice.

use kerros_suite::database;
use kerros_suite::mail_server::MailServer;
use kerros_suite::posti::{Draft, SUPPORT, start, with_posti};
use kerros_suite::wait::until;

const MAILS: usize = 400;

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_is_cut_off_goes_on() {
    let Some(server) = MailServer::start() else { return };
    let mails = (0..MAILS).map(|n| {
        let (from, id) = (format!("person{n}@test.example"), format!("{n}@import.example"));
        let mail = Draft::new(&from, &id, &format!("Order {n}"), "Where is it?");
        (from, SUPPORT.to_owned(), mail.text())
    });
    server.deliver_all(mails).await;
    let (config, data) = (with_posti(&server), tempfile::tempdir().unwrap());
    // What the killed process held is free soon.
    let start = start(&config, data.path()).env("KERROS_WORK__LEASE", "5s");
    let import = ["mail", "import", "--tenant", "posti", "--mailbox", "support"];

    let some = until_some(data.path());
    tokio::select! {
        // Dropped, the process is killed.
        output = start.run(&import, "") => panic!("it ended before it was cut off: {output:?}"),
        () = some => {}
    }
    let before = taken(data.path()).await;
    assert!((1..MAILS as i64).contains(&before), "{before} of {MAILS}");
    let said = start.must(&import).await;
    let rest = MAILS as i64 - before;
    assert!(said.contains(&format!("{rest} mails looked at, {rest} of them new")), "{said}");
    let said = start.must(&import).await;
    assert!(said.contains("0 mails looked at, 0 of them new"), "{said}");

    let wrong =
        start.run(&["mail", "import", "--tenant", "posti", "--mailbox", "nothing"], "").await;
    assert!(!wrong.status.success());
    let told = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert!(told.contains("no mailbox \"nothing\""), "{told}");

    // What is stored was read as well, each mail once.
    start.add_user("aino@posti.example", "Aino", "agent", &["posti"]).await;
    let kerros = start.serve().await;
    let aino = kerros.person("aino@posti.example").await;
    let all = until("every mail is a conversation", async || {
        let all = aino.conversations("posti").await;
        (all.len() >= MAILS).then_some(all)
    })
    .await;
    assert_eq!(all.len(), MAILS);
    let mut threads: Vec<&str> = all.iter().map(|row| row["thread"].as_str().unwrap()).collect();
    threads.sort_unstable();
    threads.dedup();
    assert_eq!(threads.len(), MAILS);
    kerros.stop().await;
}

/// Mails committed so far; none while there is no database.
async fn taken(data: &std::path::Path) -> i64 {
    database::in_data(data, "SELECT count(*) FROM inbound WHERE key LIKE 'mail:%'").await
}

async fn until_some(data: &std::path::Path) {
    until("some mails are taken in", async || {
        // Its schema is there once the last of its tables is.
        if !data.join("kerros.db").exists() {
            return None;
        }
        let there = "SELECT count(*) FROM sqlite_master WHERE name = 'mail_positions'";
        if database::in_data(data, there).await == 0 {
            return None;
        }
        (taken(data).await > 0).then_some(())
    })
    .await;
}
