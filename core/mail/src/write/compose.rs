//! Writes a mail as a MIME message. Nothing that a plugin gives can add a header, a recipient or a line of SMTP.

use std::str::FromStr as _;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use kerros_app::ports::channel::Participant;
use kerros_app::ports::files::{FileMeta, Files};
use kerros_app::ports::outbound::Mail;
use kerros_domain::id::TenantId;
use kerros_domain::time::Timestamp;
use lettre::Address;
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Body, Mailbox, Message, MessageBuilder, MultiPart, SinglePart};
use sha2::{Digest, Sha256};

use super::dkim::{self, BodyHash, Key};
use super::sealed::{Piece, Sealed};

/// Most recipients of a mail; servers take a hundred.
const RECIPIENTS: usize = 100;
/// Most files.
const FILES: usize = 50;
/// Longest list of references: the first and the last ones tell the thread.
const REFERENCES: usize = 30;
/// Longest text or HTML, in bytes.
const TEXT: usize = 4 << 20;

/// A mail that will never be sent as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unfit(pub String);

fn unfit(why: impl Into<String>) -> Unfit {
    Unfit(why.into())
}

/// Fields that only the host writes.
const OWN: [&str; 15] = [
    "from",
    "to",
    "cc",
    "bcc",
    "sender",
    "reply-to",
    "subject",
    "date",
    "message-id",
    "in-reply-to",
    "references",
    "mime-version",
    "dkim-signature",
    "return-path",
    "received",
];

/// The language of the text, which its writer knows.
const LANGUAGE: &str = "content-language";
/// The header by which mails of ours that come back are known.
const LOOP: &str = "x-kerros-loop";

/// Writes a mail. `loop_mark` goes into `X-Kerros-Loop` unless the channel sets a mark of its own.
///
/// # Errors
/// [`Unfit`].
pub fn compose(
    mail: &Mail,
    metas: &[FileMeta],
    now: Timestamp,
    loop_mark: &str,
    files: &Arc<dyn Files>,
    tenant: &TenantId,
) -> Result<Sealed, Unfit> {
    let message = headers(mail, now, loop_mark)?;
    if mail.text.len() > TEXT || mail.html.as_ref().is_some_and(|html| html.len() > TEXT) {
        return Err(unfit("the text is too long"));
    }
    if metas.len() > FILES {
        return Err(unfit(format!("a mail has at most {FILES} files, found {}", metas.len())));
    }
    let mark = mark(mail);
    let message = match body(mail, metas, &mark) {
        Part::Single(part) => message.singlepart(part),
        Part::Multi(part) => message.multipart(part),
    }
    .map_err(|error| unfit(error.to_string()))?;
    let whole = message.formatted();
    let at = find(&whole, b"\r\n\r\n").ok_or_else(|| unfit("the mail has no body"))? + 4;
    let body = cut(&whole[at..], metas, &mark)?;
    Ok(Sealed {
        head: whole[..at].to_vec(),
        body,
        files: Arc::clone(files),
        tenant: tenant.clone(),
    })
}

/// Signs a mail for a domain; its files are read once for that.
///
/// # Errors
/// A sentence: a file cannot be read, or the key does not sign.
pub async fn sign(
    mail: &mut Sealed,
    key: &Key,
    domain: &str,
    selector: &str,
    now: Timestamp,
) -> Result<(), String> {
    let mut hash = BodyHash::default();
    let mut pieces = mail.body();
    while let Some(piece) = pieces.next().await {
        hash.push(&piece?);
    }
    let head = std::str::from_utf8(&mail.head).map_err(|_| "the header is not text".to_owned())?;
    let fields = head.strip_suffix("\r\n").unwrap_or(head);
    let field = dkim::signature(key, domain, selector, now.seconds(), fields, &hash.finish())?;
    mail.head.splice(0..0, field.into_bytes());
    Ok(())
}

fn headers(mail: &Mail, now: Timestamp, loop_mark: &str) -> Result<MessageBuilder, Unfit> {
    let millis = u64::try_from(now.0).unwrap_or_default();
    let mut message = Message::builder()
        .from(mailbox(&mail.sender, Some(&mail.sender_name))?)
        .date(UNIX_EPOCH + Duration::from_millis(millis))
        .message_id(Some(id(&mail.message_id)?))
        .subject(line(&mail.subject, 500));
    if let Some(address) = &mail.reply_to {
        message = message.reply_to(mailbox(address, None)?);
    }
    if mail.recipients.is_empty() || mail.recipients.len() > RECIPIENTS {
        let found = mail.recipients.len();
        return Err(unfit(format!("a mail has 1 to {RECIPIENTS} recipients, found {found}")));
    }
    for Participant { role, address, name, .. } in &mail.recipients {
        let one = mailbox(address, name.as_deref())?;
        message = match role.as_str() {
            "to" => message.to(one),
            "cc" => message.cc(one),
            other => return Err(unfit(format!("a recipient is `to` or `cc`, found {other:?}"))),
        };
    }
    if let Some(answered) = &mail.in_reply_to {
        message = message.in_reply_to(id(answered)?);
    }
    let references = shortened(&mail.references);
    if !references.is_empty() {
        let references: Vec<String> =
            references.iter().map(|one| id(one)).collect::<Result<_, _>>()?;
        message = message.references(references.join(" "));
    }
    for (name, value) in &mail.headers {
        let own = OWN.iter().any(|own| name.eq_ignore_ascii_case(own));
        let lower = name.to_ascii_lowercase();
        let ours = lower.starts_with("x-kerros-") && lower != LOOP;
        // Other than the language (RFC 3282) they say how the mail is built.
        let part = lower.starts_with("content-") && lower != LANGUAGE;
        if own || ours || part {
            return Err(unfit(format!("the header {name:?} is not a plugin's to set")));
        }
        message = message.raw_header(field(name, value)?);
    }
    // A channel may have a mark of its own, by which it knows its mails when they come back.
    if mail.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(LOOP)) {
        return Ok(message);
    }
    Ok(message.raw_header(field("X-Kerros-Loop", loop_mark)?))
}

fn field(name: &str, value: &str) -> Result<HeaderValue, Unfit> {
    let fits =
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    let name = HeaderName::new_from_ascii(name.to_owned());
    let name = name.ok().filter(|_| fits).ok_or_else(|| unfit("a header's name is not one"))?;
    if value.chars().any(char::is_control) || value.len() > 2000 {
        return Err(unfit(format!("the value of header {} is not one line", &*name)));
    }
    Ok(HeaderValue::new(name, value.to_owned()))
}

/// An address that stands in a header and in SMTP.
///
/// # Errors
/// [`Unfit`].
pub fn address(text: &str) -> Result<Address, Unfit> {
    let wrong = || unfit(format!("{:?} is no mail address", line(text, 80)));
    // Quoted names may hold anything; nobody has one, and SMTP would have to be trusted with it.
    let odd = |c: char| c.is_control() || c.is_whitespace() || "<>\"()[]\\,;:".contains(c);
    if text.len() > 320 || text.contains(odd) {
        return Err(wrong());
    }
    Address::from_str(text).map_err(|_| wrong())
}

fn mailbox(text: &str, name: Option<&str>) -> Result<Mailbox, Unfit> {
    let name = name.map(|name| line(name, 120)).filter(|name| !name.is_empty());
    Ok(Mailbox::new(name, address(text)?))
}

/// A Message-ID in its brackets.
fn id(text: &str) -> Result<String, Unfit> {
    let fits = (1..=500).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'<' && byte != b'>');
    if fits { Ok(format!("<{text}>")) } else { Err(unfit("a Message-ID is not one")) }
}

fn shortened(references: &[String]) -> Vec<&String> {
    if references.len() <= REFERENCES {
        return references.iter().collect();
    }
    let last = references.len() - (REFERENCES - 1);
    references[..1].iter().chain(&references[last..]).collect()
}

/// One line without control characters.
fn line(text: &str, most: usize) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    line.trim().chars().take(most).collect()
}

enum Part {
    Single(SinglePart),
    Multi(MultiPart),
}

/// Text, beside it HTML with the files that it shows as `cid:ID`, and after them the other files.
fn body(mail: &Mail, metas: &[FileMeta], mark: &str) -> Part {
    let shown = |meta: &FileMeta| {
        mail.html.as_ref().is_some_and(|html| html.contains(&format!("cid:{}", meta.id)))
    };
    let text = SinglePart::plain(mail.text.clone());
    let mut part = match &mail.html {
        None => Part::Single(text),
        Some(html) => {
            let html = SinglePart::html(html.clone());
            let mut inline = metas.iter().enumerate().filter(|(_, meta)| shown(meta)).peekable();
            let both = MultiPart::alternative().singlepart(text);
            Part::Multi(if inline.peek().is_none() {
                both.singlepart(html)
            } else {
                let related = MultiPart::related().singlepart(html);
                both.multipart(inline.fold(related, |related, (n, meta)| {
                    let name = line(&meta.name, 150);
                    let part = Attachment::new_inline_with_name(meta.id.clone(), name);
                    related.singlepart(file(part, meta, n, mark))
                }))
            })
        }
    };
    for (n, meta) in metas.iter().enumerate().filter(|(_, meta)| !shown(meta)) {
        let attached = file(Attachment::new(line(&meta.name, 150)), meta, n, mark);
        part = Part::Multi(match part {
            Part::Single(text) => MultiPart::mixed().singlepart(text).singlepart(attached),
            Part::Multi(whole) if is_mixed(&whole) => whole.singlepart(attached),
            Part::Multi(texts) => MultiPart::mixed().multipart(texts).singlepart(attached),
        });
    }
    part
}

fn is_mixed(part: &MultiPart) -> bool {
    let kind = part.headers().get_raw("Content-Type");
    kind.is_some_and(|kind| kind.starts_with("multipart/mixed"))
}

/// A part whose body is a mark, which the file takes the place of when the mail leaves.
fn file(part: Attachment, meta: &FileMeta, n: usize, mark: &str) -> SinglePart {
    let stands_for = format!("{mark}{n}.").into_bytes();
    let body = Body::dangerous_pre_encoded(stands_for, ContentTransferEncoding::Base64);
    let fits = meta.media_type.bytes().all(|b| b.is_ascii_alphanumeric() || b"/.+-".contains(&b));
    // A mail inside of a mail may not be base64 (RFC 2046, 5.2.1).
    let fits = fits
        && !meta.media_type.starts_with("message/")
        && !meta.media_type.starts_with("multipart/");
    let kind = if fits { meta.media_type.as_str() } else { "application/octet-stream" };
    let kind = ContentType::parse(kind).unwrap_or(ContentType::TEXT_PLAIN);
    part.body(body, kind)
}

/// A line that stands nowhere in the mail: it depends on all of it.
fn mark(mail: &Mail) -> String {
    use std::fmt::Write as _;
    let mut digest = Sha256::new();
    for text in [&mail.message_id, &mail.text, mail.html.as_ref().unwrap_or(&mail.subject)] {
        digest.update(text.len().to_be_bytes());
        digest.update(text.as_bytes());
    }
    digest.finalize().iter().fold("kerros-file-".to_owned(), |mut mark, byte| {
        let _ = write!(mark, "{byte:02x}");
        mark
    }) + "-"
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}

fn cut(body: &[u8], metas: &[FileMeta], mark: &str) -> Result<Vec<Piece>, Unfit> {
    let body = Bytes::copy_from_slice(body);
    let mut pieces = Vec::new();
    let mut from = 0;
    while let Some(at) = find(&body[from..], mark.as_bytes()) {
        let number = from + at + mark.len();
        let end = body[number..].iter().position(|b| *b == b'.').map(|at| number + at);
        let meta = end
            .and_then(|end| std::str::from_utf8(&body[number..end]).ok()?.parse::<usize>().ok())
            .and_then(|n| metas.get(n));
        let (Some(meta), Some(end)) = (meta, end) else {
            return Err(unfit("the mail cannot be put together"));
        };
        pieces.push(Piece::Bytes(body.slice(from..from + at)));
        pieces.push(Piece::File(meta.clone()));
        from = end + 1;
    }
    pieces.push(Piece::Bytes(body.slice(from..)));
    Ok(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kerros_app::memory::MemoryFiles;
    use mail_parser::{MessageParser, MimeHeaders as _};

    fn mail() -> Mail {
        let one = |role: &str, address: &str| Participant {
            role: role.into(),
            address: address.into(),
            name: Some("Liisa \u{c4}ij\u{e4}l\u{e4}".into()),
        };
        Mail {
            sender: "support@aurinko.example".into(),
            sender_name: "Aurinko, asiakaspalvelu".into(),
            recipients: vec![one("to", "liisa@example.org"), one("cc", "boss@example.org")],
            reply_to: Some("support+abc@aurinko.example".into()),
            subject: "Lasku #12 \u{2013} h\u{e4}vinnyt".into(),
            message_id: "m1@aurinko.example".into(),
            in_reply_to: Some("q1@example.org".into()),
            references: vec!["q0@example.org".into(), "q1@example.org".into()],
            headers: vec![("Auto-Submitted".into(), "auto-replied".into())],
            text: "Hei!\n.\nT\u{e4}ss\u{e4}.\n".into(),
            html: Some("<p>Hei! <img src=\"cid:{first}\"></p>".into()),
            files: Vec::new(),
        }
    }

    async fn written(mail: &Mail, files: &[(&str, &str, &[u8])]) -> Result<Vec<u8>, Unfit> {
        let (tenant, store) = (TenantId::from("aurinko"), Arc::new(MemoryFiles::default()));
        let metas: Vec<FileMeta> = files
            .iter()
            .map(|(name, kind, bytes)| store.keep(&tenant, name, kind, bytes))
            .collect();
        let mut mail = mail.clone();
        if let (Some(html), Some(first)) = (&mut mail.html, metas.first()) {
            *html = html.replace("{first}", &first.id);
        }
        let store: Arc<dyn Files> = store;
        let now = Timestamp(1_700_000_000_000);
        let sealed = compose(&mail, &metas, now, "here/aurinko", &store, &tenant)?;
        let (mut all, mut pieces) = (Vec::new(), sealed.pieces());
        while let Some(piece) = pieces.next().await {
            all.extend_from_slice(&piece.unwrap());
        }
        assert_eq!(all.len() as u64, sealed.bytes());
        Ok(all)
    }

    #[tokio::test]
    async fn a_mail_reads_back_as_it_was_meant() {
        let picture = [7_u8; 5000];
        let files: [(&str, &str, &[u8]); 2] =
            [("kuva.png", "image/png", &picture), ("l\u{e4}hete.pdf", "application/pdf", b"%PDF")];
        let bytes = written(&mail(), &files).await.unwrap();
        let read = MessageParser::new().parse(&bytes).unwrap();
        assert_eq!(read.subject(), Some("Lasku #12 \u{2013} h\u{e4}vinnyt"));
        assert_eq!(read.message_id(), Some("m1@aurinko.example"));
        let from = read.from().unwrap().first().unwrap();
        assert_eq!(
            (from.name(), from.address()),
            (Some("Aurinko, asiakaspalvelu"), Some("support@aurinko.example"))
        );
        let to = read.to().unwrap().first().unwrap();
        assert_eq!(to.name(), Some("Liisa \u{c4}ij\u{e4}l\u{e4}"));
        assert_eq!(read.cc().unwrap().first().unwrap().address(), Some("boss@example.org"));
        assert_eq!(read.body_text(0).unwrap().replace("\r\n", "\n"), mail().text);
        let html = read.body_html(0).unwrap();
        let parts: Vec<_> = read.attachments().collect();
        assert_eq!(parts.len(), 2);
        let shown = parts.iter().find(|part| part.content_id().is_some()).unwrap();
        assert!(html.contains(&format!("cid:{}\"", shown.content_id().unwrap())), "{html}");
        assert_eq!(shown.contents(), picture);
        let beside = parts.iter().find(|part| part.content_id().is_none()).unwrap();
        assert_eq!(
            (beside.attachment_name(), beside.contents()),
            (Some("l\u{e4}hete.pdf"), &b"%PDF"[..])
        );
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.contains("X-Kerros-Loop: here/aurinko\r\n"), "{text}");
        assert!(text.contains("Auto-Submitted: auto-replied\r\n"), "{text}");
        assert!(text.contains("References: <q0@example.org> <q1@example.org>\r\n"), "{text}");
        assert!(text.split("\r\n").all(|line| line.len() <= 998 && line.is_ascii()), "{text}");
    }

    #[tokio::test]
    async fn nothing_can_be_slipped_in() {
        type Change = fn(&mut Mail);
        let refused: [(&str, Change); 12] = [
            ("sender", |m| m.sender = "a@b.fi>\r\nRCPT TO:<x@y.z".into()),
            ("recipient", |m| m.recipients[0].address = "a@b.fi\nBcc: x@y.z".into()),
            ("two in one", |m| m.recipients[0].address = "a@b.fi, x@y.z".into()),
            ("quoted", |m| m.recipients[0].address = "\"a b\"@b.fi".into()),
            ("role", |m| m.recipients[0].role = "bcc".into()),
            ("nobody", |m| m.recipients.clear()),
            ("reply-to", |m| m.reply_to = Some("a@b.fi\r\nX: y".into())),
            ("message-id", |m| m.message_id = "a> <b".into()),
            ("reference", |m| m.references.push("a\r\nX: y".into())),
            ("own header", |m| m.headers.push(("bCC".into(), "x@y.z".into()))),
            ("header name", |m| m.headers.push(("X: y\r\nBcc".into(), "x".into()))),
            ("header value", |m| m.headers.push(("X-A".into(), "x\r\nBcc: x@y.z".into()))),
        ];
        for (what, change) in refused {
            let mut mail = mail();
            change(&mut mail);
            assert!(written(&mail, &[]).await.is_err(), "{what}");
        }
        let mut mail = mail();
        mail.subject = "a\r\nBcc: x@y.z\r\n\r\nbody".into();
        mail.sender_name = "A\r\nBcc: x@y.z".into();
        mail.recipients[0].name = Some("L\" <x@y.z>,\r\n".into());
        let files: [(&str, &str, &[u8]); 1] =
            [("a\r\nX-Evil: 1\r\n\r\n.pdf", "a/b\r\nX-Evil: 2", b"x")];
        let bytes = written(&mail, &files).await.unwrap();
        let read = MessageParser::new().parse(&bytes).unwrap();
        assert!(read.bcc().is_none());
        assert_eq!(read.to().unwrap().iter().count(), 1);
        let text = String::from_utf8(bytes).unwrap();
        assert!(
            !text.lines().any(|line| line.starts_with("X-Evil") || line.starts_with("Bcc")),
            "{text}"
        );
    }
}
