//! The bit of HTML in which Teams writes messages.

/// A text in which nothing is markup, its lines kept.
pub fn escape(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', "&quot;").replace('\n', "<br/>")
}

/// What somebody wrote, without the mention of ourselves.
pub fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        plain.push_str(&rest[..start]);
        let Some(length) = rest[start..].find('>') else {
            rest = &rest[start..];
            break;
        };
        let tag = rest[start + 1..start + length].trim().to_ascii_lowercase();
        rest = &rest[start + length + 1..];
        let name: String =
            tag.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '/').collect();
        match name.as_str() {
            // A mention ends where it says, or not at all.
            "at" => rest = rest.find("</at>").map_or(rest, |end| &rest[end + 5..]),
            "br" | "br/" | "/p" | "/div" | "/li" => plain.push('\n'),
            _ => {}
        }
    }
    plain.push_str(rest);
    let mut text = plain.replace("&nbsp;", " ").replace('\u{a0}', " ");
    for (entity, character) in
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")]
    {
        text = text.replace(entity, character);
    }
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_and_markup_goes() {
        for (text, expected) in [
            ("<at>Kerros</at>&nbsp;#12 Kyllä\n", "#12 Kyllä"),
            ("<p><at id=\"0\">Kerros</at> yksi</p><p>kaksi &amp; kolme</p>", "yksi\nkaksi & kolme"),
            ("1 &lt; 2 &amp;lt; 3", "1 < 2 &lt; 3"),
            ("<at>broken", "broken"),
            ("a < b", "a < b"),
            ("", ""),
        ] {
            assert_eq!(plain(text), expected, "{text}");
        }
        let words = "<at>x</at> & \"y\"\n<b>";
        assert_eq!(plain(&escape(words)), words);
    }
}
