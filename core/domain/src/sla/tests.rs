//! Promises and how they go. It is Tuesday, ten o'clock, unless a story says otherwise.

use super::*;
use crate::call::{CallOutcome, CallPlan};
use crate::command::Command;
use crate::conversation::{CloseReason, Solved};
use crate::decide::tests::{
    Case, DAY, HOUR, MINUTE, TUESDAY_10, escalate, from_bot, from_customer, from_person, hand_back,
    name,
};
use crate::message::{Author, Visibility};
use crate::sample::{self, expert_resolution, first_response, next_response, resolution};

fn targets(specs: &[TargetSpec]) -> Command {
    Command::SetTargets { targets: specs.to_vec() }
}

/// A customer's message in the first line's queue, and these promises.
fn asked(specs: &[TargetSpec]) -> Case {
    Case::open_in("first-line", TUESDAY_10).then(from_customer()).then(targets(specs))
}

fn states(case: &Case) -> Vec<TargetState> {
    case.conversation.targets.iter().map(|target| target.state).collect()
}

fn target(case: &Case, number: u32) -> &Target {
    case.conversation.targets.iter().find(|t| t.number == number).expect("a target")
}

fn used_minutes(case: &Case, number: u32) -> i64 {
    i64::try_from(target(case, number).used_ms).expect("fits") / MINUTE
}

fn count(case: &Case, event: &str) -> usize {
    case.journal.iter().filter(|entry| name(entry) == event).count()
}

#[test]
fn met_at_due_breached_after_it() {
    // Promised within 15 minutes; late by so many milliseconds.
    for (late, expected) in [
        (-MINUTE, TargetState::Met),
        (0, TargetState::Met),
        (1, TargetState::Breached),
        (1000, TargetState::Breached),
    ] {
        let case = asked(&[first_response()]).after(15 * MINUTE + late).then(from_person(7));
        assert_eq!(states(&case), [expected], "late by {late} ms");
        let due = TUESDAY_10.plus_millis(15 * MINUTE);
        assert_eq!(target(&case, 1).due_at, Some(due));
    }
}

#[test]
fn a_promise_used_up_at_closing_time_is_due_then() {
    // 21:45, first line closes at 22:00.
    let case = Case::open_in("first-line", TUESDAY_10.plus_millis(11 * HOUR + 45 * MINUTE))
        .then(from_customer())
        .then(targets(&[first_response()]));
    let closing = TUESDAY_10.plus_millis(12 * HOUR);
    assert_eq!(target(&case, 1).due_at, Some(closing));
    let next_morning = case.after(10 * HOUR + 15 * MINUTE).then(from_person(7));
    assert_eq!(states(&next_morning), [TargetState::Breached]);
}

#[test]
fn a_warning_comes_once_and_before_the_breach() {
    let case = asked(&[first_response()]);
    assert_eq!(target(&case, 1).warn_at, Some(TUESDAY_10.plus_millis(12 * MINUTE)));
    let case = case.after(12 * MINUTE - 1).on_time();
    assert_eq!(count(&case, "target_warned"), 0);
    let case = case.after(1).on_time().on_time().then(Command::Tick);
    assert_eq!(count(&case, "target_warned"), 1);
    let case = case.after(3 * MINUTE).on_time();
    assert_eq!(count(&case, "target_breached"), 0);
    let case = case.after(1).on_time().then(Command::Tick).after(DAY).on_time();
    assert_eq!(count(&case, "target_breached"), 1);
    // Down over both moments: one breach, no late warning.
    let down = asked(&[first_response()]).after(DAY).on_time();
    assert_eq!((count(&down, "target_warned"), count(&down, "target_breached")), (0, 1));
}

#[test]
fn bots_and_notices_do_not_answer() {
    let note = Command::AddMessage {
        message: crate::id::MessageId(uuid::Uuid::from_u128(2)),
        author: Author::Person { user: sample::user(7) },
        visibility: Visibility::Internal,
        text: "look at this".into(),
    };
    let case = asked(&[first_response()]).then(from_bot()).then(note);
    assert_eq!(states(&case), [TargetState::Running]);
    assert_eq!(case.conversation.first_response_at, None);
    assert!(case.conversation.unanswered_since.is_some());
}

#[test]
fn first_response_begins_when_the_customer_reaches_people() {
    let case = Case::open().then(from_customer()).then(targets(&[first_response()]));
    assert_eq!(states(&case), [TargetState::Waiting]);
    let case = case.after(HOUR).then(from_bot()).then(Command::HandOff { to: None });
    assert_eq!(states(&case), [TargetState::Running]);
    assert_eq!(target(&case, 1).started_at, case.now);
    assert_eq!(target(&case, 1).due_at, Some(case.now.plus_millis(15 * MINUTE)));
    // Promised only later, the clock still counts from there.
    let late = Case::open()
        .then(from_customer())
        .then(Command::HandOff { to: None })
        .after(5 * MINUTE)
        .then(targets(&[first_response()]));
    assert_eq!(target(&late, 1).started_at, TUESDAY_10);
    assert_eq!(target(&late, 1).due_at, Some(TUESDAY_10.plus_millis(15 * MINUTE)));
    let late = late.after(MINUTE).then(from_person(7));
    assert_eq!(used_minutes(&late, 1), 6);
    // An agent who writes first: nobody waits for a first response.
    let proactive = Case::open_in("first-line", TUESDAY_10).then(from_person(7));
    let proactive = proactive.then(targets(&[first_response()]));
    assert!(proactive.conversation.targets.is_empty());
}

#[test]
fn next_response_counts_from_the_oldest_unanswered_message() {
    let case = asked(&[first_response(), next_response()]);
    assert_eq!(states(&case), [TargetState::Running, TargetState::Waiting], "first things first");
    let case = case.after(MINUTE).then(from_person(7));
    assert_eq!(states(&case), [TargetState::Met, TargetState::Waiting]);

    let case = case.after(HOUR).then(from_customer());
    let due = case.now.plus_millis(HOUR);
    assert_eq!(target(&case, 2).due_at, Some(due));
    let case = case.after(30 * MINUTE).then(from_customer());
    assert_eq!(target(&case, 2).due_at, Some(due), "a later message does not restart it");
    assert_eq!(case.conversation.unanswered_since, Some(due.plus_millis(-HOUR)));

    let case = case.after(10 * MINUTE).then(from_person(7));
    assert_eq!(states(&case)[1..], [TargetState::Met, TargetState::Waiting]);
    assert_eq!(used_minutes(&case, 2), 40);
    // The next message has a clock of its own; the resolve stops it.
    let case = case.after(MINUTE).then(from_customer()).after(MINUTE);
    let case = case.then(Command::Resolve { solved: Solved::Confirmed });
    assert_eq!(states(&case)[1..], [TargetState::Met, TargetState::Met, TargetState::Waiting]);
    let case = case.after(MINUTE).then(from_customer());
    assert_eq!(states(&case)[3], TargetState::Running);
}

#[test]
fn a_missed_answer_stays_missed_and_the_next_one_counts_anew() {
    let case = asked(&[first_response(), next_response()]).then(from_person(7));
    let case = case.then(from_customer()).after(2 * HOUR).then(from_customer()).on_time();
    assert_eq!(states(&case), [TargetState::Met, TargetState::Breached]);
    let case = case.then(from_person(7));
    assert_eq!(states(&case)[1..], [TargetState::Breached, TargetState::Waiting]);
    let case = case.after(MINUTE).then(from_customer()).then(from_person(7));
    assert_eq!(states(&case)[1..], [TargetState::Breached, TargetState::Met, TargetState::Waiting]);
}

#[test]
fn waiting_for_the_customer_pauses() {
    let case =
        asked(&[resolution()]).after(HOUR).then(from_person(7)).after(HOUR).then(Command::Pend);
    assert_eq!(states(&case), [TargetState::Paused]);
    assert_eq!((used_minutes(&case, 1), target(&case, 1).due_at), (120, None));
    let case = case.after(DAY).then(from_customer());
    assert_eq!(states(&case), [TargetState::Running]);
    // Six of eight hours are left.
    assert_eq!(target(&case, 1).due_at, Some(case.now.plus_millis(6 * HOUR)));
    let case = case.after(HOUR).then(Command::Resolve { solved: Solved::ByPerson });
    assert_eq!((states(&case), used_minutes(&case, 1)), (vec![TargetState::Met], 180));
}

#[test]
fn two_owners_two_clocks() {
    // Experts work 8-16, first line 8-22.
    let case = asked(&[resolution(), expert_resolution()]);
    assert_eq!(states(&case), [TargetState::Running, TargetState::Waiting]);
    let case = case.after(5 * HOUR).then(escalate()); // 15:00
    assert_eq!(states(&case), [TargetState::Paused, TargetState::Running]);
    assert_eq!(used_minutes(&case, 1), 300);
    // An hour today, three tomorrow from 8:00.
    assert_eq!(target(&case, 2).due_at, Some(TUESDAY_10.plus_millis(DAY + HOUR)));
    let case = case.after(18 * HOUR).then(hand_back()); // Wednesday 9:00
    assert_eq!(states(&case), [TargetState::Running, TargetState::Paused]);
    assert_eq!(used_minutes(&case, 2), 120);
    assert_eq!(target(&case, 1).due_at, Some(case.now.plus_millis(3 * HOUR)));
    // Back to the experts, who run out of time: the breach is theirs.
    let case = case.after(HOUR).then(escalate()).after(2 * HOUR + 1).on_time();
    assert_eq!(states(&case), [TargetState::Paused, TargetState::Breached]);
    let case = case.then(Command::Resolve { solved: Solved::ByPerson });
    assert_eq!(states(&case), [TargetState::Met, TargetState::Breached]);
    assert_eq!(used_minutes(&case, 1), 360);
}

#[test]
fn resolution_goes_on_after_a_reopen() {
    let case = asked(&[resolution()]).after(7 * HOUR);
    let case = case.then(Command::Resolve { solved: Solved::Assumed });
    assert_eq!(states(&case), [TargetState::Met]);
    let case = case.after(HOUR).then(from_customer());
    assert_eq!(states(&case), [TargetState::Running]);
    assert_eq!(target(&case, 1).due_at, Some(case.now.plus_millis(HOUR)));
    assert_eq!(target(&case, 1).settled_at, None);
    let case = case.after(HOUR + 1).on_time();
    assert_eq!(states(&case), [TargetState::Breached]);
    let case = case.then(Command::Resolve { solved: Solved::Assumed }).then(Command::Reopen);
    assert_eq!(states(&case), [TargetState::Breached], "a breach stays");
}

#[test]
fn asking_again_reconciles() {
    let urgent = TargetSpec { within_s: 3600, ..resolution() };
    let case = asked(&[first_response(), resolution()]);
    let entries = case.journal.len();
    let case = case.after(30 * MINUTE).then(targets(&[resolution(), first_response()]));
    assert_eq!(
        case.journal.len(),
        entries + 1,
        "the same again changes nothing (but time ran out)"
    );
    assert_eq!(states(&case), [TargetState::Breached, TargetState::Running]);
    // Half an hour is used; an hour is promised now.
    let case = case.then(targets(std::slice::from_ref(&urgent)));
    assert_eq!(target(&case, 2).spec, urgent);
    assert_eq!(target(&case, 2).due_at, Some(TUESDAY_10.plus_millis(HOUR)));
    assert_eq!(states(&case), [TargetState::Breached, TargetState::Running]);
    // Changed while paused: the clock keeps what it has used.
    let case = case.then(Command::Assign { user: sample::user(7) }).then(Command::Pend);
    let case = case.then(targets(&[resolution()])).after(DAY).then(from_customer());
    assert_eq!(target(&case, 2).due_at, Some(case.now.plus_millis(7 * HOUR + 30 * MINUTE)));
    let case = case.then(targets(&[]));
    assert_eq!(states(&case), [TargetState::Breached, TargetState::Dropped]);
    // Asked for anew it is a new promise, counted from opening.
    let case = case.then(targets(&[resolution()]));
    assert_eq!(target(&case, 3).started_at, TUESDAY_10);
}

#[test]
fn a_promise_shortened_below_what_is_used_is_broken_at_once() {
    let short = TargetSpec { within_s: 60, ..resolution() };
    let case = asked(&[resolution()]).after(HOUR).then(targets(&[short]));
    assert_eq!(states(&case), [TargetState::Breached]);
    assert_eq!(target(&case, 1).due_at, Some(TUESDAY_10.plus_millis(MINUTE)));
    // While it pauses too, and an answer in the same moment comes too late.
    let short = TargetSpec { within_s: 60, ..first_response() };
    let case = asked(&[TargetSpec { within_s: 7200, ..first_response() }])
        .after(HOUR)
        .then(Command::Assign { user: sample::user(7) })
        .then(Command::Pend)
        .then(targets(&[short]))
        .then(from_person(7));
    assert_eq!(states(&case), [TargetState::Breached]);
    assert_eq!(target(&case, 1).due_at, Some(case.now));
}

#[test]
fn a_warning_is_not_repeated_after_a_pause() {
    let case = asked(&[resolution()]).after(7 * HOUR).on_time();
    assert_eq!(count(&case, "target_warned"), 1);
    let case = case.then(Command::Assign { user: sample::user(7) }).then(Command::Pend);
    let case = case.after(HOUR).then(from_customer()).after(1).on_time();
    assert_eq!(states(&case), [TargetState::Running]);
    assert_eq!((count(&case, "target_warned"), target(&case, 1).warn_at), (1, None));
}

#[test]
fn a_layer_answers_for_the_time_it_had_the_conversation() {
    let case = Case::open_in("first-line", TUESDAY_10).then(from_customer()).after(HOUR);
    let case =
        case.then(escalate()).after(HOUR).then(targets(&[resolution(), expert_resolution()]));
    assert_eq!(states(&case), [TargetState::Waiting, TargetState::Running]);
    assert_eq!(target(&case, 2).started_at, TUESDAY_10.plus_millis(HOUR));
}

#[test]
fn spam_drops_what_was_promised() {
    let case = asked(&[first_response(), next_response(), resolution()]);
    let case = case.then(Command::Close { reason: CloseReason::Spam });
    assert_eq!(states(&case), [TargetState::Dropped; 3]);
    // Settled ones stay as they were.
    let case = asked(&[first_response(), resolution(), expert_resolution()])
        .then(from_person(7))
        .then(Command::Resolve { solved: Solved::ByPerson })
        .after(4 * DAY)
        .on_time();
    assert_eq!(states(&case), [TargetState::Met, TargetState::Met, TargetState::Dropped]);
}

#[test]
fn resolved_without_an_answer_is_no_first_response() {
    let case = asked(&[first_response()]).after(MINUTE);
    let case = case.then(Command::Resolve { solved: Solved::ByPerson });
    assert_eq!(states(&case), [TargetState::Paused]);
    let reopened = case.clone().after(HOUR).then(from_customer());
    assert_eq!(states(&reopened), [TargetState::Running], "it is still owed");
    assert_eq!(target(&reopened, 1).due_at, Some(reopened.now.plus_millis(14 * MINUTE)));
    assert_eq!(states(&case.after(4 * DAY).on_time()), [TargetState::Dropped]);
}

#[test]
fn the_experts_first_answer_is_their_own() {
    let own = TargetSpec { metric: Metric::FirstResponse, ..expert_resolution() };
    let case = asked(&[first_response(), own]).then(from_person(7)).then(from_customer());
    assert_eq!(states(&case), [TargetState::Met, TargetState::Waiting]);
    let case = case.after(HOUR).then(escalate());
    assert_eq!(states(&case), [TargetState::Met, TargetState::Running]);
    let case = case.after(HOUR).then(from_person(9));
    assert_eq!(states(&case), [TargetState::Met; 2]);
    assert_eq!(used_minutes(&case, 2), 60);
}

#[test]
fn without_a_calendar_all_time_counts() {
    let plain = TargetSpec { calendar: None, pause_on: Vec::new(), ..resolution() };
    let case = asked(&[plain]);
    assert_eq!(target(&case, 1).due_at, Some(TUESDAY_10.plus_millis(8 * HOUR)));
    let case = case.then(Command::Assign { user: sample::user(7) }).then(Command::Pend);
    assert_eq!(states(&case), [TargetState::Running], "nothing pauses it");
    let used = clock::used_ms(&case.policy, target(&case, 1), TUESDAY_10.plus_millis(3 * HOUR));
    assert_eq!(used, 3 * HOUR as u64);
}

#[test]
fn back_with_the_bot_its_answer_ends_the_wait() {
    let case = Case::open().then(from_customer()).then(targets(&[next_response()]));
    let case = case.then(escalate()).then(from_person(9)).then(from_customer());
    let case = case.then(hand_back()).after(MINUTE);
    assert_eq!(states(&case), [TargetState::Running]);
    // The promise is about people: neither met nor missed, and it waits for the next message.
    let case = case.then(from_bot());
    assert_eq!(states(&case), [TargetState::Dropped, TargetState::Waiting]);
}

#[test]
fn a_call_for_tomorrow_does_not_break_todays_promise() {
    let number = "+358401234567".to_owned();
    let tomorrow = TUESDAY_10.plus_millis(DAY);
    let ask = Command::RequestCall { number: number.clone(), not_before: Some(tomorrow) };
    // Promised before the wish came, or after it: both wait for the moment that the customer named.
    let before = asked(&[first_response(), resolution()]).after(MINUTE).then(ask.clone());
    assert_eq!(states(&before), [TargetState::Paused, TargetState::Paused]);
    let after = Case::open_in("first-line", TUESDAY_10)
        .then(from_customer())
        .then(ask)
        .then(targets(&[first_response(), resolution()]));
    assert_eq!(states(&after), [TargetState::Waiting, TargetState::Waiting]);
    for (case, used) in [(before, 1), (after, 0)] {
        let case = case.after(20 * HOUR).on_time();
        assert_eq!(count(&case, "target_breached"), 0);
        let moment = Case { now: tomorrow, ..case }.on_time();
        assert_eq!(states(&moment), [TargetState::Running, TargetState::Running]);
        let due = tomorrow.plus_millis((15 - used) * MINUTE);
        assert_eq!(target(&moment, 1).due_at, Some(due), "fifteen minutes from then");
        let late = Case { now: due.plus_millis(1), ..moment.clone() }.on_time();
        assert_eq!(count(&late, "target_breached"), 1, "and from then on it counts");
        late.check();
        // What nobody answered is tried again later: meanwhile nothing runs out either.
        let end = |outcome| Command::EndCall { outcome, plan: CallPlan::default() };
        let again = moment.after(MINUTE).then_by(Some(sample::user(7)), end(CallOutcome::NoAnswer));
        assert_eq!(states(&again), [TargetState::Met, TargetState::Paused]);
        let again = again.after(30 * MINUTE).on_time();
        assert_eq!(states(&again)[1], TargetState::Running);
        assert_eq!(used_minutes(&again, 2), used + 1, "the half hour does not count");
        again.check();
    }
    // A call as soon as possible is promised like everything else.
    let now = asked(&[first_response()]).then(Command::RequestCall { number, not_before: None });
    assert_eq!(states(&now), [TargetState::Running]);
}

/// What the last step took, as (metric, layer, minutes).
fn took_by(case: &Case, step: impl FnOnce(Case) -> Case) -> (Case, Vec<(Metric, String, i64)>) {
    let before = case.conversation.clone();
    let after = step(case.clone());
    let all = took::took(&before, &after.conversation, &after.policy, after.now);
    let minutes = |ms: u64| i64::try_from(ms).expect("fits") / MINUTE;
    let all = all.into_iter().map(|one| (one.metric, one.layer.to_string(), minutes(one.ms)));
    (after, all.collect())
}

#[test]
fn every_answer_and_solution_is_timed_once_promised_or_not() {
    use Metric::{FirstResponse, NextResponse, Resolution};
    let line = |metric, minutes| (metric, "first-line".to_owned(), minutes);
    // Nothing promised; two promises of each kind, all of them missed: the same.
    let client = TargetSpec { owner: Owner::Client, within_s: 60, ..resolution() };
    let twice = [first_response(), next_response(), resolution(), client];
    for specs in [&[][..], &twice[..]] {
        let case = asked(specs);
        let (case, none) = took_by(&case, |case| case.after(20 * MINUTE).then(from_bot()));
        assert_eq!(none, [], "a bot beside people answers nothing");
        let (case, first) = took_by(&case, |case| case.then(from_person(7)));
        assert_eq!(first, [line(FirstResponse, 20)], "late by five minutes");
        let (case, none) = took_by(&case, |case| case.after(HOUR).then(from_customer()));
        assert_eq!(none, []);
        let case = case.after(30 * MINUTE).then(from_customer());
        let (case, next) = took_by(&case, |case| case.after(40 * MINUTE).then(from_person(7)));
        assert_eq!(next, [line(NextResponse, 70)], "from the oldest unanswered one");
        let case = case.then(from_customer()).after(10 * HOUR);
        // Resolved half an hour after closing time, with a message unanswered.
        let solve = Command::Resolve { solved: Solved::ByPerson };
        let (case, both) = took_by(&case, |case| case.then(solve));
        assert_eq!(both, [line(NextResponse, 570), line(Resolution, 720)], "nobody works at night");
        // The time of the second solution goes on from opening.
        let case = case.after(10 * HOUR).then(from_customer());
        let (_, again) = took_by(&case, |case| {
            case.after(HOUR).then(Command::Resolve { solved: Solved::Assumed })
        });
        assert_eq!(again.last(), Some(&line(Resolution, 720 + 90)));
    }
}

#[test]
fn what_nobody_answered_is_not_timed() {
    let case = asked(&[first_response()]);
    let (_, none) = took_by(&case, |case| {
        case.after(MINUTE).then(Command::Close { reason: CloseReason::Unsolved })
    });
    assert_eq!(none, []);
    // An agent who writes first answers nobody.
    let proactive = Case::open_in("first-line", TUESDAY_10);
    assert_eq!(took_by(&proactive, |case| case.then(from_person(7))).1, []);
    // A bot that solves: only the solution is timed, in its layer.
    let bot = Case::open().then(from_customer()).after(MINUTE).then(from_bot());
    let (_, solved) =
        took_by(&bot, |case| case.then(Command::Resolve { solved: Solved::Confirmed }));
    assert_eq!(solved, [(Metric::Resolution, "self-service".to_owned(), 1)]);
}

#[test]
fn a_promise_in_other_hours_is_timed_in_its_own() {
    // 21:30 to 9:00: the first line counts 90 minutes, a promise around the clock all of it.
    let around = TargetSpec { calendar: None, ..first_response() };
    for (specs, minutes) in [(vec![first_response()], 90), (vec![around], 690), (vec![], 90)] {
        let case = Case::open_in("first-line", TUESDAY_10.plus_millis(11 * HOUR + 30 * MINUTE))
            .then(from_customer())
            .then(targets(&specs))
            .after(11 * HOUR + 30 * MINUTE);
        let (_, first) = took_by(&case, |case| case.then(from_person(7)));
        assert_eq!(first, [(Metric::FirstResponse, "first-line".to_owned(), minutes)]);
    }
}
