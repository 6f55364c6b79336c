//! Power cuts while mails come in and answers leave, with real servers: every mail is one message, and no answer
//! is in a box twice.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use kerros_suite::database;
use kerros_suite::kerros::Kerros;
use kerros_suite::mail_server::MailServer;
use kerros_suite::person::Person;
use kerros_suite::posti::{Draft, SUPPORT, start, with_posti};
use kerros_suite::wait::{PATIENCE, until, within};
use rand::Rng;
use reqwest::Method;
use serde_json::{Value, json};

const KILLS: usize = 4;
const PEOPLE: usize = 6;
const MAILS: usize = 240;

/// Somebody's nth mail: the first of each person opens a conversation, the others answer it.
fn mail(n: usize) -> Draft {
    let (who, turn) = (n % PEOPLE, n / PEOPLE);
    let from = format!("person{who}@test.example");
    let subject = format!("Question of {who}");
    let mail = Draft::new(&from, &format!("{turn}.{who}@people.example"), &subject, &text(n));
    if turn == 0 { mail } else { mail.answering(&format!("0.{who}@people.example")) }
}

fn text(n: usize) -> String {
    format!("Word {} of {}.", n / PEOPLE, n % PEOPLE)
}

/// Answers each conversation again and again until told to stop; returns what was acknowledged.
async fn agent(person: Person, done: &AtomicUsize) -> Vec<(String, String)> {
    let mut given = Vec::new();
    let mut number = 0;
    while done.load(Ordering::SeqCst) == 0 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let list = person.try_ask(Method::GET, "conversations?tenant=posti", None, None).await;
        let Ok((status, list)) = list else { continue };
        let items = list["items"].as_array().filter(|items| status == 200 && !items.is_empty());
        let Some(items) = items else { continue };
        let id = items[number % items.len()]["id"].as_str().unwrap().to_owned();
        let text = format!("Answer {number}.");
        if reply(&person, &id, &text).await {
            given.push((id, text));
        }
        number += 1;
    }
    given
}

/// Says it until it is acknowledged; false if time is over.
async fn reply(person: &Person, conversation: &str, text: &str) -> bool {
    let path = format!("conversations/{conversation}/messages");
    let start = std::time::Instant::now();
    while start.elapsed() < PATIENCE {
        let body = json!({ "text": text });
        match person.try_ask(Method::POST, &path, Some(&body), Some(text)).await {
            Ok((status, _)) if status == 201 => return true,
            Ok((status, said)) => assert!([409, 503].contains(&status.as_u16()), "{status} {said}"),
            Err(_) => {}
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    false
}

async fn stored(kerros: &Kerros) -> f64 {
    // The counter begins anew with each process: it only says that something is under way.
    kerros.metrics().await.sum("kerros_mail_fetched_total", &[("outcome", "taken")])
}

#[tokio::test(flavor = "multi_thread")]
async fn power_cuts_lose_no_mail_and_double_no_answer() {
    let Some(server) = MailServer::start() else { return };
    let config = with_posti(&server).platform("[work]\nlease = \"5s\"\n");
    let data = tempfile::tempdir().unwrap();
    let start = || start(&config, data.path());
    start().add_user("aino@posti.example", "Aino", "agent", &["posti"]).await;
    let kerros = start().serve().await;
    let address = kerros.address().to_owned();
    let aino = kerros.person("aino@posti.example").await;

    let done = AtomicUsize::new(0);
    let bring = async {
        for batch in 0..MAILS / PEOPLE {
            let mails = (batch * PEOPLE..(batch + 1) * PEOPLE).map(mail);
            let mails: Vec<_> =
                mails.map(|mail| (mail.from.clone(), SUPPORT.to_owned(), mail.text())).collect();
            server.deliver_all(mails).await;
        }
    };
    let kill = async {
        let mut kerros = kerros;
        for kill in 0..KILLS {
            let more = f64::from(rand::rng().random_range(0_u8..40));
            let moment = Duration::from_millis(rand::rng().random_range(0..200));
            println!("kill {kill} after {more} mails and {moment:?}");
            // Where nothing more comes, the cut comes all the same.
            let traffic = async {
                while stored(&kerros).await < more {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            };
            let _ = tokio::time::timeout(Duration::from_secs(10), traffic).await;
            tokio::time::sleep(moment).await;
            kerros.kill().await;
            kerros = start().at(&address).serve().await;
        }
        until("every mail is read", async || {
            let rows = aino.conversations("posti").await;
            let count = |row: &Value| row["customer_messages"].as_u64().unwrap();
            (rows.iter().map(count).sum::<u64>() >= MAILS as u64).then_some(())
        })
        .await;
        done.store(1, Ordering::SeqCst);
        kerros
    };
    let ((), kerros, given) = tokio::join!(bring, kill, agent(aino.clone(), &done));
    assert!(!given.is_empty(), "somebody answered");

    within(PATIENCE * 2, "all work is done", async || {
        let reading = kerros.metrics().await;
        (reading.sum("kerros_jobs_waiting", &[]) == 0.0).then_some(())
    })
    .await;
    // What was cut off in the middle may have gone out: people were asked, and nothing was sent again.
    let rows = aino.conversations("posti").await;
    assert_eq!(rows.len(), PEOPLE, "{rows:#?}");
    let mut answers = 0;
    let mut open = 0_i64;
    for row in &rows {
        let id = row["id"].as_str().unwrap();
        let messages = aino.messages(id).await;
        let who: usize = row["thread"].as_str().unwrap()["mail:0.".len()..]
            .split('@')
            .next()
            .unwrap()
            .parse()
            .unwrap();
        let mut said: Vec<&str> = messages
            .iter()
            .filter(|message| message["author"] == "contact")
            .map(|message| message["text"].as_str().unwrap())
            .collect();
        let mut wanted: Vec<String> =
            (0..MAILS / PEOPLE).map(|turn| text(turn * PEOPLE + who)).collect();
        said.sort_unstable();
        wanted.sort_unstable();
        assert_eq!(said, wanted, "each mail once");
        let own: Vec<&Value> =
            messages.iter().filter(|message| message["author"] == "person").collect();
        let acknowledged = given.iter().filter(|(conversation, _)| conversation == id).count();
        assert!(own.len() >= acknowledged, "{} of {acknowledged} answers", own.len());
        let sent = own.iter().filter(|message| message["delivery"] == "sent").count();
        let failed = own.iter().filter(|message| message["delivery"] == "failed").count();
        assert_eq!(sent + failed, own.len(), "{own:#?}");
        let person = format!("person{who}@test.example");
        let letters = until(&format!("the answers for {person}"), async || {
            let letters = server.folder(&person, "INBOX").await;
            (letters.len() >= sent).then_some(letters)
        })
        .await;
        let mut ids: Vec<&str> = letters.iter().map(|letter| letter.id.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), letters.len(), "no answer twice in the box of {person}");
        for message in &own {
            let id = message["id"].as_str().unwrap();
            let there = ids.iter().any(|letter| letter.starts_with(id));
            // What failed may be there or not; what counts as sent is.
            assert!(there || message["delivery"] == "failed", "{message}");
        }
        answers += own.len();
        open += i64::try_from(failed).unwrap();
    }
    println!("{answers} answers, {open} of them for people to look at");
    assert!(open <= KILLS as i64 * 32, "only what was under way at a cut is open");
    kerros.stop().await;
    assert_eq!(start().verify().await, PEOPLE as u64);
    let left = "SELECT count(*) FROM jobs WHERE dead = 0";
    assert_eq!(database::in_data(data.path(), left).await, 0, "no work is left");
    let given_up = "SELECT count(*) FROM jobs WHERE dead = 1";
    assert_eq!(database::in_data(data.path(), given_up).await, open, "each open one is shown");
}
