//! Stub.
use crate::ctx::Ctx;
use crate::ports::channel::{InboundEvent, Raw};
use crate::ports::store::Job;
use crate::work::Failure;
use serde::{Deserialize, Serialize};

/// What an intake job carries.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "payload", rename_all = "snake_case")]
pub(crate) enum Payload {
    /// Read already.
    Events { at_ms: i64, events: Vec<InboundEvent>, marks: bool },
    /// Not read yet.
    Raw { at_ms: i64, raw: Raw },
}

/// Takes an inbound thing in.
pub async fn run(_ctx: &Ctx, _job: &Job) -> Result<(), Failure> {
    Ok(())
}
