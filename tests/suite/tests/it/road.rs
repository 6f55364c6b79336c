//! The one road: customer, bot, agent, expert and back.

use kerros_suite::config::Config;
use kerros_suite::kerros::Kerros;
use kerros_suite::person::Person;
use kerros_suite::tenants::{AAMU, LOST_CARD, start};
use kerros_suite::visitor::Visitor;
use kerros_suite::wait::until;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn from_the_bot_to_the_expert_and_back() {
    let config = Config::new().tenant("aamu", AAMU).article("aamu", "en", "lost-card", LOST_CARD);
    let data = tempfile::tempdir().unwrap();
    let start = start(&config, data.path());
    start.add_user("aino@aamu.example", "Aino", "agent", &["aamu:first-line"]).await;
    start.add_user("elina@aamu.example", "Elina", "expert", &["aamu:experts"]).await;
    start.add_user("saara@aamu.example", "Saara", "supervisor", &["aamu"]).await;
    let kerros = start.serve().await;
    let aino = kerros.person("aino@aamu.example").await;
    let elina = kerros.person("elina@aamu.example").await;
    let mut console = aino.events().await;

    solved_by_the_bot(&kerros).await;

    // The bot answers from the help center.
    let mut anna = Visitor::open(&kerros.http, &kerros.url, "aamu", "en").await;
    anna.send(&json!({ "type": "start" })).await;
    anna.hears("bot", "Hello from the bot of Aamu.").await;
    anna.say("1", "I lost my card, what now?").await;
    let answer = anna.wait("an article", is_article).await;
    assert_eq!(answer["author"], "bot");
    let conversation = answer["conversation"].as_str().unwrap().to_owned();

    // She wants a person, and the queue shows it.
    anna.ask_for_person("2").await;
    anna.stands("queued").await;
    let queued = console
        .wait("conversation", |news| {
            news["conversation"] == conversation.as_str() && news["state"] == "queued"
        })
        .await;
    assert_eq!((&queued["tenant"], &queued["layer"]), (&json!("aamu"), &json!("first-line")));
    let queue = aino.get("conversations?state=queued").await;
    assert_eq!(queue["items"][0]["id"], conversation.as_str());
    assert_eq!(queue["items"].as_array().unwrap().len(), 1);
    assert_eq!(queue["items"][0]["tags"], json!(["card"]), "the tagger has read it");

    // The agent says that she takes work, so the router gives her what waits.
    aino.put("users/me/presence", Some(&json!({ "available": true }))).await;
    let state = anna.stands("assigned").await;
    assert_eq!(state["assignee"], "Aino");
    aino.reply(&conversation, "Hello Anna, I have blocked your card.").await;
    let said = anna.hears("person", "I have blocked your card").await;
    assert_eq!(said["name"], "Aino");

    escalate(&aino, &elina, &conversation).await;

    // Without a reason it does not come back; with one it comes back to the agent who had it.
    let (status, problem) =
        elina.refused(&path(&conversation, "hand-back"), &json!({ "reason": " " })).await;
    assert_eq!((status, &problem["refusal"]["refusal"]), (422, &json!("reason_needed")));
    let reason = json!({ "reason": "Which card was it?", "missing_facts": true });
    let back = elina.act(&conversation, "hand-back", &reason).await;
    assert_eq!((&back["layer"], &back["bounced"]), (&json!("first-line"), &json!(1)));
    assert_eq!((&back["state"], &back["assignee"]), (&json!("assigned"), &json!(aino.id)));

    aino.reply(&conversation, "A new card is on its way.").await;
    anna.hears("person", "A new card is on its way.").await;
    let resolved = aino.act(&conversation, "resolve", &json!({})).await;
    assert_eq!(resolved["state"], "resolved");
    assert_eq!(resolved["resolution"]["solved"], "by_person");
    anna.stands("resolved").await;
    every_message_came_once(&anna);

    timeline(&aino, &conversation, &elina).await;
    board(&aino).await;
    metrics(&kerros).await;
    let supervisor = kerros.person("saara@aamu.example").await;
    assert_eq!(supervisor.get("dead-letters").await["items"], json!([]));
    kerros.stop().await;
    assert_eq!(start.verify().await, 2);
}

/// Another customer finds the answer alone: one demand that self-service solves.
async fn solved_by_the_bot(kerros: &Kerros) {
    let mut bert = Visitor::open(&kerros.http, &kerros.url, "aamu", "en").await;
    bert.say("1", "My card is lost").await;
    bert.wait("an article", is_article).await;
    bert.wait("the question", |frame| frame["parts"][0]["part"] == "button").await;
    bert.say("2", "yes").await;
    bert.stands("resolved").await;
}

fn is_article(frame: &Value) -> bool {
    frame["type"] == "message"
        && frame["parts"][0]["part"] == "article"
        && frame["parts"][0]["slug"] == "lost-card"
}

fn path(conversation: &str, action: &str) -> String {
    format!("conversations/{conversation}/{action}")
}

/// Only with a briefing, and the expert sees what came with one, and nothing else.
async fn escalate(aino: &Person, elina: &Person, conversation: &str) {
    let own = format!("conversations/{conversation}");
    for unseen in [own.clone(), format!("{own}/messages"), format!("{own}/timeline")] {
        let (status, _) = elina.ask(reqwest::Method::GET, &unseen, None).await;
        assert_eq!(status, 404, "{unseen} before the escalation");
    }
    assert_eq!(elina.conversations("aamu").await, Vec::<Value>::new());

    let (status, problem) = aino.refused(&path(conversation, "escalate"), &json!({})).await;
    assert_eq!(status, 422);
    assert_eq!(
        problem["refusal"],
        json!({ "refusal": "briefing_incomplete", "missing": ["what", "asked"] })
    );
    let half = json!({ "fields": { "what": "A lost card", "asked": "  " } });
    let (status, problem) = aino.refused(&path(conversation, "escalate"), &half).await;
    assert_eq!((status, &problem["refusal"]["missing"]), (422, &json!(["asked"])));

    let fields = json!({ "what": "A lost card", "asked": "Please check the last purchases." });
    let escalated = aino.act(conversation, "escalate", &json!({ "fields": fields })).await;
    assert_eq!(escalated["layer"], "experts");
    let seen = elina.conversation(conversation).await;
    assert_eq!(seen["briefing"]["fields"], fields);
    assert_eq!(seen["briefing"]["by"], aino.id);
    let all = elina.conversations("aamu").await;
    assert_eq!(all.len(), 1, "of two, one came to the experts");
    elina.act(conversation, "assign", &json!({})).await;
    assert_eq!(elina.messages(conversation).await[0]["text"], "Hello from the bot of Aamu.");
}

/// What the customer saw: each message once, in rising order.
fn every_message_came_once(visitor: &Visitor) {
    let messages: Vec<u64> = visitor
        .heard
        .iter()
        .filter(|frame| frame["type"] == "message")
        .map(|frame| frame["seq"].as_u64().unwrap())
        .collect();
    assert!(messages.is_sorted_by(|a, b| a < b), "{messages:?}");
}

/// The timeline has no gap and tells the road.
async fn timeline(aino: &Person, conversation: &str, elina: &Person) {
    let entries = aino.timeline(conversation).await;
    let seqs: Vec<u64> = entries.iter().map(|entry| entry["seq"].as_u64().unwrap()).collect();
    assert_eq!(seqs, (1..=seqs.len() as u64).collect::<Vec<_>>());
    let types: Vec<&str> =
        entries.iter().map(|entry| entry["event"]["type"].as_str().unwrap()).collect();
    let mut rest = types.iter();
    for milestone in [
        "opened",
        "bot_took",
        "tagged",
        "queued",
        "assigned",
        "escalated",
        "handed_back",
        "resolved",
    ] {
        assert!(rest.any(|found| *found == milestone), "{milestone} in its place in {types:?}");
    }
    assert!(!types.contains(&"target_breached"), "{types:?}");
    let by = |event: &str| {
        let entry = entries.iter().find(|entry| entry["event"]["type"] == event).unwrap();
        entry["by"].as_str().map(ToOwned::to_owned)
    };
    assert_eq!(by("escalated"), Some(aino.id.clone()));
    assert_eq!(by("handed_back"), Some(elina.id.clone()));
    assert_eq!(by("tagged"), None);
}

/// Two demands: one solved by self-service, one by the first line after a turn at the experts.
async fn board(aino: &Person) {
    // A day's ledger is counted anew every few seconds.
    let board = until("a board that has counted both", async || {
        let board = aino.get("tenants/aamu/board").await;
        let solved = |n: usize| board["layers"][n]["solved"].as_u64().unwrap();
        (solved(0) + solved(1) == 2).then_some(board)
    })
    .await;
    let figures = |n: usize| {
        let layer = &board["layers"][n];
        [&layer["entered"], &layer["solved"], &layer["queued"], &layer["assigned"]]
            .map(|figure| figure.as_u64().unwrap())
    };
    assert_eq!((&board["demand"], &board["unresolved"]), (&json!(2), &json!(0)));
    assert_eq!(figures(0), [2, 1, 0, 0], "self-service");
    assert_eq!(figures(1), [1, 1, 0, 0], "first line");
    assert_eq!(figures(2), [1, 0, 0, 0], "experts");
    let half = json!({ "part": 1, "whole": 2, "value": 0.5 });
    assert_eq!(board["layers"][0]["of_demand"], half);
    assert_eq!(board["layers"][0]["goals"][0]["met"], json!(true));
    assert_eq!(board["layers"][2]["entered_share"], half);
    assert_eq!(board["layers"][2]["goals"][0]["met"], json!(false), "half is not under 10 %");
}

/// `/metrics` says what the board says.
async fn metrics(kerros: &Kerros) {
    let reading = kerros.metrics().await;
    let layer = |layer| [("tenant", "aamu"), ("layer", layer)];
    for (name, labels, expected) in [
        ("kerros_conversations_opened_total", layer("self-service"), 2.0),
        ("kerros_conversations_resolved_total", layer("self-service"), 1.0),
        ("kerros_conversations_resolved_total", layer("first-line"), 1.0),
        ("kerros_conversations_resolved_total", layer("experts"), 0.0),
        ("kerros_layer_entered_total", layer("self-service"), 2.0),
        ("kerros_layer_entered_total", layer("experts"), 1.0),
        ("kerros_first_response_seconds_count", layer("first-line"), 1.0),
        ("kerros_demand_total", [("tenant", "aamu"), ("channel", "chat")], 2.0),
        ("kerros_escalations_total", [("from", "first-line"), ("to", "experts")], 1.0),
        ("kerros_hand_backs_total", [("from", "experts"), ("missing_facts", "true")], 1.0),
        ("kerros_sla_targets_total", [("tenant", "aamu"), ("outcome", "breached")], 0.0),
        ("kerros_queue_depth", [("tenant", "aamu"), ("state", "queued")], 0.0),
        ("kerros_plugin_calls_total", [("tenant", "aamu"), ("outcome", "fault")], 0.0),
    ] {
        assert_eq!(reading.sum(name, &labels), expected, "{name} {labels:?}");
    }
    assert!(reading.sum("kerros_sla_targets_total", &[("outcome", "met")]) >= 1.0);
}
