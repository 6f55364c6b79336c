//! A channel signed both ways, and what strangers may try at its hook.

use kerros_suite::config::Config;
use kerros_suite::database;
use kerros_suite::provider::{Provider, Says};
use kerros_suite::sign::{HEADER, Sender, message, now, signature};
use kerros_suite::tenants::{SHOP_IN, SHOP_OUT, kaiku, start};
use kerros_suite::wait::until;
use serde_json::{Value, json};

/// Rows that a hook could have written.
const WRITTEN: &str = "SELECT (SELECT count(*) FROM inbound) + (SELECT count(*) FROM jobs) \
    + (SELECT count(*) FROM conversations) + (SELECT count(*) FROM contacts)";

#[tokio::test(flavor = "multi_thread")]
async fn signed_both_ways() {
    let shop = Provider::open().await;
    shop.always(Says::new(200, &json!({ "id": "shop-1" })));
    let config = Config::new().tenant("kaiku", &kaiku(&shop));
    let data = tempfile::tempdir().unwrap();
    let start = start(&config, data.path());
    start.add_user("aino@kaiku.example", "Aino", "agent", &["kaiku"]).await;
    let kerros = start.serve().await;
    let aino = kerros.person("aino@kaiku.example").await;
    let sender = Sender::new(&kerros.http, &kerros.url, "kaiku", "shop", SHOP_IN);

    let body = message("order-7", "m1", "Where is my tent?");
    assert_eq!(sender.post(body.as_bytes()).await.unwrap(), 200);
    // The same again, with a signature of its own: acknowledged and dropped.
    assert_eq!(sender.post(body.as_bytes()).await.unwrap(), 200);
    let conversation = until("the conversation", async || {
        Some(aino.conversations("kaiku").await.first()?.clone())
    })
    .await;
    let id = conversation["id"].as_str().unwrap();
    assert_eq!(conversation["thread"], "order-7");

    aino.act(id, "assign", &json!({})).await;
    aino.reply(id, "It left yesterday.").await;
    let got = shop.wait(1).await.remove(0);
    assert_eq!((got.path.as_str(), &got.json()["text"]), ("/shop", &json!("It left yesterday.")));
    assert_eq!(
        (&got.json()["thread"], &got.json()["author"]),
        (&json!("order-7"), &json!("person"))
    );
    let header = got.headers[HEADER].to_str().unwrap();
    let seconds = header.split([',', '=']).nth(1).unwrap().parse().unwrap();
    assert_eq!(header, signature(SHOP_OUT.as_bytes(), seconds, &got.body));
    assert!(now().abs_diff(seconds) < 60, "signed now");

    // The shop tells that the customer has read it.
    until("sent", async || {
        let messages = aino.messages(id).await;
        (messages.last()?["delivery"] == "sent").then_some(())
    })
    .await;
    let receipt = json!({ "kind": "delivery", "id": "shop-1", "state": "read" }).to_string();
    assert_eq!(sender.post(receipt.as_bytes()).await.unwrap(), 200);
    let messages = until("read", async || {
        let messages = aino.messages(id).await;
        (messages.last()?["delivery"] == "read").then_some(messages)
    })
    .await;
    let texts: Vec<&Value> = messages.iter().map(|message| &message["text"]).collect();
    assert_eq!(texts, ["Where is my tent?", "It left yesterday."], "each once");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_right_is_refused_and_leaves_nothing() {
    let shop = Provider::open().await;
    let config = Config::new().tenant("kaiku", &kaiku(&shop));
    let data = tempfile::tempdir().unwrap();
    let start = start(&config, data.path());
    let kerros = start.serve().await;
    let sender = Sender::new(&kerros.http, &kerros.url, "kaiku", "shop", SHOP_IN);
    let sign = |seconds: u64, body: &[u8]| signature(SHOP_IN.as_bytes(), seconds, body);
    let good = message("t", "1", "hello").into_bytes();

    let other = signature(b"another secret", now(), &good);
    let changed = sign(now(), &message("t", "1", "hullo").into_bytes());
    let tail = sign(now(), &good).replace("v1=", "v1=00");
    let cases: &[(&str, Vec<u8>, Option<String>, u16)] = &[
        ("unsigned", good.clone(), None, 401),
        ("signed with another secret", good.clone(), Some(other), 401),
        ("changed after signing", good.clone(), Some(changed), 401),
        ("not a signature", good.clone(), Some("v1".into()), 401),
        ("a longer signature", good.clone(), Some(tail), 401),
        ("replayed an hour later", good.clone(), Some(sign(now() - 3600, &good)), 401),
        ("from the future", good.clone(), Some(sign(now() + 3600, &good)), 401),
        ("malformed", b"{".to_vec(), Some(sign(now(), b"{")), 400),
        ("empty", Vec::new(), Some(sign(now(), b"")), 400),
        ("not an event", b"7".to_vec(), Some(sign(now(), b"7")), 400),
        ("not UTF-8", b"\xff\xfe{}".to_vec(), Some(sign(now(), b"\xff\xfe{}")), 400),
        ("UTF-8 that breaks inside a text", broken(), Some(sign(now(), &broken())), 400),
        ("no id", no_id(), Some(sign(now(), &no_id())), 400),
        ("101 events", many(), Some(sign(now(), &many())), 400),
        ("a megabyte and more", large(), Some(sign(now(), &large())), 413),
    ];
    for (name, body, signature, expected) in cases {
        let status = sender.post_with(body, signature.as_deref()).await.unwrap();
        assert_eq!(status, *expected, "{name}");
    }
    let request =
        || kerros.http.post(&sender.hook).header(HEADER, sign(now(), &good)).body(good.clone());
    let odd = reqwest::header::HeaderValue::from_bytes(b"caf\xe9").unwrap();
    assert_eq!(request().header("x-place", odd).send().await.unwrap().status(), 400);
    let packed = request().header("content-encoding", "gzip").send().await.unwrap();
    assert_eq!(packed.status(), 415);
    // Without a length, so that only reading tells how much it is.
    let chunks =
        futures::stream::iter((0..40).map(|_| Ok::<_, std::io::Error>(vec![b'x'; 64 << 10])));
    let endless =
        kerros.http.post(&sender.hook).body(reqwest::Body::wrap_stream(chunks)).send().await;
    // The server may hang up while we still send.
    assert!(endless.is_err() || endless.is_ok_and(|answer| answer.status() == 413));
    for (tenant, channel) in [("nobody", "shop"), ("kaiku", "nothing"), ("kaiku", "chat")] {
        let to = Sender::new(&kerros.http, &kerros.url, tenant, channel, SHOP_IN);
        assert_eq!(to.post(&good).await.unwrap(), 404, "{tenant}/{channel}");
    }

    let reading = kerros.metrics().await;
    for (outcome, count) in [("unauthorized", 7.0), ("accepted", 0.0)] {
        let labels = [("channel", "shop"), ("outcome", outcome)];
        assert_eq!(reading.sum("kerros_inbound_total", &labels), count, "{outcome}");
    }
    kerros.stop().await;
    assert_eq!(database::in_data(data.path(), WRITTEN).await, 0, "nothing is written");
}

fn broken() -> Vec<u8> {
    let mut body = message("t", "1", "hel@lo").into_bytes();
    let at = body.iter().position(|byte| *byte == b'@').unwrap();
    body[at] = 0xc3;
    body
}

fn no_id() -> Vec<u8> {
    json!({ "kind": "message", "thread": "t", "text": "hello" }).to_string().into_bytes()
}

fn many() -> Vec<u8> {
    let event = |n| json!({ "kind": "message", "thread": "t", "id": format!("{n}"), "text": "x" });
    json!((0..101).map(event).collect::<Vec<_>>()).to_string().into_bytes()
}

fn large() -> Vec<u8> {
    message("t", "1", &"x".repeat(1 << 20)).into_bytes()
}
