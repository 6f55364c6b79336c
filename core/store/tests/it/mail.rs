//! A mailbox's position is written with its mails or not at all, and never goes back.

use kerros_app::ports::mail::MailPosition;
use kerros_app::ports::store::{Changes, Scope, StoreError};
use kerros_domain::id::TenantId;

use crate::place::Place;
use crate::tale::{inbound, job};

fn at(tenant: &str, uid_validity: u32, uid: u32) -> MailPosition {
    let (tenant, mailbox) = (TenantId::from(tenant), "support".to_owned());
    MailPosition { tenant, mailbox, uid_validity, uid }
}

fn mails(tenant: &str, keys: &[u64], position: MailPosition) -> Changes {
    Changes {
        inbound: keys.iter().map(|n| inbound(tenant, &format!("mail:{n}"), *n)).collect(),
        jobs: keys.iter().map(|n| job(tenant, *n, "t")).collect(),
        mail_positions: vec![position],
        ..Changes::default()
    }
}

pub async fn a_position_is_one_with_its_mails(place: &Place) {
    let store = &place.store;
    let tenant = TenantId::from("aurinko");
    let scope = Scope::One(tenant.clone());
    let now = || store.mail_position(&tenant, "support");
    assert_eq!(now().await, Ok(None));
    store.commit(&scope, mails("aurinko", &[1, 2], at("aurinko", 7, 12))).await.unwrap();
    assert_eq!(now().await, Ok(Some(at("aurinko", 7, 12))));
    let repeat = mails("aurinko", &[3, 2], at("aurinko", 7, 14));
    assert_eq!(store.commit(&scope, repeat).await, Err(StoreError::Duplicate));
    assert_eq!(now().await, Ok(Some(at("aurinko", 7, 12))), "nor the position");
    assert_eq!(store.mail_position(&TenantId::from("vuori"), "support").await, Ok(None));
    let foreign = mails("aurinko", &[4], at("vuori", 7, 1));
    assert!(matches!(store.commit(&scope, foreign).await, Err(StoreError::Refused(_))));
}

pub async fn a_position_never_goes_back(place: &Place) {
    let store = &place.store;
    let tenant = TenantId::from("aurinko");
    let scope = Scope::One(tenant.clone());
    let steps =
        [((7, 12), (7, 12)), ((7, 5), (7, 12)), ((7, u32::MAX), (7, u32::MAX)), ((8, 3), (8, 3))];
    for ((validity, uid), (wanted, is)) in steps {
        let changes = mails("aurinko", &[], at("aurinko", validity, uid));
        assert!(!changes.is_empty());
        store.commit(&scope, changes).await.unwrap();
        let found = store.mail_position(&tenant, "support").await;
        assert_eq!(found, Ok(Some(at("aurinko", wanted, is))));
    }
    // Two writers at once, in one group: both stand, the farther one wins.
    let one = mails("aurinko", &[1], at("aurinko", 8, 9));
    let other = mails("aurinko", &[2], at("aurinko", 8, 8));
    let (one, other) = tokio::join!(store.commit(&scope, one), store.commit(&scope, other));
    assert_eq!((one, other), (Ok(()), Ok(())));
    assert_eq!(store.mail_position(&tenant, "support").await, Ok(Some(at("aurinko", 8, 9))));
}
