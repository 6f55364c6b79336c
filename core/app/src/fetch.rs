//! Gets a file that is still with its provider: the channel says how, the guarded client streams it into
//! the tenant's files, the message shows it. What cannot be had is said on the message.

use kerros_domain::about::{Attachment, Held};
use kerros_domain::command::Command;
use kerros_domain::id::{ChannelId, ConversationId, FileId, MessageId};
use serde::{Deserialize, Serialize};

use crate::change::{self, TRIES};
use crate::clean;
use crate::ctx::Ctx;
use crate::draft::Draft;
use crate::ports::channel::FetchStep;
use crate::ports::files::{FileMeta, NewFile};
use crate::ports::outbound::Response;
use crate::ports::plugin::{Call, PluginError};
use crate::ports::store::{AboutUpdate, Changes, FileTake, Job, JobKind, Scope, StoreError};
use crate::work::{self, Failure};

/// Questions to the provider before the download.
const ASKED: usize = 3;
/// A provider that does not answer is asked for this long. Milliseconds.
const PATIENCE_MS: i64 = 6 * 3_600_000;
/// No file may be bigger. Bytes.
pub const MOST_BYTES: u64 = 100 << 20;

/// What a fetch's job carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Payload {
    pub conversation: ConversationId,
    pub message: MessageId,
    pub channel: ChannelId,
    /// The id the message knows the file by until it is here.
    pub file: FileId,
    /// The channel's own words for it.
    pub reference: String,
}

/// The job that gets a message's file.
pub(crate) fn job(ctx: &Ctx, draft: &Draft, payload: &Payload) -> Job {
    Job {
        id: ctx.job_id(draft.now),
        tenant: draft.conversation.tenant.clone(),
        kind: JobKind::Fetch,
        // Files of one message change the same row.
        order_key: format!("fetch/{}", payload.message),
        payload: work::to_payload(payload),
        run_at: draft.now,
        attempt: 1,
        trace: draft.trace.clone(),
        lease: None,
        last_error: None,
    }
}

/// Runs a fetch's job.
///
/// # Errors
/// [`Failure`]; then nothing is written and the job is tried again.
pub async fn run(ctx: &Ctx, job: &Job) -> Result<(), Failure> {
    let payload: Payload =
        serde_json::from_str(&job.payload).map_err(|fault| Failure::Failed(fault.to_string()))?;
    let scope = Scope::One(job.tenant.clone());
    let Some(message) = ctx.store.message(&scope, payload.message).await? else {
        return work::end(ctx, job).await;
    };
    let wanted = message.about.files.iter().find(|file| file.id == payload.file);
    let Some(wanted) = wanted.filter(|file| file.held == Held::Fetching) else {
        return work::end(ctx, job).await;
    };
    let got = match get(ctx, job, &payload, wanted).await {
        Err(Miss::Later(reason)) => {
            if ctx.now().since(work::job_began(job)) < PATIENCE_MS {
                return Err(Failure::Later(reason));
            }
            Err(reason)
        }
        Err(Miss::Never(reason)) => Err(reason),
        Ok(meta) => Ok(meta),
    };
    keep(ctx, job, &scope, &payload, got).await
}

/// Why there is no file.
enum Miss {
    Later(String),
    Never(String),
}

impl Miss {
    /// What an answer that is no file means.
    fn of(response: &Response) -> Self {
        match response {
            Response::Http { status: 408 | 425 | 429 | 500..=599, .. } => {
                Self::Later("the provider does not give the file now".to_owned())
            }
            Response::Http { status, .. } => Self::Never(format!("the provider answered {status}")),
            Response::Failed { temporary: true, reason, .. } => Self::Later(reason.clone()),
            Response::Failed { reason, .. } => Self::Never(reason.clone()),
            Response::Mail { .. } => Self::Never("a mail server has no files".to_owned()),
        }
    }
}

async fn get(
    ctx: &Ctx,
    job: &Job,
    payload: &Payload,
    wanted: &Attachment,
) -> Result<FileMeta, Miss> {
    let tenant = ctx.tenants.get(&job.tenant);
    let plugin = tenant.as_ref().and_then(|tenant| tenant.channels.get(&payload.channel));
    let plugin = plugin.ok_or_else(|| Miss::Later("the channel is not configured".to_owned()))?;
    let call = Call { tenant: &job.tenant, plugin, trace: &job.trace };
    let mut so_far = Vec::new();
    loop {
        match ctx.channels.fetch(call, &payload.reference, &so_far).await {
            Ok(FetchStep::Ask { .. }) if so_far.len() >= ASKED => {
                return Err(Miss::Never(format!("the channel asked more than {ASKED} times")));
            }
            Ok(FetchStep::Ask { request }) => {
                let answer = ctx.outbound.perform(&job.tenant, &plugin.grants, &request).await;
                if let Response::Failed { .. } = &answer {
                    return Err(Miss::of(&answer));
                }
                so_far.push(answer);
            }
            Ok(FetchStep::Download { request }) => {
                let file = NewFile {
                    name: wanted.name.clone(),
                    media_type: wanted.media_type.clone(),
                    most_bytes: MOST_BYTES,
                };
                let got = ctx.outbound.download(&job.tenant, &plugin.grants, &request, file).await;
                return got.map_err(|answer| Miss::of(&answer));
            }
            Ok(FetchStep::Gone { reason }) => return Err(Miss::Never(reason)),
            Err(PluginError::Invalid { message } | PluginError::Permanent { message }) => {
                return Err(Miss::Never(message));
            }
            Err(error) => return Err(Miss::Later(error.to_string())),
        }
    }
}

/// Writes what came of it on the message.
async fn keep(
    ctx: &Ctx,
    job: &Job,
    scope: &Scope,
    payload: &Payload,
    got: Result<FileMeta, String>,
) -> Result<(), Failure> {
    let got = match got {
        Ok(meta) => match meta.id.parse::<FileId>() {
            Ok(id) => Ok((id, meta)),
            Err(fault) => return Err(Failure::Failed(fault.to_string())),
        },
        Err(reason) => Err(clean::line(&reason, 300)),
    };
    for _ in 0..TRIES {
        let (message, conversation) = futures::try_join!(
            ctx.store.message(scope, payload.message),
            ctx.store.conversation(scope, payload.conversation),
        )?;
        let tenant = ctx.tenants.get(&job.tenant);
        let (Some(message), Some(conversation), Some(tenant)) = (message, conversation, tenant)
        else {
            return work::end(ctx, job).await;
        };
        let mut draft = Draft::of(tenant, conversation, ctx.now(), &job.trace);
        let mut about = message.about;
        let files = about.files.iter_mut();
        for file in files.filter(|file| file.id == payload.file && file.held == Held::Fetching) {
            match &got {
                Ok((id, meta)) => {
                    file.id = *id;
                    file.bytes = meta.bytes;
                    file.media_type.clone_from(&meta.media_type);
                    file.held = Held::Here;
                    draft.beside.files.push(FileTake {
                        tenant: job.tenant.clone(),
                        file: *id,
                        message: payload.message,
                    });
                }
                Err(reason) => file.held = Held::Gone { reason: reason.clone() },
            }
        }
        let command = Command::SetFile {
            message: payload.message,
            file: payload.file,
            reason: got.as_ref().err().cloned(),
        };
        if let Err(error) = draft.follow(command) {
            tracing::error!(trace = job.trace, %error, "a file's state was refused");
        }
        draft.beside.abouts.push(AboutUpdate {
            tenant: job.tenant.clone(),
            id: payload.message,
            about,
        });
        let changes = Changes { job_ends: vec![work::done(ctx, job)], ..Changes::default() };
        match change::finish(ctx, scope, &mut draft, changes).await {
            Err(StoreError::Conflict) => {}
            done => return Ok(done?),
        }
    }
    Err(Failure::Conflict)
}
