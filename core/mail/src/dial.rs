//! Connects to a mail server: the name is looked up once, every address judged, and the connection goes to a
//! judged address. TLS proves the name that config gave.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use kerros_app::ports::mail::{Addresses, NoAddress};
use rustls::pki_types::ServerName;
use rustls::pki_types::pem::PemObject as _;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::account::Server;

/// Time to look up, connect and greet.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Why there is no connection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotConnected {
    /// Policy: another try does not help.
    #[error("{0}")]
    Refused(String),
    /// The network, or a server that is down.
    #[error("{0}")]
    Network(String),
}

impl From<NoAddress> for NotConnected {
    fn from(error: NoAddress) -> Self {
        match error {
            NoAddress::Refused => Self::Refused(error.to_string()),
            NoAddress::Unknown => Self::Network(error.to_string()),
        }
    }
}

impl From<io::Error> for NotConnected {
    fn from(error: io::Error) -> Self {
        Self::Network(error.to_string())
    }
}

/// A connection, private or not.
#[derive(Debug)]
pub enum Wire {
    /// In plain text.
    Plain(TcpStream),
    /// Under TLS.
    Tls(Box<TlsStream<TcpStream>>),
}

/// Connects to mail servers.
#[derive(Clone)]
pub struct Dialer {
    addresses: Arc<dyn Addresses>,
}

impl std::fmt::Debug for Dialer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Dialer")
    }
}

impl Dialer {
    /// Goes by this judgement of addresses.
    #[must_use]
    pub const fn new(addresses: Arc<dyn Addresses>) -> Self {
        Self { addresses }
    }

    /// Connects in plain text.
    ///
    /// # Errors
    /// [`NotConnected`].
    pub async fn connect(&self, server: &Server) -> Result<TcpStream, NotConnected> {
        let found = self.addresses.addresses(&server.host, server.private).await?;
        let mut last = NotConnected::Network("the host has no address".to_owned());
        for address in found {
            if server.tls == crate::account::Tls::None && !address.is_loopback() {
                return Err(NotConnected::Refused(
                    "without TLS only this machine may be connected to".to_owned(),
                ));
            }
            let to = SocketAddr::new(address, server.port);
            match tokio::time::timeout(Duration::from_secs(8), TcpStream::connect(to)).await {
                Ok(Ok(stream)) => {
                    // Commands are small and answered one by one.
                    stream.set_nodelay(true)?;
                    return Ok(stream);
                }
                Ok(Err(error)) => last = error.into(),
                Err(_) => last = NotConnected::Network("no answer in time".to_owned()),
            }
        }
        Err(last)
    }

    /// Puts TLS over a connection.
    ///
    /// # Errors
    /// [`NotConnected`]; a certificate that does not prove the name is a network fault, for it may be renewed.
    pub async fn secure(&self, server: &Server, stream: TcpStream) -> Result<Wire, NotConnected> {
        let name = ServerName::try_from(server.host.clone())
            .map_err(|_| NotConnected::Refused("the host's name is not one".to_owned()))?;
        let connector = TlsConnector::from(Arc::new(config(server)?));
        let stream = connector.connect(name, stream).await?;
        Ok(Wire::Tls(Box::new(stream)))
    }
}

fn config(server: &Server) -> Result<rustls::ClientConfig, NotConnected> {
    let faulty = |error: rustls::Error| NotConnected::Refused(error.to_string());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let extra = match &server.ca {
        None => Vec::new(),
        Some(pem) => rustls::pki_types::CertificateDer::pem_slice_iter(pem.as_bytes())
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| NotConnected::Refused("the CA file is not PEM".to_owned()))?,
    };
    let builder = rustls::ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(faulty)?;
    // A machine without certificates of its own can still trust those that config names.
    let verifier = if extra.is_empty() {
        rustls_platform_verifier::Verifier::new(provider)
    } else {
        rustls_platform_verifier::Verifier::new_with_extra_roots(extra, provider)
    }
    .map_err(faulty)?;
    Ok(builder
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth())
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buf),
            Self::Tls(stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, buf),
            Self::Tls(stream) => Pin::new(stream).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
