//! What machines ask, and what stands on every answer.

use kerros_web::Limits;
use kerros_web::limit::Rate;

use crate::world::{world, world_with};

#[tokio::test]
async fn ready_only_while_the_database_can_be_written_and_nobody_stops_us() {
    let world = world().await;
    let nobody = world.anonymous();
    insta::assert_snapshot!(nobody.get("/healthz").await.brief(), @"200 ok");
    insta::assert_snapshot!(nobody.get("/readyz").await.brief(), @"200 ready");
    world.database_gone(true);
    insta::assert_snapshot!(nobody.get("/readyz").await.brief(), @"200 ready");
    world.clock.forward(1000);
    insta::assert_snapshot!(nobody.get("/readyz").await.brief(), @"503 not ready: database");
    world.database_gone(false);
    world.clock.forward(1000);
    insta::assert_snapshot!(nobody.get("/readyz").await.brief(), @"200 ready");
    world.readiness.drain();
    insta::assert_snapshot!(nobody.get("/readyz").await.brief(), @"503 not ready: draining");
    insta::assert_snapshot!(nobody.get("/healthz").await.brief(), @"200 ok");
}

#[tokio::test]
async fn requests_are_counted_by_template_and_never_by_what_was_asked() {
    let world = world().await;
    let agent = world.agent("aurinko").await;
    agent.get("/api/v1/conversations/cnv_0198c0de0000700080000000000000aa").await;
    agent.get("/nowhere/secret-token").await;
    let metrics = world.anonymous().get("/metrics").await;
    assert_eq!(metrics.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    let metrics = metrics.text();
    let line = r#"kerros_http_requests_total{method="GET",route="/api/v1/conversations/{conversation}",status="404"} 1"#;
    assert!(metrics.contains(line), "{metrics}");
    let line = r#"kerros_http_requests_total{method="GET",route="unmatched",status="404"} 1"#;
    assert!(metrics.contains(line), "{metrics}");
    assert!(!metrics.contains("secret-token") && !metrics.contains("cnv_"), "{metrics}");
}

#[tokio::test]
async fn every_answer_tells_browsers_how_little_we_need() {
    let world = world().await;
    for path in ["/api/v1/users/me", "/healthz", "/nowhere"] {
        let answer = world.anonymous().get(path).await;
        let policy = answer.header("content-security-policy");
        assert!(
            policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{path}"
        );
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert!(answer.header("strict-transport-security").starts_with("max-age="), "{path}");
        assert_eq!(answer.header("x-request-id").len(), 32, "{path}");
    }
}

#[tokio::test]
async fn a_program_in_a_hurry_is_slowed_down() {
    let world = world_with(Limits { api: Rate::new(60, 2), ..Limits::default() }).await;
    let agent = world.agent("aurinko").await;
    assert_eq!(agent.get("/api/v1/users/me").await.status, 200);
    assert_eq!(agent.get("/api/v1/users/me").await.status, 200);
    insta::assert_snapshot!(agent.get("/api/v1/users/me").await.brief(), @"429 too-many-requests");
}
