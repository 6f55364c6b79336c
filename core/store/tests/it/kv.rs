//! What bots keep: each use its own, with a quota and an end.

use kerros_app::ports::kv::{BYTES, KEYS, Kv as _, KvError, Space, VALUE};
use kerros_domain::id::{PluginId, TenantId};

use crate::place::Place;
use crate::tale::{START, after};

fn space(tenant: &str, name: &str) -> Space {
    Space {
        tenant: TenantId::from(tenant),
        plugin: PluginId::from("bot/flow"),
        name: name.to_owned(),
    }
}

/// Nobody reads what another use or tenant keeps; keys come in order.
pub async fn each_use_keeps_its_own(place: &Place) {
    let store = place.sql();
    let (own, other, foreign) = (space("aurinko", "a"), space("aurinko", "b"), space("vuori", "a"));
    for key in ["b/2", "a", "b/1", "c"] {
        store.set(&own, key, &format!("of {key}"), None, START).await.unwrap();
    }
    store.set(&own, "a", "again", None, START).await.unwrap();
    assert_eq!(store.get(&own, "a", START).await.unwrap().as_deref(), Some("again"));
    for space in [&other, &foreign] {
        assert_eq!(store.get(space, "a", START).await.unwrap(), None);
        assert_eq!(store.keys(space, "", "", 10, START).await.unwrap(), [""; 0]);
    }
    assert_eq!(store.keys(&own, "b/", "", 10, START).await.unwrap(), ["b/1", "b/2"]);
    assert_eq!(store.keys(&own, "", "b/1", 1, START).await.unwrap(), ["b/2"]);
    store.remove(&own, "b/1").await.unwrap();
    store.remove(&own, "b/1").await.unwrap();
    assert_eq!(store.keys(&own, "b/", "", 10, START).await.unwrap(), ["b/2"]);
}

/// A value ends with its time; what is over makes room.
pub async fn what_is_over_is_gone_and_a_full_use_says_so(place: &Place) {
    let store = place.sql();
    let own = space("aurinko", "a");
    store.set(&own, "soon over", "x", Some(after(10)), START).await.unwrap();
    assert!(store.get(&own, "soon over", after(9)).await.unwrap().is_some());
    assert_eq!(store.get(&own, "soon over", after(10)).await.unwrap(), None);
    let large = "y".repeat(VALUE);
    let most = BYTES as usize / VALUE;
    for n in 0..most - 1 {
        store.set(&own, &format!("large {n}"), &large, None, START).await.unwrap();
    }
    // One byte is taken by what is soon over.
    let last = store.set(&own, "last", &large, None, START).await;
    assert_eq!(last, Err(KvError::Full));
    store.set(&own, "last", &large, None, after(10)).await.unwrap();
    // In the place of itself there is always room.
    store.set(&own, "last", &large, None, after(10)).await.unwrap();
    let many = space("aurinko", "many");
    for n in 0..KEYS {
        store.set(&many, &format!("{n}"), "", None, START).await.unwrap();
    }
    assert_eq!(store.set(&many, "more", "", None, START).await, Err(KvError::Full));
}
