//! What a request carries, ready to go: placeholders filled, files opened, forms put together.

use bytes::Bytes;
use futures::{StreamExt, stream};
use kerros_app::ports::files::{FileError, FileMeta, FileStream, Files};
use kerros_app::ports::outbound::{Body, FormPart, FormValue};
use kerros_domain::id::TenantId;

use crate::client::{Failed, broken, refused};
use crate::placeholder::{self, Secrets};

/// A body that can be sent.
pub(crate) enum Ready {
    /// Nothing.
    None,
    /// Bytes at hand: a MAC can be made of them.
    Whole(Bytes),
    /// Bytes on their way through. Never held whole.
    Streamed {
        /// How many.
        bytes: u64,
        /// The content type.
        media_type: String,
        /// They.
        stream: FileStream,
    },
}

impl Ready {
    /// What a MAC is made of, if it is at hand.
    pub(crate) fn signed(&self) -> Option<&[u8]> {
        match self {
            Self::None => Some(&[]),
            Self::Whole(bytes) => Some(bytes),
            Self::Streamed { .. } => None,
        }
    }
}

/// How much a body may have.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Most {
    /// Bytes that a plugin made.
    pub(crate) own: usize,
    /// Bytes of files.
    pub(crate) files: u64,
}

/// Makes a body ready.
pub(crate) async fn prepare(
    body: &Body,
    tenant: &TenantId,
    files: &dyn Files,
    secrets: &mut (dyn Secrets + Send),
    most: Most,
) -> Result<Ready, Failed> {
    match body {
        Body::None => Ok(Ready::None),
        Body::Text(text) => {
            let text = placeholder::fill(text, secrets)?.into_owned();
            fits(text.len(), most.own)?;
            Ok(Ready::Whole(text.into()))
        }
        Body::Bytes(bytes) => {
            fits(bytes.len(), most.own)?;
            Ok(Ready::Whole(Bytes::copy_from_slice(bytes)))
        }
        Body::File(id) => {
            let (meta, stream) = open(files, tenant, id).await?;
            fits_files(meta.bytes, most)?;
            Ok(Ready::Streamed { bytes: meta.bytes, media_type: meta.media_type, stream })
        }
        Body::Form(parts) => form(parts, tenant, files, secrets, most).await,
    }
}

fn fits(bytes: usize, most: usize) -> Result<(), Failed> {
    if bytes > most { Err(refused("the body is too large")) } else { Ok(()) }
}

fn fits_files(bytes: u64, most: Most) -> Result<(), Failed> {
    if bytes > most.files { Err(refused("the file is too large to be sent")) } else { Ok(()) }
}

async fn open(
    files: &dyn Files,
    tenant: &TenantId,
    id: &str,
) -> Result<(FileMeta, FileStream), Failed> {
    files.open(tenant, id).await.map_err(|error| match error {
        FileError::Unavailable(_) | FileError::Broken(_) => broken("the file cannot be read now"),
        FileError::NotFound | FileError::TooLarge { .. } => refused("there is no such file"),
    })
}

/// `multipart/form-data` (RFC 7578).
async fn form(
    parts: &[FormPart],
    tenant: &TenantId,
    files: &dyn Files,
    secrets: &mut (dyn Secrets + Send),
    most: Most,
) -> Result<Ready, Failed> {
    // 128 random bits: nobody can write a text or file that holds it.
    let boundary = format!("kerros-{:032x}", rand::random::<u128>());
    let mut pieces: Vec<FileStream> = Vec::new();
    let (mut own, mut all) = (0, 0_u64);
    let mut push = |pieces: &mut Vec<FileStream>, bytes: Vec<u8>| {
        own += bytes.len();
        all += bytes.len() as u64;
        pieces.push(stream::iter([Ok(Bytes::from(bytes))]).boxed());
        fits(own, most.own)
    };
    let mut of_files = 0_u64;
    for part in parts {
        match &part.value {
            FormValue::Text(text) => {
                let text = placeholder::fill(text, secrets)?;
                let mut bytes = head(&boundary, part, None);
                bytes.extend_from_slice(text.as_bytes());
                bytes.extend_from_slice(b"\r\n");
                push(&mut pieces, bytes)?;
            }
            FormValue::File(id) => {
                let (meta, stream) = open(files, tenant, id).await?;
                of_files = of_files.saturating_add(meta.bytes);
                fits_files(of_files, most)?;
                push(&mut pieces, head(&boundary, part, Some(&meta)))?;
                pieces.push(stream);
                push(&mut pieces, b"\r\n".to_vec())?;
            }
        }
    }
    push(&mut pieces, format!("--{boundary}--\r\n").into_bytes())?;
    Ok(Ready::Streamed {
        bytes: all + of_files,
        media_type: format!("multipart/form-data; boundary={boundary}"),
        stream: stream::iter(pieces).flatten().boxed(),
    })
}

fn head(boundary: &str, part: &FormPart, file: Option<&FileMeta>) -> Vec<u8> {
    let mut head =
        format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"", quoted(&part.name));
    let file_name = part.file_name.as_deref().or(file.map(|meta| meta.name.as_str()));
    if let Some(name) = file_name {
        head.push_str(&format!("; filename=\"{}\"", quoted(name)));
    }
    let media_type = part.media_type.as_deref().or(file.map(|meta| meta.media_type.as_str()));
    if let Some(media_type) = media_type {
        let line: String = media_type.chars().filter(|c| !c.is_control()).collect();
        head.push_str(&format!("\r\nContent-Type: {line}"));
    }
    head.push_str("\r\n\r\n");
    head.into_bytes()
}

/// As browsers write a name in a form's head: what would end it is written in percent.
fn quoted(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}
