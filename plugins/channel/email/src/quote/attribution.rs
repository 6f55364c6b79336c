//! The line above a quotation: who wrote, and when. Programs write it in a hundred ways; what they share is a word for
//! `wrote`, a date or time, and mostly a colon at the end.

use super::Line;
use super::words::{LEADS, WROTE};

/// The longest such line, joined from its pieces.
const LONGEST: usize = 400;
/// Into how many lines it may be broken.
const MOST_LINES: usize = 4;

/// The lines of the attribution that ends at this line, if one does: its first line.
pub fn ending_at(lines: &[Line], last: usize) -> Option<usize> {
    if !may_end(&lines[last].text) {
        return None;
    }
    let depth = lines[last].depth;
    let mut joined = String::new();
    for first in (last.saturating_sub(MOST_LINES - 1)..=last).rev() {
        let line = &lines[first];
        if line.blank() || line.depth != depth {
            return None;
        }
        joined = if joined.is_empty() {
            line.text.trim().to_owned()
        } else {
            format!("{} {joined}", line.text.trim())
        };
        if joined.len() > LONGEST {
            return None;
        }
        if is_attribution(&joined) {
            return Some(upwards(lines, first, last));
        }
    }
    None
}

/// Whether it is surely one even where what follows is not marked as quoted.
pub fn strong(lines: &[Line]) -> bool {
    let joined = lines.iter().map(|line| line.text.trim()).collect::<Vec<_>>().join(" ");
    let end = joined.trim_end_matches([':', ' ', '-']).to_lowercase();
    let verb_last = WROTE.iter().any(|verb| end.ends_with(verb));
    joined.contains('@') || verb_last && leads(&joined)
}

/// A line above may hold the beginning: `On Wednesday, April 3,`.
fn upwards(lines: &[Line], first: usize, last: usize) -> usize {
    if begins_with_word(&lines[first].text) || first == 0 || last - first + 1 >= MOST_LINES {
        return first;
    }
    let above = &lines[first - 1];
    let begins = above.depth == lines[first].depth
        && begins_with_word(&above.text)
        && above.text.bytes().any(|b| b.is_ascii_digit())
        && !above.text.trim_end().ends_with(['.', '!', '?']);
    if begins { first - 1 } else { first }
}

fn may_end(text: &str) -> bool {
    let text = text.trim_end();
    text.ends_with([':', '-', '：'])
}

fn leads(text: &str) -> bool {
    begins_with_word(text) || text.trim_start().starts_with(|c: char| c.is_ascii_digit())
}

fn begins_with_word(text: &str) -> bool {
    let text = text.trim_start_matches(['-', '*', '_', ' ']).to_lowercase();
    let word = text.split(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
    LEADS.contains(&word)
}

/// Whether a joined line says who wrote when.
fn is_attribution(text: &str) -> bool {
    // ---- On Mon, 3 Apr 2026 ... wrote ----
    let dashed = text.starts_with("--") && text.ends_with("--");
    let text = if dashed { text.trim_matches(['-', ' ']) } else { text };
    let Some(inner) = (if dashed { Some(text) } else { text.strip_suffix(':') }) else {
        return false;
    };
    let inner = inner.trim_end();
    let without = without_addresses(inner);
    let lower = without.to_lowercase();
    if !has_date(&lower) || !plausible(&lower) {
        return false;
    }
    // Gmail in Russian and some others: a date, a name, an address in angle brackets, and no verb.
    let verbless = inner.ends_with('>') && inner.contains('@') && leads(inner);
    verbless || WROTE.iter().any(|verb| word_in(&lower, verb))
}

/// No sentence stands in it: people end theirs with a full stop and go on.
fn plausible(lower: &str) -> bool {
    !lower.contains("? ") && !lower.contains("! ") && lower.split_whitespace().count() <= 40
}

fn word_in(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    })
}

/// Digits as a date or a time of day has them: `14.20`, `14:20`, `2026`, `3.4.`, `3/4`, `2026-04-03`.
fn has_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if !bytes[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let end = at + bytes[at..].iter().take_while(|b| b.is_ascii_digit()).count();
        let length = end - at;
        if length == 4 && (bytes[at..end].starts_with(b"20") || bytes[at..end].starts_with(b"19")) {
            return true;
        }
        let joined = bytes.get(end).is_some_and(|b| matches!(b, b'.' | b':' | b'/' | b'-' | b'h'))
            && bytes.get(end + 1).is_some_and(u8::is_ascii_digit);
        if length <= 2 && joined {
            return true;
        }
        at = end;
    }
    false
}

/// Addresses may hold digits that are no date.
fn without_addresses(text: &str) -> String {
    let words = text.split_whitespace().filter(|word| !word.contains('@'));
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quote::lines;

    #[test]
    fn lines_above_quotations_in_many_tongues() {
        for text in [
            "On Mon, Apr 2, 2012 at 6:26 PM, Megan One <xxx@gmail.com> wrote:",
            "On Apr 3, 2012, at 4:19 PM, bob wrote:",
            "On 04/02/2012 06:26 PM, Megan One wrote:",
            "02.04.2012 14:20 пользователь \"bob@xxx.org\" <\nbob@xxx.org> написал:",
            "ke 3. huhtik. 2026 klo 12.30 Aino Salo (aino@example.fi) kirjoitti:",
            "Aino Salo <aino@example.fi> kirjoitti 3.4.2026 kello 12.30:",
            "Den ons 3 apr. 2026 kl 12:30 skrev Åsa Berg <asa@example.se>:",
            "3 apr. 2026 kl. 12:30 skrev Åsa Berg <asa@example.se>:",
            "Am 03.04.26 um 12:30 schrieb Max Muster:",
            "Le mer. 3 avr. 2026 à 12:30, Anne Petit <anne@example.fr> a écrit :",
            "ср, 3 апр. 2026 г. в 12:30, Иван <ivan@example.ru>:",
            "Den 03.04.2026 12:30, skrev Kari Nordmann:",
            "El mié, 3 abr 2026 a las 12:30, Ana (<ana@example.es>) escribió:",
            "Kuupäev 3.4.2026 kell 12:30 kirjutas Mari Tamm:",
            "---- On Mon, 03 Apr 2026 12:30:00 +0300 Aino <aino@example.fi> wrote ----",
            "On Wednesday, April 3,\n2026 at 4:55 PM, xxx wrote:",
        ] {
            let lines = lines(text);
            assert_eq!(ending_at(&lines, lines.len() - 1), Some(0), "{text}");
        }
    }

    #[test]
    fn sentences_are_no_attributions() {
        for text in [
            "Kirjoitti minulle asiasta:",
            "He wrote:",
            "Asiakaspalvelijanne kirjoitti näin:",
            "Toimitusosoite: Katu 3 A 14:",
            "Tilasin 3.4.2026 seuraavat tuotteet:",
            "wrote",
            "",
        ] {
            let lines = lines(text);
            assert_eq!(ending_at(&lines, lines.len() - 1), None, "{text}");
        }
    }
}
