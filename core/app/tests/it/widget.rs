//! What a visitor sees of their own thread.

use kerros_app::Error;
use kerros_app::note::{Note, note};
use kerros_app::reply::{Reply, reply};
use kerros_app::show::show;
use kerros_app::widget::{history, seen};
use kerros_domain::conversation::State;

use crate::house::{House, people_only};

#[tokio::test(start_paused = true)]
async fn a_visitor_resumes_where_they_were_and_never_sees_a_note() {
    let house = House::with([people_only("aurinko")]);
    let agent = house.agent(1).await;
    house.writes_on("aurinko", "chat", "w-1", "m1", "hello").await;
    let id = house.thread("aurinko", "w-1").id;
    for n in 0..3 {
        let cmd = Note { conversation: id, text: format!("note {n}"), idempotency_key: None };
        note(&house.ctx, &agent, cmd).await.unwrap();
    }
    let cmd = Reply { conversation: id, text: "Good morning".into(), idempotency_key: None };
    let answer = reply(&house.ctx, &agent, cmd).await.unwrap();
    let (tenant, channel) = ("aurinko".into(), "chat".into());
    let all = history(&house.ctx, &tenant, &channel, "w-1", 0).await.unwrap();
    let texts: Vec<&str> = all.iter().map(|message| message.text.as_str()).collect();
    assert_eq!(texts, ["hello", "Good morning"]);
    let rest = history(&house.ctx, &tenant, &channel, "w-1", all[0].seq).await.unwrap();
    assert_eq!(rest, std::slice::from_ref(&answer));
    assert!(history(&house.ctx, &tenant, &channel, "w-1", answer.seq).await.unwrap().is_empty());
    let now = seen(&house.ctx, &tenant, &channel, "w-1", 0).await.unwrap();
    assert_eq!(now.assignee.as_deref(), Some("Person 1"));
    assert_eq!(now.conversation.unwrap().state, State::Assigned);

    assert!(history(&house.ctx, &tenant, &channel, "w-2", 0).await.unwrap().is_empty());
    let odd = history(&house.ctx, &tenant, &"fax".into(), "w-1", 0).await;
    assert_eq!(odd, Err(Error::NotFound));

    let shown = show(&house.ctx, &agent, id).await.unwrap();
    assert_eq!(shown.messages.len(), 5);
    assert_eq!(shown.assignee_name.as_deref(), Some("Person 1"));
    assert_eq!(shown.contact.unwrap().name.as_deref(), Some("Maija"));
    assert!(house.plugins.sent.lock().is_empty());
}
