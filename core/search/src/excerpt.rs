//! A sentence or two of an article that best show why it was found.

/// The longest excerpt, in characters.
const LONGEST: usize = 220;

/// Markdown as plain text: marks, headings and link targets gone, spaces single.
pub fn plain(markdown: &str) -> String {
    let mut text = String::with_capacity(markdown.len());
    for line in markdown.lines() {
        let line = line.trim_start_matches(['#', '>', '-', '*', ' ', '\t']);
        let mut rest = line;
        while let Some(open) = rest.find('[') {
            text.push_str(&rest[..open]);
            rest = &rest[open + 1..];
            if let Some(close) = rest.find("](")
                && let Some(end) = rest[close..].find(')')
            {
                text.push_str(&rest[..close]);
                rest = &rest[close + end + 1..];
            }
        }
        text.push_str(rest);
        text.push(' ');
    }
    text.retain(|c| !matches!(c, '*' | '`'));
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The part of `text` with the most `words` (stems) in it, cut at a word.
pub fn excerpt(text: &str, words: &[String]) -> String {
    let sentences: Vec<&str> = text.split_inclusive(['.', '!', '?']).map(str::trim).collect();
    let score = |sentence: &str| {
        let lower = sentence.to_lowercase();
        words.iter().filter(|word| lower.contains(word.as_str())).count()
    };
    // The first of the best ones: max_by_key would give the last.
    let mut best = 0;
    for (at, sentence) in sentences.iter().enumerate() {
        if score(sentence) > sentences.get(best).map_or(0, |s| score(s)) {
            best = at;
        }
    }
    let mut out = String::new();
    for sentence in sentences.iter().skip(best) {
        if !out.is_empty() && out.chars().count() + sentence.chars().count() > LONGEST {
            break;
        }
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(sentence);
    }
    if out.chars().count() > LONGEST {
        let cut: String = out.chars().take(LONGEST).collect();
        let end = cut.rfind(' ').unwrap_or(cut.len());
        return format!("{}…", &cut[..end]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_loses_its_marks_and_keeps_its_words() {
        let text =
            plain("# Title\n\nUse the [card](https://example.org/x) **now**.\n- one\n- [odd");
        assert_eq!(text, "Title Use the card now. one odd");
    }

    #[test]
    fn the_excerpt_starts_at_the_best_sentence() {
        let text = "Nothing here. The lunch benefit is paid monthly. More of the same.";
        assert!(excerpt(text, &["lunch".into()]).starts_with("The lunch benefit"));
        let long = "sana ".repeat(200);
        let cut = excerpt(&long, &[]);
        assert!(cut.ends_with('…') && cut.chars().count() <= LONGEST + 1, "{cut}");
    }
}
