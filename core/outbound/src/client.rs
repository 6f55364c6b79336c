//! Performs one guarded request.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::{StreamExt, TryStreamExt};
use kerros_app::ports::clock::Clock;
use kerros_app::ports::files::{FileError, FileMeta, Files, NewFile};
use kerros_app::ports::outbound::{Body, Outbound, Request, Response};
use kerros_app::ports::secrets::Secrets;
use kerros_app::tenant::Grants;
use kerros_domain::id::TenantId;
use parking_lot::Mutex;
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION};
use reqwest::{Method, Url};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::address::allowed;
use crate::body::{self, Most, Ready};
use crate::host::matches;
use crate::placeholder::{self, CannotFill};
use crate::resolve::{Guarded, Lookup, Refused, SystemLookup};

/// Caps of one client.
#[derive(Debug, Clone, Copy)]
pub struct Caps {
    /// Time to connect.
    pub connect: Duration,
    /// Time for a whole request; it waits as long for a free place before.
    pub total: Duration,
    /// The same for a request that carries a file either way.
    pub transfer: Duration,
    /// Largest body sent, in bytes, files not counted.
    pub request_bytes: usize,
    /// Largest file sent or fetched, in bytes.
    pub file_bytes: u64,
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
            transfer: Duration::from_secs(300),
            request_bytes: 1 << 20,
            file_bytes: 100 << 20,
            response_bytes: 1 << 20,
            parallel: 256,
            parallel_per_tenant: 64,
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
/// Redirects that a download follows.
const HOPS: usize = 3;
/// More headers than anybody needs.
const MOST_HEADERS: usize = 100;

/// The guarded client.
pub struct Client {
    secrets: Arc<dyn Secrets>,
    files: Arc<dyn Files>,
    clock: Arc<dyn Clock>,
    caps: Caps,
    public: Result<reqwest::Client, String>,
    private: Result<reqwest::Client, String>,
    places: Arc<Semaphore>,
    tenants: Mutex<HashMap<TenantId, Arc<Semaphore>>>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("caps", &self.caps).finish_non_exhaustive()
    }
}

/// A request that will not be made, or did not come through.
pub(crate) struct Failed {
    temporary: bool,
    /// It had left: the server may have done what was asked.
    reached: bool,
    reason: String,
}

impl Failed {
    /// The same of a request that had left.
    fn on_its_way(self) -> Self {
        Self { reached: true, ..self }
    }
}

pub(crate) fn refused(reason: impl Into<String>) -> Failed {
    Failed { temporary: false, reached: false, reason: reason.into() }
}

pub(crate) fn broken(reason: impl Into<String>) -> Failed {
    Failed { temporary: true, reached: false, reason: reason.into() }
}

impl From<CannotFill> for Failed {
    fn from(fault: CannotFill) -> Self {
        // A secret that is set later makes the same request work.
        let temporary = matches!(fault, CannotFill::NotSet(_));
        Self { temporary, reached: false, reason: fault.to_string() }
    }
}

impl Client {
    /// A client that looks names up as the system does.
    #[must_use]
    pub fn new(
        secrets: Arc<dyn Secrets>,
        files: Arc<dyn Files>,
        clock: Arc<dyn Clock>,
        caps: Caps,
    ) -> Self {
        let lookup: Arc<dyn Lookup> = Arc::new(SystemLookup);
        Self::with_lookup(secrets, files, clock, caps, &lookup)
    }

    /// A client with its own way to look names up.
    #[must_use]
    pub fn with_lookup(
        secrets: Arc<dyn Secrets>,
        files: Arc<dyn Files>,
        clock: Arc<dyn Clock>,
        caps: Caps,
        lookup: &Arc<dyn Lookup>,
    ) -> Self {
        Self {
            secrets,
            files,
            clock,
            caps,
            public: http_client(caps, lookup, false),
            private: http_client(caps, lookup, true),
            places: Arc::new(Semaphore::new(caps.parallel)),
            tenants: Mutex::new(HashMap::new()),
        }
    }

    /// Sends a request and waits for the head of the answer.
    async fn open(
        &self,
        tenant: &TenantId,
        grants: &Grants,
        request: &Request,
        time: Duration,
    ) -> Result<Open, Failed> {
        let sent = self.prepare(tenant, grants, request).await?;
        let _places = self.places(tenant, time).await?;
        let client = if grants.private_hosts { &self.private } else { &self.public };
        let client = client.as_ref().map_err(|reason| refused(reason.clone()))?;
        let request = client.request(sent.method, sent.url).headers(sent.headers).timeout(time);
        let request = match sent.body {
            Ready::None => request,
            Ready::Whole(bytes) => request.body(bytes),
            Ready::Streamed { stream, .. } => request.body(reqwest::Body::wrap_stream(stream)),
        };
        let response = request.send().await.map_err(|error| network(&error))?;
        Ok(Open { response, shown: sent.shown, _places })
    }

    /// Waits for a free place, of the tenant's and of all, before anything is sent.
    async fn places(&self, tenant: &TenantId, time: Duration) -> Result<Places, Failed> {
        let own = Arc::clone(
            self.tenants
                .lock()
                .entry(tenant.clone())
                .or_insert_with(|| Arc::new(Semaphore::new(self.caps.parallel_per_tenant))),
        );
        let closed = |_| broken("the client is closing");
        let wait = async {
            let own = own.acquire_owned().await.map_err(closed)?;
            let place = Arc::clone(&self.places).acquire_owned().await.map_err(closed)?;
            Ok((own, place))
        };
        let late = |_| broken("no free place for a request in time");
        tokio::time::timeout(time, wait).await.map_err(late)?
    }

    async fn run(
        &self,
        tenant: &TenantId,
        grants: &Grants,
        request: &Request,
    ) -> Result<Response, Failed> {
        let carries_files =
            matches!(request, Request::Http { body: Body::File(_) | Body::Form(_), .. });
        let time = if carries_files { self.caps.transfer } else { self.caps.total };
        // Its time is counted by the request itself, from when it leaves: only so is it known whether it had left when
        // the time was over.
        let open = self.open(tenant, grants, request, time).await?;
        let status = open.response.status();
        if status.is_redirection() {
            return Err(refused(format!(
                "the server answered {status}; redirects are not followed"
            )));
        }
        self.read(open).await
    }

    /// Streams an answer's body into the tenant's files; the outer error is an answer that is no file. Providers keep
    /// files behind a redirect: it is followed as a request of its own, through the same guard and with nothing of the
    /// first one's headers.
    async fn keep(
        &self,
        tenant: &TenantId,
        grants: &Grants,
        request: &Request,
        mut file: NewFile,
    ) -> Result<Result<FileMeta, Response>, Failed> {
        let mut open = self.open(tenant, grants, request, self.caps.transfer).await?;
        for _ in 0..HOPS {
            let Some(onward) = onward(&open.response) else { break };
            drop(open);
            open = self.open(tenant, grants, &onward, self.caps.transfer).await?;
        }
        if !open.response.status().is_success() {
            return self.read(open).await.map(Err);
        }
        let Open { response, shown: _, _places } = open;
        file.most_bytes = file.most_bytes.min(self.caps.file_bytes);
        if response.content_length().is_some_and(|bytes| bytes > file.most_bytes) {
            return Err(refused("the file is too large"));
        }
        let named = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if let Some(named) = named.map(|value| value.split(';').next().unwrap_or_default().trim())
            && named.contains('/')
        {
            named.clone_into(&mut file.media_type);
        }
        let bytes = response
            .bytes_stream()
            .map_err(|error| FileError::Broken(network(&error).reason))
            .boxed();
        match self.files.put(tenant, file, bytes).await {
            Ok(meta) => Ok(Ok(meta)),
            Err(FileError::TooLarge { .. }) => Err(refused("the file is too large")),
            Err(FileError::Broken(reason)) => Err(broken(reason)),
            Err(error) => Err(broken(error.to_string())),
        }
    }

    /// Checks a request and fills its placeholders.
    async fn prepare(
        &self,
        tenant: &TenantId,
        grants: &Grants,
        request: &Request,
    ) -> Result<Sent, Failed> {
        let Request::Http { method, url, headers, body, .. } = request else {
            return Err(refused("this channel has no account for mail"));
        };
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
        if headers.len() > MOST_HEADERS {
            return Err(refused("too many headers"));
        }
        let most = Most { own: self.caps.request_bytes, files: self.caps.file_bytes };
        let body = body::prepare(body, tenant, &*self.files, &mut secrets, most).await?;
        let now = self.clock.now().seconds();
        let mut filled = HeaderMap::new();
        for (name, value) in headers {
            let name = HeaderName::from_bytes(name.as_bytes())
                .map_err(|_| refused("a header's name is not one"))?;
            if RESERVED.contains(&name.as_str()) {
                return Err(refused(format!("the header {name} is not a plugin's to set")));
            }
            let value = placeholder::fill_header(value, body.signed(), now, &mut secrets)?;
            let mut value = HeaderValue::from_str(&value)
                .map_err(|_| refused(format!("the value of header {name} is not one")))?;
            value.set_sensitive(true);
            filled.append(name, value);
        }
        if let Ready::Streamed { bytes, media_type, .. } = &body {
            // A form's type carries the boundary; a file's own stands where the plugin names none.
            if media_type.starts_with("multipart/form-data;") || !filled.contains_key(CONTENT_TYPE)
            {
                let value = HeaderValue::from_str(media_type)
                    .unwrap_or(HeaderValue::from_static("application/octet-stream"));
                filled.insert(CONTENT_TYPE, value);
            }
            filled.insert(CONTENT_LENGTH, HeaderValue::from(*bytes));
        }
        Ok(Sent { method, url, headers: filled, body, shown: secrets.shown })
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

    /// Reads an answer whole.
    async fn read(&self, open: Open) -> Result<Response, Failed> {
        let Open { mut response, shown, _places } = open;
        let status = response.status();
        let headers = response
            .headers()
            .iter()
            .take(MOST_HEADERS)
            .filter(|(name, _)| *name != "set-cookie")
            .map(|(name, value)| {
                let value = String::from_utf8_lossy(value.as_bytes());
                (name.as_str().to_owned(), hide(&value, &shown))
            })
            .collect();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| network(&error))? {
            if body.len() + chunk.len() > self.caps.response_bytes {
                return Err(refused("the answer is too large").on_its_way());
            }
            body.extend_from_slice(&chunk);
        }
        let body = hide(&String::from_utf8_lossy(&body), &shown);
        Ok(Response::Http { status: status.as_u16(), headers, body })
    }
}

/// The request that a redirect asks for.
fn onward(response: &reqwest::Response) -> Option<Request> {
    if !response.status().is_redirection() {
        return None;
    }
    let place = response.headers().get(LOCATION)?.to_str().ok()?;
    let url = response.url().join(place).ok()?;
    // A provider's words are never a placeholder.
    let url = url.as_str().replace('{', "%7B");
    Some(Request::Http {
        method: "GET".to_owned(),
        url,
        headers: Vec::new(),
        body: Body::None,
        repeatable: false,
    })
}

#[async_trait]
impl Outbound for Client {
    async fn perform(&self, tenant: &TenantId, grants: &Grants, request: &Request) -> Response {
        match self.run(tenant, grants, request).await {
            Ok(response) => response,
            Err(Failed { temporary, reached, reason }) => {
                tracing::info!(%tenant, temporary, reached, reason, "a plugin's request failed");
                Response::Failed { temporary, reached, reason }
            }
        }
    }

    async fn download(
        &self,
        tenant: &TenantId,
        grants: &Grants,
        request: &Request,
        file: NewFile,
    ) -> Result<FileMeta, Response> {
        let work = self.keep(tenant, grants, request, file);
        let kept = match tokio::time::timeout(self.caps.transfer, work).await {
            Ok(kept) => kept,
            Err(_) => Err(broken("no answer in time")),
        };
        kept.unwrap_or_else(|Failed { temporary, reached, reason }| {
            tracing::info!(%tenant, temporary, reason, "a file could not be fetched");
            Err(Response::Failed { temporary, reached, reason })
        })
    }
}

/// A tenant's place and one of all.
type Places = (OwnedSemaphorePermit, OwnedSemaphorePermit);

/// A request, checked and filled.
struct Sent {
    method: Method,
    url: Url,
    headers: HeaderMap,
    body: Ready,
    /// Secrets that went out; an answer that repeats one does not carry it to the guest.
    shown: Vec<String>,
}

/// A request that was sent and is being answered; it keeps its places until it is read.
struct Open {
    response: reqwest::Response,
    shown: Vec<String>,
    _places: Places,
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

    fn shown(&mut self, text: &str) {
        self.shown.push(text.to_owned());
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
    if error.is_connect() {
        // Also one that was not made in time.
        broken("no connection")
    } else if error.is_timeout() {
        broken("no answer in time").on_its_way()
    } else if error.is_builder() {
        refused("the request is not one")
    } else {
        broken("the connection broke").on_its_way()
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
