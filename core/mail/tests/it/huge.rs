//! A mail with a huge attachment through the whole of fetching. What is held is counted: bytes that the server gave and
//! that no file has yet. (`kerros-load mail --huge` does the same with a gigabyte, a real server and a running house.)

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use futures::StreamExt as _;
use kerros_app::ports::files::{FileError, FileMeta, FileStream, Files, NewFile};
use kerros_domain::id::TenantId;
use kerros_mail::account::After;
use kerros_mail::{Deps, imap};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::house::{House, mailbox};
use crate::liar::truth_of;

/// Lines of the attachment: 96 MiB of it, where the build is slow. The way is the same for more.
const LINES: u64 = (96 << 20) / LINE;
/// Bytes of a line, and as they are written.
const LINE: u64 = 57;
const WRITTEN: u64 = 78;
/// Lines that differ from one another.
const KINDS: u64 = 251;
const HEAD: &str = "From: a@example.org\r\nMessage-ID: <film@example.org>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
    --b\r\n\r\nThe film.\r\n--b\r\nContent-Type: video/mp4; name=film.mp4\r\nContent-Transfer-Encoding: base64\r\n\r\n";
const TAIL: &str = "--b--\r\n";
/// As much may be on the way from the server into files: some pieces, whatever the mail's size.
const HELD: u64 = 2 << 20;

/// The film, as its server has it and as files get it.
#[derive(Default)]
struct Film {
    /// The lines, written.
    lines: Vec<u8>,
    /// Bytes that left the server.
    given: AtomicU64,
    /// Bytes of the original, and of the attachment, that are in files.
    original: AtomicU64,
    part: AtomicU64,
    /// The most that was between.
    held: AtomicU64,
}

impl Film {
    fn new() -> Self {
        use base64::Engine as _;
        let line = |n: u64| {
            let bytes = [u8::try_from(n).unwrap(); 57];
            base64::engine::general_purpose::STANDARD.encode(bytes) + "\r\n"
        };
        Self { lines: (0..KINDS).map(line).collect::<String>().into_bytes(), ..Self::default() }
    }

    const fn size() -> u64 {
        HEAD.len() as u64 + LINES * WRITTEN + TAIL.len() as u64
    }

    /// Some bytes of the mail.
    fn piece(&self, from: u64, most: u64) -> Vec<u8> {
        let mut piece = Vec::new();
        let mut at = from;
        let end = (from + most).min(Self::size());
        let (head, body) = (HEAD.len() as u64, HEAD.len() as u64 + LINES * WRITTEN);
        let index = |at: u64| usize::try_from(at).unwrap();
        while at < end {
            let some: &[u8] = if at < head {
                &HEAD.as_bytes()[index(at)..]
            } else if at < body {
                let period = KINDS * WRITTEN;
                let rest = index(body - at);
                let some = &self.lines[index((at - head) % period)..];
                &some[..some.len().min(rest)]
            } else {
                &TAIL.as_bytes()[index(at - body)..]
            };
            let some = &some[..some.len().min(index(end - at))];
            piece.extend_from_slice(some);
            at += some.len() as u64;
        }
        piece
    }

    fn count(&self) {
        let part = self.part.load(Ordering::SeqCst) / LINE * WRITTEN;
        let kept = self.original.load(Ordering::SeqCst).min(part);
        let held = self.given.load(Ordering::SeqCst).saturating_sub(kept);
        self.held.fetch_max(held, Ordering::SeqCst);
    }

    async fn talk(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut stream = BufReader::new(stream);
        stream.write_all(b"* OK hello\r\n").await?;
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            let (tag, command) = line.trim_end().split_once(' ').unwrap_or_default();
            if command.contains("RFC822.SIZE") {
                let size = Self::size();
                let size = format!("* 1 FETCH (UID 1 RFC822.SIZE {size})\r\n");
                stream.write_all(size.as_bytes()).await?;
            } else if let Some((_, range)) = command.split_once("BODY.PEEK[]<") {
                let (from, most) = range.trim_end_matches([')', '>']).split_once('.').unwrap();
                let (from, most) = (from.parse().unwrap(), most.parse().unwrap());
                let piece = self.piece(from, most);
                self.given.fetch_add(piece.len() as u64, Ordering::SeqCst);
                let size = piece.len();
                let begin = format!("* 1 FETCH (UID 1 BODY[]<{from}> {{{size}}}\r\n");
                stream.write_all(begin.as_bytes()).await?;
                stream.write_all(&piece).await?;
                stream.write_all(b")\r\n").await?;
            } else {
                stream.write_all(&truth_of(1, command)).await?;
            }
            stream.write_all(format!("{tag} OK done\r\n").as_bytes()).await?;
        }
    }
}

/// Files that are looked at and forgotten.
struct Forgetful(Arc<Film>);

#[async_trait]
impl Files for Forgetful {
    async fn put(
        &self,
        _: &TenantId,
        file: NewFile,
        mut bytes: FileStream,
    ) -> Result<FileMeta, FileError> {
        let film = &self.0;
        let is_part = file.name == "film.mp4";
        let count = if is_part { &film.part } else { &film.original };
        let mut at = 0;
        while let Some(piece) = bytes.next().await {
            let piece = piece?;
            let right = match is_part {
                // Each line decodes to so many bytes of its kind.
                true => (at..).zip(&piece).all(|(at, byte)| u64::from(*byte) == at / LINE % KINDS),
                false => piece[..] == film.piece(at, piece.len() as u64)[..],
            };
            assert!(right, "{} from {at} on", file.name);
            at += piece.len() as u64;
            count.fetch_add(piece.len() as u64, Ordering::SeqCst);
            film.count();
        }
        Ok(FileMeta {
            id: file.name.clone(),
            name: file.name,
            media_type: file.media_type,
            bytes: at,
            sha256: String::new(),
        })
    }

    async fn open(&self, _: &TenantId, _: &str) -> Result<(FileMeta, FileStream), FileError> {
        Err(FileError::NotFound)
    }

    async fn delete(&self, _: &TenantId, _: &str) -> Result<(), FileError> {
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_huge_attachment_is_never_held_whole() {
    let film = Arc::new(Film::new());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let shared = Arc::clone(&film);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let film = Arc::clone(&shared);
            tokio::spawn(async move { drop(film.talk(stream).await) });
        }
    });
    let house = House::default();
    let deps = Deps { files: Arc::new(Forgetful(Arc::clone(&film))), ..house.deps() };
    let mailbox = mailbox(port, "support@test.example", After::Leave);
    assert_eq!(imap::watch::import(deps, mailbox, &|_, _| ()).await, Ok(1));
    let mails = house.book.mails.lock();
    let mail = mails.values().next().unwrap();
    assert_eq!((mail.raw.files.len(), mail.raw.files[0].bytes), (1, LINES * LINE));
    assert_eq!(film.original.load(Ordering::SeqCst), Film::size());
    assert!(mail.raw.body.len() < 1_000, "{} bytes for the guest", mail.raw.body.len());
    let held = film.held.load(Ordering::SeqCst);
    assert!(held <= HELD, "{held} of {} bytes were on the way at once", Film::size());
}
