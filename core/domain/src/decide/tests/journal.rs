//! Whatever happens: the journal folds to the state, and the state makes sense.

use proptest::prelude::*;

use super::*;
use crate::apply::{FoldError, apply, fold};
use crate::call::{CallOutcome, CallPlan};
use crate::conversation::Priority;
use crate::event::Event;
use crate::id::Tag;
use crate::sla::{TargetSpec, TargetState};
use crate::timers::{next_due, on_time};

fn commands() -> impl Strategy<Value = Command> {
    let visibility = prop::sample::select(vec![Visibility::Public, Visibility::Internal]);
    let author = prop_oneof![
        3 => Just(Author::Contact),
        2 => Just(Author::Bot),
        3 => (7_u128..10).prop_map(|n| Author::Person { user: sample::user(n) }),
        1 => Just(Author::System),
    ];
    let layer = prop::sample::select(vec![None, Some("first-line"), Some("experts"), Some("x")])
        .prop_map(|layer| layer.map(LayerId::from));
    let spec = (
        prop::sample::select(vec![
            sample::first_response(),
            sample::next_response(),
            sample::resolution(),
            sample::expert_resolution(),
        ]),
        prop::sample::select(vec![600_u64, 3600, 86_400]),
        any::<bool>(),
    )
        .prop_map(|(spec, within_s, bound)| TargetSpec {
            within_s,
            layer: if bound {
                spec.layer.clone().or(Some("first-line".into()))
            } else {
                spec.layer.clone()
            },
            ..spec
        });
    let reason = prop::sample::select(vec![
        CloseReason::Settled,
        CloseReason::Spam,
        CloseReason::Unsolved,
        CloseReason::Abandoned,
    ]);
    let solved = prop::sample::select(vec![Solved::Confirmed, Solved::Assumed, Solved::ByPerson]);
    prop_oneof![
        6 => (author, visibility).prop_map(|(author, visibility)| message(author, visibility)),
        2 => layer.clone().prop_map(|to| Command::HandOff { to }),
        3 => layer.prop_map(|to| Command::Escalate { to, fields: sample::briefing_fields() }),
        2 => Just(hand_back()),
        3 => (7_u128..10).prop_map(|n| Command::Assign { user: sample::user(n) }),
        2 => Just(Command::Pend),
        2 => Just(Command::Release),
        1 => Just(Command::Open),
        1 => Just(Command::Tick),
        3 => prop::collection::vec(spec, 0..4).prop_map(|targets| Command::SetTargets { targets }),
        1 => Just(Command::AddTag { tag: Tag::from("card"), confidence: None }),
        1 => Just(Command::RemoveTag { tag: Tag::from("card") }),
        1 => Just(Command::SetPriority { priority: Priority::High }),
        1 => Just(Command::SetSegment { segment: Some("employers".into()) }),
        1 => Just(Command::SetLanguage { language: "sv".into() }),
        1 => Just(Command::RememberBot { state: Some("{}".into()) }),
        2 => solved.prop_map(|solved| Command::Resolve { solved }),
        2 => Just(Command::Reopen),
        1 => reason.prop_map(|reason| Command::Close { reason }),
        1 => Just(Command::CallAgent { by: "Olli".into() }),
        1 => Just(Command::Attend),
        1 => Just(Command::TellClosed),
        2 => prop::sample::select(vec![None, Some(sample::TUESDAY_10.plus_millis(90_000_000))])
            .prop_map(|not_before| Command::RequestCall { number: "+358401234567".into(), not_before }),
        2 => prop::sample::select(vec![CallOutcome::Reached, CallOutcome::NoAnswer, CallOutcome::WrongNumber])
            .prop_map(|outcome| Command::EndCall { outcome, plan: CallPlan::default() }),
    ]
}

/// What must hold in any state.
fn check(c: &Conversation) -> Result<(), TestCaseError> {
    let held = matches!(c.state, State::Assigned | State::Pending);
    prop_assert_eq!(c.assignee.is_some(), held, "{:?}", c.state);
    prop_assert_eq!(
        c.resolution.is_some(),
        c.state == State::Resolved || c.closed.is_some() && c.resolution.is_some()
    );
    prop_assert_eq!(c.closed.is_some(), c.state == State::Closed);
    prop_assert!(c.waits_until.is_none() || c.state == State::OutOfHours);
    prop_assert!(c.entered.contains(&c.layer));
    prop_assert!(c.unanswered_since.is_none() || c.state.is_open());
    for (index, target) in c.targets.iter().enumerate() {
        prop_assert_eq!(target.number as usize, index + 1);
        let running = target.state == TargetState::Running;
        prop_assert!(!running || c.state.is_open());
        prop_assert!(!target.state.is_live() || c.state != State::Closed);
        prop_assert_eq!(running, target.state.is_live() && target.due_at.is_some());
        prop_assert!(running || target.warn_at.is_none());
        let settled = matches!(target.state, TargetState::Met | TargetState::Breached);
        prop_assert!(
            settled == target.settled_at.is_some() || target.state == TargetState::Dropped
        );
        let within_ms = target.spec.within_s * 1000;
        let in_time = target.state != TargetState::Met || target.used_ms <= within_ms;
        prop_assert!(in_time, "met in {} of {} ms", target.used_ms, within_ms);
        // One promise of a key is live at a time.
        let twice = c.targets[index + 1..]
            .iter()
            .any(|other| other.state.is_live() && other.spec.key() == target.spec.key());
        prop_assert!(!(twice && target.state.is_live()), "{:#?}", c.targets);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn the_journal_folds_to_the_state(
        first in prop::sample::select(vec!["self-service", "first-line", "experts"]),
        start in 0_i64..7 * 24,
        steps in prop::collection::vec((commands(), 0_i64..8 * HOUR, any::<bool>()), 0..40),
    ) {
        let mut case = Case::open_in(first, TUESDAY_10.plus_millis(start * HOUR));
        for (command, ms, timely) in steps {
            case = case.after(ms);
            let due = next_due(&case.conversation, &case.policy);
            if timely {
                let (once, entries) = on_time(&case.conversation, &case.policy, case.now).expect("on time");
                prop_assert_eq!(entries.is_empty(), due.is_none_or(|due| due > case.now), "{:?}", due);
                let (twice, again) = on_time(&once, &case.policy, case.now).expect("on time");
                prop_assert!(again.is_empty(), "doing it twice does nothing more: {:?}", again);
                prop_assert_eq!(&once, &twice);
                let next = next_due(&once, &case.policy);
                prop_assert!(next.is_none_or(|next| next > case.now), "{:?}", next);
                case.conversation = once;
                case.journal.extend(entries);
            }
            let before = case.conversation.clone();
            match decide(&case.conversation, &case.policy, command, Some(sample::user(7)), case.now) {
                Ok((after, entries)) => {
                    prop_assert_eq!(after.seq, before.seq + entries.len() as u64);
                    prop_assert_eq!(after == before, entries.is_empty());
                    case.conversation = after;
                    case.journal.extend(entries);
                }
                Err(_) => prop_assert_eq!(&case.conversation, &before),
            }
            check(&case.conversation)?;
        }
        prop_assert_eq!(fold(&case.journal).expect("a journal"), case.conversation.clone());
        // Stored as JSON and read again, it is the same.
        let text = serde_json::to_string(&case.journal).expect("JSON");
        let read: Vec<Entry> = serde_json::from_str(&text).expect("a journal");
        prop_assert_eq!(&read, &case.journal);
        let text = serde_json::to_string(&case.conversation).expect("JSON");
        let read: Conversation = serde_json::from_str(&text).expect("a conversation");
        prop_assert_eq!(read, case.conversation);
    }
}

#[test]
fn a_broken_journal_does_not_fold() {
    let case = in_state(State::Resolved);
    let good = &case.journal;
    let mut gap = good.clone();
    gap.remove(2);
    assert_eq!(fold(&gap), Err(FoldError::Gap { expected: 3, found: 4 }));
    let mut doubled = good.clone();
    doubled.insert(3, good[2].clone());
    assert_eq!(fold(&doubled), Err(FoldError::Gap { expected: 4, found: 3 }));
    assert_eq!(fold(&good[1..]), Err(FoldError::NotOpened { seq: 2 }));
    assert_eq!(fold([]), Err(FoldError::NotOpened { seq: 0 }));
    let state = Some(case.conversation.clone());
    let next = |change: fn(&mut Entry)| {
        let mut entry = Entry { seq: case.conversation.seq + 1, ..good[0].clone() };
        change(&mut entry);
        entry
    };
    let opened_twice = next(|_| {});
    assert!(matches!(apply(state.clone(), &opened_twice), Err(FoldError::OpenedTwice { .. })));
    let foreign = next(|entry| entry.conversation = ConversationId(uuid::Uuid::from_u128(9)));
    assert!(matches!(apply(state.clone(), &foreign), Err(FoldError::OtherConversation { .. })));
    let unknown = next(|entry| entry.event = Event::TargetWarned { number: 5 });
    assert!(matches!(apply(state, &unknown), Err(FoldError::NoSuchTarget { number: 5, .. })));
}

#[test]
fn an_old_journal_still_folds() {
    // As written before targets could begin earlier than their entry.
    let old = r#"{"type":"target_set","number":1,"spec":{"metric":"resolution","owner":"vendor",
        "within_s":60,"calendar":null,"pause_on":[],"warn_at":null,"layer":null},
        "due_at":1770710460000,"warn_at":null}"#;
    let event: Event = serde_json::from_str(old).expect("an event");
    assert!(matches!(event, Event::TargetSet { from: None, .. }));
}
