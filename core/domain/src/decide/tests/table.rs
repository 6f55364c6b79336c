//! The whole transition table: every state with every command.

use super::*;
use crate::conversation::Priority;
use crate::id::Tag;
use crate::message::DeliveryState;

/// One of every kind of command, valid where its state is right.
fn commands() -> Vec<(&'static str, Command)> {
    let close = |reason| Command::Close { reason };
    vec![
        ("customer", from_customer()),
        ("bot", from_bot()),
        ("notice", message(Author::System, Visibility::Public)),
        ("person", from_person(7)),
        ("note", message(Author::Person { user: sample::user(7) }, Visibility::Internal)),
        (
            "delivery",
            Command::SetDelivery {
                message: MessageId(uuid::Uuid::from_u128(1)),
                state: DeliveryState::Sent,
                reason: None,
            },
        ),
        ("remember", Command::RememberBot { state: Some("{}".into()) }),
        ("hand off", Command::HandOff { to: None }),
        ("open", Command::Open),
        ("assign", Command::Assign { user: sample::user(8) }),
        ("pend", Command::Pend),
        ("release", Command::Release),
        (
            "escalate",
            Command::Escalate { to: Some("experts".into()), fields: sample::briefing_fields() },
        ),
        ("hand back", hand_back()),
        ("tag", Command::AddTag { tag: Tag::from("card"), confidence: Some(90) }),
        ("untag", Command::RemoveTag { tag: Tag::from("card") }),
        ("priority", Command::SetPriority { priority: Priority::Urgent }),
        ("segment", Command::SetSegment { segment: Some("employers".into()) }),
        ("language", Command::SetLanguage { language: "sv".into() }),
        ("targets", Command::SetTargets { targets: vec![sample::resolution()] }),
        ("tick", Command::Tick),
        ("resolve", Command::Resolve { solved: Solved::ByPerson }),
        ("reopen", Command::Reopen),
        ("settle", close(CloseReason::Settled)),
        ("spam", close(CloseReason::Spam)),
        ("merged", close(CloseReason::Merged)),
        ("unsolved", close(CloseReason::Unsolved)),
        ("abandoned", close(CloseReason::Abandoned)),
        (
            "file",
            Command::SetFile {
                message: MessageId(uuid::Uuid::from_u128(1)),
                file: crate::id::FileId(uuid::Uuid::from_u128(1)),
                reason: None,
            },
        ),
        ("call agent", Command::CallAgent { by: "Olli".into() }),
        ("attend", Command::Attend),
        ("ask a call", Command::RequestCall { number: "+358401234567".into(), not_before: None }),
        (
            "end a call",
            Command::EndCall {
                outcome: crate::call::CallOutcome::Reached,
                plan: crate::call::CallPlan::default(),
            },
        ),
        ("tell closed", Command::TellClosed),
    ]
}

/// The table: the state after the command, `-` where it is refused. Columns in the order of
/// `State::ALL`: Bot, OutOfHours, Queued, Assigned, Pending, Resolved, Closed.
#[rustfmt::skip]
const TABLE: [(&str, [&str; 7]); 34] = [
    //               Bot         OutOfHours   Queued      Assigned    Pending     Resolved    Closed
    ("customer",   ["Bot",       "OutOfHours", "Queued",   "Assigned", "Assigned", "Queued",   "-"]),
    ("bot",        ["Bot",       "OutOfHours", "Queued",   "Assigned", "Pending",  "Resolved", "-"]),
    ("notice",     ["Bot",       "OutOfHours", "Queued",   "Assigned", "Pending",  "Resolved", "-"]),
    ("person",     ["-",         "Assigned",   "Assigned", "Assigned", "Pending",  "Resolved", "-"]),
    ("note",       ["Bot",       "OutOfHours", "Queued",   "Assigned", "Pending",  "Resolved", "Closed"]),
    ("delivery",   ["Bot",       "OutOfHours", "Queued",   "Assigned", "Pending",  "Resolved", "Closed"]),
    ("remember",   ["Bot",       "OutOfHours", "Queued",   "Assigned", "Pending",  "Resolved", "-"]),
    ("hand off",   ["Queued",    "-",          "-",        "-",        "-",        "-",        "-"]),
    ("open",       ["-",         "Queued",     "-",        "-",        "-",        "-",        "-"]),
    ("assign",     ["-",         "Assigned",   "Assigned", "Assigned", "Assigned", "-",        "-"]),
    ("pend",       ["-",         "-",          "-",        "Pending",  "-",        "-",        "-"]),
    ("release",    ["-",         "-",          "-",        "Queued",   "Queued",   "-",        "-"]),
    ("escalate",   ["Queued",    "OutOfHours", "Queued",   "Queued",   "Queued",   "-",        "-"]),
    ("hand back",  ["-",         "-",          "-",        "-",        "-",        "-",        "-"]),
    ("tag",        ["Bot",       "OutOfHours", "Queued",   "Assigned", "Pending",  "Resolved", "Closed"]),
    ("untag",      ["Bot",       "OutOfHours", "Queued",   "Assigned", "Pending",  "Resolved", "Closed"]),
    ("priority",   ["Bot",       "OutOfHours", "Queued",   "Assigned", "Pending",  "Resolved", "-"]),
    ("segment",    ["Bot",       "OutOfHours", "Queued",   "Assigned", "Pending",  "Resolved", "-"]),
    ("language",   ["Bot",       "OutOfHours", "Queued",   "Assigned", "Pending",  "Resolved", "-"]),
    ("targets",    ["Bot",       "OutOfHours", "Queued",   "Assigned", "Pending",  "Resolved", "-"]),
    ("tick",       ["Bot",       "OutOfHours", "Queued",   "Assigned", "Pending",  "Resolved", "Closed"]),
    ("resolve",    ["Resolved",  "Resolved",   "Resolved", "Resolved", "Resolved", "-",        "-"]),
    ("reopen",     ["-",         "-",          "-",        "-",        "-",        "Queued",   "-"]),
    ("settle",     ["-",         "-",          "-",        "-",        "-",        "Closed",   "-"]),
    ("spam",       ["Closed",    "Closed",     "Closed",   "Closed",   "Closed",   "Closed",   "-"]),
    ("merged",     ["Closed",    "Closed",     "Closed",   "Closed",   "Closed",   "Closed",   "-"]),
    ("unsolved",   ["Closed",    "Closed",     "Closed",   "Closed",   "Closed",   "-",        "-"]),
    ("abandoned",  ["Closed",    "Closed",     "Closed",   "Closed",   "Closed",   "-",        "-"]),
    ("file",       ["Bot",       "OutOfHours", "Queued",   "Assigned", "Pending",  "Resolved", "Closed"]),
    ("call agent", ["Bot",       "OutOfHours", "Queued",   "Assigned", "Pending",  "Resolved", "-"]),
    ("attend",     ["Bot",       "OutOfHours", "Queued",   "Assigned", "Pending",  "Resolved", "Closed"]),
    ("ask a call", ["Bot",       "OutOfHours", "Queued",   "Assigned", "Pending",  "-",        "-"]),
    ("end a call", ["-",         "-",          "-",        "-",        "-",        "-",        "-"]),
    ("tell closed", ["Bot",      "OutOfHours", "Queued",   "Assigned", "Pending",  "Resolved", "Closed"]),
];

#[test]
fn every_state_answers_every_command() {
    let mut faults = Vec::new();
    for ((name, command), (row, expected)) in commands().into_iter().zip(TABLE) {
        assert_eq!(name, row);
        for (state, expected) in State::ALL.into_iter().zip(expected) {
            let case = in_state(state);
            let found =
                match decide(&case.conversation, &case.policy, command.clone(), None, case.now) {
                    Ok((after, _)) => format!("{:?}", after.state),
                    Err(Refusal::WrongState { state: told }) => {
                        assert_eq!(told, state);
                        "-".to_owned()
                    }
                    // Nothing of these was escalated; the hand-back's own story tells the rest.
                    Err(Refusal::NotEscalated) if name == "hand back" => "-".to_owned(),
                    // Nobody asked for a call; its own story tells the rest.
                    Err(Refusal::NoCall) if name == "end a call" => "-".to_owned(),
                    Err(other) => format!("{other:?}"),
                };
            if found != expected {
                faults.push(format!("{state:?} + {name}: expected {expected}, found {found}"));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn every_kind_of_command_is_in_the_table() {
    let kinds: std::collections::BTreeSet<String> = commands()
        .iter()
        .map(|(_, command)| {
            let command = serde_json::to_value(command).expect("JSON");
            command["command"].as_str().expect("a tag").to_owned()
        })
        .collect();
    // A new command makes this match incomplete: give it a row above, then count it here.
    let known = |command: &Command| match command {
        Command::AddMessage { .. }
        | Command::SetDelivery { .. }
        | Command::RememberBot { .. }
        | Command::HandOff { .. }
        | Command::Open
        | Command::Assign { .. }
        | Command::Pend
        | Command::Release
        | Command::Escalate { .. }
        | Command::HandBack { .. }
        | Command::AddTag { .. }
        | Command::RemoveTag { .. }
        | Command::SetPriority { .. }
        | Command::SetSegment { .. }
        | Command::SetLanguage { .. }
        | Command::SetTargets { .. }
        | Command::Tick
        | Command::Resolve { .. }
        | Command::Reopen
        | Command::SetFile { .. }
        | Command::CallAgent { .. }
        | Command::Attend
        | Command::RequestCall { .. }
        | Command::EndCall { .. }
        | Command::TellClosed
        | Command::Close { .. } => 26,
    };
    assert_eq!(kinds.len(), known(&Command::Tick));
}
