//! Undoes the transfer encodings of RFC 2045 piece by piece, forgiving what mailers get wrong.

/// How a body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// As it is: `7bit`, `8bit`, `binary`, or unknown.
    Plain,
    /// `base64`.
    Base64,
    /// `quoted-printable`.
    Quoted,
}

impl Encoding {
    /// By the header's value.
    #[must_use]
    pub fn named(value: &str) -> Self {
        let value = value.trim();
        if value.eq_ignore_ascii_case("base64") {
            Self::Base64
        } else if value.eq_ignore_ascii_case("quoted-printable") {
            Self::Quoted
        } else {
            Self::Plain
        }
    }
}

/// A decoder between two pieces.
#[derive(Debug)]
pub struct Decoder {
    encoding: Encoding,
    /// Bits of base64 not given yet, and how many.
    bits: u32,
    count: u32,
    padded: bool,
    /// What of quoted-printable waits for what follows: `=` or `=X`, or spaces that a line end would drop.
    held: Vec<u8>,
}

impl Decoder {
    /// A fresh one.
    #[must_use]
    pub const fn new(encoding: Encoding) -> Self {
        Self { encoding, bits: 0, count: 0, padded: false, held: Vec::new() }
    }

    /// Decodes a piece to the end of `out`.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        match self.encoding {
            Encoding::Plain => out.extend_from_slice(bytes),
            Encoding::Base64 => self.base64(bytes, out),
            Encoding::Quoted => self.quoted(bytes, out),
        }
    }

    /// The body is over. An unfinished escape stays as it was written.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        out.append(&mut self.held);
    }

    /// What is no digit is skipped (RFC 2045, 6.8); padding ends a run, and some mailers begin another after it.
    fn base64(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        for byte in bytes {
            let digit = match byte {
                b'A'..=b'Z' => byte - b'A',
                b'a'..=b'z' => byte - b'a' + 26,
                b'0'..=b'9' => byte - b'0' + 52,
                b'+' | b'-' => 62,
                b'/' | b'_' => 63,
                b'=' => {
                    self.padded = true;
                    continue;
                }
                _ => continue,
            };
            if self.padded {
                (self.bits, self.count, self.padded) = (0, 0, false);
            }
            self.bits = (self.bits << 6) | u32::from(digit);
            self.count += 6;
            if self.count >= 8 {
                self.count -= 8;
                // The lowest eight bits are the byte.
                out.push((self.bits >> self.count) as u8);
                self.bits &= (1 << self.count) - 1;
            }
        }
    }

    fn quoted(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        for &byte in bytes {
            match (self.held.as_slice(), byte) {
                ([], b'=' | b' ' | b'\t') => self.held.push(byte),
                ([], _) => out.push(byte),
                // Spaces before a line's end were added on the way.
                ([b' ' | b'\t', ..], b' ' | b'\t') if self.held.len() < 200 => self.held.push(byte),
                ([b' ' | b'\t', ..], b'\r') if self.held.last() != Some(&b'\r') => {
                    self.held.push(byte);
                }
                ([b' ' | b'\t', ..], b'\n') => {
                    let crlf = self.held.last() == Some(&b'\r');
                    self.held.clear();
                    out.extend_from_slice(if crlf { b"\r\n" } else { b"\n" });
                }
                ([b' ' | b'\t', ..], _) => {
                    out.append(&mut self.held);
                    self.quoted(&[byte], out);
                }
                // A soft line break, perhaps with spaces after it.
                ([b'=', ..], b'\n') if self.held[1..].iter().all(u8::is_ascii_whitespace) => {
                    self.held.clear();
                }
                ([b'='], _) if byte.is_ascii_hexdigit() || byte.is_ascii_whitespace() => {
                    self.held.push(byte);
                }
                ([b'=', high], _) if high.is_ascii_hexdigit() && byte.is_ascii_hexdigit() => {
                    let value = (nibble(*high) << 4) | nibble(byte);
                    self.held.clear();
                    out.push(value);
                }
                ([b'=', rest @ ..], b' ' | b'\t' | b'\r')
                    if rest.len() < 200 && rest.iter().all(u8::is_ascii_whitespace) =>
                {
                    self.held.push(byte);
                }
                // No escape after all.
                _ => {
                    out.append(&mut self.held);
                    self.quoted(&[byte], out);
                }
            }
        }
    }
}

const fn nibble(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        _ => digit.wrapping_sub(b'A').wrapping_add(10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    fn decode(encoding: Encoding, chunks: &[&[u8]]) -> Vec<u8> {
        let mut decoder = Decoder::new(encoding);
        let mut out = Vec::new();
        chunks.iter().for_each(|chunk| decoder.push(chunk, &mut out));
        decoder.finish(&mut out);
        out
    }

    #[test]
    fn quoted_printable_forgives() {
        let table: [(&str, &str); 9] = [
            ("a=3Db", "a=b"),
            ("a=\r\nb", "ab"),
            ("a= \t\r\nb", "ab"),
            ("a  \r\nb \n", "a\r\nb\n"),
            ("a  b", "a  b"),
            ("=zz =3", "=zz =3"),
            ("100 %= x", "100 %= x"),
            ("=c3=A4", "ä"),
            ("end=", "end="),
        ];
        for (written, meant) in table {
            let found = decode(Encoding::Quoted, &[written.as_bytes()]);
            assert_eq!(String::from_utf8_lossy(&found), meant, "{written:?}");
        }
    }

    #[test]
    fn base64_skips_rubbish_and_goes_on_after_padding() {
        for written in ["aGVs\r\nbG8=", "aG!Vs bG8", "aGVsbG8=\r\n==", "aGVsbG8"] {
            assert_eq!(decode(Encoding::Base64, &[written.as_bytes()]), b"hello", "{written:?}");
        }
        assert_eq!(decode(Encoding::Base64, &[b"YQ==\r\nYg=="]), b"ab");
    }

    proptest! {
        #[test]
        fn base64_comes_back_however_it_is_cut(bytes: Vec<u8>, cut in 1usize..50) {
            let written = STANDARD.encode(&bytes);
            let chunks: Vec<&[u8]> = written.as_bytes().chunks(cut).collect();
            prop_assert_eq!(decode(Encoding::Base64, &chunks), bytes);
        }

        #[test]
        fn quoted_printable_does_not_mind_cuts(text in "[ =a-cA-F0-9\r\n\t]{0,200}", cut in 1usize..20) {
            let chunks: Vec<&[u8]> = text.as_bytes().chunks(cut).collect();
            prop_assert_eq!(decode(Encoding::Quoted, &chunks), decode(Encoding::Quoted, &[text.as_bytes()]));
        }
    }
}
