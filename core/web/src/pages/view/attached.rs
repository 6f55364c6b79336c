//! Files of a message as its bubble shows them.

use kerros_domain::about::{Attachment, Held};
use kerros_domain::message::Message;
use serde::Serialize;

use super::look::Look;
use crate::files::is_picture;
use crate::i18n::{Speech, decimal, whole};

/// A file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct File {
    /// Its name.
    pub name: String,
    /// How big, for people; nothing while it is not known.
    pub size: Option<String>,
    /// An icon of the sprite.
    pub icon: &'static str,
    /// `here`, `fetching`, `gone`.
    pub state: &'static str,
    /// Why it cannot be had.
    pub why: Option<String>,
    /// Where it is.
    pub href: String,
    /// Whether it is a picture to show.
    pub picture: bool,
}

/// A message's files; those that its HTML really shows are left out where the HTML is shown: a channel may have cut
/// a picture off with what stood around it.
#[must_use]
pub fn files(look: &Look, message: &Message, html: Option<&str>) -> Vec<File> {
    let conversation = message.conversation;
    let shown = |file: &Attachment| {
        html.is_some_and(|html| file.inline && html.contains(&format!("/files/{}", file.id)))
    };
    let beside = message.about.files.iter().filter(|file| !shown(file));
    beside
        .map(|file| {
            let (state, why) = match &file.held {
                Held::Here => ("here", None),
                Held::Fetching => ("fetching", None),
                Held::Gone { reason } => ("gone", Some(reason.clone())),
            };
            File {
                name: file.name.clone(),
                size: Some(size(look.say, file.bytes)).filter(|_| file.bytes > 0),
                icon: icon(file),
                state,
                why,
                href: format!("/console/c/{conversation}/files/{}", file.id),
                picture: state == "here" && is_picture(&file.media_type),
            }
        })
        .collect()
}

fn icon(file: &Attachment) -> &'static str {
    match file.media_type.split('/').next().unwrap_or_default() {
        "image" => "picture",
        "audio" => "sound",
        "video" => "film",
        _ => "file",
    }
}

/// Bytes as people say them: `812 B`, `34 kB`, `3,4 MB`.
#[must_use]
pub fn size(say: &Speech, bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
    let number = bytes as f64;
    let lang = say.lang;
    match bytes {
        0..1000 => format!("{} B", whole(lang, i64::try_from(bytes).unwrap_or(i64::MAX))),
        1000..1_000_000 => format!("{} kB", decimal(lang, number / 1e3, 0)),
        _ => format!("{} MB", decimal(lang, number / 1e6, 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::size;
    use crate::i18n::{Lang, speech};

    #[test]
    fn sizes_are_short() {
        for (bytes, fi, en) in
            [(812, "812 B", "812 B"), (34_400, "34 kB", "34 kB"), (3_400_000, "3,4 MB", "3.4 MB")]
        {
            assert_eq!(size(speech(Lang::Fi), bytes), fi);
            assert_eq!(size(speech(Lang::En), bytes), en);
        }
    }
}
