//! Mails of customers.

use kerros_plugin::channel::{Channel, File, MailThreading, Raw, Receipt, Source, Threading};

use super::{Known, config, events, message, raw};
use crate::Email;

const PLAIN: &str = "From: Aino Salo <aino@example.fi>\nTo: Tuki <tuki+abc@aurinko.example>, Pekka <pekka@example.fi>\nCc: info@aurinko.example, Liisa <liisa@example.fi>\nReply-To: aino.koti@example.fi\nSubject: Re: VS: Lasku [#12]\nMessage-ID: <m2@example.fi>\nIn-Reply-To: <msg_1@aurinko.example>\nReferences: <m1@example.fi> <msg_1@aurinko.example>\nDate: Wed, 03 Jun 2026 12:30:00 +0300\nContent-Language: fi-FI\nAuthentication-Results: mx.aurinko.example; spf=pass smtp.mailfrom=aino@example.fi; dmarc=pass header.from=example.fi\n\nMaksoin jo.\n\nTuki kirjoitti 2.6.2026 klo 9.00:\n> Lasku on auki.\n";

#[test]
fn a_mail_is_told_whole() {
    let found = message(PLAIN);
    assert_eq!(
        (found.external_id.as_str(), found.sender.as_str()),
        ("m2@example.fi", "aino@example.fi")
    );
    assert_eq!(found.sender_name.as_deref(), Some("Aino Salo"));
    assert_eq!(found.subject.as_deref(), Some("Lasku"));
    assert_eq!(found.text, "Maksoin jo.");
    assert_eq!(
        found.full.as_deref(),
        Some("Maksoin jo.\n\nTuki kirjoitti 2.6.2026 klo 9.00:\n> Lasku on auki.")
    );
    let threading = MailThreading {
        tokens: vec!["abc".into()],
        references: vec!["msg_1@aurinko.example".into(), "m1@example.fi".into()],
        numbers: vec![12],
    };
    assert_eq!(found.threading, Threading::Mail(threading));
    assert_eq!(found.answers.as_deref(), Some("msg_1@aurinko.example"));
    let people: Vec<_> =
        found.participants.iter().map(|p| (p.role.as_str(), p.address.as_str())).collect();
    let wanted = [
        ("to", "pekka@example.fi"),
        ("cc", "liisa@example.fi"),
        ("reply-to", "aino.koti@example.fi"),
    ];
    assert_eq!(people, wanted);
    assert_eq!(found.language.as_deref(), Some("fi"));
    assert_eq!(found.automatic, None);
    let checks: Vec<_> =
        found.checks.iter().map(|c| (c.name.as_str(), c.verdict.as_str())).collect();
    assert_eq!(checks, [("spf", "pass"), ("dmarc", "pass")]);
    assert_eq!(found.at_ms, Some(1_780_479_000_000));
}

#[test]
fn a_mail_without_head_fields_still_arrives_once() {
    let first = message("Subject: x\n\nHei");
    assert_eq!(first.sender, "unknown@invalid");
    assert!(first.external_id.starts_with("no-id-"));
    assert_eq!(first.external_id, message("Subject: x\n\nHei").external_id);
    assert_ne!(first.external_id, message("Subject: x\n\nHei!").external_id);
}

#[test]
fn the_best_form_of_the_text_is_taken() {
    let both = message(
        "From: a@b.fi\nContent-Type: multipart/alternative; boundary=x\n\n--x\nContent-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\nHyv=E4=E4 p=E4iv=E4=E4\n--x\nContent-Type: text/html\n\n<p>Hyvää <b>päivää</b></p>\n--x--\n",
    );
    assert_eq!(both.text, "Hyvää päivää");
    assert_eq!(both.html.as_deref(), Some("<p>Hyvää <b>päivää</b></p>"));
    assert_eq!(both.full, None);

    let html = message(
        "From: a@b.fi\nContent-Type: text/html; charset=utf-8\n\n<p>Hei<br>vaan</p><div class=gmail_quote>Am 3.6.2026 schrieb X:<blockquote>q</blockquote></div>",
    );
    assert_eq!(html.text, "Hei\nvaan");
    assert_eq!(html.html.as_deref(), Some("<p>Hei<br>vaan</p>"));
    assert!(html.full.unwrap().contains("> q"));

    let empty_plain = message(
        "From: a@b.fi\nContent-Type: multipart/alternative; boundary=x\n\n--x\nContent-Type: text/plain\n\n \n--x\nContent-Type: text/html\n\n<p>Vain tässä</p>\n--x--\n",
    );
    assert_eq!(empty_plain.text, "Vain tässä");

    // Words in a tongue we do not know, and marks that we do.
    let marked = message(
        "From: a@b.fi\nContent-Type: multipart/alternative; boundary=x\n\n--x\nContent-Type: text/plain\n\nSzia!\n\nTuki ezt valamikor mondta\nRegi szoveg\n--x\nContent-Type: text/html\n\n<p>Szia!</p><div class=\"gmail_quote\">Tuki ezt valamikor mondta<br>Regi szoveg</div>\n--x--\n",
    );
    assert_eq!(marked.text, "Szia!");
}

#[test]
fn attachments_come_along_small_or_lifted() {
    let mail = "From: a@b.fi\nContent-Type: multipart/mixed; boundary=m\n\n--m\nContent-Type: multipart/related; boundary=r\n\n--r\nContent-Type: text/html\n\n<p>Kuva: <img src=\"cid:k1@x\"></p>\n--r\nContent-Type: image/png; name=kuva.png\nContent-ID: <k1@x>\nContent-Transfer-Encoding: base64\n\niVBORw==\n--r--\n--m\nContent-Type: application/pdf\nContent-Disposition: attachment; filename*=utf-8''lasku%20%C3%A4.pdf\nX-Kerros-File: file-7\n\n\n--m\nContent-Type: application/zip\nContent-Disposition: attachment; filename=\"=?utf-8?q?p=C3=A4iv=C3=A4.zip?=\"\nX-Kerros-File: stolen\n\nPK\n--m\nContent-Type: message/rfc822\n\nSubject: Sisempi\n\nx\n--m--\n";
    let mut raw = raw(mail.as_bytes());
    raw.files = vec![File { id: "file-7".into(), name: "x".into(), bytes: 9, ..File::default() }];
    let Receipt::Accepted { events, .. } = Email::receive(&config(), &raw, &Known).unwrap() else {
        panic!()
    };
    let kerros_plugin::channel::Event::Message(found) = &events[0] else { panic!() };
    let files: Vec<_> =
        found.attachments.iter().map(|a| (a.name.as_str(), a.inline, &a.source)).collect();
    assert_eq!(files[0], ("kuva.png", true, &Source::Bytes(vec![0x89, b'P', b'N', b'G'])));
    assert_eq!(files[1], ("lasku ä.pdf", false, &Source::Lifted("file-7".into())));
    // A handle that did not come with this mail is nobody's: what the part holds is taken.
    assert_eq!(files[2], ("päivä.zip", false, &Source::Bytes(b"PK".into())));
    assert_eq!(files[3].0, "Sisempi.eml");
    assert_eq!(found.attachments[0].content_id.as_deref(), Some("k1@x"));
}

#[test]
fn what_does_not_fit_is_named() {
    let big = "A".repeat(700_000);
    let mut mail =
        String::from("From: a@b.fi\nContent-Type: multipart/mixed; boundary=m\n\n--m\n\nHei\n");
    for name in ["eka.bin", "toka.bin"] {
        mail += &format!("--m\nContent-Type: application/x; name={name}\n\n{big}\n");
    }
    let found = message(&(mail + "--m--\n"));
    assert_eq!(found.attachments.len(), 1);
    assert_eq!(found.text, "Hei\n\n[Vain alkuperäisessä viestissä: toka.bin (684 KiB)]");
}

#[test]
fn what_the_host_left_out_is_told() {
    let found = message("From: a@b.fi\nX-Kerros-Cut: parts, preamble\n\nHei");
    assert_eq!(found.text, "Hei\n\n[Vain alkuperäisessä viestissä: parts]");
}

#[test]
fn an_invitation_is_shown_in_words() {
    let found = message(
        "From: a@b.fi\nContent-Type: multipart/alternative; boundary=x\n\n--x\n\nTervetuloa\n--x\nContent-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nSUMMARY:Palaveri\nDTSTART;TZID=Europe/Helsinki:20260603T120000\nDTEND;TZID=Europe/Helsinki:20260603T130000\nLOCATION:Sali\nORGANIZER:mailto:a@b.fi\nEND:VEVENT\nEND:VCALENDAR\n--x--\n",
    );
    assert_eq!(
        found.text,
        "Tervetuloa\n\n[Kalenterikutsu: Palaveri \u{b7} 2026-06-03 12:00\u{2013}13:00 (Europe/Helsinki) \u{b7} Sali \u{b7} a@b.fi]"
    );
    assert_eq!(found.attachments[0].media_type.as_deref(), Some("text/calendar"));
    let fields: Vec<_> = found.fields.iter().map(|f| (f.key.as_str(), f.label.as_str())).collect();
    assert!(fields.contains(&("invitation.when", "Milloin")), "{fields:?}");
}

#[test]
fn machines_and_our_own_mails_are_told_apart() {
    let out =
        message("From: a@b.fi\nAuto-Submitted: auto-replied\nSubject: Poissa\n\nOlen lomalla");
    assert_eq!(out.automatic.as_deref(), Some("auto-submitted: auto-replied"));
    assert!(message("From: tuki@aurinko.example\nSubject: x\n\nx").automatic.is_some());
    // Of another Kerros: its people are people, its machines say that they are.
    let other = "From: x@y.fi\nX-Kerros-Loop: tuki@toinen.example\n";
    assert_eq!(message(&format!("{other}\nx")).automatic, None);
    assert!(message(&format!("{other}Auto-Submitted: auto-replied\n\nx")).automatic.is_some());
    assert!(events(b"From: x@y.fi\nX-Kerros-Loop: tuki@aurinko.example\n\nx").is_empty());
    assert!(events(b"From: x@y.fi\nX-Kerros-Loop: <INFO@aurinko.example>\n\nx").is_empty());
}

#[test]
fn who_answers_us_from_a_ticket_system_is_a_person() {
    let marks = "From: Aino <aino@example.fi>\nList-Unsubscribe: <https://example.fi>\nFeedback-ID: 1:2:3:x\nX-Auto-Response-Suppress: All\nPrecedence: list\n";
    for answers in [
        "To: tuki@aurinko.example\nIn-Reply-To: <msg_1@aurinko.example>\n",
        "To: tuki@aurinko.example\nIn-Reply-To: <m2@example.fi>\nReferences: <msg_1@Aurinko.example> <m2@example.fi>\n",
        "To: tuki+abc@aurinko.example\n",
    ] {
        let found = message(&format!("{marks}{answers}\nKyllä kiitos"));
        assert_eq!(found.automatic, None, "{answers}");
        let found = message(&format!("{marks}{answers}Auto-Submitted: auto-replied\n\nKiitos!"));
        assert!(found.automatic.is_some(), "{answers}");
    }
    // A newsletter, and somebody's answer to somebody else on a list.
    for other in
        ["", "In-Reply-To: <m1@lists.example.fi>\n", "In-Reply-To: <x@evil.aurinko.example>\n"]
    {
        assert!(message(&format!("{marks}{other}\nUutisia")).automatic.is_some(), "{other}");
    }
}

#[test]
fn of_a_form_the_person_in_reply_to_is_the_customer() {
    let form =
        message("From: Lomake <lomake@aurinko.example>\nReply-To: Aino <aino@example.fi>\n\nHei");
    assert_eq!(
        (form.sender.as_str(), form.sender_name.as_deref()),
        ("aino@example.fi", Some("Aino"))
    );
    let other = message("From: x@y.fi\nReply-To: Aino <aino@example.fi>\n\nHei");
    assert_eq!(other.sender, "x@y.fi");
}

#[test]
fn a_date_in_the_future_is_the_arrival() {
    assert_eq!(message("From: a@b.fi\nDate: Fri, 01 Jan 2038 00:00:00 +0000\n\nx").at_ms, None);
    assert_eq!(message("From: a@b.fi\nDate: nonsense\n\nx").at_ms, None);
}

#[test]
fn hooks_must_show_the_secret() {
    let hook = |authorization: Option<&str>, body: &[u8]| {
        let raw = Raw {
            kind: "hook".into(),
            method: "POST".into(),
            headers: authorization
                .map(|a| ("authorization".into(), a.into()))
                .into_iter()
                .collect(),
            body: body.into(),
            at_ms: 1,
            ..Raw::default()
        };
        Email::receive(&config(), &raw, &Known).unwrap()
    };
    let mail = b"From: a@b.fi\n\nHei";
    for wrong in [
        None,
        Some(""),
        Some("Bearer wrong"),
        Some("right"),
        Some("Basic eDp3cm9uZw=="),
        Some("Basic !"),
    ] {
        assert!(matches!(hook(wrong, mail), Receipt::Unauthorized(_)), "{wrong:?}");
    }
    for right in ["Bearer right", "bearer right", "Basic eDpyaWdodA=="] {
        assert!(matches!(hook(Some(right), mail), Receipt::Accepted { .. }), "{right}");
    }
    for no_mail in [&b""[..], b"{\"a\":1}", b"\xff\xfe"] {
        assert!(matches!(hook(Some("Bearer right"), no_mail), Receipt::Malformed(_)));
    }
}

#[test]
fn a_long_text_is_cut_and_whole_beside() {
    let found = message(&format!("From: a@b.fi\n\n{}", "pitkä sana ".repeat(3000)));
    assert!(found.text.len() <= 16 * 1024);
    assert!(found.full.unwrap().len() > 30_000);
}

#[test]
fn a_form_of_the_text_may_have_files_between_its_pieces() {
    let found = message(
        "From: a@b.fi\nContent-Type: multipart/alternative; boundary=a\n\n--a\nContent-Type: text/plain\n\nYksi\n\nKaksi\n--a\nContent-Type: multipart/mixed; boundary=m\n\n--m\nContent-Type: text/html\n\n<p>Yksi</p>\n--m\nContent-Type: application/pdf; name=a.pdf\n\nx\n--m\nContent-Type: text/html\n\n<p>Kaksi</p>\n--m--\n--a--\n",
    );
    assert_eq!(found.text, "Yksi\n\nKaksi");
    assert_eq!(found.html.as_deref(), Some("<p>Yksi</p>\n<p>Kaksi</p>"));
    assert_eq!(found.attachments.len(), 1);
}
