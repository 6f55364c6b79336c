//! Slack's own markup: three characters are escaped, and what stands between angle brackets is a link or a mention
//! (<https://docs.slack.dev/messaging/formatting-message-text>).

use std::collections::BTreeMap;

/// A text in which nothing is markup but what Slack finds in plain words.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A link with words. An address with a bar or bracket in it would end the link early: it is left out.
pub fn link(url: &str, words: &str) -> String {
    let words = escape(words).replace('|', "/");
    let plain = url.starts_with("http") && !url.contains(['|', '<', '>', ' ', '\n']);
    if plain { format!("<{}|{words}>", url.replace('&', "&amp;")) } else { words }
}

/// What somebody wrote, as they saw it. `people` knows names by user id.
pub fn plain(text: &str, people: &BTreeMap<String, String>) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        plain.push_str(&unescape(&rest[..start]));
        let Some(length) = rest[start..].find('>') else {
            rest = &rest[start..];
            break;
        };
        plain.push_str(&marked(&rest[start + 1..start + length], people));
        rest = &rest[start + length + 1..];
    }
    plain.push_str(&unescape(rest));
    plain.trim().to_owned()
}

/// What stands between angle brackets: `@U1|aino`, `#C1|general`, `!here`, `https://example.com|words`.
fn marked(mark: &str, people: &BTreeMap<String, String>) -> String {
    let (target, label) = match mark.split_once('|') {
        Some((target, label)) => (target, Some(unescape(label)).filter(|label| !label.is_empty())),
        None => (mark, None),
    };
    if let Some(user) = target.strip_prefix('@') {
        let name = people.get(user).cloned().or(label);
        return format!("@{}", name.unwrap_or_else(|| user.to_owned()));
    }
    if let Some(channel) = target.strip_prefix('#') {
        return format!("#{}", label.unwrap_or_else(|| channel.to_owned()));
    }
    if let Some(command) = target.strip_prefix('!') {
        let word = command.split('^').next().unwrap_or_default();
        return label.unwrap_or_else(|| format!("@{word}"));
    }
    let url = unescape(target);
    let shown = url.strip_prefix("mailto:").or_else(|| url.strip_prefix("tel:")).unwrap_or(&url);
    match label {
        Some(label) if label != shown && !url.ends_with(&label) => format!("{label} ({shown})"),
        _ => shown.to_owned(),
    }
}

fn unescape(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_wrote_reads_as_they_saw_it() {
        let people = BTreeMap::from([("U1".to_owned(), "Aino".to_owned())]);
        for (text, expected) in [
            ("Hei <@U1>, kysy <@U2|bo> ja <@U3>", "Hei @Aino, kysy @bo ja @U3"),
            ("1 &lt; 2 &amp;&amp; 3 &gt; 2", "1 < 2 && 3 > 2"),
            ("<!here> <#C1|tuki> <#C2>", "@here #tuki #C2"),
            ("<!subteam^S1|@team> <!date^1^{date}|eilen>", "@team eilen"),
            ("<https://a.fi/?b=1&amp;c=2>", "https://a.fi/?b=1&c=2"),
            ("<https://a.fi/x|ohje>", "ohje (https://a.fi/x)"),
            ("<http://a.fi|a.fi> <mailto:a@b.fi|a@b.fi>", "http://a.fi a@b.fi"),
            ("&amp;lt; <broken", "&lt; <broken"),
            ("", ""),
        ] {
            assert_eq!(plain(text, &people), expected);
        }
    }

    #[test]
    fn nothing_written_here_becomes_markup_there() {
        let words = "<!channel> & <@U1> <https://x|y>";
        let escaped = escape(words);
        assert!(!escaped.contains('<') && !escaped.contains('>'));
        assert_eq!(plain(&escaped, &BTreeMap::new()), words);
        assert_eq!(link("https://k/c?a=1&b=2", "#1 <b>"), "<https://k/c?a=1&amp;b=2|#1 &lt;b&gt;>");
        assert_eq!(link("javascript:x", "#1"), "#1");
        assert_eq!(link("https://k/|x", "#1"), "#1");
    }
}
