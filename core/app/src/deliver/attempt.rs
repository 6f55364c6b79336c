//! One attempt: asks the channel, performs what it asks for, and asks again.
//!
//! A request that may not be made twice and whose answer was lost ends the delivery: the message may have arrived, so
//! people are asked and not the channel, whose answer to "nobody answered" is to try again.

use super::left_out::left_out;
use super::{Payload, remember};
use crate::ctx::Ctx;
use crate::ports::channel::{Outcome, Outgoing, Step};
use crate::ports::outbound::{Request, Response};
use crate::ports::plugin::{Call, PluginError};
use crate::ports::store::Job;
use crate::work::Failure;

/// Requests of one delivery.
const REQUESTS: usize = 20;
/// Requests of one step.
const REQUESTS_OF_A_STEP: usize = 10;

/// How an attempt ended.
pub(super) enum Ended {
    /// As the channel says.
    Known(Outcome),
    /// Requests were performed, and the channel cannot say what came of them.
    Unknown { reason: String },
}

/// Asks, performs and asks again, until the channel settles it. Steps that are done stay in the payload;
/// a step that failed does not, so it is done again when the delivery is tried again.
///
/// # Errors
/// When the mark that requests are under way cannot be written: then none was made.
pub(super) async fn attempt(
    ctx: &Ctx,
    job: &Job,
    call: Call<'_>,
    outgoing: &Outgoing,
    payload: &mut Payload,
) -> Result<Ended, Failure> {
    let mut so_far = payload.so_far.clone();
    let mut performed = false;
    // Of the step that failed, something had been done already that may not be done twice.
    let mut half_done = false;
    let once = !call.plugin.sending.idempotent;
    loop {
        let step = ctx.channels.send(call, outgoing, &so_far).await;
        let requests = match step {
            Ok(Step::Settled(Outcome::RetryAfter { reason, .. })) if half_done => {
                return Ok(Ended::Unknown { reason: format!("only a part went out: {reason}") });
            }
            Ok(Step::Settled(outcome)) => {
                payload.left_out = left_out(&so_far);
                return Ok(Ended::Known(outcome));
            }
            Ok(Step::Perform { requests }) => requests,
            Err(error) => {
                // Performed, but not understood. The answers are kept, and only the question is asked
                // again: a request is never made twice for a plugin's fault.
                if performed && so_far.len() > payload.so_far.len() {
                    payload.so_far = so_far;
                }
                return Ok(misunderstood(job, error, performed || !payload.so_far.is_empty()));
            }
        };
        let fault = match requests.len() {
            0 => Some("the channel neither settles nor asks for anything".to_owned()),
            n if n > REQUESTS_OF_A_STEP || so_far.len() + n > REQUESTS => {
                Some(format!("more than {REQUESTS} requests"))
            }
            _ => None,
        };
        if let Some(reason) = fault {
            return Ok(if performed {
                Ended::Unknown { reason }
            } else {
                Ended::Known(Outcome::rejected(reason))
            });
        }
        let done_before = so_far.len() > payload.so_far.len();
        if done_before {
            payload.so_far.clone_from(&so_far);
        }
        // What was done before is known by now, so the mark is about these requests only.
        let under_way = once && requests.iter().any(|request| !repeatable(request));
        if under_way != payload.under_way || done_before {
            payload.under_way = under_way;
            remember(ctx, job, payload).await?;
        }
        let mut done = false;
        for request in &requests {
            let response = ctx.outbound.perform(call.tenant, &call.plugin.grants, request).await;
            performed = true;
            if once && response.is_open() && !repeatable(request) {
                return Ok(Ended::Unknown { reason: lost(&response) });
            }
            let failed = response.is_failure();
            so_far.push(response);
            if failed {
                half_done = done;
                break;
            }
            done |= once && !repeatable(request);
        }
    }
}

/// A plugin that broke, or has no room, is asked again; one that says no means no.
fn misunderstood(job: &Job, error: PluginError, performed: bool) -> Ended {
    match error {
        PluginError::Invalid { message } | PluginError::Permanent { message } if !performed => {
            Ended::Known(Outcome::rejected(message))
        }
        PluginError::Temporary { message, retry_after_ms } => Ended::Known(Outcome::RetryAfter {
            after_ms: retry_after_ms,
            whole_channel: false,
            reason: message,
        }),
        PluginError::Timeout | PluginError::Unavailable { .. } => {
            Ended::Known(Outcome::retry(error.to_string()))
        }
        PluginError::Fault { .. } if !performed => Ended::Known(Outcome::retry(error.to_string())),
        error => {
            tracing::warn!(trace = job.trace, %error, "performed, but not settled by its channel");
            Ended::Unknown { reason: error.to_string() }
        }
    }
}

const fn repeatable(request: &Request) -> bool {
    matches!(request, Request::Http { repeatable: true, .. })
}

/// What is known of a request whose answer was lost.
fn lost(response: &Response) -> String {
    match response {
        Response::Failed { reason, .. } => reason.clone(),
        Response::Http { status, .. } => format!("the provider answered {status}"),
        Response::Mail { code, .. } => format!("the mail server answered {code}"),
    }
}
