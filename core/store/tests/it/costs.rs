//! Costs add up, by tenant and day, and old ones go.

use kerros_app::ports::costs::{Cost, CostBook};
use kerros_app::ports::store::Scope;

use crate::place::Place;

fn cost(tenant: &str, day: i64, plugin: &str, calls: u64) -> Cost {
    Cost {
        tenant: tenant.into(),
        day,
        plugin: plugin.into(),
        kind: "tagger".into(),
        calls,
        errors: calls / 10,
        cpu_us: calls * 36,
        bytes_in: calls * 500,
        bytes_out: calls * 40,
    }
}

/// Costs of one day add up, tenants stay apart, old days go.
pub async fn costs_add_up_and_stay_apart(place: &Place) {
    let store = place.sql();
    store.add_costs(&[]).await.unwrap();
    store
        .add_costs(&[cost("aamu", 10, "tagger/a", 100), cost("ilta", 10, "tagger/a", 7)])
        .await
        .unwrap();
    store
        .add_costs(&[cost("aamu", 10, "tagger/a", 20), cost("aamu", 11, "tagger/a", 1)])
        .await
        .unwrap();
    let one = Scope::One("aamu".into());
    let seen = store.costs(&one, 10, 11).await.unwrap();
    assert_eq!(seen, [cost("aamu", 10, "tagger/a", 120), cost("aamu", 11, "tagger/a", 1)]);
    assert_eq!(store.costs(&one, 11, 11).await.unwrap().len(), 1);
    let both = Scope::Many(vec!["aamu".into(), "ilta".into()]);
    assert_eq!(store.costs(&both, 10, 10).await.unwrap().len(), 2);
    assert_eq!(store.costs(&Scope::Many(vec![]), 0, 99).await.unwrap(), []);
    // More than one statement's worth.
    let many: Vec<Cost> =
        (0..450).map(|n| cost("aamu", 12, &format!("tagger/p{n:03}"), 1)).collect();
    store.add_costs(&many).await.unwrap();
    assert_eq!(store.costs(&one, 12, 12).await.unwrap(), many);
    assert_eq!(store.forget_costs(12).await.unwrap(), 3);
    assert_eq!(store.costs(&Scope::Platform, 0, 99).await.unwrap().len(), 450);
}
