//! What a message carries and what becomes of it: files, mails, deliveries, approved messages, copies; by the API
//! and in the console.

use axum::body::Body;
use axum::http::Request;
use kerros_app::ports::store::{BadAddress, Changes, MessageUpdate, Role, Scope};
use kerros_domain::about::Failure;
use kerros_domain::id::{ConversationId, MessageId};
use kerros_domain::message::DeliveryState;
use serde_json::{Value, json};

use crate::client::{Answer, Client, Who};
use crate::plugins::TOO_LATE;
use crate::world::{World, world};

/// A PNG's first bytes, and how a hook carries them.
const PNG: [u8; 4] = [0x89, b'P', b'N', b'G'];

fn bytes(bytes: &[u8]) -> Value {
    serde_json::to_value(kerros_app::ports::channel::Source::Bytes(bytes.to_vec())).unwrap()
}

/// A mail with everything a mail can have.
fn mail() -> Value {
    json!({
        "subject": "The card again",
        "html": "<p>My <b>card</b> <a href=\"https://a.example\">is</a> gone</p>\
                 <img src=\"https://track.example/p.gif\"><img src=\"cid:logo\" alt=\"Logo\"><script>x()</script>",
        "full": "My card is gone\n> quoted words",
        "participants": [{ "role": "to", "address": "help@aurinko.example" },
                         { "role": "cc", "address": "olli@example.fi", "name": "Olli" }],
        "checks": [{ "name": "spf", "verdict": "pass", "detail": "example.fi" },
                   { "name": "dmarc", "verdict": "fail", "detail": "example.fi" }],
        "fields": [{ "key": "when", "label": "When", "value": "2026-12-01 10:00" }],
        "public_url": "https://www.instagram.com/p/abc/",
        "attachments": [
            { "name": "logo.png", "content_id": "logo", "source": bytes(&PNG) },
            { "name": "bill.svg", "media_type": "image/svg+xml", "source": bytes(b"<svg onload='x()'/>") },
        ],
    })
}

/// A browser of somebody who has a bearer token already.
async fn console(world: &World, name: &str, role: Role, tenant: &str, layer: &str) -> Client {
    world.person(name, role, tenant, layer).await;
    let form = format!("email={name}%40{tenant}.example&password={name}%27s+password");
    let request = Request::post("/console/login")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(form))
        .unwrap();
    let answer = world.anonymous().send(request).await;
    let cookie = answer.header("set-cookie").split(';').next().unwrap().to_owned();
    Client::new(world.app.clone(), Who::Cookie(cookie))
}

async fn act(client: &Client, path: &str, form: &str) -> Answer {
    let request = Request::post(path)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("hx-request", "true")
        .header("x-after", "1");
    client.send(request.body(Body::from(form.to_owned())).unwrap()).await
}

async fn send_file(client: &Client, path: &str, media_type: &str, bytes: &[u8]) -> Answer {
    let request = Request::post(path).header("content-type", media_type);
    client.send(request.body(Body::from(bytes.to_vec())).unwrap()).await
}

async fn messages(client: &Client, id: ConversationId) -> Vec<Value> {
    let page = client.get(&format!("/api/v1/conversations/{id}/messages")).await.json();
    page["items"].as_array().unwrap().clone()
}

/// The last message, once its delivery has left `pending`.
async fn settled(world: &World, client: &Client, id: ConversationId, thread: &str) -> Value {
    loop {
        let last = messages(client, id).await.pop().unwrap();
        if last["delivery"] != "pending" {
            return last;
        }
        world.heard("aurinko", thread).await;
    }
}

#[tokio::test]
async fn the_api_tells_everything_of_a_mail_and_gives_its_files() {
    let world = world().await;
    let anna = world.agent("aurinko").await;
    let id = world.asks_with("aurinko", "t1", "My card is gone", mail()).await;
    let said = &messages(&anna, id).await[0];
    assert_eq!(said["subject"], "The card again");
    assert_eq!((said["details"].as_bool(), said["delivery"].is_null()), (Some(true), true));
    let names: Vec<_> = said["files"].as_array().unwrap().iter().map(|f| &f["name"]).collect();
    assert_eq!(names, ["logo.png", "bill.svg"]);
    assert_eq!(
        (&said["files"][0]["inline"], &said["files"][0]["state"]),
        (&json!(true), &json!("here"))
    );

    let path = format!("/api/v1/conversations/{id}/messages/{}", said["id"].as_str().unwrap());
    let whole = anna.get(&path).await.json();
    assert_eq!(whole["text"], "My card is gone");
    assert_eq!(whole["full"], "My card is gone\n> quoted words");
    assert_eq!(whole["checks"][1]["verdict"], "fail");
    assert_eq!(whole["fields"][0]["label"], "When");
    assert_eq!(whole["participants"][1]["address"], "olli@example.fi");
    let html = whole["html"].as_str().unwrap();
    assert!(
        html.contains("data-src=\"https://track.example/p.gif\"") && !html.contains("script"),
        "{html}"
    );

    let file = |n: usize| {
        format!("/api/v1/conversations/{id}/files/{}", said["files"][n]["id"].as_str().unwrap())
    };
    let picture = anna.get(&file(0)).await;
    assert_eq!((picture.status, &*picture.body), (200, &PNG[..]));
    assert!(picture.header("content-disposition").starts_with("inline;"));
    let drawing = anna.get(&file(1)).await;
    assert!(
        drawing.header("content-disposition").starts_with("attachment;"),
        "an SVG runs scripts"
    );
    assert_eq!(drawing.header("content-security-policy"), "default-src 'none'; sandbox");
    assert_eq!(drawing.header("x-content-type-options"), "nosniff");

    // Nobody's but this conversation's.
    let other = world.asks("aurinko", "t2", "hello").await;
    let elsewhere = file(0).replace(&id.to_string(), &other.to_string());
    assert_eq!(anna.get(&elsewhere).await.brief(), "404 not-found");
    let elsewhere = path.replace(&id.to_string(), &other.to_string());
    assert_eq!(anna.get(&elsewhere).await.brief(), "404 not-found");
}

#[tokio::test]
async fn a_file_is_uploaded_and_goes_with_the_answer_that_names_it() {
    let world = world().await;
    let anna = world.agent("aurinko").await;
    let id = world.asks("aurinko", "t1", "Send me the form").await;
    let path = format!("/api/v1/conversations/{id}/files");
    let kept =
        send_file(&anna, &format!("{path}?name=..%2Fform.pdf"), "application/pdf", b"%PDF").await;
    assert_eq!(kept.status, 201, "{}", kept.brief());
    let kept = kept.json();
    assert_eq!((&kept["name"], &kept["bytes"]), (&json!("form.pdf"), &json!(4)));
    let file = format!("{path}/{}", kept["id"].as_str().unwrap());
    assert_eq!(anna.get(&file).await.status, 404, "no message has it yet");

    let body = json!({ "text": "Here it is.", "files": [kept["id"]] });
    let said = anna.post(&format!("/api/v1/conversations/{id}/messages"), &body).await;
    assert_eq!(said.status, 201, "{}", said.brief());
    assert_eq!(said.json()["files"][0]["name"], "form.pdf");
    assert_eq!(anna.get(&file).await.body, b"%PDF");

    let body = json!({ "text": "x", "files": ["fil_0198c0de0000700080000000000000aa"] });
    let said = anna.post(&format!("/api/v1/conversations/{id}/messages"), &body).await;
    assert_eq!(said.status, 400, "{}", said.brief());
    let large = vec![0; (25 << 20) + 1];
    assert_eq!(send_file(&anna, &path, "image/png", &large).await.status, 413);
    let eero = world.client("eero", Role::Agent, "aurinko", "experts").await;
    assert_eq!(send_file(&eero, &path, "image/png", &PNG).await.status, 403, "who may only read");
    let ville = world.client("ville", Role::Supervisor, "vuori", "first-line").await;
    assert_eq!(send_file(&ville, &path, "image/png", &PNG).await.status, 404);
}

#[tokio::test]
async fn the_console_shows_a_mail_in_a_frame_that_fetches_nothing_until_asked() {
    let world = world().await;
    let anna = console(&world, "anna", Role::Agent, "aurinko", "first-line").await;
    let id = world.asks_with("aurinko", "t1", "My card is gone", mail()).await;
    let page = anna.get(&format!("/console/c/{id}")).await.text();
    for seen in [
        "The card again",
        "olli@example.fi",
        "SPF pass",
        "DMARC fail",
        "2026-12-01 10:00",
        "bill.svg",
        "instagram.com",
        "Show pictures",
        "&gt; quoted words",
        "sandbox=\"allow-same-origin allow-popups",
    ] {
        assert!(page.contains(seen), "{seen}: {page}");
    }
    assert!(!page.contains("track.example"), "the sender's server is not even named");
    let frame = page.split("<iframe").nth(1).unwrap().split("src=\"").nth(1).unwrap();
    let frame = frame.split('"').next().unwrap().replace("&#x2f;", "/");
    let shut = anna.get(&frame).await;
    let policy = shut.header("content-security-policy");
    assert!(
        policy.contains("img-src 'self';") && policy.contains("default-src 'none'"),
        "{policy}"
    );
    assert!(
        policy.contains("sandbox allow-same-origin allow-popups")
            && !policy.contains("allow-scripts")
    );
    assert!(
        policy.contains("frame-ancestors 'self'") && shut.header("x-frame-options") == "SAMEORIGIN"
    );
    let html = shut.text();
    assert!(!html.contains("track.example") && !html.contains("<script"), "{html}");
    let inline = html.split("<img").nth(2).unwrap().split("src=\"").nth(1).unwrap();
    let inline = inline.split('"').next().unwrap();
    assert_eq!(
        anna.get(inline).await.body,
        PNG,
        "an inline picture is where the frame looks for it"
    );

    let open = anna.get(&format!("{frame}?images=1")).await;
    assert!(open.header("content-security-policy").contains("img-src 'self' https:;"));
    assert!(open.text().contains(" src=\"https://track.example/p.gif\""));
    assert_eq!(open.header("referrer-policy"), "no-referrer");

    let vera = console(&world, "vera", Role::Supervisor, "vuori", "first-line").await;
    let message = frame.rsplit_once('/').unwrap().0;
    for path in [frame.as_str(), message, inline] {
        assert_eq!(vera.get(path).await.status, 404, "{path}");
    }
    for deed in ["resend", "by"] {
        assert_eq!(
            act(&vera, &format!("{message}/{deed}"), "via=mail").await.status,
            404,
            "{deed}"
        );
    }
    assert_eq!(
        send_file(&vera, &format!("/console/c/{id}/files"), "image/png", &PNG).await.status,
        404
    );
    let whole = anna.get(message).await;
    assert!(whole.status == 200 && whole.text().contains("SPF pass"));
}

/// Gives the customer a mail address beside the one they write from.
async fn has_mail(world: &World, id: ConversationId) {
    let scope = Scope::One("aurinko".into());
    let conversation = world.ctx.store.conversation(&scope, id).await.unwrap().unwrap();
    let mut contact = world.ctx.store.contact(&scope, conversation.contact).await.unwrap().unwrap();
    contact.addresses.push(("mail".into(), "maija@example.fi".into()));
    contact.addresses.push(("chat".into(), "w-1".into()));
    contact.bad_addresses.push(BadAddress {
        channel: "chat".into(),
        address: "w-1".into(),
        reason: "blocked by the user".into(),
        at: conversation.opened_at,
    });
    let changes = Changes { contacts: vec![contact], ..Changes::default() };
    world.ctx.store.commit(&scope, changes).await.unwrap();
}

#[tokio::test]
async fn a_message_that_did_not_arrive_says_why_and_goes_another_way() {
    let world = world().await;
    let anna = world.agent("aurinko").await;
    let browser = console(&world, "aino", Role::Agent, "aurinko", "first-line").await;
    let id = world.asks("aurinko", "t1", "Where is my card?").await;
    has_mail(&world, id).await;
    let path = format!("/api/v1/conversations/{id}");
    anna.post(&format!("{path}/messages"), &json!({ "text": format!("Here {TOO_LATE}") })).await;
    let failed = settled(&world, &anna, id, "t1").await;
    assert_eq!(failed["delivery"], "failed");
    assert_eq!(failed["failure"]["reason"], "the customer's last message is too old");
    assert_eq!(failed["failure"]["alternatives"], json!(["template", "mail"]));
    let message = failed["id"].as_str().unwrap();

    let contact = anna.get(&path).await.json()["contact"].as_str().unwrap().to_owned();
    let contact = anna.get(&format!("/api/v1/contacts/{contact}")).await.json();
    assert_eq!(contact["bad_addresses"][0]["reason"], "blocked by the user");

    let page = browser.get(&format!("/console/c/{id}")).await.text();
    for seen in [
        "takes no messages: blocked by the user",
        "Not delivered",
        "too old",
        "Send again",
        "Send by mail",
        "data-template=\"hook&#x2f;0\"",
    ] {
        assert!(page.contains(seen), "{seen}: {page}");
    }
    assert!(!page.contains("nobody knows"), "it is known that it did not go out");

    // By mail: the same words, once however often the button is pressed.
    let by = format!("/console/c/{id}/m/{message}/by");
    let form = format!("via=mail&key=by-{message}-mail");
    let sent = act(&browser, &by, &form).await;
    assert_eq!(sent.status, 200, "{}", sent.text());
    act(&browser, &by, &form).await;
    let said = settled(&world, &anna, id, "t1").await;
    assert_eq!((&said["via"], &said["delivery"]), (&json!("mail"), &json!("sent")));
    assert_eq!(messages(&anna, id).await.len(), 3);

    // What colleagues wrote to each other stays with them.
    let note =
        anna.post(&format!("{path}/notes"), &json!({ "text": "He always forgets it." })).await;
    let note = format!("/console/c/{id}/m/{}/by", note.json()["id"].as_str().unwrap());
    assert_eq!(act(&browser, &note, "via=mail").await.status, 404);

    // An approved message: the form's holes are filled in, the record has its words.
    let say = format!("/console/c/{id}/say");
    let empty = act(&browser, &say, "mode=reply&text=&template=hook%2F0").await;
    assert_eq!(empty.status, 400, "{}", empty.text());
    let sent = act(&browser, &say, "mode=reply&text=&template=hook%2F0&p.hook%2F0.0=Maija").await;
    assert_eq!(sent.status, 200, "{}", sent.text());
    let said = settled(&world, &anna, id, "t1").await;
    assert_eq!(said["text"], "Hello Maija, your card is on its way.");
    assert_eq!(
        said["template"],
        json!({ "name": "on_its_way", "language": "en", "parameters": ["Maija"] })
    );

    // Again: it fails again, and is not lost.
    let again = anna.post(&format!("{path}/messages/{message}/resend"), &json!({})).await;
    assert_eq!(again.status, 200, "{}", again.brief());
    let sent = messages(&anna, id).await.into_iter().find(|m| m["delivery"] == "sent").unwrap();
    let not_failed = format!("{path}/messages/{}/resend", sent["id"].as_str().unwrap());
    assert_eq!(anna.post(&not_failed, &json!({})).await.brief(), "409 conflict");
}

#[tokio::test]
async fn what_may_have_arrived_is_sent_again_only_by_somebody_who_was_told() {
    let world = world().await;
    let anna = world.agent("aurinko").await;
    let browser = console(&world, "aino", Role::Agent, "aurinko", "first-line").await;
    let id = world.asks("aurinko", "t1", "Where is my card?").await;
    anna.post(&format!("/api/v1/conversations/{id}/messages"), &json!({ "text": "Here" })).await;
    let said = settled(&world, &anna, id, "t1").await;
    let message: MessageId = said["id"].as_str().unwrap().parse().unwrap();
    let update = MessageUpdate {
        tenant: "aurinko".into(),
        id: message,
        delivery: DeliveryState::Failed,
        external_id: None,
        failure: Some(Failure {
            reason: "the node stopped while the message was on its way".into(),
            maybe_sent: true,
            ..Failure::default()
        }),
    };
    let changes = Changes { message_updates: vec![update], ..Changes::default() };
    world.ctx.store.commit(&Scope::One("aurinko".into()), changes).await.unwrap();
    let page = browser.get(&format!("/console/c/{id}")).await.text();
    assert!(page.contains("nobody knows") && page.contains("the customer gets it twice"), "{page}");
    let again = act(&browser, &format!("/console/c/{id}/m/{message}/resend"), "").await;
    assert_eq!(again.status, 200, "{}", again.text());
    assert!(again.text().contains("hx-swap-oob"), "the message is shown anew");
    assert_eq!(settled(&world, &anna, id, "t1").await["delivery"], "sent");
}

#[tokio::test]
async fn copies_go_as_the_box_says_and_by_default_to_whom_the_customer_wrote() {
    let world = world().await;
    let browser = console(&world, "aino", Role::Agent, "aurinko", "first-line").await;
    let anna = world.agent("aurinko").await;
    let threading = json!({ "mail": {}, "sender": "maija@example.fi",
        "participants": [{ "role": "cc", "address": "olli@example.fi" }] });
    let id = world.mails("aurinko", "The card", threading).await;
    let page = browser.get(&format!("/console/c/{id}")).await.text();
    assert!(page.contains("name=\"copies\" value=\"olli@example.fi\""), "{page}");
    let say = format!("/console/c/{id}/say");
    let shown = "copies_shown=olli%40example.fi";
    for (form, expected) in [
        (format!("copies=olli%40example.fi&{shown}"), json!(["olli@example.fi"])),
        (format!("copies=pia%40example.fi&{shown}&subject=New"), json!(["pia@example.fi"])),
        (format!("copies=&{shown}"), json!([])),
    ] {
        let sent = act(&browser, &say, &format!("mode=reply&text=Hello&{form}")).await;
        assert_eq!(sent.status, 200, "{}", sent.text());
        let last = messages(&anna, id).await.pop().unwrap();
        let addresses: Vec<_> =
            last["recipients"].as_array().unwrap().iter().map(|p| p["address"].clone()).collect();
        assert_eq!(json!(addresses), expected, "{form}");
        assert_eq!(last["subject"].as_str(), form.contains("subject").then_some("New"));
    }
    let wrong = act(&browser, &say, &format!("mode=reply&text=Hello&copies=nobody&{shown}")).await;
    assert_eq!(wrong.status, 400);
    // By the API the default is the same.
    let body = json!({ "text": "Once more" });
    let said = anna.post(&format!("/api/v1/conversations/{id}/messages"), &body).await.json();
    assert_eq!(said["recipients"][0]["address"], "olli@example.fi");
}

#[tokio::test]
async fn a_mail_can_be_had_as_it_came() {
    let from_maija = json!({ "mail": {}, "sender": "maija@example.fi" });
    let world = world().await;
    let anna = world.agent("aurinko").await;
    let id = world.mails("aurinko", "My card is gone", from_maija).await;
    let message = messages(&anna, id).await.remove(0);
    let path = format!("/conversations/{id}/messages/{}", message["id"].as_str().unwrap());
    let whole = anna.get(&format!("/api/v1{path}")).await.json();
    let original = anna.get(&format!("/api/v1{path}/original")).await;
    assert_eq!(original.status, 200, "{}", original.text());
    assert!(original.text().contains("My card is gone"), "{}", original.text());
    assert_eq!(whole["original_bytes"].as_u64(), Some(original.body.len() as u64));
    assert_eq!(original.header("content-type"), "message/rfc822");
    assert!(original.header("content-disposition").starts_with("attachment;"));
    // In the console too, and for nobody else.
    let pane = format!("/console/c/{id}");
    let place = format!("{pane}/m/{}/original", message["id"].as_str().unwrap());
    let aino = console(&world, "aino", Role::Agent, "aurinko", "first-line").await;
    let shown = aino.get(&pane).await.text().replace("&#x2f;", "/");
    assert!(shown.contains(&place), "the console offers it");
    assert_eq!(aino.get(&place).await.body, original.body);
    let ville = console(&world, "ville", Role::Agent, "vuori", "first-line").await;
    assert_eq!(ville.get(&place).await.status, 404);
    let ville = world.client("vesa", Role::Agent, "vuori", "first-line").await;
    assert_eq!(ville.get(&format!("/api/v1{path}/original")).await.brief(), "404 not-found");
    // What came as no mail has none.
    let chat = world.asks("aurinko", "t1", "hello").await;
    let said = messages(&anna, chat).await.remove(0);
    let path = format!("/api/v1/conversations/{chat}/messages/{}", said["id"].as_str().unwrap());
    assert_eq!(anna.get(&format!("{path}/original")).await.brief(), "404 not-found");
    assert!(anna.get(&path).await.json()["original_bytes"].is_null());
}

#[tokio::test]
async fn a_visitor_gets_the_files_of_their_own_talk_and_nobody_elses() {
    let world = world().await;
    let anna = world.agent("aurinko").await;
    let (secret, other) = ("a".repeat(64), "b".repeat(64));
    let ask = async |request: axum::http::request::Builder, secret: &str, body: String| {
        let request = request.header("authorization", format!("Visitor {secret}"));
        world.anonymous().send(request.body(Body::from(body)).unwrap()).await
    };
    let mut threads = Vec::new();
    for secret in [&secret, &other] {
        let frame = json!({ "type": "message", "id": "m1", "text": "Send me the form" });
        let path = "/widget/aurinko/frames";
        assert_eq!(ask(Request::post(path), secret, frame.to_string()).await.status, 200);
        let session = json!({ "secret": secret });
        let session = world.anonymous().post("/widget/aurinko/session", &session).await.json();
        let thread = session["thread"].as_str().unwrap().to_owned();
        threads.push(world.heard("aurinko", &thread).await);
    }
    let path = format!("/api/v1/conversations/{}", threads[0]);
    let upload = format!("{path}/files?name=form.pdf");
    let kept = send_file(&anna, &upload, "application/pdf", b"%PDF").await.json();
    let said = json!({ "text": "Here it is.", "files": [kept["id"]] });
    let said = anna.post(&format!("{path}/messages"), &said).await;
    assert_eq!(said.json()["delivery"], "sent", "{}", said.text());
    let seen = ask(Request::get("/widget/aurinko/messages"), &secret, String::new()).await.json();
    let file = &seen["messages"][1]["files"][0];
    assert_eq!((&file["name"], &file["bytes"]), (&json!("form.pdf"), &json!(4)));
    assert_eq!(seen["messages"][0].get("files"), None, "most messages have none");
    let at = |tenant: &str| {
        Request::get(format!("/widget/{tenant}/files/{}", file["id"].as_str().unwrap()))
    };
    let own = ask(at("aurinko"), &secret, String::new()).await;
    assert_eq!((own.status, &*own.body), (200, &b"%PDF"[..]));
    assert!(own.header("content-disposition").starts_with("attachment;"));
    assert_eq!(ask(at("aurinko"), &other, String::new()).await.status, 404);
    assert_eq!(ask(at("vuori"), &secret, String::new()).await.status, 404);
    assert_eq!(ask(at("aurinko"), "nobody", String::new()).await.status, 401);
}
