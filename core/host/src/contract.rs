//! The rules that every answer of a plugin must keep, whatever its kind.

use crate::ended::Ended;

/// Longest text of a message, bytes.
pub(crate) const TEXT: usize = 16 << 10;
/// Longest url, bytes.
const URL: usize = 2048;

/// A breach of the contract.
pub(crate) fn breach<T>(message: impl Into<String>) -> Result<T, Ended> {
    Err(Ended::Breach(message.into()))
}

/// A text of at most `most` bytes, without control characters other than line ends and tabs.
pub(crate) fn text(what: &str, text: String, most: usize) -> Result<String, Ended> {
    if text.len() > most {
        return breach(format!("{what} has {} bytes; at most {most} are allowed", text.len()));
    }
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t' | '\r')) {
        return breach(format!("{what} holds control characters"));
    }
    Ok(text)
}

/// A text with something in it.
pub(crate) fn some_text(what: &str, value: String, most: usize) -> Result<String, Ended> {
    if value.trim().is_empty() {
        return breach(format!("{what} is empty"));
    }
    text(what, value, most)
}

/// A name that Kerros or a provider gave: 1 to `most` bytes in one line.
pub(crate) fn name(what: &str, value: String, most: usize) -> Result<String, Ended> {
    if value.is_empty() {
        return breach(format!("{what} is empty"));
    }
    if value.len() > most {
        return breach(format!("{what} has {} bytes; at most {most} are allowed", value.len()));
    }
    if value.chars().any(char::is_control) {
        return breach(format!("{what} holds control characters"));
    }
    Ok(value)
}

/// As [`name`], or nothing.
pub(crate) fn opt_name(
    what: &str,
    value: Option<String>,
    most: usize,
) -> Result<Option<String>, Ended> {
    value.map(|value| name(what, value, most)).transpose()
}

/// As [`text`], or nothing.
pub(crate) fn opt_text(
    what: &str,
    value: Option<String>,
    most: usize,
) -> Result<Option<String>, Ended> {
    value.map(|value| text(what, value, most)).transpose()
}

/// A language tag: letters, digits and `-`.
pub(crate) fn language(what: &str, value: String) -> Result<String, Ended> {
    let sane = (2..=35).contains(&value.len())
        && value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if sane { Ok(value) } else { breach(format!("{what} is not a language tag")) }
}

/// At most `most` things.
pub(crate) fn at_most<T>(what: &str, list: &[T], most: usize) -> Result<(), Ended> {
    if list.len() > most {
        return breach(format!("{} {what}; at most {most} are allowed", list.len()));
    }
    Ok(())
}

/// An absolute `http` or `https` address without user names and with a plain host.
pub(crate) fn url(what: &str, value: String) -> Result<String, Ended> {
    let rest = value.strip_prefix("https://").or_else(|| value.strip_prefix("http://"));
    let Some(rest) = rest else {
        return breach(format!("{what} is not an http(s) address"));
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.strip_prefix('[').map_or_else(
        || authority.rsplit_once(':').map_or(authority, |(host, _)| host),
        |v6| v6.split(']').next().unwrap_or_default(),
    );
    let sane = value.len() <= URL
        && !value.chars().any(|c| c.is_control() || c.is_whitespace())
        && !host.is_empty()
        && !authority.contains('@')
        && host.chars().all(|c| c.is_alphanumeric() || ".-:_".contains(c));
    if sane { Ok(value) } else { breach(format!("{what} is not a sane http(s) address")) }
}

/// A path on this server, or an address.
pub(crate) fn path_or_url(what: &str, value: String) -> Result<String, Ended> {
    if value.starts_with('/') && !value.starts_with("//") {
        return name(what, value, URL);
    }
    url(what, value)
}

/// A header: a token as name, a value in one line.
pub(crate) fn header((key, value): (String, String)) -> Result<(String, String), Ended> {
    let token = !key.is_empty()
        && key.len() <= 128
        && key.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b));
    if !token {
        return breach("a header's name is not a token");
    }
    if value.len() > 8192 || value.chars().any(char::is_control) {
        return breach(format!("the value of header {key} is too long or has control characters"));
    }
    Ok((key, value))
}

/// A unique list of tags or names.
pub(crate) fn pairs(
    what: &str,
    list: Vec<(String, String)>,
    most: usize,
) -> Result<Vec<(String, String)>, Ended> {
    at_most(what, &list, most)?;
    list.into_iter()
        .map(|(key, value)| Ok((name(what, key, 64)?, text(what, value, 4096)?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{header, language, name, path_or_url, text, url};

    #[test]
    fn addresses_are_plain_http() {
        for (address, sane) in [
            ("https://api.telegram.org/bot{secret:TOKEN}/sendMessage", true),
            ("http://127.0.0.1:8080/x?y=z#w", true),
            ("https://[::1]:8443/", true),
            ("https://ääkköset.fi/", true),
            ("https://", false),
            ("https:///path", false),
            ("https://user@evil.example", false),
            ("https://api.example.com@evil.example/", false),
            ("https://{secret:TOKEN}.evil.example/", false),
            ("https://a b/", false),
            ("https://a/\nHost: b", false),
            ("https://a\\@b/", false),
            ("javascript:alert(1)", false),
            ("file:///etc/passwd", false),
            ("//evil.example/x", false),
            ("", false),
        ] {
            assert_eq!(url("it", address.to_owned()).is_ok(), sane, "{address}");
        }
        assert!(url("it", format!("https://a/{}", "x".repeat(3000))).is_err());
        for (address, sane) in
            [("/help/aurinko/fi/refunds", true), ("//evil.example", false), ("help", false)]
        {
            assert_eq!(path_or_url("it", address.to_owned()).is_ok(), sane, "{address}");
        }
    }

    #[test]
    fn names_texts_and_headers_hold_what_they_say() {
        for (value, sane) in
            [("a", true), ("ä 🧾", true), ("", false), ("a\0", false), ("a\n", false)]
        {
            assert_eq!(name("it", value.to_owned(), 8).is_ok(), sane, "{value:?}");
        }
        assert!(name("it", "123456789".to_owned(), 8).is_err());
        for (value, sane) in [("", true), ("a\n\tb", true), ("a\u{7}", false), ("123456789", false)]
        {
            assert_eq!(text("it", value.to_owned(), 8).is_ok(), sane, "{value:?}");
        }
        for (value, sane) in
            [("fi", true), ("sv-FI", true), ("f", false), ("fi_FI", false), ("fi fi", false)]
        {
            assert_eq!(language("it", value.to_owned()).is_ok(), sane, "{value:?}");
        }
        for (key, value, sane) in [
            ("content-type", "text/plain", true),
            ("x", "", true),
            ("", "x", false),
            ("a b", "x", false),
            ("a:", "x", false),
            ("a", "x\r\nb: y", false),
        ] {
            assert_eq!(
                header((key.to_owned(), value.to_owned())).is_ok(),
                sane,
                "{key:?} {value:?}"
            );
        }
    }
}
