//! `kerros calendar check`: computes a table of business-time cases and compares.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use kerros_domain::calendar::vectors::{Verdict, check_vectors};

use super::End;
use crate::said;

/// Work with opening hours
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Example:
  kerros calendar check sla_vectors.csv")]
pub enum Calendar {
    Check(CheckTable),
}

/// Compute every row of a CSV table of deadlines and elapsed times, and print what differs
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  kerros calendar check sla_vectors.csv

Columns: id, kind (deadline or elapsed), calendar_tz, weekly_hours_local, holidays, pauses_utc, start_utc,
target_minutes, end_utc, expected. Ends with 1 if any row differs.")]
pub struct CheckTable {
    /// The table
    file: PathBuf,
    /// Print the rows as JSON
    #[arg(long)]
    json: bool,
}

impl Calendar {
    /// Checks.
    pub fn run(self) -> anyhow::Result<End> {
        let Self::Check(CheckTable { file, json }) = self;
        let text = std::fs::read_to_string(&file).with_context(|| format!("{}", file.display()))?;
        let rows = check_vectors(&text).with_context(|| format!("{}", file.display()))?;
        let wrong = rows.iter().filter(|row| row.verdict != Verdict::Match).count();
        if json {
            let rows: Vec<_> = rows.iter().map(shown).collect();
            said::json(&serde_json::json!({ "rows": rows, "wrong": wrong }));
        } else {
            for row in &rows {
                let what = match &row.verdict {
                    Verdict::Match => continue,
                    Verdict::Mismatch { expected, computed } => {
                        format!("expected {expected}, computed {computed}")
                    }
                    Verdict::Unreadable { reason } => reason.clone(),
                };
                said::line(&format!("{}:{}: {}: {what}", file.display(), row.line, row.id));
            }
            said::line(&format!("{} rows, {wrong} wrong", rows.len()));
        }
        Ok(if wrong == 0 { End::Fine } else { End::Wrong })
    }
}

fn shown(row: &kerros_domain::calendar::vectors::RowOutcome) -> serde_json::Value {
    let (verdict, expected, computed) = match &row.verdict {
        Verdict::Match => ("match", None, None),
        Verdict::Mismatch { expected, computed } => ("mismatch", Some(expected), Some(computed)),
        Verdict::Unreadable { reason } => ("unreadable", None, Some(reason)),
    };
    serde_json::json!({ "line": row.line, "id": row.id, "verdict": verdict, "expected": expected, "computed": computed })
}
