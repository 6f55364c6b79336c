//! Downloads that a provider sends on to where the file lies.

use std::sync::Arc;

use async_trait::async_trait;
use kerros_app::memory::MemoryFiles;
use kerros_app::ports::clock::Clock;
use kerros_app::ports::files::{FileMeta, NewFile};
use kerros_app::ports::outbound::{Body, Outbound, Request, Response};
use kerros_app::ports::secrets::Secrets;
use kerros_app::tenant::Grants;
use kerros_domain::id::TenantId;
use kerros_domain::time::Timestamp;
use kerros_outbound::resolve::Lookup;
use kerros_outbound::{Caps, Client};

use crate::stub::Stub;

struct Here;

impl Clock for Here {
    fn now(&self) -> Timestamp {
        Timestamp::from_seconds(1_800_000_000)
    }
}

impl Secrets for Here {
    fn get(&self, _: &TenantId, _: &str) -> Option<Vec<u8>> {
        Some(b"very-secret".to_vec())
    }
}

#[async_trait]
impl Lookup for Here {
    async fn lookup(&self, _: &str) -> std::io::Result<Vec<std::net::IpAddr>> {
        Ok(vec!["127.0.0.1".parse().unwrap()])
    }
}

async fn download(hosts: &[String], url: &str) -> Result<FileMeta, Response> {
    let lookup: Arc<dyn Lookup> = Arc::new(Here);
    let files = Arc::new(MemoryFiles::default());
    let client =
        Client::with_lookup(Arc::new(Here), files, Arc::new(Here), Caps::default(), &lookup);
    let secrets = [("token".to_owned(), hosts.to_vec())].into();
    let grants = Grants { hosts: hosts.to_vec(), secrets, private_hosts: true, outbox: None };
    let request = Request::Http {
        method: "GET".into(),
        url: url.into(),
        headers: vec![("authorization".into(), "Bearer {secret:token}".into())],
        body: Body::None,
        repeatable: false,
    };
    let file = NewFile { name: "a".into(), media_type: "image/png".into(), most_bytes: 1000 };
    client.download(&TenantId::from("aurinko"), &grants, &request, file).await
}

fn to(place: &str) -> String {
    format!("HTTP/1.1 307 Temporary Redirect\r\nlocation: {place}\r\n\r\n")
}

#[tokio::test]
async fn a_redirect_is_followed_without_the_headers() {
    let store = Stub::answering("HTTP/1.1 200 OK\r\n\r\nbytes").await;
    let store_host = format!("cdn.example.test:{}", store.address.port());
    let first = Stub::answering(to(&format!("http://{store_host}/f?x={{secret:token}}"))).await;
    let host = format!("api.example.test:{}", first.address.port());
    let meta = download(&[host.clone(), store_host.clone()], &format!("http://{host}/m")).await;
    assert_eq!(meta.unwrap().bytes, 5);
    assert!(first.got()[0].contains("authorization: Bearer very-secret"));
    let got = store.got().remove(0);
    assert!(!got.contains("secret:") || got.contains("%7Bsecret:token}"), "{got}");
    assert!(!got.contains("authorization") && !got.contains("very-secret"), "{got}");
}

#[tokio::test]
async fn a_redirect_goes_through_the_same_guard() {
    for place in [
        "http://169.254.169.254/latest/meta-data",
        "http://other.example.test/",
        "file:///etc/passwd",
    ] {
        let first = Stub::answering(to(place)).await;
        let host = format!("api.example.test:{}", first.address.port());
        let refused = download(std::slice::from_ref(&host), &format!("http://{host}/m")).await;
        assert!(
            matches!(&refused, Err(Response::Failed { temporary: false, .. })),
            "{place}: {refused:?}"
        );
    }
}

#[tokio::test]
async fn a_ring_of_redirects_ends() {
    let ring = Stub::answering(to("/again")).await;
    let host = format!("api.example.test:{}", ring.address.port());
    let ended = download(std::slice::from_ref(&host), &format!("http://{host}/m")).await;
    assert!(matches!(ended, Err(Response::Http { status: 307, .. })), "{ended:?}");
    assert_eq!(ring.got().len(), 4);
}
