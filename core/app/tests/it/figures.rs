//! Board, report and list count the same demand.

use kerros_app::Error;
use kerros_app::board::{board, boards};
use kerros_app::facts::demand;
use kerros_app::list::{ListQuery, list};
use kerros_app::ports::bot::Action;
use kerros_app::ports::report::Block;
use kerros_app::ports::store::{Order, Role};
use kerros_app::reply::{Reply, reply};
use kerros_app::report::{Report, report};
use kerros_app::resolve::{Resolve, resolve};
use kerros_app::visit::{Act, visit};
use kerros_domain::id::VisitId;
use kerros_domain::time::Timestamp;
use serde_json::Value;

use crate::house::House;

/// Eight needs: four solved by the bot, two by an agent, one waiting, one help-center visit.
async fn a_day(house: &House) {
    house.plugins.bot_does(|turn| {
        let text = turn.conversation.messages.last().map(|m| m.text.clone()).unwrap_or_default();
        match text.as_str() {
            "easy" => vec![Action::Resolve { confirmed: true }],
            _ => vec![Action::HandOff { to: None, briefing: Vec::new() }],
        }
    });
    let agent = house.agent(1).await;
    for (n, text) in ["easy", "hard", "easy", "hard", "easy", "easy", "hard"].iter().enumerate() {
        house.writes("aurinko", &format!("t{n}"), "m1", text).await;
    }
    for thread in ["t1", "t3"] {
        let conversation = house.thread("aurinko", thread).id;
        let cmd = Reply { conversation, text: "so".into(), idempotency_key: None };
        reply(&house.ctx, &agent, cmd).await.unwrap();
        resolve(&house.ctx, &agent, Resolve { conversation }).await.unwrap();
    }
    let id = VisitId(uuid::Uuid::from_u128(1));
    let tenant = "aurinko".into();
    visit(&house.ctx, &tenant, id, Act::Read).await.unwrap();
    for act in [Act::Searched { hits: 0 }, Act::Searched { hits: 3 }, Act::Opened, Act::Read] {
        visit(&house.ctx, &tenant, id, act).await.unwrap();
    }
    visit(&house.ctx, &tenant, id, Act::Helped { yes: true }).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn every_need_has_one_outcome_on_the_board() {
    let house = House::new();
    a_day(&house).await;
    house.forward(5).await;
    let both = [("aurinko", &["first-line"][..]), ("vuori", &["first-line"][..])];
    let boss = house.person(9, Role::Supervisor, &both, false).await;
    let today = board(&house.ctx, &boss, &"aurinko".into(), None).await.unwrap();
    assert_eq!((today.day.as_str(), today.demand), ("2026-02-10", 8));
    let solved: Vec<u64> = today.layers.iter().map(|layer| layer.solved).collect();
    assert_eq!(solved, [5, 2, 0]);
    assert_eq!(today.unresolved, 1);
    assert_eq!(solved.iter().sum::<u64>() + today.unresolved + today.abandoned, today.demand);
    assert_eq!((today.self_service.part, today.self_service.whole), (5, 8));
    let first_line = &today.layers[1];
    assert_eq!((first_line.entered, first_line.queued), (3, 1));
    assert_eq!((first_line.cumulative.part, first_line.cumulative.whole), (7, 8));
    assert!(first_line.open && first_line.oldest.is_some());
    let met: Vec<Option<bool>> =
        today.layers.iter().flat_map(|layer| &layer.goals).map(|goal| goal.met).collect();
    assert_eq!(met, [Some(true), Some(false), Some(true)]);
    let yesterday = board(&house.ctx, &boss, &"aurinko".into(), Some("2026-02-09")).await.unwrap();
    assert_eq!(yesterday.demand, 0);
    let odd = board(&house.ctx, &boss, &"aurinko".into(), Some("soon")).await;
    assert!(matches!(odd, Err(Error::Invalid(_))));
    assert_eq!(boards(&house.ctx, &boss).await.unwrap().len(), 2);

    // What the customer said is shown apart from what is only assumed.
    let other = VisitId(uuid::Uuid::from_u128(2));
    for act in [Act::Opened, Act::Read] {
        visit(&house.ctx, &"aurinko".into(), other, act).await.unwrap();
    }
    house.forward(600).await;
    let today = board(&house.ctx, &boss, &"aurinko".into(), None).await.unwrap();
    let bot = &today.layers[0];
    assert_eq!((bot.solved, bot.confirmed, bot.assumed), (6, 5, 1));
}

/// A visit's day counts from its last act, so that a customer who reads on and then writes is one need.
#[tokio::test(start_paused = true)]
async fn a_visit_ends_a_day_after_its_last_act() {
    const HOUR: i64 = 3600;
    let house = House::with([crate::house::tenant("aurinko")]);
    let tenant = "aurinko".into();
    let cookie = VisitId(uuid::Uuid::from_u128(1));
    let act = async |id, act| visit(&house.ctx, &tenant, id, act).await.unwrap();
    let count = async || {
        let configured = house.ctx.tenant(&tenant).unwrap();
        let (from, to) = (Timestamp(0), Timestamp(i64::MAX));
        demand(&house.ctx, &configured.policy, from, to).await.unwrap().len()
    };
    // Told without a search or an article it is no visit.
    assert_eq!(act(cookie, Act::Read).await, cookie);
    assert_eq!(count().await, 0);
    assert_eq!(act(cookie, Act::Searched { hits: 1 }).await, cookie);
    house.forward(20 * HOUR).await;
    assert_eq!(act(cookie, Act::Opened).await, cookie);
    // 40 hours after the first act and 20 after the last one: the conversation is the demand.
    house.forward(20 * HOUR).await;
    house.writes("aurinko", "t1", "m1", "hello").await;
    let conversation = house.thread("aurinko", "t1").id;
    assert_eq!(count().await, 2, "not told yet that it was the same visitor");
    assert_eq!(act(cookie, Act::Contacted { conversation }).await, cookie);
    assert_eq!(count().await, 1);
    // A day of silence on, the browser still says the same id: another visit, another need.
    house.forward(24 * HOUR).await;
    assert_ne!(act(cookie, Act::Read).await, cookie);
    let next = act(cookie, Act::Opened).await;
    assert_ne!(next, cookie);
    assert_eq!(count().await, 2);
    assert_eq!(act(next, Act::Opened).await, next);
    assert_eq!(count().await, 2);
}

#[tokio::test(start_paused = true)]
async fn the_report_says_what_the_board_says() {
    let house = House::new();
    a_day(&house).await;
    let expert = house.person(9, Role::Expert, &[("aurinko", &["experts"])], false).await;
    let cmd = |name: &str, month: &str| Report {
        tenant: "aurinko".into(),
        name: name.into(),
        month: month.into(),
        language: None,
    };
    let document = report(&house.ctx, &expert, &cmd("layers", "2026-02")).await.unwrap();
    let facts: Vec<Value> = document
        .blocks
        .iter()
        .map(|block| match block {
            Block::Text { text } => serde_json::from_str(text).unwrap(),
            other => panic!("{other:?}"),
        })
        .collect();
    let [ledger, daily, channels, _tags, hours, _sla] = facts.as_slice() else { panic!() };
    assert_eq!(ledger["demand"], 8);
    assert_eq!(ledger["layers"][0]["solved"], 5);
    assert_eq!(ledger["fcr"]["part"], 2);
    assert_eq!(daily.as_array().unwrap().len(), 28);
    assert_eq!(daily[9]["date"], "2026-02-10");
    assert_eq!(daily[9]["demand"], 8);
    assert_eq!(channels.as_array().unwrap().len(), 2);
    assert_eq!(hours[10]["demand"], 8);

    assert_eq!(report(&house.ctx, &expert, &cmd("none", "2026-02")).await, Err(Error::NotFound));
    let odd = report(&house.ctx, &expert, &cmd("layers", "2026-2")).await;
    assert!(matches!(odd, Err(Error::Invalid(_))));
    let agent = house.agent(2).await;
    let asked = report(&house.ctx, &agent, &cmd("layers", "2026-02")).await;
    assert_eq!(asked, Err(Error::Forbidden));
}

#[tokio::test(start_paused = true)]
async fn a_list_pages_without_gap_or_repeat() {
    let house = House::new();
    a_day(&house).await;
    let agent = house.agent(1).await;
    let states = kerros_domain::conversation::State::ALL.to_vec();
    for order in [Order::Queue, Order::Newest] {
        let mut seen = Vec::new();
        let mut after = None;
        loop {
            let query = ListQuery {
                states: states.clone(),
                order,
                after,
                limit: 3,
                ..ListQuery::default()
            };
            let page = list(&house.ctx, &agent, query).await.unwrap();
            let Some(last) = page.last() else { break };
            after = Some(last.cursor.clone());
            seen.extend(page.iter().map(|row| row.conversation.id));
        }
        assert_eq!(seen.len(), 7);
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 7);
    }
    let open = list(&house.ctx, &agent, ListQuery::default()).await.unwrap();
    assert_eq!(open.len(), 1);
    assert_eq!(open[0].contact_name.as_deref(), Some("Maija"));
}
