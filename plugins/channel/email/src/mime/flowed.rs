//! `format=flowed` (RFC 3676): lines that were broken only for the road are joined again.

/// Text of a part with that parameter. `delsp`: the space at the break was put there, and goes.
pub fn unflow(text: &str, delsp: bool) -> String {
    let mut joined = String::with_capacity(text.len());
    // How deep the paragraph is quoted that goes on in the next line.
    let mut open: Option<usize> = None;
    for (place, raw) in text.split('\n').enumerate() {
        let line = raw.strip_suffix('\r').unwrap_or(raw);
        let depth = line.bytes().take_while(|&b| b == b'>').count();
        let words = &line[depth..];
        // A line may be stuffed with one space, so that it can begin with a mark.
        let words = words.strip_prefix(' ').unwrap_or(words);
        let delimiter = words.trim_end() == "--";
        if open == Some(depth) && !delimiter {
            joined.push_str(words);
        } else {
            if place > 0 {
                joined.push('\n');
            }
            if depth > 0 {
                joined.push_str(&line[..depth]);
                joined.push(' ');
            }
            joined.push_str(words);
        }
        let soft = words.ends_with(' ') && !delimiter && !words.trim().is_empty();
        if soft && delsp {
            joined.pop();
        }
        open = soft.then_some(depth);
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::unflow;

    #[test]
    fn soft_breaks_are_joined_and_hard_ones_stay() {
        for (text, delsp, wanted) in [
            ("one \r\ntwo\r\nthree", false, "one two\nthree"),
            ("one \ntwo", true, "onetwo"),
            ("> q \n> r\nown", false, "> q r\nown"),
            ("> q \nown", false, "> q \nown"),
            ("a\n-- \nName \nx", false, "a\n-- \nName x"),
            (" >not quoted", false, ">not quoted"),
            ("a\n\nb", false, "a\n\nb"),
            ("", false, ""),
        ] {
            assert_eq!(unflow(text, delsp), wanted, "{text:?}");
        }
    }
}
