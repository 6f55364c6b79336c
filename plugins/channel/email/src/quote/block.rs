//! The head of the answered mail as Outlook and others write it: From, Sent, To, Subject, one below the other.

use super::Line;
use super::words::{self, Role};

/// A head that begins at `first` and ends before `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    pub end: usize,
    /// Its subject line says that the mail was passed on, or nothing.
    pub lines: usize,
}

/// The quoted head that begins with this line. `announced`: a line of dashes or the like stood above it, so that fewer
/// lines suffice.
pub fn beginning_at(lines: &[Line], first: usize, announced: bool) -> Option<Block> {
    let depth = lines[first].depth;
    let mut roles: Vec<Role> = Vec::new();
    let mut end = first;
    let (mut blanks, mut folds) = (0, 0);
    for (place, line) in lines.iter().enumerate().skip(first).take(40) {
        if line.depth != depth {
            break;
        }
        if line.blank() {
            // Markup puts empty lines between; but two of them, or one after the subject, end the head.
            blanks += 1;
            if blanks > 1 || (enough(&roles, announced) && roles.contains(&Role::Subject)) {
                break;
            }
            continue;
        }
        match key(&line.text) {
            Some(role) => {
                if role != Role::More && roles.contains(&role) {
                    break;
                }
                roles.push(role);
                end = place + 1;
                folds = 0;
            }
            // A long list of recipients goes on in the next line.
            None if !roles.is_empty()
                && blanks == 0
                && folds < 3
                && !roles.contains(&Role::Subject) =>
            {
                folds += 1;
            }
            None => break,
        }
        blanks = 0;
    }
    enough(&roles, announced).then_some(Block { end, lines: roles.len() })
}

fn enough(roles: &[Role], announced: bool) -> bool {
    let has = |role| roles.contains(&role);
    let others =
        [Role::Sent, Role::To, Role::Subject].into_iter().filter(|role| has(*role)).count();
    has(Role::From) && (others >= 2 && has(Role::Sent) || announced && others >= 1)
}

/// The role of a line `Key: value`, with or without stars or tabs about the key.
fn key(text: &str) -> Option<Role> {
    let (key, _) = text.split_once([':', '：'])?;
    if key.len() > 60 {
        return None;
    }
    words::role(key.trim_matches(['*', '_', ' ', '\t', '\u{a0}', '|', '"']))
}

/// What a line between dashes, or an announcement before a colon, says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Banner {
    Original,
    Forwarded,
    /// Only dashes: what follows decides.
    Bare,
}

/// Whether a line is such a banner.
pub fn banner(text: &str) -> Option<Banner> {
    let text = text.trim();
    let ruler = ['-', '_', '=', '*', '\u{2013}', '\u{2014}', '\u{2500}', '~'];
    let core = text.trim_matches(|c: char| ruler.contains(&c) || c.is_whitespace());
    if core.is_empty() {
        let count = text.chars().filter(|c| ruler.contains(c)).count();
        return (count >= 5).then_some(Banner::Bare);
    }
    let framed = text.starts_with(ruler) && text.len() > core.len() + 2;
    let colon = core.trim_end_matches([':', ' ']);
    let before = |separator: &str| colon.split(separator).next().unwrap_or_default().trim();
    if words::forwarded(colon) && (framed || core.ends_with(':')) {
        return Some(Banner::Forwarded);
    }
    if framed && words::original(colon) {
        return Some(Banner::Original);
    }
    // ----- Forwarded by Aino on 3.4.2026 -----
    if framed
        && (words::forwarded(before(" from ")) || colon.to_lowercase().starts_with("forwarded by "))
    {
        return Some(Banner::Forwarded);
    }
    None
}
