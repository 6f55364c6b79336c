//! Pages from outside: whole documents and fragments, deeds by forms, and what strangers get.

use axum::body::Body;
use axum::http::Request;
use kerros_app::ports::store::{Figures as _, Role};
use kerros_domain::id::ConversationId;
use kerros_domain::time::Timestamp;

use crate::client::{Answer, Client, Who};
use crate::world::{World, world};

/// A browser with somebody logged in through the login page.
async fn browser(world: &World, name: &str, role: Role, tenant: &str, layer: &str) -> Client {
    world.person(name, role, tenant, layer).await;
    let email = format!("{name}%40{tenant}.example");
    let form = format!("email={email}&password={name}%27s+password&next=%2Fconsole%3Fview%3Dqueue");
    let answer = post(&world.anonymous(), "/console/login", &form, &[]).await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, "/console?view=queue"),
        "{}",
        answer.text()
    );
    let cookie = answer.header("set-cookie").split(';').next().unwrap().to_owned();
    Client::new(world.app.clone(), Who::Cookie(cookie))
}

pub async fn post(client: &Client, path: &str, form: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request =
        Request::post(path).header("content-type", "application/x-www-form-urlencoded");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    client.send(request.body(Body::from(form.to_owned())).unwrap()).await
}

async fn fragment(client: &Client, path: &str, target: &str) -> Answer {
    let request = Request::get(path).header("hx-request", "true").header("hx-target", target);
    client.send(request.body(Body::empty()).unwrap()).await
}

pub const HTMX: [(&str, &str); 2] = [("hx-request", "true"), ("x-after", "1")];

pub async fn agent(world: &World) -> Client {
    browser(world, "anna", Role::Agent, "aurinko", "first-line").await
}

async fn act(client: &Client, id: ConversationId, deed: &str, form: &str) -> Answer {
    post(client, &format!("/console/c/{id}/{deed}"), form, &HTMX).await
}

#[tokio::test]
async fn strangers_are_sent_to_the_login_page_and_back() {
    let world = world().await;
    let answer = world.anonymous().get("/console/board?day=2026-11-22").await;
    assert_eq!(answer.status, 303);
    assert_eq!(answer.header("location"), "/console/login?back=/console/board%3Fday%3D2026-11-22");
    let page = world.anonymous().get("/console/login?back=//evil.example").await;
    assert_eq!(page.status, 200);
    assert!(!page.text().contains("evil.example"), "no way out to another server");
    world.person("anna", Role::Agent, "aurinko", "first-line").await;
    let wrong =
        post(&world.anonymous(), "/console/login", "email=anna%40aurinko.example&password=no", &[])
            .await;
    assert_eq!(wrong.status, 401);
    assert!(
        wrong.text().contains("do not fit together")
            && wrong.text().contains("anna@aurinko.example")
    );
    assert_eq!(wrong.header("set-cookie"), "");
}

#[tokio::test]
async fn every_page_forbids_inline_code_and_embedding() {
    let world = world().await;
    let anna = agent(&world).await;
    for path in
        ["/console", "/console/login", "/help/aurinko/fi", "/demo/aurinko", "/help/nobody/fi"]
    {
        let policy = anna.get(path).await.header("content-security-policy").to_owned();
        assert!(
            policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{path}"
        );
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
    }
}

#[tokio::test]
async fn the_queue_is_a_document_and_a_fragment() {
    let world = world().await;
    let anna = agent(&world).await;
    let id = world.asks("aurinko", "t1", "<b>Where</b> is my card?").await;
    let whole = anna.get("/console?view=queue").await.text();
    assert!(whole.starts_with("<!doctype html>") && whole.contains(&id.to_string()));
    assert!(
        whole.contains("&lt;b&gt;Where&lt;&#x2f;b&gt; is my card?"),
        "what customers write stays text"
    );
    let part = fragment(&anna, "/console?view=queue", "queue").await.text();
    assert!(!part.contains("<html") && part.contains(&id.to_string()));
    let nothing = anna.get("/console?view=queue&q=invoice").await.text();
    assert!(!nothing.contains(&id.to_string()) && nothing.contains("Nothing fits these filters"));
}

#[tokio::test]
async fn a_conversation_is_answered_noted_tagged_and_resolved() {
    let world = world().await;
    let anna = agent(&world).await;
    let id = world.asks("aurinko", "t1", "Where is my card?").await;
    let pane = fragment(&anna, &format!("/console/c/{id}"), "pane").await;
    assert_eq!(pane.status, 200);
    assert!(pane.text().contains("Where is my card?") && !pane.text().contains("<html"));

    let answered = act(&anna, id, "say", "mode=reply&text=It+is+on+its+way.&key=k1").await;
    assert_eq!(answered.status, 200, "{}", answered.text());
    assert!(
        answered.text().contains("It is on its way.") && answered.text().contains("hx-swap-oob")
    );
    let again = act(&anna, id, "say", "mode=reply&text=It+is+on+its+way.&key=k1").await.text();
    assert_eq!(again.matches("It is on its way.").count(), 1, "the same form twice is one message");

    let noted = act(&anna, id, "say", "mode=note&text=Card+office+knows.&key=k2").await.text();
    assert!(noted.contains("msg-note") && noted.contains("Card office knows."));
    let tagged = act(&anna, id, "tag", "tag=card").await.text();
    assert!(tagged.contains("/untag\""), "{tagged}");
    let odd = act(&anna, id, "tag", "tag=nonsense").await;
    assert_eq!(odd.status, 422);
    assert!(odd.text().contains("not in this client’s tag set"), "{}", odd.text());

    let resolved = act(&anna, id, "resolve", "").await.text();
    assert!(resolved.contains("data-state=\"resolved\""), "{resolved}");
    let list = anna.get("/console?view=resolved").await.text();
    assert!(list.contains(&id.to_string()));
}

#[tokio::test]
async fn an_escalation_needs_its_briefing_and_the_expert_sees_it_on_top() {
    let world = world().await;
    let anna = agent(&world).await;
    let id = world.asks("aurinko", "t1", "The tax return is wrong").await;
    act(&anna, id, "take", "").await;
    let refused = act(&anna, id, "escalate", "to=experts&f.experts.tried=").await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("The briefing lacks: tried."), "{}", refused.text());
    let passed = act(&anna, id, "escalate", "to=experts&f.experts.tried=Checked+the+form").await;
    assert_eq!(passed.status, 200, "{}", passed.text());

    let eero = browser(&world, "eero", Role::Expert, "aurinko", "experts").await;
    let list = eero.get("/console").await.text();
    assert!(list.contains(&id.to_string()), "an expert begins with what was escalated");
    let page = eero.get(&format!("/console/c/{id}")).await.text();
    let (briefing, first) =
        (page.find("Checked the form").unwrap(), page.find("id=\"timeline\"").unwrap());
    assert!(briefing < first, "the briefing stands on top of everything");
    let silent = act(&eero, id, "hand-back", "reason=+").await;
    assert_eq!(silent.status, 422);
    let back = act(&eero, id, "hand-back", "reason=Which+year%3F&missing_facts=yes").await.text();
    assert!(back.contains("Which year?"), "{back}");
}

#[tokio::test]
async fn what_was_escalated_outside_office_hours_is_under_escalated_too() {
    let world = world().await;
    let anna = browser(&world, "anna", Role::Agent, "vuori", "first-line").await;
    let id = world.asks("vuori", "t1", "My tent is torn").await;
    act(&anna, id, "take", "").await;
    let passed = act(&anna, id, "escalate", "to=experts&f.experts.tried=Sewed+it").await;
    assert!(passed.text().contains("data-state=\"waits\""), "{}", passed.text());
    let eero = browser(&world, "eero", Role::Expert, "vuori", "experts").await;
    let list = eero.get("/console?view=escalated").await.text();
    assert!(list.contains(&id.to_string()));
    assert!(!list.contains("view=waiting"), "an expert's list needs no second place for it");
}

#[tokio::test]
async fn other_tenants_see_nothing_and_can_do_nothing() {
    let world = world().await;
    let id = world.asks("aurinko", "t1", "secret words").await;
    let vera = browser(&world, "vera", Role::Supervisor, "vuori", "first-line").await;
    assert!(!vera.get("/console?view=open").await.text().contains(&id.to_string()));
    let pages =
        ["", "/since?after=0", "/earlier?before=9"].map(|rest| format!("/console/c/{id}{rest}"));
    for path in pages.iter().map(String::as_str).chain([
        "/console/c/nonsense",
        "/console/board?tenant=aurinko",
        "/console/health/job_00000000000000000000000000000000",
    ]) {
        let answer = vera.get(path).await;
        assert!(answer.status == 404 || answer.status == 405, "{path}: {}", answer.status);
        assert!(!answer.text().contains("secret words"), "{path}");
    }
    for (deed, form) in [
        ("say", "mode=reply&text=x"),
        ("say", "mode=note&text=x"),
        ("take", ""),
        ("release", ""),
        ("pend", ""),
        ("escalate", "to=experts"),
        ("hand-back", "reason=x"),
        ("resolve", ""),
        ("reopen", ""),
        ("close", "reason=spam"),
        ("tag", "tag=card"),
        ("untag", "tag=card"),
        ("priority", "priority=high"),
        ("segment", "segment=employees"),
        ("focus", "doing=writing"),
    ] {
        assert_eq!(act(&vera, id, deed, form).await.status, 404, "{deed}");
    }
    assert_eq!(
        vera.get("/console/reports?tenant=aurinko").await.text().matches("aurinko oy").count(),
        0
    );
    assert!(!vera.get("/console/health").await.text().contains("aurinko oy"));
}

#[tokio::test]
async fn a_foreign_page_cannot_act_with_a_persons_cookie() {
    let world = world().await;
    let anna = agent(&world).await;
    let id = world.asks("aurinko", "t1", "hello").await;
    let path = format!("/console/c/{id}/close");
    let answer = post(&anna, &path, "reason=spam", &[("origin", "https://evil.example")]).await;
    assert_eq!(answer.status, 403);
}

#[tokio::test]
async fn only_supervisors_see_what_was_given_up_and_agents_no_reports() {
    let world = world().await;
    let anna = agent(&world).await;
    assert_eq!(anna.get("/console/health").await.status, 403);
    assert_eq!(anna.get("/console/plugins").await.status, 403);
    assert_eq!(anna.get("/console/reports").await.status, 403);
    let sam = browser(&world, "sam", Role::Supervisor, "aurinko", "first-line").await;
    let health = sam.get("/console/health").await;
    assert!(health.status == 200 && health.text().contains("plugin stopped after its time budget"));
    assert!(
        health.text().contains("<code>AURINKO_TELEGRAM_TOKEN</code>"),
        "what must be set is said"
    );
    assert_eq!(sam.get("/console/plugins").await.status, 200);
    assert_eq!(sam.get("/console/board").await.status, 200);
}

#[tokio::test]
async fn what_cannot_be_done_now_is_said_in_the_readers_language() {
    let world = world().await;
    let anna = agent(&world).await;
    let wish = post(&anna, "/preferences", "language=fi&theme=dark&here=%2Fconsole", &[]).await;
    assert_eq!((wish.status, wish.header("location")), (303, "/console"));
    let kept: Vec<&str> =
        wish.headers.get_all("set-cookie").iter().map(|v| v.to_str().unwrap()).collect();
    assert_eq!(kept.len(), 2, "{kept:?}");
    let Who::Cookie(session) = &anna.who else { unreachable!() };
    let cookies = kept
        .iter()
        .fold(session.clone(), |all, one| format!("{all}; {}", one.split(';').next().unwrap()));
    let finnish = Client::new(world.app.clone(), Who::Cookie(cookies));
    let page = finnish.get("/console").await.text();
    assert!(page.contains("lang=\"fi\" data-theme=\"dark\"") && page.contains("Saapuneet"));
    world.database_gone(true);
    let gone = finnish.get("/console").await;
    assert_eq!(gone.status, 503);
    assert!(gone.text().contains("Ei juuri nyt mahdollista"), "{}", gone.text());
}

#[tokio::test]
async fn the_help_center_counts_visits_by_people_only() {
    let world = world().await;
    let visitor = world.anonymous();
    let open = |agent: &str, cookie: &str| {
        let request = Request::get("/help/aurinko/fi/card")
            .header("user-agent", agent)
            .header("cookie", cookie);
        request.body(Body::empty()).unwrap()
    };
    let visits = || async {
        let (from, to) = (Timestamp(0), Timestamp(i64::MAX));
        world.store.visits_between(&"aurinko".into(), from, to).await.unwrap()
    };
    let crawler = visitor.send(open("ExampleBot/1.0", "")).await;
    assert_eq!((crawler.status, crawler.header("set-cookie")), (200, ""));
    assert!(visits().await.is_empty());
    let page = visitor.send(open("Mozilla/5.0", "")).await;
    assert!(page.text().contains("Kortin tilaaminen") && !page.text().contains("<script>"));
    let cookie = page.header("set-cookie").split(';').next().unwrap().to_owned();
    visitor.send(open("Mozilla/5.0", &cookie)).await;
    for act in ["act=read", "act=helped", "act=contacted&conversation=cnv_x"] {
        let told = post(&visitor, "/help/aurinko/visit", act, &[("cookie", &cookie)]).await;
        assert_eq!(told.status, 204, "{act}");
    }
    let id = world.asks("aurinko", "t1", "hello").await;
    let foreign = world.asks("vuori", "t1", "hello").await;
    for conversation in [foreign, id] {
        let form = format!("act=contacted&conversation={conversation}");
        post(&visitor, "/help/aurinko/visit", &form, &[("cookie", &cookie)]).await;
    }
    let seen = visits().await;
    assert_eq!(seen.len(), 1, "one visitor, one visit");
    let visit = &seen[0];
    assert_eq!((visit.articles, visit.read, visit.helped), (2, 1, Some(true)));
    assert_eq!(visit.contacted, Some(id), "another tenant's conversation is none");
}

#[tokio::test]
async fn unknown_places_tell_nothing() {
    let world = world().await;
    let stranger = world.anonymous();
    let mut answers = Vec::new();
    for path in [
        "/help/nobody",
        "/help/nobody/fi",
        "/help/aurinko/de",
        "/help/aurinko/fi/nothing",
        "/demo/nobody",
    ] {
        let answer = stranger.get(path).await;
        assert_eq!(answer.status, 404, "{path}");
        answers.push(answer.text());
    }
    assert!(
        answers.windows(2).all(|pair| pair[0] == pair[1]),
        "a tenant that is not there looks like a page that is not"
    );
}
