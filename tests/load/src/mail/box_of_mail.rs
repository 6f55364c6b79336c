//! Dovecot with a full mailbox.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};

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
            let path = folder.join(format!("new/{}.{n}.bench", 1_700_000_000 + n));
            std::fs::write(path, mail(n))?;
            bar.inc(1);
        }
        bar.finish_and_clear();
        let owned = Command::new("chown").arg("-R").arg(&self.owner).arg(&folder).status()?;
        ensure!(owned.success(), "chown {} failed", self.owner);
        Ok(())
    }
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
