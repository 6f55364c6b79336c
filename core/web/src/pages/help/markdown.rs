//! Articles: Markdown to HTML that can do no harm.

use std::collections::HashSet;

use pulldown_cmark::{Options, Parser, html};

/// Markdown to sanitised HTML: no scripts, styles, frames or forms; links open without a referrer.
#[must_use]
pub fn safe_html(markdown: &str) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let mut raw = String::with_capacity(markdown.len() * 2);
    html::push_html(&mut raw, Parser::new_ext(markdown, options));
    ammonia::Builder::default()
        .url_schemes(HashSet::from(["http", "https", "mailto", "tel"]))
        .rm_tags(["style", "img"])
        .link_rel(Some("noopener noreferrer"))
        .clean(&raw)
        .to_string()
}

/// The first sentences of an article as plain text, at most `max` characters.
#[must_use]
pub fn excerpt(markdown: &str, max: usize) -> String {
    use pulldown_cmark::{Event, Tag, TagEnd};
    let mut text = String::new();
    let mut heading = false;
    for event in Parser::new(markdown) {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = true,
            Event::End(TagEnd::Heading(_)) => heading = false,
            Event::Text(part) | Event::Code(part) if !heading => text.push_str(&part),
            Event::SoftBreak | Event::HardBreak | Event::End(TagEnd::Paragraph | TagEnd::Item) => {
                text.push(' ');
            }
            _ => {}
        }
        if text.chars().count() > max {
            break;
        }
    }
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() <= max {
        return text;
    }
    let cut: String = text.chars().take(max).collect();
    let end = cut.rfind(' ').unwrap_or(cut.len());
    format!("{}…", cut[..end].trim_end_matches([',', ';', ':', '.']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn articles_can_do_no_harm() {
        let html = safe_html(
            "# Hi\n\n<script>alert(1)</script><img src=x onerror=alert(1)>\n\n[x](javascript:alert(1)) \
             [ok](https://a.example) <p style=\"x\" onclick=\"y\">z</p>\n\n|a|b|\n|-|-|\n|1|2|\n",
        );
        for bad in ["script", "alert", "onerror", "onclick", "style", "<img", "javascript"] {
            assert!(!html.contains(bad), "{bad} in {html}");
        }
        assert!(html.contains("<table>") && html.contains("href=\"https://a.example\""));
        assert!(html.contains("rel=\"noopener noreferrer\""));
    }

    #[test]
    fn excerpts_are_plain_and_end_at_a_word() {
        assert_eq!(
            excerpt("# Title\n\nPay **with** the [card](x).\n\n- one\n- two", 200),
            "Pay with the card. one two"
        );
        assert_eq!(excerpt("word ".repeat(50).as_str(), 12), "word word…");
        assert_eq!(excerpt("", 10), "");
    }
}
