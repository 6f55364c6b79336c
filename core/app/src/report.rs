//! A report of a month, built by the tenant's report plugin.

use std::sync::Arc;

use kerros_domain::id::{Language, TenantId};

use crate::calendar_day;
use crate::caller::Caller;
use crate::ctx::Ctx;
use crate::error::Error;
use crate::facts::TenantFacts;
use crate::ports::plugin::{Call, PluginError};
use crate::ports::report::{Document, Period};
use crate::ports::store::Role;

/// Which report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Whose.
    pub tenant: TenantId,
    /// Its name in the tenant's config.
    pub name: String,
    /// `2026-11`.
    pub month: String,
    /// The language to write in; `None` is the tenant's first.
    pub language: Option<Language>,
}

/// Builds a report for a supervisor or for the client's own people.
///
/// # Errors
/// `NotFound` for an unknown tenant or report, `Invalid` for something that is not a month,
/// `Forbidden` for agents, `Unavailable` when the plugin gives no document: nothing is made up.
pub async fn report(ctx: &Ctx, caller: &Caller, cmd: &Report) -> Result<Document, Error> {
    caller.member_of(&cmd.tenant)?;
    if caller.user.role == Role::Agent {
        return Err(Error::Forbidden);
    }
    build(ctx, cmd).await
}

/// Builds a report for the command line and for mailing.
///
/// # Errors
/// As [`report`].
pub async fn build(ctx: &Ctx, cmd: &Report) -> Result<Document, Error> {
    let tenant = ctx.tenant(&cmd.tenant)?;
    let plugin = tenant.reports.get(&cmd.name).ok_or(Error::NotFound)?;
    let policy = &tenant.policy;
    let (from, to) = calendar_day::month(&cmd.month, &policy.time_zone)?;
    let language = cmd.language.clone().or_else(|| policy.languages.first().cloned());
    let period = Period {
        month: cmd.month.clone(),
        from_ms: from.0,
        to_ms: to.0,
        time_zone: policy.time_zone.clone(),
        language: language.map_or_else(|| "en".to_owned(), |language| language.to_string()),
        tenant_title: policy.title.clone(),
    };
    let facts = Arc::new(TenantFacts::new(ctx.clone(), Arc::clone(&tenant), from, to));
    let trace = uuid::Uuid::from_bytes(ctx.ids.next(ctx.now())).simple().to_string();
    let call = Call { tenant: &policy.id, plugin, trace: &trace };
    ctx.reports.build(call, &period, facts).await.map_err(|error| {
        tracing::warn!(tenant = %policy.id, report = cmd.name, trace, %error, "no report");
        match error {
            PluginError::Invalid { message } => Error::Invalid(message),
            _ => Error::Unavailable,
        }
    })
}
