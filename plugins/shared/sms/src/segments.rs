//! Segments of a text message (3GPP TS 23.038 and 23.040): 160 characters of the GSM alphabet or 70 of UTF-16; in a
//! message of several, 153 and 67.

/// The GSM alphabet's own characters; each takes one place.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/// Its extension; each takes two.
const EXTENSION: &str = "\u{c}^{}\\[~]|€";

/// How many segments a text takes.
pub fn count(text: &str) -> usize {
    let (size, single, part): (Size, usize, usize) = if text.chars().all(|c| septets(c).is_some()) {
        (gsm, 160, 153)
    } else {
        (char::len_utf16, 70, 67)
    };
    if text.chars().map(size).sum::<usize>() <= single {
        return 1;
    }
    let mut segments = 1;
    let mut used = 0;
    for c in text.chars() {
        // A character of two places is never torn.
        if used + size(c) > part {
            segments += 1;
            used = 0;
        }
        used += size(c);
    }
    segments
}

type Size = fn(char) -> usize;

fn gsm(c: char) -> usize {
    septets(c).unwrap_or(1)
}

fn septets(c: char) -> Option<usize> {
    if BASIC.contains(c) { Some(1) } else { EXTENSION.contains(c).then_some(2) }
}

/// The same words in plainer characters, if that brings them into the GSM alphabet: curly quotes and long dashes alone
/// would more than double the price of a message. Letters stay as they are.
pub fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{2032}' | '`' | '´' => plain.push('\''),
            '\u{201c}' | '\u{201d}' | '\u{201e}' | '«' | '»' | '\u{2033}' => plain.push('"'),
            '\u{2010}'..='\u{2015}' | '\u{2212}' => plain.push('-'),
            '…' => plain.push_str("..."),
            '•' | '·' => plain.push('-'),
            '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\t' => plain.push(' '),
            '\u{ad}' | '\u{200b}' | '\u{feff}' => {}
            other => plain.push(other),
        }
    }
    if plain.chars().all(|c| septets(c).is_some()) { plain } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_counted_as_networks_do() {
        for (text, segments) in [
            (String::new(), 1),
            ("a".repeat(160), 1),
            ("ä".repeat(160), 1),
            ("a".repeat(161), 2),
            ("a".repeat(306), 2),
            ("a".repeat(307), 3),
            ("€".repeat(80), 1),
            ("€".repeat(81), 2),
            // 76 of them fill 152 of 153 places; the next would be torn.
            ("€".repeat(153), 3),
            ("ж".repeat(70), 1),
            ("ж".repeat(71), 2),
            ("ж".repeat(134), 2),
            ("\u{1f600}".repeat(35), 1),
            ("\u{1f600}".repeat(36), 2),
            ("\u{1f600}".repeat(67), 3),
        ] {
            assert_eq!(
                count(&text),
                segments,
                "{} of {:?}",
                text.chars().count(),
                text.chars().next()
            );
        }
    }

    #[test]
    fn plain_words_stay_in_the_small_alphabet() {
        assert_eq!(plain("\u{201c}Hei\u{201d} \u{2013} näin\u{2026}"), "\"Hei\" - näin...");
        // Another script stays as it was written: nothing would be gained.
        assert_eq!(plain("привет \u{2013} да"), "привет \u{2013} да");
    }
}
