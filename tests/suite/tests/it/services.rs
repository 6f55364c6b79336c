//! Every service by which customers write, in one table: what a forger, a repeating, unordered, busy, broken and slow
//! service must not bring about. What is a service's own stands below.

use std::time::Duration;

use futures::future::join_all;
use kerros_suite::config::Config;
use kerros_suite::database;
use kerros_suite::kerros::Kerros;
use kerros_suite::person::Person;
use kerros_suite::provider::{Got, Provider, Says};
use kerros_suite::sign::now;
use kerros_suite::tuuli::{
    APP_SECRET, GATEWAY, Hook, TEAMS, TELEGRAM, TOKEN, TWILIO, start, whatsapp, with_tuuli, written,
};
use kerros_suite::wait::until;
use serde_json::{Value, json};

/// A service by which customers write.
struct Service {
    channel: &'static str,
    /// What proves its hooks.
    secret: &'static str,
    /// The customer's nth message.
    message: fn(&str, u32) -> Hook,
    /// How it takes an answer, with its own id of it.
    took: fn(&str) -> Says,
    /// How it says that it is asked too often; to be asked again in two seconds.
    busy: fn() -> Says,
    /// How it says that this customer cannot be reached.
    refuses: fn() -> Says,
    /// What it tells of an answer, as it may come: the later thing first; and what the answer is then.
    receipts: fn(&str, &str) -> (Vec<Hook>, &'static str),
}

fn problem(status: u16, code: u32) -> Says {
    Says::new(status, &json!({ "error": { "code": code, "message": "told by the stub" } }))
}

fn messaging(object: &str, account: &str, what: Value) -> Value {
    let mut one = what;
    one["sender"] = json!({ "id": "5521" });
    one["recipient"] = json!({ "id": account });
    let at = now() * 1000;
    one["timestamp"] = at.into();
    json!({ "object": object, "entry": [{ "id": account, "time": at, "messaging": [one] }] })
}

fn said(n: u32) -> Value {
    json!({ "message": { "mid": format!("m_{n}"), "text": format!("Message {n}") } })
}

fn state_of(id: &str, state: &str) -> Value {
    whatsapp(json!({
        "statuses": [{ "id": id, "status": state, "recipient_id": "358409998877" }]
    }))
}

const SERVICES: [Service; 6] = [
    Service {
        channel: "whatsapp",
        secret: APP_SECRET,
        message: |secret, n| {
            let text = json!({ "type": "text", "text": { "body": format!("Message {n}") } });
            Hook::meta("whatsapp", secret, &written(&format!("wamid.{n}"), text))
        },
        took: |id| Says::new(200, &json!({ "messages": [{ "id": format!("wamid.{id}") }] })),
        busy: || problem(429, 131_056).header("retry-after", "2"),
        refuses: || problem(400, 131_026),
        receipts: |secret, id| {
            let told =
                |state| Hook::meta("whatsapp", secret, &state_of(&format!("wamid.{id}"), state));
            (["read", "delivered", "sent"].map(told).to_vec(), "read")
        },
    },
    Service {
        channel: "messenger",
        secret: APP_SECRET,
        message: |secret, n| Hook::meta("messenger", secret, &messaging("page", "100", said(n))),
        took: |id| Says::new(200, &json!({ "recipient_id": "5521", "message_id": id })),
        busy: || problem(429, 613).header("retry-after", "2"),
        refuses: || problem(400, 551),
        receipts: |secret, id| {
            // Read is a moment up to which all was; a second of grace for the clock of this test.
            let read = json!({ "read": { "watermark": (now() + 1) * 1000 } });
            let delivered = json!({ "delivery": { "mids": [id], "watermark": now() * 1000 } });
            let told = |what| Hook::meta("messenger", secret, &messaging("page", "100", what));
            ([read, delivered].map(told).to_vec(), "read")
        },
    },
    Service {
        channel: "instagram",
        secret: APP_SECRET,
        message: |secret, n| {
            Hook::meta("instagram", secret, &messaging("instagram", "200", said(n)))
        },
        took: |id| Says::new(200, &json!({ "recipient_id": "5521", "message_id": id })),
        busy: || problem(429, 613).header("retry-after", "2"),
        refuses: || problem(400, 551),
        receipts: |secret, id| {
            let read = messaging("instagram", "200", json!({ "read": { "mid": id } }));
            (vec![Hook::meta("instagram", secret, &read)], "read")
        },
    },
    Service {
        channel: "sms",
        secret: TWILIO,
        message: |token, n| {
            let (id, text) = (format!("SM{n}"), format!("Message {n}"));
            let fields = [("MessageSid", id.as_str()), ("From", "+358409998877"), ("Body", &text)];
            Hook::twilio(token, &fields)
        },
        took: |id| Says::new(201, &json!({ "sid": id, "status": "queued" })),
        busy: || {
            Says::new(429, &json!({ "code": 20_429, "message": "slow down", "status": 429 }))
                .header("retry-after", "2")
        },
        refuses: || {
            Says::new(400, &json!({ "code": 21_614, "message": "no mobile", "status": 400 }))
        },
        receipts: |token, id| {
            let told = |state| {
                let to = ("To", "+358409998877");
                Hook::twilio(token, &[("MessageSid", id), ("MessageStatus", state), to])
            };
            (["delivered", "sent"].map(told).to_vec(), "delivered")
        },
    },
    Service {
        channel: "gateway",
        secret: GATEWAY,
        message: |secret, n| {
            let text = format!("Message {n}");
            let sms = json!({ "id": format!("{n}"), "sender": "358409998877", "body": text });
            Hook::gateway(secret, &sms)
        },
        took: |id| Says::new(200, &json!({ "id": id })),
        busy: || Says::new(429, &json!({})).header("retry-after", "2"),
        refuses: || Says::new(422, &json!({ "error": "no such number" })),
        receipts: |secret, id| {
            let told = |state| Hook::gateway(secret, &json!({ "id": id, "state": state }));
            (["DELIVRD", "BUFFERED"].map(told).to_vec(), "delivered")
        },
    },
    Service {
        channel: "telegram",
        secret: TELEGRAM,
        message: |secret, n| {
            let chat = json!({ "id": 5, "type": "private" });
            let from = json!({ "id": 5, "is_bot": false, "first_name": "Kalle" });
            let message = json!({
                "message_id": n, "date": now(), "chat": chat, "from": from,
                "text": format!("Message {n}"),
            });
            Hook::telegram(secret, &json!({ "update_id": n, "message": message }))
        },
        took: |_| Says::new(200, &json!({ "ok": true, "result": { "message_id": 77 } })),
        busy: || {
            let wait = json!({ "retry_after": 2 });
            let body = json!({ "ok": false, "description": "Too Many", "parameters": wait });
            Says::new(429, &body)
        },
        refuses: || {
            let blocked = "Forbidden: bot was blocked by the user";
            Says::new(403, &json!({ "ok": false, "description": blocked }))
        },
        // A bot is told nothing of what becomes of its words.
        receipts: |_, _| (Vec::new(), "sent"),
    },
];

async fn conversation_of(agent: &Person, channel: &str) -> String {
    until(&format!("a conversation by {channel}"), async || {
        let all = agent.conversations("tuuli").await;
        let own: Vec<&Value> = all.iter().filter(|row| row["channel"] == channel).collect();
        assert!(own.len() < 2, "{own:#?}");
        Some(own.first()?["id"].as_str().unwrap().to_owned())
    })
    .await
}

async fn delivery(agent: &Person, conversation: &str, text: &str, state: &str) {
    until(&format!("{text:?} is {state}"), async || {
        let messages = agent.messages(conversation).await;
        let message = messages.into_iter().find(|message| message["text"] == text)?;
        (message["delivery"] == state).then_some(())
    })
    .await;
}

/// Requests with a word in their body.
fn with_word(provider: &Provider, word: &str) -> Vec<Got> {
    let has = |got: &Got| String::from_utf8_lossy(&got.body).contains(word);
    provider.got().into_iter().filter(has).collect()
}

/// A house with Tuuli, and Aino who works there; the config lives as long as the house.
async fn house(provider: &Provider, data: &std::path::Path) -> (Kerros, Person, Config) {
    let config = with_tuuli(provider);
    let start = start(&config, data);
    start.add_user("aino@tuuli.example", "Aino", "agent", &["tuuli"]).await;
    let kerros = start.serve().await;
    let aino = kerros.person("aino@tuuli.example").await;
    (kerros, aino, config)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_service_may_repeat_itself_and_be_busy_broken_slow_and_forged() {
    let provider = Provider::open().await;
    let data = tempfile::tempdir().unwrap();
    let (kerros, aino, _config) = house(&provider, data.path()).await;
    for service in &SERVICES {
        println!("{}", service.channel);
        forged(&kerros, service).await;
        assert!(!aino.conversations("tuuli").await.iter().any(|c| c["channel"] == service.channel));
        let conversation = five_times(&kerros, &aino, service).await;
        answered_once(&kerros, &aino, &provider, service, &conversation).await;
        refused(&aino, &provider, service, &conversation).await;
    }
    let log = kerros.stop().await;
    for secret in [TOKEN, APP_SECRET, GATEWAY, TWILIO, TELEGRAM] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
}

/// Another's secret, no proof, a changed body, somebody else's proof: none gets in.
async fn forged(kerros: &Kerros, service: &Service) {
    let good = (service.message)(service.secret, 1);
    let mut forgeries = vec![(service.message)("guess", 1)];
    forgeries.push(Hook { proof: (good.proof.0, String::new()), ..good.clone() });
    // Telegram shows a word and signs nothing.
    if service.channel != "telegram" {
        let body = good.body.replace("Message", "Massage");
        assert_ne!(body, good.body);
        forgeries.push(Hook { body, ..good.clone() });
        let other = (service.message)(service.secret, 2);
        forgeries.push(Hook { proof: other.proof, ..good.clone() });
    }
    for forgery in forgeries {
        assert_eq!(forgery.post(kerros).await, 401, "{forgery:?}");
    }
}

/// The later message first, each five times and at once: two messages.
async fn five_times(kerros: &Kerros, aino: &Person, service: &Service) -> String {
    for n in [2, 1] {
        let hook = (service.message)(service.secret, n);
        for status in join_all((0..5).map(|_| hook.post(kerros))).await {
            assert_eq!(status, 200, "{hook:?}");
        }
    }
    let conversation = conversation_of(aino, service.channel).await;
    let messages = until("both messages", async || {
        let messages = aino.messages(&conversation).await;
        (messages.len() >= 2).then_some(messages)
    })
    .await;
    let mut texts: Vec<&str> = messages.iter().map(|m| m["text"].as_str().unwrap()).collect();
    texts.sort_unstable();
    assert_eq!(texts, ["Message 1", "Message 2"], "{}", service.channel);
    conversation
}

/// Broken, then busy, then slow: the answer goes out once, as late as was asked for; receipts in any order.
async fn answered_once(
    kerros: &Kerros,
    aino: &Person,
    provider: &Provider,
    service: &Service,
    conversation: &str,
) {
    let word = format!("Answer{}", service.channel);
    let id = format!("OUT-{}", service.channel);
    aino.act(conversation, "assign", &json!({})).await;
    provider.then(Says::new(503, &json!({})));
    provider.then((service.busy)());
    provider.then((service.took)(&id).slowly(Duration::from_millis(300)));
    aino.reply(conversation, &word).await;
    delivery(aino, conversation, &word, "sent").await;
    let got = with_word(provider, &word);
    assert_eq!(got.len(), 3, "{}: {got:#?}", service.channel);
    let waited = got[2].at - got[1].at;
    assert!(waited >= Duration::from_millis(1_900), "{}: {waited:?}", service.channel);
    let (receipts, state) = (service.receipts)(service.secret, &id);
    for receipt in &receipts {
        for status in join_all((0..5).map(|_| receipt.post(kerros))).await {
            assert_eq!(status, 200, "{receipt:?}");
        }
        delivery(aino, conversation, &word, state).await;
    }
    assert_eq!(with_word(provider, &word).len(), 3, "{}: nothing went twice", service.channel);
}

/// This customer cannot be reached: told, and not tried for ever.
async fn refused(aino: &Person, provider: &Provider, service: &Service, conversation: &str) {
    let word = format!("Never{}", service.channel);
    provider.then((service.refuses)());
    aino.reply(conversation, &word).await;
    delivery(aino, conversation, &word, "failed").await;
    assert_eq!(with_word(provider, &word).len(), 1, "{}", service.channel);
    let timeline = aino.timeline(conversation).await;
    let failed = timeline.iter().rev().find(|entry| entry["event"]["state"] == "failed").unwrap();
    assert!(failed["event"]["reason"].as_str().is_some_and(|reason| !reason.is_empty()));
}

/// A long answer goes in pieces: what was taken is not sent again when the rest fails.
#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_was_taken_is_not_repeated() {
    let provider = Provider::open().await;
    let data = tempfile::tempdir().unwrap();
    let (kerros, aino, _config) = house(&provider, data.path()).await;
    let whatsapp = &SERVICES[0];
    assert_eq!((whatsapp.message)(whatsapp.secret, 1).post(&kerros).await, 200);
    let conversation = conversation_of(&aino, "whatsapp").await;
    aino.act(&conversation, "assign", &json!({})).await;
    provider.then((whatsapp.took)("FIRST"));
    provider.then(Says::new(503, &json!({})));
    provider.then((whatsapp.busy)());
    provider.then((whatsapp.took)("SECOND"));
    let long = format!("{}\n\n{}", "Beginning ".repeat(350).trim(), "Ending ".repeat(350).trim());
    aino.reply(&conversation, &long).await;
    delivery(&aino, &conversation, &long, "sent").await;
    let pieces = |word| with_word(&provider, word).len();
    assert_eq!((pieces("Beginning"), pieces("Ending")), (1, 3));
    kerros.stop().await;
}

/// A picture goes up first, then the message that names it: when that fails, the picture is not sent up again.
#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_was_taken_is_not_repeated() {
    let provider = Provider::open().await;
    let data = tempfile::tempdir().unwrap();
    let (kerros, aino, _config) = house(&provider, data.path()).await;
    let whatsapp = &SERVICES[0];
    assert_eq!((whatsapp.message)(whatsapp.secret, 1).post(&kerros).await, 200);
    let conversation = conversation_of(&aino, "whatsapp").await;
    aino.act(&conversation, "assign", &json!({})).await;
    // Bytes as every PNG begins with them, for who keeps files may look.
    let picture = b"\x89PNG\r\n\x1a\nof a parcel";
    let file = aino.upload(&conversation, "kuva.png", "image/png", picture).await;
    provider.then(Says::new(500, &json!({})));
    provider.then(Says::new(200, &json!({ "id": "900" })));
    provider.then(Says::new(503, &json!({})));
    provider.then((whatsapp.busy)());
    provider.then((whatsapp.took)("PICTURE"));
    let answer = json!({ "text": "Katso", "files": [file] });
    aino.post(&format!("conversations/{conversation}/messages"), &answer).await;
    delivery(&aino, &conversation, "Katso", "sent").await;
    let got = provider.got();
    let to = |path: &str| got.iter().filter(|got| got.path == path).collect::<Vec<_>>();
    let uploads = to("/v25.0/7/media");
    assert_eq!(uploads.len(), 2, "once more after the failure, and not again: {got:#?}");
    assert!(uploads.iter().all(|up| up.body.windows(picture.len()).any(|some| some == picture)));
    let named = to("/v25.0/7/messages");
    let named: Vec<Value> = named.iter().map(|got| got.json()).collect();
    let named: Vec<&Value> = named.iter().filter(|body| body["type"] == "image").collect();
    assert_eq!(named.len(), 3);
    for body in named {
        assert_eq!(
            (&body["image"]["id"], &body["image"]["caption"]),
            (&json!("900"), &json!("Katso"))
        );
    }
    kerros.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn instagram_brings_the_tagged_picture_and_comments() {
    let provider = Provider::open().await;
    let data = tempfile::tempdir().unwrap();
    let (kerros, aino, _config) = house(&provider, data.path()).await;
    let change = |field: &str, value: Value| {
        let changes = json!([{ "field": field, "value": value }]);
        let entry = json!([{ "id": "200", "time": now(), "changes": changes }]);
        json!({ "object": "instagram", "entry": entry })
    };
    let tagged = change("mentions", json!({ "media_id": "17918" }));
    assert_eq!(Hook::meta("instagram", "guess", &tagged).post(&kerros).await, 401);
    let lies = json!({ "media_url": format!("http://{}/photo.jpg", provider.address) });
    // Two jobs ask at the same time: whichever is first, the same answer tells of the post and where its picture lies.
    provider.always(Says::new(200, &json!({ "mentioned_media": lies, "id": "200" })));
    let hook = Hook::meta("instagram", APP_SECRET, &tagged);
    for status in join_all((0..5).map(|_| hook.post(&kerros))).await {
        assert_eq!(status, 200);
    }
    // Both are asked for with the token, and the picture is fetched from where it lies without.
    let got = provider.wait(3).await;
    let (photo, asked): (Vec<_>, Vec<_>) = got.iter().partition(|got| got.path == "/photo.jpg");
    assert_eq!((photo.len(), asked.len()), (1, 2), "{got:#?}");
    for request in asked {
        assert_eq!(request.path, "/v25.0/200");
        assert_eq!(request.headers["authorization"], format!("Bearer {TOKEN}").as_str());
    }
    assert!(!photo[0].headers.contains_key("authorization"));
    until("the picture and the words are kept", async || {
        let kept = "SELECT count(*) FROM files";
        (database::in_data(data.path(), kept).await == 2).then_some(())
    })
    .await;
    let mention = conversation_of(&aino, "instagram").await;
    aino.act(&mention, "assign", &json!({})).await;
    provider.then(Says::new(200, &json!({ "id": "1802" })));
    aino.reply(&mention, "Kiitos!").await;
    delivery(&aino, &mention, "Kiitos!", "sent").await;
    let answer = with_word(&provider, "Kiitos!").remove(0);
    assert_eq!(answer.path, "/v25.0/200/mentions");
    assert_eq!(answer.json()["media_id"], "17918");

    // Two people under one post are two conversations; each is answered under its own comment.
    for (id, who) in [("1801", "5521"), ("1803", "5522")] {
        let from = json!({ "id": who, "username": format!("u{who}") });
        let media = json!({ "id": "99", "media_product_type": "FEED" });
        let text = format!("Paljonko {who}?");
        let comment = json!({ "id": id, "text": text, "from": from, "media": media });
        let hook = Hook::meta("instagram", APP_SECRET, &change("comments", comment));
        for status in join_all((0..5).map(|_| hook.post(&kerros))).await {
            assert_eq!(status, 200);
        }
        let conversation = until("the comment", async || {
            let all = aino.conversations("tuuli").await;
            assert!(all.len() <= 3, "{all:#?}");
            let thread = format!("comment:{id}:{who}");
            let row = all.iter().find(|row| row["thread"] == thread.as_str())?;
            Some(row["id"].as_str().unwrap().to_owned())
        })
        .await;
        aino.act(&conversation, "assign", &json!({})).await;
        provider.then(Says::new(200, &json!({ "id": format!("{id}9") })));
        let word = format!("Kympin{who}");
        aino.reply(&conversation, &word).await;
        delivery(&aino, &conversation, &word, "sent").await;
        assert_eq!(with_word(&provider, &word)[0].path, format!("/v25.0/{id}/replies"));
    }
    kerros.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wish_to_be_called_is_one_call() {
    let provider = Provider::open().await;
    let data = tempfile::tempdir().unwrap();
    let (kerros, aino, _config) = house(&provider, data.path()).await;
    let ask = async |body: Value| {
        let request = kerros.http.post(format!("{}/hooks/tuuli/call", kerros.url)).json(&body);
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    for number in ["0600 123456", "+12025550123", "call me", ""] {
        assert_eq!(ask(json!({ "number": number })).await.0, 400, "{number}");
    }
    assert_eq!(ask(json!({ "number": "0401234567", "website": "spam" })).await.0, 200);
    let wish = json!({ "number": "040 123 4567", "name": "Aino Salo", "text": "Lasku", "topic": "Kortti", "id": "c-1" });
    for (status, thanks) in join_all((0..5).map(|_| ask(wish.clone()))).await {
        assert_eq!((status, thanks.is_empty()), (200, false));
    }
    let conversation = conversation_of(&aino, "call").await;
    assert_eq!(aino.conversations("tuuli").await.len(), 1);
    assert_eq!(aino.conversation(&conversation).await["customer_messages"], 1);
    let timeline = aino.timeline(&conversation).await;
    let calls: Vec<&Value> =
        timeline.iter().filter(|entry| entry["event"]["number"] == "+358401234567").collect();
    assert_eq!(calls.len(), 1, "{timeline:#?}");
    kerros.stop().await;
}

/// Channels where cases are discussed: nobody without the key gets a word in, and words about no case lead to nothing.
#[tokio::test(flavor = "multi_thread")]
async fn colleagues_channels_take_only_what_is_theirs() {
    let provider = Provider::open().await;
    let data = tempfile::tempdir().unwrap();
    let (kerros, aino, _config) = house(&provider, data.path()).await;
    let activity = |text: &str| {
        let conversation = json!({ "isGroup": true, "id": "19:cases@thread.tacv2;messageid=1791" });
        json!({
            "type": "message", "id": "1792000000000", "timestamp": "2026-10-14T14:26:40Z",
            "serviceUrl": "https://smba.trafficmanager.net/emea/", "channelId": "msteams",
            "from": { "id": "29:1a", "name": "Bo Berg" }, "conversation": conversation,
            "text": text, "textFormat": "plain",
        })
    };
    let other = "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=";
    for channel in ["teams", "teams-bot"] {
        let note = activity("<at>Kerros</at> #12 Kyllä");
        assert_eq!(Hook::teams(channel, other, &note).post(&kerros).await, 401);
        let good = Hook::teams(channel, TEAMS, &note);
        let changed = Hook { body: good.body.replace("#12", "#13"), ..good.clone() };
        assert_eq!(changed.post(&kerros).await, 401);
        for (status, answer) in join_all((0..5).map(|_| good.ask(&kerros))).await {
            assert_eq!(status, 200, "{answer}");
        }
        assert_eq!(Hook::teams(channel, TEAMS, &json!([1])).post(&kerros).await, 400);
    }
    // A client's own system is told of leads; it has nothing to say here.
    for proof in ["", "t=1,v1=00"] {
        let body = json!({ "id": "1" }).to_string();
        let hook = Hook { channel: "crm", proof: ("x-kerros-signature", proof.into()), body };
        assert_eq!(hook.post(&kerros).await, 401);
    }
    assert_eq!(aino.conversations("tuuli").await, Vec::<Value>::new());
    assert_eq!(provider.got().len(), 0, "nobody was written to");
    kerros.stop().await;
}
