//! Logging in and out, and tokens for programs.

use kerros_app::Error;
use kerros_app::create_token::{CreateToken, create_token, end_token, tokens};
use kerros_app::login::login;
use kerros_app::logout::logout;
use kerros_app::session::session;

use crate::house::House;

#[tokio::test(start_paused = true)]
async fn a_session_lasts_until_it_is_ended_or_two_weeks_have_passed() {
    let house = House::new();
    let agent = house.agent(1).await;
    let ctx = &house.ctx;
    let (user, secret) = login(ctx, " P1@Vendor.example ", |hash| hash == "hash").await.unwrap();
    assert_eq!(user, agent.user);
    assert_eq!(secret.len(), 64);
    assert_eq!(session(ctx, &secret).await.unwrap(), agent);
    house.clock.forward(14 * 24 * 3_600_000);
    assert_eq!(session(ctx, &secret).await, Err(Error::Unauthorized));

    let (_, secret) = login(ctx, "p1@vendor.example", |hash| hash == "hash").await.unwrap();
    logout(ctx, &secret).await.unwrap();
    logout(ctx, &secret).await.unwrap();
    assert_eq!(session(ctx, &secret).await, Err(Error::Unauthorized));
}

#[tokio::test(start_paused = true)]
async fn nobody_learns_whether_an_email_is_known() {
    let house = House::new();
    let mut agent = house.agent(1).await;
    let ctx = &house.ctx;
    for email in ["p1@vendor.example", "p2@vendor.example", "", &"x".repeat(500)] {
        let refused = login(ctx, email, |hash| {
            // A hash is always checked, so that both cases take as long.
            assert!(!hash.is_empty());
            false
        });
        assert_eq!(refused.await, Err(Error::Unauthorized), "{email}");
    }
    agent.user.active = false;
    ctx.store.save_user(&agent.user, None).await.unwrap();
    assert_eq!(login(ctx, "p1@vendor.example", |_| true).await, Err(Error::Unauthorized));
}

#[tokio::test(start_paused = true)]
async fn tokens_are_the_persons_own() {
    let house = House::new();
    let (agent, other) = (house.agent(1).await, house.agent(2).await);
    let ctx = &house.ctx;
    for (name, days) in [("", 1), ("x", 0), ("x", 366)] {
        let cmd = CreateToken { name: name.into(), days };
        assert!(matches!(create_token(ctx, &agent, cmd).await, Err(Error::Invalid(_))));
    }
    let cmd = CreateToken { name: "exporter".into(), days: 30 };
    let (token, secret) = create_token(ctx, &agent, cmd).await.unwrap();
    assert_eq!(session(ctx, &secret).await.unwrap(), agent);
    assert_eq!(tokens(ctx, &agent).await.unwrap(), std::slice::from_ref(&token));
    assert_eq!(end_token(ctx, &other, token.id).await, Err(Error::NotFound));
    end_token(ctx, &agent, token.id).await.unwrap();
    assert_eq!(session(ctx, &secret).await, Err(Error::Unauthorized));
    assert_eq!(session(ctx, "short").await, Err(Error::Unauthorized));
}
