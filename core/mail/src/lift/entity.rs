//! What the header of a mail or of a part says about its body.

use mail_parser::{MessageParser, MimeHeaders};

use super::decode::Encoding;

/// Longest boundary taken for one; RFC 2046 allows 70.
const BOUNDARY: usize = 200;
/// Longest name of a file.
const NAME: usize = 200;

/// What is known of a part that may become a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileHead {
    /// Its name, never a path; made up from the type if the mail gives none.
    pub name: String,
    /// Its media type in small letters.
    pub media_type: String,
    /// Its Content-ID, without angle brackets.
    pub content_id: Option<String>,
}

impl FileHead {
    /// Whether it is Outlook's wrapping of a whole mail (TNEF), by its type or its usual name.
    #[must_use]
    pub fn is_tnef(&self) -> bool {
        matches!(&*self.media_type, "application/ms-tnef" | "application/vnd.ms-tnef")
            || self.name.eq_ignore_ascii_case("winmail.dat")
    }
}

/// What follows a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// Parts between lines of this boundary.
    Parts {
        /// Without the two dashes.
        boundary: Vec<u8>,
    },
    /// A body of its own.
    Leaf {
        /// Text that a person may have written, not an attached file.
        text: bool,
        /// How it is written.
        encoding: Encoding,
        /// As a file.
        head: FileHead,
    },
}

/// Reads the `Content-*` fields of a header.
#[must_use]
pub fn read(fields: &[u8]) -> Body {
    let parsed = MessageParser::new().parse_headers(fields);
    let parsed = parsed.as_ref();
    let kind = parsed.and_then(MimeHeaders::content_type);
    let main = kind.map_or("text", |kind| kind.ctype()).to_ascii_lowercase();
    let sub = kind.map_or(Some("plain"), |kind| kind.subtype()).unwrap_or_default();
    let media_type = tidy(&format!("{main}/{}", sub.to_ascii_lowercase()), 127);
    let boundary = kind.filter(|_| main == "multipart").and_then(|kind| kind.attribute("boundary"));
    if let Some(boundary) = boundary.map(str::trim_end)
        && !boundary.is_empty()
        && boundary.len() <= BOUNDARY
    {
        return Body::Parts { boundary: boundary.as_bytes().to_vec() };
    }
    let attached = parsed
        .and_then(MimeHeaders::content_disposition)
        .is_some_and(|found| found.ctype().eq_ignore_ascii_case("attachment"));
    let name = parsed.and_then(MimeHeaders::attachment_name).map(plain_name);
    let encoding = parsed.and_then(MimeHeaders::content_transfer_encoding);
    let text = !attached && name.is_none() && matches!(&*media_type, "text/plain" | "text/html");
    let name = name.unwrap_or_else(|| stand_in(&media_type));
    let content_id = parsed.and_then(MimeHeaders::content_id).map(|id| tidy(id, 250));
    Body::Leaf {
        text,
        encoding: encoding.map_or(Encoding::Plain, Encoding::named),
        head: FileHead { name, media_type, content_id: content_id.filter(|id| !id.is_empty()) },
    }
}

/// The last part of a path, without what could not stand in a name.
fn plain_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name = tidy(last, NAME);
    if name.chars().all(|c| c == '.') { "attachment".to_owned() } else { name }
}

fn stand_in(media_type: &str) -> String {
    let end = match media_type {
        "message/rfc822" => "eml",
        "text/plain" => "txt",
        "image/jpeg" => "jpg",
        "application/octet-stream" => "bin",
        other => other.rsplit('/').next().unwrap_or_default(),
    };
    let fits = (2..=5).contains(&end.len()) && end.bytes().all(|b| b.is_ascii_alphanumeric());
    if fits { format!("attachment.{end}") } else { "attachment".to_owned() }
}

fn tidy(text: &str, most: usize) -> String {
    let mut kept = String::new();
    for c in text.trim().chars().filter(|c| !c.is_control()) {
        if kept.len() + c.len_utf8() > most {
            break;
        }
        kept.push(c);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(fields: &str) -> (bool, Encoding, FileHead) {
        match read(fields.as_bytes()) {
            Body::Leaf { text, encoding, head } => (text, encoding, head),
            Body::Parts { .. } => panic!("parts: {fields}"),
        }
    }

    #[test]
    fn headers_say_what_follows() {
        let parts = read(b"Content-Type: multipart/mixed;\r\n boundary=\"a b\"\r\n\r\n");
        assert_eq!(parts, Body::Parts { boundary: b"a b".to_vec() });
        let (text, encoding, head) = leaf("");
        assert_eq!(
            (text, encoding, head.media_type.as_str()),
            (true, Encoding::Plain, "text/plain")
        );
        let (text, encoding, head) = leaf(
            "Content-Type: IMAGE/PNG; name=\"../../k\u{f6}nt\u{e4}.png\"\r\nContent-Transfer-Encoding: BASE64\r\nContent-ID: <a@b>\r\n\r\n",
        );
        assert_eq!((text, encoding), (false, Encoding::Base64));
        assert_eq!(head.name, "k\u{f6}nt\u{e4}.png");
        assert_eq!(head.content_id.as_deref(), Some("a@b"));
        let (text, _, head) =
            leaf("Content-Type: text/plain\r\nContent-Disposition: attachment\r\n\r\n");
        assert_eq!((text, head.name.as_str()), (false, "attachment.txt"));
        assert_eq!(leaf("Content-Type: multipart/mixed\r\n\r\n").2.media_type, "multipart/mixed");
        let (_, _, head) = leaf(
            "Content-Disposition: attachment; filename*0*=utf-8''%C3%A4; filename*1=\"b.pdf\"\r\n\r\n",
        );
        assert_eq!(head.name, "\u{e4}b.pdf");
    }
}
