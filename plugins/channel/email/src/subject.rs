//! Subjects: the prefixes of programs, and the conversation's number in its own form.

/// The longest subject that is kept, bytes.
const LONGEST: usize = 300;
/// Where the number stands in the configured form.
pub const NUMBER: &str = "{number}";

/// Says `answer`, in the languages of mail programs.
const ANSWER: &[&str] = &[
    "re",
    "vs",
    "sv",
    "aw",
    "antw",
    "ref",
    "rif",
    "r",
    "odp",
    "vast",
    "vastaus",
    "svar",
    "rép",
    "ynt",
    "bls",
    "ang",
    "resp",
    "res",
    "отв",
    "ответ",
    "va",
    "回复",
    "答复",
    "vá",
];
/// Says `passed on`.
const FORWARD: &[&str] = &[
    "fwd",
    "fw",
    "vl",
    "vb",
    "wg",
    "tr",
    "i",
    "rv",
    "enc",
    "edasi",
    "videresendt",
    "vidarebefordrat",
    "välitetty",
    "пер",
    "pd",
    "doorst",
    "转发",
];

/// A subject taken apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subject {
    /// Without prefixes of answers and without numbers; a mail that was passed on keeps its prefix.
    pub tidy: String,
    /// Its first prefix says that it was passed on.
    pub forward: bool,
    /// The conversation numbers in it.
    pub numbers: Vec<u64>,
}

/// Reads a subject. `form` is how a number is written, as `[#{number}]`; empty for none.
pub fn read(subject: &str, form: &str) -> Subject {
    let (without, numbers) = numbers(subject, form);
    let mut rest = without.trim();
    let mut first = None;
    while let Some((kind, after)) = prefix(rest) {
        if kind == Kind::Forward && first.is_none() {
            first = Some(Kind::Forward);
            break;
        }
        first = first.or(Some(kind));
        if kind == Kind::Forward {
            break;
        }
        rest = after.trim_start();
    }
    let tidy = rest.split_whitespace().collect::<Vec<_>>().join(" ");
    let tidy = kerros_plugin::text::cut(&tidy, LONGEST).trim_end().to_owned();
    Subject { tidy, forward: first == Some(Kind::Forward), numbers }
}

/// The subject of an answer: one `Re:`, and the number once, if a form is given.
pub fn answer(subject: &str, is_answer: bool, form: &str, number: u64) -> String {
    let read = read(subject, form);
    let mut line = String::new();
    if is_answer {
        line.push_str("Re: ");
    }
    line.push_str(&read.tidy);
    if !form.is_empty() && number > 0 {
        if !line.is_empty() && !line.ends_with(' ') {
            line.push(' ');
        }
        line.push_str(&form.replace(NUMBER, &number.to_string()));
    }
    line.trim().to_owned()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Answer,
    Forward,
}

/// `Re: `, `RE[2]:`, `Sv :`, `VS:`.
fn prefix(text: &str) -> Option<(Kind, &str)> {
    let end = text.find([':', '：'])?;
    let (word, after) = text.split_at(end);
    let after = after.trim_start_matches([':', '：']);
    let word = word.trim().to_lowercase();
    let word = word.split(['[', '(', '^', '*']).next().unwrap_or_default().trim();
    // A single letter is a prefix only as Italian programs write it, in capitals.
    if word.chars().count() == 1 && !text.starts_with(['R', 'I']) {
        return None;
    }
    if ANSWER.contains(&word) {
        Some((Kind::Answer, after))
    } else if FORWARD.contains(&word) {
        Some((Kind::Forward, after))
    } else {
        None
    }
}

fn numbers(subject: &str, form: &str) -> (String, Vec<u64>) {
    let Some((before, after)) = form.split_once(NUMBER) else {
        return (subject.to_owned(), Vec::new());
    };
    if before.is_empty() && after.is_empty() {
        return (subject.to_owned(), Vec::new());
    }
    let mut numbers = Vec::new();
    let mut left = String::new();
    let mut rest = subject;
    loop {
        let found = if before.is_empty() {
            rest.find(|c: char| c.is_ascii_digit()).map(|at| (at, at))
        } else {
            rest.find(before).map(|at| (at, at + before.len()))
        };
        let Some((begin, digits)) = found else { break };
        let count = rest[digits..].bytes().take_while(u8::is_ascii_digit).count();
        let end = digits + count;
        let number = (1..=15).contains(&count).then(|| rest[digits..end].parse().ok()).flatten();
        let closed = rest[end..].starts_with(after)
            && (!after.is_empty() || !rest[end..].starts_with(|c: char| c.is_alphanumeric()));
        match number {
            Some(number) if closed => {
                if !numbers.contains(&number) && numbers.len() < 10 {
                    numbers.push(number);
                }
                left.push_str(rest[..begin].trim_end());
                left.push(' ');
                rest = rest[end + after.len()..].trim_start();
            }
            _ => {
                let next = digits
                    .max(begin + rest[begin..].chars().next().map_or(1, char::len_utf8))
                    .max(end);
                left.push_str(&rest[..next]);
                rest = &rest[next..];
            }
        }
    }
    left.push_str(rest);
    (left, numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORM: &str = "[#{number}]";

    #[test]
    fn prefixes_and_numbers_are_taken_off() {
        for (subject, tidy, forward, numbers) in [
            ("Lasku", "Lasku", false, vec![]),
            ("Re: Lasku", "Lasku", false, vec![]),
            ("RE: VS: Sv: re[2]: Lasku  väärin ", "Lasku väärin", false, vec![]),
            ("VL: Lasku", "VL: Lasku", true, vec![]),
            ("Re: Fwd: Lasku", "Fwd: Lasku", false, vec![]),
            ("Re: Lasku [#123]", "Lasku", false, vec![123]),
            ("[#123] Re: Lasku [#7] [#123]", "Lasku", false, vec![123, 7]),
            (
                "Lasku [#] [#x] [#99999999999999999999]",
                "Lasku [#] [#x] [#99999999999999999999]",
                false,
                vec![],
            ),
            ("Aihe: lasku", "Aihe: lasku", false, vec![]),
            ("r: x", "r: x", false, vec![]),
            ("", "", false, vec![]),
            ("Re:", "", false, vec![]),
        ] {
            let wanted = Subject { tidy: tidy.into(), forward, numbers };
            assert_eq!(read(subject, FORM), wanted, "{subject}");
        }
        assert_eq!(read("Re: ticket 55 x", "ticket {number}").numbers, [55]);
        assert_eq!(read("Case-12:", "Case-{number}:").numbers, [12]);
        assert!(read("Re: 2026", "{number}").numbers.is_empty());
    }

    #[test]
    fn an_answer_has_one_prefix_and_one_number() {
        assert_eq!(answer("Re: SV: Lasku [#12]", true, FORM, 12), "Re: Lasku [#12]");
        assert_eq!(answer("Lasku", true, "", 12), "Re: Lasku");
        assert_eq!(answer("Lasku", false, FORM, 12), "Lasku [#12]");
        assert_eq!(answer("", false, FORM, 12), "[#12]");
    }
}
