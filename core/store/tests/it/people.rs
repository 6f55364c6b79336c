//! People, sessions, tokens, presence and loads.

use kerros_app::ports::store::{Load, Membership, Role, Scope, StoreError, Token, User};
use kerros_domain::command::Command;
use kerros_domain::id::{TenantId, TokenId, UserId};

use crate::place::Place;
use crate::tale::{START, Tale, after, uuid};

pub(crate) fn user(n: u64, tenants: &[&str]) -> User {
    let membership = |tenant: &&str| Membership {
        tenant: TenantId::from(*tenant),
        layers: vec!["first-line".into()],
        skills: vec!["billing".into()],
        languages: vec!["fi".into(), "sv".into()],
        segments: Vec::new(),
    };
    User {
        id: UserId(uuid(6, n)),
        email: format!("agent{n}@example.org"),
        name: format!("Agent {n}"),
        role: Role::Agent,
        language: "fi".into(),
        memberships: tenants.iter().map(membership).collect(),
        available: false,
        seen_at: None,
        active: true,
        created_at: START,
    }
}

/// A person is read back whole; a save without a password keeps the old one.
pub async fn a_person_is_saved_and_changed(place: &Place) {
    let store = &place.store;
    let mut one = user(1, &["vuori", "aurinko"]);
    store.save_user(&one, Some("$argon2id$first")).await.unwrap();
    assert_eq!(store.user(one.id).await.unwrap().as_ref(), Some(&one));
    one.role = Role::Supervisor;
    one.memberships.remove(0);
    one.seen_at = Some(after(5));
    store.save_user(&one, None).await.unwrap();
    let found = store.user_by_email("agent1@example.org").await.unwrap();
    assert_eq!(found, Some((one.clone(), "$argon2id$first".to_owned())));
    store.save_user(&one, Some("$argon2id$second")).await.unwrap();
    assert_eq!(store.user_by_email(&one.email).await.unwrap().unwrap().1, "$argon2id$second");
    assert_eq!(store.user(UserId(uuid(6, 9))).await.unwrap(), None);

    let mut same = user(2, &[]);
    same.email = one.email.clone();
    assert_eq!(store.save_user(&same, None).await, Err(StoreError::Duplicate));
    store.set_presence(one.id, true, after(9)).await.unwrap();
    let found = store.user(one.id).await.unwrap().unwrap();
    assert_eq!((found.available, found.seen_at), (true, Some(after(9))));
}

/// A scope shows the people who are members of its tenants.
pub async fn people_are_seen_by_membership(place: &Place) {
    let store = &place.store;
    let all =
        [user(1, &["aurinko"]), user(2, &["vuori"]), user(3, &["vuori", "aurinko"]), user(4, &[])];
    for user in &all {
        store.save_user(user, None).await.unwrap();
    }
    let many = |tenants: &[&str]| Scope::Many(tenants.iter().map(|t| TenantId::from(*t)).collect());
    for (scope, seen) in [
        (Scope::One("aurinko".into()), vec![0, 2]),
        (Scope::One("third".into()), vec![]),
        (many(&["aurinko", "vuori"]), vec![0, 1, 2]),
        (many(&[]), vec![]),
        (Scope::Platform, vec![0, 1, 2]),
    ] {
        let wanted: Vec<User> = seen.into_iter().map(|n: usize| all[n].clone()).collect();
        assert_eq!(store.users(&scope).await.unwrap(), wanted, "{scope:?}");
    }
}

fn token(owner: &User, n: u8, session: bool) -> Token {
    Token {
        id: TokenId(uuid(7, n.into())),
        user: owner.id,
        name: if session { String::new() } else { "reports".into() },
        hash: [n; 32],
        session,
        created_at: START,
        expires_at: after(60),
    }
}

/// A secret's digest finds its session until it ends.
pub async fn a_token_lives_until_it_ends(place: &Place) {
    let store = &place.store;
    let owner = user(1, &["aurinko"]);
    store.save_user(&owner, None).await.unwrap();
    let token = |n, session| token(&owner, n, session);
    for n in 1..=3 {
        store.add_token(&token(n, n == 1)).await.unwrap();
    }
    assert_eq!(store.token([1; 32], after(59)).await.unwrap(), Some(token(1, true)));
    assert_eq!(store.token([1; 32], after(60)).await.unwrap(), None, "expired");
    assert_eq!(store.token([9; 32], START).await.unwrap(), None);
    assert_eq!(store.session([1; 32], after(59)).await.unwrap(), Some(owner.clone()));
    assert_eq!(store.session([1; 32], after(60)).await.unwrap(), None, "expired");
    assert_eq!(store.session([9; 32], START).await.unwrap(), None);
    assert_eq!(store.tokens(owner.id).await.unwrap(), [token(2, false), token(3, false)]);
    store.end_token(token(2, false).id).await.unwrap();
    assert_eq!(store.token([2; 32], START).await.unwrap(), None);
}

/// The schema's own rules: one secret, one token; no token without its person; emails in lower case.
pub async fn people_and_tokens_are_held_to_the_schema(place: &Place) {
    let store = &place.store;
    let mut owner = user(1, &["aurinko"]);
    owner.email = "Agent1@Example.org".into();
    store.save_user(&owner, None).await.unwrap();
    let found = store.user_by_email("AGENT1@example.org").await.unwrap().unwrap().0;
    assert_eq!(found.email, "agent1@example.org");
    for n in [2, 3] {
        store.add_token(&token(&owner, n, false)).await.unwrap();
    }
    assert_eq!(store.add_token(&token(&owner, 3, false)).await, Err(StoreError::Duplicate));
    let mut late = token(&owner, 4, false);
    late.created_at = after(100);
    late.expires_at = after(200);
    store.add_token(&late).await.unwrap();
    assert_eq!(store.tokens(owner.id).await.unwrap(), [late], "what had expired is forgotten");
    let nobody = token(&user(99, &[]), 5, false);
    assert!(matches!(store.add_token(&nobody).await, Err(StoreError::Refused(_))));
}

/// A person's load is what is assigned: not what waits for the customer, not what is resolved.
pub async fn loads_count_what_people_hold(place: &Place) {
    let store = &place.store;
    let (a, b) = (kerros_domain::sample::user(1), kerros_domain::sample::user(2));
    for n in 1..=5 {
        let mut tale = Tale::new("aurinko", n);
        tale.says("hello", after(1)).handed_off(after(2));
        tale.then(Command::Assign { user: if n < 4 { a } else { b } }, after(3));
        if n == 1 {
            tale.then(Command::Pend, after(4));
        }
        if n == 2 {
            let solved = kerros_domain::conversation::Solved::ByPerson;
            tale.then(Command::Resolve { solved }, after(4));
        }
        store.commit(&Scope::Platform, tale.changes()).await.unwrap();
    }
    let load = |user, held| Load { user, held, newest: after(3) };
    assert_eq!(store.loads().await.unwrap(), [load(a, 1), load(b, 2)]);
}
