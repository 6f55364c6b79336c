//! A case goes to colleagues in Teams, by a bot and by a workflow, and to the client's own system as a lead; what
//! colleagues answer comes back once.

use futures::future::join_all;
use kerros_suite::config::Config;
use kerros_suite::kerros::Kerros;
use kerros_suite::person::Person;
use kerros_suite::provider::{Got, Provider, Says};
use kerros_suite::sign::signature;
use kerros_suite::tuuli::{APP_SECRET, GATEWAY, Hook, TEAMS, TOKEN, start, with_tuuli};
use kerros_suite::wait::until;
use serde_json::{Value, json};

const THREAD: &str = "19:cases@thread.tacv2;messageid=1791";

/// A house with one conversation that Aino has; the config lives as long as the house.
async fn case(provider: &Provider, data: &std::path::Path) -> (Kerros, Person, String, Config) {
    let config = with_tuuli(provider);
    let start = start(&config, data);
    start.add_user("aino@tuuli.example", "Aino", "agent", &["tuuli"]).await;
    let kerros = start.serve().await;
    let aino = kerros.person("aino@tuuli.example").await;
    let sms = json!({ "id": "1", "sender": "358409998877", "body": "Tarjous kymmenestä?" });
    assert_eq!(Hook::gateway(GATEWAY, &sms).post(&kerros).await, 200);
    let conversation = until("the conversation", async || {
        let all = aino.conversations("tuuli").await;
        Some(all.first()?["id"].as_str().unwrap().to_owned())
    })
    .await;
    aino.act(&conversation, "assign", &json!({})).await;
    (kerros, aino, conversation, config)
}

/// Waits until something that was posted is in a state.
async fn posted(agent: &Person, conversation: &str, words: &str, state: &str) {
    until(&format!("{words:?} is {state}"), async || {
        let messages = agent.messages(conversation).await;
        let has = |message: &Value| message["text"].as_str().is_some_and(|t| t.contains(words));
        let message = messages.into_iter().find(has)?;
        (message["delivery"] == state).then_some(())
    })
    .await;
}

/// Requests to a path.
fn to(provider: &Provider, path: &str) -> Vec<Got> {
    provider.got().into_iter().filter(|got| got.path == path).collect()
}

fn activity(id: &str, thread: &str, text: &str) -> Value {
    json!({
        "type": "message", "id": id, "timestamp": "2026-10-14T14:26:40Z",
        "serviceUrl": "https://smba.trafficmanager.net/emea/", "channelId": "msteams",
        "from": { "id": "29:1a", "name": "Bo Berg" },
        "conversation": { "isGroup": true, "id": thread }, "text": text, "textFormat": "plain",
    })
}

/// A colleague's words come five times, and are one internal note.
async fn noted(kerros: &Kerros, aino: &Person, conversation: &str, hook: &Hook, words: &str) {
    for (status, answer) in join_all((0..5).map(|_| hook.ask(kerros))).await {
        assert_eq!(status, 200, "{answer}");
        assert!(answer.contains("Noted."), "{answer}");
    }
    let notes = until("the note", async || {
        let messages = aino.messages(conversation).await;
        let own = messages.into_iter().filter(|message| message["text"] == words);
        Some(own.collect::<Vec<_>>()).filter(|own| !own.is_empty())
    })
    .await;
    assert_eq!(notes.len(), 1, "{notes:#?}");
    assert_eq!(notes[0]["visibility"], "internal");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_is_discussed_in_teams_in_both_manners() {
    let provider = Provider::open().await;
    let data = tempfile::tempdir().unwrap();
    let (kerros, aino, conversation, _config) = case(&provider, data.path()).await;
    let discuss = async |channel: &str, text: &str| {
        aino.act(&conversation, "discuss", &json!({ "channel": channel, "text": text })).await;
    };

    // The bot opens a thread, though Teams is broken at first; the second post goes into it.
    provider.then(Says::new(503, &json!({})));
    provider.then(Says::new(201, &json!({ "id": THREAD, "activityId": "1791" })));
    discuss("teams-bot", "Kuka hinnoittelee?").await;
    posted(&aino, &conversation, "Kuka hinnoittelee?", "sent").await;
    let opened = to(&provider, "/emea/v3/conversations");
    assert_eq!(opened.len(), 2);
    assert_eq!(opened[1].headers["authorization"], format!("Bearer {TOKEN}").as_str());
    let text = opened[1].json()["activity"]["text"].as_str().unwrap().to_owned();
    assert!(text.contains("Tarjous kymmenest\u{e4}?"), "it tells what it is about: {text}");
    provider.then(Says::new(201, &json!({ "id": "1792" })));
    discuss("teams-bot", "Onko kiire?").await;
    posted(&aino, &conversation, "Onko kiire?", "sent").await;
    let into = "/emea/v3/conversations/19%3Acases%40thread.tacv2%3Bmessageid%3D1791/activities";
    assert_eq!(to(&provider, into).len(), 1, "{:#?}", provider.got());
    let note = activity("1793", THREAD, "<at>Kerros</at> Min\u{e4} hinnoittelen.");
    let note = Hook::teams("teams-bot", TEAMS, &note);
    noted(&kerros, &aino, &conversation, &note, "Min\u{e4} hinnoittelen.").await;

    // A workflow tells no thread: people write the number that its card shows.
    provider.then(Says::new(202, &json!({})));
    discuss("teams", "Ent\u{e4} te?").await;
    posted(&aino, &conversation, "Ent\u{e4} te?", "sent").await;
    let card = to(&provider, "/workflow").remove(0).json();
    let title = card["attachments"][0]["content"]["body"][0]["text"].as_str().unwrap().to_owned();
    let number = title.split(' ').next().unwrap().replace('\\', "");
    assert!(number.starts_with('#'), "{title}");
    let note =
        activity("1794", "19:x@thread.tacv2;messageid=7", &format!("<at>K</at> {number} Sama."));
    let note = Hook::teams("teams", TEAMS, &note);
    noted(&kerros, &aino, &conversation, &note, &format!("{number} Sama.")).await;
    let log = kerros.stop().await;
    assert!(!log.contains(TOKEN) && !log.contains(TEAMS), "a secret is in the log");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_is_handed_over_once_and_has_a_receipt() {
    let provider = Provider::open().await;
    let data = tempfile::tempdir().unwrap();
    let (kerros, aino, conversation, _config) = case(&provider, data.path()).await;
    let hand_over = async |text: &str| {
        aino.act(&conversation, "hand-over", &json!({ "channel": "crm", "text": text })).await;
    };
    provider.then(Says::new(500, &json!({})));
    provider.then(Says::new(429, &json!({})).header("retry-after", "1"));
    provider.then(Says::new(201, &json!({ "lead": { "id": 77 } })));
    hand_over("Haluaa tarjouksen").await;
    posted(&aino, &conversation, "Haluaa tarjouksen", "sent").await;
    let got = to(&provider, "/leads");
    assert_eq!(got.len(), 3);
    let key = |got: &Got| got.headers["idempotency-key"].to_str().unwrap().to_owned();
    assert!(got.iter().all(|one| key(one) == key(&got[0])), "the other side can tell repeats");
    for one in &got {
        let shown = one.headers["x-kerros-signature"].to_str().unwrap();
        let seconds = shown.split([',', '=']).nth(1).unwrap().parse().unwrap();
        assert_eq!(shown, signature(APP_SECRET.as_bytes(), seconds, &one.body));
    }
    // Its receipt names the lead: what is told later goes there.
    hand_over("Soitti uudelleen").await;
    posted(&aino, &conversation, "Soitti uudelleen", "sent").await;
    assert_eq!(to(&provider, "/leads/77/notes").len(), 1, "{:#?}", provider.got());
    assert_eq!(to(&provider, "/leads").len(), 3);
    kerros.stop().await;
}
