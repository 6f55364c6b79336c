//! What goes through and what does not.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use kerros_app::memory::MemoryFiles;
use kerros_app::ports::clock::Clock;
use kerros_app::ports::outbound::{Body, Outbound, Request, Response};
use kerros_app::ports::secrets::Secrets;
use kerros_app::tenant::Grants;
use kerros_domain::id::TenantId;
use kerros_domain::time::Timestamp;
use kerros_outbound::resolve::Lookup;
use kerros_outbound::{Caps, Client};

use crate::stub::Stub;

pub const TOKEN: &str = "123456:AA-very-secret";
const OK: &str = "HTTP/1.1 200 OK\r\nx-id: 7\r\n\r\nfine";

pub struct Fixed;
impl Clock for Fixed {
    fn now(&self) -> Timestamp {
        Timestamp::from_seconds(1_800_000_000)
    }
}
impl Secrets for Fixed {
    fn get(&self, tenant: &TenantId, name: &str) -> Option<Vec<u8>> {
        (tenant.as_str() == "aurinko" && name == "token").then(|| TOKEN.as_bytes().to_vec())
    }
}

/// Answers with one list after the other, the last one for ever.
pub struct Turning {
    answers: Vec<Vec<IpAddr>>,
    asked: AtomicUsize,
}

#[async_trait]
impl Lookup for Turning {
    async fn lookup(&self, _: &str) -> std::io::Result<Vec<IpAddr>> {
        let turn = self.asked.fetch_add(1, Ordering::SeqCst).min(self.answers.len() - 1);
        Ok(self.answers[turn].clone())
    }
}

pub fn turning(answers: &[&[&str]]) -> Arc<Turning> {
    let parse = |list: &&[&str]| list.iter().map(|a| a.parse().unwrap()).collect();
    Arc::new(Turning { answers: answers.iter().map(parse).collect(), asked: AtomicUsize::new(0) })
}

fn files() -> Arc<MemoryFiles> {
    Arc::new(MemoryFiles::default())
}

fn client_over(lookup: &Arc<Turning>, caps: Caps) -> Client {
    let lookup: Arc<dyn Lookup> = lookup.clone();
    Client::with_lookup(Arc::new(Fixed), files(), Arc::new(Fixed), caps, &lookup)
}

fn client() -> Client {
    client_over(&turning(&[&["127.0.0.1"]]), quick())
}

pub fn quick() -> Caps {
    Caps { total: Duration::from_millis(800), ..Caps::default() }
}

pub fn grants(hosts: &[String], private_hosts: bool) -> Grants {
    let secrets = BTreeMap::from([
        ("token".to_owned(), hosts.to_vec()),
        ("unset".to_owned(), hosts.to_vec()),
        ("elsewhere".to_owned(), vec!["api.elsewhere.example".to_owned()]),
    ]);
    Grants { hosts: hosts.to_vec(), secrets, private_hosts, outbox: None }
}

fn get(url: &str) -> Request {
    Request::Http {
        method: "GET".into(),
        url: url.into(),
        headers: vec![],
        body: Body::None,
        repeatable: false,
    }
}

async fn ask(client: &Client, grants: &Grants, request: &Request) -> Response {
    client.perform(&TenantId::from("aurinko"), grants, request).await
}

fn reason(response: &Response) -> (bool, &str) {
    match response {
        Response::Failed { temporary, reason, .. } => (*temporary, reason),
        _ => panic!("went through: {response:?}"),
    }
}

#[tokio::test]
async fn a_listed_host_is_reached_and_secrets_are_placed() {
    let stub = Stub::answering(OK).await;
    let host = format!("api.example.test:{}", stub.address.port());
    let request = Request::Http {
        method: "POST".into(),
        url: format!("http://{host}/bot{{secret:token}}/send"),
        headers: vec![
            ("X-Token".into(), "t={secret:token}".into()),
            ("X-Time".into(), "{timestamp}".into()),
            ("X-Mac".into(), "{secret-mac:token}".into()),
        ],
        body: Body::Text("{\"k\":\"{secret:token}\"}".into()),
        repeatable: false,
    };
    let response = ask(&client(), &grants(&[host], true), &request).await;
    let Response::Http { status, headers, body } = response else { panic!("{response:?}") };
    assert_eq!((status, body.as_str()), (200, "fine"));
    assert!(headers.contains(&("x-id".into(), "7".into())));
    let got = stub.got().remove(0);
    assert!(got.starts_with(&format!("POST /bot{TOKEN}/send HTTP/1.1\r\n")), "{got}");
    assert!(got.contains(&format!("x-token: t={TOKEN}\r\n")), "{got}");
    assert!(got.contains("x-time: 1800000000\r\n"), "{got}");
    assert!(got.ends_with(&format!("{{\"k\":\"{TOKEN}\"}}")), "{got}");
    let mac = got.lines().find_map(|line| line.strip_prefix("x-mac: ")).unwrap();
    assert_eq!(mac.len(), 64);
}

#[tokio::test]
async fn a_server_that_repeats_the_secret_does_not_hand_it_to_the_guest() {
    let stub = Stub::answering("HTTP/1.1 400 Bad Request\r\n\r\n{echo}").await;
    let host = format!("api.example.test:{}", stub.address.port());
    let url = format!("http://{host}/{{secret:token}}");
    let response = ask(&client(), &grants(&[host], true), &get(&url)).await;
    let Response::Http { status: 400, body, .. } = response else { panic!("{response:?}") };
    assert!(body.contains("GET /*** "), "{body}");
    assert!(!body.contains(TOKEN));
}

#[tokio::test]
async fn what_is_not_granted_is_refused_without_a_packet() {
    let stub = Stub::answering(OK).await;
    let port = stub.address.port();
    let hosts = [format!("api.example.test:{port}")];
    let here = format!("http://api.example.test:{port}");
    let table = [
        (
            format!("http://other.example.test:{port}/"),
            "the host other.example.test is not on the list",
        ),
        ("http://api.example.test/".into(), "the host api.example.test is not on the list"),
        (format!("{here}/{{secret:elsewhere}}"), "secret \"elsewhere\" may not go to this host"),
        (format!("{here}/{{secret:nobody}}"), "secret \"nobody\" is not granted to this plugin"),
        (
            format!("http://u:p@api.example.test:{port}/"),
            "allowed is an http or https url without a user name",
        ),
        ("ftp://api.example.test/".into(), "allowed is an http or https url without a user name"),
        ("nonsense".into(), "the url is not one"),
        (format!("http://{{secret:token}}:{port}/"), "the url is not one"),
    ];
    for (url, expected) in table {
        let response = ask(&client(), &grants(&hosts, true), &get(&url)).await;
        assert_eq!(reason(&response), (false, expected), "{url}");
        assert!(!response.is_open());
    }
    let unset =
        ask(&client(), &grants(&hosts, true), &get(&format!("{here}/{{secret:unset}}"))).await;
    assert_eq!(reason(&unset), (true, "secret \"unset\" is not set"));
    let plain = ask(&client(), &grants(&hosts, false), &get(&here)).await;
    assert_eq!(reason(&plain), (false, "only https is allowed"));
    let mut host_header = get(&here);
    let Request::Http { headers, .. } = &mut host_header else { unreachable!() };
    headers.push(("Host".into(), "metadata.internal".into()));
    let response = ask(&client(), &grants(&hosts, true), &host_header).await;
    assert_eq!(reason(&response), (false, "the header host is not a plugin's to set"));
    assert!(stub.got().is_empty(), "nothing may have been sent: {:?}", stub.got());
}

#[tokio::test]
async fn addresses_inside_are_refused_however_they_are_written() {
    let public_only = |hosts: &[&str]| {
        let hosts: Vec<String> = hosts.iter().map(ToString::to_string).collect();
        grants(&hosts, false)
    };
    for url in [
        "https://127.0.0.1/",
        "https://0x7f000001/",
        "https://2130706433/",
        "https://127.1/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[fd00:ec2::254]/",
    ] {
        let response = ask(&client(), &public_only(&["*"]), &get(url)).await;
        assert_eq!(reason(&response), (false, "the address is not allowed"), "{url}");
    }
    // The link-local and metadata addresses are refused even where private hosts are allowed.
    let mut open = public_only(&["*"]);
    open.private_hosts = true;
    let response = ask(&client(), &open, &get("http://169.254.169.254/")).await;
    assert_eq!(reason(&response), (false, "the address is not allowed"));
}

#[tokio::test]
async fn a_name_that_leads_inside_is_refused_even_with_good_company() {
    for addresses in
        [&["127.0.0.1"][..], &["1.1.1.1", "10.0.0.7"], &["::ffff:169.254.169.254"], &[]]
    {
        let client = client_over(&turning(&[addresses]), quick());
        let hosts = ["api.example.test".to_owned()];
        let response =
            ask(&client, &grants(&hosts, false), &get("https://api.example.test/")).await;
        assert_eq!(
            reason(&response),
            (false, "the host's address is not allowed"),
            "{addresses:?}"
        );
    }
}

#[tokio::test]
async fn a_name_is_looked_up_once_so_it_cannot_change_its_mind() {
    let stub = Stub::answering(OK).await;
    let lookup = turning(&[&["127.0.0.1"], &["169.254.169.254"]]);
    let client = client_over(&lookup, quick());
    let host = format!("api.example.test:{}", stub.address.port());
    let response =
        ask(&client, &grants(std::slice::from_ref(&host), true), &get(&format!("http://{host}/")))
            .await;
    assert!(matches!(response, Response::Http { status: 200, .. }), "{response:?}");
    assert_eq!(lookup.asked.load(Ordering::SeqCst), 1);
    // The next connection asks again, and the new answer is judged again.
    let response =
        ask(&client, &grants(std::slice::from_ref(&host), true), &get(&format!("http://{host}/")))
            .await;
    assert_eq!(reason(&response), (false, "the host's address is not allowed"));
}

#[tokio::test]
async fn redirects_oversized_and_slow_answers_are_failures() {
    let big = format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(5000));
    // What is answered, what it is called, and whether the request may have been taken all the same.
    let table = [
        (
            "HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/\r\n\r\n".to_owned(),
            (false, "the server answered 302 Found; redirects are not followed"),
            false,
        ),
        (big, (false, "the answer is too large"), true),
        (String::new(), (true, "no answer in time"), true),
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nshort".to_owned(),
            (true, "the connection broke"),
            true,
        ),
        ("nonsense\r\n\r\n".to_owned(), (true, "the connection broke"), true),
    ];
    for (answer, expected, reached) in table {
        let stub = Stub::answering(answer.clone()).await;
        let client =
            client_over(&turning(&[&["127.0.0.1"]]), Caps { response_bytes: 4096, ..quick() });
        let host = format!("api.example.test:{}", stub.address.port());
        let response = ask(
            &client,
            &grants(std::slice::from_ref(&host), true),
            &get(&format!("http://{host}/")),
        )
        .await;
        assert_eq!(reason(&response), expected, "{answer:?}");
        assert_eq!(response.is_open(), reached, "{answer:?}");
    }
}

#[tokio::test]
async fn errors_carry_no_secret() {
    // A port that nobody listens on: bound and dropped.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let host = format!("api.example.test:{port}");
    let url = format!("http://{host}/{{secret:token}}");
    let response = ask(&client(), &grants(&[host], true), &get(&url)).await;
    assert_eq!(reason(&response), (true, "no connection"));
    assert!(!response.is_open(), "it cannot have been taken");
}

#[tokio::test]
async fn one_tenant_waits_for_its_own_places_only() {
    let slow = Stub::answering("").await;
    let quick_one = Stub::answering(OK).await;
    let caps = Caps { parallel: 2, parallel_per_tenant: 1, ..quick() };
    let client = client_over(&turning(&[&["127.0.0.1"]]), caps);
    let of = |stub: &Stub| format!("api.example.test:{}", stub.address.port());
    let hosts = [of(&slow), of(&quick_one)];
    let grants = grants(&hosts, true);
    let to_slow = get(&format!("http://{}/", hosts[0]));
    let to_quick = get(&format!("http://{}/", hosts[1]));
    let (aurinko, vuori) = (TenantId::from("aurinko"), TenantId::from("vuori"));
    // The first is asked first and takes its tenant's only place until its time is over.
    let first = client.perform(&aurinko, &grants, &to_slow);
    let second = client.perform(&aurinko, &grants, &to_quick);
    tokio::pin!(first, second);
    let other = tokio::select! {
        biased;
        first = &mut first => panic!("the slow server answered: {first:?}"),
        second = &mut second => panic!("its tenant's place was taken, and yet: {second:?}"),
        other = client.perform(&vuori, &grants, &to_quick) => other,
    };
    assert!(matches!(other, Response::Http { status: 200, .. }), "{other:?}");
    assert_eq!(reason(&first.await), (true, "no answer in time"));
}
