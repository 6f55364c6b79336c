//! SIGTERM while messages flow: not ready, finish, hand back, exit 0.

use std::time::Duration;

use kerros_suite::config::Config;
use kerros_suite::database;
use kerros_suite::provider::{Provider, Says};
use kerros_suite::sign::Sender;
use kerros_suite::tenants::{SHOP_IN, kaiku, start};
use kerros_suite::visitor::Visitor;
use kerros_suite::wait::until;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

#[tokio::test(flavor = "multi_thread")]
async fn what_runs_ends_and_nothing_stays_held() {
    let shop = Provider::open().await;
    let config = Config::new().tenant("kaiku", &kaiku(&shop));
    let data = tempfile::tempdir().unwrap();
    let first = start(&config, data.path());
    first.add_user("saara@kaiku.example", "Saara", "supervisor", &["kaiku"]).await;
    let mut kerros = first.serve().await;
    let address = kerros.address().to_owned();
    let saara = kerros.person("saara@kaiku.example").await;
    let sender = Sender::new(&kerros.http, &kerros.url, "kaiku", "shop", SHOP_IN);

    // A delivery whose provider takes its time, a request that is half sent, and an open widget.
    assert_eq!(sender.say("slow", "m0", "hello").await.unwrap(), 200);
    let slow = until("the conversation", async || {
        Some(saara.conversations("kaiku").await.first()?["id"].as_str()?.to_owned())
    })
    .await;
    shop.then(Says::new(200, &json!({})).slowly(Duration::from_secs(2)));
    saara.reply(&slow, "on its way").await;
    shop.wait(1).await;
    let mut visitor = Visitor::open(&kerros.http, &kerros.url, "kaiku", "en").await;
    visitor.say("1", "hello").await;
    let mut half = TcpStream::connect(&address).await.unwrap();
    half.write_all(b"GET /readyz HTTP/1.1\r\nhost: kerros\r\n").await.unwrap();

    let mut customers = JoinSet::new();
    for n in 0..8 {
        let sender = sender.clone();
        customers.spawn(async move {
            let thread = format!("thread-{n}");
            let mut acknowledged = 0;
            // Until it is told that nobody takes it, or finds nobody.
            while let Ok(status) = sender.say(&thread, &format!("m{acknowledged}"), "hello").await {
                if status != 200 {
                    break;
                }
                acknowledged += 1;
            }
            (thread, acknowledged)
        });
    }
    until("messages flow", async || {
        let labels = [("channel", "shop"), ("outcome", "accepted")];
        (kerros.metrics().await.sum("kerros_inbound_total", &labels) > 40.0).then_some(())
    })
    .await;

    kerros.signal(libc::SIGTERM);
    until("stopping", async || kerros.log().contains("stopping").then_some(())).await;
    // The request that had begun is answered, and the answer is no.
    half.write_all(b"\r\n").await.unwrap();
    let mut answer = String::new();
    half.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    assert!(answer.ends_with("not ready: draining\n"), "{answer}");
    while visitor.next().await.is_some() {}
    let status = kerros.ended().await;
    assert_eq!(status.code(), Some(0), "{}", kerros.log());
    assert!(TcpStream::connect(&address).await.is_err(), "nobody listens any more");
    assert!(!kerros.log().contains("panicked"), "{}", kerros.log());

    let held = "SELECT count(*) FROM jobs WHERE owner IS NOT NULL";
    assert_eq!(database::in_data(data.path(), held).await, 0, "no lease is held");
    let acknowledged = customers.join_all().await;
    assert_eq!(first.verify().await, 2 + acknowledged.len() as u64);

    // Started again, everything that was acknowledged is there.
    let kerros = start(&config, data.path()).serve().await;
    let saara = saara.at(&kerros.url);
    let messages = saara.messages(&slow).await;
    assert_eq!(messages[1]["delivery"], "sent", "the slow provider's answer was waited for");
    assert_eq!(shop.got().len(), 1);
    for (thread, count) in acknowledged {
        until(&format!("{count} messages in {thread}"), async || {
            let rows = saara.conversations("kaiku").await;
            let row = rows.into_iter().find(|row| row["thread"] == thread.as_str())?;
            // The last one may be written without its answer having come through.
            let written = row["customer_messages"].as_u64()?;
            assert!(written <= count + 1, "{thread}: {written} of {count}");
            (written >= count).then_some(())
        })
        .await;
    }
    kerros.stop().await;
}
