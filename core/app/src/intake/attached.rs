//! What comes with a message: its files are put in their place before anything is decided, because a
//! decision may be made several times.

use std::collections::BTreeMap;

use futures::{StreamExt, stream};
use kerros_domain::about::{
    About, Attachment as Kept, Check, Details, Field, Held, Party, PartyRole,
};
use kerros_domain::id::{FileId, TenantId};

use crate::ctx::Ctx;
use crate::ports::channel::{self, Attachment, File, InboundEvent, InboundMessage, Source};
use crate::ports::files::{FileError, NewFile};
use crate::work::Failure;
use crate::{clean, sanitise};

/// Files of one message.
const FILES: usize = 50;
/// Bytes that attachments may carry themselves, together.
const BYTES: usize = 1 << 20;
/// Bytes of HTML, and of the whole text.
const BIG: usize = 256 << 10;

/// What comes with an event, in its place.
#[derive(Debug, Clone, Default)]
pub(super) struct Ready {
    pub about: About,
    pub details: Details,
    /// Files still with the provider, with the channel's words for them.
    pub remote: Vec<(FileId, String)>,
    /// Files of the raw thing that are nobody's attachment: a mail's original.
    pub kept: Vec<FileId>,
}

/// Puts what comes with an event in its place.
///
/// # Errors
/// When files cannot be kept now.
pub(super) async fn ready(
    ctx: &Ctx,
    tenant: &TenantId,
    lifted: &[File],
    event: &InboundEvent,
) -> Result<Ready, Failure> {
    match event {
        InboundEvent::Message(message) => of_message(ctx, tenant, lifted, message).await,
        InboundEvent::CaseNote(note) => {
            let mut ready = Ready::default();
            files(ctx, tenant, lifted, &note.attachments, &mut ready).await?;
            Ok(ready)
        }
        InboundEvent::CallRequest(request) => Ok(Ready {
            details: Details { fields: fields(&request.fields), ..Details::default() },
            ..Ready::default()
        }),
        _ => Ok(Ready::default()),
    }
}

async fn of_message(
    ctx: &Ctx,
    tenant: &TenantId,
    lifted: &[File],
    message: &InboundMessage,
) -> Result<Ready, Failure> {
    let mut ready = Ready::default();
    files(ctx, tenant, lifted, &message.attachments, &mut ready).await?;
    let line = |text: &Option<String>, chars| {
        text.as_ref().map(|text| clean::line(text, chars)).filter(|text| !text.is_empty())
    };
    ready.about.subject = line(&message.subject, 500);
    ready.about.automatic = line(&message.automatic, 200);
    ready.about.answers = line(&message.answers, 512);
    ready.about.public_url =
        line(&message.public_url, 2000).filter(|url| url.starts_with("https://"));
    if let Some(raw) = &message.html {
        let shown = sanitise::shown_inline(raw);
        let mut inline = BTreeMap::new();
        for file in &mut ready.about.files {
            let Some(id) = &file.content_id else { continue };
            file.inline |= shown.contains(id);
            inline.insert(id.clone(), file.id);
        }
        let html = sanitise::html(cut(raw, BIG), &inline);
        ready.details.html = Some(html).filter(|html| !html.trim().is_empty());
    }
    ready.details.full = message
        .full
        .as_ref()
        .map(|full| clean::text(cut(full, BIG)).into_owned())
        .filter(|full| !full.is_empty() && *full != message.text);
    ready.details.participants = message
        .participants
        .iter()
        .take(100)
        .filter_map(|participant| {
            let role = match participant.role.as_str() {
                "to" => PartyRole::To,
                "cc" => PartyRole::Cc,
                "reply-to" => PartyRole::ReplyTo,
                _ => return None,
            };
            let name = participant.name.as_ref().map(|name| clean::line(name, 120));
            Some(Party { role, address: clean::line(&participant.address, 320), name })
        })
        .collect();
    ready.details.checks = message
        .checks
        .iter()
        .take(20)
        .map(|check| Check {
            name: clean::line(&check.name, 20),
            verdict: clean::line(&check.verdict, 20),
            detail: clean::line(&check.detail, 300),
        })
        .collect();
    ready.details.fields = fields(&message.fields);
    Ok(ready)
}

fn fields(fields: &[channel::Field]) -> Vec<Field> {
    fields
        .iter()
        .take(100)
        .map(|field| Field {
            key: clean::line(&field.key, 100),
            label: clean::line(&field.label, 200),
            value: clean::text(cut(&field.value, 16 << 10)).into_owned(),
        })
        .collect()
}

async fn files(
    ctx: &Ctx,
    tenant: &TenantId,
    lifted: &[File],
    attachments: &[Attachment],
    ready: &mut Ready,
) -> Result<(), Failure> {
    let now = ctx.now();
    let mut carried = 0;
    for attachment in attachments.iter().take(FILES) {
        let name = file_name(&attachment.name);
        let media_type = media_type(attachment.media_type.as_deref(), &name);
        let mut kept = Kept {
            id: FileId(uuid::Uuid::from_bytes(ctx.ids.next(now))),
            name: name.clone(),
            media_type: media_type.clone(),
            bytes: 0,
            inline: attachment.inline,
            content_id: attachment.content_id.as_ref().map(|id| clean::line(id, 250)),
            held: Held::Here,
        };
        match &attachment.source {
            Source::Lifted(handle) => {
                let known = lifted.iter().find(|file| file.id == *handle);
                match known.and_then(|file| Some((file, handle.parse::<FileId>().ok()?))) {
                    Some((file, id)) => {
                        kept.id = id;
                        kept.bytes = file.bytes;
                    }
                    None => kept.held = gone("the file did not come with the message"),
                }
            }
            Source::Bytes(bytes) => {
                carried += bytes.len();
                if carried > BYTES {
                    kept.held = gone("too much came at once");
                } else {
                    put(ctx, tenant, bytes, name, media_type, &mut kept).await?;
                }
            }
            Source::Remote(reference) => {
                kept.held = Held::Fetching;
                ready.remote.push((kept.id, reference.clone()));
            }
        }
        ready.about.files.push(kept);
    }
    let attached: Vec<FileId> = ready.about.files.iter().map(|file| file.id).collect();
    let all = lifted.iter().filter_map(|file| file.id.parse::<FileId>().ok());
    ready.kept = all.filter(|id| !attached.contains(id)).collect();
    Ok(())
}

async fn put(
    ctx: &Ctx,
    tenant: &TenantId,
    bytes: &[u8],
    name: String,
    media_type: String,
    kept: &mut Kept,
) -> Result<(), Failure> {
    let file = NewFile { name, media_type, most_bytes: BYTES as u64 };
    let bytes = bytes::Bytes::copy_from_slice(bytes);
    match ctx.files.put(tenant, file, stream::iter([Ok(bytes)]).boxed()).await {
        Ok(meta) => match meta.id.parse() {
            Ok(id) => {
                kept.id = id;
                kept.bytes = meta.bytes;
                kept.media_type = meta.media_type;
            }
            Err(_) => return Err(Failure::Failed("a file's handle is not an id".to_owned())),
        },
        Err(error @ (FileError::Unavailable(_) | FileError::Broken(_))) => {
            return Err(Failure::Later(error.to_string()));
        }
        Err(error) => kept.held = gone(&error.to_string()),
    }
    Ok(())
}

fn gone(reason: &str) -> Held {
    Held::Gone { reason: reason.to_owned() }
}

/// The beginning of a text, at most so many bytes.
fn cut(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

/// A name for people: on one line, without a path.
pub(crate) fn file_name(raw: &str) -> String {
    let line = clean::line(raw, 300);
    let last = line.rsplit(['/', '\\']).next().unwrap_or_default().trim_matches(['.', ' ']);
    let name: String = last.chars().take(150).collect();
    if name.is_empty() { "file".to_owned() } else { name }
}

/// What the sender says, if it looks like a media type; else what the name's ending says.
pub(crate) fn media_type(said: Option<&str>, name: &str) -> String {
    let said = said.map(str::trim).map(str::to_ascii_lowercase).filter(|said| {
        let part = |text: &str| {
            !text.is_empty()
                && text.bytes().all(|c| c.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&c))
        };
        said.len() < 128
            && said != "application/octet-stream"
            && said.split_once('/').is_some_and(|(kind, sub)| part(kind) && part(sub))
    });
    if let Some(said) = said {
        return said;
    }
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending).to_ascii_lowercase();
    match ending.as_str() {
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "heic" => "image/heic",
        "pdf" => "application/pdf",
        "txt" | "log" => "text/plain",
        "csv" => "text/csv",
        "ics" => "text/calendar",
        "eml" => "message/rfc822",
        "zip" => "application/zip",
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "pptx" => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "mp3" => "audio/mpeg",
        "ogg" | "oga" => "audio/ogg",
        "m4a" => "audio/mp4",
        "mp4" => "video/mp4",
        "mov" => "video/quicktime",
        _ => "application/octet-stream",
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_no_paths_and_types_are_types() {
        for (raw, expected) in [
            ("lasku.pdf", "lasku.pdf"),
            ("../../etc/passwd", "passwd"),
            ("C:\\temp\\a.txt", "a.txt"),
            ("..", "file"),
            ("a\r\nb\0.png", "a b.png"),
            ("", "file"),
        ] {
            assert_eq!(file_name(raw), expected, "{raw:?}");
        }
        for (said, name, expected) in [
            (Some("Image/PNG"), "a.pdf", "image/png"),
            (Some("application/octet-stream"), "a.PDF", "application/pdf"),
            (Some("text/html\r\nx: y"), "a.png", "image/png"),
            (Some("nonsense"), "a", "application/octet-stream"),
            (None, "kutsu.ics", "text/calendar"),
        ] {
            assert_eq!(media_type(said, name), expected, "{said:?} {name}");
        }
    }
}
