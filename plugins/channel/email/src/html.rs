//! HTML of a mail read as lines, by a scanner that goes over it once and bears anything.
//!
//! It does not sanitise: the host does that with a real parser. It finds where lines of text begin in the source, how
//! deep they are quoted and what the programs' own marks say, so that [`crate::quote`] can decide and the source be cut.

mod attribute;
mod entity;
mod mark;
mod scan;

pub use scan::lines;

use std::ops::Range;

use crate::quote::Line;

/// The longest HTML that is read, bytes.
pub const LONGEST: usize = 256 * 1024;

/// The source of these ranges of lines.
pub fn cut(html: &str, lines: &[Line], keep: &[Range<usize>]) -> String {
    let mut cut = String::new();
    for range in keep {
        let begin = if range.start == 0 { 0 } else { lines[range.start].at };
        let end = lines.get(range.end).map_or(html.len(), |line| line.at);
        cut.push_str(html.get(begin..end).unwrap_or_default());
    }
    cut
}

/// The lines as plain text, quoted ones behind `>`.
pub fn text(lines: &[Line]) -> String {
    let mut text = String::new();
    let mut blank = 0;
    for line in lines {
        let words = line.text.trim_end();
        if words.is_empty() {
            blank += 1;
            continue;
        }
        if !text.is_empty() {
            text.push('\n');
            if blank > 0 {
                text.push('\n');
            }
        }
        blank = 0;
        for _ in 0..line.depth.min(20) {
            text.push_str("> ");
        }
        text.push_str(words);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_reads_as_people_see_it() {
        for (html, wanted) in [
            ("Hei", "Hei"),
            ("<p>Hei<p>P&auml;iv&auml;&nbsp;&amp; &#228;&#xe4; &lt;b&gt;", "Hei\n\nPäivä & ää <b>"),
            ("a<br>b<br/>c<div>d</div>e", "a\nb\nc\nd\ne"),
            ("<style>p{}</style><script>x<y</script><title>t</title>a", "a"),
            ("<!-- <p>no --><!--[if mso]>no<![endif]-->yes", "yes"),
            ("<ul><li>one<li>two</ul>", "- one\n- two"),
            ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
            ("<pre>a\n  b</pre>", "a\n  b"),
            ("a <b>b</b>  \n c", "a b c"),
            ("<blockquote type=\"cite\">q</blockquote>a", "> q\na"),
            ("<div style=\"display:none\">preheader <div>x</div></div>seen", "seen"),
            ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
            ("a<", "a<"),
            ("<a title='>'>x</a>", "x"),
            ("<a title='unclosed>x</a>", "x"),
            ("&unknown; & &#99999999; AT&T", "&unknown; & \u{fffd} AT&T"),
            ("", ""),
        ] {
            assert_eq!(text(&lines(html)), wanted, "{html}");
        }
    }
}
