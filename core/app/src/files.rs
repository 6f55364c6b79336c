//! Files of conversations: who may read a conversation may have its files.

use futures::{StreamExt, stream};
use kerros_domain::about::Original;
use kerros_domain::id::{ChannelId, ConversationId, FileId, MessageId, TenantId};
use kerros_domain::message::{Message, Visibility};

use crate::caller::Caller;
use crate::ctx::Ctx;
use crate::error::Error;
use crate::intake::attached;
use crate::ports::channel::Raw;
use crate::ports::files::{FileError, FileMeta, FileStream, NewFile};
use crate::ports::store::Scope;
use crate::{details, fingerprint, show};

/// Bytes an uploaded file may have.
pub const MOST_BYTES: u64 = 25 << 20;

impl From<FileError> for Error {
    fn from(error: FileError) -> Self {
        match error {
            FileError::NotFound => Self::NotFound,
            FileError::TooLarge { .. } | FileError::Broken(_) => Self::Invalid(error.to_string()),
            FileError::Unavailable(reason) => {
                tracing::warn!(reason, "files are not available");
                Self::Unavailable
            }
        }
    }
}

/// A file of a conversation that the caller may read.
///
/// # Errors
/// `NotFound` outside the caller's sight, and for a file of another conversation.
pub async fn open(
    ctx: &Ctx,
    caller: &Caller,
    conversation: ConversationId,
    id: FileId,
) -> Result<(FileMeta, FileStream), Error> {
    let conversation = show::conversation(ctx, caller, conversation).await?;
    let scope = Scope::One(conversation.tenant.clone());
    if owner(ctx, &scope, id).await?.conversation != conversation.id {
        return Err(Error::NotFound);
    }
    Ok(ctx.files.open(&conversation.tenant, &id.to_string()).await?)
}

/// The mail that a message came as, whole, for whoever may read the conversation.
///
/// # Errors
/// `NotFound` outside the caller's sight, for a message of another conversation, or one that came as no mail.
pub async fn open_original(
    ctx: &Ctx,
    caller: &Caller,
    conversation: ConversationId,
    message: MessageId,
) -> Result<(FileMeta, FileStream), Error> {
    let (_, details) = details::message(ctx, caller, conversation, message).await?;
    let tenant = &show::conversation(ctx, caller, conversation).await?.tenant;
    match details.original.ok_or(Error::NotFound)? {
        Original::File { id, .. } => Ok(ctx.files.open(tenant, &id.to_string()).await?),
        Original::Raw { channel, key, .. } => {
            let raw = ctx.store.raw(tenant, &channel, &key).await?.ok_or(Error::NotFound)?;
            let raw: Raw = serde_json::from_str(&raw).map_err(|fault| {
                tracing::error!(%tenant, %channel, %fault, "a kept mail cannot be read");
                Error::Internal
            })?;
            let meta = FileMeta {
                id: message.to_string(),
                name: "mail.eml".to_owned(),
                media_type: "message/rfc822".to_owned(),
                bytes: raw.body.len() as u64,
                sha256: fingerprint::of_bytes(&raw.body),
            };
            Ok((meta, stream::iter([Ok(raw.body.into())]).boxed()))
        }
    }
}

/// A file that a customer may see: of a public message in their own conversation.
///
/// # Errors
/// `NotFound` for any other.
pub async fn open_for_customer(
    ctx: &Ctx,
    tenant: &TenantId,
    channel: &ChannelId,
    thread: &str,
    id: FileId,
) -> Result<(FileMeta, FileStream), Error> {
    let scope = Scope::One(tenant.clone());
    let message = owner(ctx, &scope, id).await?;
    let conversation = ctx.store.conversation(&scope, message.conversation).await?;
    let own = conversation.is_some_and(|c| {
        c.channel == *channel && c.thread == thread && message.visibility == Visibility::Public
    });
    if !own {
        return Err(Error::NotFound);
    }
    Ok(ctx.files.open(tenant, &id.to_string()).await?)
}

/// Keeps a file that a person will answer with. It goes away again if no answer takes it within days.
///
/// # Errors
/// `NotFound` outside the caller's tenants, `Invalid` if it is too large or breaks off.
pub async fn upload(
    ctx: &Ctx,
    caller: &Caller,
    tenant: &TenantId,
    name: &str,
    media_type: Option<&str>,
    bytes: FileStream,
) -> Result<FileMeta, Error> {
    if caller.membership(tenant).is_none() {
        return Err(Error::NotFound);
    }
    let name = attached::file_name(name);
    let media_type = attached::media_type(media_type, &name);
    let file = NewFile { name, media_type, most_bytes: MOST_BYTES };
    Ok(ctx.files.put(tenant, file, bytes).await?)
}

async fn owner(ctx: &Ctx, scope: &Scope, id: FileId) -> Result<Message, Error> {
    let message = ctx.store.file_message(scope, id).await?.ok_or(Error::NotFound)?;
    ctx.store.message(scope, message).await?.ok_or(Error::NotFound)
}
