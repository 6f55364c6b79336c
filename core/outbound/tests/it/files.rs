//! Files out and in: streamed, of the right tenant, within their limits.

use std::sync::Arc;

use kerros_app::memory::MemoryFiles;
use kerros_app::ports::files::NewFile;
use kerros_app::ports::outbound::{Body, FormPart, FormValue, Outbound, Request, Response};
use kerros_domain::id::TenantId;
use kerros_outbound::{Caps, Client};

use crate::guard::{Fixed, TOKEN, grants, quick, turning};
use crate::stub::Stub;

const OK: &str = "HTTP/1.1 200 OK\r\n\r\nfine";

struct Desk {
    stub: Stub,
    files: Arc<MemoryFiles>,
    client: Client,
    host: String,
}

impl Desk {
    async fn new(answer: &str, caps: Caps) -> Self {
        let stub = Stub::answering(answer).await;
        let files = Arc::new(MemoryFiles::default());
        let lookup: Arc<dyn kerros_outbound::resolve::Lookup> = turning(&[&["127.0.0.1"]]);
        let (secrets, clock) = (Arc::new(Fixed), Arc::new(Fixed));
        let client = Client::with_lookup(secrets, files.clone(), clock, caps, &lookup);
        let host = format!("api.example.test:{}", stub.address.port());
        Self { stub, files, client, host }
    }

    async fn send(&self, tenant: &str, headers: &[(&str, &str)], body: Body) -> Response {
        let header = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let request = Request::Http {
            method: "POST".into(),
            url: format!("http://{}/up", self.host),
            headers: headers.iter().map(header).collect(),
            body,
            repeatable: false,
        };
        let grants = grants(std::slice::from_ref(&self.host), true);
        self.client.perform(&TenantId::from(tenant), &grants, &request).await
    }

    async fn download(&self, most_bytes: u64) -> Result<String, Response> {
        let request = Request::Http {
            method: "GET".into(),
            url: format!("http://{}/file/{{secret:token}}", self.host),
            headers: Vec::new(),
            body: Body::None,
            repeatable: false,
        };
        let grants = grants(std::slice::from_ref(&self.host), true);
        let file =
            NewFile { name: "a".into(), media_type: "application/octet-stream".into(), most_bytes };
        let tenant = TenantId::from("aurinko");
        let meta = self.client.download(&tenant, &grants, &request, file).await?;
        let bytes = self.files.bytes(&tenant, &meta.id).unwrap();
        assert_eq!(meta.bytes, bytes.len() as u64);
        Ok(format!("{} {}", meta.media_type, String::from_utf8_lossy(&bytes)))
    }
}

fn failed(response: &Response) -> (bool, &str) {
    match response {
        Response::Failed { temporary, reason, .. } => (*temporary, reason),
        _ => panic!("went through: {response:?}"),
    }
}

#[tokio::test]
async fn a_file_is_streamed_with_its_length_and_type() {
    let desk = Desk::new(OK, quick()).await;
    let bytes = "x".repeat(100_000);
    let file = desk.files.keep(&"aurinko".into(), "a.txt", "text/x-test", bytes.as_bytes());
    let response = desk.send("aurinko", &[], Body::File(file.id.clone())).await;
    assert!(matches!(response, Response::Http { status: 200, .. }), "{response:?}");
    let got = desk.stub.got().remove(0);
    assert!(got.contains("content-type: text/x-test\r\n"), "{got:.400}");
    assert!(got.contains("content-length: 100000\r\n"), "{got:.400}");
    assert!(got.ends_with(&bytes));

    let own = desk.send("aurinko", &[("content-type", "image/png")], Body::File(file.id)).await;
    assert!(matches!(own, Response::Http { status: 200, .. }), "{own:?}");
    let got = desk.stub.got().remove(1);
    assert!(got.contains("content-type: image/png\r\n") && !got.contains("text/x-test"));
}

#[tokio::test]
async fn a_form_carries_texts_with_secrets_and_files_under_safe_names() {
    let desk = Desk::new(OK, quick()).await;
    let file = desk.files.keep(&"aurinko".into(), "kui\"tti.png", "image/png", b"\x89PNG");
    let part = |name: &str, value| FormPart {
        name: name.into(),
        file_name: None,
        media_type: None,
        value,
    };
    let form = Body::Form(vec![
        part("to", FormValue::Text("+358 40".into())),
        part("key\"\r\nx", FormValue::Text("{secret:token}".into())),
        part("file", FormValue::File(file.id)),
    ]);
    let response = desk.send("aurinko", &[("content-type", "multipart/wrong")], form).await;
    assert!(matches!(response, Response::Http { status: 200, .. }), "{response:?}");
    let got = desk.stub.got().remove(0);
    let boundary = got.split("boundary=").nth(1).unwrap().split("\r\n").next().unwrap();
    assert!(!got.contains("multipart/wrong"));
    let (_, body) = got.split_once("\r\n\r\n").unwrap();
    let expected = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"to\"\r\n\r\n+358 40\r\n\
         --{boundary}\r\nContent-Disposition: form-data; name=\"key%22%0D%0Ax\"\r\n\r\n{TOKEN}\r\n\
         --{boundary}\r\nContent-Disposition: form-data; name=\"file\"; \
         filename=\"kui%22tti.png\"\r\nContent-Type: image/png\r\n\r\n\u{fffd}PNG\r\n\
         --{boundary}--\r\n"
    );
    assert_eq!(body, expected);
}

#[tokio::test]
async fn bytes_are_signed_and_streams_are_not() {
    let desk = Desk::new(OK, quick()).await;
    let mac = [("x-mac", "{secret-mac:token}")];
    let response = desk.send("aurinko", &mac, Body::Bytes(vec![0xff, 0, 1])).await;
    assert!(matches!(response, Response::Http { status: 200, .. }), "{response:?}");
    let got = desk.stub.got().remove(0);
    let sent = got.lines().find_map(|line| line.strip_prefix("x-mac: ")).unwrap();
    assert_eq!(sent.len(), 64);
    let file = desk.files.keep(&"aurinko".into(), "a", "text/plain", b"a");
    let refused = desk.send("aurinko", &mac, Body::File(file.id)).await;
    assert_eq!(failed(&refused), (false, "\"secret-mac:token\" needs a body of text or bytes"));
}

#[tokio::test]
async fn basic_authentication_is_filled_in_and_not_handed_back() {
    let desk = Desk::new("HTTP/1.1 401 No\r\n\r\n{echo}", quick()).await;
    let header = [("authorization", "Basic {basic:AC1:token}")];
    let response = desk.send("aurinko", &header, Body::None).await;
    let Response::Http { status: 401, body, .. } = response else { panic!("{response:?}") };
    assert!(body.contains("authorization: Basic ***"), "{body}");
    let got = desk.stub.got().remove(0);
    let encoded = got.lines().find_map(|l| l.strip_prefix("authorization: Basic ")).unwrap();
    assert_eq!(encoded, "QUMxOjEyMzQ1NjpBQS12ZXJ5LXNlY3JldA==");
}

#[tokio::test]
async fn files_of_others_missing_and_large_ones_are_not_sent() {
    let desk = Desk::new(OK, Caps { file_bytes: 10, ..quick() }).await;
    let theirs = desk.files.keep(&"vuori".into(), "a", "text/plain", b"a").id;
    let large = desk.files.keep(&"aurinko".into(), "a", "text/plain", &[b'x'; 11]).id;
    let form = |id: &String| {
        Body::Form(vec![FormPart {
            name: "f".into(),
            file_name: None,
            media_type: None,
            value: FormValue::File(id.clone()),
        }])
    };
    for body in [Body::File(theirs.clone()), form(&theirs), Body::File("none".into())] {
        let response = desk.send("aurinko", &[], body).await;
        assert_eq!(failed(&response), (false, "there is no such file"));
    }
    for body in [Body::File(large.clone()), form(&large)] {
        let response = desk.send("aurinko", &[], body).await;
        assert_eq!(failed(&response), (false, "the file is too large to be sent"));
    }
    assert!(desk.stub.got().is_empty());
}

#[tokio::test]
async fn an_answer_is_kept_as_a_file_with_the_type_the_server_names() {
    let answer = "HTTP/1.1 200 OK\r\ncontent-type: image/png; x=y\r\n\r\nPNG";
    let desk = Desk::new(answer, quick()).await;
    assert_eq!(desk.download(1000).await.unwrap(), "image/png PNG");
    assert!(desk.stub.got()[0].starts_with(&format!("GET /file/{TOKEN} ")));
}

#[tokio::test]
async fn what_is_no_file_is_told_and_not_kept() {
    let table = [
        ("HTTP/1.1 200 OK\r\n\r\n0123456789", 5, Err((false, "the file is too large"))),
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nshort",
            1000,
            Err((true, "the connection broke")),
        ),
        ("HTTP/1.1 404 No\r\n\r\ngone", 1000, Ok(404)),
    ];
    for (answer, most, expected) in table {
        let desk = Desk::new(answer, quick()).await;
        let response = desk.download(most).await.unwrap_err();
        match (&response, expected) {
            (Response::Http { status, .. }, Ok(expected)) => assert_eq!(*status, expected),
            (_, Err(expected)) => assert_eq!(failed(&response), expected, "{answer:?}"),
            other => panic!("{other:?}"),
        }
        assert_eq!(desk.files.count(), 0, "{answer:?}");
    }
}
