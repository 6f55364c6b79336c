//! Paging by sequence.

use serde::Deserialize;
use utoipa::IntoParams;

use crate::problem::Problem;

/// No page is longer.
pub const MOST: u32 = 500;

/// Which page of a conversation's messages or entries.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct AfterSeq {
    /// Continue after this sequence; left out, from the beginning.
    #[serde(default)]
    after: u64,
    /// At most this many, 1 to 500; left out, 100.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
}

impl AfterSeq {
    /// The sequence and the limit, checked.
    pub fn checked(&self) -> Result<(u64, u32), Problem> {
        let limit = self.limit.unwrap_or(100);
        if (1..=MOST).contains(&limit) {
            Ok((self.after, limit))
        } else {
            Err(Problem::invalid(format!("limit takes 1 to {MOST}")))
        }
    }
}
