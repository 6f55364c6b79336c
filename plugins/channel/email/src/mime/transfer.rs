//! Content-Transfer-Encoding, lenient: what cannot be decoded stays as it is, and nothing is lost.

use std::borrow::Cow;

/// The bytes of a body.
pub fn decode<'a>(encoding: &str, body: &'a [u8]) -> Cow<'a, [u8]> {
    match encoding {
        "base64" => Cow::Owned(base64(body)),
        "quoted-printable" => Cow::Owned(quoted_printable(body)),
        "x-uuencode" | "uuencode" | "x-uue" => Cow::Owned(uuencode(body)),
        _ => Cow::Borrowed(body),
    }
}

/// Base64 that skips whatever is no digit of it and ends at the padding.
pub fn base64(body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(body.len() / 4 * 3 + 3);
    let (mut bits, mut count) = (0u32, 0);
    for &byte in body {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => {
                // Pieces that were encoded one by one are joined in some mails: begin anew after padding.
                (bits, count) = (0, 0);
                continue;
            }
            _ => continue,
        };
        bits = bits << 6 | u32::from(digit);
        count += 1;
        match count {
            2 => bytes.push((bits >> 4) as u8),
            3 => bytes.push((bits >> 2) as u8),
            4 => {
                bytes.push(bits as u8);
                (bits, count) = (0, 0);
            }
            _ => {}
        }
    }
    bytes
}

fn quoted_printable(body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(body.len());
    for line in body.split_inclusive(|&b| b == b'\n') {
        let broken = line.ends_with(b"\n");
        let mut line = line.trim_ascii_end();
        let soft = line.last() == Some(&b'=');
        if soft {
            line = &line[..line.len() - 1];
        }
        let mut at = 0;
        while at < line.len() {
            let hex = (line[at] == b'=')
                .then(|| line.get(at + 1).zip(line.get(at + 2)))
                .flatten()
                .and_then(|(&high, &low)| Some(digit(high)? << 4 | digit(low)?));
            match hex {
                Some(byte) => {
                    bytes.push(byte);
                    at += 3;
                }
                None => {
                    bytes.push(line[at]);
                    at += 1;
                }
            }
        }
        if broken && !soft {
            bytes.push(b'\n');
        }
    }
    bytes
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|digit| digit as u8)
}

fn uuencode(body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(body.len() / 4 * 3);
    for line in body.split(|&b| b == b'\n') {
        let line = line.trim_ascii_end();
        if line.starts_with(b"begin ") || line == b"end" {
            continue;
        }
        let Some((&length, rest)) = line.split_first() else { continue };
        let length = usize::from(length.wrapping_sub(32) & 63);
        let mut decoded = Vec::with_capacity(64);
        for four in rest.chunks(4) {
            let value = |place: usize| {
                u32::from(four.get(place).copied().unwrap_or(32).wrapping_sub(32) & 63)
            };
            let bits = value(0) << 18 | value(1) << 12 | value(2) << 6 | value(3);
            decoded.extend_from_slice(&bits.to_be_bytes()[1..]);
        }
        decoded.truncate(length);
        bytes.extend_from_slice(&decoded);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_and_broken_encodings_give_what_can_be_had() {
        let decoded =
            |encoding, body: &[u8]| String::from_utf8_lossy(&decode(encoding, body)).into_owned();
        for (encoding, body, wanted) in [
            ("base64", "SGVp", "Hei"),
            ("base64", "SG\r\n Vp!IQ==", "Hei!"),
            ("base64", "SGVpIQ==SGVp", "Hei!Hei"),
            ("base64", "SGVpI", "Hei"),
            ("base64", "", ""),
            ("quoted-printable", "p=C3=A4=\r\niv=C3=A4=20 \r\nx", "päivä \nx"),
            ("quoted-printable", "a=ZZ b= c=4", "a=ZZ b= c=4"),
            ("quoted-printable", "a=3d=3D", "a=="),
            ("x-uuencode", "begin 644 a\n#2&5I\n`\nend\n", "Hei"),
            ("8bit", "raw", "raw"),
            ("nonsense", "raw", "raw"),
        ] {
            assert_eq!(decoded(encoding, body.as_bytes()), wanted, "{encoding} {body:?}");
        }
    }
}
