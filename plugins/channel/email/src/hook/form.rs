//! The fields of a form, as bytes: a raw mail in one may be of any character set.

use kerros_plugin::channel::Raw;

use crate::mime::{self, Node};

/// The most fields that are read: anybody may post a form.
const MOST: usize = 200;

/// A form that was posted.
pub struct Form(Vec<(String, Vec<u8>)>);

impl Form {
    /// Reads a body of either kind; `None` if it is no form.
    pub fn read(raw: &Raw) -> Option<Self> {
        match media_type(raw).as_str() {
            "application/x-www-form-urlencoded" => Some(Self(urlencoded(&raw.body))),
            "multipart/form-data" => Some(Self(multipart(raw))),
            _ => None,
        }
    }

    /// The first field of a name, as text.
    pub fn text(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.and_then(|(_, value)| std::str::from_utf8(value).ok())
    }

    /// The first field of the first of the names that there is.
    pub fn take(self, names: &[&str]) -> Option<Vec<u8>> {
        let mut fields = self.0;
        let place =
            names.iter().find_map(|name| fields.iter().position(|(known, _)| known == name))?;
        Some(fields.swap_remove(place).1)
    }
}

/// What a body says it is, in lower case without parameters.
pub fn media_type(raw: &Raw) -> String {
    let value = raw.header("content-type").unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// A multipart body is read as the mail that it would be under its header.
fn multipart(raw: &Raw) -> Vec<(String, Vec<u8>)> {
    let value = raw.header("content-type").unwrap_or_default();
    let mut whole = format!("Content-Type: {value}\r\n\r\n").into_bytes();
    whole.extend_from_slice(&raw.body);
    let (_, Node::Multi { nodes, .. }) = mime::read(&whole) else { return Vec::new() };
    let fields = nodes.iter().take(MOST).filter_map(|node| match node {
        Node::Leaf(leaf) => {
            Some((leaf.content.field_name()?.to_owned(), leaf.bytes().into_owned()))
        }
        Node::Multi { .. } => None,
    });
    fields.collect()
}

fn urlencoded(body: &[u8]) -> Vec<(String, Vec<u8>)> {
    let pairs = body.split(|&byte| byte == b'&').filter(|pair| !pair.is_empty()).take(MOST);
    let pairs = pairs.map(|pair| {
        let equals = pair.iter().position(|&byte| byte == b'=').unwrap_or(pair.len());
        let (name, value) = pair.split_at(equals);
        let name = String::from_utf8_lossy(&unescape(name)).into_owned();
        (name, unescape(value.get(1..).unwrap_or_default()))
    });
    pairs.collect()
}

/// A broken escape stays as it is written.
fn unescape(text: &[u8]) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, more @ ..] = rest {
        rest = more;
        let escaped = match more {
            [high, low, after @ ..] if *first == b'%' => {
                digit(*high).zip(digit(*low)).map(|(high, low)| (high * 16 + low, after))
            }
            _ => None,
        };
        match escaped {
            Some((byte, after)) => {
                bytes.push(byte);
                rest = after;
            }
            None => bytes.push(if *first == b'+' { b' ' } else { *first }),
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(kind: &str, body: &[u8]) -> Option<Form> {
        let headers = vec![("content-type".into(), kind.into())];
        Form::read(&Raw { headers, body: body.into(), ..Raw::default() })
    }

    #[test]
    fn both_kinds_keep_every_byte() {
        let url = "application/x-www-form-urlencoded; charset=utf-8";
        let found = form(url, b"token=a%2Bb+c&&e=%4&email=h%E4%0D%0A\xe4%&email=2").unwrap();
        assert_eq!(found.text("token"), Some("a+b c"));
        assert_eq!(found.text("e"), Some("%4"));
        assert_eq!(found.text("email"), None);
        assert_eq!(found.take(&["x", "email"]).as_deref(), Some(&b"h\xe4\r\n\xe4%"[..]));

        let kind = "Multipart/Form-Data; boundary=\"x Y\"";
        let body = b"--x Y\r\nContent-Disposition: form-data; name=\"subject\"\r\n\r\nHei\r\n--x Y\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\nFrom: a@b.fi\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n\r\nh\xe4\r\n--m--\r\n\r\n--x Y--\r\n";
        let found = form(kind, body).unwrap();
        assert_eq!(found.text("subject"), Some("Hei"));
        let mail = &b"From: a@b.fi\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n\r\nh\xe4\r\n--m--\r\n"[..];
        assert_eq!(found.take(&["email"]).as_deref(), Some(mail));
        assert!(form("multipart/form-data", b"x").is_some_and(|form| form.0.is_empty()));
        assert!(form("text/plain", b"a=b").is_none());
        let flood = "a&".repeat(300_000);
        assert_eq!(form(url, flood.as_bytes()).map(|form| form.0.len()), Some(MOST));
    }
}
