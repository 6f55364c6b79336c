use proptest::prelude::*;

use super::*;
use crate::command::Command;
use crate::decide::tests::{Case, TUESDAY_10, from_customer, from_person};
use crate::sample::{self, user};

fn candidate(n: u128) -> Candidate {
    Candidate {
        user: user(n),
        presence: Presence::Available,
        skills: Vec::new(),
        languages: Vec::new(),
        segments: Vec::new(),
        load: 0,
        idle_since: TUESDAY_10,
    }
}

fn need() -> Need {
    Need { skills: Vec::new(), language: "fi".into(), segment: None, capacity: 4, previous: None }
}

#[test]
fn only_the_able_are_picked() {
    let speaks = |languages: &[&str]| languages.iter().map(|l| Language::from(*l)).collect();
    let knows = |segments: &[&str]| segments.iter().map(|s| SegmentId::from(*s)).collect();
    let needs_cards = Need { skills: vec!["cards".into()], ..need() };
    let for_employers = Need { segment: Some("employers".into()), ..need() };
    let c = || candidate(1);
    for (told, candidate, need, able) in [
        ("plain", c(), need(), true),
        ("away", Candidate { presence: Presence::Away, ..c() }, need(), false),
        ("offline", Candidate { presence: Presence::Offline, ..c() }, need(), false),
        ("nearly full", Candidate { load: 3, ..c() }, need(), true),
        ("full", Candidate { load: 4, ..c() }, need(), false),
        ("no room at all", c(), Need { capacity: 0, ..need() }, false),
        ("unskilled", c(), needs_cards.clone(), false),
        (
            "skilled",
            Candidate { skills: vec!["cards".into(), "tax".into()], ..c() },
            needs_cards,
            true,
        ),
        ("speaks it", Candidate { languages: speaks(&["sv", "fi"]), ..c() }, need(), true),
        ("does not", Candidate { languages: speaks(&["sv"]), ..c() }, need(), false),
        (
            "knows the group",
            Candidate { segments: knows(&["employers"]), ..c() },
            for_employers.clone(),
            true,
        ),
        (
            "another group",
            Candidate { segments: knows(&["partners"]), ..c() },
            for_employers,
            false,
        ),
        ("group unknown yet", Candidate { segments: knows(&["partners"]), ..c() }, need(), true),
    ] {
        assert_eq!(pick(&[candidate], &need), able.then(|| user(1)), "{told}");
    }
    assert_eq!(pick(&[], &need()), None);
}

#[test]
fn fair_among_the_able() {
    let later = TUESDAY_10.plus_millis(1);
    let a = Candidate { load: 2, ..candidate(1) };
    let b = Candidate { load: 1, idle_since: later, ..candidate(2) };
    assert_eq!(pick(&[a, b], &need()), Some(user(2)));
    // Then the longest idle, then the lowest id.
    let idle = Candidate { idle_since: later, ..candidate(1) };
    assert_eq!(pick(&[idle, candidate(3), candidate(2)], &need()), Some(user(2)));
    // Who had it before comes first while able.
    let previous = Need { previous: Some(user(3)), ..need() };
    let busy = |load| Candidate { load, ..candidate(3) };
    assert_eq!(pick(&[candidate(2), busy(3)], &previous), Some(user(3)));
    assert_eq!(pick(&[candidate(2), busy(4)], &previous), Some(user(2)));
}

#[test]
fn the_queue_goes_by_urgency_then_due_then_age() {
    let case = |n: u128, minutes: i64| {
        let mut case = Case::open_in("first-line", TUESDAY_10.plus_millis(minutes * 60_000));
        case.conversation.id = ConversationId(uuid::Uuid::from_u128(n));
        case
    };
    let answer_owed = || Command::SetTargets { targets: vec![sample::first_response()] };
    let urgent = case(1, 9).then(Command::SetPriority { priority: Priority::Urgent });
    let due_first = case(2, 3).then(from_customer()).then(answer_owed());
    let missed = case(3, -60).then(from_customer()).then(answer_owed()).after(3_600_000).on_time();
    let old = case(4, 1);
    let new = case(5, 2);
    let same_as_new = case(6, 2);
    let answered = case(7, -90).then(from_customer()).then(answer_owed()).after(3_600_000);
    let answered = answered.then(from_person(7)).then(Command::Release);
    let mut queue = [&new, &same_as_new, &answered, &old, &missed, &due_first, &urgent]
        .map(|c| queue_key(&c.conversation));
    queue.sort();
    let order: Vec<u128> = queue.iter().map(|key| key.id.0.as_u128()).collect();
    assert_eq!(order, [1, 3, 2, 7, 4, 5, 6]);
}

#[test]
fn the_layer_tells_the_need() {
    let mut case = Case::open_in("first-line", TUESDAY_10);
    case.policy.layers[1].skills = vec!["cards".into()];
    let need = Need::of(&case.conversation, &case.policy).expect("a need");
    assert_eq!((need.capacity, need.skills), (4, vec!["cards".to_owned()]));
    case.policy.layers.clear();
    assert_eq!(Need::of(&case.conversation, &case.policy), None);
}

proptest! {
    #[test]
    fn the_order_of_candidates_does_not_matter(
        loads in prop::collection::vec((0_u32..6, 0_i64..3), 1..8),
        turn in 0_usize..8,
    ) {
        let mut candidates: Vec<Candidate> = loads
            .into_iter()
            .zip(1..)
            .map(|((load, idle), n)| Candidate {
                load,
                idle_since: Timestamp(idle),
                ..candidate(n)
            })
            .collect();
        let picked = pick(&candidates, &need());
        let turn = turn % candidates.len();
        candidates.rotate_left(turn);
        prop_assert_eq!(pick(&candidates, &need()), picked);
        let chosen = picked.and_then(|user| candidates.iter().find(|c| c.user == user));
        let room = |c: &Candidate| c.load < 4;
        prop_assert_eq!(chosen.is_some(), candidates.iter().any(room));
        if let Some(chosen) = chosen {
            prop_assert!(room(chosen));
            prop_assert!(candidates.iter().filter(|c| room(c)).all(|c| c.load >= chosen.load));
        }
    }
}
