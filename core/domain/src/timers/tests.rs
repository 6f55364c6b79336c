use super::*;
use crate::command::Command;
use crate::decide::tests::{
    Case, DAY, HOUR, MINUTE, TUESDAY_10, from_bot, from_customer, in_state,
};
use crate::sample;

fn due(case: &Case) -> Option<Timestamp> {
    next_due(&case.conversation, &case.policy)
}

#[test]
fn a_waiting_layer_opens() {
    let case = in_state(State::OutOfHours); // Tuesday 23:00
    let opens = TUESDAY_10.plus_millis(22 * HOUR);
    assert_eq!(due(&case), Some(opens));
    let case = case.after(9 * HOUR - 1).on_time();
    assert_eq!(case.conversation.state, State::OutOfHours);
    let case = case.after(1).on_time();
    assert_eq!((case.conversation.state, case.conversation.held_since), (State::Queued, opens));
    assert_eq!(due(&case), None);
}

#[test]
fn hours_that_changed_meanwhile_hold() {
    let mut case = in_state(State::OutOfHours);
    // First line now keeps the experts' hours, and is down until Wednesday 20:00.
    case.policy.layers[1].calendar = Some("office".into());
    let case = case.after(21 * HOUR).on_time();
    assert_eq!(case.conversation.state, State::OutOfHours);
    assert_eq!(case.conversation.waits_until, Some(TUESDAY_10.plus_millis(46 * HOUR)));
    let mut case = case;
    case.policy.layers[1].calendar = None;
    let case = case.after(DAY).on_time();
    assert_eq!(case.conversation.state, State::Queued);
}

#[test]
fn a_quiet_bot_talk_ends() {
    let silence = DAY;
    // Answered: solved, for all one can tell; settled after the window.
    let case = Case::open().then(from_customer()).after(MINUTE).then(from_bot());
    assert_eq!(due(&case), Some(case.now.plus_millis(silence)));
    let case = case.after(silence).on_time();
    let resolution = case.conversation.resolution.clone().expect("a resolution");
    assert_eq!((resolution.solved, resolution.layer.as_str()), (Solved::Assumed, "self-service"));
    assert_eq!(due(&case), Some(case.now.plus_millis(3 * DAY)));
    let case = case.after(3 * DAY).on_time();
    assert_eq!(case.conversation.closed, Some(CloseReason::Settled));
    assert_eq!(due(&case), None);

    // Never answered, or left with a question open: abandoned, never solved.
    for case in [
        Case::open(),
        Case::open().then(from_customer()),
        Case::open().then(from_customer()).then(from_bot()).then(from_customer()),
    ] {
        let case = case.after(silence).on_time();
        assert_eq!(case.conversation.closed, Some(CloseReason::Abandoned));
        assert_eq!(case.conversation.resolution, None);
    }
}

#[test]
fn a_reopened_bot_talk_gets_its_time_again() {
    let case = Case::open()
        .then(from_customer())
        .then(from_bot())
        .then(Command::Resolve { solved: Solved::Confirmed })
        .after(2 * DAY)
        .then(Command::Reopen);
    assert_eq!(due(&case), Some(case.now.plus_millis(DAY)));
}

#[test]
fn people_are_not_hurried_by_silence() {
    for state in [State::Queued, State::Assigned, State::Pending] {
        let case = in_state(state).after(365 * DAY);
        assert_eq!(due(&case), None);
        let entries = case.journal.len();
        assert_eq!(case.on_time().journal.len(), entries);
    }
}

#[test]
fn everything_due_at_once_happens_at_once() {
    let mut case = Case::open().then(from_customer()).then(from_bot());
    case.policy.reopen_window_s = 0;
    let targets = vec![sample::resolution()];
    let case = case.then(Command::SetTargets { targets }).after(40 * DAY).on_time();
    assert_eq!(case.conversation.closed, Some(CloseReason::Settled));
    assert_eq!(
        case.last(3),
        ["resolved", "closed", "target_breached"],
        "one pass, the miss recorded"
    );
    assert_eq!(due(&case), None);
}

#[test]
fn the_earliest_of_all_counts() {
    let targets = vec![sample::first_response(), sample::resolution()];
    let case = in_state(State::Queued).then(Command::SetTargets { targets });
    let minutes = |n: i64| Some(TUESDAY_10.plus_millis(n * MINUTE));
    assert_eq!(due(&case), minutes(12), "the first warning");
    let case = case.after(12 * MINUTE).on_time();
    assert_eq!(due(&case), minutes(15).map(|at| at.plus_millis(1)), "the moment after due");
}
