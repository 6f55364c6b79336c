//! Ten power cuts while customers write: what was acknowledged is there, once, in order.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use kerros_suite::config::Config;
use kerros_suite::database::number;
use kerros_suite::kerros::Kerros;
use kerros_suite::person::Person;
use kerros_suite::postgres::Fresh;
use kerros_suite::provider::{Got, Provider};
use kerros_suite::sign::Sender;
use kerros_suite::skip::skip;
use kerros_suite::tenants::{SHOP_IN, kaiku, start};
use kerros_suite::wait::{PATIENCE, until};
use rand::Rng;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinSet;

const KILLS: usize = 10;
const CUSTOMERS: usize = 8;

/// Says a thing again and again until it is acknowledged, as providers do.
async fn say(sender: &Sender, thread: &str, id: &str, text: &str) {
    let start = Instant::now();
    loop {
        match sender.say(thread, id, text).await {
            Ok(status) if status == 200 => return,
            Ok(status) => assert_eq!(status, 503, "{thread} {id}"),
            Err(_) => {}
        }
        assert!(start.elapsed() < PATIENCE, "{thread} {id} is never acknowledged");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Writes until told to stop; returns how many messages were acknowledged, and counts them for all in `all`.
async fn customer(
    sender: Sender,
    thread: String,
    all: Arc<AtomicUsize>,
    stop: watch::Receiver<bool>,
) -> usize {
    let mut said = 0;
    while !*stop.borrow() {
        say(&sender, &thread, &format!("m{said}"), &format!("{thread} says {said}")).await;
        said += 1;
        all.fetch_add(1, Ordering::Relaxed);
    }
    said
}

/// Answers the newest conversations until told to stop; returns every answer that was acknowledged, and counts them in
/// `all`. An answer without an acknowledgement is given again with the same key.
async fn agent(
    person: Person,
    all: Arc<AtomicUsize>,
    stop: watch::Receiver<bool>,
) -> Vec<(String, String)> {
    let mut given = Vec::new();
    let mut number = 0;
    while !*stop.borrow() {
        let list = person.try_ask(Method::GET, "conversations?tenant=kaiku", None, None).await;
        let Ok((status, list)) = list else {
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        let items = list["items"].as_array().filter(|items| status == 200 && !items.is_empty());
        let Some(items) = items else {
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        let id = items[number % items.len()]["id"].as_str().unwrap().to_owned();
        let text = format!("answer {number}");
        reply(&person, &id, &text).await;
        given.push((id, text));
        all.fetch_add(1, Ordering::Relaxed);
        number += 1;
    }
    given
}

async fn reply(person: &Person, conversation: &str, text: &str) {
    let path = format!("conversations/{conversation}/messages");
    let start = Instant::now();
    loop {
        let body = json!({ "text": text });
        match person.try_ask(Method::POST, &path, Some(&body), Some(text)).await {
            Ok((status, _)) if status == 201 => return,
            Ok((status, said)) => assert!([409, 503].contains(&status.as_u16()), "{status} {said}"),
            Err(_) => {}
        }
        assert!(start.elapsed() < PATIENCE, "{text} is never acknowledged");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_or_doubled_on_sqlite() {
    let data = tempfile::tempdir().unwrap();
    let database = format!("sqlite://{}", data.path().join("kerros.db").display());
    survives(data.path(), &database).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_or_doubled_on_postgresql() {
    let Some(database) = Fresh::make("crash").await else {
        skip("KERROS_TEST_POSTGRES is not set");
        return;
    };
    let data = tempfile::tempdir().unwrap();
    survives(data.path(), &database.url()).await;
    database.leave().await;
}

async fn survives(data: &Path, database: &str) {
    let shop = Provider::open().await;
    // What a killed node held is free for the next one after this.
    let config = Config::new().platform("[work]\nlease = \"5s\"\n").tenant("kaiku", &kaiku(&shop));
    let start = || start(&config, data).env("KERROS_DATABASE__URL", database);
    start().add_user("saara@kaiku.example", "Saara", "supervisor", &["kaiku"]).await;
    let mut kerros = start().serve().await;
    let address = kerros.address().to_owned();
    let saara = kerros.person("saara@kaiku.example").await;
    let sender = Sender::new(&kerros.http, &kerros.url, "kaiku", "shop", SHOP_IN);

    let (stop, stopped) = watch::channel(false);
    let acknowledged = Arc::new(AtomicUsize::new(0));
    let mut customers = JoinSet::new();
    for n in 0..CUSTOMERS {
        let thread = format!("thread-{n}");
        let (sender, stopped) = (sender.clone(), stopped.clone());
        let all = Arc::clone(&acknowledged);
        customers
            .spawn(async move { (thread.clone(), customer(sender, thread, all, stopped).await) });
    }
    let answered = Arc::new(AtomicUsize::new(0));
    let answers = tokio::spawn(agent(saara.clone(), Arc::clone(&answered), stopped.clone()));
    for kill in 0..KILLS {
        // At a random moment of the traffic, now and then before there is any.
        let more = rand::rng().random_range(0..120);
        let moment = Duration::from_millis(rand::rng().random_range(0..50));
        println!("kill {kill} after {more} messages and {moment:?}");
        let from = acknowledged.load(Ordering::Relaxed);
        // The last one comes when there was enough of both.
        let enough = if kill + 1 == KILLS { (10 * CUSTOMERS + 1, 1) } else { (0, 0) };
        until("traffic", async || {
            let said = acknowledged.load(Ordering::Relaxed);
            let answered = answered.load(Ordering::Relaxed);
            (said >= from + more && said >= enough.0 && answered >= enough.1).then_some(())
        })
        .await;
        tokio::time::sleep(moment).await;
        kerros.kill().await;
        kerros = start().at(&address).serve().await;
    }
    stop.send_replace(true);
    let said = customers.join_all().await;
    let given = answers.await.unwrap();
    let total: usize = said.iter().map(|(_, count)| count).sum();
    println!("{total} messages and {} answers were acknowledged", given.len());
    assert!(total > 10 * CUSTOMERS && !given.is_empty(), "there was traffic between the kills");

    all_work_is_done(&kerros).await;
    let conversations = saara.conversations("kaiku").await;
    assert_eq!(conversations.len(), CUSTOMERS);
    let mut answered = Vec::new();
    for (thread, count) in &said {
        let found = conversations.iter().find(|row| row["thread"] == thread.as_str()).unwrap();
        let id = found["id"].as_str().unwrap();
        let messages = saara.messages(id).await;
        let by = |author: &str| texts(&messages, author);
        let expected: Vec<String> = (0..*count).map(|n| format!("{thread} says {n}")).collect();
        assert_eq!(by("contact"), expected, "{thread}: all, once, in order");
        let own = given.iter().filter(|(conversation, _)| conversation == id);
        let expected: Vec<&String> = own.map(|(_, text)| text).collect();
        assert_eq!(by("person").iter().collect::<Vec<_>>(), expected, "answers in {thread}");
        let seqs: Vec<u64> = messages.iter().map(|m| m["seq"].as_u64().unwrap()).collect();
        assert!(seqs.is_sorted_by(|a, b| a < b));
        answered.extend(messages.into_iter().filter(|message| message["author"] == "person"));
    }
    delivered(&shop, &answered);
    kerros.stop().await;
    assert_eq!(start().verify().await, CUSTOMERS as u64);
    let left = "SELECT count(*) FROM jobs";
    assert_eq!(number(database, left).await, 0, "no work and no lease is left");
}

fn texts(messages: &[Value], author: &str) -> Vec<String> {
    let own = messages.iter().filter(|message| message["author"] == author);
    own.map(|message| message["text"].as_str().unwrap().to_owned()).collect()
}

async fn all_work_is_done(kerros: &Kerros) {
    until("all work is done", async || {
        let reading = kerros.metrics().await;
        (reading.sum("kerros_jobs_waiting", &[]) == 0.0).then_some(())
    })
    .await;
    assert_eq!(kerros.metrics().await.sum("kerros_jobs_dead", &[]), 0.0);
}

/// Every answer reached the shop. A kill between sending and noting it sends again with the same id: at least
/// once, and never two different things under one id.
fn delivered(shop: &Provider, answered: &[Value]) {
    let got: Arc<[Got]> = shop.got().into();
    for message in answered {
        assert_eq!(message["delivery"], "sent", "{message}");
        let mut copies = got.iter().filter(|got| got.json()["id"] == message["id"]);
        let first = copies.next().unwrap_or_else(|| panic!("{message} was not sent"));
        assert_eq!(first.json()["text"], message["text"]);
        assert!(copies.all(|copy| copy.json()["text"] == message["text"]));
    }
    let again = got.len() - answered.len();
    assert!(again <= KILLS * 32, "{again} of {} were sent again", got.len());
}
