//! Bytes to text.

use mail_parser::decoders::charsets::map::charset_decoder;

/// Text of a body in a declared character set. UTF-8 is tried first, whatever was declared wrongly or not at all;
/// what is no UTF-8 then falls back to Windows-1252, in which nothing is invalid.
pub fn decode(charset: Option<&str>, bytes: &[u8]) -> String {
    let name = charset.unwrap_or_default().trim().trim_matches(['"', '\'']);
    let plain =
        matches!(name.to_ascii_lowercase().as_str(), "" | "utf-8" | "utf8" | "us-ascii" | "ascii");
    let text = if bytes.starts_with(&[0xff, 0xfe]) && !plain {
        read("utf-16le", &bytes[2..])
    } else if !plain && let Some(text) = read(name, bytes) {
        Some(text)
    } else {
        None
    };
    let mut text = text.unwrap_or_else(|| match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        // One bad byte in UTF-8 is damage; text that is mostly not UTF-8 was never meant to be.
        Err(error)
            if plain
                && !name.is_empty()
                && name.contains("utf")
                && error.valid_up_to() * 2 > bytes.len() =>
        {
            String::from_utf8_lossy(bytes).into_owned()
        }
        Err(_) => read("windows-1252", bytes)
            .unwrap_or_else(|| String::from_utf8_lossy(bytes).into_owned()),
    });
    if text.starts_with('\u{feff}') {
        text.remove(0);
    }
    text
}

fn read(charset: &str, bytes: &[u8]) -> Option<String> {
    charset_decoder(charset.as_bytes()).map(|decoder| decoder(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declared_wrong_and_missing_character_sets() {
        for (charset, bytes, text) in [
            (None, &b"p\xc3\xa4iv\xc3\xa4"[..], "päivä"),
            (None, b"p\xe4iv\xe4", "päivä"),
            (Some("utf-8"), b"p\xe4iv\xe4", "päivä"),
            (Some("us-ascii"), b"p\xc3\xa4iv\xc3\xa4", "päivä"),
            (Some("ISO-8859-1"), b"p\xe4iv\xe4", "päivä"),
            (Some("iso-8859-15"), b"5 \xa4", "5 €"),
            (Some("windows-1252"), b"5 \x80", "5 €"),
            (Some("windows-1251"), b"\xcf\xf0\xe8\xe2\xe5\xf2", "Привет"),
            (Some("koi8-r"), b"\xf0\xd2\xc9\xd7\xc5\xd4", "Привет"),
            (Some("iso-2022-jp"), b"\x1b$B$3$s\x1b(B", "こん"),
            (Some("gb2312"), b"\xc4\xe3\xba\xc3", "你好"),
            (Some("shift_jis"), b"\x82\xb1", "こ"),
            (Some("euc-kr"), b"\xbe\xc8", "안"),
            (Some("big5"), b"\xa7A", "你"),
            (Some("utf-16"), b"\xff\xfeH\x00i\x00", "Hi"),
            (Some("utf-7"), b"A+ImIDkQ-", "A≢Α"),
            (Some("x-unknown"), b"p\xe4iv\xe4", "päivä"),
            (Some("\"utf-8\""), b"\xef\xbb\xbfHei", "Hei"),
            (Some(""), b"", ""),
        ] {
            assert_eq!(decode(charset, bytes), text, "{charset:?}");
        }
    }
}
