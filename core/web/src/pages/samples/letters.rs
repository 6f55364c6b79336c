//! Messages with everything that a message can carry: mails, files, forms, mentions, deliveries of every kind.

use std::collections::BTreeMap;

use kerros_app::ports::store::{BadAddress, Contact};
use kerros_app::tenant::{Approved, Tenant};
use kerros_domain::about::{
    About, Attachment, Check, Details, Failure, Field, Held, Original, Party, PartyRole, Template,
};
use kerros_domain::conversation::Conversation;
use kerros_domain::event::{Entry, Event};
use kerros_domain::id::{FileId, MessageId};
use kerros_domain::message::{Author, DeliveryState, Message, Visibility};
use kerros_domain::time::Timestamp;
use serde_json::{Value, json};

use super::people::{self, AINO, ATTACK, id, user};
use crate::pages::view::Look;
use crate::pages::view::look::Person;
use crate::pages::view::timeline::{self, Cast};

/// What the sample's frame would show.
const HTML: &str = "<p>Hei! Liitteenä <b>kuitti</b>.</p><table><tr><td>Tuote</td><td>Hinta</td></tr></table>\
                    <img src=\"/files/fil_1\" alt=\"Logo\"><img data-src=\"https://track.example/p.gif\" alt=\"\">";

pub fn templates() -> Vec<Approved> {
    vec![
        Approved {
            name: "tilaus_matkalla".into(),
            language: "fi".into(),
            text: "Hei {1}! Tilauksesi {2} on matkalla.".into(),
            parameters: vec!["Etunimi".into(), format!("Tilausnumero {ATTACK}")],
        },
        Approved {
            name: "jatketaan".into(),
            language: "fi".into(),
            text: String::new(),
            parameters: Vec::new(),
        },
    ]
}

pub fn copies() -> Vec<Party> {
    vec![party(PartyRole::Cc, "olli@example.fi", Some("Olli"))]
}

pub fn contact(name: Option<&str>, now: Timestamp) -> Contact {
    let mut contact = people::contact(9, name, now);
    contact.addresses =
        [("mail", "johanna@example.fi"), ("whatsapp", "+358401234567"), ("chat", "w-1")]
            .map(|(channel, address)| (channel.into(), address.to_owned()))
            .into();
    contact.bad_addresses = vec![BadAddress {
        channel: "mail".into(),
        address: "johanna@example.fi".into(),
        reason: format!("550 5.1.1 no such user {ATTACK}"),
        at: now.plus_millis(-3_600_000),
    }];
    contact
}

fn party(role: PartyRole, address: &str, name: Option<&str>) -> Party {
    Party { role, address: address.to_owned(), name: name.map(str::to_owned) }
}

fn file(n: u128, name: &str, media_type: &str, bytes: u64, held: Held) -> Attachment {
    Attachment {
        id: FileId(id(n)),
        name: name.to_owned(),
        media_type: media_type.to_owned(),
        bytes,
        inline: false,
        content_id: None,
        held,
    }
}

fn check(name: &str, verdict: &str) -> Check {
    Check { name: name.to_owned(), verdict: verdict.to_owned(), detail: "example.fi".to_owned() }
}

fn mail() -> (About, Details) {
    let gone = Held::Gone { reason: format!("the provider answered 404 {ATTACK}") };
    let about = About {
        subject: Some(format!("Kuitti ja kortti {ATTACK}")),
        sender: Some(party(PartyRole::From, "olli@example.fi", Some("Olli Mäkelä"))),
        files: vec![
            file(1, "kuitti-2026-11-03.pdf", "application/pdf", 184_320, Held::Here),
            file(2, "kortti.jpg", "image/jpeg", 2_400_000, Held::Here),
            file(3, "puhelu.ogg", "audio/ogg", 0, Held::Fetching),
            file(4, "video.mp4", "video/mp4", 0, gone),
        ],
        details: true,
        late: true,
        ..About::default()
    };
    let details = Details {
        html: Some(HTML.to_owned()),
        full: Some(format!("Hei! Liitteenä kuitti.\n\n> Aiempi viesti {ATTACK}")),
        participants: vec![
            party(PartyRole::To, "asiakaspalvelu@aurinko.example", None),
            party(PartyRole::Cc, "johanna@example.fi", Some("Johanna Mäkelä")),
        ],
        checks: ["pass", "softfail", "fail", "none"]
            .into_iter()
            .zip(["spf", "dkim", "dmarc", "arc"])
            .map(|(verdict, name)| check(name, verdict))
            .collect(),
        fields: vec![
            Field {
                key: "aika".into(),
                label: "Aika".into(),
                value: "ti 1.12.2026 klo 10–11".into(),
            },
            Field { key: "paikka".into(), label: String::new(), value: ATTACK.into() },
        ],
        original: Some(Original::Raw { channel: "mail".into(), key: "mail:1".into(), bytes: 5120 }),
    };
    (about, details)
}

fn failed(reason: &str, alternatives: &[&str], maybe_sent: bool) -> Option<Failure> {
    let alternatives = alternatives.iter().map(|word| (*word).to_owned()).collect();
    Some(Failure { reason: reason.to_owned(), alternatives, maybe_sent })
}

/// Who wrote what, with what, and what became of it.
type Said = (Author, String, About, Option<Details>, Option<DeliveryState>, Option<Failure>);
type Talk = (Vec<Message>, Vec<Entry>, BTreeMap<MessageId, Details>);

/// What was said, with everything that can go with it.
pub fn talk(c: &Conversation, now: Timestamp) -> Talk {
    let (letter, details) = mail();
    let plain = Details { html: Some("<p>Hei</p>".into()), ..Details::default() };
    let note = |text: &str| text.to_owned();
    let by_template = Template {
        name: "tilaus_matkalla".into(),
        language: "fi".into(),
        parameters: vec!["Johanna".into()],
    };
    let person = || Author::Person { user: user(AINO) };
    let about = About::default;
    let said: Vec<Said> = vec![
        (Author::Contact, note("Hei! Liitteenä kuitti."), letter, Some(details), None, None),
        (
            Author::Contact,
            note("Hei"),
            About { subject: Some("Muotoilematon".into()), details: true, ..about() },
            Some(plain),
            None,
            None,
        ),
        (
            Author::Contact,
            note("Vanha viesti, jonka muut osat haetaan pyydettäessä."),
            About { details: true, ..about() },
            None,
            None,
            None,
        ),
        (
            Author::Contact,
            note("Kiitos @aurinkoedut, lounas maistui!"),
            About {
                public_url: Some("https://www.instagram.com/p/DAbc123/".into()),
                sender: Some(party(PartyRole::From, "ruokablogi", None)),
                ..about()
            },
            None,
            None,
            None,
        ),
        (
            Author::System,
            note("Olen lomalla 5.12. asti."),
            About {
                automatic: Some("auto-submitted: auto-replied".into()),
                sender: Some(party(PartyRole::From, "johanna@example.fi", Some("Johanna Mäkelä"))),
                ..about()
            },
            None,
            None,
            None,
        ),
        (
            person(),
            note("Kiitos! Tässä vielä ohje."),
            About {
                recipients: vec![party(PartyRole::Cc, "olli@example.fi", Some("Olli"))],
                files: vec![file(5, "ohje.pdf", "application/pdf", 812, Held::Here)],
                via: Some("mail".into()),
                ..about()
            },
            None,
            Some(DeliveryState::Sent),
            failed("olli@example.fi: 550 5.1.1 no such user", &[], false),
        ),
        (
            person(),
            note("Hei Johanna! Tilauksesi on matkalla."),
            About { via: Some("whatsapp".into()), template: Some(by_template), ..about() },
            None,
            Some(DeliveryState::Read),
            None,
        ),
        (
            person(),
            note("Onko kaikki nyt kunnossa?"),
            About { via: Some("whatsapp".into()), ..about() },
            None,
            Some(DeliveryState::Failed),
            failed(
                "The customer's last message is older than 24 hours.",
                &["template", "mail", "sms"],
                false,
            ),
        ),
        (
            person(),
            note("Vastaan vielä sähköpostilla."),
            About { via: Some("mail".into()), ..about() },
            None,
            Some(DeliveryState::Failed),
            failed(ATTACK, &[], true),
        ),
        (Author::Bot, note("Auttoiko tämä?"), about(), None, Some(DeliveryState::Delivered), None),
        (Author::System, note("Olemme kiinni."), about(), None, Some(DeliveryState::Failed), None),
    ];
    let mut out: Talk = (Vec::new(), Vec::new(), BTreeMap::new());
    for (n, (author, text, about, details, delivery, failure)) in said.into_iter().enumerate() {
        let number = u64::try_from(n).unwrap_or(0) + 1;
        let message = MessageId(id(700 + u128::from(number)));
        let at = now.plus_millis((i64::try_from(n).unwrap_or(0) - 30) * 60_000);
        let visibility = match author {
            Author::System if delivery.is_none() => Visibility::Internal,
            _ => Visibility::Public,
        };
        out.1.push(Entry {
            conversation: c.id,
            seq: number,
            at,
            by: None,
            event: Event::MessageAdded {
                message,
                author: author.clone(),
                visibility,
                preview: String::new(),
            },
        });
        out.2.extend(details.map(|details| (message, details)));
        out.0.push(Message {
            id: message,
            conversation: c.id,
            seq: number,
            author,
            visibility,
            text,
            parts: Vec::new(),
            at,
            delivery,
            external_id: None,
            about,
            failure,
        });
    }
    out
}

/// One message with everything, in place of the short one.
pub fn whole(look: &Look, tenant: &Tenant, c: &Conversation) -> (String, &'static str, Value) {
    let (messages, _, details) = talk(c, look.now);
    let cast = Cast {
        names: &people::names(),
        contact: &Person::new("Johanna", id(9), false),
        me: user(AINO),
        targets: &[],
        tenant,
        details: &details,
        composer: None,
    };
    let m = timeline::bubble(look, &cast, &messages[0]);
    ("whole".to_owned(), "console/whole.html", json!({ "m": m }))
}

/// A mail's HTML as its frame shows it.
pub fn frame() -> (String, &'static str, Value) {
    let html = kerros_app::framed::framed(HTML, "/console/c/cnv_1/files", false).html;
    ("letter".to_owned(), "console/letter.html", json!({ "theme": "light", "html": html }))
}
