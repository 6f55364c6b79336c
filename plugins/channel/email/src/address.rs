//! Addresses in a head, and who is who among them.

use mail_parser::HeaderValue;
use mail_parser::parsers::MessageStream;

use crate::mime::Head;

/// The most addresses of a field that are read.
const MOST: usize = 200;
/// The longest address there is (RFC 5321).
const LONGEST: usize = 254;

/// An address with the name beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    pub address: String,
    pub name: Option<String>,
}

/// The addresses of all fields of a name.
pub fn read(head: &Head<'_>, field: &str) -> Vec<Mailbox> {
    let mut found = Vec::new();
    for raw in head.all(field) {
        let ended = crate::mime::ended(raw);
        if let HeaderValue::Address(list) = MessageStream::new(&ended).parse_address() {
            for addr in list.iter().take(MOST) {
                // Some programs write the address into the name's place, and nothing else.
                let address = addr.address.as_deref().or(addr.name.as_deref());
                let Some(address) = address.and_then(clean) else { continue };
                let name = addr.address.as_ref().and(addr.name.as_deref());
                let name = name.and_then(|name| kerros_plugin::text::one_line(&squeeze(name), 200));
                let name = name.filter(|name| !name.eq_ignore_ascii_case(&address));
                found.push(Mailbox { address, name });
            }
        }
    }
    found.truncate(MOST);
    found
}

/// An address as we keep it: one `@`, no spaces, the domain in lower case. `None` if it is none.
pub fn clean(address: &str) -> Option<String> {
    let address = address.trim().trim_matches(['<', '>', '\'', '"', ' ', ',', ';']);
    let address = address.strip_prefix("mailto:").unwrap_or(address);
    let (local, domain) = address.rsplit_once('@')?;
    let bad = |c: char| {
        c.is_whitespace()
            || c.is_control()
            || matches!(c, '<' | '>' | ',' | ';' | '"' | '\\' | '(' | ')')
    };
    let fine = !local.is_empty()
        && !domain.is_empty()
        && address.len() <= LONGEST
        && !local.contains('@')
        && !address.contains(bad)
        && !domain.contains(['/', ':']) | domain.starts_with('[');
    fine.then(|| format!("{local}@{}", domain.to_lowercase()))
}

/// Whether two addresses are the same box. Local parts differ in case by the rules and never in life.
pub fn same(a: &str, b: &str) -> bool {
    a.to_lowercase() == b.to_lowercase()
}

fn squeeze(name: &str) -> String {
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    name.trim_matches(['\'', '"', ' ']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(field: &str) -> Vec<(String, Option<String>)> {
        let mail = format!("To: {field}\r\n\r\n");
        let (head, _) = Head::read(mail.as_bytes());
        read(&head, "to").into_iter().map(|m| (m.address, m.name)).collect()
    }

    #[test]
    fn addresses_as_they_come() {
        let pair = |address: &str, name: &str| {
            (address.to_owned(), (!name.is_empty()).then(|| name.to_owned()))
        };
        for (field, wanted) in [
            ("Aino Salo <aino@Example.FI>", vec![pair("aino@example.fi", "Aino Salo")]),
            ("aino@example.fi", vec![pair("aino@example.fi", "")]),
            (
                "\"Salo, Aino\" <a@b.fi>, b@c.se",
                vec![pair("a@b.fi", "Salo, Aino"), pair("b@c.se", "")],
            ),
            ("=?utf-8?q?=C3=84iti?= <a@b.fi>", vec![pair("a@b.fi", "Äiti")]),
            ("=?iso-8859-1?B?xWtl?= <a@b.se>", vec![pair("a@b.se", "Åke")]),
            ("Team: a@b.fi, c@d.fi;", vec![pair("a@b.fi", ""), pair("c@d.fi", "")]),
            ("undisclosed-recipients:;", vec![]),
            ("'a@b.fi' <a@b.fi>", vec![pair("a@b.fi", "")]),
            ("<@relay:a@b.fi>", vec![]),
            ("no address", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(of(field), wanted, "{field}");
        }
    }

    #[test]
    fn what_is_no_address_is_told() {
        for bad in ["", "a", "@b", "a@", "a b@c", "a@b@c", "a@b\r\nBcc: x@y", "a@b,c@d"] {
            assert_eq!(clean(bad), None, "{bad:?}");
        }
        assert_eq!(clean(" <Aino.Salo+x@Example.FI> ").as_deref(), Some("Aino.Salo+x@example.fi"));
        assert!(same("Aino@Example.fi", "aino@example.fi"));
    }
}
