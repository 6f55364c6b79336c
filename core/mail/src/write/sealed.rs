//! A mail that is ready to leave: its head and texts in memory, its files still where they lie.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures::StreamExt as _;
use kerros_app::ports::files::{FileMeta, FileStream, Files};
use kerros_domain::id::TenantId;

/// Bytes of a line of base64 before it is encoded (RFC 2045: 76 characters).
const LINE: usize = 57;
/// Lines encoded at once.
const LINES: usize = 512;

/// A piece of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// These bytes.
    Bytes(Bytes),
    /// This file in base64.
    File(FileMeta),
}

/// The mail.
#[derive(Clone)]
pub struct Sealed {
    pub(crate) head: Vec<u8>,
    pub(crate) body: Vec<Piece>,
    pub(crate) files: Arc<dyn Files>,
    pub(crate) tenant: TenantId,
}

impl std::fmt::Debug for Sealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sealed").field("bytes", &self.bytes()).finish_non_exhaustive()
    }
}

/// How many bytes a file has in base64 with its line ends; the last line has none.
const fn encoded(bytes: u64) -> u64 {
    let lines = bytes.div_ceil(LINE as u64);
    bytes.div_ceil(3) * 4 + 2 * lines.saturating_sub(1)
}

impl Sealed {
    /// Bytes as they are sent.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        let body = self.body.iter().map(|piece| match piece {
            Piece::Bytes(bytes) => bytes.len() as u64,
            Piece::File(meta) => encoded(meta.bytes),
        });
        self.head.len() as u64 + body.sum::<u64>()
    }

    /// Whether every byte is ASCII.
    #[must_use]
    pub fn is_ascii(&self) -> bool {
        self.head.is_ascii()
            && self.body.iter().all(|piece| match piece {
                Piece::Bytes(bytes) => bytes.is_ascii(),
                Piece::File(_) => true,
            })
    }

    /// The mail, piece by piece.
    #[must_use]
    pub fn pieces(&self) -> Pieces<'_> {
        Pieces { mail: self, head: true, next: 0, open: None, files: true }
    }

    /// The body, piece by piece.
    #[must_use]
    pub fn body(&self) -> Pieces<'_> {
        Pieces { head: false, ..self.pieces() }
    }
}

/// Reads a mail.
pub struct Pieces<'a> {
    mail: &'a Sealed,
    head: bool,
    next: usize,
    open: Option<Reading>,
    files: bool,
}

struct Reading {
    stream: FileStream,
    left: u64,
    held: Vec<u8>,
    begun: bool,
}

impl Pieces<'_> {
    /// The next piece.
    pub async fn next(&mut self) -> Option<Result<Bytes, String>> {
        if std::mem::take(&mut self.head) {
            return Some(Ok(Bytes::copy_from_slice(&self.mail.head)));
        }
        loop {
            if let Some(reading) = &mut self.open {
                match reading.next().await {
                    Some(piece) => return Some(piece),
                    None => self.open = None,
                }
            }
            let piece = self.mail.body.get(self.next)?;
            self.next += 1;
            match piece {
                Piece::Bytes(bytes) => return Some(Ok(bytes.clone())),
                Piece::File(meta) if self.files => {
                    match self.mail.files.open(&self.mail.tenant, &meta.id).await {
                        Ok((_, stream)) => {
                            let left = meta.bytes;
                            self.open =
                                Some(Reading { stream, left, held: Vec::new(), begun: false });
                        }
                        Err(error) => return Some(Err(error.to_string())),
                    }
                }
                Piece::File(_) => {}
            }
        }
    }
}

impl Reading {
    /// The next lines of base64; `None` at the end.
    async fn next(&mut self) -> Option<Result<Bytes, String>> {
        while self.held.len() < LINE * LINES && self.left > 0 {
            match self.stream.next().await {
                Some(Ok(bytes)) => {
                    self.left = match self.left.checked_sub(bytes.len() as u64) {
                        Some(left) => left,
                        None => return Some(Err("a file grew while it was sent".to_owned())),
                    };
                    self.held.extend_from_slice(&bytes);
                }
                Some(Err(error)) => return Some(Err(error.to_string())),
                None => return Some(Err("a file ended early".to_owned())),
            }
        }
        if self.held.is_empty() {
            return None;
        }
        let whole = if self.left > 0 { self.held.len() / LINE * LINE } else { self.held.len() };
        let mut text = String::with_capacity(whole * 3 / 2);
        for line in self.held[..whole].chunks(LINE) {
            if std::mem::replace(&mut self.begun, true) {
                text.push_str("\r\n");
            }
            STANDARD.encode_string(line, &mut text);
        }
        self.held.drain(..whole);
        Some(Ok(text.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kerros_app::memory::MemoryFiles;

    #[tokio::test]
    async fn files_leave_as_base64_of_the_size_told() {
        let (tenant, files) = (TenantId::from("aurinko"), Arc::new(MemoryFiles::default()));
        for size in [0, 1, 56, 57, 58, 114, 57 * 512, 57 * 512 + 1, 100_000] {
            let bytes: Vec<u8> = (0..size).map(|n| (n % 251) as u8).collect();
            let meta = files.keep(&tenant, "a", "image/png", &bytes);
            let mail = Sealed {
                head: b"A: b\r\n\r\n".to_vec(),
                body: vec![Piece::File(meta), Piece::Bytes(Bytes::from_static(b"\r\nend"))],
                files: files.clone(),
                tenant: tenant.clone(),
            };
            let mut pieces = mail.pieces();
            let mut all = Vec::new();
            while let Some(piece) = pieces.next().await {
                all.extend_from_slice(&piece.unwrap());
            }
            assert_eq!(all.len() as u64, mail.bytes(), "{size}");
            let text = String::from_utf8(all).unwrap();
            let body = text.strip_prefix("A: b\r\n\r\n").unwrap().strip_suffix("\r\nend").unwrap();
            assert!(body.split("\r\n").all(|line| line.len() <= 76), "{size}");
            assert_eq!(STANDARD.decode(body.replace("\r\n", "")).unwrap(), bytes, "{size}");
        }
    }
}
