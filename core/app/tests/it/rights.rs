//! Tenants never meet: somebody else's ids are as good as unknown ones.

use std::collections::BTreeMap;

use kerros_app::Error;
use kerros_app::assign::{Assign, assign};
use kerros_app::board::board;
use kerros_app::close::{Close, close};
use kerros_app::escalate::{Escalate, escalate};
use kerros_app::focus::{Doing, focus};
use kerros_app::hand_back::{HandBack, hand_back};
use kerros_app::list::{ListQuery, list};
use kerros_app::note::{Note, note};
use kerros_app::pend::{Pend, pend};
use kerros_app::ports::store::Role;
use kerros_app::release::{Release, release};
use kerros_app::reopen::{Reopen, reopen};
use kerros_app::reply::{Reply, reply};
use kerros_app::report::{Report, report};
use kerros_app::resolve::{Resolve, resolve};
use kerros_app::set_priority::{SetPriority, set_priority};
use kerros_app::set_segment::{SetSegment, set_segment};
use kerros_app::show::show;
use kerros_app::timeline::{messages, timeline};
use kerros_app::{Caller, tag};
use kerros_domain::conversation::{CloseReason, Priority};
use kerros_domain::id::ConversationId;

use crate::house::{House, people_only};

/// Every use case that names a conversation, with its error.
async fn everything(
    house: &House,
    caller: &Caller,
    conversation: ConversationId,
) -> BTreeMap<&'static str, Option<Error>> {
    let ctx = &house.ctx;
    let tag = tag::Tag { conversation, tag: "bikes".into() };
    let text = || "x".to_owned();
    let (reply_cmd, note_cmd) = (
        Reply { conversation, text: text(), idempotency_key: None },
        Note { conversation, text: text(), idempotency_key: Some("k".into()) },
    );
    let back = HandBack { conversation, reason: text(), missing_facts: false };
    let priority = SetPriority { conversation, priority: Priority::High };
    let up = Escalate { conversation, to: None, fields: BTreeMap::new() };
    BTreeMap::from([
        ("reply", reply(ctx, caller, reply_cmd).await.err()),
        ("note", note(ctx, caller, note_cmd).await.err()),
        ("assign", assign(ctx, caller, Assign { conversation, user: None }).await.err()),
        ("release", release(ctx, caller, Release { conversation }).await.err()),
        ("pend", pend(ctx, caller, Pend { conversation }).await.err()),
        ("escalate", escalate(ctx, caller, up).await.err()),
        ("hand_back", hand_back(ctx, caller, back).await.err()),
        ("resolve", resolve(ctx, caller, Resolve { conversation }).await.err()),
        ("reopen", reopen(ctx, caller, Reopen { conversation }).await.err()),
        ("close", {
            let cmd = Close { conversation, reason: CloseReason::Spam };
            close(ctx, caller, cmd).await.err()
        }),
        ("tag", tag::add(ctx, caller, tag.clone()).await.err()),
        ("untag", tag::remove(ctx, caller, tag).await.err()),
        ("set_priority", set_priority(ctx, caller, priority).await.err()),
        ("set_segment", {
            let cmd = SetSegment { conversation, segment: None };
            set_segment(ctx, caller, cmd).await.err()
        }),
        ("show", show(ctx, caller, conversation).await.err()),
        ("timeline", timeline(ctx, caller, conversation, 0, 10).await.err()),
        ("messages", messages(ctx, caller, conversation, 0, 10).await.err()),
        ("focus", focus(ctx, caller, conversation, Doing::Reading).await.err()),
    ])
}

#[tokio::test(start_paused = true)]
async fn another_tenants_ids_are_not_found_by_anybody() {
    let house = House::with([people_only("aurinko"), people_only("vuori")]);
    house.writes("vuori", "t1", "m1", "secret").await;
    let foreign = house.thread("vuori", "t1");
    let before = house.store.commits();
    let roles = [Role::Agent, Role::Expert, Role::Supervisor, Role::Admin];
    for (n, role) in (1..).zip(roles) {
        let places: &[(&str, &[&str])] = &[("aurinko", &["first-line", "experts"])];
        let caller = house.person(n, role, places, false).await;
        for (verb, error) in everything(&house, &caller, foreign.id).await {
            assert_eq!(error, Some(Error::NotFound), "{verb} as {role:?}");
        }
        let all = list(&house.ctx, &caller, ListQuery::default()).await.unwrap();
        assert!(all.is_empty());
        let query = ListQuery { tenant: Some("vuori".into()), ..ListQuery::default() };
        assert_eq!(list(&house.ctx, &caller, query).await.err(), Some(Error::NotFound));
        let theirs = board(&house.ctx, &caller, &"vuori".into(), None).await;
        assert_eq!(theirs.err(), Some(Error::NotFound));
        let cmd = Report {
            tenant: "vuori".into(),
            name: "layers".into(),
            month: "2026-02".into(),
            language: None,
        };
        assert_eq!(report(&house.ctx, &caller, &cmd).await.err(), Some(Error::NotFound));
    }
    assert_eq!(house.store.commits(), before);
    assert_eq!(house.get(foreign.id), foreign);
}

#[tokio::test(start_paused = true)]
async fn an_agent_reads_its_tenants_and_moves_its_layers() {
    let house = House::with([people_only("aurinko")]);
    let elsewhere = house.person(1, Role::Agent, &[("aurinko", &["experts"])], false).await;
    house.writes("aurinko", "t1", "m1", "hello").await;
    let id = house.thread("aurinko", "t1").id;
    let errors = everything(&house, &elsewhere, id).await;
    for (verb, error) in errors {
        let reads = ["show", "timeline", "messages", "focus", "note"].contains(&verb);
        assert_eq!(error, (!reads).then_some(Error::Forbidden), "{verb}");
    }
    let shown = show(&house.ctx, &elsewhere, id).await.unwrap();
    assert!(!shown.may_act);
}

#[tokio::test(start_paused = true)]
async fn an_expert_keeps_sight_of_what_was_theirs_and_sees_nothing_else() {
    let house = House::with([people_only("aurinko")]);
    let agent = house.agent(1).await;
    let expert = house.person(2, Role::Expert, &[("aurinko", &["experts"])], false).await;
    for thread in ["t1", "t2"] {
        house.writes("aurinko", thread, "m1", "hello").await;
    }
    let ids = ["t1", "t2"].map(|thread| house.thread("aurinko", thread).id);
    let fields = kerros_domain::sample::briefing_fields();
    let up = Escalate { conversation: ids[0], to: None, fields };
    escalate(&house.ctx, &agent, up).await.unwrap();
    let back = HandBack { conversation: ids[0], reason: "no".into(), missing_facts: false };
    hand_back(&house.ctx, &expert, back).await.unwrap();
    let seen = list(&house.ctx, &expert, ListQuery::default()).await.unwrap();
    let seen: Vec<ConversationId> = seen.iter().map(|row| row.conversation.id).collect();
    assert_eq!(seen, [ids[0]]);
    assert!(show(&house.ctx, &expert, ids[0]).await.is_ok());
    assert_eq!(show(&house.ctx, &expert, ids[1]).await.err(), Some(Error::NotFound));
    let cmd = Resolve { conversation: ids[0] };
    assert_eq!(resolve(&house.ctx, &expert, cmd).await.err(), Some(Error::Forbidden));
}

#[tokio::test(start_paused = true)]
async fn work_is_only_given_to_colleagues_who_serve_the_layer() {
    let house = House::with([people_only("aurinko"), people_only("vuori")]);
    let agent = house.agent(1).await;
    house.writes("aurinko", "t1", "m1", "hello").await;
    let conversation = house.thread("aurinko", "t1").id;
    let colleague = house.agent(2).await;
    let stranger = house.person(3, Role::Agent, &[("vuori", &["first-line"])], false).await;
    let expert = house.person(4, Role::Expert, &[("aurinko", &["experts"])], false).await;
    for other in [&stranger, &expert] {
        let cmd = Assign { conversation, user: Some(other.id()) };
        assert!(matches!(assign(&house.ctx, &agent, cmd).await, Err(Error::Invalid(_))));
    }
    let cmd = Assign { conversation, user: Some(colleague.id()) };
    let given = assign(&house.ctx, &agent, cmd).await.unwrap();
    assert_eq!(given.assignee, Some(colleague.id()));
}

#[tokio::test(start_paused = true)]
async fn an_agent_may_take_over_from_a_bot() {
    let house = House::new();
    let (agent, other) = (house.agent(1).await, house.agent(2).await);
    for thread in ["t1", "t2"] {
        house.writes("aurinko", thread, "m1", "hello").await;
    }
    let [first, second] = ["t1", "t2"].map(|thread| house.thread("aurinko", thread).id);
    let cmd = Assign { conversation: first, user: Some(other.id()) };
    let given = assign(&house.ctx, &agent, cmd).await.unwrap();
    assert_eq!((given.layer.as_str(), given.assignee), ("first-line", Some(other.id())));
    let cmd = Reply { conversation: second, text: "hi".into(), idempotency_key: None };
    reply(&house.ctx, &agent, cmd).await.unwrap();
    assert_eq!(house.get(second).assignee, Some(agent.id()));
    // The bot says nothing more.
    let turns = house.plugins.turns.lock().len();
    house.writes("aurinko", "t2", "m2", "thanks").await;
    assert_eq!(house.plugins.turns.lock().len(), turns);
    house.verify().await;
}
