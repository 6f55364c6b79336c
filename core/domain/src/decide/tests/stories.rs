//! Conversations as they go.

use super::*;
use crate::call::{CallOutcome, CallPlan};
use crate::conversation::Origin;
use crate::event::Event;
use crate::id::Tag;
use crate::policy::{LayerKind, OutOfHours};

fn layer(case: &Case) -> &str {
    case.conversation.layer.as_str()
}

#[test]
fn a_question_goes_from_bot_to_agent_to_expert_and_back() {
    let case = Case::open();
    assert_eq!(case.last(3), ["opened", "entered", "bot_took"]);
    let case = case.then(from_customer()).then(from_bot());
    assert_eq!(case.conversation.state, State::Bot);
    assert_eq!(case.conversation.preview, "Hei, miten menee?");
    assert_eq!(case.conversation.reached_person_at, None);

    let case = case.after(MINUTE).then(Command::HandOff { to: None });
    assert_eq!(case.last(2), ["entered", "queued"]);
    assert_eq!(layer(&case), "first-line");
    assert_eq!(case.conversation.reached_person_at, Some(case.now));

    let agent = sample::user(7);
    let case = case.after(MINUTE).then_by(Some(agent), from_person(7));
    assert_eq!(case.last(2), ["message_added", "assigned"]);
    assert_eq!(case.conversation.assignee, Some(agent));
    assert_eq!(case.conversation.first_response_at, Some(case.now));

    let case = case.then_by(Some(agent), escalate());
    assert_eq!(case.last(3), ["escalated", "entered", "queued"]);
    assert_eq!((layer(&case), case.conversation.assignee), ("experts", None));
    let briefing = case.conversation.briefing.clone().expect("a briefing");
    assert_eq!((briefing.by, briefing.from.as_str()), (Some(agent), "first-line"));

    let case = case.then(Command::Assign { user: sample::user(9) }).then(hand_back());
    assert_eq!(case.last(3), ["handed_back", "entered", "assigned"]);
    assert_eq!((layer(&case), case.conversation.assignee), ("first-line", Some(agent)));
    assert_eq!((case.conversation.escalations, case.conversation.bounced), (1, 1));
    assert_eq!(case.refused(hand_back()), Refusal::NotEscalated);

    let case = case.then_by(Some(agent), Command::Resolve { solved: Solved::ByPerson });
    let resolution = case.conversation.resolution.clone().expect("a resolution");
    assert_eq!((resolution.layer.as_str(), resolution.by), ("first-line", Some(agent)));
    assert_eq!(case.conversation.entered.len(), 3);
}

#[test]
fn hand_back_goes_step_by_step_through_four_layers() {
    let mut case = Case::open();
    let mut super_users = case.policy.layers[1].clone();
    super_users.id = "super-users".into();
    case.policy.layers.insert(2, super_users);
    let case = case
        .then(from_customer())
        .then(Command::HandOff { to: None })
        .then(Command::Assign { user: sample::user(7) })
        .then(Command::Escalate { to: None, fields: Default::default() })
        .then(escalate());
    assert_eq!(layer(&case), "experts");
    let origin =
        |layer: &str, to: &str, assignee| Origin { layer: layer.into(), to: to.into(), assignee };
    assert_eq!(
        case.conversation.origins,
        [
            origin("first-line", "super-users", Some(sample::user(7))),
            origin("super-users", "experts", None)
        ]
    );
    // Nobody held it among the super users: back into their queue.
    let case = case.then(hand_back());
    assert_eq!((layer(&case), case.conversation.state), ("super-users", State::Queued));
    let case = case.then(hand_back());
    assert_eq!((layer(&case), case.conversation.state), ("first-line", State::Assigned));
    assert_eq!(case.conversation.assignee, Some(sample::user(7)));
    assert_eq!(case.refused(hand_back()), Refusal::NotEscalated);
}

#[test]
fn a_customer_who_writes_at_night_waits_for_the_shift_whoever_had_it() {
    let agent = sample::user(7);
    // First line closes at 22:00 and opens at 8:00.
    let morning = TUESDAY_10.plus_millis(22 * HOUR);
    for state in [State::Assigned, State::Pending] {
        let case = in_state(state).after(13 * HOUR).then(from_customer());
        assert_eq!(case.last(3), ["message_added", "released", "waits"], "{state:?}");
        assert_eq!(case.conversation.state, State::OutOfHours);
        assert_eq!(case.conversation.waits_until, Some(morning));
        let holders = (case.conversation.assignee, case.conversation.previous_assignee);
        assert_eq!(holders, (None, Some(agent)));
        // More words change nothing; opening brings it into the queue, to that person first.
        let case = case.after(MINUTE).then(from_customer());
        assert_eq!(case.last(1), ["message_added"]);
        let mut case = case;
        case.now = morning;
        let case = case.on_time();
        assert_eq!(case.conversation.state, State::Queued);
        let need = crate::routing::Need::of(&case.conversation, &case.policy).expect("a layer");
        assert_eq!(need.previous, Some(agent));
        case.check();
    }
    // Who works late has it again by answering.
    let late = in_state(State::Assigned).after(13 * HOUR).then(from_customer());
    let late = late.after(MINUTE).then_by(Some(agent), from_person(7));
    assert_eq!(
        (late.conversation.state, late.conversation.assignee),
        (State::Assigned, Some(agent))
    );
    // A layer that queues at all hours takes nothing away.
    let mut queues = in_state(State::Pending).after(13 * HOUR);
    queues.policy.layers[1].out_of_hours = OutOfHours::Queue;
    let queues = queues.then(from_customer());
    assert_eq!(queues.conversation.state, State::Assigned);
}

#[test]
fn handed_back_to_nobody_it_waits() {
    let escalated = || in_state(State::Assigned).then(escalate());
    // The experts answer after the first line has gone home.
    let night = escalated().after(13 * HOUR).then(hand_back());
    assert_eq!(night.last(3), ["handed_back", "entered", "waits"]);
    assert_eq!(night.conversation.previous_assignee, Some(sample::user(7)));
    // Open, but the person is away: whoever is there takes it.
    let away = Command::HandBack { reason: "why?".into(), missing_facts: true, former_away: true };
    let day = escalated().then(away);
    assert_eq!(day.last(3), ["handed_back", "entered", "queued"]);
    assert_eq!(
        (day.conversation.assignee, day.conversation.previous_assignee),
        (None, Some(sample::user(7)))
    );
}

#[test]
fn escalation_needs_its_briefing_and_a_later_layer() {
    let case = in_state(State::Assigned);
    let escalate = |to: Option<&str>, drop: &str, blank: &str| {
        let mut fields = sample::briefing_fields();
        fields.remove(drop);
        fields.entry(blank.to_owned()).and_modify(|text| *text = " \n".into());
        Command::Escalate { to: to.map(LayerId::from), fields }
    };
    assert_eq!(
        case.refused(escalate(None, "problem", "question")),
        Refusal::BriefingIncomplete { missing: vec!["problem".into(), "question".into()] }
    );
    assert!(matches!(case.refused(escalate(Some("first-line"), "", "")), Refusal::NotLater { .. }));
    assert!(matches!(
        case.refused(escalate(Some("self-service"), "", "")),
        Refusal::NotLater { .. }
    ));
    assert!(matches!(case.refused(escalate(Some("nowhere"), "", "")), Refusal::NoSuchLayer { .. }));
    let case = case.then(escalate(Some("experts"), "", ""));
    assert!(matches!(case.refused(escalate(None, "", "")), Refusal::NoSuchLayer { .. }));
    let blank = Command::HandBack { reason: "  ".into(), missing_facts: false, former_away: false };
    assert_eq!(case.refused(blank), Refusal::ReasonNeeded);
}

#[test]
fn no_handoff_around_the_briefing() {
    let case = in_state(State::Bot);
    let to = |layer: &str| Command::HandOff { to: Some(LayerId::from(layer)) };
    assert!(matches!(case.refused(to("experts")), Refusal::BriefingIncomplete { .. }));
    assert!(matches!(case.refused(to("nowhere")), Refusal::NoSuchLayer { .. }));
    assert!(matches!(case.refused(to("self-service")), Refusal::NotLater { .. }));
    let mut alone = case.clone();
    alone.policy.layers.truncate(1);
    assert!(matches!(alone.refused(Command::HandOff { to: None }), Refusal::NoSuchLayer { .. }));
    assert_eq!(layer(&case.then(to("first-line"))), "first-line");
}

#[test]
fn a_closed_layer_waits_or_queues_as_the_tenant_wants() {
    let night = TUESDAY_10.plus_millis(13 * HOUR); // 23:00, first line closed until 8:00
    let opens = TUESDAY_10.plus_millis(22 * HOUR);
    let case = Case::open_in("self-service", night)
        .then(from_customer())
        .then(Command::HandOff { to: None });
    assert_eq!(case.last(2), ["entered", "waits"]);
    assert_eq!(case.conversation.waits_until, Some(opens));
    assert_eq!(case.clone().then(Command::Open).conversation.state, State::Queued);

    let mut at_once = Case::open_in("self-service", night);
    at_once.policy.layers[1].out_of_hours = OutOfHours::Queue;
    let at_once = at_once.then(Command::HandOff { to: None });
    assert_eq!(at_once.conversation.state, State::Queued);

    // What an agent puts back at the end of the shift waits for the next one.
    let case = Case::open_in("first-line", TUESDAY_10)
        .then(Command::Assign { user: sample::user(7) })
        .after(13 * HOUR)
        .then(Command::Release);
    assert_eq!(case.last(2), ["released", "waits"]);
    assert_eq!(case.conversation.previous_assignee, Some(sample::user(7)));
}

#[test]
fn a_message_within_the_window_reopens_into_the_layer_that_resolved() {
    let window = 72 * HOUR;
    let by_bot = Case::open()
        .then(from_customer())
        .then(from_bot())
        .then(Command::Resolve { solved: Solved::Confirmed });
    let by_agent = in_state(State::Resolved);

    for (case, expected, state) in [
        (&by_bot, vec!["message_added", "reopened", "bot_took"], State::Bot),
        (&by_agent, vec!["message_added", "reopened", "queued"], State::Queued),
    ] {
        let in_time = case.clone().after(window - 1);
        assert!(accepts_message(&in_time.conversation, &in_time.policy, in_time.now));
        let reopened = in_time.then(from_customer());
        assert_eq!(reopened.last(3), expected);
        assert_eq!(reopened.conversation.state, state);
        assert_eq!(reopened.conversation.reopened, 1);
        assert_eq!(reopened.conversation.resolution, None);
        assert!(reopened.conversation.first_resolved_at.is_some());

        let late = case.clone().after(window);
        assert!(!accepts_message(&late.conversation, &late.policy, late.now));
        assert_eq!(late.refused(from_customer()), Refusal::WrongState { state: State::Resolved });
    }
    // Routing will prefer who had it.
    let reopened = by_agent.then(from_customer());
    assert_eq!(reopened.conversation.previous_assignee, Some(sample::user(7)));
    // At night it waits, as anything new would.
    let at_night = in_state(State::Resolved).after(13 * HOUR).then(from_customer());
    assert_eq!(at_night.conversation.state, State::OutOfHours);
}

#[test]
fn a_tag_may_be_needed_and_must_be_known() {
    let mut case = in_state(State::Assigned);
    case.policy.tag_required = true;
    case.policy.tags = vec![Tag::from("card"), Tag::from("lunch")];
    let by_person = Command::Resolve { solved: Solved::ByPerson };
    assert_eq!(case.refused(by_person.clone()), Refusal::TagNeeded);
    let confirmed = Command::Resolve { solved: Solved::Confirmed };
    assert_eq!(case.clone().then(confirmed).conversation.state, State::Resolved);
    let tag = |tag: &str| Command::AddTag { tag: Tag::from(tag), confidence: None };
    assert_eq!(case.refused(tag("bus")), Refusal::UnknownTag { tag: Tag::from("bus") });
    let case = case.then(tag("card"));
    let entries = case.journal.len();
    let case = case.then(tag("card"));
    assert_eq!(case.journal.len(), entries, "on already: nothing happens");
    assert_eq!(case.then(by_person).conversation.state, State::Resolved);
}

#[test]
fn texts_have_a_size_and_customers_write_no_notes() {
    let case = in_state(State::Bot);
    let say = |text: String, visibility| Command::AddMessage {
        message: MessageId(uuid::Uuid::from_u128(1)),
        author: Author::Contact,
        visibility,
        text,
    };
    for text in [String::new(), " \n".into(), "ä".repeat(8193)] {
        let bytes = text.len();
        assert_eq!(case.refused(say(text, Visibility::Public)), Refusal::TextSize { bytes });
    }
    let before = case.conversation.customer_messages;
    let case = case.then(say("ä".repeat(8192), Visibility::Internal));
    assert_eq!(case.conversation.customer_messages, before + 1);
    assert_eq!(case.conversation.preview.chars().count(), 120);
    let memory = |bytes: usize| Command::RememberBot { state: Some("x".repeat(bytes)) };
    assert_eq!(case.refused(memory(16_385)), Refusal::TextSize { bytes: 16_385 });
    assert!(case.then(memory(16_384)).conversation.bot_state.is_some());
}

#[test]
fn what_the_tenant_does_not_know_is_refused() {
    let case = in_state(State::Queued);
    let segment = Command::SetSegment { segment: Some("pirates".into()) };
    assert!(matches!(case.refused(segment), Refusal::Unknown { .. }));
    let targets = |change: fn(&mut crate::sla::TargetSpec)| {
        let mut spec = sample::first_response();
        change(&mut spec);
        Command::SetTargets { targets: vec![spec] }
    };
    for command in [
        targets(|spec| spec.calendar = Some("moon".into())),
        targets(|spec| spec.layer = Some("nowhere".into())),
        targets(|spec| spec.within_s = 0),
        targets(|spec| spec.warn_at = Some(100)),
    ] {
        assert!(matches!(case.refused(command), Refusal::Unknown { .. }));
    }
}

#[test]
fn who_writes_is_who_did_it() {
    let case = in_state(State::Queued).then(from_person(7));
    let by: Vec<Option<UserId>> = case.journal.iter().map(|entry| entry.by).collect();
    let person = Some(sample::user(7));
    assert_eq!(by[by.len() - 2..], [person, person]);
    assert!(by[..by.len() - 2].iter().all(Option::is_none));
    let supervisor = Some(sample::user(1));
    let case =
        in_state(State::Queued).then_by(supervisor, Command::Assign { user: sample::user(7) });
    assert_eq!(case.journal.last().expect("an entry").by, supervisor);
}

#[test]
fn a_layer_that_left_the_policy_is_served_as_open() {
    let mut case = in_state(State::Resolved);
    case.policy.layers.remove(1);
    let case = case.then(from_customer());
    assert_eq!(case.conversation.state, State::Queued);
    let case = Case::open_in("nowhere", TUESDAY_10);
    let entered = |entry: &Entry| matches!(&entry.event, Event::Entered { personal: true, layer } if *layer == "nowhere".into());
    assert!(case.journal.iter().any(entered));
    assert_eq!(case.conversation.state, State::Queued);
    assert_eq!(case.policy.layers[0].kind, LayerKind::SelfService);
}

#[test]
fn a_call_that_nobody_answers_comes_back_in_the_hours_and_ends_with_the_caller() {
    let plan = || CallPlan { waits_s: vec![1800] };
    let number = || "+358401234567".to_owned();
    let end = |outcome| Command::EndCall { outcome, plan: plan() };
    let agent = sample::user(7);
    let case = Case::open_in("first-line", TUESDAY_10).then(from_customer());
    let case = case.then(Command::RequestCall { number: number(), not_before: None });
    let case = case.then_by(Some(agent), Command::Assign { user: agent });
    let case = case.after(MINUTE).then_by(Some(agent), end(CallOutcome::NoAnswer));
    assert_eq!(case.last(3), ["call_ended", "released", "waits"]);
    let first = case.conversation.first_response_at;
    assert_eq!(first, Some(case.now), "who calls has responded");
    assert_eq!(case.conversation.waits_until, Some(case.now.plus_millis(30 * MINUTE)));
    let case = case.after(30 * MINUTE).on_time();
    assert_eq!(case.conversation.state, State::Queued);
    let case = case.then_by(Some(agent), Command::Assign { user: agent });
    let case = case.then_by(Some(agent), end(CallOutcome::NoAnswer));
    assert_eq!(case.conversation.state, State::Assigned, "tried often enough: a person decides");
    let case = case.then_by(Some(agent), end(CallOutcome::Reached));
    assert_eq!(case.conversation.call.as_ref().map(|call| call.attempts), Some(3));
    assert_eq!(case.refused(end(CallOutcome::Reached)), Refusal::NoCall);
    case.check();
}

#[test]
fn a_call_for_later_waits_for_its_hour_inside_the_hours() {
    let number = || "+358401234567".to_owned();
    let night = TUESDAY_10.plus_millis(14 * HOUR);
    let case = Case::open_in("first-line", TUESDAY_10).then(from_customer());
    let case = case.then(Command::RequestCall { number: number(), not_before: Some(night) });
    assert_eq!(case.conversation.state, State::OutOfHours);
    assert_eq!(case.conversation.waits_until, Some(TUESDAY_10.plus_millis(22 * HOUR)));
    let soon = TUESDAY_10.plus_millis(HOUR);
    let case = Case::open_in("first-line", TUESDAY_10).then(from_customer());
    let case = case.then(Command::RequestCall { number: number(), not_before: Some(soon) });
    assert_eq!(case.conversation.waits_until, Some(soon));
    case.check();
}

#[test]
fn a_mention_asks_for_attention_until_a_person_writes() {
    let case = Case::open_in("first-line", TUESDAY_10).then(from_customer());
    let case = case.then(Command::CallAgent { by: "Olli".into() });
    let since = case.conversation.attention;
    assert_eq!(since, Some(case.now));
    let case = case.after(MINUTE).then(Command::CallAgent { by: "Olli".into() });
    assert_eq!(case.conversation.attention, since);
    let case = case.then(from_person(7));
    assert_eq!(case.conversation.attention, None);
    let case = case.then(Command::CallAgent { by: "Olli".into() }).then(Command::Attend);
    assert_eq!(case.conversation.attention, None);
    case.check();
}
