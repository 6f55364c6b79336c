//! Takes connections in and speaks HTTP/1.1 on them, until the stop.
//!
//! Not `axum::serve`: here a client that sends its headers drop by drop is cut off, and a stop has an end.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tower::Service as _;

use crate::state::WebState;

/// A request's head must be there within this; an idle kept-alive connection is closed after it.
const HEAD_WITHIN: Duration = Duration::from_secs(30);
/// The smallest that hyper takes; heads beyond it are refused with 431.
const BUFFER_BYTES: usize = 16 * 1024;

/// Serves until the node drains, then lets what runs come to its end, at most for `patience`.
pub async fn serve(listener: TcpListener, app: Router, state: WebState, patience: Duration) {
    let mut draining = state.readiness.draining();
    // Every connection holds a sender: when the last is gone, so are all connections.
    let (alive, mut all_gone) = mpsc::channel::<Infallible>(1);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = draining.wait_for(|draining| *draining) => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let draining = state.readiness.draining();
                tokio::spawn(connection(stream, peer, app.clone(), draining, alive.clone()));
            }
            Err(error) => {
                // Out of file descriptors, most likely: some will come free.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
    drop(listener);
    drop(alive);
    let ended = async {
        all_gone.recv().await;
        state.sockets.empty().await;
    };
    if tokio::time::timeout(patience, ended).await.is_err() {
        tracing::warn!("some connections did not end in time and are cut");
    }
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    app: Router,
    mut draining: watch::Receiver<bool>,
    _alive: mpsc::Sender<Infallible>,
) {
    // Answers and widget frames are small and awaited: Nagle's delay would be felt.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        app.clone().call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_WITHIN)
        .max_buf_size(BUFFER_BYTES)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let stopping = draining.wait_for(|draining| *draining);
    let stopped = tokio::select! {
        ended = connection.as_mut() => {
            if let Err(error) = ended {
                tracing::debug!(%error, "a connection ended badly");
            }
            false
        }
        _ = stopping => true,
    };
    if stopped {
        connection.as_mut().graceful_shutdown();
        let _ = connection.await;
    }
}
