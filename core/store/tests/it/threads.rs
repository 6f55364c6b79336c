//! What messages carry, who takes part, and what the installation keeps for itself.

use kerros_app::ports::store::{
    AboutUpdate, CaseThread, Changes, End, FileTake, JobEnd, Scope, StoreError,
};
use kerros_domain::about::{About, Attachment, Details, Held, Party, PartyRole};
use kerros_domain::id::{ChannelId, FileId, TenantId};

use crate::place::Place;
use crate::tale::{Tale, after, inbound, job, lease, uuid};

const ALL: Scope = Scope::Platform;

fn one(tenant: &str) -> Scope {
    Scope::One(TenantId::from(tenant))
}

fn party(role: PartyRole, address: &str) -> Party {
    Party { role, address: address.into(), name: None }
}

pub async fn what_a_message_carries_is_read_back(place: &Place) {
    let store = &place.store;
    let mut tale = Tale::new("aurinko", 1);
    let mut changes = tale.says("hei", after(1)).changes();
    let about = About {
        subject: Some("Aihe".into()),
        files: vec![Attachment {
            id: FileId(uuid(9, 1)),
            name: "a.png".into(),
            media_type: "image/png".into(),
            bytes: 0,
            inline: true,
            content_id: Some("a@x".into()),
            held: Held::Fetching,
        }],
        details: true,
        ..About::default()
    };
    let details = Details { html: Some("<p>hei</p>".into()), ..Details::default() };
    changes.messages[0].about = about.clone();
    let id = changes.messages[0].id;
    changes.details.push((id, details.clone()));
    store.commit(&one("aurinko"), changes).await.unwrap();
    assert_eq!(store.message(&ALL, id).await.unwrap().unwrap().about, about);
    assert_eq!(store.details(&one("aurinko"), &[id]).await.unwrap()[&id], details);
    assert!(store.details(&one("vuori"), &[id]).await.unwrap().is_empty());

    let mut changed = about;
    changed.files[0].held = Held::Gone { reason: "404".into() };
    let update = AboutUpdate { tenant: "aurinko".into(), id, about: changed.clone() };
    let changes = Changes { abouts: vec![update], ..Changes::default() };
    let refused = store.commit(&one("vuori"), changes.clone()).await;
    assert!(matches!(refused, Err(StoreError::Refused(_))), "{refused:?}");
    store.commit(&one("aurinko"), changes).await.unwrap();
    assert_eq!(store.message(&ALL, id).await.unwrap().unwrap().about, changed);

    if place.kind != crate::place::Kind::Memory {
        // A file that is gone holds up no message, and is nobody's.
        let file = FileId(uuid(9, 7));
        let take = FileTake { tenant: "aurinko".into(), file, message: id };
        let changes = Changes { files: vec![take], ..Changes::default() };
        store.commit(&ALL, changes).await.unwrap();
        assert_eq!(store.file_message(&ALL, file).await.unwrap(), None);
    }
    let differences = store.verify(&|_, _| {}).await.unwrap();
    assert!(differences.is_empty(), "{differences:?}");
}

pub async fn people_and_cases_are_found_by_their_own_tenant_only(place: &Place) {
    let store = &place.store;
    let (tenant, other) = (TenantId::from("aurinko"), TenantId::from("vuori"));
    let slack = ChannelId::from("slack");
    let mut tale = Tale::new("aurinko", 1);
    let mut changes = tale.says("hei", after(1)).changes();
    let id = tale.row.id;
    let external = changes.messages[0].external_id.clone().unwrap();
    changes.participants = vec![
        (id, party(PartyRole::Cc, "olli@example.fi")),
        (id, party(PartyRole::To, "olli@example.fi")),
        (id, party(PartyRole::From, "kalle@example.fi")),
    ];
    let case = |thread: &str| CaseThread {
        channel: slack.clone(),
        thread: thread.into(),
        conversation: id,
    };
    changes.case_threads = vec![case("t-1")];
    store.commit(&ALL, changes).await.unwrap();
    let mut again = tale.says("again", after(2)).changes();
    again.participants = vec![(id, party(PartyRole::To, "olli@example.fi"))];
    again.case_threads = vec![case("t-1")];
    store.commit(&ALL, again).await.unwrap();

    let known = store.participants(&one("aurinko"), id).await.unwrap();
    let known: Vec<(PartyRole, &str)> =
        known.iter().map(|p| (p.role, p.address.as_str())).collect();
    assert_eq!(known, [(PartyRole::From, "kalle@example.fi"), (PartyRole::Cc, "olli@example.fi")]);
    assert!(store.participants(&one("vuori"), id).await.unwrap().is_empty());
    assert_eq!(store.case_of(&tenant, &slack, "t-1").await.unwrap(), Some(id));
    assert_eq!(store.case_of(&other, &slack, "t-1").await.unwrap(), None);
    let threads = store.case_threads(&one("aurinko"), id).await.unwrap();
    assert_eq!(threads, [(slack.clone(), "t-1".to_owned())]);
    let (chat, ids) = ([ChannelId::from("chat")], ["x".to_owned(), external.clone()]);
    let found = store.by_external_ids(&tenant, &chat, &ids).await.unwrap();
    assert_eq!(found, [(external, id)]);
    assert!(store.by_external_ids(&other, &chat, &ids).await.unwrap().is_empty());
    assert!(store.by_external_ids(&tenant, &[slack], &ids).await.unwrap().is_empty());
}

pub async fn numbers_are_never_given_twice(place: &Place) {
    let store = &place.store;
    let (tenant, other) = (TenantId::from("aurinko"), TenantId::from("vuori"));
    assert_eq!(store.take_numbers(&tenant, 16).await.unwrap(), 1);
    assert_eq!(store.take_numbers(&tenant, 1).await.unwrap(), 17);
    assert_eq!(store.take_numbers(&other, 1).await.unwrap(), 1);
    let taken = (0..8).map(|_| store.take_numbers(&tenant, 3));
    let mut firsts = futures::future::try_join_all(taken).await.unwrap();
    firsts.sort_unstable();
    assert_eq!(firsts, (0..8).map(|n| 18 + 3 * n).collect::<Vec<u64>>());
}

pub async fn a_secret_is_kept_once(place: &Place) {
    let store = &place.store;
    assert_eq!(store.keep_secret("reply-token", [1; 32]).await.unwrap(), [1; 32]);
    assert_eq!(store.keep_secret("reply-token", [2; 32]).await.unwrap(), [1; 32]);
    assert_eq!(store.keep_secret("other", [3; 32]).await.unwrap(), [3; 32]);
}

pub async fn old_raw_things_go_and_new_ones_stay(place: &Place) {
    let store = &place.store;
    let mut new = inbound("aurinko", "new", 2);
    new.at = after(100);
    let mut mail = inbound("aurinko", "mail", 4);
    mail.kept = true;
    mail.raw = r#"{"kind":"mail"}"#.into();
    let raw = vec![inbound("aurinko", "old", 1), new, inbound("vuori", "old", 3), mail];
    store.commit(&ALL, Changes { inbound: raw, ..Changes::default() }).await.unwrap();
    let tenant = TenantId::from("aurinko");
    assert_eq!(store.sweep_inbound(&tenant, after(50), 10).await.unwrap(), 1);
    assert_eq!(store.sweep_inbound(&tenant, after(50), 10).await.unwrap(), 0);
    // What stays still drops its repeats.
    for (key, tenant, known) in [
        ("new", "aurinko", true),
        ("old", "vuori", true),
        ("old", "aurinko", false),
        ("mail", "aurinko", true),
    ] {
        let again = Changes { inbound: vec![inbound(tenant, key, 9)], ..Changes::default() };
        assert_eq!(store.commit(&ALL, again).await.is_err(), known, "{tenant} {key}");
    }
}

pub async fn a_job_remembers_and_waits_without_an_attempt(place: &Place) {
    let store = &place.store;
    let new = job("aurinko", 1, "out/1");
    store.commit(&ALL, Changes { jobs: vec![new.clone()], ..Changes::default() }).await.unwrap();
    let held = lease("a", 60);
    assert_eq!(store.claim(&held, after(0), 9, &[]).await.unwrap().len(), 1);
    let ends = |owner: &str, ends: Vec<End>| Changes {
        job_ends: ends
            .into_iter()
            .map(|end| JobEnd { id: new.id, owner: owner.into(), end })
            .collect(),
        ..Changes::default()
    };
    let kept = || End::Kept { payload: "{\"n\":2}".into() };
    assert_eq!(store.commit(&ALL, ends("b", vec![kept()])).await, Err(StoreError::Conflict));
    store.commit(&ALL, ends("a", vec![kept()])).await.unwrap();
    assert!(store.claim(&lease("b", 60), after(1), 9, &[]).await.unwrap().is_empty(), "still held");
    let wait = End::Postponed { run_at: after(30) };
    store.commit(&ALL, ends("a", vec![kept(), wait])).await.unwrap();
    assert!(store.claim(&lease("b", 60), after(29), 9, &[]).await.unwrap().is_empty());
    let again = store.claim(&lease("b", 60), after(30), 9, &[]).await.unwrap();
    assert_eq!((again[0].attempt, again[0].payload.as_str()), (1, "{\"n\":2}"));
}
