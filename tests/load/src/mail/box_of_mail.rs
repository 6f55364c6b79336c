//! Dovecot with a full mailbox.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use crate::progress;

/// The mail server; stopped when dropped.
pub struct MailServer {
    script: PathBuf,
    folder: PathBuf,
    mail: PathBuf,
    owner: String,
    /// The port of IMAP.
    pub imap: u16,
}

impl MailServer {
    /// Starts it.
    pub fn start(script: &Path, folder: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let output = Command::new(script).arg("start").arg(folder).output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let said = String::from_utf8(output.stdout)?;
        let value = |name: &str| {
            let mut pairs = said.lines().filter_map(|line| line.split_once('='));
            pairs.find(|(found, _)| *found == name).map(|(_, value)| value.to_owned())
        };
        let missing = "mail.sh did not say where it listens";
        Ok(Self {
            script: script.to_owned(),
            folder: folder.to_owned(),
            mail: value("MAIL").context(missing)?.into(),
            owner: value("OWNER").context(missing)?,
            imap: value("IMAP").context(missing)?.parse()?,
        })
    }

    /// Puts mails straight into a user's box: answers of a page or two, some with HTML and a small picture.
    pub fn fill(&self, user: &str, mails: u64) -> anyhow::Result<()> {
        let folder = self.mail.join(user);
        for name in ["cur", "new", "tmp"] {
            std::fs::create_dir_all(folder.join(name))?;
        }
        let bar = progress::bar("mails written", mails);
        for n in 0..mails {
            // The number last: Dovecot hashes names by their ends, and slows down where those are alike.
            let path = folder.join(format!("new/{}.bench.{n:08}", 1_700_000_000 + n));
            std::fs::write(path, mail(n))?;
            bar.inc(1);
        }
        bar.finish_and_clear();
        self.own(&folder)
    }

    /// Puts one mail with an attachment of so many MiB into a user's box; says what the attachment is.
    pub fn put_huge(&self, user: &str, mib: u64) -> anyhow::Result<Sent> {
        let folder = self.mail.join(user);
        for name in ["cur", "new", "tmp"] {
            std::fs::create_dir_all(folder.join(name))?;
        }
        let file = std::fs::File::create(folder.join("new/1700000000.0.huge"))?;
        let mut file = std::io::BufWriter::with_capacity(1 << 20, file);
        let head = "From: Person <person@example.org>\r\nTo: Support <bench@test.example>\r\nSubject: Huge\r\n\
            Message-ID: <huge.bench@example.org>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
            --b\r\nContent-Type: text/plain\r\n\r\nThe film is in this mail.\r\n\
            --b\r\nContent-Type: video/mp4; name=film.mp4\r\nContent-Transfer-Encoding: base64\r\n\r\n";
        file.write_all(head.as_bytes())?;
        let bar = progress::bar("MiB written", mib);
        let mut digest = Sha256::new();
        let lines = (mib << 20) / LINE.len() as u64;
        for n in 0..lines {
            let mut line = LINE;
            line[..8].copy_from_slice(&n.to_be_bytes());
            digest.update(line);
            file.write_all(STANDARD.encode(line).as_bytes())?;
            file.write_all(b"\r\n")?;
            if n.is_multiple_of(20_000) {
                bar.set_position((n * LINE.len() as u64) >> 20);
            }
        }
        file.write_all(b"--b--\r\n")?;
        file.flush()?;
        bar.finish_and_clear();
        self.own(&folder)?;
        Ok(Sent { bytes: lines * LINE.len() as u64, digest: digest.finalize().into() })
    }

    fn own(&self, folder: &Path) -> anyhow::Result<()> {
        let owned = Command::new("chown").arg("-R").arg(&self.owner).arg(folder).status()?;
        ensure!(owned.success(), "chown {} failed", self.owner);
        Ok(())
    }
}

/// A line of an attachment before it is encoded (RFC 2045: 76 characters then).
const LINE: [u8; 57] = *b"--------a line of bytes that are no text to anybody 01234";

/// An attachment as it was sent.
pub struct Sent {
    /// Its bytes.
    pub bytes: u64,
    /// Their SHA-256.
    pub digest: [u8; 32],
}

impl Drop for MailServer {
    fn drop(&mut self) {
        // It is a test's server in a folder of its own: one that stays behind does no harm.
        let _ = Command::new(&self.script).arg("stop").arg(&self.folder).output();
    }
}

fn mail(n: u64) -> String {
    let mut text = String::new();
    for line in 0..8 + n % 20 {
        let _ = write!(
            text,
            "My card was not taken at the shop on day {line}, and the order {n} has not arrived.\r\n"
        );
    }
    let quote = "> Thank you for your message. We look into it and answer soon.\r\n".repeat(6);
    let body = format!(
        "Hello,\r\n\r\n{text}\r\nBest regards\r\nPerson {n}\r\n\r\nOn Mon, 2 Nov 2026 at 10:00, Support <bench@test.example> wrote:\r\n{quote}"
    );
    let head = format!(
        "Return-Path: <person{n}@example.org>\r\nReceived: from mx.example.org by mail.test.example; Mon, 2 Nov 2026 10:05:00 +0200\r\n\
         From: Person {n} <person{n}@example.org>\r\nTo: Support <bench@test.example>\r\nSubject: Order {n}\r\n\
         Date: Mon, 2 Nov 2026 10:05:00 +0200\r\nMessage-ID: <{n}.bench@example.org>\r\nMIME-Version: 1.0\r\n"
    );
    if n.is_multiple_of(3) {
        return format!("{head}Content-Type: text/plain; charset=utf-8\r\n\r\n{body}");
    }
    let html = body.replace("\r\n", "<br>\r\n");
    format!(
        "{head}Content-Type: multipart/alternative; boundary=\"b{n}\"\r\n\r\n--b{n}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{body}\r\n\
         --b{n}\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<html><body><div>{html}</div></body></html>\r\n--b{n}--\r\n"
    )
}
