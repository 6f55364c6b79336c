//! The decision: which lines are shown.

use std::ops::Range;

use super::block::{self, Banner};
use super::{Line, Mark, attribution, signature, words};

/// Where the own words stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Nothing is quoted, or nothing that may be cut.
    Whole,
    /// Own words above what is quoted.
    Above,
    /// Below it.
    Below,
    /// Between quoted lines; those stay.
    Inside,
    /// Somebody else's mail, passed on; it stays.
    Forward,
}

/// What is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// Ranges of lines, in order, none empty.
    pub keep: Vec<Range<usize>>,
    /// The same before the signature was cut.
    pub unsigned: Vec<Range<usize>>,
    pub shape: Shape,
}

/// What a line is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Own,
    Blank,
    Quoted,
}

/// Reads the lines of a mail. `forward` says that its subject calls it passed on.
pub fn cut(lines: &[Line], forward: bool) -> Cut {
    let seen = look(lines, forward);
    let (first, last) = match seen.end {
        End::Forward => return whole(lines, Shape::Forward),
        End::Rest(at) => (at, true),
        End::None => (lines.len(), false),
    };
    let region = 0..first;
    let classes = &seen.classes[..first];
    // Empty where nothing of one's own stands there.
    let own: Vec<usize> = own(lines, classes, region.clone());
    if own.is_empty() {
        return whole(lines, Shape::Whole);
    }
    let text = || own.iter().map(|&at| lines[at].text.as_str()).collect::<Vec<_>>().join("\n");
    if last && words::answers_inside(&text()) {
        return whole(lines, Shape::Inside);
    }
    let blocks = blocks(classes);
    let Some(first_quote) = blocks.first() else {
        let shape = if last { Shape::Above } else { Shape::Whole };
        return shown(lines, region, shape);
    };
    let last_own = own[own.len() - 1];
    let above = own[0] < first_quote.start;
    let below = last_own >= first_quote.end;
    match (above, below) {
        (true, false) => shown(lines, 0..first_quote.start, Shape::Above),
        (false, true) if blocks.iter().filter(|b| b.start < last_own).count() == 1 => {
            // A last quotation below it is somebody's trailing rest.
            let end = blocks.iter().find(|b| b.start > last_own).map_or(first, |b| b.start);
            shown(lines, first_quote.end..end, Shape::Below)
        }
        _ => {
            let end = blocks.iter().find(|b| b.start > last_own).map_or(first, |b| b.start);
            shown(lines, 0..end, Shape::Inside)
        }
    }
}

/// Lines of one's own that are no signature at the very end.
fn own(lines: &[Line], classes: &[Class], region: Range<usize>) -> Vec<usize> {
    let own: Vec<usize> = region.clone().filter(|&at| classes[at] == Class::Own).collect();
    let Some(quote) = classes.iter().rposition(|class| *class == Class::Quoted) else { return own };
    // Below the last quotation: a signature, or a mailing list's footer, is no answer.
    let begin = signature::begins(lines, quote + 1..region.end);
    let tail_is_signature = own.iter().all(|&at| at <= quote || at >= begin);
    if tail_is_signature && own.iter().any(|&at| at < quote) {
        return own.into_iter().filter(|&at| at < quote).collect();
    }
    own
}

/// Runs of quoted lines, blank ones between them included.
fn blocks(classes: &[Class]) -> Vec<Range<usize>> {
    let mut blocks: Vec<Range<usize>> = Vec::new();
    for (at, class) in classes.iter().enumerate() {
        if *class != Class::Quoted {
            continue;
        }
        match blocks.last_mut() {
            Some(block) if classes[block.end..at].iter().all(|c| *c == Class::Blank) => {
                block.end = at + 1;
            }
            _ => blocks.push(at..at + 1),
        }
    }
    blocks
}

fn whole(lines: &[Line], shape: Shape) -> Cut {
    if shape == Shape::Whole {
        return shown(lines, 0..lines.len(), shape);
    }
    let keep = tidy(lines, 0..lines.len());
    Cut { unsigned: keep.clone(), keep, shape }
}

fn shown(lines: &[Line], range: Range<usize>, shape: Shape) -> Cut {
    let unsigned = tidy(lines, range.clone());
    let end = match unsigned.first() {
        Some(range) => signature::begins(lines, range.clone()),
        None => range.end,
    };
    let mut keep = tidy(lines, range.start..end.min(range.end));
    if keep.is_empty() {
        // A mail that is nothing but a signature is shown with it.
        keep = unsigned.clone();
    }
    Cut { keep, unsigned, shape }
}

/// Without blank lines, and rulers at the end.
fn tidy(lines: &[Line], mut range: Range<usize>) -> Vec<Range<usize>> {
    while range.start < range.end && lines[range.start].blank() {
        range.start += 1;
    }
    while range.start < range.end {
        let line = &lines[range.end - 1];
        if line.blank() || block::banner(&line.text) == Some(Banner::Bare) {
            range.end -= 1;
        } else {
            break;
        }
    }
    if range.is_empty() { Vec::new() } else { vec![range] }
}

enum End {
    /// From this line on all is the mail that is answered.
    Rest(usize),
    Forward,
    None,
}

struct Seen {
    classes: Vec<Class>,
    end: End,
}

/// One walk over the lines.
fn look(lines: &[Line], forward: bool) -> Seen {
    let mut classes: Vec<Class> = lines
        .iter()
        .map(|line| match line {
            line if line.depth > 0 => Class::Quoted,
            line if line.blank() => Class::Blank,
            _ => Class::Own,
        })
        .collect();
    let rest = |at| if forward { End::Forward } else { End::Rest(at) };
    for at in 0..lines.len() {
        let line = &lines[at];
        let end = match line.mark {
            Some(Mark::Forward) => Some(End::Forward),
            Some(Mark::Rest) => {
                let follows = following(lines, at, 4).any(|next| passed_on(&lines[next]));
                Some(if follows { End::Forward } else { rest(at) })
            }
            Some(Mark::Quote) => marked(lines, &mut classes, at),
            _ => None,
        };
        if let Some(end) = end {
            return Seen { classes, end };
        }
        if line.depth > 0 || line.blank() {
            continue;
        }
        match block::banner(&line.text) {
            Some(Banner::Forwarded) => return Seen { classes, end: End::Forward },
            Some(Banner::Original) if following(lines, at + 1, 1).next().is_some() => {
                return Seen { classes, end: rest(at) };
            }
            Some(Banner::Bare) => {
                let next = following(lines, at + 1, 1).next();
                if next.is_some_and(|next| {
                    lines[next].depth == 0 && block::beginning_at(lines, next, true).is_some()
                }) {
                    return Seen { classes, end: rest(at) };
                }
            }
            _ => {}
        }
        if block::beginning_at(lines, at, false).is_some() {
            return Seen { classes, end: rest(at) };
        }
        if let Some(first) = attribution::ending_at(lines, at) {
            match following(lines, at + 1, 1).next() {
                Some(next) if lines[next].depth > 0 => {
                    classes[first..=at].fill(Class::Quoted);
                }
                Some(_) if attribution::strong(&lines[first..=at]) => {
                    return Seen { classes, end: rest(first) };
                }
                _ => {}
            }
        }
    }
    Seen { classes, end: End::None }
}

/// Where the markup opens a quotation: its lines up to the first quoted one say who wrote. Without quoted lines near,
/// all that follows is the quotation.
fn marked(lines: &[Line], classes: &mut [Class], at: usize) -> Option<End> {
    if following(lines, at, 4).any(|next| passed_on(&lines[next])) {
        return Some(End::Forward);
    }
    let quoted = following(lines, at, 8).find(|&next| lines[next].depth > 0);
    match quoted {
        Some(quoted) => {
            classes[at..quoted].fill(Class::Quoted);
            None
        }
        None => following(lines, at, 1).next().map(|_| End::Rest(at)),
    }
}

fn passed_on(line: &Line) -> bool {
    line.depth <= 1 && block::banner(&line.text) == Some(Banner::Forwarded)
}

/// The next lines with something in them, at most so many, from this one on.
fn following(lines: &[Line], at: usize, most: usize) -> impl Iterator<Item = usize> {
    (at..lines.len()).filter(|&next| !lines[next].blank()).take(most)
}
