//! Names of folders in modified UTF-7 (RFC 3501, 5.1.3), which every server takes.

use base64::Engine as _;
use base64::alphabet::IMAP_MUTF7;
use base64::engine::{GeneralPurpose, general_purpose::NO_PAD};

const DIGITS: GeneralPurpose = GeneralPurpose::new(&IMAP_MUTF7, NO_PAD);

/// The name as it is sent.
#[must_use]
pub fn encoded(name: &str) -> String {
    let mut text = String::new();
    let mut wide: Vec<u8> = Vec::new();
    let flush = |wide: &mut Vec<u8>, text: &mut String| {
        if !wide.is_empty() {
            text.push('&');
            text.push_str(&DIGITS.encode(&*wide));
            text.push('-');
            wide.clear();
        }
    };
    for c in name.chars() {
        if (' '..='~').contains(&c) {
            flush(&mut wide, &mut text);
            text.push(c);
            if c == '&' {
                text.push('-');
            }
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                wide.extend_from_slice(&unit.to_be_bytes());
            }
        }
    }
    flush(&mut wide, &mut text);
    text
}

#[cfg(test)]
mod tests {
    use super::encoded;

    #[test]
    fn names_are_those_of_the_rfc() {
        assert_eq!(
            encoded("~peter/mail/\u{53f0}\u{5317}/\u{65e5}\u{672c}\u{8a9e}"),
            "~peter/mail/&U,BTFw-/&ZeVnLIqe-"
        );
        assert_eq!(encoded("Hello & goodbye"), "Hello &- goodbye");
        assert_eq!(encoded("K\u{e4}sitellyt"), "K&AOQ-sitellyt");
    }
}
