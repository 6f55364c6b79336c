//! Jobs: taken once, in order, kept by their owner, given back, given up.

use std::sync::Arc;

use kerros_app::ports::store::{End, Job, JobKind, Scope, StoreError, delivery_line};
use kerros_domain::id::{ConversationId, TenantId};

use crate::place::Place;
use crate::tale::{START, after, ended, job, jobs, lease};

const ALL: Scope = Scope::Platform;

fn numbers(jobs: &[Job]) -> Vec<u64> {
    jobs.iter()
        .map(|job| {
            serde_json::from_str::<serde_json::Value>(&job.payload).unwrap()["n"].as_u64().unwrap()
        })
        .collect()
}

/// A job is read back whole, with the lease of who took it.
pub async fn a_job_is_taken_whole_and_once(place: &Place) {
    let store = &place.store;
    let mut made = job("aurinko", 1, "a");
    made.kind = JobKind::Intake;
    made.last_error = Some("before".into());
    store.commit(&ALL, jobs(vec![made.clone()])).await.unwrap();
    let hold = lease("node-a", 60);
    let taken = store.claim(&hold, START, 10, &[]).await.unwrap();
    made.lease = Some(hold.clone());
    assert_eq!(taken, [made]);
    assert_eq!(store.claim(&lease("node-b", 60), START, 10, &[]).await.unwrap(), []);
}

/// Not before its time, and not while its writer holds it.
pub async fn a_job_waits_for_its_time_and_its_lease(place: &Place) {
    let store = &place.store;
    let mut later = job("aurinko", 1, "a");
    later.run_at = after(100);
    let mut held = job("aurinko", 2, "b");
    held.lease = Some(lease("node-a", 30));
    store.commit(&ALL, jobs(vec![later, held])).await.unwrap();
    let b = lease("node-b", 500);
    assert_eq!(numbers(&store.claim(&b, after(29), 10, &[]).await.unwrap()), [] as [u64; 0]);
    let taken = store.claim(&b, after(30), 10, &[]).await.unwrap();
    assert_eq!(numbers(&taken), [2], "the lease ran out");
    assert_eq!(taken[0].attempt, 2, "an attempt whose node went away counts");
    let taken = store.claim(&b, after(100), 10, &[]).await.unwrap();
    assert_eq!((numbers(&taken), taken[0].attempt), (vec![1], 1));
}

/// Of one order key only the oldest unfinished job may run; another tenant's key is another key.
pub async fn jobs_of_one_order_key_run_one_after_the_other(place: &Place) {
    let store = &place.store;
    let mut first = job("aurinko", 1, "a");
    first.run_at = after(10);
    let made = vec![
        first.clone(),
        job("aurinko", 2, "a"),
        job("aurinko", 3, "a"),
        job("aurinko", 4, "b"),
        job("vuori", 5, "a"),
    ];
    store.commit(&ALL, jobs(made)).await.unwrap();
    let hold = lease("n", 60);
    let claim = async |now| numbers(&store.claim(&hold, now, 10, &[]).await.unwrap());
    assert_eq!(claim(START).await, [4, 5], "1 waits for its time, 2 and 3 wait for 1");
    assert_eq!(claim(after(10)).await, [1], "2 waits while 1 is held");
    store.commit(&ALL, ended(&first, "n", End::Done)).await.unwrap();
    assert_eq!(claim(after(10)).await, [2]);
    let end = End::Retry { run_at: after(20), error: "later".into() };
    store.commit(&ALL, ended(&job("aurinko", 2, "a"), "n", end)).await.unwrap();
    assert_eq!(claim(after(19)).await, [] as [u64; 0], "3 waits while 2 waits");
    assert_eq!(claim(after(20)).await, [2]);
    let end = End::Dead { error: "never".into() };
    store.commit(&ALL, ended(&job("aurinko", 2, "a"), "n", end)).await.unwrap();
    assert_eq!(claim(after(20)).await, [3], "a dead letter blocks nobody");
}

/// The only node of a database takes a line's jobs in one go; what it gives back stands where it stood.
pub async fn the_only_node_takes_whole_lines(place: &Place) {
    let store = &place.store;
    let first = job("aurinko", 1, "a");
    let mut later = job("aurinko", 4, "b");
    later.run_at = after(10);
    let made = vec![
        first.clone(),
        job("aurinko", 2, "a"),
        job("aurinko", 3, "a"),
        later,
        job("aurinko", 5, "b"),
        job("vuori", 6, "c"),
    ];
    store.commit(&ALL, jobs(made.clone())).await.unwrap();
    let hold = lease("n", 60);
    let over = [TenantId::from("vuori")];
    let claim = async |now| numbers(&store.claim_lines(&hold, now, 10, &over).await.unwrap());
    assert_eq!(claim(START).await, [1, 2, 3], "5 waits for 4, and vuori is passed over");
    let behind = [made[1].id, made[2].id];
    store.give_back("another", &behind).await.unwrap();
    assert_eq!(claim(START).await, [] as [u64; 0], "only its owner gives a job back");
    store.give_back("n", &behind).await.unwrap();
    assert_eq!(claim(START).await, [] as [u64; 0], "2 and 3 wait while 1 is held");
    let end = End::Retry { run_at: after(5), error: "later".into() };
    store.commit(&ALL, ended(&first, "n", end)).await.unwrap();
    assert_eq!(claim(after(4)).await, [] as [u64; 0], "and while it waits");
    assert_eq!(claim(after(5)).await, [1]);
    store.commit(&ALL, ended(&first, "n", End::Done)).await.unwrap();
    let taken = store.claim_lines(&hold, after(5), 10, &over).await.unwrap();
    assert_eq!(numbers(&taken), [2, 3]);
    assert!(taken.iter().all(|job| job.attempt == 1), "what was given back was no attempt");
}

/// Only its owner ends a job, and only once; what else the unit carries stands and falls with it.
pub async fn only_the_owner_ends_a_job(place: &Place) {
    let store = &place.store;
    let made = job("aurinko", 1, "a");
    store.commit(&ALL, jobs(vec![made.clone()])).await.unwrap();
    let done = |owner| ended(&made, owner, End::Done);
    assert_eq!(store.commit(&ALL, done("a")).await, Err(StoreError::Conflict), "nobody holds it");
    store.claim(&lease("a", 10), START, 1, &[]).await.unwrap();
    let mut with_more = done("b");
    with_more.jobs = vec![job("aurinko", 2, "b")];
    assert_eq!(store.commit(&ALL, with_more).await, Err(StoreError::Conflict), "another's");
    assert_eq!(store.job_counts().await.unwrap()[0].waiting, 1, "the job beside it is not there");
    let foreign = Scope::One("vuori".into());
    assert!(store.commit(&foreign, done("a")).await.is_err(), "out of scope");
    let near = Scope::Many(vec!["aurink".into(), "aurinko2".into()]);
    assert!(store.commit(&near, done("a")).await.is_err(), "names are whole");
    let own = Scope::Many(vec!["vuori".into(), "aurinko".into()]);
    store.commit(&own, done("a")).await.unwrap();
    assert_eq!(store.commit(&ALL, done("a")).await, Err(StoreError::Conflict), "ended already");
    assert_eq!(store.job_counts().await.unwrap(), []);
}

/// A retry carries its fault and counts; the job's new writer may hold it.
pub async fn a_retry_counts_and_says_why(place: &Place) {
    let store = &place.store;
    let made = job("aurinko", 1, "a");
    store.commit(&ALL, jobs(vec![made.clone()])).await.unwrap();
    store.claim(&lease("a", 10), START, 1, &[]).await.unwrap();
    let end = End::Retry { run_at: after(5), error: "503".into() };
    store.commit(&ALL, ended(&made, "a", end)).await.unwrap();
    assert_eq!(store.claim(&lease("a", 10), after(4), 1, &[]).await.unwrap(), []);
    let again = store.claim(&lease("a", 10), after(5), 1, &[]).await.unwrap();
    assert_eq!((again[0].attempt, again[0].last_error.as_deref()), (2, Some("503")));
    assert_eq!(again[0].run_at, after(5));
}

/// Leases are extended by their owner, given back when it stops, and taken from one that is gone.
pub async fn leases_are_extended_and_given_back(place: &Place) {
    let store = &place.store;
    let made: Vec<Job> = (1..=4).map(|n| job("aurinko", n, &n.to_string())).collect();
    let ids: Vec<_> = made.iter().map(|job| job.id).collect();
    store.commit(&ALL, jobs(made)).await.unwrap();
    store.claim(&lease("a", 10), START, 2, &[]).await.unwrap();
    store.claim(&lease("b", 10), START, 1, &[]).await.unwrap();
    assert_eq!(store.extend(&lease("a", 100), &ids).await.unwrap(), ids[..2]);
    assert_eq!(store.extend(&lease("a", 100), &[]).await.unwrap(), []);
    let taken = store.claim(&lease("c", 200), after(50), 10, &[]).await.unwrap();
    assert_eq!(numbers(&taken), [3, 4], "b's ran out, a's did not");
    assert_eq!(store.release("a").await.unwrap(), 2);
    assert_eq!(store.release("a").await.unwrap(), 0);
    let taken = store.claim(&lease("d", 200), after(50), 10, &[]).await.unwrap();
    assert_eq!((numbers(&taken), taken[0].attempt), (vec![1, 2], 1), "given back is no attempt");
    assert_eq!(store.release_others("d").await.unwrap(), 2, "c's");
    let taken = store.claim(&lease("d", 200), after(50), 10, &[]).await.unwrap();
    assert_eq!(numbers(&taken), [3, 4]);
}

/// A job whose process was killed under it has one attempt more: else one that kills its process
/// would be tried for ever.
pub async fn a_job_of_a_killed_process_counts_an_attempt(place: &Place) {
    let store = &place.store;
    store.commit(&ALL, jobs(vec![job("aurinko", 1, "a")])).await.unwrap();
    store.claim(&lease("killed", 60), START, 1, &[]).await.unwrap();
    assert_eq!(store.release_others("new").await.unwrap(), 1);
    let taken = store.claim(&lease("new", 60), START, 1, &[]).await.unwrap();
    assert_eq!(taken[0].attempt, 2);
}

/// Dead letters are seen newest first within the scope, and can be made runnable again.
pub async fn dead_letters_are_seen_and_retried(place: &Place) {
    let store = &place.store;
    let made = [job("aurinko", 1, "a"), job("vuori", 2, "b"), job("aurinko", 3, "c")];
    store.commit(&ALL, jobs(made.to_vec())).await.unwrap();
    store.claim(&lease("n", 10), START, 10, &[]).await.unwrap();
    for job in &made {
        let end = End::Dead { error: format!("gave up {}", job.id) };
        store.commit(&ALL, ended(job, "n", end)).await.unwrap();
    }
    let own = Scope::One("aurinko".into());
    let letters = store.dead_letters(&own, 10).await.unwrap();
    let ids: Vec<_> = letters.iter().map(|letter| letter.job).collect();
    assert_eq!(ids, [made[2].id, made[0].id]);
    assert_eq!(letters[0].error, format!("gave up {}", made[2].id));
    assert_eq!(store.dead_letters(&ALL, 2).await.unwrap().len(), 2);
    assert_eq!(store.claim(&lease("n", 100), after(50), 10, &[]).await.unwrap(), []);

    let counts = async || {
        let all = store.job_counts().await.unwrap().into_iter();
        let told = |one: kerros_app::ports::store::JobCount| {
            (one.tenant.to_string(), one.waiting, one.dead, one.oldest)
        };
        all.map(told).collect::<Vec<_>>()
    };
    let (a, v) = ("aurinko".to_owned(), "vuori".to_owned());
    assert_eq!(counts().await, [(a.clone(), 0, 2, None), (v.clone(), 0, 1, None)]);
    assert!(!store.retry_dead(&own, made[1].id, after(60)).await.unwrap(), "another tenant's");
    assert!(store.retry_dead(&own, made[0].id, after(60)).await.unwrap());
    assert!(!store.retry_dead(&own, made[0].id, after(60)).await.unwrap(), "not dead any more");
    assert_eq!(counts().await, [(a, 1, 1, Some(after(60))), (v, 0, 1, None)]);
    let again = store.claim(&lease("n", 100), after(60), 10, &[]).await.unwrap();
    assert_eq!((numbers(&again), again[0].attempt), (vec![1], 1));
}

/// What waits to go out is counted by tenant and channel, within the scope; dead letters and older lines are not.
pub async fn waiting_deliveries_are_counted_by_channel(place: &Place) {
    let store = &place.store;
    let line = |n: u128, channel: &str| {
        delivery_line(ConversationId(uuid::Uuid::from_u128(n)), &channel.into())
    };
    let mut other = job("aurinko", 7, &line(1, "slack"));
    other.kind = JobKind::Intake;
    let made = vec![
        job("aurinko", 1, &line(1, "slack")),
        job("aurinko", 2, &line(2, "slack")),
        job("aurinko", 3, &line(2, "mail")),
        job("aurinko", 4, &line(3, "mail")),
        job("vuori", 5, &line(4, "slack")),
        job("aurinko", 6, &format!("out/{}", ConversationId(uuid::Uuid::from_u128(9)))),
        other,
    ];
    store.commit(&ALL, jobs(made.clone())).await.unwrap();
    store.claim(&lease("n", 10), START, 10, &[]).await.unwrap();
    let end = End::Dead { error: "never".into() };
    store.commit(&ALL, ended(&made[2], "n", end)).await.unwrap();
    let counted = async |scope: &Scope| {
        let all = store.waiting_deliveries(scope).await.unwrap().into_iter();
        all.map(|one| format!("{} {} {}", one.tenant, one.channel, one.count)).collect::<Vec<_>>()
    };
    assert_eq!(counted(&ALL).await, ["aurinko mail 1", "aurinko slack 2", "vuori slack 1"]);
    assert_eq!(counted(&Scope::One("vuori".into())).await, ["vuori slack 1"]);
}

/// Many claim side by side: each job goes to one of them.
pub async fn no_job_is_taken_twice(place: &Place) {
    let store = &place.store;
    let made = (1..=200).map(|n| job("aurinko", n, &n.to_string())).collect();
    store.commit(&ALL, jobs(made)).await.unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..8 {
        let store = Arc::clone(store);
        tasks.spawn(async move {
            let mut taken = Vec::new();
            loop {
                let some =
                    store.claim(&lease(&format!("node-{n}"), 60), START, 7, &[]).await.unwrap();
                if some.is_empty() {
                    return taken;
                }
                taken.extend(some.iter().map(|job| job.id));
            }
        });
    }
    let mut all = Vec::new();
    while let Some(taken) = tasks.join_next().await {
        all.extend(taken.unwrap());
    }
    all.sort_unstable();
    // With SKIP LOCKED somebody may find nothing while others still hold rows; so claim the rest.
    let rest = store.claim(&lease("last", 60), START, 200, &[]).await.unwrap();
    all.extend(rest.iter().map(|job| job.id));
    all.sort_unstable();
    let count = all.len();
    all.dedup();
    assert_eq!((count, all.len()), (200, 200));
}
