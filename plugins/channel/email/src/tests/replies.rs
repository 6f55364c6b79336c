//! What is shown of replies by many mail programs.

use std::path::{Path, PathBuf};

use crate::html;
use crate::mime::{self, Leaf, Node};
use crate::quote::{self, Line};
use crate::tests::skip::skip;

/// Somebody's reply, and what of it is shown.
struct Case {
    name: String,
    subject: String,
    text: Option<String>,
    html: Option<String>,
    shown: String,
}

fn cases(file: &str) -> Vec<Case> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(file);
    let source = std::fs::read_to_string(path).unwrap();
    let cases = source.split("#### ").skip(1);
    cases
        .map(|case| {
            let (name, rest) = case.split_once('\n').unwrap();
            let mut found = Case {
                name: name.into(),
                subject: String::new(),
                text: None,
                html: None,
                shown: String::new(),
            };
            for section in rest.split("---- ").filter(|section| {
                ["subject\n", "text\n", "html\n", "shown\n"]
                    .iter()
                    .any(|key| section.starts_with(key))
            }) {
                let (key, _) = section.split_once('\n').unwrap();
                // A section ends where the next begins, and dashes are frequent in mails: cut by the marker's line.
                let begin = rest.find(&format!("---- {key}\n")).unwrap() + key.len() + 6;
                let end = ["text", "html", "shown"]
                    .iter()
                    .filter_map(|next| rest[begin..].find(&format!("\n---- {next}\n")))
                    .min()
                    .map_or(rest.len(), |at| begin + at);
                let value = rest[begin..end].trim_end_matches('\n').to_owned();
                match key {
                    "subject" => found.subject = value,
                    "text" => found.text = Some(value),
                    "html" => found.html = Some(value),
                    _ => found.shown = value,
                }
            }
            found
        })
        .collect()
}

fn shown(lines: &[Line], source: Option<&str>, keep: &[std::ops::Range<usize>]) -> String {
    match source {
        Some(source) => keep
            .iter()
            .map(|range| quote::source(source, lines, range))
            .collect::<Vec<_>>()
            .join("\n")
            .trim_end()
            .to_owned(),
        None => {
            let kept: Vec<Line> =
                keep.iter().flat_map(|range| lines[range.clone()].to_vec()).collect();
            html::text(&kept)
        }
    }
}

#[test]
fn every_client_s_reply_is_shown_without_what_it_quotes() {
    let mut faults = Vec::new();
    let mut counts = Vec::new();
    for file in ["replies-fi.txt", "replies-sv.txt", "replies-other.txt", "replies-html.txt"] {
        let cases = cases(file);
        counts.push(cases.len());
        for case in cases {
            let forward = crate::subject::read(&case.subject, "").forward;
            let found = match (&case.text, &case.html) {
                (Some(text), _) => {
                    let lines = quote::lines(text);
                    shown(&lines, Some(text), &quote::cut(&lines, forward).keep)
                }
                (None, Some(source)) => {
                    let lines = html::lines(source);
                    let cut = quote::cut(&lines, forward);
                    // The HTML that is kept reads as the lines that are kept.
                    let kept = html::cut(source, &lines, &cut.keep);
                    let again = html::text(&html::lines(&kept));
                    let shown = shown(&lines, None, &cut.keep);
                    if again.replace("> ", "") != shown.replace("> ", "") {
                        faults.push(format!("{file}: {}: cut HTML reads {again:?}", case.name));
                    }
                    shown
                }
                _ => panic!("{file}: {}", case.name),
            };
            if found != case.shown {
                faults.push(format!(
                    "{file}: {}\n  wanted {:?}\n  found  {found:?}",
                    case.name, case.shown
                ));
            }
        }
    }
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
    assert!(counts[0] + counts[1] >= 60, "{counts:?}");
}

/// The public corpus, where it lies beside the project.
pub fn corpus(folder: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(3)?;
    let path = root.join("../shared/data/mail").join(folder);
    if !path.is_dir() {
        skip(&format!("no {}", path.display()));
        return None;
    }
    Some(path)
}

fn leaves<'t, 'a>(node: &'t Node<'a>) -> Vec<&'t Leaf<'a>> {
    match node {
        Node::Leaf(leaf) => vec![leaf],
        Node::Multi { nodes, .. } => nodes.iter().flat_map(leaves).collect(),
    }
}

#[test]
fn the_standard_replies_come_out_right() {
    let Some(folder) = corpus("talon_standard_replies") else { return };
    let mut seen = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "eml") {
            continue;
        }
        let wanted =
            std::fs::read_to_string(path.with_extension("").with_file_name(format!(
                "{}_reply_text",
                path.file_stem().unwrap().to_string_lossy()
            )));
        let wanted = wanted.unwrap_or_else(|_| "Hello".into());
        let mail = std::fs::read(&path).unwrap();
        let (_, node) = mime::read(&mail);
        for leaf in leaves(&node) {
            let text = leaf.text();
            if leaf.content.media_type == "text/plain" {
                let lines = quote::lines(&text);
                let cut = quote::cut(&lines, false);
                // The corpus keeps signatures; we show none.
                let unsigned = shown(&lines, Some(&text), &cut.unsigned);
                assert_eq!(unsigned.trim(), wanted.trim(), "{}", path.display());
                assert_eq!(
                    shown(&lines, Some(&text), &cut.keep).trim(),
                    "Hello",
                    "{}",
                    path.display()
                );
                seen += 1;
            } else {
                let lines = html::lines(&text);
                let shown = shown(&lines, None, &quote::cut(&lines, false).keep);
                // Its Outlook mail says something else in HTML.
                let wanted =
                    if path.ends_with("outlook.eml") { "Allo! Follow up MIME!" } else { "Hello" };
                assert_eq!(shown.trim(), wanted, "{} in HTML", path.display());
            }
        }
    }
    assert!(seen >= 12, "{seen}");
}
