//! Finding conversations: by thread, in lists and pages, by what is due.

use kerros_app::ports::store::{Filter, Order, Scope, StoreError};
use kerros_domain::command::Command;
use kerros_domain::conversation::{CloseReason, Priority, Solved, State};
use kerros_domain::id::{ChannelId, LayerId, Tag, TenantId};
use kerros_domain::sample;

use crate::place::Place;
use crate::tale::{START, Tale, after};

const ALL: Scope = Scope::Platform;

fn one(tenant: &str) -> Scope {
    Scope::One(TenantId::from(tenant))
}

fn many(tenants: &[&str]) -> Scope {
    Scope::Many(tenants.iter().map(|tenant| TenantId::from(*tenant)).collect())
}

async fn write(place: &Place, tale: &mut Tale) {
    place.store.commit(&ALL, tale.changes()).await.unwrap();
}

/// The thread's newest conversation that is not closed, and the sender's contact.
pub async fn a_thread_is_known_until_it_is_closed(place: &Place) {
    let store = &place.store;
    let (tenant, chat) = (TenantId::from("aurinko"), ChannelId::from("chat"));
    let known = |address: &'static str| store.known(&tenant, &chat, "visitor-1", address);
    let nobody = known("visitor-1").await.unwrap();
    assert!(nobody.contact.is_none() && nobody.conversation.is_none());

    let mut old = Tale::new("aurinko", 1);
    write(place, old.says("hello", after(1))).await;
    let mut new = Tale::at("aurinko", 2, after(100));
    new.row.thread = "visitor-1".into();
    let mut changes = new.changes();
    if let kerros_domain::event::Event::Opened { thread, .. } = &mut changes.entries[0].event {
        *thread = "visitor-1".into();
    }
    store.commit(&ALL, changes).await.unwrap();
    let both = known("visitor-1").await.unwrap();
    assert_eq!(both.contact.as_ref(), Some(&old.contact));
    assert_eq!(both.conversation.as_ref(), Some(&new.row), "the newest");

    write(place, new.then(Command::Close { reason: CloseReason::Spam }, after(200))).await;
    let rest = known("visitor-2").await.unwrap();
    assert_eq!(rest.contact.as_ref(), Some(&new.contact));
    assert_eq!(rest.conversation.as_ref(), Some(&old.row), "the closed one is over");
    write(place, old.then(Command::Resolve { solved: Solved::Assumed }, after(201))).await;
    assert_eq!(known("-").await.unwrap().conversation.as_ref(), Some(&old.row), "may reopen");

    let foreign = store.known(&"vuori".into(), &chat, "visitor-1", "visitor-1").await.unwrap();
    assert!(foreign.contact.is_none() && foreign.conversation.is_none());
}

/// No read shows a row outside its scope.
pub async fn nothing_is_read_across_the_scope(place: &Place) {
    let store = &place.store;
    let mut tale = Tale::new("vuori", 1);
    tale.says("hello", after(1)).handed_off(after(2));
    let changes = tale.changes();
    let message = changes.messages[0].id;
    store.commit(&ALL, changes).await.unwrap();
    let (id, contact) = (tale.row.id, tale.contact.id);
    for scope in [one("aurinko"), many(&["aurinko", "third"]), many(&[])] {
        assert_eq!(store.conversation(&scope, id).await.unwrap(), None);
        assert_eq!(store.contact(&scope, contact).await.unwrap(), None);
        assert_eq!(store.message(&scope, message).await.unwrap(), None);
        assert_eq!(store.messages(&scope, id, 0, 9).await.unwrap(), []);
        assert_eq!(store.last_messages(&scope, id, 9).await.unwrap(), []);
        assert_eq!(store.entries(&scope, id, 0, 9).await.unwrap(), []);
        assert_eq!(store.depths(&scope).await.unwrap(), []);
        for tenant in [None, Some(TenantId::from("vuori"))] {
            let filter = Filter { tenant, limit: 9, ..Filter::default() };
            assert!(store.list(&scope, &filter).await.unwrap().is_empty());
        }
    }
    for scope in [one("vuori"), many(&["aurinko", "vuori"]), ALL] {
        assert_eq!(store.conversation(&scope, id).await.unwrap().as_ref(), Some(&tale.row));
        assert_eq!(store.messages(&scope, id, 0, 9).await.unwrap().len(), 1);
        assert!(!store.entries(&scope, id, 0, 9).await.unwrap().is_empty());
        assert_eq!(store.depths(&scope).await.unwrap().len(), 1);
        let filter = Filter { limit: 9, ..Filter::default() };
        assert_eq!(store.list(&scope, &filter).await.unwrap().len(), 1);
    }
}

/// Forty conversations of two tenants, some resolved, some held, of every urgency.
async fn forty(place: &Place) -> Vec<Tale> {
    let mut tales = Vec::new();
    for n in 1..=40_u64 {
        let tenant = if n % 2 == 0 { "aurinko" } else { "vuori" };
        let mut tale = Tale::at(tenant, n, after(i64::try_from(n).unwrap() % 7));
        tale.says(&format!("Kysymys {n} ÄLYKORTISTA 100%"), after(10));
        let priorities = [Priority::Low, Priority::Normal, Priority::High, Priority::Urgent];
        tale.of_priority(priorities[usize::try_from(n / 3 % 4).unwrap()]);
        if n % 3 == 0 {
            tale.handed_off(after(11));
        }
        if n % 4 == 0 {
            let targets = vec![sample::first_response(), sample::resolution()];
            tale.then(Command::SetTargets { targets }, after(12));
        }
        if n % 6 == 0 {
            tale.then(Command::Assign { user: sample::user(u128::from(n % 12)) }, after(13));
        }
        if n % 5 == 0 {
            tale.then(Command::AddTag { tag: Tag::from("Lasku"), confidence: None }, after(14));
            tale.then(Command::Resolve { solved: Solved::Assumed }, after(15));
        }
        write(place, &mut tale).await;
        tales.push(tale);
    }
    tales
}

/// The order as the port words it, computed from the domain's rows.
fn sorted(tales: &[Tale], order: Order, keep: impl Fn(&Tale) -> bool) -> Vec<&Tale> {
    let mut kept: Vec<&Tale> = tales.iter().filter(|tale| keep(tale)).collect();
    kept.sort_by_key(|tale| {
        let row = &tale.row;
        let due = row
            .targets
            .iter()
            .filter(|target| target.state == kerros_domain::sla::TargetState::Running)
            .filter_map(|target| target.due_at)
            .min();
        let due = due.map_or(i64::MAX, |due| due.0);
        match order {
            Order::Queue => (std::cmp::Reverse(row.priority), due, row.held_since.0, row.id),
            Order::Newest => (std::cmp::Reverse(Priority::Low), -row.opened_at.0, 0, row.id),
        }
    });
    if order == Order::Newest {
        kept.sort_by_key(|tale| std::cmp::Reverse((tale.row.opened_at, tale.row.id)));
    }
    kept
}

/// Every order, page by page of every size, shows each row once and in order.
pub async fn pages_show_each_row_once_and_in_order(place: &Place) {
    let tales = forty(place).await;
    for order in [Order::Queue, Order::Newest] {
        for (scope, holds) in [
            (one("aurinko"), vec!["aurinko"]),
            (many(&["vuori", "aurinko"]), vec!["aurinko", "vuori"]),
            (ALL, vec!["aurinko", "vuori"]),
        ] {
            let wanted = sorted(&tales, order, |tale| holds.contains(&tale.row.tenant.as_str()));
            for limit in [1, 7, 200] {
                let mut found = Vec::new();
                let mut filter = Filter { order, limit, ..Filter::default() };
                loop {
                    let page = place.store.list(&scope, &filter).await.unwrap();
                    assert!(page.len() <= limit as usize);
                    let Some(last) = page.last() else { break };
                    filter.after = Some(last.cursor.clone());
                    found.extend(page);
                }
                let ids = |rows: &[&Tale]| rows.iter().map(|t| t.row.id).collect::<Vec<_>>();
                let got: Vec<_> = found.iter().map(|row| row.conversation.id).collect();
                assert_eq!(got, ids(&wanted), "{order:?} {scope:?} by {limit}");
                for (row, tale) in found.iter().zip(&wanted) {
                    assert_eq!(row.conversation, tale.row);
                    assert_eq!(row.contact_name, tale.contact.name);
                }
            }
        }
    }
}

/// Each condition of a filter by itself and with others.
pub async fn a_filter_keeps_what_fits(place: &Place) {
    let tales = forty(place).await;
    let open: Vec<State> = State::ALL.into_iter().filter(|state| state.is_open()).collect();
    let filter = Filter { limit: 200, ..Filter::default() };
    type Keep = fn(&Tale) -> bool;
    let cases: Vec<(&str, Filter, Keep)> = vec![
        ("open", Filter { states: open, ..filter.clone() }, |t| t.row.state.is_open()),
        ("resolved", Filter { states: vec![State::Resolved], ..filter.clone() }, |t| {
            t.row.state == State::Resolved
        }),
        ("both", Filter { states: vec![State::Resolved, State::Queued], ..filter.clone() }, |t| {
            matches!(t.row.state, State::Resolved | State::Queued)
        }),
        ("layer", Filter { layers: vec!["first-line".into()], ..filter.clone() }, |t| {
            t.row.layer == LayerId::from("first-line")
        }),
        ("tenant", Filter { tenant: Some("vuori".into()), ..filter.clone() }, |t| {
            t.row.tenant.as_str() == "vuori"
        }),
        ("assignee", Filter { assignee: Some(sample::user(6)), ..filter.clone() }, |t| {
            t.row.assignee == Some(sample::user(6))
        }),
        (
            "contact",
            Filter { contact: Some(crate::tale::contact("x", 9).id), ..filter.clone() },
            |t| t.row.contact == crate::tale::contact("x", 9).id,
        ),
        ("from", Filter { opened_from: Some(after(3)), ..filter.clone() }, |t| {
            t.row.opened_at >= after(3)
        }),
        ("to", Filter { opened_to: Some(after(3)), ..filter.clone() }, |t| {
            t.row.opened_at < after(3)
        }),
        ("preview", Filter { text: Some(" älykortista ".into()), ..filter.clone() }, |_| true),
        ("wildcards are letters", Filter { text: Some("100%".into()), ..filter.clone() }, |_| true),
        ("and match nothing", Filter { text: Some("1_0".into()), ..filter.clone() }, |_| false),
        ("tag", Filter { text: Some("lasku".into()), ..filter.clone() }, |t| {
            !t.row.tags.is_empty()
        }),
        ("name", Filter { text: Some("MEIKÄLÄINEN 7".into()), ..filter.clone() }, |t| {
            t.contact.name.as_deref() == Some("Maija Meikäläinen 7")
        }),
        (
            "all at once",
            Filter {
                states: vec![State::Queued],
                layers: vec!["first-line".into(), "experts".into()],
                tenant: Some("vuori".into()),
                opened_from: Some(START),
                text: Some("kysymys".into()),
                ..filter.clone()
            },
            |t| t.row.state == State::Queued && t.row.tenant.as_str() == "vuori",
        ),
    ];
    for (name, filter, keep) in cases {
        for order in [Order::Queue, Order::Newest] {
            let filter = Filter { order, ..filter.clone() };
            let found = place.store.list(&many(&["aurinko", "vuori"]), &filter).await.unwrap();
            let found: Vec<_> = found.iter().map(|row| row.conversation.id).collect();
            let wanted: Vec<_> = sorted(&tales, order, keep).iter().map(|t| t.row.id).collect();
            assert_eq!(found, wanted, "{name}, {order:?}");
            assert_eq!(wanted.is_empty(), name == "and match nothing", "{name} proves something");
        }
    }
}

/// A cursor from elsewhere is refused, not guessed at.
pub async fn a_foreign_cursor_is_refused(place: &Place) {
    for cursor in ["", "1.2.3", "1.2.3.4", "a.b.c.d", "1.2.3.00000000000000000000000000000001.5"] {
        let filter = Filter { after: Some(cursor.into()), limit: 5, ..Filter::default() };
        let done = place.store.list(&one("aurinko"), &filter).await;
        assert!(matches!(done, Err(StoreError::Refused(_))), "{cursor:?}");
    }
}

/// How much stands where, open ones only.
pub async fn depths_count_what_is_open(place: &Place) {
    let tales = forty(place).await;
    let depths = place.store.depths(&one("aurinko")).await.unwrap();
    let open: Vec<&Tale> = tales
        .iter()
        .filter(|t| t.row.tenant.as_str() == "aurinko" && t.row.state.is_open())
        .collect();
    assert_eq!(depths.iter().map(|d| d.count).sum::<u64>(), open.len() as u64);
    assert!(depths.len() > 1);
    for depth in depths {
        let here: Vec<_> = open
            .iter()
            .filter(|t| t.row.layer == depth.layer && t.row.state == depth.state)
            .collect();
        assert_eq!(depth.count, here.len() as u64);
        assert_eq!(depth.oldest, here.iter().map(|t| t.row.held_since).min());
    }
}

/// What is due comes earliest first, and only until it is written anew.
pub async fn what_is_due_comes_earliest_first(place: &Place) {
    let store = &place.store;
    let mut tales = Vec::new();
    for n in 1..=5 {
        let mut tale = Tale::new("aurinko", n);
        tale.says("hello", after(1));
        let mut changes = tale.changes();
        let due = [Some(50), None, Some(10), Some(30), Some(90)][usize::try_from(n).unwrap() - 1];
        changes.conversations[0].due_at = due.map(after);
        store.commit(&ALL, changes).await.unwrap();
        tales.push(tale);
    }
    let due = |rows: Vec<kerros_domain::conversation::Conversation>| {
        rows.iter().map(|row| row.id).collect::<Vec<_>>()
    };
    let ids = |ns: &[usize]| ns.iter().map(|n| tales[*n].row.id).collect::<Vec<_>>();
    assert_eq!(due(store.due(after(9), 10).await.unwrap()), []);
    assert_eq!(due(store.due(after(50), 10).await.unwrap()), ids(&[2, 3, 0]));
    assert_eq!(due(store.due(after(50), 2).await.unwrap()), ids(&[2, 3]));
    let mut third = tales[2].clone();
    let mut changes = third.says("again", after(2)).changes();
    changes.conversations[0].due_at = None;
    store.commit(&ALL, changes).await.unwrap();
    assert_eq!(due(store.due(after(1000), 10).await.unwrap()), ids(&[3, 0, 4]));
}

/// Conversations for which colleagues call are listed by that, within the scope, until the call was seen.
pub async fn who_is_called_is_listed_until_it_was_seen(place: &Place) {
    let store = &place.store;
    let call = || Command::CallAgent { by: "Jaana".into() };
    let mut tales: Vec<Tale> = [("aurinko", 1), ("aurinko", 2), ("aurinko", 3), ("vuori", 4)]
        .map(|(tenant, n)| Tale::new(tenant, n))
        .into();
    for (place_in_line, tale) in tales.iter_mut().enumerate() {
        tale.says("hello", after(1)).handed_off(after(2));
        if place_in_line != 1 {
            tale.then(call(), after(3));
        }
        write(place, tale).await;
    }
    let listed = async |scope: Scope| {
        let filter = Filter { attention: true, limit: 9, ..Filter::default() };
        let rows = store.list(&scope, &filter).await.unwrap().into_iter();
        let mut ids: Vec<_> = rows.map(|row| row.conversation.id).collect();
        ids.sort_unstable();
        ids
    };
    let id = |n: usize| tales[n].row.id;
    assert_eq!(listed(one("aurinko")).await, [id(0), id(2)]);
    assert_eq!(listed(many(&["aurinko", "vuori"])).await, [id(0), id(2), id(3)]);
    assert_eq!(listed(many(&[])).await, []);
    let (first, rest) = ([id(0), id(2)], id(3));
    write(place, tales[0].then(Command::Attend, after(4))).await;
    assert_eq!(listed(one("aurinko")).await, first[1..]);
    assert_eq!(listed(one("vuori")).await, [rest]);
}
