//! Access tokens: kept until shortly before they end, renewed once for all, and what a refusal means; then the
//! same by IMAP and by SMTP.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kerros_app::memory::{MemoryFiles, TestClock};
use kerros_app::ports::mail::Submission as _;
use kerros_app::ports::meter::NoMeter;
use kerros_app::ports::outbound::Response;
use kerros_domain::id::{ChannelId, TenantId};
use kerros_mail::account::{After, Mailbox, Oauth2, Proof};
use kerros_mail::imap::session::{Fault, Gate};
use kerros_mail::oauth::{NoKeeper, NoToken, TokenKeeper};
use kerros_mail::{Outboxes, oauth};
use parking_lot::Mutex;
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::endpoint::Endpoint;
use crate::house::{House, gate_at, mailbox, tenant};
use crate::liar::truth;
use crate::relay::{letter, outbox};

const USER: &str = "support@test.example";

/// An application of a tenant, with a refresh token.
fn app() -> Oauth2 {
    Oauth2 {
        endpoint: "https://id.example/token".into(),
        client_id: "kerros".into(),
        client_secret: Some("client".into()),
        refresh_token: Some("refresh".into()),
        scope: "mail offline".into(),
        grants: Default::default(),
    }
}

/// Remembers renewed tokens, as the data folder does.
#[derive(Default)]
struct Book(Mutex<BTreeMap<String, String>>);

impl TokenKeeper for Book {
    fn newest(&self, tenant: &TenantId, name: &str, first: &str) -> Option<String> {
        self.0.lock().get(&format!("{tenant}/{name}/{first}")).cloned()
    }
    fn keep(&self, tenant: &TenantId, name: &str, first: &str, token: &str) {
        self.0.lock().insert(format!("{tenant}/{name}/{first}"), token.into());
    }
}

/// An endpoint, the time, and a gate that asks there.
fn provider() -> (Arc<Endpoint>, TestClock, Gate) {
    let (endpoint, clock) = (Arc::new(Endpoint::default()), TestClock::default());
    let gate = gate_at("hush", Arc::clone(&endpoint), clock.clone(), Arc::new(Book::default()));
    (endpoint, clock, gate)
}

#[tokio::test]
async fn a_token_is_used_until_shortly_before_its_end_and_the_renewed_one_goes_on() {
    let (endpoint, clock, gate) = provider();
    let tokens = gate.tokens;
    let token = async || tokens.token(&tenant(), &app()).await;
    endpoint.gives("access-1", 3600, Some("refresh-2"));
    endpoint.gives("access-2", 3600, None);
    endpoint.gives("access-3", 3600, Some("refresh-3"));
    endpoint.gives("access-4", 3600, None);
    assert_eq!(token().await, Ok("access-1".into()));
    // Three minutes before its end it is not begun with any more.
    clock.forward((3600 - 3 * 60) * 1000 - 1);
    assert_eq!(token().await, Ok("access-1".into()));
    assert_eq!(endpoint.forms().len(), 1);
    for expected in ["access-2", "access-3", "access-4"] {
        clock.forward(3600 * 1000);
        assert_eq!(token().await, Ok(expected.into()));
    }
    // An answer without a new refresh token leaves the one before it in use.
    let form = |refresh: &str| {
        format!(
            "client_id=kerros&client_secret=hush&grant_type=refresh_token&refresh_token={refresh}&scope=mail+offline"
        )
    };
    let expected = ["hush", "refresh-2", "refresh-2", "refresh-3"].map(form);
    assert_eq!(endpoint.forms(), expected);
}

#[tokio::test]
async fn without_a_refresh_token_the_application_asks_in_its_own_name() {
    let (endpoint, _, gate) = provider();
    endpoint.gives("access", 3600, None);
    let own = Oauth2 { refresh_token: None, ..app() };
    assert_eq!(gate.tokens.token(&tenant(), &own).await, Ok("access".into()));
    let form =
        "client_id=kerros&client_secret=hush&grant_type=client_credentials&scope=mail+offline";
    assert_eq!(endpoint.forms(), [form]);
}

#[tokio::test]
async fn tenants_and_accounts_have_tokens_of_their_own() {
    let (endpoint, _, gate) = provider();
    for n in 1..=3 {
        endpoint.gives(&format!("access-{n}"), 3600, None);
    }
    let other = Oauth2 { refresh_token: Some("other".into()), ..app() };
    let vuori = TenantId::from("vuori");
    for _ in 0..2 {
        for (tenant, app, expected) in [
            (&tenant(), &app(), "access-1"),
            (&vuori, &app(), "access-2"),
            (&vuori, &other, "access-3"),
        ] {
            assert_eq!(gate.tokens.token(tenant, app).await, Ok(expected.into()));
        }
    }
    assert_eq!(endpoint.forms().len(), 3);
}

/// Twenty want one at once: the endpoint is asked once, and all hear the same; after a failure too.
#[tokio::test]
async fn many_at_once_ask_once() {
    let (endpoint, _, gate) = provider();
    for (n, answer) in [None, Some("access")].into_iter().enumerate() {
        let permits = endpoint.door.available_permits();
        endpoint.door.forget_permits(permits);
        if let Some(token) = answer {
            endpoint.gives(token, 3600, None);
        }
        let (tenant, app) = (tenant(), app());
        let all = futures::future::join_all((0..20).map(|_| gate.tokens.token(&tenant, &app)));
        let open = async {
            while endpoint.waiting.load(Ordering::SeqCst) < n + 1 {
                tokio::task::yield_now().await;
            }
            endpoint.door.add_permits(100);
        };
        let (all, ()) = tokio::join!(all, open);
        for one in all {
            match answer {
                Some(token) => assert_eq!(one, Ok(token.into())),
                None => assert!(matches!(one, Err(NoToken::Busy(_))), "{one:?}"),
            }
        }
        assert_eq!(endpoint.forms().len(), n + 1, "one question for twenty");
    }
}

#[tokio::test]
async fn a_refusal_forgets_only_the_token_that_was_refused() {
    let (endpoint, _, gate) = provider();
    endpoint.gives("access-1", 3600, None);
    endpoint.gives("access-2", 3600, None);
    let token = async || gate.tokens.token(&tenant(), &app()).await.unwrap();
    assert_eq!(token().await, "access-1");
    gate.tokens.forget(&tenant(), &app(), "access-1");
    assert_eq!(token().await, "access-2");
    // A slow server refuses the old one only now.
    gate.tokens.forget(&tenant(), &app(), "access-1");
    assert_eq!(token().await, "access-2");
    assert_eq!(endpoint.forms().len(), 2);
}

/// What the endpoint says, what it means, and what of it is told.
#[tokio::test]
async fn what_a_provider_says_is_told_as_what_it_is() {
    let described = json!({
        "error": "invalid_grant",
        "error_description": "AADSTS700082: The refresh token has expired.\r\nTrace ID: 6b1f",
    });
    let table = [
        (400, described, "login", "invalid_grant AADSTS700082: The refresh token has expired."),
        (401, json!({ "error": "invalid_client" }), "login", "401 invalid_client"),
        (400, json!({ "error": "temporarily_unavailable" }), "network", "temporarily_unavailable"),
        (429, json!({ "error": "slow_down" }), "network", "429"),
        (503, json!("down"), "network", "503"),
        (200, json!({ "token_type": "Bearer" }), "network", "200"),
        (302, json!({}), "network", "302"),
    ];
    for (status, body, word, told) in table {
        let (endpoint, _, gate) = provider();
        endpoint.says(status, &body);
        let fault = Fault::from(gate.tokens.token(&tenant(), &app()).await.unwrap_err());
        assert_eq!(fault.word(), word, "{status} {body}: {fault}");
        let words = fault.to_string();
        assert!(words.contains(told) && !words.contains("hush"), "{words}");
        assert!(!words.contains("Trace ID"), "{words}");
    }
}

/// Which tokens a stub takes.
type Takes = Arc<Mutex<Vec<&'static str>>>;

fn shown(line: &str) -> String {
    String::from_utf8(STANDARD.decode(line.trim()).unwrap()).unwrap()
}

fn is_taken(shown: &str, takes: &Takes) -> bool {
    takes.lock().iter().any(|token| shown == oauth::xoauth2(USER, token))
}

const FAULT: &str = "eyJzdGF0dXMiOiI0MDAifQ==";

async fn imap(stream: TcpStream, takes: Takes) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"* OK hello\r\n").await?;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let (tag, command) = line.trim_end().split_once(' ').unwrap_or_default();
        let mut done = "OK done";
        if command == "AUTHENTICATE XOAUTH2" {
            stream.write_all(b"+ \r\n").await?;
            let mut answer = String::new();
            stream.read_line(&mut answer).await?;
            if !is_taken(&shown(&answer), &takes) {
                // The fault comes in a question, which the client answers with nothing.
                stream.write_all(format!("+ {FAULT}\r\n").as_bytes()).await?;
                let mut empty = String::new();
                stream.read_line(&mut empty).await?;
                assert_eq!(empty, "\r\n");
                done = "NO [AUTHENTICATIONFAILED] Invalid credentials";
            }
        } else {
            stream.write_all(&truth(command)).await?;
        }
        stream.write_all(format!("{tag} {done}\r\n").as_bytes()).await?;
    }
}

async fn smtp(stream: TcpStream, takes: Takes) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 stub\r\n").await?;
    let mut proven = false;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let answer = match line.trim_end() {
            line if line.starts_with("EHLO") => "250-stub\r\n250 AUTH LOGIN XOAUTH2".to_owned(),
            line if line.starts_with("AUTH XOAUTH2 ") => {
                proven = is_taken(&shown(&line["AUTH XOAUTH2 ".len()..]), &takes);
                if proven { "235 2.7.0 welcome".to_owned() } else { format!("334 {FAULT}") }
            }
            "" => "535 5.7.8 Username and Password not accepted".to_owned(),
            _ if !proven => "530 5.7.0 Authentication Required".to_owned(),
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await?;
                let mut line = String::new();
                while line != ".\r\n" {
                    line.clear();
                    stream.read_line(&mut line).await?;
                }
                "250 2.0.0 queued".to_owned()
            }
            _ => "250 2.1.0 ok".to_owned(),
        };
        stream.write_all(format!("{answer}\r\n").as_bytes()).await?;
    }
}

/// Starts a server that takes some tokens; its port.
async fn server<F>(talk: fn(TcpStream, Takes) -> F, takes: &Takes) -> u16
where
    F: Future<Output = std::io::Result<()>> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let takes = Arc::clone(takes);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // A client that hangs up after a refusal is what is wanted.
            let talking = talk(stream, Arc::clone(&takes));
            tokio::spawn(async move { drop(talking.await) });
        }
    });
    port
}

fn by_token(port: u16) -> Mailbox {
    let mut mailbox = mailbox(port, USER, After::Leave);
    mailbox.account.proof = Proof::Oauth2(app());
    mailbox
}

#[tokio::test]
async fn a_mailbox_is_opened_with_a_token_and_a_refused_one_is_renewed() {
    let (endpoint, clock, gate) = provider();
    let house = House { gate, ..House::default() };
    let takes: Takes = Arc::new(Mutex::new(vec!["access-1"]));
    let mailbox = by_token(server(imap, &takes).await);
    endpoint.gives("access-1", 3600, Some("refresh-2"));
    assert_eq!(house.import(&mailbox).await, Ok(3));
    // Again with the same one, until its end is near.
    assert_eq!(house.import(&mailbox).await, Ok(0));
    assert_eq!(endpoint.forms().len(), 1);

    // The server takes it no more, though it should still be good: the next login has a new one.
    *takes.lock() = vec!["access-2"];
    let refused = house.import(&mailbox).await;
    assert!(matches!(&refused, Err(Fault::Login(why)) if why.contains("Invalid")), "{refused:?}");
    endpoint.gives("access-2", 3600, None);
    assert_eq!(house.import(&mailbox).await, Ok(0));
    assert!(endpoint.forms()[1].contains("refresh_token=refresh-2"), "{:?}", endpoint.forms());

    // The endpoint is down: a matter of the network, tried again soon. Then it takes the grant away: a person's.
    clock.forward(3600 * 1000);
    let down = house.import(&mailbox).await;
    assert!(matches!(&down, Err(Fault::Network(why)) if why.contains("503")), "{down:?}");
    endpoint.says(400, &json!({ "error": "invalid_grant" }));
    let gone = house.import(&mailbox).await;
    assert!(matches!(&gone, Err(Fault::Login(why)) if why.contains("invalid_grant")), "{gone:?}");
}

#[tokio::test]
async fn mails_leave_with_a_token_and_wait_while_there_is_none() {
    let (endpoint, clock, gate) = provider();
    let takes: Takes = Arc::new(Mutex::new(vec!["access-2"]));
    let mut outbox = outbox(server(smtp, &takes).await);
    outbox.account.proof = Proof::Oauth2(app());
    // A connection of its own for each, so that each logs in.
    outbox.connections = 1;
    let files: Arc<MemoryFiles> = Arc::default();
    let outboxes = Outboxes::new(gate, files, Arc::new(clock), Arc::new(NoMeter));
    outboxes.set([outbox]);
    let mut number = 0;
    let mut send = async || {
        number += 1;
        let mail = letter(number, &["a@example.org"]);
        outboxes.submit(&tenant(), &ChannelId::from("mail"), &mail).await
    };
    let waits = |answer: &Response, why: &str| {
        let Response::Failed { temporary: true, reason, .. } = answer else {
            panic!("{why}: {answer:?}");
        };
        assert!(reason.contains(why) && !reason.contains("hush"), "{reason}");
    };
    // Without a proof of who we are no mail goes: what the channel is told makes all of them wait.
    let refused = |answer: &Response, why: &str| {
        let Response::Mail { code, enhanced, text, .. } = answer else {
            panic!("{why}: {answer:?}");
        };
        assert_eq!((*code, enhanced.as_str()), (535, "5.7.8"), "{why}");
        assert!(text.contains(why) && !text.contains("hush"), "{text}");
    };
    waits(&send().await, "503");
    endpoint.says(400, &json!({ "error": "invalid_grant" }));
    refused(&send().await, "invalid_grant");
    endpoint.gives("access-1", 3600, None);
    refused(&send().await, "not accepted");
    // The refused one is forgotten, the next is taken.
    endpoint.gives("access-2", 3600, None);
    let sent = send().await;
    assert!(matches!(sent, Response::Mail { code: 250, .. }), "{sent:?}");
    assert_eq!(endpoint.forms().len(), 4);
}

#[tokio::test]
async fn a_secret_that_is_not_set_is_for_a_person_to_mend() {
    struct Nothing;
    impl kerros_app::ports::secrets::Secrets for Nothing {
        fn get(&self, _: &TenantId, _: &str) -> Option<Vec<u8>> {
            None
        }
    }
    let endpoint = Arc::new(Endpoint::default());
    let tokens = kerros_mail::oauth::Tokens::new(
        Arc::clone(&endpoint) as _,
        Arc::new(Nothing),
        Arc::new(TestClock::default()),
        Arc::new(NoKeeper),
    );
    let fault = Fault::from(tokens.token(&tenant(), &app()).await.unwrap_err());
    assert!(matches!(&fault, Fault::Config(why) if why.contains("not set")), "{fault}");
    assert_eq!(endpoint.forms().len(), 0);
}
