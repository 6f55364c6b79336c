//! The two forms of a mail's text: plain, and clean HTML that says the same.

use kerros_plugin::channel::Outgoing;

use crate::config::Config;

/// What is written.
pub struct Letter {
    pub text: String,
    pub html: String,
}

/// Writes the text with the tenant's signature and steering line below it.
pub fn write(config: &Config, message: &Outgoing, text: &str) -> Letter {
    let signature = config.text(&config.signature, &message.language);
    let steering = config.text(&config.steering, &message.language);
    let mut plain = text.to_owned();
    let mut html = String::from("<!DOCTYPE html>\n<html");
    if message.language.bytes().all(|b| b.is_ascii_alphabetic()) && !message.language.is_empty() {
        html += &format!(" lang=\"{}\"", message.language);
    }
    html += "><head><meta charset=\"utf-8\"></head>\n<body style=\"font-family:sans-serif;font-size:15px;line-height:1.45\">\n";
    match &message.html {
        // The host has sanitised what a person formatted; parts are only in the plain form then.
        Some(own) if message.parts.is_empty() => html += own,
        _ => paragraphs(text, &mut html),
    }
    if signature.is_some() || steering.is_some() {
        plain.push_str("\n\n-- ");
        html += "<div style=\"margin-top:1.5em;color:#555\">\n";
        for piece in [signature, steering].into_iter().flatten() {
            plain.push('\n');
            plain.push_str(piece);
            paragraphs(piece, &mut html);
        }
        html += "</div>\n";
    }
    plain.push('\n');
    html += "</body></html>\n";
    Letter { text: plain, html }
}

/// Paragraphs at blank lines, line breaks within them, addresses of pages as links.
fn paragraphs(text: &str, html: &mut String) {
    let mut open = false;
    for line in text.lines() {
        let line = line.trim_end();
        if line.is_empty() {
            if open {
                html.push_str("</p>\n");
            }
            open = false;
            continue;
        }
        html.push_str(if open { "<br>\n" } else { "<p>" });
        open = true;
        linked(line, html);
    }
    if open {
        html.push_str("</p>\n");
    }
}

fn linked(line: &str, html: &mut String) {
    let mut rest = line;
    while let Some(at) = ["https://", "http://"].iter().filter_map(|scheme| rest.find(scheme)).min()
    {
        escape(&rest[..at], html);
        rest = &rest[at..];
        let end = rest
            .find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"'))
            .unwrap_or(rest.len());
        // Signs that end a sentence end no address.
        let url = rest[..end].trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '\'']);
        html.push_str("<a href=\"");
        escape(url, html);
        html.push_str("\">");
        escape(url, html);
        html.push_str("</a>");
        rest = &rest[url.len()..];
    }
    escape(rest, html);
}

fn escape(text: &str, html: &mut String) {
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c => html.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_becomes_clean_html() {
        for (text, wanted) in [
            ("a\nb\n\nc", "<p>a<br>\nb</p>\n<p>c</p>\n"),
            ("<b> & \"x\"", "<p>&lt;b&gt; &amp; &quot;x&quot;</p>\n"),
            (
                "Katso https://a.fi/x?a=1&b='2'. Kiitos",
                "<p>Katso <a href=\"https://a.fi/x?a=1&amp;b=&#39;2\">https://a.fi/x?a=1&amp;b=&#39;2</a>&#39;. Kiitos</p>\n",
            ),
            ("(http://a.fi)", "<p>(<a href=\"http://a.fi\">http://a.fi</a>)</p>\n"),
            ("javascript:alert(1)", "<p>javascript:alert(1)</p>\n"),
            ("", ""),
        ] {
            let mut html = String::new();
            paragraphs(text, &mut html);
            assert_eq!(html, wanted, "{text}");
        }
    }
}
