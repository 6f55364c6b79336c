//! Lifting over real mails, mutations of them, and bombs.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kerros_app::memory::MemoryFiles;
use kerros_app::ports::files::Files;
use kerros_mail::lift::split::Event;
use kerros_mail::lift::{Kept, Limits, keep};
use proptest::prelude::*;

use crate::house::tenant;
use crate::skip::skip;

/// The fuzzer's own check, on mails that chance makes of real ones.
#[path = "../../../../tests/fuzz/checks/lift_split.rs"]
mod lift_split;

use lift_split::{bears, pushed};

fn corpora() -> Vec<(PathBuf, Vec<u8>)> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/mail");
    let mut folders = vec![root];
    let mut mails = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else if let Ok(bytes) = std::fs::read(entry.path()) {
                mails.push((entry.path(), bytes));
            }
        }
    }
    mails.sort();
    if mails.is_empty() {
        skip("../shared/data/mail is not here: lifting was not tried on real mails");
    }
    mails
}

async fn lifted(mail: &[u8], limits: Limits) -> (Kept, Arc<MemoryFiles>) {
    let memory: Arc<MemoryFiles> = Arc::default();
    let files: Arc<dyn Files> = Arc::clone(&memory) as _;
    (keep(&files, &tenant(), limits, mail).await.unwrap(), memory)
}

#[tokio::test]
async fn real_mails_stay_as_they_are_or_keep_their_original() {
    for (path, mail) in corpora() {
        let (kept, files) = lifted(&mail, Limits::default()).await;
        match kept.original {
            None => assert_eq!(kept.thin, mail, "{}", path.display()),
            Some(original) => {
                assert_eq!(
                    files.bytes(&tenant(), &original.id).unwrap(),
                    mail,
                    "{}",
                    path.display()
                );
            }
        }
        assert!(kept.thin.len() <= Limits::default().thin + (64 << 10), "{}", path.display());
    }
}

/// What only the guest can open stays with it: Outlook's `winmail.dat`, up to what it is given.
#[tokio::test]
async fn a_winmail_dat_stays_as_long_as_there_is_room() {
    let line = "eJ8+IgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n";
    for (kind, lines, stays) in [
        ("application/ms-tnef; name=winmail.dat", 3000, true),
        ("application/octet-stream; name=\"WinMail.dat\"", 3000, true),
        ("application/octet-stream; name=other.dat", 3000, false),
        ("application/ms-tnef", 11_000, false),
    ] {
        let mail = format!(
            "From: a@example.org\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nHei\r\n--b\r\n\
             Content-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n\r\n{}--b--\r\n",
            line.repeat(lines)
        );
        let (kept, _) = lifted(mail.as_bytes(), Limits::default()).await;
        assert_eq!(kept.thin == mail.as_bytes(), stays, "{kind}, {lines} lines");
        assert_eq!(kept.files.is_empty(), stays, "{kind}, {lines} lines");
    }
}

/// With small limits real mails are lifted too: their parts are those that a whole parser finds.
#[tokio::test]
async fn lifted_parts_are_those_a_parser_finds() {
    let limits = Limits { part: 64, tnef: 64, ..Limits::default() };
    let mut seen = 0;
    for (path, mail) in corpora() {
        let (kept, files) = lifted(&mail, limits).await;
        let Some(whole) = mail_parser::MessageParser::new().parse(&mail) else { continue };
        let contents: Vec<&[u8]> =
            whole.parts.iter().map(mail_parser::MessagePart::contents).collect();
        for file in &kept.files {
            let bytes = files.bytes(&tenant(), &file.id).unwrap();
            let same = |found: &&[u8]| found.trim_ascii() == bytes.trim_ascii();
            seen += usize::from(contents.iter().any(same));
            let id = format!("X-Kerros-File: {}", file.id);
            assert!(String::from_utf8_lossy(&kept.thin).contains(&id), "{}", path.display());
        }
    }
    if !corpora().is_empty() {
        assert!(seen > 0, "no part was compared");
    }
}

fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("--a\r\n".to_owned()),
        Just("--a--\r\n".to_owned()),
        Just("--b\r\n".to_owned()),
        Just("--b--\n".to_owned()),
        Just("\r\n".to_owned()),
        Just("Content-Type: multipart/mixed; boundary=a\r\n".to_owned()),
        Just("Content-Type: multipart/related;\r\n boundary=\"b\"\r\n".to_owned()),
        Just(
            "Content-Type: image/png; name=x.png\r\nContent-Transfer-Encoding: base64\r\n"
                .to_owned()
        ),
        Just("X-Kerros-File: forged\r\n".to_owned()),
        "[A-Za-z0-9+/=]{0,90}\r?\n",
        "[ -~]{0,30}: [ -~]{0,60}\r\n",
        "\\PC{0,40}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_split_the_same_however_they_come(
        pieces in proptest::collection::vec(piece(), 0..60),
        cut in 1usize..200,
        part in 0usize..200,
    ) {
        let mail = pieces.concat().into_bytes();
        let limits = Limits { part, text: 100, tnef: 200, thin: 4000, header: 300, fields: 8, parts: 6, depth: 2, files: 3 };
        let whole = pushed(&mail, limits, mail.len());
        prop_assert_eq!(&pushed(&mail, limits, cut), &whole);
        let (events, thin) = whole;
        prop_assert!(thin.len() <= 12_000, "{} bytes", thin.len());
        let begun = events.iter().filter(|event| matches!(event, Event::Begin(_))).count();
        let ended = events.iter().filter(|event| **event == Event::End).count();
        prop_assert_eq!(begun, ended);
        prop_assert!(begun <= 3);
        // In a text it is only a text; in the head it would name another's file.
        let thin = String::from_utf8_lossy(&thin).replace("\r\n", "\n");
        let mut head = thin.lines().take_while(|line| !line.is_empty());
        prop_assert!(!head.any(|line| line.starts_with("X-Kerros-File: forged")), "{thin}");
    }

    #[test]
    fn without_limits_nothing_changes(pieces in proptest::collection::vec(piece(), 0..60)) {
        let mail: String = pieces.into_iter().filter(|piece| !piece.starts_with("X-Kerros")).collect();
        let (events, thin) = pushed(mail.as_bytes(), Limits::default(), 77);
        prop_assert!(events.is_empty());
        prop_assert_eq!(String::from_utf8_lossy(&thin), mail);
    }
}

#[tokio::test]
async fn a_forged_file_header_is_taken_out_of_mails_and_parts() {
    let mail = "X-Kerros-File: forged-1\r\nFrom: a@example.org\r\nx-kerros-FILE : forged-2\r\n\tgoes on\r\n\
        Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nX-Kerros-File: forged-3\r\nX-Kerros-Cut: no\r\n\r\n\
        X-Kerros-File: text\r\n--b--\r\n";
    let (kept, files) = lifted(mail.as_bytes(), Limits::default()).await;
    let thin = String::from_utf8(kept.thin).unwrap();
    assert_eq!(
        thin,
        "From: a@example.org\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n\
         X-Kerros-File: text\r\n--b--\r\n"
    );
    assert_eq!(files.bytes(&tenant(), &kept.original.unwrap().id).unwrap(), mail.as_bytes());
}

#[test]
fn mutations_of_real_mails_break_nothing() {
    let mut state = 42_u64;
    let mut random = move || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize
    };
    for (_, mail) in corpora() {
        for _ in 0..20 {
            let mut mail = mail.clone();
            for _ in 0..random() % 8 {
                if mail.is_empty() {
                    break;
                }
                let (at, to) = (random() % mail.len(), random() % mail.len());
                match random() % 4 {
                    0 => mail[at] = (random() % 256) as u8,
                    1 => mail.truncate(at),
                    2 => drop(mail.drain(at.min(to)..at.max(to))),
                    _ => mail.extend_from_within(at.min(to)..at.max(to)),
                }
            }
            bears(&mail);
        }
    }
}

#[tokio::test]
async fn bombs_take_little_time_and_room() {
    let began = Instant::now();
    let headers = "X-A: b\r\n".repeat(100_000) + "From: last@example.org\r\n\r\nhi";
    let (kept, _) = lifted(headers.as_bytes(), Limits::default()).await;
    assert!(kept.thin.len() < 200_000, "{}", kept.thin.len());
    let text = String::from_utf8(kept.thin).unwrap();
    assert!(text.contains("X-Kerros-Cut: headers\r\n") && text.ends_with("\r\n\r\nhi"));
    assert!(kept.original.is_some());

    let one = format!("Subject: {}\r\n\r\nhi", "x".repeat(5_000_000));
    let (kept, _) = lifted(one.as_bytes(), Limits::default()).await;
    assert!(kept.thin.len() < 200_000 && kept.thin.ends_with(b"\r\n\r\nhi"));

    let mut nested = String::new();
    for n in 0..20_000 {
        nested.push_str(&format!("Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n"));
    }
    let (kept, _) = lifted(nested.as_bytes(), Limits::default()).await;
    assert!(kept.thin.len() < 1 << 20);

    let many = "Content-Type: multipart/mixed; boundary=b\r\n\r\n".to_owned()
        + &"--b\r\nContent-Type: text/plain\r\n\r\nhi\r\n".repeat(100_000);
    let (kept, _) = lifted(many.as_bytes(), Limits::default()).await;
    assert!(kept.thin.len() < 64 << 10, "{}", kept.thin.len());
    assert!(String::from_utf8(kept.thin).unwrap().contains("X-Kerros-Cut: parts\r\n"));
    assert!(began.elapsed() < Duration::from_secs(120), "{:?}", began.elapsed());
}
