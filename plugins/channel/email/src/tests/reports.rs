//! What mail systems report.

use kerros_plugin::channel::{Delivery, DeliveryState, Event};

use super::events;

fn dsn(action: &str, status: &str, diagnostic: &str) -> String {
    format!(
        "From: MAILER-DAEMON@mx.example.fi\nReturn-Path: <>\nSubject: Undelivered Mail Returned to Sender\nContent-Type: multipart/report; report-type=delivery-status; boundary=x\n\n--x\n\nSorry.\n--x\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.fi\n\nFinal-Recipient: rfc822; aino@example.fi\nAction: {action}\nStatus: {status}\nDiagnostic-Code: smtp; {diagnostic}\n\n--x\nContent-Type: message/rfc822\n\nMessage-ID: <msg_1@aurinko.example>\nSubject: Re: x\n\nx\n--x--\n"
    )
}

fn fate(mail: &str) -> Option<(String, DeliveryState, Option<String>)> {
    match events(mail.as_bytes()).as_slice() {
        [] => None,
        [Event::Delivery(Delivery { external_id, state, bad_address, .. })] => {
            Some((external_id.clone(), *state, bad_address.clone()))
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn standard_reports_of_delivery() {
    let id = || "msg_1@aurinko.example".to_owned();
    let aino = || Some("aino@example.fi".to_owned());
    for (action, status, diagnostic, wanted) in [
        ("failed", "5.1.1", "550 5.1.1 User unknown", Some((id(), DeliveryState::Failed, aino()))),
        ("failed", "5.2.2", "552 5.2.2 Mailbox full", Some((id(), DeliveryState::Failed, None))),
        ("failed", "4.4.7", "expired", Some((id(), DeliveryState::Failed, None))),
        ("failed", "5.7.1", "554 5.7.1 spam", Some((id(), DeliveryState::Failed, None))),
        ("delayed", "4.4.1", "connect timed out", None),
        ("delivered", "2.0.0", "ok", Some((id(), DeliveryState::Delivered, None))),
        ("expanded", "2.0.0", "ok", Some((id(), DeliveryState::Delivered, None))),
        ("relayed", "2.0.0", "ok", Some((id(), DeliveryState::Delivered, None))),
    ] {
        assert_eq!(fate(&dsn(action, status, diagnostic)), wanted, "{action} {status}");
    }
}

#[test]
fn reports_in_words() {
    let qmail = "From: MAILER-DAEMON@q.example\nSubject: failure notice\n\nHi. This is the qmail-send program at q.example.\n\n<aino@example.fi>:\n192.0.2.1 does not like recipient.\nRemote host said: 550 5.1.1 No such user\nGiving up.\n\n--- Below this line is a copy of the message.\n\nReturn-Path: <tuki@aurinko.example>\nMessage-ID: <msg_2@aurinko.example>\n";
    assert_eq!(
        fate(qmail),
        Some((
            "msg_2@aurinko.example".into(),
            DeliveryState::Failed,
            Some("aino@example.fi".into())
        ))
    );
    let exim = "From: Mail Delivery System <Mailer-Daemon@e.example>\nX-Failed-Recipients: aino@example.fi\nAuto-Submitted: auto-replied\nSubject: Mail delivery failed: returning message to sender\n\nThis message was created automatically by mail delivery software.\n\n  aino@example.fi\n    Unrouteable address\n\n------ This is a copy of the message, including all the headers. ------\n\nMessage-Id: <msg_3@aurinko.example>\n";
    assert_eq!(
        fate(exim),
        Some((
            "msg_3@aurinko.example".into(),
            DeliveryState::Failed,
            Some("aino@example.fi".into())
        ))
    );
    let answered = "From: postmaster@x.example\nIn-Reply-To: <msg_4@aurinko.example>\nSubject: Ei voitu toimittaa: Lasku\n\nVastaanottajaa ei löydy: aino@example.fi\n";
    assert_eq!(
        fate(answered),
        Some((
            "msg_4@aurinko.example".into(),
            DeliveryState::Failed,
            Some("aino@example.fi".into())
        ))
    );
    let late = "From: MAILER-DAEMON@x.example\nSubject: Warning: message delayed 24 hours\n\nMessage-ID: <msg_5@aurinko.example>\nwill be retried\n";
    assert_eq!(fate(late), None);
}

#[test]
fn a_notice_of_reading() {
    let notice = |disposition: &str| {
        format!(
            "From: aino@example.fi\nContent-Type: multipart/report; report-type=disposition-notification; boundary=x\n\n--x\n\nLuettu\n--x\nContent-Type: message/disposition-notification\n\nOriginal-Message-ID: <msg_1@aurinko.example>\nDisposition: {disposition}\n\n--x--\n"
        )
    };
    let read = Some(("msg_1@aurinko.example".into(), DeliveryState::Read, None));
    assert_eq!(fate(&notice("manual-action/MDN-sent-manually; displayed")), read);
    assert_eq!(fate(&notice("automatic-action/MDN-sent-automatically; deleted")), None);
}

#[test]
fn a_failure_of_an_unknown_mail_is_for_people() {
    let mail = "From: MAILER-DAEMON@x.example\nSubject: Undelivered mail\n\n<aino@example.fi>: 550 5.1.1 unknown\n";
    let [Event::Message(message)] = &events(mail.as_bytes())[..] else { panic!() };
    assert!(
        message.automatic.as_deref().unwrap().starts_with("bounce: "),
        "{:?}",
        message.automatic
    );
}

#[test]
fn a_report_that_says_nothing_is_read_by_its_words_or_by_people() {
    let mail = dsn("unheard-of", "5.1.1", "550 5.1.1 User unknown");
    assert!(matches!(fate(&mail), Some((_, DeliveryState::Failed, _))));
    let silent =
        mail.replace("Undelivered Mail Returned to Sender", "x").replace("MAILER-DAEMON", "aino");
    let [Event::Message(message)] = &events(silent.as_bytes())[..] else { panic!() };
    assert_eq!(message.automatic.as_deref(), Some("null return path"));
}

#[test]
fn a_person_who_writes_of_failed_mail_is_a_person() {
    let mail = "From: aino@example.fi\nSubject: Mail delivery failed, miksi?\n\nSain ilmoituksen 550 5.1.1.\n";
    let [Event::Message(message)] = &events(mail.as_bytes())[..] else { panic!() };
    assert_eq!(message.automatic, None);
}

/// A mail of a person with somebody's bounce in it, as a part of its own.
fn attached(content_type: &str, sender: &str, subject: &str) -> String {
    format!(
        "From: {sender}\nSubject: {subject}\nMessage-ID: <m1@example.fi>\nContent-Type: {content_type}; boundary=x\n\n--x\n\nMiksi postini ei mene perille?\n--x\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.fi\n\nFinal-Recipient: rfc822; liisa@example.fi\nAction: failed\nStatus: 5.1.1\n\n--x\nContent-Type: message/rfc822\n\nMessage-ID: <msg_1@aurinko.example>\nSubject: Re: x\n\nx\n--x--\n"
    )
}

#[test]
fn a_person_may_attach_a_report() {
    for content_type in ["multipart/mixed", "multipart/report; report-type=feedback-report"] {
        let mail = attached(content_type, "aino@example.fi", "Undelivered mail, miksi?");
        let [Event::Message(message)] = &events(mail.as_bytes())[..] else {
            panic!("{content_type}")
        };
        assert_eq!(message.text, "Miksi postini ei mene perille?");
        assert_eq!(message.automatic, None);
        assert!(!message.attachments.is_empty());
    }
    // A bounce that was passed on whole is a file in the mail that brings it.
    let inside = dsn("failed", "5.1.1", "550 5.1.1 User unknown");
    let content_type = inside.split("Content-Type: ").nth(1).unwrap();
    let forwarded = format!(
        "From: aino@example.fi\nSubject: VS: Undelivered Mail\nContent-Type: multipart/mixed; boundary=y\n\n--y\n\nKatso.\n--y\nContent-Type: {content_type}{}\n--y--\n",
        &inside[inside.find("\n\n").unwrap()..]
    );
    let [Event::Message(message)] = &events(forwarded.as_bytes())[..] else { panic!() };
    assert!(message.text.starts_with("Katso."), "{}", message.text);
}

#[test]
fn a_report_need_not_say_of_which_kind_it_is() {
    let wanted = Some((
        "msg_1@aurinko.example".into(),
        DeliveryState::Failed,
        Some("liisa@example.fi".into()),
    ));
    let aino = "aino@example.fi";
    assert_eq!(fate(&attached("multipart/report", aino, "x")), wanted);
    assert_eq!(fate(&attached("Multipart/Report; Report-Type=Delivery-Status", aino, "x")), wanted);
    // Of a mail system that says who it is, another wrapping is borne.
    let mixed = attached("multipart/mixed", "MAILER-DAEMON@mx.example.fi", "Undelivered Mail");
    assert_eq!(fate(&mixed), wanted);
}
