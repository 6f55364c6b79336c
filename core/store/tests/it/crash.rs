//! `kill -9` of a process that writes: what was acknowledged is there, once, and nothing is half.

use std::collections::BTreeSet;
use std::sync::Arc;

use kerros_app::ports::store::{Commits, Scope};
use kerros_domain::id::ConversationId;
use kerros_store::{Options, open};

use crate::child::{Running, orders, say};
use crate::place::Place;
use crate::tale::{Tale, after, inbound, uuid};

const WRITERS: u64 = 16;

/// The child: sixteen writers, each telling the parent of every commit after it is acknowledged.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child_writes_until_it_is_killed() {
    let Some((url, round)) = orders() else { return };
    let round: u64 = round.parse().unwrap();
    let store = Arc::new(open(&url, Options::default()).await.unwrap());
    let mut tasks = tokio::task::JoinSet::new();
    for writer in 0..WRITERS {
        let store = Arc::clone(&store);
        tasks.spawn(async move {
            // Bounded, in case the parent is gone.
            for n in 0..2_000 {
                let n = (round * WRITERS + writer) * 10_000 + n;
                let mut tale = Tale::new("aurinko", n);
                for said in 1..=3 {
                    tale.says(&format!("message {said}"), after(said));
                    let mut unit = tale.changes();
                    let key = n * 10 + u64::try_from(said).unwrap();
                    unit.inbound.push(inbound("aurinko", &key.to_string(), key));
                    store.commit(&Scope::Platform, unit).await.unwrap();
                    say(format!("{n} {}", tale.row.seq));
                }
            }
        });
    }
    tasks.join_all().await;
}

async fn killed_again_and_again(place: &Place) {
    let store = &place.store;
    let mut acknowledged: BTreeSet<(u64, u64)> = BTreeSet::new();
    for (round, moment) in [40, 1, 333, 120, 7].into_iter().enumerate() {
        let word = round.to_string();
        let mut child = Running::start("crash::child_writes_until_it_is_killed", &place.url, &word);
        let mut said: Vec<String> = Vec::new();
        while said.len() < moment {
            said.push(child.line().expect("the child writes"));
        }
        // A commit is under way nearly always: sixteen writers do nothing else.
        said.extend(child.kill());
        for line in said {
            let (n, seq) = line.split_once(' ').unwrap();
            acknowledged.insert((n.parse().unwrap(), seq.parse().unwrap()));
        }
        assert_eq!(store.verify(&|_, _| ()).await.unwrap(), [], "round {round}");
    }
    assert!(acknowledged.len() >= 501);
    for (n, seq) in acknowledged {
        let id = ConversationId(uuid(1, n));
        let row = store.conversation(&Scope::Platform, id).await.unwrap().unwrap();
        assert!(row.seq >= seq, "{n} was acknowledged at {seq}, found {}", row.seq);
        let said = store.messages(&Scope::Platform, id, 0, 100).await.unwrap();
        let texts: Vec<&str> = said.iter().map(|message| message.text.as_str()).collect();
        let wanted: Vec<String> = (1..=texts.len()).map(|n| format!("message {n}")).collect();
        assert_eq!(texts, wanted, "in order, none doubled");
        assert_eq!(u32::try_from(texts.len()).unwrap(), row.customer_messages);
    }
}

#[tokio::test]
async fn a_killed_writer_loses_nothing_on_sqlite() {
    // Opened first by another process, too: a store that stays open sees what the child wrote.
    let place = Place::sqlite().await;
    killed_again_and_again(&place).await;
    place.leave().await;
}

#[tokio::test]
async fn a_killed_writer_loses_nothing_on_postgres() {
    let Some(place) = Place::postgres().await else { return };
    killed_again_and_again(&place).await;
    place.leave().await;
}
