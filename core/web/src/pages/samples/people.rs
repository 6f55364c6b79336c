//! Who appears in the samples.

use std::collections::BTreeMap;

use kerros_app::caller::Caller;
use kerros_app::ports::store::{Contact, Membership, Role, User};
use kerros_domain::id::{ContactId, Language, UserId};
use kerros_domain::time::Timestamp;
use uuid::Uuid;

use crate::pages::desk;
use crate::pages::view::shell::Me;

/// What a customer may write, and no page may carry.
pub const ATTACK: &str = "<script>alert('x')</script>";

pub fn id(n: u128) -> Uuid {
    Uuid::from_u128(0x0198_c0de_0000_7000_8000_0000_0000_0000 | n)
}

pub const AINO: u128 = 1;
pub const KALLE: u128 = 2;

pub fn user(n: u128) -> UserId {
    UserId(id(n))
}

pub fn names() -> BTreeMap<UserId, String> {
    [(AINO, "Aino Virtanen"), (KALLE, "Karl-Johan Söderström-Häyhänen"), (3, "Maija Asiantuntija")]
        .into_iter()
        .map(|(n, name)| (user(n), name.to_owned()))
        .collect()
}

pub fn caller(role: Role) -> Caller {
    let place = |tenant: &str| Membership {
        tenant: tenant.into(),
        layers: match role {
            Role::Expert => vec!["experts".into()],
            _ => vec!["first-line".into(), "super-users".into()],
        },
        skills: Vec::new(),
        languages: Vec::new(),
        segments: Vec::new(),
    };
    Caller {
        user: User {
            id: user(AINO),
            email: "aino@vendor.example".to_owned(),
            name: "Aino Virtanen".to_owned(),
            role,
            language: Language::from("fi"),
            memberships: vec![place("aurinko"), place("vuori")],
            available: true,
            seen_at: None,
            active: true,
            created_at: Timestamp(0),
        },
    }
}

pub fn me(supervisor: bool) -> Me {
    desk::me(&caller(if supervisor { Role::Supervisor } else { Role::Expert }))
}

pub fn contact(n: u128, name: Option<&str>, now: Timestamp) -> Contact {
    Contact {
        id: ContactId(id(100 + n)),
        tenant: "aurinko".into(),
        name: name.map(str::to_owned),
        language: "fi".into(),
        segment: Some("employees".into()),
        attributes: [
            ("employer", "Pohjolan Puutavara- ja Rakennustarvikeliike Oy"),
            ("card", "•••• 4412"),
        ]
        .into_iter()
        .map(|(k, v)| (k.to_owned(), v.to_owned()))
        .collect(),
        addresses: vec![("chat".into(), "w-5f1c8d2e9ab34c7788aa01f2c3d4e5f6".to_owned())],
        created_at: now.plus_millis(-40 * 86_400_000),
        bad_addresses: Vec::new(),
    }
}
