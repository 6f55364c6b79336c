//! Figures, visits, health, verification and leadership.

use std::sync::Mutex;

use kerros_app::ports::store::{Scope, Visit};
use kerros_domain::id::{ConversationId, TenantId, VisitId};
use sea_orm::ConnectionTrait;

use crate::place::{Kind, Place};
use crate::tale::{START, Tale, after, uuid};

/// A period's conversations come in pages by id; its border belongs to the next one.
pub async fn a_period_is_read_in_pages(place: &Place) {
    let store = &place.store;
    for n in 1..=30_u64 {
        let tenant = if n % 3 == 0 { "vuori" } else { "aurinko" };
        let mut tale = Tale::at(tenant, n, after(i64::try_from(n).unwrap()));
        store.commit(&Scope::Platform, tale.changes()).await.unwrap();
    }
    let tenant = TenantId::from("aurinko");
    let mut found: Vec<ConversationId> = Vec::new();
    loop {
        let last = found.last().copied();
        let page = store.opened_between(&tenant, after(5), after(20), last, 4).await.unwrap();
        if page.is_empty() {
            break;
        }
        found.extend(page.iter().map(|row| row.id));
    }
    let wanted: Vec<_> =
        (5..20).filter(|n| n % 3 != 0).map(|n| ConversationId(uuid(1, n))).collect();
    assert_eq!(found, wanted);
}

/// A visit is added, replaced, and read by its tenant only.
pub async fn visits_are_kept_by_tenant(place: &Place) {
    let store = &place.store;
    let (tenant, other) = (TenantId::from("aurinko"), TenantId::from("vuori"));
    let mut visit = Visit {
        id: VisitId(uuid(8, 1)),
        tenant: tenant.clone(),
        began_at: after(10),
        last_at: after(10),
        searches: 2,
        zero_hits: 1,
        articles: 1,
        read: 0,
        helped: None,
        contacted: None,
    };
    store.save_visit(&visit).await.unwrap();
    visit.read = 1;
    visit.last_at = after(12);
    visit.helped = Some(false);
    visit.contacted = Some(ConversationId(uuid(1, 1)));
    store.save_visit(&visit).await.unwrap();
    let mut theirs = visit.clone();
    theirs.tenant = other.clone();
    theirs.helped = Some(true);
    store.save_visit(&theirs).await.unwrap();
    assert_eq!(store.visit(&tenant, visit.id).await.unwrap(), Some(visit.clone()));
    assert_eq!(store.visits_between(&tenant, after(10), after(11)).await.unwrap(), [visit]);
    assert_eq!(store.visits_between(&tenant, START, after(10)).await.unwrap(), []);
    assert_eq!(store.visits_between(&other, START, after(99)).await.unwrap(), [theirs]);
}

/// One leads a role until its time has run out.
pub async fn one_leads(place: &Place) {
    let store = &place.store;
    assert!(store.lead("cron", "a", START, after(10)).await.unwrap());
    assert!(!store.lead("cron", "b", after(5), after(15)).await.unwrap());
    assert!(store.lead("reports", "b", after(5), after(15)).await.unwrap(), "another role");
    assert!(store.lead("cron", "a", after(9), after(19)).await.unwrap(), "stays");
    assert!(!store.lead("cron", "b", after(18), after(28)).await.unwrap());
    assert!(store.lead("cron", "b", after(19), after(29)).await.unwrap(), "takes over");
    assert!(!store.lead("cron", "a", after(20), after(30)).await.unwrap());
    // Who leaves gives its time back; who knows to be alone takes everybody's.
    assert!(store.lead("cron", "b", after(21), after(21)).await.unwrap());
    assert!(store.lead("cron", "a", after(21), after(99)).await.unwrap(), "at once");
    if let Some(sql) = &place.sql {
        sql.vacate().await.unwrap();
        assert!(store.lead("cron", "b", after(22), after(32)).await.unwrap(), "nobody leads");
    }
    store.ping().await.unwrap();
}

/// Verification finds what somebody changed behind the journal's back, and says where and what.
pub async fn verification_finds_what_was_tampered_with(place: &Place) {
    let store = &place.store;
    let mut ids = Vec::new();
    for n in 1..=450 {
        let mut tale = Tale::new("aurinko", n);
        tale.says("hello", after(1)).handed_off(after(2));
        store.commit(&Scope::Platform, tale.changes()).await.unwrap();
        ids.push(tale.row.id);
    }
    let steps = Mutex::new(Vec::new());
    let progress = |done, total| steps.lock().unwrap().push((done, total));
    assert_eq!(store.verify(&progress).await.unwrap(), []);
    let steps = steps.into_inner().unwrap();
    assert_eq!((steps.first(), steps.last()), (Some(&(0, 450)), Some(&(450, 450))));
    assert!(steps.len() > 2, "it says how far it is: {steps:?}");

    let connection = place.connection().await;
    let hex = |n: usize| {
        let hex = ids[n].0.simple();
        match place.kind == Kind::Sqlite {
            true => format!("X'{hex}'"),
            false => format!("'{hex}'::uuid"),
        }
    };
    if place.kind == Kind::Postgres {
        connection.execute_unprepared("SET kerros.tenants = '*'").await.unwrap();
    }
    for damage in [
        format!("UPDATE conversations SET layer = 'experts' WHERE id = {}", hex(0)),
        format!(
            "UPDATE conversations SET body = replace(body, '\"priority\":\"normal\"', \
             '\"priority\":\"urgent\"') WHERE id = {}",
            hex(1)
        ),
        format!("DELETE FROM journal WHERE seq = 2 AND conversation = {}", hex(2)),
        format!("DELETE FROM messages WHERE conversation = {}", hex(3)),
        format!("DELETE FROM conversations WHERE id = {}", hex(449)),
    ] {
        let done = connection.execute_unprepared(&damage).await.unwrap();
        assert_eq!(done.rows_affected(), 1, "{damage}");
    }
    connection.close().await.unwrap();
    let found = store.verify(&|_, _| ()).await.unwrap();
    let of = |n: usize| {
        found
            .iter()
            .filter(|d| d.conversation == ids[n])
            .map(|d| d.what.as_str())
            .collect::<Vec<_>>()
    };
    assert_eq!(of(0), ["column layer is not what the row says"]);
    assert_eq!(
        of(1),
        [
            "priority folds to \"normal\", stored is \"urgent\"",
            "column queue_rank is not what the row says"
        ]
    );
    assert!(
        of(2)[0].starts_with("the journal does not fold: expected entry 2, found 3"),
        "{found:?}"
    );
    assert!(of(3)[0].contains("is missing"), "{found:?}");
    assert_eq!(of(449)[0], "has entries or messages, but no row");
    assert!(found.iter().all(|d| [0, 1, 2, 3, 449].iter().any(|n| ids[*n] == d.conversation)));
}
