//! Whatever is asked, in whatever order: the journal folds to the row, sequences have no gaps, and
//! messages stand where the journal says.

use std::sync::Arc;

use kerros_app::assign::{Assign, assign};
use kerros_app::close::{Close, close};
use kerros_app::escalate::{Escalate, escalate};
use kerros_app::hand_back::{HandBack, hand_back};
use kerros_app::note::{Note, note};
use kerros_app::pend::{Pend, pend};
use kerros_app::ports::bot::Action;
use kerros_app::ports::store::{Role, Scope};
use kerros_app::release::{Release, release};
use kerros_app::reopen::{Reopen, reopen};
use kerros_app::reply::{Reply, reply};
use kerros_app::resolve::{Resolve, resolve};
use kerros_app::set_priority::{SetPriority, set_priority};
use kerros_app::{Caller, board, tag};
use kerros_domain::conversation::{CloseReason, Priority};
use kerros_domain::event::Event;
use kerros_domain::id::ConversationId;
use kerros_domain::sample;
use proptest::prelude::*;

use crate::house::{House, message, tenant};
use crate::plugins::Hook;

#[derive(Debug, Clone)]
enum Step {
    Writes { thread: u8, text: String },
    Waits { minutes: i64 },
    Does { verb: u8, conversation: usize, expert: bool },
    Conflicts { count: u32 },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..3_u8, "[a-z]{1,12}").prop_map(|(thread, text)| Step::Writes { thread, text }),
        2 => (1..2000_i64).prop_map(|minutes| Step::Waits { minutes }),
        8 => (0..12_u8, 0..6_usize, any::<bool>())
            .prop_map(|(verb, conversation, expert)| Step::Does { verb, conversation, expert }),
        1 => (1..4_u32).prop_map(|count| Step::Conflicts { count }),
    ]
}

async fn act(house: &House, caller: &Caller, verb: u8, conversation: ConversationId) {
    let ctx = &house.ctx;
    // Refusals are part of the game; anything else is not.
    let answer = match verb {
        0 => assign(ctx, caller, Assign { conversation, user: None }).await.map(drop),
        1 => release(ctx, caller, Release { conversation }).await.map(drop),
        2 => pend(ctx, caller, Pend { conversation }).await.map(drop),
        3 => {
            let fields = sample::briefing_fields();
            escalate(ctx, caller, Escalate { conversation, to: None, fields }).await.map(drop)
        }
        4 => {
            let cmd = HandBack { conversation, reason: "why".into(), missing_facts: true };
            hand_back(ctx, caller, cmd).await.map(drop)
        }
        5 => resolve(ctx, caller, Resolve { conversation }).await.map(drop),
        6 => reopen(ctx, caller, Reopen { conversation }).await.map(drop),
        7 => {
            let cmd = Close { conversation, reason: CloseReason::Unsolved };
            close(ctx, caller, cmd).await.map(drop)
        }
        8 => {
            let cmd = tag::Tag { conversation, tag: "bikes".into() };
            tag::add(ctx, caller, cmd).await.map(drop)
        }
        9 => {
            let cmd = SetPriority { conversation, priority: Priority::High };
            set_priority(ctx, caller, cmd).await.map(drop)
        }
        10 => {
            let cmd = Note { conversation, text: "n".into(), idempotency_key: None };
            note(ctx, caller, cmd).await.map(drop)
        }
        _ => {
            let cmd = Reply { conversation, text: "r".into(), idempotency_key: None };
            reply(ctx, caller, cmd).await.map(drop)
        }
    };
    use kerros_app::Error::{Forbidden, NotFound, Refused};
    assert!(matches!(answer, Ok(()) | Err(Refused(_) | Forbidden | NotFound)), "{answer:?}");
}

async fn play(steps: Vec<Step>) {
    let house = House::new();
    let tenant_id = "aurinko".into();
    *house.plugins.sla.lock() = Box::new(|facts| {
        Ok(match facts.layer.as_str() {
            "experts" => vec![sample::resolution(), sample::expert_resolution()],
            _ => vec![sample::first_response(), sample::next_response(), sample::resolution()],
        })
    });
    house.plugins.bot_does(|turn| match turn.conversation.messages.len() % 3 {
        0 => vec![Action::HandOff { to: None, briefing: Vec::new() }],
        1 => vec![Action::Say { text: "so?".into(), parts: Vec::new() }],
        _ => vec![Action::Resolve { confirmed: false }],
    });
    let agent = house.agent(1).await;
    let expert = house.person(2, Role::Expert, &[("aurinko", &["experts"])], false).await;
    // The board is looked at from the first: every commit must find its way to it.
    let today = || board::of_tenant(&house.ctx, &tenant_id, Some("2026-02-10"));
    today().await.unwrap();
    let mut written = 0;
    for step in steps {
        match step {
            Step::Writes { thread, text } => {
                written += 1;
                let event = message(&format!("t{thread}"), &format!("m{written}"), &text);
                let hook = Hook { key: None, events: vec![event] };
                house.hook("aurinko", "tele", &hook).await.unwrap();
            }
            Step::Waits { minutes } => {
                // Workers sleep through no day: what is tried again must not expire in one leap.
                for hour in (0..minutes).step_by(60) {
                    house.forward((minutes - hour).min(60) * 60).await;
                }
                today().await.unwrap();
            }
            Step::Does { verb, conversation, expert: by_expert } => {
                let all = house.store.conversations();
                if let Some((row, _)) = all.get(conversation % all.len().max(1)) {
                    let caller = if by_expert { &expert } else { &agent };
                    act(&house, caller, verb, row.id).await;
                }
            }
            Step::Conflicts { count } => house.store.conflict(count),
        }
    }
    house.forward(60).await;
    house.verify().await;
    let other = House::node(2, Arc::clone(&house.store), house.clock.clone(), [tenant("aurinko")]);
    let counted = board::of_tenant(&other.ctx, &tenant_id, Some("2026-02-10")).await.unwrap();
    assert_eq!(today().await.unwrap(), counted);
    let mut kept = 0;
    for (row, _) in house.store.conversations() {
        let entries = house.ctx.store.entries(&Scope::Platform, row.id, 0, 10_000).await.unwrap();
        for message in house.store.said(row.id) {
            let entry = &entries[usize::try_from(message.seq).unwrap() - 1];
            assert!(
                matches!(&entry.event, Event::MessageAdded { message: id, .. } if *id == message.id)
            );
        }
        kept += row.customer_messages;
    }
    assert_eq!(kept, written, "no message is lost or doubled");
    let dead: Vec<_> = house.store.jobs().into_iter().filter(|(_, dead)| *dead).collect();
    assert!(dead.is_empty(), "{dead:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    #[test]
    fn any_sequence_keeps_journal_and_row_together(
        steps in proptest::collection::vec(step(), 1..40)
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(play(steps));
    }
}
