//! Performs one guarded request.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use kerros_app::ports::clock::Clock;
use kerros_app::ports::outbound::{Outbound, Request, Response};
use kerros_app::ports::secrets::Secrets;
use kerros_app::tenant::Grants;
use kerros_domain::id::TenantId;
use parking_lot::Mutex;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Url};
use tokio::sync::Semaphore;

use crate::address::allowed;
use crate::host::matches;
use crate::placeholder::{self, CannotFill};
use crate::resolve::{Guarded, Lookup, Refused, SystemLookup};

/// Caps of one client.
#[derive(Debug, Clone, Copy)]
pub struct Caps {
    /// Time to connect.
    pub connect: Duration,
    /// Time for a whole request, waiting for a free place included.
    pub total: Duration,
    /// Largest body sent, in bytes.
    pub request_bytes: usize,
    /// Largest body read, in bytes.
    pub response_bytes: usize,
    /// Requests at once.
    pub parallel: usize,
    /// Requests at once per tenant.
    pub parallel_per_tenant: usize,
}

impl Default for Caps {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            total: Duration::from_secs(15),
            request_bytes: 1 << 20,
            response_bytes: 1 << 20,
            parallel: 256,
            parallel_per_tenant: 32,
        }
    }
}

/// Headers that belong to the connection, not to the plugin.
const RESERVED: [&str; 9] = [
    "host",
    "connection",
    "content-length",
    "transfer-encoding",
    "te",
    "trailer",
    "upgrade",
    "proxy-authorization",
    "proxy-connection",
];
/// More headers than anybody needs.
const MOST_HEADERS: usize = 100;

/// The guarded client.
pub struct Client {
    secrets: Arc<dyn Secrets>,
    clock: Arc<dyn Clock>,
    caps: Caps,
    public: Result<reqwest::Client, String>,
    private: Result<reqwest::Client, String>,
    places: Semaphore,
    tenants: Mutex<HashMap<TenantId, Arc<Semaphore>>>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("caps", &self.caps).finish_non_exhaustive()
    }
}

/// A request that will not be made, or did not come through.
struct Failed {
    temporary: bool,
    reason: String,
}

fn refused(reason: impl Into<String>) -> Failed {
    Failed { temporary: false, reason: reason.into() }
}

fn broken(reason: impl Into<String>) -> Failed {
    Failed { temporary: true, reason: reason.into() }
}

impl From<CannotFill> for Failed {
    fn from(fault: CannotFill) -> Self {
        // A secret that is set later makes the same request work.
        Self { temporary: matches!(fault, CannotFill::NotSet(_)), reason: fault.to_string() }
    }
}

impl Client {
    /// A client that looks names up as the system does.
    #[must_use]
    pub fn new(secrets: Arc<dyn Secrets>, clock: Arc<dyn Clock>, caps: Caps) -> Self {
        Self::with_lookup(secrets, clock, caps, &(Arc::new(SystemLookup) as Arc<dyn Lookup>))
    }

    /// A client with its own way to look names up.
    #[must_use]
    pub fn with_lookup(
        secrets: Arc<dyn Secrets>,
        clock: Arc<dyn Clock>,
        caps: Caps,
        lookup: &Arc<dyn Lookup>,
    ) -> Self {
        Self {
            secrets,
            clock,
            caps,
            public: http_client(caps, lookup, false),
            private: http_client(caps, lookup, true),
            places: Semaphore::new(caps.parallel),
            tenants: Mutex::new(HashMap::new()),
        }
    }

    async fn run(
        &self,
        tenant: &TenantId,
        grants: &Grants,
        request: &Request,
    ) -> Result<Response, Failed> {
        let ready = self.prepare(tenant, grants, request)?;
        let client = if grants.private_hosts { &self.private } else { &self.public };
        let client = client.as_ref().map_err(|reason| refused(reason.clone()))?;
        let own = Arc::clone(
            self.tenants
                .lock()
                .entry(tenant.clone())
                .or_insert_with(|| Arc::new(Semaphore::new(self.caps.parallel_per_tenant))),
        );
        let work = async {
            let closed = |_| broken("the client is closing");
            let _own = own.acquire().await.map_err(closed)?;
            let _place = self.places.acquire().await.map_err(closed)?;
            let mut sent = client.request(ready.method, ready.url).headers(ready.headers);
            if let Some(body) = ready.body {
                sent = sent.body(body);
            }
            let response = sent.send().await.map_err(|error| network(&error))?;
            self.read(response, &ready.shown).await
        };
        match tokio::time::timeout(self.caps.total, work).await {
            Ok(outcome) => outcome,
            Err(_) => Err(broken("no answer in time")),
        }
    }

    /// Checks a request and fills its placeholders.
    fn prepare(
        &self,
        tenant: &TenantId,
        grants: &Grants,
        request: &Request,
    ) -> Result<Ready, Failed> {
        let Request::Http { method, url, headers, body } = request;
        let method = match method.as_str() {
            "GET" => Method::GET,
            "POST" => Method::POST,
            "PUT" => Method::PUT,
            "PATCH" => Method::PATCH,
            "DELETE" => Method::DELETE,
            _ => return Err(refused("the method is not allowed")),
        };
        let target = target(url)?;
        self.check_target(grants, &target)?;

        let mut secrets =
            Granted { tenant, grants, target: &target, secrets: &*self.secrets, shown: Vec::new() };
        let url = placeholder::fill(url, &mut secrets)?;
        let url =
            Url::parse(&url).map_err(|_| refused("the url is not one once it is filled in"))?;
        // A secret may fill the path, never choose where the request goes.
        if Target::of(&url).as_ref() != Some(&target) {
            return Err(refused("a placeholder may not stand in the url's host"));
        }
        let body = body.as_deref().map(|body| placeholder::fill(body, &mut secrets)).transpose()?;
        if body.as_ref().is_some_and(|body| body.len() > self.caps.request_bytes) {
            return Err(refused("the body is too large"));
        }
        if headers.len() > MOST_HEADERS {
            return Err(refused("too many headers"));
        }
        let now = self.clock.now().seconds();
        let mut filled = HeaderMap::new();
        for (name, value) in headers {
            let name = HeaderName::from_bytes(name.as_bytes())
                .map_err(|_| refused("a header's name is not one"))?;
            if RESERVED.contains(&name.as_str()) {
                return Err(refused(format!("the header {name} is not a plugin's to set")));
            }
            let text = body.as_deref().unwrap_or_default();
            let value = placeholder::fill_header(value, text, now, &mut secrets)?;
            let mut value = HeaderValue::from_str(&value)
                .map_err(|_| refused(format!("the value of header {name} is not one")))?;
            value.set_sensitive(true);
            filled.append(name, value);
        }
        let shown = secrets.shown;
        Ok(Ready {
            method,
            url,
            headers: filled,
            body: body.map(std::borrow::Cow::into_owned),
            shown,
        })
    }

    fn check_target(&self, grants: &Grants, target: &Target) -> Result<(), Failed> {
        if target.scheme != "https" && !grants.private_hosts {
            return Err(refused("only https is allowed"));
        }
        let listed = |pattern: &String| target.matches(pattern);
        if !grants.hosts.iter().any(listed) {
            return Err(refused(format!("the host {} is not on the list", target.host)));
        }
        let literal = target.host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        if literal.is_ok_and(|address| !allowed(address, grants.private_hosts)) {
            return Err(refused("the address is not allowed"));
        }
        Ok(())
    }

    async fn read(
        &self,
        mut response: reqwest::Response,
        shown: &[String],
    ) -> Result<Response, Failed> {
        let status = response.status();
        if status.is_redirection() {
            return Err(refused(format!(
                "the server answered {status}; redirects are not followed"
            )));
        }
        let headers = response
            .headers()
            .iter()
            .take(MOST_HEADERS)
            .filter(|(name, _)| *name != "set-cookie")
            .map(|(name, value)| {
                let value = String::from_utf8_lossy(value.as_bytes());
                (name.as_str().to_owned(), hide(&value, shown))
            })
            .collect();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| network(&error))? {
            if body.len() + chunk.len() > self.caps.response_bytes {
                return Err(refused("the answer is too large"));
            }
            body.extend_from_slice(&chunk);
        }
        let body = hide(&String::from_utf8_lossy(&body), shown);
        Ok(Response::Http { status: status.as_u16(), headers, body })
    }
}

#[async_trait]
impl Outbound for Client {
    async fn perform(&self, tenant: &TenantId, grants: &Grants, request: &Request) -> Response {
        match self.run(tenant, grants, request).await {
            Ok(response) => response,
            Err(Failed { temporary, reason }) => {
                tracing::info!(%tenant, temporary, reason, "a plugin's request failed");
                Response::Failed { temporary, reason }
            }
        }
    }
}

/// A request, checked and filled.
struct Ready {
    method: Method,
    url: Url,
    headers: HeaderMap,
    body: Option<String>,
    /// Secrets that went out; an answer that repeats one does not carry it to the guest.
    shown: Vec<String>,
}

/// Where a request goes.
#[derive(Debug, PartialEq, Eq)]
struct Target {
    scheme: String,
    host: String,
    port: u16,
}

impl Target {
    fn of(url: &Url) -> Option<Self> {
        let scheme = url.scheme();
        let known = scheme == "https" || scheme == "http";
        let bare = url.username().is_empty() && url.password().is_none();
        if !(known && bare) {
            return None;
        }
        Some(Self {
            scheme: scheme.to_owned(),
            host: url.host_str()?.trim_end_matches('.').to_owned(),
            port: url.port_or_known_default()?,
        })
    }

    fn matches(&self, pattern: &str) -> bool {
        let usual = if self.scheme == "https" { 443 } else { 80 };
        matches(pattern, &self.host, self.port, usual)
    }
}

/// The target of a url whose placeholders are not filled yet: braces are no part of a host.
fn target(url: &str) -> Result<Target, Failed> {
    let parsed = Url::parse(url).map_err(|_| refused("the url is not one"))?;
    Target::of(&parsed)
        .ok_or_else(|| refused("allowed is an http or https url without a user name"))
}

/// The secrets of one use of a plugin, towards one target.
struct Granted<'a> {
    tenant: &'a TenantId,
    grants: &'a Grants,
    target: &'a Target,
    secrets: &'a dyn Secrets,
    shown: Vec<String>,
}

impl placeholder::Secrets for Granted<'_> {
    fn value(&mut self, name: &str) -> Result<String, CannotFill> {
        let bound =
            self.grants.secrets.get(name).ok_or_else(|| CannotFill::NotGranted(name.into()))?;
        if !bound.iter().any(|pattern| self.target.matches(pattern)) {
            return Err(CannotFill::NotHere(name.into()));
        }
        let bytes = self.key(name)?;
        let value = String::from_utf8(bytes).map_err(|_| CannotFill::NotText(name.into()))?;
        self.shown.push(value.clone());
        Ok(value)
    }

    fn key(&mut self, name: &str) -> Result<Vec<u8>, CannotFill> {
        if !self.grants.secrets.contains_key(name) {
            return Err(CannotFill::NotGranted(name.into()));
        }
        self.secrets.get(self.tenant, name).ok_or_else(|| CannotFill::NotSet(name.into()))
    }
}

/// Takes secrets out of text that came back.
fn hide(text: &str, shown: &[String]) -> String {
    let mut text = text.to_owned();
    for secret in shown.iter().filter(|secret| secret.len() >= 4) {
        if text.contains(secret.as_str()) {
            text = text.replace(secret.as_str(), "***");
        }
    }
    text
}

/// What went wrong on the way, in our words: the client's own may carry the url and so a secret.
fn network(error: &reqwest::Error) -> Failed {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(inner) = cause {
        if inner.is::<Refused>() {
            return refused("the host's address is not allowed");
        }
        cause = inner.source();
    }
    if error.is_timeout() {
        broken("no answer in time")
    } else if error.is_connect() {
        broken("no connection")
    } else {
        broken("the connection broke")
    }
}

fn http_client(
    caps: Caps,
    lookup: &Arc<dyn Lookup>,
    private_hosts: bool,
) -> Result<reqwest::Client, String> {
    // Only the first of a process installs it; a second one finds the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let guarded = Guarded { lookup: Arc::clone(lookup), private_hosts };
    reqwest::Client::builder()
        .dns_resolver(Arc::new(guarded))
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .referer(false)
        .https_only(!private_hosts)
        .connect_timeout(caps.connect)
        .timeout(caps.total)
        .pool_idle_timeout(Duration::from_secs(30))
        .pool_max_idle_per_host(8)
        .user_agent(concat!("kerros/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| {
            tracing::warn!(error = %error.without_url(), "no requests can be sent");
            "no requests can be sent: this machine has no usable CA certificates".to_owned()
        })
}
