//! Who gets in, and what a foreign site can do with a person's cookie.

use axum::body::Body;
use axum::http::Request;
use kerros_app::ports::store::Role;
use serde_json::json;

use crate::client::{Answer, Client, Who};
use crate::world::{World, world};

async fn log_in(world: &World, email: &str, password: &str) -> Answer {
    let body = json!({ "email": email, "password": password });
    world.anonymous().post("/api/v1/sessions", &body).await
}

async fn browser(world: &World) -> Client {
    world.person("anna", Role::Agent, "aurinko", "first-line").await;
    let answer = log_in(world, "Anna@aurinko.example ", "anna's password").await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let cookie = answer.header("set-cookie").split(';').next().unwrap().to_owned();
    Client::new(world.app.clone(), Who::Cookie(cookie))
}

#[tokio::test]
async fn a_person_logs_in_and_out() {
    let world = world().await;
    let anna = browser(&world).await;
    let me = anna.get("/api/v1/users/me").await.json();
    assert_eq!(me["name"], "anna");
    assert_eq!(me["role"], "agent");
    let out = anna.delete("/api/v1/sessions/current").await;
    assert_eq!(out.status, 204);
    assert!(out.header("set-cookie").contains("Max-Age=0"), "{}", out.header("set-cookie"));
    insta::assert_snapshot!(anna.get("/api/v1/users/me").await.brief(), @"401 not-authenticated");
}

#[tokio::test]
async fn the_cookie_is_out_of_reach_of_scripts_and_strangers() {
    let world = world().await;
    world.person("anna", Role::Agent, "aurinko", "first-line").await;
    let answer = log_in(&world, "anna@aurinko.example", "anna's password").await;
    let cookie = answer.header("set-cookie");
    let (value, flags) = cookie.split_once(';').unwrap();
    assert!(value.starts_with("__Host-kerros_session="), "{value}");
    insta::assert_snapshot!(flags, @" Path=/; Max-Age=43200; HttpOnly; SameSite=Lax; Secure");
    assert!(
        !answer.text().contains(value.split_once('=').unwrap().1),
        "the secret is only in the cookie"
    );
}

#[tokio::test]
async fn wrong_and_unknown_are_told_alike_and_slowed_down() {
    let world = world().await;
    world.person("anna", Role::Agent, "aurinko", "first-line").await;
    let wrong = log_in(&world, "anna@aurinko.example", "not her password").await;
    insta::assert_snapshot!(wrong.brief(), @"401 not-authenticated: This email and password do not fit together.");
    let unknown = log_in(&world, "nobody@aurinko.example", "not her password").await;
    assert_eq!(wrong.text(), unknown.text());
    let mut last = 0;
    for _ in 0..20 {
        last = log_in(&world, "anna@aurinko.example", "a guess at it").await.status;
    }
    assert_eq!(last, 429, "guessing is slowed down");
    let right = log_in(&world, "anna@aurinko.example", "anna's password").await;
    insta::assert_snapshot!(right.brief(), @"429 too-many-requests");
    assert_eq!(right.header("retry-after"), "10");
    world.clock.forward(11_000);
    assert_eq!(log_in(&world, "anna@aurinko.example", "anna's password").await.status, 201);
}

#[tokio::test]
async fn a_foreign_site_cannot_use_a_cookie() {
    let world = world().await;
    let anna = browser(&world).await;
    let presence = async |headers: &[(&str, &str)]| {
        let Who::Cookie(cookie) = &anna.who else { unreachable!() };
        let mut request = Request::put("/api/v1/users/me/presence")
            .header("content-type", "application/json")
            .header("cookie", cookie);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = Body::from(r#"{"available":true}"#);
        world.anonymous().send(request.body(body).unwrap()).await.brief()
    };
    insta::assert_snapshot!(presence(&[("origin", "https://evil.example")]).await, @"403 foreign-origin");
    insta::assert_snapshot!(presence(&[("origin", "null")]).await, @"403 foreign-origin");
    insta::assert_snapshot!(presence(&[("sec-fetch-site", "cross-site")]).await, @"403 foreign-origin");
    insta::assert_snapshot!(presence(&[]).await, @"403 foreign-origin");
    insta::assert_snapshot!(presence(&[("origin", "https://kerros.example")]).await, @"204");
    insta::assert_snapshot!(presence(&[("sec-fetch-site", "same-origin")]).await, @"204");
}

#[tokio::test]
async fn tokens_come_once_and_end() {
    let world = world().await;
    let anna = browser(&world).await;
    let odd = anna.post("/api/v1/tokens", &json!({ "name": "", "days": 1 })).await;
    insta::assert_snapshot!(odd.brief(), @"400 invalid-request: a token needs a name");
    let made = anna.post("/api/v1/tokens", &json!({ "name": "export", "days": 1 })).await;
    assert_eq!(made.status, 201);
    let made = made.json();
    let secret = made["secret"].as_str().unwrap();
    let program = Client::new(world.app.clone(), Who::Token(secret.to_owned()));
    assert_eq!(program.get("/api/v1/users/me").await.json()["name"], "anna");
    let list = anna.get("/api/v1/tokens").await;
    assert_eq!(list.json()["items"][0]["name"], "export");
    assert!(!list.text().contains(secret), "a secret is shown once");
    let path = format!("/api/v1/tokens/{}", made["token"]["id"].as_str().unwrap());
    let other = world.agent("vuori").await;
    assert_eq!(other.delete(&path).await.status, 404, "not theirs to end");
    assert_eq!(anna.delete(&path).await.status, 204);
    insta::assert_snapshot!(program.get("/api/v1/users/me").await.brief(), @"401 not-authenticated");
}

#[tokio::test]
async fn a_token_ends_by_itself() {
    let world = world().await;
    let agent = world.agent("aurinko").await;
    assert_eq!(agent.get("/api/v1/users/me").await.status, 200);
    world.clock.forward(24 * 3600 * 1000 + 1);
    assert_eq!(agent.get("/api/v1/users/me").await.status, 401);
}
