//! Files of a mail: their names, and where their bytes are.

use kerros_plugin::channel::{Attachment, Raw, Source};
use kerros_plugin::text::one_line;

use crate::mime::{Head, Leaf};
use crate::tnef;

/// The most bytes that go along with a message (the contract's).
const MOST_BYTES: usize = 1 << 20;
/// The most files (the contract's).
const MOST: usize = 50;

/// The files of a mail as they are collected.
#[derive(Default)]
pub struct Files {
    pub kept: Vec<Attachment>,
    /// Names and sizes of those that did not fit; the original has them.
    pub left: Vec<String>,
    bytes: usize,
}

impl Files {
    /// Takes a part along.
    pub fn add(&mut self, leaf: &Leaf<'_>, raw: &Raw, html: &str) {
        let content = &leaf.content;
        let id = content.id.clone().filter(|id| one_line(id, 200).as_deref() == Some(id));
        let inline = id.as_deref().is_some_and(|id| names(html, id));
        // Anybody can write the field; what was lifted out of this very mail is known by the list beside it.
        let lifted = leaf.head.text("x-kerros-file");
        let lifted = lifted.and_then(|id| raw.files.iter().find(|file| file.id == id));
        if let Some(file) = lifted {
            let name = content
                .file_name()
                .filter(|name| !name.is_empty())
                .unwrap_or_else(|| file.name.clone());
            let name = name_of(&name, &content.media_type, self.count());
            self.push(Attachment {
                name,
                media_type: media_type(&content.media_type),
                source: Source::Lifted(file.id.clone()),
                inline,
                content_id: id,
            });
            return;
        }
        let name = content.file_name().unwrap_or_else(|| enclosed(leaf).unwrap_or_default());
        let name = name_of(&name, &content.media_type, self.count());
        if self.bytes + leaf.size() > MOST_BYTES + 4096 {
            self.leave(&name, leaf.size());
            return;
        }
        let bytes = leaf.bytes().into_owned();
        self.bytes(name, media_type(&content.media_type), bytes, inline, id);
    }

    /// Takes a file from a `winmail.dat` along.
    pub fn add_inside(&mut self, file: tnef::File, html: &str) {
        let media_type = file.media_type.and_then(|kind| media_type(&kind));
        let name = name_of(&file.name, media_type.as_deref().unwrap_or_default(), self.count());
        let id = file.content_id.filter(|id| one_line(id, 200).as_deref() == Some(id));
        let inline = id.as_deref().is_some_and(|id| names(html, id));
        self.bytes(name, media_type, file.bytes, inline, id);
    }

    fn bytes(
        &mut self,
        name: String,
        media_type: Option<String>,
        bytes: Vec<u8>,
        inline: bool,
        content_id: Option<String>,
    ) {
        if bytes.is_empty() && content_id.is_none() && name.is_empty() {
            return;
        }
        if self.bytes + bytes.len() > MOST_BYTES {
            self.leave(&name, bytes.len());
            return;
        }
        self.bytes += bytes.len();
        self.push(Attachment {
            name,
            media_type,
            source: Source::Bytes(bytes),
            inline,
            content_id,
        });
    }

    fn push(&mut self, attachment: Attachment) {
        if self.kept.len() < MOST {
            self.kept.push(attachment);
        } else {
            self.leave(&attachment.name, 0);
        }
    }

    fn leave(&mut self, name: &str, size: usize) {
        if self.left.len() < MOST {
            self.left.push(match size {
                0 => name.to_owned(),
                size => format!("{name} ({} KiB)", size.div_ceil(1024)),
            });
        }
    }

    fn count(&self) -> usize {
        self.kept.len() + self.left.len() + 1
    }
}

/// Whether HTML shows a part by its Content-ID.
fn names(html: &str, id: &str) -> bool {
    html.match_indices("cid:").any(|(at, _)| {
        html[at + 4..].strip_prefix(id).is_some_and(|after| {
            !after.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '@' | '.' | '-' | '_'))
        })
    })
}

/// A mail inside the mail is named by its subject.
fn enclosed(leaf: &Leaf<'_>) -> Option<String> {
    if leaf.content.media_type != "message/rfc822" {
        return None;
    }
    let bytes = leaf.bytes();
    let (head, _) = Head::read(&bytes);
    head.text("subject").map(|subject| format!("{}.eml", kerros_plugin::text::cut(&subject, 100)))
}

fn media_type(name: &str) -> Option<String> {
    let plain = name.len() <= 100
        && name.contains('/')
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'.' | b'-' | b'+' | b'_'));
    (plain && name != "application/octet-stream").then(|| name.to_owned())
}

/// A name for the disk of whoever saves it: no path, no control characters, never empty.
fn name_of(name: &str, media_type: &str, place: usize) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = name
        .chars()
        .filter(|c| {
            !c.is_control() && !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        })
        .map(|c| if matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*') { '_' } else { c })
        .collect();
    let name = name.trim().trim_start_matches('.');
    match one_line(name, 200) {
        Some(name) => name,
        None => format!("file-{place}{}", extension(media_type)),
    }
}

fn extension(media_type: &str) -> &'static str {
    match media_type {
        "text/plain" => ".txt",
        "text/html" => ".html",
        "text/calendar" => ".ics",
        "message/rfc822" => ".eml",
        "image/png" => ".png",
        "image/jpeg" => ".jpg",
        "image/gif" => ".gif",
        "application/pdf" => ".pdf",
        "application/zip" => ".zip",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_to_save() {
        for (name, kind, wanted) in [
            ("Lasku.pdf", "application/pdf", "Lasku.pdf"),
            ("../../etc/passwd", "", "passwd"),
            ("C:\\Users\\x\\a.doc", "", "a.doc"),
            ("a\u{202e}fdp.exe", "", "afdp.exe"),
            ("a\r\nb?.txt", "", "ab_.txt"),
            (".htaccess", "", "htaccess"),
            ("", "image/png", "file-3.png"),
            ("...", "x/y", "file-3"),
        ] {
            assert_eq!(name_of(name, kind, 3), wanted, "{name:?}");
        }
        assert!(names("<img src=\"cid:a@b\">", "a@b"));
        assert!(!names("<img src=\"cid:a@bc\">", "a@b"));
    }
}
