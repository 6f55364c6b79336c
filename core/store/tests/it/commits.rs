//! What a commit writes, what it refuses, and that one writer's fault is not another's.

use kerros_app::ports::store::{Changes, MessageUpdate, Scope, StoreError};
use kerros_domain::command::Command;
use kerros_domain::conversation::{Priority, Solved};
use kerros_domain::id::{ChannelId, TenantId};
use kerros_domain::message::{DeliveryState, Part};

use crate::place::{Kind, Place};
use crate::tale::{Tale, after, contact, inbound, job, jobs};

const ALL: Scope = Scope::Platform;

fn one(tenant: &str) -> Scope {
    Scope::One(TenantId::from(tenant))
}

/// What was written is read back equal, in every part.
pub async fn a_unit_is_read_back_as_it_was_written(place: &Place) {
    let store = &place.store;
    let mut tale = Tale::new("aurinko", 1);
    tale.says("Hei! Missä korttini on? \u{1f600} 'quoted' \"twice\"", after(1));
    let mut first = tale.changes();
    first.messages[0].parts = vec![Part::Button { label: "Kyllä".into(), value: "yes".into() }];
    let message = first.messages[0].clone();
    store.commit(&ALL, first).await.unwrap();

    tale.handed_off(after(2))
        .then(Command::Assign { user: kerros_domain::sample::user(7) }, after(3));
    store.commit(&one("aurinko"), tale.changes()).await.unwrap();

    let read = store.conversation(&ALL, tale.row.id).await.unwrap();
    assert_eq!(read.as_ref(), Some(&tale.row));
    assert_eq!(store.contact(&ALL, tale.contact.id).await.unwrap(), Some(tale.contact.clone()));
    assert_eq!(store.entries(&ALL, tale.row.id, 0, 100).await.unwrap(), tale.told);
    assert_eq!(store.message(&ALL, message.id).await.unwrap(), Some(message.clone()));
    assert_eq!(store.messages(&ALL, tale.row.id, 0, 10).await.unwrap(), [message]);
    assert_eq!(store.verify(&|_, _| ()).await.unwrap(), []);
}

/// The sequence that a writer saw decides: new once, then only from where it stands.
pub async fn a_conversation_moves_on_only_from_the_sequence_that_was_read(place: &Place) {
    let store = &place.store;
    let mut tale = Tale::new("aurinko", 1);
    let opened = tale.changes();
    store.commit(&ALL, opened.clone()).await.unwrap();
    assert_eq!(store.commit(&ALL, opened).await, Err(StoreError::Conflict), "opened twice");

    let mut other = tale.clone();
    tale.says("first", after(1));
    other.says("second", after(1));
    store.commit(&ALL, tale.changes()).await.unwrap();
    assert_eq!(store.commit(&ALL, other.changes()).await, Err(StoreError::Conflict), "stale");
    let read = store.conversation(&ALL, tale.row.id).await.unwrap().unwrap();
    assert_eq!(read, tale.row);
    let said = store.messages(&ALL, tale.row.id, 0, 10).await.unwrap();
    assert_eq!(said.len(), 1, "nothing of the refused unit is left");

    let mut never = Tale::new("aurinko", 2);
    let _ = never.changes();
    never.says("into nothing", after(1));
    let write = never.changes();
    assert_eq!(store.commit(&ALL, write).await, Err(StoreError::Conflict), "was never opened");
}

/// A repeat of a raw thing is known; the same key elsewhere is another thing.
pub async fn a_repeat_is_a_duplicate_and_writes_nothing(place: &Place) {
    let store = &place.store;
    let unit = |tenant: &str, key: &str, n: u64| Changes {
        inbound: vec![inbound(tenant, key, n)],
        jobs: vec![job(tenant, n, "t")],
        ..Changes::default()
    };
    store.commit(&ALL, unit("aurinko", "k1", 1)).await.unwrap();
    assert_eq!(store.commit(&ALL, unit("aurinko", "k1", 2)).await, Err(StoreError::Duplicate));
    store.commit(&ALL, unit("vuori", "k1", 3)).await.unwrap();
    store.commit(&ALL, unit("aurinko", "k2", 4)).await.unwrap();
    assert_eq!(
        store.commit(&ALL, jobs(vec![job("aurinko", 4, "t")])).await,
        Err(StoreError::Duplicate),
        "a job of the same id"
    );
    let counts = store.job_counts().await.unwrap();
    let waiting: u64 = counts.iter().map(|count| count.waiting).sum();
    assert_eq!(waiting, 3, "no job of the repeat");
}

/// Whatever a unit carries, a row of a tenant outside the scope refuses all of it.
pub async fn nothing_is_written_across_the_scope(place: &Place) {
    let store = &place.store;
    let mut foreign = Tale::new("vuori", 1);
    foreign.says("hello", after(1));
    let written = foreign.changes();
    let message = written.messages[0].clone();
    store.commit(&ALL, written).await.unwrap();
    store.commit(&ALL, jobs(vec![job("vuori", 9, "t")])).await.unwrap();

    let mut stolen = foreign.clone();
    stolen.says("taken over", after(2));
    let mut renamed = stolen.clone();
    renamed.row.tenant = TenantId::from("aurinko");
    let mut moved = contact("vuori", 1);
    moved.tenant = TenantId::from("aurinko");
    let update = |tenant: &str| Changes {
        message_updates: vec![MessageUpdate {
            tenant: TenantId::from(tenant),
            id: message.id,
            delivery: DeliveryState::Read,
            external_id: None,
            failure: None,
        }],
        ..Changes::default()
    };
    let tries = [
        ("its conversation", stolen.changes()),
        ("its conversation under our name", renamed.changes()),
        ("its contact", Changes { contacts: vec![contact("vuori", 2)], ..Changes::default() }),
        ("its contact under our name", Changes { contacts: vec![moved], ..Changes::default() }),
        ("its message", update("vuori")),
        ("its message under our name", update("aurinko")),
        (
            "its raw thing",
            Changes { inbound: vec![inbound("vuori", "k", 1)], ..Changes::default() },
        ),
        ("its job", jobs(vec![job("vuori", 1, "t")])),
    ];
    for scope in [one("aurinko"), Scope::Many(vec!["aurinko".into(), "third".into()])] {
        for (what, changes) in &tries {
            let done = store.commit(&scope, changes.clone()).await;
            assert!(
                matches!(done, Err(StoreError::Refused(_) | StoreError::Conflict)),
                "{what}: {done:?}"
            );
        }
    }
    let read = store.conversation(&ALL, foreign.row.id).await.unwrap();
    assert_eq!(read, Some(foreign.row.clone()), "untouched");
    assert_eq!(store.contact(&ALL, foreign.contact.id).await.unwrap(), Some(foreign.contact));
    assert_eq!(store.message(&ALL, message.id).await.unwrap(), Some(message));
}

/// The journal and its row are one: a unit cannot write one without the other.
pub async fn journal_and_row_cannot_part(place: &Place) {
    let store = &place.store;
    let mut tale = Tale::new("aurinko", 1);
    tale.says("hello", after(1));
    let whole = tale.changes();
    let mut gap = whole.clone();
    gap.entries.remove(1);
    let mut no_row = whole.clone();
    no_row.conversations.clear();
    let mut only_message = no_row.clone();
    only_message.entries.clear();
    let mut ahead = whole.clone();
    ahead.conversations[0].row.seq += 1;
    for (what, changes) in [
        ("a gap", gap),
        ("no row", no_row),
        ("a message alone", only_message),
        ("a row ahead", ahead),
    ] {
        let done = store.commit(&ALL, changes).await;
        assert!(matches!(done, Err(StoreError::Refused(_))), "{what}: {done:?}");
    }
    assert_eq!(store.conversation(&ALL, tale.row.id).await.unwrap(), None);
    store.commit(&ALL, whole).await.unwrap();
}

/// A conversation names a contact that is there.
pub async fn a_conversation_needs_its_contact(place: &Place) {
    let mut tale = Tale::new("aurinko", 1);
    let whole = tale.changes();
    let mut alone = whole.clone();
    alone.contacts.clear();
    let done = place.store.commit(&ALL, alone).await;
    assert!(matches!(done, Err(StoreError::Refused(_))), "{done:?}");
    place.store.commit(&ALL, whole).await.unwrap();
}

/// Which of two rows of one conversation would stand is not left to chance.
pub async fn a_unit_has_one_row_per_conversation(place: &Place) {
    let mut twice = Tale::new("aurinko", 1).changes();
    twice.conversations.push(twice.conversations[0].clone());
    let done = place.store.commit(&ALL, twice).await;
    assert!(matches!(done, Err(StoreError::Refused(_))), "{done:?}");
}

/// An address names one contact: a second one is a conflict, a change of addresses is not.
pub async fn an_address_names_one_contact(place: &Place) {
    let store = &place.store;
    let put = |contact| Changes { contacts: vec![contact], ..Changes::default() };
    let mut first = contact("aurinko", 1);
    store.commit(&ALL, put(first.clone())).await.unwrap();
    let mut second = contact("aurinko", 2);
    second.addresses = first.addresses.clone();
    assert_eq!(store.commit(&ALL, put(second.clone())).await, Err(StoreError::Conflict));

    first.name = None;
    first.addresses = vec![
        ("mail".into(), "maija@example.org".into()),
        ("mail".into(), "maija@example.org".into()),
    ];
    store.commit(&ALL, put(first.clone())).await.unwrap();
    assert_eq!(store.contact(&ALL, first.id).await.unwrap(), Some(first.clone()));
    let (tenant, chat, mail) = ("aurinko".into(), ChannelId::from("chat"), ChannelId::from("mail"));
    let known = store.known(&tenant, &chat, "-", "visitor-1").await.unwrap();
    assert_eq!(known.contact, None, "given up");
    let known = store.known(&tenant, &mail, "-", "maija@example.org").await.unwrap();
    assert_eq!(known.contact, Some(first.clone()));
    store.commit(&ALL, put(second.clone())).await.unwrap();

    // A contact is written again with the addresses it has, and with one more; another's stays another's.
    first.addresses.dedup();
    first.name = Some("Maija".into());
    store.commit(&ALL, put(first.clone())).await.unwrap();
    first.addresses.push(("orders".into(), "maija@example.org".into()));
    store.commit(&ALL, put(first.clone())).await.unwrap();
    for channel in ["mail", "orders"].map(ChannelId::from) {
        let known = store.known(&tenant, &channel, "-", "maija@example.org").await.unwrap();
        assert_eq!(known.contact, Some(first.clone()), "{channel}");
    }
    first.addresses.extend(second.addresses.clone());
    assert_eq!(store.commit(&ALL, put(first.clone())).await, Err(StoreError::Conflict));
    let known = store.known(&tenant, &chat, "-", "visitor-1").await.unwrap();
    assert_eq!(known.contact, Some(second));
}

/// Many writers at once, some of them faulty: each gets its own answer, and only theirs is missing.
pub async fn one_writer_s_fault_is_not_another_s(place: &Place) {
    let store = &place.store;
    store
        .commit(
            &ALL,
            Changes { inbound: vec![inbound("aurinko", "seen", 0)], ..Changes::default() },
        )
        .await
        .unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for n in 1..=300_u64 {
        let store = std::sync::Arc::clone(store);
        tasks.spawn(async move {
            let mut tale = Tale::new(if n % 2 == 0 { "aurinko" } else { "vuori" }, n);
            tale.says("hello", after(1));
            let mut changes = tale.changes();
            let key = if n % 10 == 0 { "seen".to_owned() } else { format!("k{n}") };
            changes.inbound.push(inbound("aurinko", &key, n));
            if n % 10 == 5 {
                // Somebody else's address, or one's own: whoever is first has it.
                changes.contacts[0].addresses = vec![("chat".into(), "shared".into())];
            }
            let scope = if n % 10 == 7 { one("aurinko") } else { ALL };
            (n, tale, store.commit(&scope, changes).await)
        });
    }
    let mut shared = 0;
    while let Some(done) = tasks.join_next().await {
        let (n, tale, done) = done.unwrap();
        let there = store.conversation(&ALL, tale.row.id).await.unwrap();
        assert_eq!(there.is_some(), done.is_ok(), "{n}: {done:?}");
        match n % 10 {
            0 => assert_eq!(done, Err(StoreError::Duplicate), "{n}"),
            5 if done.is_ok() => shared += 1,
            5 => assert_eq!(done, Err(StoreError::Conflict), "{n}"),
            7 => assert!(matches!(done, Err(StoreError::Refused(_))), "{n}: {done:?}"),
            _ => assert_eq!(done, Ok(()), "{n}"),
        }
    }
    assert_eq!(shared, 1, "one of the vuori contacts has the shared address");
    assert_eq!(store.verify(&|_, _| ()).await.unwrap(), []);
}

/// Units of one conversation that wait together are written in the order they came.
pub async fn units_of_one_conversation_keep_their_order(place: &Place) {
    let store = &place.store;
    let mut tale = Tale::new("aurinko", 1);
    let mut units = vec![tale.changes()];
    for n in 1..40 {
        units.push(tale.says(&format!("message {n}"), after(n)).changes());
    }
    // All are sent before the first is answered: polled in order, they wait in one queue.
    let answers = futures_in_order(store, units).await;
    // On PostgreSQL several writers may take parts of the queue side by side, and then a later
    // part finds the conversation not that far yet: it conflicts, but never writes out of order.
    let written = answers.iter().take_while(|answer| answer.is_ok()).count();
    assert!(answers[written..].iter().all(|answer| *answer == Err(StoreError::Conflict)));
    if place.kind == Kind::Sqlite {
        assert_eq!(written, 40);
    }
    let entries = store.entries(&ALL, tale.row.id, 0, 1000).await.unwrap();
    assert_eq!(entries, tale.told[..entries.len()]);
    assert_eq!(store.verify(&|_, _| ()).await.unwrap(), []);
}

async fn futures_in_order(
    store: &std::sync::Arc<dyn kerros_app::ports::store::Store>,
    units: Vec<Changes>,
) -> Vec<Result<(), StoreError>> {
    use std::future::Future;
    let mut waiting: Vec<_> = units
        .into_iter()
        .map(|unit| {
            let store = std::sync::Arc::clone(store);
            Box::pin(async move { store.commit(&ALL, unit).await })
        })
        .collect();
    let mut answers: Vec<Option<Result<(), StoreError>>> = waiting.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (future, answer) in waiting.iter_mut().zip(&mut answers) {
            if answer.is_none()
                && let std::task::Poll::Ready(done) = future.as_mut().poll(context)
            {
                *answer = Some(done);
            }
        }
        if answers.iter().all(Option::is_some) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    answers.into_iter().flatten().collect()
}

/// A unit may be far larger than one statement.
pub async fn a_large_unit_is_one_unit(place: &Place) {
    let store = &place.store;
    let mut changes = Changes::default();
    let mut tales = Vec::new();
    for n in 1..=700 {
        let mut tale = Tale::new("aurinko", n);
        tale.says("hello", after(1)).handed_off(after(2)).of_priority(Priority::High);
        tale.then(Command::Resolve { solved: Solved::Assumed }, after(3));
        let part = tale.changes();
        changes.contacts.extend(part.contacts);
        changes.conversations.extend(part.conversations);
        changes.entries.extend(part.entries);
        changes.messages.extend(part.messages);
        tales.push(tale);
    }
    store.commit(&ALL, changes.clone()).await.unwrap();
    assert_eq!(store.commit(&ALL, changes).await, Err(StoreError::Conflict));
    for tale in &tales {
        assert_eq!(store.conversation(&ALL, tale.row.id).await.unwrap().as_ref(), Some(&tale.row));
    }
    assert_eq!(store.verify(&|_, _| ()).await.unwrap(), []);
}

/// PostgreSQL takes no NUL in text; a customer can send one, and nothing breaks.
pub async fn a_nul_in_text_breaks_nothing(place: &Place) {
    let store = &place.store;
    let mut tale = Tale::new("aurinko", 1);
    tale.row.thread = "a\0b".into();
    let mut changes = tale.changes();
    if let kerros_domain::event::Event::Opened { thread, .. } = &mut changes.entries[0].event {
        *thread = "a\0b".into();
    }
    store.commit(&ALL, changes).await.unwrap();
    let (tenant, chat) = ("aurinko".into(), ChannelId::from("chat"));
    let known = store.known(&tenant, &chat, "a\0b", "x\0y").await.unwrap();
    assert_eq!(known.conversation, Some(tale.row));
    assert_eq!(store.verify(&|_, _| ()).await.unwrap(), []);
}

/// Many writers move the same few conversations on, reading again after each conflict: every message
/// is there once, whoever was first.
pub async fn writers_that_conflict_all_get_through(place: &Place) {
    const WRITERS: u64 = 8;
    const EACH: u64 = 10;
    let mut ids = Vec::new();
    for n in 1..=3 {
        let mut tale = Tale::new("aurinko", n);
        place.store.commit(&ALL, tale.changes()).await.unwrap();
        ids.push(tale.row.id);
    }
    let mut tasks = tokio::task::JoinSet::new();
    for writer in 0..WRITERS {
        let (store, ids) = (std::sync::Arc::clone(&place.store), ids.clone());
        tasks.spawn(async move {
            let mut conflicts = 0_u64;
            for n in 0..EACH {
                // Two conversations in one unit, in an order that differs from writer to writer:
                // what would lock rows crosswise if rows were locked one unit after the other.
                let (a, b) = (
                    ids[usize::try_from((writer + n) % 3).unwrap()],
                    ids[usize::try_from((writer + n + 1 + writer % 2) % 3).unwrap()],
                );
                loop {
                    let mut unit = Changes::default();
                    for (half, id) in [a, b].into_iter().enumerate() {
                        let row = store.conversation(&ALL, id).await.unwrap().unwrap();
                        let number = (writer * EACH + n) * 2 + half as u64 + 50_000;
                        let part = Tale::of(row).says_as(number, &format!("{writer} {n}"));
                        unit.conversations.extend(part.conversations);
                        unit.entries.extend(part.entries);
                        unit.messages.extend(part.messages);
                    }
                    match store.commit(&ALL, unit).await {
                        Ok(()) => break,
                        Err(StoreError::Conflict) => conflicts += 1,
                        Err(other) => panic!("{other:?}"),
                    }
                    assert!(conflicts < 10_000, "somebody always gets through");
                }
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    let mut texts = Vec::new();
    for id in ids {
        texts.extend(
            place.store.messages(&ALL, id, 0, 1000).await.unwrap().into_iter().map(|m| m.text),
        );
    }
    assert_eq!(texts.len() as u64, WRITERS * EACH * 2);
    texts.sort();
    texts.dedup();
    assert_eq!(texts.len() as u64, WRITERS * EACH, "each unit wrote both of its messages");
    assert_eq!(place.store.verify(&|_, _| ()).await.unwrap(), []);
}
