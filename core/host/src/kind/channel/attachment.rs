//! Files that come with a message.

use kerros_app::ports::channel::{Attachment, Raw, Source};

use super::wit;
use crate::contract::{at_most, breach, name, opt_name};
use crate::ended::Ended;

/// Most attachments of one message.
const ATTACHMENTS: usize = 50;
/// Most bytes that all of them may carry themselves.
const BYTES: usize = 1 << 20;
/// Longest reference to a remote file, bytes.
const REFERENCE: usize = 4096;

pub(super) fn lift(list: Vec<wit::Attachment>, raw: &Raw) -> Result<Vec<Attachment>, Ended> {
    at_most("attachments", &list, ATTACHMENTS)?;
    let mut bytes = 0;
    list.into_iter()
        .map(|attachment| {
            let source = match attachment.source {
                wit::Source::Lifted(id) => {
                    if !raw.files.iter().any(|file| file.id == id) {
                        return breach("an attachment names a file that did not come with it");
                    }
                    Source::Lifted(id)
                }
                wit::Source::Bytes(own) => {
                    bytes += own.len();
                    if bytes > BYTES {
                        return breach(format!("attachments carry more than {BYTES} bytes"));
                    }
                    Source::Bytes(own)
                }
                // Made of what a provider says: one that cannot be asked for is left out.
                wit::Source::Remote(reference) => match name("it", reference, REFERENCE) {
                    Ok(reference) => Source::Remote(reference),
                    Err(_) => return Ok(None),
                },
                wit::Source::Other(_) => {
                    return breach("an attachment's source that this host does not know");
                }
            };
            Ok(Some(Attachment {
                name: plain_name(&attachment.name),
                // Also the sender's words: what is none is left out, and the host looks at the bytes.
                media_type: opt_name("a media type", attachment.media_type, 128).ok().flatten(),
                source,
                inline: attachment.inline,
                content_id: opt_name("a content id", attachment.content_id, 998).ok().flatten(),
            }))
        })
        .filter_map(Result::transpose)
        .collect()
}

/// What a sender called a file is never the plugin's fault: it becomes one line without folders.
fn plain_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let mut plain: String = last.chars().filter(|c| !c.is_control()).collect();
    plain.truncate(plain.floor_char_boundary(255));
    if plain.trim_matches(['.', ' ']).is_empty() { "file".to_owned() } else { plain }
}

#[cfg(test)]
mod tests {
    use kerros_app::ports::channel::{File, Raw};

    use super::{lift, plain_name, wit};

    fn attachment(source: wit::Source) -> wit::Attachment {
        wit::Attachment {
            name: "a.pdf".to_owned(),
            media_type: None,
            source,
            inline: false,
            content_id: None,
            extra: Vec::new(),
        }
    }

    #[test]
    fn only_what_came_with_it_and_only_so_many_bytes() {
        let file = File { id: "f".to_owned(), ..File::default() };
        let raw = Raw { files: vec![file], ..Raw::default() };
        let lifted = |id: &str| attachment(wit::Source::Lifted(id.to_owned()));
        let bytes = |len| attachment(wit::Source::Bytes(vec![0; len]));
        for (list, sane) in [
            (vec![lifted("f")], true),
            (vec![lifted("another's")], false),
            (vec![bytes(1 << 19), bytes(1 << 19)], true),
            (vec![bytes(1 << 19), bytes(1 << 19), bytes(1)], false),
            (vec![attachment(wit::Source::Remote("id:7".to_owned()))], true),
            (vec![attachment(wit::Source::Remote(String::new()))], true),
            (vec![attachment(wit::Source::Other("torrent".to_owned()))], false),
            (vec![bytes(0); 51], false),
        ] {
            assert_eq!(lift(list.clone(), &raw).is_ok(), sane, "{list:?}");
        }
    }

    #[test]
    fn a_file_that_cannot_be_asked_for_is_left_out() {
        let remote = |id: &str| attachment(wit::Source::Remote(id.to_owned()));
        let list = vec![remote(""), remote("a\nb"), remote(&"x".repeat(5000)), remote("7")];
        let lifted = lift(list, &Raw::default());
        assert_eq!(lifted.map(|list| list.len()).ok(), Some(1));
    }

    #[test]
    fn names_are_one_line_without_folders() {
        for (name, plain) in [
            ("lasku.pdf", "lasku.pdf"),
            ("../../etc/passwd", "passwd"),
            ("C:\\temp\\a.doc", "a.doc"),
            ("a\r\nb", "ab"),
            ("..", "file"),
            ("", "file"),
        ] {
            assert_eq!(plain_name(name), plain);
        }
    }
}
