//! Mails to customers, and what their servers say.

use kerros_plugin::channel::{
    Action, Answer, Channel, DeliveryState, Event, Failed, Mail, MailResponse, Outcome, Outgoing,
    Participant, Receipt, Step,
};

use super::config;
use crate::Email;
use crate::receive::receive;

fn outgoing() -> Outgoing {
    Outgoing {
        kind: "reply".into(),
        message_id: "msg_1".into(),
        number: 12,
        recipient: "aino@example.fi".into(),
        author: "person".into(),
        author_name: "Matti".into(),
        subject: Some("Lasku".into()),
        text: "Hei Aino,\n\nkorjattu <nyt>.".into(),
        references: vec!["m2@example.fi".into(), "no-id-0011".into(), "m1@example.fi".into()],
        answers: Some("m2@example.fi".into()),
        reply_token: "abc".into(),
        language: "fi".into(),
        attempt: 1,
        ..Outgoing::default()
    }
}

fn step(message: &Outgoing, so_far: &[Answer]) -> Step {
    Email::send(&config(), message, so_far).unwrap()
}

fn mail(message: &Outgoing) -> Mail {
    match step(message, &[]) {
        Step::Perform(requests) => match requests.as_slice() {
            [Action::Mail(mail)] => mail.clone(),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

fn answer(code: u16, enhanced: &str, text: &str, refused: &[(&str, &str)]) -> Answer {
    let refused = refused.iter().map(|(to, words)| ((*to).into(), (*words).into())).collect();
    Answer::Mail(MailResponse { code, enhanced: enhanced.into(), text: text.into(), refused })
}

fn header<'a>(mail: &'a Mail, name: &str) -> Option<&'a str> {
    mail.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

#[test]
fn an_answer_in_full() {
    let found = mail(&outgoing());
    assert_eq!(
        (found.sender.as_str(), found.sender_name.as_str()),
        ("tuki@aurinko.example", "Matti, Aurinko")
    );
    assert_eq!(found.reply_to.as_deref(), Some("tuki+abc@aurinko.example"));
    assert_eq!(found.subject, "Re: Lasku [#12]");
    assert_eq!(found.message_id, "msg_1@aurinko.example");
    assert_eq!(found.in_reply_to.as_deref(), Some("m2@example.fi"));
    assert_eq!(found.references, ["m1@example.fi", "m2@example.fi"]);
    assert_eq!(
        found.text,
        "Hei Aino,\n\nkorjattu <nyt>.\n\n-- \nAurinko Oy\nChat: https://aurinko.example\n"
    );
    let html = found.html.as_deref().unwrap();
    assert!(html.contains("<p>Hei Aino,</p>\n<p>korjattu &lt;nyt&gt;.</p>"), "{html}");
    assert!(html.contains("<a href=\"https://aurinko.example\">"), "{html}");
    assert_eq!(header(&found, "X-Kerros-Loop"), Some("tuki@aurinko.example"));
    assert_eq!(header(&found, "Auto-Submitted"), None);
    assert_eq!(header(&found, "Content-Language"), Some("fi"));
    // The same mail at the next attempt.
    assert_eq!(mail(&Outgoing { attempt: 2, now_ms: 7, ..outgoing() }), found);
}

#[test]
fn who_wrote_to_an_alias_is_answered_from_there() {
    let mut aliased = config();
    aliased.answer_as_alias = true;
    let to = |heads: &str| {
        let mail = format!("From: aino@example.fi\nSubject: x\n{heads}\n\nHei\n");
        let Receipt::Accepted { events, .. } =
            receive(&aliased, &super::raw(mail.as_bytes()), &super::Known).unwrap()
        else {
            panic!("{heads}")
        };
        let Some(Event::Message(message)) = events.into_iter().next() else { panic!("{heads}") };
        let participants = message.participants;
        let outgoing = Outgoing { participants, ..outgoing() };
        let Ok(sent) = crate::send::mail(&aliased, &outgoing) else { panic!("{heads}") };
        let others: Vec<String> = sent.recipients.into_iter().map(|other| other.address).collect();
        assert_eq!(others[0], "aino@example.fi");
        (sent.sender, others.len())
    };
    let (main, alias) = ("tuki@aurinko.example", "info@aurinko.example");
    for (heads, sender, others) in [
        ("To: info@aurinko.example", alias, 1),
        ("To: Info@Aurinko.example\nCc: liisa@example.fi", alias, 2),
        ("To: liisa@example.fi\nCc: info@aurinko.example", alias, 2),
        ("To: tuki@aurinko.example", main, 1),
        ("To: info@aurinko.example, tuki@aurinko.example", main, 1),
        ("To: tuki+abc@aurinko.example", main, 1),
        ("To: other@example.fi", main, 2),
    ] {
        assert_eq!(to(heads), (sender.to_owned(), others), "{heads}");
    }
    // Unless the tenant wants it, all answers have one sender; nobody else's address becomes one.
    let named = |address: &str| Outgoing {
        participants: vec![Participant {
            role: "own".into(),
            address: address.into(),
            ..Participant::default()
        }],
        ..outgoing()
    };
    assert_eq!(mail(&named(alias)).sender, main);
    let Ok(sent) = crate::send::mail(&aliased, &named("eve@example.org")) else { panic!() };
    assert_eq!((sent.sender.as_str(), sent.recipients.len()), (main, 1));
}

#[test]
fn machines_say_that_they_are() {
    for (kind, author) in [("automatic", "system"), ("reply", "bot"), ("automatic", "person")] {
        let found = mail(&Outgoing { kind: kind.into(), author: author.into(), ..outgoing() });
        assert_eq!(header(&found, "Auto-Submitted"), Some("auto-replied"));
        assert_eq!(header(&found, "Precedence"), Some("bulk"));
        assert_eq!(found.sender_name, "Aurinko");
    }
}

#[test]
fn a_first_mail_answers_nothing() {
    let first = Outgoing {
        references: vec![],
        answers: None,
        subject: None,
        language: "sv".into(),
        ..outgoing()
    };
    let found = mail(&first);
    assert_eq!(found.subject, "Inget ämne [#12]");
    assert_eq!((found.in_reply_to, found.references.len()), (None, 0));
    // No Swedish signature: the channel's own language.
    assert!(found.text.contains("-- \nAurinko Oy"));
}

#[test]
fn everybody_who_takes_part_gets_it_and_nobody_else() {
    let person = |role: &str, address: &str| Participant {
        role: role.into(),
        address: address.into(),
        name: None,
    };
    let found = mail(&Outgoing {
        participants: vec![
            person("to", "AINO@example.fi"),
            person("cc", "liisa@example.fi"),
            person("cc", "info@aurinko.example"),
            person("cc", "tuki+xyz@aurinko.example"),
            person("to", "bad\r\nBcc: x@y"),
            person("cc", "liisa@example.fi"),
        ],
        ..outgoing()
    });
    let people: Vec<_> =
        found.recipients.iter().map(|p| (p.role.as_str(), p.address.as_str())).collect();
    assert_eq!(people, [("to", "aino@example.fi"), ("cc", "liisa@example.fi")]);
}

#[test]
fn what_is_no_address_is_never_tried() {
    for recipient in ["", "12345", "a b@c", "a@b\nBcc: x@y.fi"] {
        let found = step(&Outgoing { recipient: recipient.into(), ..outgoing() }, &[]);
        assert!(
            matches!(found, Step::Settled(Outcome::Rejected { bad_address: true, .. })),
            "{recipient}"
        );
    }
    let case = step(&Outgoing { kind: "case".into(), ..outgoing() }, &[]);
    assert!(matches!(case, Step::Settled(Outcome::Rejected { .. })));
}

#[test]
fn every_answer_of_a_server_has_its_meaning() {
    let settled = |so_far: &[Answer]| match step(&outgoing(), so_far) {
        Step::Settled(Outcome::Delivered { external_id, state, .. }) => {
            assert_eq!(
                (external_id.as_deref(), state),
                (Some("msg_1@aurinko.example"), DeliveryState::Sent)
            );
            "sent"
        }
        Step::Settled(Outcome::RetryAfter { whole_channel: true, .. }) => "pause",
        Step::Settled(Outcome::RetryAfter { .. }) => "retry",
        Step::Settled(Outcome::Rejected { bad_address: true, .. }) => "bad address",
        Step::Settled(Outcome::Rejected { .. }) => "rejected",
        Step::Perform(_) => "again",
    };
    let failed =
        |temporary| Answer::Failed(Failed { temporary, reason: "x".into(), ..Failed::default() });
    for (response, wanted) in [
        (answer(250, "2.0.0", "queued", &[]), "sent"),
        (answer(450, "4.2.0", "greylisted", &[]), "retry"),
        (answer(451, "", "local error", &[]), "retry"),
        (answer(452, "4.2.2", "mailbox full", &[]), "retry"),
        (answer(451, "4.7.28", "rate limit", &[]), "pause"),
        (answer(421, "", "closing", &[]), "pause"),
        (answer(535, "5.7.8", "bad credentials", &[]), "pause"),
        (answer(535, "", "Incorrect authentication data", &[]), "pause"),
        (answer(534, "5.7.9", "application-specific password required", &[]), "pause"),
        (answer(530, "5.7.0", "x", &[("aino@example.fi", "530 5.7.0 log in first")]), "pause"),
        (answer(554, "5.7.0", "Authentication failed", &[]), "pause"),
        (answer(454, "4.7.0", "Temporary authentication failure", &[]), "pause"),
        (answer(550, "5.4.5", "Daily user sending limit exceeded", &[]), "pause"),
        (answer(550, "5.1.90", "you've reached your daily limit for recipients", &[]), "pause"),
        (
            answer(550, "5.4.5", "Daily", &[("aino@example.fi", "550 5.4.5 Daily sending limit")]),
            "pause",
        ),
        (answer(552, "5.2.2", "mailbox full, over quota", &[]), "rejected"),
        (answer(550, "5.1.1", "no such user", &[]), "bad address"),
        (
            answer(550, "", "550 user unknown", &[("aino@example.fi", "550 user unknown")]),
            "bad address",
        ),
        (answer(554, "5.7.1", "spam", &[]), "rejected"),
        (answer(552, "5.3.4", "too big", &[]), "rejected"),
        (answer(250, "", "ok", &[("aino@example.fi", "550 5.1.1 unknown")]), "bad address"),
        (answer(250, "", "ok", &[("liisa@example.fi", "550 5.1.1 unknown")]), "sent"),
        (answer(250, "", "ok", &[("aino@example.fi", "450 4.2.0 greylisted")]), "again"),
        (answer(250, "", "ok", &[("aino@example.fi", "550 5.4.5 Daily sending limit")]), "again"),
        (answer(354, "", "odd", &[]), "retry"),
        (failed(true), "retry"),
        (failed(false), "rejected"),
    ] {
        assert_eq!(settled(std::slice::from_ref(&response)), wanted, "{response:?}");
    }
}

#[test]
fn who_was_put_off_gets_it_later_and_the_others_only_once() {
    let message = Outgoing {
        participants: vec![Participant {
            role: "cc".into(),
            address: "liisa@example.fi".into(),
            name: None,
        }],
        ..outgoing()
    };
    let first = answer(250, "", "ok", &[("liisa@example.fi", "450 4.2.0 greylisted")]);
    let Step::Perform(requests) = step(&message, std::slice::from_ref(&first)) else { panic!() };
    let [Action::Mail(again)] = requests.as_slice() else { panic!() };
    assert_eq!(again.message_id, "msg_1@aurinko.example");
    assert_eq!(
        again.recipients.iter().map(|p| p.address.as_str()).collect::<Vec<_>>(),
        ["liisa@example.fi"]
    );
    // Still put off: the host tries this step again, with the first answer kept.
    let so_far = [first.clone(), answer(450, "4.2.0", "greylisted", &[])];
    assert!(matches!(step(&message, &so_far), Step::Settled(Outcome::RetryAfter { .. })));
    let late = Outgoing { attempt: 9, ..message.clone() };
    assert!(matches!(step(&late, &so_far), Step::Settled(Outcome::Delivered { .. })));
    let so_far = [first, answer(250, "", "ok", &[])];
    assert!(matches!(step(&message, &so_far), Step::Settled(Outcome::Delivered { .. })));
}

#[test]
fn a_day_s_quota_is_waited_for() {
    let quota = answer(550, "5.4.5", "Daily user sending limit exceeded", &[]);
    let pause = |attempt, so_far: &[Answer]| {
        let message = Outgoing { attempt, ..outgoing() };
        match step(&message, so_far) {
            Step::Settled(Outcome::RetryAfter { after_ms, whole_channel: true, .. }) => after_ms,
            other => panic!("{other:?}"),
        }
    };
    const HOUR_MS: u64 = 3_600_000;
    assert_eq!(pause(1, std::slice::from_ref(&quota)), Some(HOUR_MS));
    // The host tries 16 times: that has to last for more than a day.
    let whole: u64 = (1..16).filter_map(|n| pause(n, std::slice::from_ref(&quota))).sum();
    assert!(whole > 24 * HOUR_MS, "{whole}");
    assert_eq!(pause(1, &[answer(454, "4.7.0", "Throttling failure", &[])]), None);
    // A copy that met it waits longer than for its own server.
    let first = answer(250, "", "ok", &[("liisa@example.fi", "550 5.4.5 Daily sending limit")]);
    assert_eq!(pause(9, &[first.clone(), quota.clone()]), Some(2 * HOUR_MS));
    let again = answer(250, "", "ok", &[("liisa@example.fi", "550 5.4.5 Daily sending limit")]);
    assert_eq!(pause(9, &[first.clone(), again]), Some(2 * HOUR_MS));
    let last = Outgoing { attempt: 15, ..outgoing() };
    let late = step(&last, &[first, quota]);
    assert!(matches!(late, Step::Settled(Outcome::Delivered { .. })), "{late:?}");
}

#[test]
fn a_refused_login_holds_every_mail() {
    let login = answer(535, "5.7.8", "Username and Password not accepted", &[]);
    let pause = |attempt, so_far: &[Answer]| match step(&Outgoing { attempt, ..outgoing() }, so_far)
    {
        Step::Settled(Outcome::RetryAfter { after_ms, whole_channel: true, .. }) => after_ms,
        other => panic!("{other:?}"),
    };
    assert_eq!(pause(1, std::slice::from_ref(&login)), Some(900_000));
    assert_eq!(pause(4, std::slice::from_ref(&login)), Some(3_600_000));
    assert_eq!(pause(4, &[answer(454, "4.7.0", "Temporary failure", &[])]), None);
    // The password ran out between the mail and the copy: the copy is not called sent.
    let first = answer(250, "", "ok", &[("liisa@example.fi", "450 4.2.0 greylisted")]);
    assert_eq!(pause(2, &[first.clone(), login]), Some(900_000));
    assert_eq!(pause(2, &[first, answer(421, "", "closing", &[])]), None);
}
