//! A provider on loopback that keeps what it took, and fails as providers do: some requests are put off, some answers
//! are lost, some come too late.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// How often it says that everybody is too fast, and for how long.
const STORM_EVERY: Duration = Duration::from_secs(15);
const STORM: Duration = Duration::from_millis(100);

/// How it fails, each in a thousandth of the requests.
#[derive(Debug, Clone, Copy)]
pub struct Failures {
    /// All of them together.
    pub per_mille: u64,
    /// Longer than the service waits.
    pub too_long: Duration,
}

/// What becomes of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Taken,
    /// 503, not taken.
    PutOff,
    /// The connection is reset before anything is read.
    Unread,
    /// Taken, then the connection is reset.
    Lost,
    /// Taken, answered after the caller has gone.
    Late,
}

/// A message as the provider knows it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Kept {
    /// How often it was taken anew.
    pub taken: u32,
    /// How often it came again after it was taken.
    pub again: u32,
    /// How often it came again although its answer had been given.
    pub needless: u32,
    /// Whether an answer was given in time.
    pub answered: bool,
}

/// What happened.
#[derive(Debug, Clone, Default)]
pub struct Book {
    /// Messages by their ids.
    pub kept: HashMap<String, Kept>,
    /// Answered 429.
    pub too_fast: u64,
    /// Answered 503.
    pub put_off: u64,
    /// Reset unread.
    pub unread: u64,
    /// Taken, and reset.
    pub lost: u64,
    /// Taken, and answered too late.
    pub late: u64,
}

impl Book {
    /// Requests that failed on purpose.
    pub const fn failures(&self) -> u64 {
        self.too_fast + self.put_off + self.unread + self.lost + self.late
    }
}

/// The provider.
#[derive(Clone)]
pub struct Provider {
    /// `127.0.0.1:45678`.
    pub address: String,
    inner: Arc<Inner>,
}

struct Inner {
    failures: Failures,
    /// Whether it drops what it has already.
    drops_repeats: bool,
    began: Instant,
    requests: AtomicU64,
    book: Mutex<Book>,
}

impl Provider {
    /// Opens.
    pub async fn open(failures: Failures, drops_repeats: bool) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        let inner = Arc::new(Inner {
            failures,
            drops_repeats,
            began: Instant::now(),
            requests: AtomicU64::new(0),
            book: Mutex::default(),
        });
        let kept = Arc::clone(&inner);
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let inner = Arc::clone(&kept);
                tokio::spawn(async move {
                    // A broken connection is the other side's to mend.
                    let _ = inner.serve(socket).await;
                });
            }
        });
        Ok(Self { address, inner })
    }

    /// What happened so far.
    pub fn book(&self) -> Book {
        self.inner.with(|book| book.clone())
    }
}

impl Inner {
    fn with<T>(&self, look: impl FnOnce(&mut Book) -> T) -> T {
        look(&mut self.book.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    /// Spread evenly, and the same in every run.
    fn fate(&self) -> Fate {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        // Knuth's multiplicative hash: neighbours land far from each other.
        let place = ((number.wrapping_mul(2_654_435_761) & 0xffff_ffff) * 1000) >> 32;
        if place >= self.failures.per_mille {
            return Fate::Taken;
        }
        match place % 4 {
            0 => Fate::PutOff,
            1 => Fate::Unread,
            2 => Fate::Lost,
            _ => Fate::Late,
        }
    }

    fn storm(&self) -> bool {
        let into = self.began.elapsed().as_millis() % STORM_EVERY.as_millis();
        // The first one comes in the middle of the first span.
        let middle = STORM_EVERY.as_millis() / 2;
        self.failures.per_mille > 0 && (middle..middle + STORM.as_millis()).contains(&into)
    }

    async fn serve(&self, mut socket: TcpStream) -> anyhow::Result<()> {
        socket.set_nodelay(true)?;
        let mut buffer = Vec::with_capacity(8192);
        loop {
            // Waits for a request without reading it.
            if buffer.is_empty() && socket.peek(&mut [0]).await? == 0 {
                return Ok(());
            }
            let fate = self.fate();
            if fate == Fate::Unread && buffer.is_empty() {
                self.with(|book| book.unread += 1);
                return reset(socket);
            }
            let Some(body) = request(&mut socket, &mut buffer).await? else { return Ok(()) };
            let body: Value = serde_json::from_slice(&body).context("not JSON")?;
            let id = body["id"].as_str().context("a message without an id")?.to_owned();
            if self.storm() {
                self.with(|book| book.too_fast += 1);
                answer(&mut socket, "429 Too Many Requests\r\nretry-after: 1", "{}").await?;
                continue;
            }
            if fate == Fate::PutOff {
                self.with(|book| book.put_off += 1);
                answer(&mut socket, "503 Service Unavailable", "{}").await?;
                continue;
            }
            self.take(&id, fate);
            match fate {
                Fate::Lost => return reset(socket),
                Fate::Late => tokio::time::sleep(self.failures.too_long).await,
                _ => {}
            }
            answer(
                &mut socket,
                "200 OK",
                &serde_json::json!({ "id": format!("p-{id}") }).to_string(),
            )
            .await?;
        }
    }

    fn take(&self, id: &str, fate: Fate) {
        self.with(|book| {
            match fate {
                Fate::Lost => book.lost += 1,
                Fate::Late => book.late += 1,
                _ => {}
            }
            let kept = book.kept.entry(id.to_owned()).or_default();
            if kept.taken > 0 {
                kept.again += 1;
                kept.needless += u32::from(kept.answered);
            }
            if kept.taken == 0 || !self.drops_repeats {
                kept.taken += 1;
            }
            kept.answered |= !matches!(fate, Fate::Lost | Fate::Late);
        });
    }
}

/// Ends a connection with a reset in the place of an orderly end.
fn reset(socket: TcpStream) -> anyhow::Result<()> {
    socket.set_zero_linger()?;
    drop(socket);
    Ok(())
}

/// Reads one request; gives its body. `None` when the other side has ended.
async fn request(socket: &mut TcpStream, buffer: &mut Vec<u8>) -> anyhow::Result<Option<Vec<u8>>> {
    let head = loop {
        if let Some(end) = find(buffer, b"\r\n\r\n") {
            break end + 4;
        }
        if socket.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    };
    let text = String::from_utf8_lossy(&buffer[..head]).to_lowercase();
    let length = text.lines().find_map(|line| line.strip_prefix("content-length:"));
    let length: usize = length.map_or(Ok(0), |length| length.trim().parse())?;
    while buffer.len() < head + length {
        if socket.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    }
    let body = buffer[head..head + length].to_vec();
    buffer.drain(..head + length);
    Ok(Some(body))
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|here| here == what)
}

async fn answer(socket: &mut TcpStream, status: &str, body: &str) -> anyhow::Result<()> {
    let length = body.len();
    let text = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    Ok(socket.write_all(text.as_bytes()).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inner(per_mille: u64, drops_repeats: bool) -> Inner {
        Inner {
            failures: Failures { per_mille, too_long: Duration::ZERO },
            drops_repeats,
            began: Instant::now(),
            requests: AtomicU64::new(0),
            book: Mutex::default(),
        }
    }

    #[test]
    fn it_fails_as_often_as_it_shall_and_in_every_way() {
        let provider = inner(50, false);
        let fates: Vec<Fate> = (0..100_000).map(|_| provider.fate()).collect();
        for (fate, least, most) in [
            (Fate::Taken, 94_500, 95_500),
            (Fate::PutOff, 1000, 1600),
            (Fate::Unread, 1000, 1600),
            (Fate::Lost, 1000, 1600),
            (Fate::Late, 1000, 1600),
        ] {
            let count = fates.iter().filter(|found| **found == fate).count();
            assert!((least..=most).contains(&count), "{fate:?}: {count}");
        }
        assert!((0..1000).all(|_| inner(0, false).fate() == Fate::Taken));
    }

    #[test]
    fn a_message_that_comes_again_is_known() {
        for (drops_repeats, taken) in [(true, 1), (false, 2)] {
            let provider = inner(0, drops_repeats);
            provider.take("a", Fate::Lost);
            provider.take("a", Fate::Taken);
            let kept = provider.with(|book| book.kept["a"]);
            assert_eq!((kept.taken, kept.again, kept.needless), (taken, 1, 0));
            provider.take("a", Fate::Taken);
            assert_eq!(provider.with(|book| book.kept["a"]).needless, 1);
        }
    }
}
