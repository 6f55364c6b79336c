//! Character references.

use mail_parser::decoders::html::add_html_token;

/// The longest name of a reference that is looked up.
const LONGEST: usize = 32;

/// Appends text with its references resolved; what is none stays as it is.
pub fn push(text: &mut String, mut source: &str) {
    while let Some(at) = source.find('&') {
        text.push_str(&source[..at]);
        source = &source[at..];
        if !source.as_bytes().get(1).is_some_and(|&b| b == b'#' || b.is_ascii_alphanumeric()) {
            text.push('&');
            source = &source[1..];
            continue;
        }
        let window = &source[..source.floor_char_boundary(LONGEST)];
        let length = window.find(';').map(|end| end + 1).filter(|&end| {
            let name = &window[1..end - 1];
            let name = name.strip_prefix('#').unwrap_or(name);
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric())
        });
        match length {
            Some(length) => {
                add_html_token(text, &source.as_bytes()[..length], false);
                source = &source[length..];
            }
            None => {
                text.push('&');
                source = &source[1..];
            }
        }
    }
    text.push_str(source);
}
