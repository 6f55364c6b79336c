//! How providers write bytes and forms as text: hex and base64 of signatures, queries and urlencoded forms.
//! Reading is strict where a signature depends on it and never panics.

/// The bytes of a hex text, either case; at most 256 of them.
pub fn hex(text: &str) -> Option<Vec<u8>> {
    if text.is_empty() || text.len() > 512 || !text.len().is_multiple_of(2) {
        return None;
    }
    let digits: Option<Vec<u8>> =
        text.chars().map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    Some(digits?.chunks(2).map(|pair| pair[0] * 16 + pair[1]).collect())
}

/// The bytes of a base64 text in the common alphabet, with or without its padding.
pub fn base64(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches('=');
    if text.is_empty() || text.len() % 4 == 1 {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    for chunk in text.as_bytes().chunks(4) {
        let mut bits = 0_u32;
        for byte in chunk {
            bits = bits << 6 | u32::from(sextet(*byte)?);
        }
        bits <<= 6 * (4 - chunk.len());
        bytes.extend_from_slice(&bits.to_be_bytes()[1..chunk.len()]);
    }
    Some(bytes)
}

fn sextet(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}

/// The pairs of a query or an `application/x-www-form-urlencoded` body, in their order. What is no UTF-8 becomes
/// U+FFFD; a broken escape stays as it is written.
pub fn form(text: &[u8]) -> Vec<(String, String)> {
    text.split(|byte| *byte == b'&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let equals = pair.iter().position(|byte| *byte == b'=');
            let (name, value) = match equals {
                Some(place) => (&pair[..place], &pair[place + 1..]),
                None => (pair, &[][..]),
            };
            (decode(name), decode(value))
        })
        .collect()
}

/// The value of the first pair with this name.
pub fn value<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

fn decode(text: &[u8]) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, more)) = rest.split_first() {
        rest = more;
        bytes.push(match (first, more) {
            (b'+', _) => b' ',
            (b'%', [high, low, after @ ..]) => match (digit(*high), digit(*low)) {
                (Some(high), Some(low)) => {
                    rest = after;
                    high * 16 + low
                }
                _ => b'%',
            },
            (byte, _) => *byte,
        });
    }
    String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// A text as it may stand anywhere in an address or a urlencoded form: everything but letters, digits and `-._~` is
/// escaped, so a customer's words can neither end a value nor look like a placeholder.
pub fn escape(text: &str) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            escaped.push(char::from(byte));
        } else {
            escaped.push('%');
            escaped.push(char::from(DIGITS[usize::from(byte >> 4)]));
            escaped.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }
    escaped
}

/// Pairs as a query or an `application/x-www-form-urlencoded` body.
pub fn urlencoded<N: AsRef<str>, V: AsRef<str>>(pairs: &[(N, V)]) -> String {
    let pairs = pairs
        .iter()
        .map(|(name, value)| format!("{}={}", escape(name.as_ref()), escape(value.as_ref())));
    pairs.collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_is_read_in_either_case() {
        assert_eq!(hex("00fF"), Some(vec![0, 255]));
        for wrong in ["", "0", "zz", "0x", "ä0", &"0".repeat(514)] {
            assert_eq!(hex(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn base64_is_read_with_and_without_padding() {
        for (text, bytes) in
            [("Zg==", "f"), ("Zg", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9vYg==", "foob")]
        {
            assert_eq!(base64(text).as_deref(), Some(bytes.as_bytes()), "{text}");
        }
        assert_eq!(base64("+/+/"), Some(vec![0xfb, 0xff, 0xbf]));
        for wrong in ["", "=", "Zm9vY", "Zm 9", "Zg-_", "ä"] {
            assert_eq!(base64(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn forms_are_read_as_browsers_write_them() {
        let pairs = form("a=1&b=%C3%A4+%2B&c&=d&&a=2&e=%4&f=%zz&g=%ff".as_bytes());
        let expected = [
            ("a", "1"),
            ("b", "ä +"),
            ("c", ""),
            ("", "d"),
            ("a", "2"),
            ("e", "%4"),
            ("f", "%zz"),
            ("g", "\u{fffd}"),
        ];
        assert_eq!(pairs, expected.map(|(n, v)| (n.to_owned(), v.to_owned())));
        assert_eq!((value(&pairs, "a"), value(&pairs, "x")), (Some("1"), None));
        assert_eq!(form(b""), []);
    }

    #[test]
    fn what_is_escaped_comes_back() {
        let pairs = [("Body", "äiti & {secret:x} 100 %\n"), ("To", "+358")];
        let text = urlencoded(&pairs);
        assert!(!text.contains('{') && !text.contains('+'), "{text}");
        let back = form(text.as_bytes());
        assert_eq!(back, pairs.map(|(n, v)| (n.to_owned(), v.to_owned())));
    }
}
