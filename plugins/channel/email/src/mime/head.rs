//! The fields at the top of a mail or of one of its parts.

use mail_parser::parsers::MessageStream;
use mail_parser::{DateTime, HeaderValue};

/// The fields we read; all others are passed over, so that a head of any size costs no memory.
const KNOWN: &[&str] = &[
    "arc-authentication-results",
    "authentication-results",
    "auto-submitted",
    "cc",
    "content-description",
    "content-disposition",
    "content-id",
    "content-language",
    "content-location",
    "content-transfer-encoding",
    "content-type",
    "date",
    "delivered-to",
    "envelope-to",
    "feedback-id",
    "from",
    "in-reply-to",
    "list-help",
    "list-id",
    "list-post",
    "list-unsubscribe",
    "message-id",
    "precedence",
    "references",
    "reply-to",
    "return-path",
    "sender",
    "subject",
    "to",
    "x-auto-response-suppress",
    "x-autoreply",
    "x-autoreply-from",
    "x-autorespond",
    "x-autoresponder",
    "x-cron-env",
    "x-envelope-to",
    "x-failed-recipients",
    "x-fc-machinegenerated",
    "x-kerros-cut",
    "x-kerros-file",
    "x-kerros-loop",
    "x-mail-autoreply",
    "x-ms-exchange-generated-message-source",
    "x-original-to",
    "x-return-path",
];

/// The most fields of one name that are kept.
const MOST: usize = 50;
/// The longest value that is read.
const LONGEST: usize = 64 * 1024;

/// The fields of a head that we know, in order.
#[derive(Default, Clone)]
pub struct Head<'a> {
    fields: Vec<(&'static str, &'a [u8])>,
}

impl<'a> Head<'a> {
    /// Reads a head; also where the body begins.
    pub fn read(bytes: &'a [u8]) -> (Self, usize) {
        let mut head = Self::default();
        let mut at = 0;
        let mut first = true;
        while at < bytes.len() {
            let end = line_end(bytes, at);
            let line = trim_end(&bytes[at..end]);
            if line.is_empty() {
                return (head, end);
            }
            let name = field_name(line);
            // The line of an mbox, or a leftover fold: no field, and no body either.
            let odd = first && (line.starts_with(b"From ") || line.starts_with(b">From "));
            match name {
                Some(name) if !odd => {
                    let whole = fold_end(bytes, end);
                    if let Some(known) = known(name) {
                        let value = &bytes[at + name.len()..whole];
                        let colon = value.iter().position(|&b| b == b':').map_or(0, |p| p + 1);
                        let value = &value[colon..];
                        if head.fields.iter().filter(|(k, _)| *k == known).count() < MOST {
                            head.fields.push((known, &value[..value.len().min(LONGEST)]));
                        }
                    }
                    at = whole;
                }
                _ if odd || next_is_field(bytes, end) => at = fold_end(bytes, end),
                // The empty line is missing: what follows is the body.
                _ => return (head, at),
            }
            first = false;
        }
        (head, bytes.len())
    }

    /// The raw value of the first field of a lower-case name, with its folds.
    pub fn raw(&self, name: &str) -> Option<&'a [u8]> {
        self.all(name).next()
    }

    /// The raw values of all fields of a name, from the top.
    pub fn all<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'a [u8]> + 's {
        self.fields.iter().filter(move |(known, _)| *known == name).map(|(_, value)| *value)
    }

    /// Whether there is such a field.
    pub fn has(&self, name: &str) -> bool {
        self.raw(name).is_some()
    }

    /// A value as text: unfolded, encoded words decoded, in one line.
    pub fn text(&self, name: &str) -> Option<String> {
        self.raw(name).map(unstructured).filter(|text| !text.is_empty())
    }

    /// A value in lower case without comments, as keywords are compared.
    pub fn word(&self, name: &str) -> Option<String> {
        let text = self.text(name)?;
        let word = text.split([';', '(']).next().unwrap_or_default().trim();
        Some(word.to_ascii_lowercase())
    }

    /// Message-IDs in a value, without angle brackets.
    pub fn ids(&self, name: &str) -> Vec<String> {
        let mut ids = Vec::new();
        for raw in self.all(name) {
            let ended = ended(raw);
            match MessageStream::new(&ended).parse_id() {
                HeaderValue::Text(id) => ids.push(id.into_owned()),
                HeaderValue::TextList(list) => {
                    ids.extend(list.into_iter().map(|id| id.into_owned()))
                }
                _ => {}
            }
        }
        ids.retain_mut(|id| {
            id.retain(|c| !c.is_whitespace() && !c.is_control() && !matches!(c, '<' | '>'));
            !id.is_empty() && id.len() <= 500
        });
        ids.truncate(200);
        ids
    }

    /// When the mail says it was written, milliseconds since 1970.
    pub fn date_ms(&self) -> Option<i64> {
        let ended = ended(self.raw("date")?);
        match MessageStream::new(&ended).parse_date() {
            HeaderValue::DateTime(date) => date_ms(&date),
            _ => None,
        }
    }
}

fn date_ms(date: &DateTime) -> Option<i64> {
    date.is_valid().then(|| date.to_timestamp().saturating_mul(1000))
}

/// Text of a field: encoded words decoded (RFC 2047); bytes beyond ASCII taken as UTF-8, else as Latin-1.
pub fn unstructured(raw: &[u8]) -> String {
    let ended = ended(raw);
    let text = match MessageStream::new(&ended).parse_unstructured() {
        HeaderValue::Text(text) => text.into_owned(),
        _ => String::new(),
    };
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A value as the parsers of fields want it: valid UTF-8, and ended by an empty line.
pub fn ended(raw: &[u8]) -> Vec<u8> {
    let text = match std::str::from_utf8(raw) {
        Ok(text) => text.to_owned(),
        // Headers in bare 8-bit are Latin-1 nearly always.
        Err(_) => raw.iter().map(|&b| char::from(b)).collect(),
    };
    let mut bytes = text.trim_end().as_bytes().to_vec();
    bytes.extend_from_slice(b"\r\n\r\n");
    bytes
}

fn known(name: &[u8]) -> Option<&'static str> {
    KNOWN.iter().copied().find(|known| known.as_bytes().eq_ignore_ascii_case(name))
}

/// The name before the colon, if the line can be a field.
fn field_name(line: &[u8]) -> Option<&[u8]> {
    let colon = line.iter().position(|&b| b == b':')?;
    let name = line[..colon].trim_ascii_end();
    let fine = !name.is_empty() && name.iter().all(|&b| (33..127).contains(&b));
    fine.then_some(name)
}

fn next_is_field(bytes: &[u8], at: usize) -> bool {
    let line = &bytes[at..line_end(bytes, at)];
    field_name(line).is_some_and(|name| known(name).is_some())
}

/// Where the line that begins here ends, its line break included.
pub fn line_end(bytes: &[u8], at: usize) -> usize {
    bytes[at..].iter().position(|&b| b == b'\n').map_or(bytes.len(), |p| at + p + 1)
}

fn fold_end(bytes: &[u8], mut at: usize) -> usize {
    while bytes.get(at).is_some_and(|b| matches!(b, b' ' | b'\t')) {
        at = line_end(bytes, at);
    }
    at
}

/// A line without its line break.
pub fn trim_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}
