//! Mails that nobody here wrote, and what chance makes of them: nothing breaks, everything ends soon.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use kerros_plugin::channel::Event;

use super::message;
use super::replies::corpus;
use crate::borne;

/// What reading one mail never takes, in a test's build on a busy machine: an algorithm that is not linear needs hours.
const LONGEST: Duration = Duration::from_secs(60);

/// A small generator with a fixed seed (xorshift64*): the same mails each time.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, most: usize) -> usize {
        (self.next() % most.max(1) as u64) as usize
    }
}

fn mails() -> Vec<(String, Vec<u8>)> {
    let mut mails = Vec::new();
    for folder in ["easy-ham", "mailparser/rfc", "talon_standard_replies"] {
        let Some(folder) = corpus(folder) else { continue };
        let mut paths: Vec<PathBuf> =
            std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
        paths.sort();
        for path in
            paths.into_iter().filter(|p| p.extension().is_some_and(|e| e == "eml" || e == "txt"))
        {
            mails.push((path.display().to_string(), std::fs::read(&path).unwrap()));
        }
    }
    mails
}

/// As the fuzzer holds it, and soon.
fn bear(name: &str, mail: &[u8]) -> Vec<Event> {
    let began = Instant::now();
    let events = borne::bear(name, mail);
    assert!(began.elapsed() < LONGEST, "{name} took {:?}", began.elapsed());
    events
}

#[test]
fn every_mail_of_the_corpora_is_read() {
    for (name, mail) in mails() {
        let events = bear(&name, &mail);
        let [Event::Message(message)] = events.as_slice() else { panic!("{name}: {events:?}") };
        // Most of the ham is of mailing lists: told as automatic, and shown.
        if name.contains("easy-ham") {
            assert!(!message.text.trim().is_empty(), "{name}");
            assert!(message.sender.contains('@') && message.sender != "unknown@invalid", "{name}");
        }
    }
}

#[test]
fn answers_between_quoted_lines_of_real_mails_stay() {
    let mut inside = 0;
    for (name, mail) in mails().into_iter().filter(|(name, _)| name.contains("easy-ham")) {
        let events = bear(&name, &mail);
        let [Event::Message(message)] = events.as_slice() else { continue };
        let Some(full) = &message.full else { continue };
        let lines = |text: &str| -> Vec<String> {
            let own = text
                .lines()
                .filter(|line| !line.trim_start().starts_with('>') && !line.trim().is_empty());
            own.map(|line| line.trim().to_owned()).collect()
        };
        // Whatever own line was cut stands below everything that is shown, or is the quotation's first line.
        let (shown, whole) = (lines(&message.text), lines(full));
        if message.text.contains("\n>") || message.text.starts_with('>') {
            inside += 1;
            assert!(
                shown.len() * 2 >= whole.len().saturating_sub(12),
                "{name}\n{}\n----\n{full}",
                message.text
            );
        }
    }
    if corpus("easy-ham").is_some() {
        assert!(inside > 10, "{inside}");
    }
}

#[test]
fn whatever_chance_makes_of_a_mail_is_borne() {
    let mut seeds: Vec<Vec<u8>> =
        mails().into_iter().map(|(_, mail)| mail).filter(|mail| mail.len() < 20_000).collect();
    seeds.push(super::samples::everything());
    let mut chance = Chance(0x6b65_7272_6f73);
    let words: [&[u8]; 24] = [
        b"--",
        b"\n\n",
        b"\r\n",
        b"\r",
        b"=?utf-8?q?=",
        b"?=",
        b"=?",
        b"<",
        b">",
        b"Content-Type: ",
        b"multipart/mixed; boundary=x\n\n--x\n",
        b"message/rfc822\n\n",
        b"\xff\xfe",
        b"\xc3",
        b"\0",
        b"> ",
        b"On 3.6.2026 x wrote:\n",
        b"<blockquote type=cite>",
        b"<!--",
        b"&#x",
        b"=\n",
        b"BEGIN:VEVENT\n",
        b"Content-Transfer-Encoding: base64\n",
        b"charset=iso-2022-jp",
    ];
    for round in 0..6_000 {
        let mut mail = seeds[chance.below(seeds.len())].clone();
        for _ in 0..=chance.below(8) {
            let at = chance.below(mail.len());
            match chance.below(6) {
                0 => mail.truncate(at),
                1 => {
                    if let Some(byte) = mail.get_mut(at) {
                        *byte = chance.next() as u8;
                    }
                }
                2 => {
                    let word = words[chance.below(words.len())];
                    mail.splice(at..at, word.iter().copied());
                }
                3 => {
                    let end = (at + chance.below(200)).min(mail.len());
                    mail.drain(at..end);
                }
                4 => {
                    let end = (at + chance.below(400)).min(mail.len());
                    let piece = mail[at..end].to_vec();
                    let to = chance.below(mail.len());
                    mail.splice(to..to, piece);
                }
                _ => {
                    let other = &seeds[chance.below(seeds.len())];
                    let from = chance.below(other.len());
                    mail.truncate(at);
                    mail.extend_from_slice(&other[from..]);
                }
            }
        }
        bear(&format!("round {round}"), &mail);
    }
}

#[test]
fn bombs_end_soon() {
    let head = "From: a@b.fi\nSubject: x\n";
    let nested = |depth: usize| {
        let mut mail = String::from(head);
        for level in 0..depth {
            mail += &format!("Content-Type: multipart/mixed; boundary=b{level}\n\n--b{level}\n");
        }
        mail + "\nHei\n"
    };
    let rfc822 = format!("{head}{}", "Content-Type: message/rfc822\n\n".repeat(20_000));
    let same = format!(
        "{head}Content-Type: multipart/mixed; boundary=x\n\n{}",
        "--x\nContent-Type: multipart/mixed; boundary=x\n\n".repeat(10_000)
    );
    for (name, mail) in [
        ("100,000 fields", format!("{head}{}\nHei", "X-Field: value\n".repeat(100_000))),
        ("100,000 known fields", format!("{head}{}\nHei", "To: a@b.fi\n".repeat(100_000))),
        (
            "a field of a megabyte",
            format!("From: a@b.fi\nTo: {}\n\nHei", "a@b.fi, ".repeat(120_000)),
        ),
        (
            "a subject of a megabyte",
            format!("From: a@b.fi\nSubject: {}\n\nHei", "=?utf-8?q?x?= ".repeat(80_000)),
        ),
        (
            "references without end",
            format!("{head}References: {}\n\nHei", "<a@b> ".repeat(150_000)),
        ),
        ("deep parts", nested(10_000)),
        ("mails in mails", rfc822),
        ("one boundary for all", same),
        (
            "50,000 parts",
            format!(
                "{head}Content-Type: multipart/mixed; boundary=x\n\n{}",
                "--x\n\na\n".repeat(50_000)
            ),
        ),
        (
            "50,000 files",
            format!(
                "{head}Content-Type: multipart/mixed; boundary=x\n\n{}",
                "--x\nContent-Type: a/b\n\na\n".repeat(50_000)
            ),
        ),
        ("a megabyte of line breaks", format!("{head}\n{}", "\n".repeat(1_000_000))),
        ("quote marks", format!("{head}\n{}", ">".repeat(1_000_000))),
        ("rulers", format!("{head}\n{}", "-- \n".repeat(250_000))),
        ("attributions", format!("{head}\n{}", "On 3.6.2026 x wrote:\n".repeat(50_000))),
        ("banners", format!("{head}\n{}", "-----\n\n".repeat(100_000))),
        ("blocks", format!("{head}\n{}", "From: x\n".repeat(100_000))),
        ("colons", format!("{head}\n{}", "a b:\n".repeat(200_000))),
        ("tags", format!("{head}Content-Type: text/html\n\n{}", "<".repeat(1_000_000))),
        ("open tags", format!("{head}Content-Type: text/html\n\n{}", "<a \"".repeat(250_000))),
        ("comments", format!("{head}Content-Type: text/html\n\n{}", "<!--".repeat(250_000))),
        (
            "blockquotes",
            format!("{head}Content-Type: text/html\n\n{}", "<blockquote>a".repeat(80_000)),
        ),
        ("divs", format!("{head}Content-Type: text/html\n\n{}", "<div>a".repeat(160_000))),
        ("styles", format!("{head}Content-Type: text/html\n\n{}", "<style></".repeat(100_000))),
        (
            "marks",
            format!("{head}Content-Type: text/html\n\n{}", "<p class=gmail_quote>a".repeat(50_000)),
        ),
        ("ampersands", format!("{head}Content-Type: text/html\n\n{}", "&".repeat(1_000_000))),
        ("attributes", format!("{head}Content-Type: text/html\n\n<a {}>x", "a=b ".repeat(250_000))),
        (
            "calendar lines",
            format!(
                "{head}Content-Type: text/calendar\n\nBEGIN:VEVENT\n{}",
                " a\n".repeat(300_000)
            ),
        ),
        ("long words", format!("{head}\n{}", "ä".repeat(500_000))),
    ] {
        assert!(!bear(name, mail.as_bytes()).is_empty(), "{name}");
    }
    assert_eq!(message(&nested(10)).text, "Hei");
}
