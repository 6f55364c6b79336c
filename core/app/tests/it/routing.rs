//! Who gets what stands in the queue, through the router at work.

use kerros_app::Caller;
use kerros_app::ports::channel::{InboundEvent, InboundMessage, Threading};
use kerros_app::ports::store::{Membership, Role, User};
use kerros_app::presence::presence;
use kerros_app::resolve::{Resolve, resolve};
use kerros_app::set_segment::{SetSegment, set_segment};
use kerros_domain::conversation::State;

use crate::house::{House, people_only};
use crate::plugins::Hook;

/// Somebody of the first line who is there and takes work.
async fn agent(
    house: &House,
    n: u128,
    skills: &[&str],
    languages: &[&str],
    segments: &[&str],
) -> Caller {
    let plain = house.person(n, Role::Agent, &[("aurinko", &["first-line"])], false).await;
    let place = Membership {
        skills: skills.iter().map(|skill| (*skill).to_owned()).collect(),
        languages: languages.iter().map(|language| (*language).into()).collect(),
        segments: segments.iter().map(|segment| (*segment).into()).collect(),
        ..plain.user.memberships[0].clone()
    };
    let user = User { memberships: vec![place], ..plain.user };
    house.ctx.store.save_user(&user, None).await.unwrap();
    let caller = Caller { user };
    presence(&house.ctx, &caller, true).await.unwrap();
    house.settle().await;
    caller
}

async fn writes_in(house: &House, thread: &str, language: &str) {
    let event = InboundEvent::from(InboundMessage {
        external_id: "m1".into(),
        threading: Threading::Thread(thread.into()),
        sender: thread.into(),
        language: Some(language.into()),
        text: "hello".into(),
        ..InboundMessage::default()
    });
    let hook = Hook { key: None, events: vec![event] };
    house.hook("aurinko", "tele", &hook).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn by_skill_language_and_customer_group() {
    let mut tenant = people_only("aurinko");
    tenant.policy.layers[0].skills = vec!["cards".into()];
    let house = House::with([tenant]);
    let boss = house.person(99, Role::Supervisor, &[("aurinko", &[])], false).await;
    writes_in(&house, "t1", "sv").await;
    house.settle().await;
    let id = house.thread("aurinko", "t1").id;
    let segment = SetSegment { conversation: id, segment: Some("employers".into()) };
    set_segment(&house.ctx, &boss, segment).await.unwrap();
    // Each lacks one thing; the next one has it.
    agent(&house, 1, &["tax"], &["sv"], &["employers"]).await;
    assert_eq!(house.get(id).state, State::Queued, "not the skill");
    agent(&house, 2, &["cards"], &["fi", "en"], &["employers"]).await;
    assert_eq!(house.get(id).state, State::Queued, "not the language");
    agent(&house, 3, &["cards"], &["sv"], &["partners"]).await;
    assert_eq!(house.get(id).state, State::Queued, "not the customer group");
    let able = agent(&house, 4, &["tax", "cards"], &["fi", "sv"], &["partners", "employers"]).await;
    let given = house.get(id);
    assert_eq!((given.state, given.assignee), (State::Assigned, Some(able.id())));
    house.verify().await;
}

#[tokio::test(start_paused = true)]
async fn those_whom_nobody_can_serve_do_not_stand_before_all_others() {
    let house = House::with([people_only("aurinko")]);
    for n in 0..450 {
        writes_in(&house, &format!("t{n}"), "sv").await;
    }
    house.forward(60).await;
    writes_in(&house, "last", "en").await;
    house.settle().await;
    let english = agent(&house, 1, &[], &["en"], &[]).await;
    assert_eq!(house.thread("aurinko", "last").assignee, Some(english.id()));
    assert_eq!(house.thread("aurinko", "t0").state, State::Queued);
    house.verify().await;
}

#[tokio::test(start_paused = true)]
async fn among_the_idle_the_one_who_got_work_longest_ago() {
    let house = House::with([people_only("aurinko")]);
    let (first, second) =
        (agent(&house, 1, &[], &[], &[]).await, agent(&house, 2, &[], &[], &[]).await);
    for (n, expected) in [&first, &second, &first, &second].into_iter().enumerate() {
        // A sign of life of the one whose turn it is must not put them behind.
        house.clock.forward(10_000);
        for other in [&first, &second] {
            presence(&house.ctx, other, true).await.unwrap();
        }
        house.clock.forward(1000);
        presence(&house.ctx, expected, true).await.unwrap();
        house.writes("aurinko", &format!("t{n}"), "m1", "hello").await;
        let given = house.thread("aurinko", &format!("t{n}"));
        assert_eq!(given.assignee, Some(expected.id()), "t{n}");
        resolve(&house.ctx, expected, Resolve { conversation: given.id }).await.unwrap();
    }
    house.verify().await;
}
