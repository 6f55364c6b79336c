//! Messages and the journal, read in parts.

use kerros_app::ports::store::{Changes, MessageUpdate, Scope, StoreError, User};
use kerros_domain::command::Command;
use kerros_domain::id::{ChannelId, TenantId};
use kerros_domain::message::{Author, DeliveryState};
use kerros_domain::sample;

use crate::place::Place;
use crate::tale::{Tale, after};

const ALL: Scope = Scope::Platform;

/// A conversation of ten messages.
async fn ten(place: &Place) -> (Tale, Vec<kerros_domain::message::Message>) {
    let mut tale = Tale::new("aurinko", 1);
    tale.handed_off(after(0)).then(Command::Assign { user: sample::user(2) }, after(0));
    for n in 1..=10 {
        let author = match n % 4 {
            0 => Author::System,
            1 => Author::Contact,
            2 => Author::Person { user: sample::user(2) },
            _ => Author::Bot,
        };
        tale.said(author, &format!("message {n}"), after(n));
    }
    let changes = tale.changes();
    let messages = changes.messages.clone();
    place.store.commit(&ALL, changes).await.unwrap();
    (tale, messages)
}

/// After a sequence, and the last ones: always oldest first.
pub async fn messages_are_read_oldest_first_in_parts(place: &Place) {
    let (tale, all) = ten(place).await;
    let store = &place.store;
    let id = tale.row.id;
    assert_eq!(store.messages(&ALL, id, 0, 100).await.unwrap(), all);
    assert_eq!(store.messages(&ALL, id, all[3].seq, 2).await.unwrap(), all[4..6]);
    assert_eq!(store.messages(&ALL, id, all[9].seq, 2).await.unwrap(), []);
    assert_eq!(store.last_messages(&ALL, id, 3).await.unwrap(), all[7..]);
    assert_eq!(store.last_messages(&ALL, id, 100).await.unwrap(), all);
    let earlier = store.earlier(&ALL, id, all[6].seq, 3).await.unwrap();
    let expected: Vec<_> = all[3..6].iter().rev().map(|m| m.author == Author::Contact).collect();
    assert_eq!(earlier.iter().map(|m| m.by_contact).collect::<Vec<_>>(), expected);
    assert_eq!(earlier[0].external_id, all[5].external_id);
    assert_eq!(store.earlier(&ALL, id, u64::MAX, 100).await.unwrap().len(), 10);
    let writer = User { id: sample::user(2), ..crate::people::user(2, &["aurinko"]) };
    store.save_user(&writer, None).await.unwrap();
    for one in &all[..4] {
        let posted = store.posted(&ALL, one.id).await.unwrap().unwrap();
        assert_eq!(posted.message, *one);
        assert_eq!(
            Some(&posted.conversation),
            store.conversation(&ALL, id).await.unwrap().as_ref()
        );
        let contact = store.contact(&ALL, posted.conversation.contact).await.unwrap();
        let person = matches!(one.author, Author::Person { .. });
        let name = person.then(|| writer.name.clone());
        assert_eq!((posted.contact, posted.author_name), (contact, name));
    }
    assert_eq!(store.posted(&Scope::One("vuori".into()), all[0].id).await.unwrap(), None);
    let entries = store.entries(&ALL, id, 5, 4).await.unwrap();
    assert_eq!(entries, tale.told[5..9]);
}

/// A delivery moves on, takes the provider's id, and keeps it.
pub async fn a_delivery_moves_on(place: &Place) {
    let (_, all) = ten(place).await;
    let store = &place.store;
    let (tenant, chat) = (TenantId::from("aurinko"), ChannelId::from("chat"));
    let update = |delivery, external_id: Option<&str>| Changes {
        message_updates: vec![MessageUpdate {
            tenant: tenant.clone(),
            id: all[1].id,
            delivery,
            external_id: external_id.map(str::to_owned),
            failure: None,
        }],
        ..Changes::default()
    };
    store.commit(&ALL, update(DeliveryState::Sent, Some("provider-7"))).await.unwrap();
    store.commit(&ALL, update(DeliveryState::Read, None)).await.unwrap();
    let read = store.message(&ALL, all[1].id).await.unwrap().unwrap();
    assert_eq!(read.delivery, Some(DeliveryState::Read));
    assert_eq!(read.external_id.as_deref(), Some("provider-7"));
    let found = store.by_external_id(&tenant, &chat, "provider-7").await.unwrap();
    assert_eq!(found, Some((all[1].conversation, all[1].id)));
    for (tenant, channel) in [("vuori", "chat"), ("aurinko", "mail")] {
        let found = store.by_external_id(&tenant.into(), &channel.into(), "provider-7").await;
        assert_eq!(found.unwrap(), None);
    }
    let mut unknown = update(DeliveryState::Sent, None);
    unknown.message_updates[0].id.0 = uuid::Uuid::from_u128(77);
    assert!(matches!(store.commit(&ALL, unknown).await, Err(StoreError::Refused(_))));
}
