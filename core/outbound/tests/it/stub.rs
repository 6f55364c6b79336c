//! A small HTTP server that answers what a test says and keeps what it got.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// The server.
pub struct Stub {
    pub address: SocketAddr,
    got: Arc<Mutex<Vec<String>>>,
}

impl Stub {
    /// Answers every request with this, byte for byte; `{echo}` is the request.
    pub async fn answering(answer: impl Into<String>) -> Self {
        let answer = answer.into();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let got = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&got);
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                let (answer, kept) = (answer.clone(), Arc::clone(&kept));
                tokio::spawn(async move {
                    let mut request = Vec::new();
                    let mut buffer = [0; 4096];
                    while !whole(&request) {
                        match socket.read(&mut buffer).await {
                            Ok(0) | Err(_) => return,
                            Ok(n) => request.extend_from_slice(&buffer[..n]),
                        }
                    }
                    let request = String::from_utf8_lossy(&request).into_owned();
                    let mut answer = answer.replace("{echo}", &request);
                    if answer.is_empty() {
                        // Never answers; the caller's patience ends first.
                        std::future::pending::<()>().await;
                    }
                    kept.lock().unwrap().push(request);
                    if !answer.contains("content-length") {
                        let body = answer.split_once("\r\n\r\n").map_or(0, |(_, body)| body.len());
                        answer = answer.replacen(
                            "\r\n",
                            &format!("\r\ncontent-length: {body}\r\nconnection: close\r\n"),
                            1,
                        );
                    }
                    let _ = socket.write_all(answer.as_bytes()).await;
                });
            }
        });
        Self { address, got }
    }

    /// What it got, as text.
    pub fn got(&self) -> Vec<String> {
        self.got.lock().unwrap().clone()
    }
}

/// Whether a request has come in whole.
fn whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map_or(0, |length| length.trim().parse::<usize>().unwrap_or(0));
    body.len() >= length
}
