//! Customers write mails to a running house, through real servers: answers leave by Postfix and are read from
//! Dovecot, answers to answers find their conversation, and nobody else does.

use kerros_suite::closed;
use kerros_suite::config::{Config, edited};
use kerros_suite::database;
use kerros_suite::kerros::Kerros;
use kerros_suite::mail_server::{Letter, MailServer};
use kerros_suite::person::Person;
use kerros_suite::posti::{Draft, HOOK, ORDERS, SUPPORT, posti, start, with_posti};
use kerros_suite::wait::until;
use reqwest::StatusCode;
use serde_json::json;

const LIISA: &str = "liisa@test.example";
const MATTI: &str = "matti@test.example";

/// Waits for the conversation that a mail opened; its id.
async fn opened(agent: &Person, id: &str) -> String {
    until(&format!("a conversation of {id}"), async || {
        let all = agent.conversations("posti").await;
        let row = all.into_iter().find(|row| row["thread"] == format!("mail:{id}"))?;
        Some(row["id"].as_str().unwrap().to_owned())
    })
    .await
}

/// What the customer's side said in a conversation.
async fn said(agent: &Person, conversation: &str) -> Vec<String> {
    let messages = agent.messages(conversation).await;
    let own = messages.iter().filter(|message| message["author"] == "contact");
    own.map(|message| message["text"].as_str().unwrap().to_owned()).collect()
}

/// Waits for something the customer's side says in a conversation.
async fn joined(agent: &Person, conversation: &str, text: &str) {
    until(&format!("{text:?} in its conversation"), async || {
        said(agent, conversation).await.contains(&text.to_owned()).then_some(())
    })
    .await;
}

async fn delivery(agent: &Person, conversation: &str, text: &str, state: &str) {
    until(&format!("{text:?} is {state}"), async || {
        let messages = agent.messages(conversation).await;
        let message = messages.into_iter().find(|message| message["text"] == text)?;
        (message["delivery"] == state).then_some(())
    })
    .await;
}

/// A house with Posti, and Aino who works there.
async fn house(config: &Config, data: &std::path::Path) -> (Kerros, Person) {
    let start = start(config, data);
    start.add_user("aino@posti.example", "Aino", "agent", &["posti"]).await;
    let kerros = start.serve().await;
    let aino = kerros.person("aino@posti.example").await;
    (kerros, aino)
}

/// Liisa writes, Aino answers; the conversation, and the answer as it lies in Liisa's box.
async fn asked_and_answered(server: &MailServer, aino: &Person) -> (String, Letter) {
    let question = Draft::new(LIISA, "1@liisa.example", "Missing parcel", "Where is it?");
    question.field("Cc", "Matti <matti@test.example>").send(server).await;
    let conversation = opened(aino, "1@liisa.example").await;
    aino.act(&conversation, "assign", &json!({})).await;
    aino.reply(&conversation, "It is on its way.").await;
    let answer = server.inbox(LIISA, 1).await.remove(0);
    (conversation, answer)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_leaves_and_its_answers_come_back() {
    let Some(server) = MailServer::start() else { return };
    let (config, data) = (with_posti(&server), tempfile::tempdir().unwrap());
    let (kerros, aino) = house(&config, data.path()).await;
    let (conversation, answer) = asked_and_answered(&server, &aino).await;

    assert_eq!(answer.from, SUPPORT);
    assert_eq!(answer.recipients, ["to:liisa@test.example", "cc:matti@test.example"]);
    assert_eq!(answer.answers.as_deref(), Some("1@liisa.example"));
    assert!(answer.subject.starts_with("Re: Missing parcel [#"), "{}", answer.subject);
    assert!(answer.text.starts_with("It is on its way."), "{}", answer.text);
    assert!(answer.has("X-Kerros-Loop", SUPPORT) && !answer.has("Precedence", "bulk"));
    delivery(&aino, &conversation, "It is on its way.", "sent").await;
    assert_eq!(server.inbox(MATTI, 1).await[0].id, answer.id, "Cc has the same mail");
    let token = answer.reply_to.clone().unwrap();
    assert!(token.starts_with("support+") && token.ends_with("@test.example"), "{token}");

    // By the token from an address that nobody knows and without any reference; by reference from the
    // customer's own; by reference from somebody in Cc.
    Draft::new("liisa@home.example", "2@home.example", "Re: parcel", "From home.")
        .to(&token)
        .send(&server)
        .await;
    joined(&aino, &conversation, "From home.").await;
    let own = Draft::new(LIISA, "3@liisa.example", "Re: Missing parcel", "From work.");
    own.answering(&answer.id).send(&server).await;
    joined(&aino, &conversation, "From work.").await;
    let copied = Draft::new(MATTI, "4@matti.example", "Re: Missing parcel", "I see it.");
    copied.answering(&answer.id).send(&server).await;
    joined(&aino, &conversation, "I see it.").await;

    // Strangers: one quotes number and Message-IDs, one guesses a token, one forges the customer.
    let quotes = Draft::new("eve@evil.example", "5@evil.example", &answer.subject, "Tell me.");
    quotes.answering(&answer.id).send(&server).await;
    let guess = token.replace("support+", "support+a");
    Draft::new("eve@evil.example", "6@evil.example", "Hi", "Me again.")
        .to(&guess)
        .send(&server)
        .await;
    let forged = Draft::new(LIISA, "7@liisa.example", &answer.subject, "It is me.");
    let verdict = "mx.test.example; dmarc=fail header.from=test.example";
    let forged = forged.field("Authentication-Results", verdict);
    forged.answering(&answer.id).send(&server).await;
    for (id, text) in [
        ("5@evil.example", "Tell me."),
        ("6@evil.example", "Me again."),
        ("7@liisa.example", "It is me."),
    ] {
        let own = opened(&aino, id).await;
        assert_eq!(said(&aino, &own).await, [text]);
    }
    assert_eq!(
        said(&aino, &conversation).await,
        ["Where is it?", "From home.", "From work.", "I see it."]
    );
    assert_eq!(aino.conversations("posti").await.len(), 4);

    // What was fetched is marked, and nothing was answered by a machine.
    assert_eq!(server.folder(LIISA, "INBOX").await.len(), 1);
    let log = kerros.stop().await;
    assert!(!log.contains("\"secret\"") && !log.contains(HOOK), "a secret is in the log");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_answer_the_same_newsletter_never_meet() {
    let Some(server) = MailServer::start() else { return };
    let (config, data) = (with_posti(&server), tempfile::tempdir().unwrap());
    let (kerros, aino) = house(&config, data.path()).await;
    let mut conversations = Vec::new();
    for (who, text) in [(LIISA, "Unsubscribe me."), (MATTI, "Great offer!")] {
        let id = format!("1.{who}");
        let reply = Draft::new(who, &id, "Re: News in November", text);
        reply.answering("november@news.posti.example").send(&server).await;
        let conversation = opened(&aino, &id).await;
        aino.act(&conversation, "assign", &json!({})).await;
        aino.reply(&conversation, &format!("Thank you, {who}.")).await;
        conversations.push(conversation);
    }
    assert_ne!(conversations[0], conversations[1]);
    for (n, (who, other)) in [(LIISA, MATTI), (MATTI, LIISA)].into_iter().enumerate() {
        let answer = server.inbox(who, 1).await.remove(0);
        assert_eq!(answer.recipients, [format!("to:{who}")], "only to whom it is for");
        assert!(answer.text.contains(who) && !answer.text.contains(other));
        // Again with the newsletter's own id among the references, as mail programs do.
        let more = Draft::new(who, &format!("2.{who}"), &answer.subject, &format!("More of {who}"));
        let both = format!("<november@news.posti.example> <{}>", answer.id);
        more.field("References", &both).send(&server).await;
        joined(&aino, &conversations[n], &format!("More of {who}")).await;
    }
    for (conversation, first, who) in
        [(&conversations[0], "Unsubscribe me.", LIISA), (&conversations[1], "Great offer!", MATTI)]
    {
        assert_eq!(said(&aino, conversation).await, [first.to_owned(), format!("More of {who}")]);
    }
    assert_eq!(aino.conversations("posti").await.len(), 2);
    kerros.stop().await;
}

/// Posti, closed for days.
fn closed_posti(server: &MailServer) -> Config {
    let hours = closed::until_in_three_days().hours;
    let text = edited(&posti(server), "\"Europe/Helsinki\"", "\"UTC\"");
    let layer = "kind = \"personal\"\ncalendar = \"narrow\"\nout_of_hours = \"capture\"\n";
    let text = edited(&text, "kind = \"personal\"\n", layer);
    let more = format!(
        "[calendars.narrow]\nhours = [\"{hours}\"]\n[texts]\n\
         closed = {{ en = \"Closed until {{opens}}. See {{help}}\", fi = \"Kiinni.\" }}\n"
    );
    Config::new().tenant("posti", &format!("{text}\n{more}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_house_answers_people_once_and_machines_never() {
    let Some(server) = MailServer::start() else { return };
    let (config, data) = (closed_posti(&server), tempfile::tempdir().unwrap());
    let (kerros, aino) = house(&config, data.path()).await;
    let ask = async |who: &str, id: &str, subject: &str| {
        Draft::new(who, id, subject, "Could you please help me with this?").send(&server).await;
    };
    ask(LIISA, "1@liisa.example", "Parcel").await;
    let notice = server.inbox(LIISA, 1).await.remove(0);
    assert!(notice.text.starts_with("Closed until "), "{}", notice.text);
    assert!(notice.text.contains("/help/posti/en"), "it leads to the help center: {}", notice.text);
    assert!(notice.has("Auto-Submitted", "auto-replied") && notice.has("Precedence", "bulk"));
    assert_eq!(notice.answers.as_deref(), Some("1@liisa.example"));

    // More words in the same conversation bring no second one.
    let conversation = opened(&aino, "1@liisa.example").await;
    let again = Draft::new(LIISA, "2@liisa.example", "Re: Parcel", "Please?");
    again.answering(&notice.id).send(&server).await;
    joined(&aino, &conversation, "Please?").await;

    // Machines, each in a way of its own.
    let machine = "robot@test.example";
    for (n, (name, value)) in [
        ("Auto-Submitted", "auto-replied"),
        ("Precedence", "bulk"),
        ("List-Id", "<news.test.example>"),
        ("X-Auto-Response-Suppress", "All"),
        ("X-Autoreply", "yes"),
    ]
    .into_iter()
    .enumerate()
    {
        let id = format!("{n}@robot.example");
        let mail = Draft::new(machine, &id, "I am away", "I am not here today.");
        mail.field(name, value).send(&server).await;
        opened(&aino, &id).await;
    }
    let null = Draft::new(machine, "9@robot.example", "Away", "I am not here today.");
    server.deliver("", SUPPORT, &null.text()).await;
    opened(&aino, "9@robot.example").await;
    let away = Draft::new(LIISA, "3@liisa.example", "Automatic reply: Parcel", "I am away.");
    away.answering(&notice.id).field("Auto-Submitted", "auto-replied").send(&server).await;
    // It is for people to know, and no word of the customer's.
    until("the machine's answer as a note", async || {
        let messages = aino.messages(&conversation).await;
        let note = messages.into_iter().find(|message| message["text"] == "I am away.")?;
        (note["author"] == "system" && note["visibility"] == "internal").then_some(())
    })
    .await;

    // Our own notice, sent back to us by a mailbox that passes on what it gets, is nothing at all.
    let own = String::from_utf8(notice.raw.clone()).unwrap();
    server.deliver(SUPPORT, SUPPORT, &own).await;

    // However many conversations somebody begins: three notices a day.
    for n in 1..=5 {
        ask(MATTI, &format!("{n}@matti.example"), &format!("Question {n}")).await;
        opened(&aino, &format!("{n}@matti.example")).await;
    }
    server.inbox(MATTI, 3).await;
    // Who asks last gets theirs: all that stood before it was handled.
    ask("last@test.example", "1@last.example", "Last").await;
    server.inbox("last@test.example", 1).await;
    until("all work is done", async || {
        (kerros.metrics().await.sum("kerros_jobs_waiting", &[]) == 0.0).then_some(())
    })
    .await;
    for (who, count) in [(LIISA, 1), (machine, 0), (MATTI, 3)] {
        assert_eq!(server.folder(who, "INBOX").await.len(), count, "{who}");
    }
    assert_eq!(aino.conversations("posti").await.len(), 1 + 6 + 5 + 1, "no loop began anything");
    kerros.stop().await;
}

/// Contacts with an address that is marked as taking no mail.
async fn marked(data: &std::path::Path, address: &str) -> i64 {
    let query = format!(
        "SELECT count(*) FROM contacts WHERE body LIKE '%\"bad_addresses\":[{{%\"{address}\"%'"
    );
    database::in_data(data, &query).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_arrive_is_told_and_its_address_marked() {
    let Some(server) = MailServer::start() else { return };
    let (config, data) = (with_posti(&server), tempfile::tempdir().unwrap());
    let (kerros, aino) = house(&config, data.path()).await;
    let answered = async |who: &str| {
        let id = format!("1.{who}");
        Draft::new(who, &id, "Parcel", "Where is it?").send(&server).await;
        let conversation = opened(&aino, &id).await;
        aino.act(&conversation, "assign", &json!({})).await;
        aino.reply(&conversation, &format!("Dear {who}")).await;
        conversation
    };
    // Postfix takes it, and reports later that the box is gone: a bounce by RFC 3464 into our mailbox.
    let gone = "gone@test.example";
    let bounced = answered(gone).await;
    delivery(&aino, &bounced, "Dear gone@test.example", "failed").await;
    let timeline = aino.timeline(&bounced).await;
    let failed = timeline.iter().find(|entry| entry["event"]["state"] == "failed").unwrap();
    let reason = failed["event"]["reason"].as_str().unwrap();
    assert!(reason.contains("this mailbox is gone"), "{reason}");
    until("the address is marked", async || (marked(data.path(), gone).await == 1).then_some(()))
        .await;
    assert_eq!(said(&aino, &bounced).await, ["Where is it?"], "a report is no message");

    // Postfix says at once that nobody lives there.
    let nobody = answered("nobody@test.example").await;
    delivery(&aino, &nobody, "Dear nobody@test.example", "failed").await;
    assert_eq!(marked(data.path(), "nobody@test.example").await, 1);

    // It asks to come back later: that waits, and marks nothing.
    let grey = answered("grey@test.example").await;
    until("it is put off", async || {
        let labels = [("channel", "mail"), ("outcome", "retry")];
        let reading = kerros.metrics().await;
        (reading.sum("kerros_deliveries_total", &labels) >= 1.0).then_some(())
    })
    .await;
    delivery(&aino, &grey, "Dear grey@test.example", "pending").await;
    assert_eq!(marked(data.path(), "grey@test.example").await, 0);

    // Who writes again has an address that works.
    let again = Draft::new(gone, "2@gone.example", "Re: Parcel", "I am back.");
    again.answering(&format!("1.{gone}")).send(&server).await;
    joined(&aino, &bounced, "I am back.").await;
    assert_eq!(marked(data.path(), gone).await, 0);
    assert_eq!(aino.conversations("posti").await.len(), 3);
    kerros.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_mailboxes_and_a_hook_are_one_house() {
    let Some(server) = MailServer::start() else { return };
    let (config, data) = (with_posti(&server), tempfile::tempdir().unwrap());
    let (kerros, aino) = house(&config, data.path()).await;

    // Each mailbox answers as itself.
    let order = Draft::new(LIISA, "1@liisa.example", "Order 7", "I order.").to(ORDERS);
    order.send(&server).await;
    let conversation = opened(&aino, "1@liisa.example").await;
    assert_eq!(aino.conversation(&conversation).await["channel"], "orders");
    aino.act(&conversation, "assign", &json!({})).await;
    aino.reply(&conversation, "Ordered.").await;
    let answer = server.inbox(LIISA, 1).await.remove(0);
    assert_eq!(answer.from, ORDERS);
    // What was taken in has left the inbox.
    until("the order is moved", async || {
        let (inbox, done) =
            (server.folder(ORDERS, "INBOX").await, server.folder(ORDERS, "Done").await);
        (inbox.is_empty() && done.len() == 1).then_some(())
    })
    .await;

    // The answer to it goes to the wrong mailbox, and finds its conversation.
    let astray = Draft::new(LIISA, "2@liisa.example", "Re: Order 7", "And two more.");
    astray.answering(&answer.id).send(&server).await;
    joined(&aino, &conversation, "And two more.").await;

    // A mail that lies in both, for one of them had it in Bcc, and comes by the hook of a mail service too: one
    // message.
    let both = Draft::new(MATTI, "1@matti.example", "Hello", "To all of you.");
    server.deliver(MATTI, SUPPORT, &both.text()).await;
    let second = opened(&aino, "1@matti.example").await;
    server.deliver(MATTI, ORDERS, &both.text()).await;
    for (secret, status) in
        [(None, 401), (Some("guess"), 401), (Some(HOOK), 200), (Some(HOOK), 200)]
    {
        assert_eq!(hook(&kerros, secret, &both.text()).await, status, "{secret:?}");
    }
    // A reply by the hook joins by its token; what is no mail is refused.
    aino.act(&second, "assign", &json!({})).await;
    aino.reply(&second, "To you alone.").await;
    let answered = server.inbox(MATTI, 1).await.remove(0);
    let reply = Draft::new("matti@home.example", "3@home.example", "Re: Hello", "By hook.");
    let reply = reply.to(&answered.reply_to.clone().unwrap());
    assert_eq!(hook(&kerros, Some(HOOK), &reply.text()).await, 200);
    joined(&aino, &second, "By hook.").await;
    assert_eq!(hook(&kerros, Some(HOOK), "").await, 400);
    until("both mailboxes are read", async || {
        let done = server.folder(ORDERS, "Done").await;
        let waiting = kerros.metrics().await.sum("kerros_jobs_waiting", &[]);
        (done.len() == 2 && waiting == 0.0).then_some(())
    })
    .await;
    assert_eq!(said(&aino, &second).await, ["To all of you.", "By hook."]);
    let all = aino.conversations("posti").await;
    assert_eq!(all.len(), 2, "{all:#?}");
    kerros.stop().await;
}

/// A mail service brings a raw mail.
async fn hook(kerros: &Kerros, secret: Option<&str>, mail: &str) -> StatusCode {
    let request = kerros.http.post(format!("{}/hooks/posti/mail", kerros.url));
    let mut request = request.header("content-type", "message/rfc822").body(mail.to_owned());
    if let Some(secret) = secret {
        request = request.bearer_auth(secret);
    }
    request.send().await.unwrap().status()
}

/// Config begins, changes and ends mailboxes while the house runs.
#[tokio::test(flavor = "multi_thread")]
async fn config_begins_changes_and_ends_a_mailbox() {
    let Some(server) = MailServer::start() else { return };
    let whole = posti(&server);
    let (before, after) = whole.split_once("[mailboxes.orders]").unwrap();
    let (mailbox, outboxes) = after.split_once("[outboxes.mail]").unwrap();
    let (mailbox, outboxes) =
        (format!("[mailboxes.orders]{mailbox}"), format!("[outboxes.mail]{outboxes}"));
    let config = Config::new().tenant("posti", &format!("{before}{outboxes}"));
    let data = tempfile::tempdir().unwrap();
    let (kerros, aino) = house(&config, data.path()).await;
    let put = |text: &str| config.put("tenants/posti.toml", text);
    let states = async || {
        let reading = kerros.metrics().await;
        let of = |mailbox| reading.sum("kerros_mailbox_up", &[("mailbox", mailbox)]);
        (of("support"), of("orders"))
    };
    until("one mailbox is up", async || (states().await == (1.0, 0.0)).then_some(())).await;
    Draft::new(LIISA, "1@liisa.example", "Early", "Nobody looks here yet.")
        .to(ORDERS)
        .send(&server)
        .await;

    // It begins: what lay there comes in.
    put(&format!("{before}{mailbox}{outboxes}"));
    opened(&aino, "1@liisa.example").await;

    // It changes: another folder is read from now on, and the other mailbox is not disturbed.
    let other = edited(&mailbox, "after = \"move:Done\"", "folder = \"Done\"\nafter = \"seen\"");
    put(&format!("{before}{other}{outboxes}"));
    let filed = Draft::new(LIISA, "2@liisa.example", "Filed", "In the other folder.").to(ORDERS);
    server.put(ORDERS, "Done", &filed.text()).await;
    opened(&aino, "2@liisa.example").await;
    Draft::new(LIISA, "3@liisa.example", "Same", "Still here.").send(&server).await;
    opened(&aino, "3@liisa.example").await;

    // A file that is wrong changes nothing; the mailbox ends when it is gone from the file.
    let wrong = edited(&other, "channel = \"orders\"", "channel = \"nothing\"");
    put(&format!("{before}{wrong}{outboxes}"));
    let filed = Draft::new(LIISA, "4@liisa.example", "Filed", "Here too.").to(ORDERS);
    server.put(ORDERS, "Done", &filed.text()).await;
    opened(&aino, "4@liisa.example").await;
    put(&format!("{before}{outboxes}"));
    until("one mailbox is left", async || (states().await == (1.0, 0.0)).then_some(())).await;
    let late = Draft::new(LIISA, "5@liisa.example", "Late", "Nobody looks here.").to(ORDERS);
    server.put(ORDERS, "Done", &late.text()).await;
    Draft::new(LIISA, "6@liisa.example", "Here", "Somebody does.").send(&server).await;
    opened(&aino, "6@liisa.example").await;
    let all = aino.conversations("posti").await;
    let mut threads: Vec<&str> = all.iter().map(|row| row["thread"].as_str().unwrap()).collect();
    threads.sort_unstable();
    assert_eq!(threads, [1, 2, 3, 4, 6].map(|n| format!("mail:{n}@liisa.example")));
    kerros.stop().await;
}
