//! Commits: units of work become rows ([`unit`]), many units' rows become few statements ([`step`],
//! [`text`], [`batch`]), and a task commits what waits as one transaction ([`writer`]).

pub(crate) mod batch;
pub(crate) mod step;
mod text;
pub(crate) mod unit;
pub(crate) mod writer;
