//! The text of a mail: all of it, and what of it is shown.

use kerros_plugin::channel::Raw;

use crate::attachment::Files;
use crate::body::Piece;
use crate::mime::Leaf;
use crate::quote::{self, Shape};
use crate::{html, tnef};

/// The longest plain text that is read, bytes.
const LONGEST: usize = 256 * 1024;
/// The longest HTML that is handed on (the contract's), bytes.
const LONGEST_HTML: usize = 256 * 1024;

/// The whole text of a mail.
#[derive(Default)]
pub struct Content {
    plain: String,
    html: String,
    /// There was more HTML than is read.
    more_html: bool,
}

/// What is shown of it.
pub struct Shown {
    pub text: String,
    pub html: Option<String>,
    /// The whole text, where it says more.
    pub full: Option<String>,
}

/// Joins the pieces of a text.
pub fn read(pieces: &[Piece<'_, '_>]) -> Content {
    let mut content = Content::default();
    let any_html = pieces.iter().any(|piece| !piece.html.is_empty());
    for piece in pieces {
        let plain = joined(&piece.plain, "\n\n").map(|text| text.replace('\r', ""));
        let html = joined(&piece.html, "\n");
        let plain = plain.filter(|text| !text.trim().is_empty());
        let plain = plain.unwrap_or_else(|| html.as_deref().map(read_html).unwrap_or_default());
        if any_html {
            content.html.push_str(&html.unwrap_or_else(|| as_html(&plain)));
        }
        if !plain.trim().is_empty() {
            if !content.plain.is_empty() {
                content.plain.push_str("\n\n");
            }
            content.plain.push_str(plain.trim_end());
        }
        content.plain.truncate(content.plain.floor_char_boundary(LONGEST));
        content.more_html |= content.html.len() > html::LONGEST;
        content.html.truncate(content.html.floor_char_boundary(html::LONGEST));
    }
    content
}

/// Takes a file along; of a `winmail.dat` what is inside.
pub fn or_inside(leaf: &Leaf<'_>, raw: &Raw, content: &mut Content, files: &mut Files) {
    let name = leaf.content.file_name().unwrap_or_default();
    if tnef::is(&leaf.content.media_type, &name)
        && !leaf.head.has("x-kerros-file")
        && let Some(inside) = tnef::read(&leaf.bytes())
    {
        if content.plain.trim().is_empty() {
            let text = inside.text.or_else(|| inside.html.as_deref().map(read_html));
            content.plain = text.unwrap_or_default().replace('\r', "");
            content.plain.truncate(content.plain.floor_char_boundary(LONGEST));
        }
        for file in inside.files {
            files.add_inside(file, &content.html);
        }
        return;
    }
    files.add(leaf, raw, &content.html);
}

fn joined(leaves: &[&Leaf<'_>], between: &str) -> Option<String> {
    let texts: Vec<_> = leaves.iter().map(|leaf| leaf.text()).collect();
    (!texts.is_empty()).then(|| texts.join(between))
}

fn read_html(source: &str) -> String {
    html::text(&html::lines(source))
}

fn as_html(text: &str) -> String {
    let mut html = String::from("<p>");
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '\n' => html.push_str("<br>"),
            c => html.push(c),
        }
    }
    html.push_str("</p>");
    html
}

impl Content {
    /// Cuts what is quoted. `forward`: the subject says that it was passed on.
    pub fn show(&self, forward: bool, cut_signatures: bool) -> Shown {
        let lines = quote::lines(&self.plain);
        let cut = quote::cut(&lines, forward);
        let keep =
            |cut: &quote::Cut| if cut_signatures { cut.keep.clone() } else { cut.unsigned.clone() };
        let sources = keep(&cut)
            .iter()
            .map(|range| quote::source(&self.plain, &lines, range))
            .collect::<Vec<_>>();
        let mut text = sources.join("\n\n");
        let mut html = None;
        if !self.html.trim().is_empty() {
            let lines = html::lines(&self.html);
            let found = quote::cut(&lines, forward);
            let keep = keep(&found);
            let source = html::cut(&self.html, &lines, &keep);
            // The programs' marks in HTML are surer than words in a language that is not known here.
            if cut.shape == Shape::Whole && found.shape == Shape::Above {
                let kept: Vec<_> =
                    keep.iter().flat_map(|range| lines[range.clone()].iter().cloned()).collect();
                text = html::text(&kept);
            }
            let shows = !keep.is_empty() || source.contains("<img") || source.contains("<IMG");
            // Markup cut in its middle shows other things than were said.
            let to_the_end = keep.last().is_some_and(|range| range.end == lines.len());
            let whole = !(self.more_html && to_the_end) && source.len() <= LONGEST_HTML;
            html = Some(source).filter(|_| shows && whole);
        }
        let text = tidy(&text);
        let whole = tidy(&self.plain);
        let full = (whole != text).then_some(whole);
        Shown { text, html, full }
    }
}

/// No more than one blank line together, none at the ends, no space at the end of a line.
fn tidy(text: &str) -> String {
    let mut tidy = String::with_capacity(text.len());
    let mut blank = 0;
    for line in text.lines() {
        let line = line.trim_end();
        if line.is_empty() {
            blank += 1;
            continue;
        }
        if !tidy.is_empty() {
            tidy.push_str(if blank > 0 { "\n\n" } else { "\n" });
        }
        blank = 0;
        tidy.extend(line.chars().filter(|c| !c.is_control() || *c == '\t'));
    }
    tidy
}
