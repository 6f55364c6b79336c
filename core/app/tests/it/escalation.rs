//! Escalation is a contract: a briefing in, a reason back.

use std::collections::BTreeMap;

use kerros_app::Error;
use kerros_app::assign::{Assign, assign};
use kerros_app::escalate::{Escalate, escalate};
use kerros_app::hand_back::{HandBack, hand_back};
use kerros_app::ports::plugin::PluginError;
use kerros_app::ports::store::Role;
use kerros_app::reply::{Reply, reply};
use kerros_app::resolve::{Resolve, resolve};
use kerros_domain::command::Refusal;
use kerros_domain::conversation::State;
use kerros_domain::sample;
use kerros_domain::sla::TargetState;

use crate::house::{House, people_only};

#[tokio::test(start_paused = true)]
async fn experts_get_a_briefing_or_nothing() {
    let house = House::with([people_only("aurinko")]);
    let agent = house.agent(1).await;
    let expert = house.person(2, Role::Expert, &[("aurinko", &["experts"])], false).await;
    house.writes("aurinko", "t1", "m1", "a hard one").await;
    let id = house.thread("aurinko", "t1").id;
    // An expert does not even see it before it is escalated.
    let early = Assign { conversation: id, user: None };
    assert_eq!(assign(&house.ctx, &expert, early.clone()).await, Err(Error::NotFound));
    assign(&house.ctx, &agent, early).await.unwrap();

    let mut fields = sample::briefing_fields();
    fields.remove("tried");
    let short = Escalate { conversation: id, to: None, fields };
    let refused = escalate(&house.ctx, &agent, short).await;
    let missing = vec!["tried".to_owned()];
    assert_eq!(refused, Err(Error::Refused(Refusal::BriefingIncomplete { missing })));
    assert_eq!(house.get(id).layer.as_str(), "first-line");
    let huge = BTreeMap::from([("problem".to_owned(), "x".repeat(10_000))]);
    let huge = Escalate { conversation: id, to: None, fields: huge };
    assert!(matches!(escalate(&house.ctx, &agent, huge).await, Err(Error::Invalid(_))));

    let fields = sample::briefing_fields();
    let good = Escalate { conversation: id, to: None, fields: fields.clone() };
    let moved = escalate(&house.ctx, &agent, good).await.unwrap();
    assert_eq!((moved.layer.as_str(), moved.state), ("experts", State::Queued));
    assert_eq!(moved.briefing.as_ref().unwrap().fields, fields);
    // It left the agent's hands.
    let late = Reply { conversation: id, text: "one more thing".into(), idempotency_key: None };
    assert_eq!(reply(&house.ctx, &agent, late).await, Err(Error::Forbidden));

    assign(&house.ctx, &expert, Assign { conversation: id, user: None }).await.unwrap();
    let silent = HandBack { conversation: id, reason: " \n".into(), missing_facts: true };
    let refused = hand_back(&house.ctx, &expert, silent).await;
    assert_eq!(refused, Err(Error::Refused(Refusal::ReasonNeeded)));
    let back = HandBack { conversation: id, reason: "which bike?".into(), missing_facts: true };
    let back = hand_back(&house.ctx, &expert, back).await.unwrap();
    assert_eq!((back.layer.as_str(), back.assignee), ("first-line", Some(agent.id())));
    assert_eq!(back.bounced, 1);

    let solved = resolve(&house.ctx, &agent, Resolve { conversation: id }).await.unwrap();
    assert_eq!(solved.resolution.unwrap().layer.as_str(), "first-line");
    assert_eq!(house.plugins.counted("resolved first-line"), 1);
    house.verify().await;
}

#[tokio::test(start_paused = true)]
async fn back_to_the_person_who_had_it_only_if_they_are_there() {
    let house = House::with([people_only("aurinko")]);
    let expert = house.person(2, Role::Expert, &[("aurinko", &["experts"])], false).await;
    let round = async |n: u128, thread: &str, quiet_s: i64| {
        let agent = house.person(n, Role::Agent, &[("aurinko", &["first-line"])], true).await;
        // There, but not for the router: this is about hands.
        kerros_app::presence::presence(&house.ctx, &agent, false).await.unwrap();
        house.writes("aurinko", thread, "m1", "a hard one").await;
        let id = house.thread("aurinko", thread).id;
        assign(&house.ctx, &agent, Assign { conversation: id, user: None }).await.unwrap();
        let fields = sample::briefing_fields();
        escalate(&house.ctx, &agent, Escalate { conversation: id, to: None, fields })
            .await
            .unwrap();
        house.forward(quiet_s).await;
        let back = HandBack { conversation: id, reason: "which bike?".into(), missing_facts: true };
        let back = hand_back(&house.ctx, &expert, back).await.unwrap();
        assert_eq!(back.layer.as_str(), "first-line");
        (back.state, back.assignee == Some(agent.id()), back.previous_assignee == Some(agent.id()))
    };
    assert_eq!(round(3, "t1", 10).await, (State::Assigned, true, true));
    assert_eq!(round(4, "t2", 3600).await, (State::Queued, false, true), "they went home");
    house.verify().await;
}

#[tokio::test(start_paused = true)]
async fn at_night_the_customer_gets_a_notice_and_the_case_waits_for_the_shift() {
    let house = House::with([people_only("aurinko")]);
    let agent = house.agent(1).await;
    house.writes_on("aurinko", "chat", "t1", "m1", "hello").await;
    let id = house.thread("aurinko", "t1").id;
    let said = Reply { conversation: id, text: "Which bike?".into(), idempotency_key: None };
    reply(&house.ctx, &agent, said).await.unwrap();
    let pend = kerros_app::pend::Pend { conversation: id };
    kerros_app::pend::pend(&house.ctx, &agent, pend).await.unwrap();
    // 23:00: the first line went home at 22:00.
    house.forward(13 * 3600).await;
    house.writes_on("aurinko", "chat", "t1", "m2", "The red one").await;
    let waits = house.get(id);
    assert_eq!((waits.state, waits.assignee), (State::OutOfHours, None));
    let scope = kerros_app::ports::store::Scope::Platform;
    let messages = house.ctx.store.messages(&scope, id, 0, 50).await.unwrap();
    let last = messages.last().unwrap();
    assert!(last.text.starts_with("We are closed. We open "), "{}", last.text);
    // 8:00: it stands in the queue, and goes to whoever had it, who has just come.
    house.forward(9 * 3600).await;
    assert_eq!(house.get(id).state, State::Queued);
    let rested = house.person(5, Role::Agent, &[("aurinko", &["first-line"])], true).await;
    kerros_app::presence::presence(&house.ctx, &agent, true).await.unwrap();
    house.settle().await;
    let mine = house.get(id);
    assert_eq!((mine.state, mine.assignee), (State::Assigned, Some(agent.id())));
    assert_ne!(mine.assignee, Some(rested.id()));
    house.verify().await;
}

#[tokio::test(start_paused = true)]
async fn promises_follow_the_layer_and_outlive_a_broken_plugin() {
    let house = House::with([people_only("aurinko")]);
    *house.plugins.sla.lock() = Box::new(|facts| {
        Ok(match facts.layer.as_str() {
            "experts" => vec![sample::resolution(), sample::expert_resolution()],
            _ => vec![sample::first_response(), sample::resolution()],
        })
    });
    let agent = house.agent(1).await;
    house.writes("aurinko", "t1", "m1", "hello").await;
    house.writes("aurinko", "t1", "m2", "hello?").await;
    assert_eq!(house.plugins.asked.lock().len(), 1, "nothing it depends on has changed");
    let id = house.thread("aurinko", "t1").id;
    let live = |house: &House| {
        let targets = house.get(id).targets;
        targets.iter().filter(|target| target.state.is_live()).count()
    };
    assert_eq!(live(&house), 2);

    *house.plugins.sla.lock() = Box::new(|_| Err(PluginError::Timeout));
    let fields = sample::briefing_fields();
    let cmd = Escalate { conversation: id, to: None, fields };
    escalate(&house.ctx, &agent, cmd).await.unwrap();
    assert_eq!(live(&house), 2, "the plugin failed: what was promised stays");

    *house.plugins.sla.lock() = Box::new(|facts| {
        assert_eq!(facts.priority, "urgent");
        Ok(vec![sample::resolution(), sample::expert_resolution()])
    });
    let boss = house.person(9, Role::Supervisor, &[("aurinko", &[])], false).await;
    let cmd = kerros_app::set_priority::SetPriority {
        conversation: id,
        priority: kerros_domain::conversation::Priority::Urgent,
    };
    let changed = kerros_app::set_priority::set_priority(&house.ctx, &boss, cmd).await.unwrap();
    let states: Vec<TargetState> = changed.targets.iter().map(|target| target.state).collect();
    let dropped = TargetState::Dropped;
    // The vendor's clock stands while the client's experts have it; theirs runs.
    assert_eq!(states, [dropped, TargetState::Paused, TargetState::Running]);
    house.verify().await;
}
