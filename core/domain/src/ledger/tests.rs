use proptest::prelude::*;

use super::*;
use crate::command::Command;
use crate::conversation::CloseReason;
use crate::conversation::State;
use crate::decide::tests::{
    Case, DAY, HOUR, MINUTE, TUESDAY_10, escalate, from_bot, from_customer, from_person, hand_back,
    in_state,
};
use crate::id::{ContactId, ConversationId, Tag, VisitId};
use crate::sample;
use crate::time::Timestamp;

fn fact(case: &Case) -> DemandFact {
    DemandFact::of(&case.conversation).expect("demand")
}

fn resolve(solved: Solved) -> Command {
    Command::Resolve { solved }
}

fn solved_by(outcome: &Outcome) -> Option<(&str, Solved, bool)> {
    match outcome {
        Outcome::Solved { layer, solved, provisional } => {
            Some((layer.as_str(), *solved, *provisional))
        }
        _ => None,
    }
}

#[test]
fn each_conversation_has_one_outcome() {
    let by_bot = Case::open().then(from_customer()).then(from_bot());
    let by_bot = by_bot.then(resolve(Solved::Confirmed));
    assert_eq!(solved_by(&fact(&by_bot).outcome), Some(("self-service", Solved::Confirmed, true)));
    let settled = by_bot.clone().after(3 * DAY).on_time();
    assert_eq!(
        solved_by(&fact(&settled).outcome),
        Some(("self-service", Solved::Confirmed, false))
    );
    let reopened = by_bot.then(from_customer());
    assert_eq!(fact(&reopened).outcome, Outcome::Unresolved);

    for state in [State::Bot, State::OutOfHours, State::Queued, State::Assigned, State::Pending] {
        assert_eq!(fact(&in_state(state)).outcome, Outcome::Unresolved);
    }
    let close = |reason| in_state(State::Queued).then(Command::Close { reason });
    assert_eq!(fact(&close(CloseReason::Abandoned)).outcome, Outcome::Abandoned);
    assert_eq!(fact(&close(CloseReason::Unsolved)).outcome, Outcome::Unresolved);
    for no_demand in [
        close(CloseReason::Spam),
        close(CloseReason::Merged),
        in_state(State::Resolved).then(Command::Close { reason: CloseReason::Spam }),
        Case::open(),
        Case::open().then(from_bot()),
    ] {
        assert_eq!(DemandFact::of(&no_demand.conversation), None);
    }
    // Closed unsolved after a reopen: the earlier resolve does not count.
    let lost = in_state(State::Resolved)
        .then(from_customer())
        .then(Command::Close { reason: CloseReason::Unsolved });
    assert_eq!(fact(&lost).outcome, Outcome::Unresolved);
    assert!(fact(&lost).first_resolved_at.is_some());
}

#[test]
fn visits_count_once_and_only_with_intent() {
    let at = |hours: i64| TUESDAY_10.plus_millis(hours * HOUR);
    let visit = VisitFact {
        id: VisitId(uuid::Uuid::from_u128(1)),
        began_at: at(0),
        last_at: at(1),
        searches: 1,
        articles_opened: 0,
        read_an_article: false,
        helped: false,
        contacted_at: None,
    };
    let read = VisitFact { articles_opened: 1, read_an_article: true, ..visit.clone() };
    let outcome = |visit: &VisitFact, now: Timestamp| {
        let layer = LayerId::from("self-service");
        DemandFact::of_visit(visit, &layer, now).map(|fact| fact.outcome)
    };
    let solved = |solved, provisional| {
        Some(Outcome::Solved { layer: "self-service".into(), solved, provisional })
    };
    // A failed search and leaving is abandoned, never solved.
    assert_eq!(outcome(&visit, at(24)), Some(Outcome::Unresolved));
    assert_eq!(outcome(&visit, at(25)), Some(Outcome::Abandoned));
    assert_eq!(outcome(&read, at(24)), solved(Solved::Assumed, true));
    assert_eq!(outcome(&read, at(25)), solved(Solved::Assumed, false));
    let helped = VisitFact { helped: true, ..read.clone() };
    assert_eq!(outcome(&helped, at(2)), solved(Solved::Confirmed, false));
    // The conversation that follows is the demand.
    let contacted = |hours| VisitFact { contacted_at: Some(at(hours)), ..helped.clone() };
    assert_eq!(outcome(&contacted(24), at(30)), None);
    assert_eq!(outcome(&contacted(25), at(30)), solved(Solved::Confirmed, false));
    let idle = VisitFact { searches: 0, ..visit };
    assert_eq!(outcome(&idle, at(30)), None);
}

/// Demand as in METRICS: 33 of 100 solved by self-service, 57 by first line, 10 by experts.
fn hundred() -> Vec<DemandFact> {
    let bot = Case::open().then(from_customer()).then(from_bot());
    let by_bot = fact(&bot.clone().then(resolve(Solved::Assumed)));
    let line = bot.then(Command::HandOff { to: None }).then(from_person(7));
    let by_line = fact(&line.clone().then(resolve(Solved::ByPerson)));
    let by_experts = fact(&line.then(escalate()).then(resolve(Solved::ByPerson)));
    [vec![by_bot; 33], vec![by_line; 57], vec![by_experts; 10]].concat()
}

#[test]
fn every_share_names_its_denominator() {
    let policy = sample::policy();
    let ledger = Ledger::of(&hundred(), &policy);
    let share = |layer: &str, share| {
        let ratio = ledger.share(&layer.into(), share).expect("a layer");
        (ratio.part, ratio.whole)
    };
    assert_eq!(share("self-service", Share::OfDemand), (33, 100));
    assert_eq!(share("first-line", Share::OfDemand), (57, 100));
    assert_eq!(share("first-line", Share::OfEntered), (57, 67));
    assert_eq!(share("first-line", Share::Cumulative), (90, 100));
    assert_eq!(share("experts", Share::Entered), (10, 100));
    assert_eq!(share("experts", Share::OfEntered), (10, 10));
    assert_eq!(ledger.self_service_rate(), Ratio { part: 33, whole: 100 });
    assert_eq!(ledger.share(&"nowhere".into(), Share::OfDemand), None);
}

#[test]
fn goals_are_held_against_what_is() {
    let policy = sample::policy();
    let met = |facts: &[DemandFact]| -> Vec<Option<bool>> {
        Ledger::of(facts, &policy).check(&policy.goals).into_iter().map(|check| check.met).collect()
    };
    // At least 25 %, at least 90 % cumulative, experts under 10 %: at 10 % that is missed.
    let facts = hundred();
    assert_eq!(met(&facts), [Some(true), Some(true), Some(false)]);
    assert_eq!(met(&facts[..99]), [Some(true), Some(true), Some(true)]);
    assert_eq!(met(&[]), [None, None, None], "nothing is neither met nor missed");
}

#[test]
fn layers_that_left_the_policy_are_still_counted() {
    let mut policy = sample::policy();
    policy.layers.remove(1);
    let ledger = Ledger::of(&hundred(), &policy);
    let last = ledger.layers.last().expect("a layer");
    assert_eq!((last.layer.as_str(), last.kind, last.solved()), ("first-line", None, 57));
    let parts: u64 = ledger.outcomes().iter().map(|(_, ratio)| ratio.part).sum();
    assert_eq!(parts, 100);
}

#[test]
fn first_contact_resolution_has_a_window() {
    let policy = sample::policy();
    let window_s = 7 * 24 * 3600;
    let contact = |n: u128, contact: u128, tag: &str, began: i64| {
        let mut fact = fact(&in_state(State::Resolved));
        fact.source = Source::Conversation(ConversationId(uuid::Uuid::from_u128(n)));
        fact.contact = Some(ContactId(uuid::Uuid::from_u128(contact)));
        fact.began_at = TUESDAY_10.plus_millis(began);
        fact.resolved_at = Some(fact.began_at.plus_millis(HOUR));
        fact.tags = (!tag.is_empty()).then(|| Tag::from(tag)).into_iter().collect();
        fact
    };
    let first = || contact(1, 1, "card", 0);
    let ratio = |other: DemandFact| {
        let period = TUESDAY_10..TUESDAY_10.plus_millis(DAY);
        let found = fcr(&[first(), other], &policy, period, window_s).ratio;
        (found.part, found.whole)
    };
    assert_eq!(ratio(contact(2, 1, "card", HOUR + 7 * DAY)), (0, 1), "on the last moment");
    assert_eq!(ratio(contact(2, 1, "card", HOUR + 7 * DAY + 1)), (1, 1), "after it");
    assert_eq!(ratio(contact(2, 1, "card", MINUTE)), (2, 2), "side by side, not a return");
    assert_eq!(ratio(contact(2, 1, "lunch", 2 * DAY)), (1, 1), "another topic");
    assert_eq!(ratio(contact(2, 1, "", 2 * DAY)), (0, 1), "no topic to tell by");
    assert_eq!(ratio(contact(2, 2, "card", 2 * DAY)), (1, 1), "another customer");
    let reopened = DemandFact { reopened: 1, ..contact(2, 3, "card", 0) };
    assert_eq!(ratio(reopened), (1, 2), "a reopened one is none");
    let by_bot = Case::open().then(from_customer()).then(resolve(Solved::Confirmed));
    assert_eq!(ratio(DemandFact { contact: None, ..fact(&by_bot) }), (1, 1), "not by people");
}

#[test]
fn first_response_in_calendar_and_business_time() {
    // 21:50 to 8:10, first line closed 22-8.
    let evening = TUESDAY_10.plus_millis(11 * HOUR + 50 * MINUTE);
    let answered = |minutes: i64| {
        let case = Case::open_in("first-line", evening).then(from_customer());
        fact(&case.after(minutes * MINUTE).then(from_person(7)))
    };
    let waiting = fact(&in_state(State::Queued));
    let proactive = Case::open_in("first-line", evening).then(from_person(7));
    let proactive = fact(&proactive.after(MINUTE).then(from_customer()));
    let facts = [answered(620), answered(5), waiting, proactive];
    let (calendar, business) = first_response(&facts, &sample::policy());
    let minutes =
        |d: Option<Durations>| d.map(|d| (d.count, d.mean_s / 60, d.median_s / 60, d.max_s / 60));
    assert_eq!(minutes(calendar), Some((2, 312, 5, 620)));
    assert_eq!(minutes(business), Some((2, 12, 5, 20)));
    assert_eq!(first_response(&[], &sample::policy()), (None, None));
}

#[test]
fn percentiles_are_values_that_occurred() {
    let durations = Durations::of((1..=10).rev().collect()).expect("ten");
    assert_eq!((durations.median_s, durations.p90_s, durations.mean_s), (5, 9, 5));
    assert_eq!(Durations::of(vec![7]).map(|d| (d.median_s, d.p90_s)), Some((7, 7)));
}

#[test]
fn containment_and_escalations() {
    let policy = sample::policy();
    let facts = hundred();
    assert_eq!(bot_containment(&facts, &policy), Ratio { part: 33, whole: 100 });
    let bounced = in_state(State::Assigned).then(escalate()).then(hand_back()).then(escalate());
    let quality = escalation_quality(&[fact(&bounced), facts[0].clone()]);
    assert_eq!(quality.bounced, Ratio { part: 1, whole: 2 });
    assert_eq!(quality.complete, Ratio { part: 2, whole: 2 });
}

fn any_fact() -> impl Strategy<Value = DemandFact> {
    let layer = || prop::sample::select(vec!["self-service", "first-line", "experts", "gone"]);
    let solved = prop::sample::select(vec![Solved::Confirmed, Solved::Assumed, Solved::ByPerson]);
    let outcome = prop_oneof![
        3 => (layer(), solved, any::<bool>()).prop_map(|(layer, solved, provisional)| {
            Outcome::Solved { layer: layer.into(), solved, provisional }
        }),
        1 => Just(Outcome::Unresolved),
        1 => Just(Outcome::Abandoned),
    ];
    (outcome, prop::collection::btree_set(layer(), 0..4)).prop_map(|(outcome, entered)| {
        let mut fact = fact(&in_state(State::Queued));
        fact.entered = entered.into_iter().map(LayerId::from).collect();
        if let Outcome::Solved { layer, .. } = &outcome
            && !fact.entered.contains(layer)
        {
            fact.entered.push(layer.clone());
        }
        fact.outcome = outcome;
        fact
    })
}

proptest! {
    #[test]
    fn the_shares_of_all_outcomes_sum_to_the_whole(facts in prop::collection::vec(any_fact(), 0..60)) {
        let ledger = Ledger::of(&facts, &sample::policy());
        let parts: Vec<u64> = ledger.outcomes().iter().map(|(_, ratio)| ratio.part).collect();
        prop_assert_eq!(parts.iter().sum::<u64>(), facts.len() as u64);
        let printed: u32 = rounded_permille(&parts).iter().sum();
        prop_assert_eq!(printed, if facts.is_empty() { 0 } else { 1000 });
        for line in &ledger.layers {
            prop_assert!(line.solved() <= line.entered && line.entered <= ledger.demand);
            prop_assert!(line.provisional <= line.solved());
        }
    }

    #[test]
    fn rounding_is_off_by_less_than_a_tenth(parts in prop::collection::vec(0_u64..10_000, 1..12)) {
        let whole: u64 = parts.iter().sum();
        for (part, permille) in parts.iter().zip(rounded_permille(&parts)) {
            let exact = if whole == 0 { 0.0 } else { *part as f64 * 1000.0 / whole as f64 };
            prop_assert!((f64::from(permille) - exact).abs() < 1.0);
        }
    }
}
