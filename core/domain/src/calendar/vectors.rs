//! Checks the calendar rules against a table of published and computed cases.
//!
//! The table is CSV with a header that names at least these columns, in any order:
//!
//! - `id`, and `kind`: `deadline` or `elapsed`;
//! - `calendar_tz`: an IANA time zone; `weekly_hours_local`: as [`super::parse_week`] reads it;
//!   `holidays`: dates separated by `|`;
//! - `pauses_utc`: `START/END` separated by `|`: the clock stands still from the start, included, to the
//!   end, not included;
//! - `start_utc`, and `target_minutes` (deadline) or `end_utc` (elapsed);
//! - `expected`: a moment in UTC (deadline) or business minutes (elapsed);
//! - `note`: free text. `compare at minute precision` makes a deadline count as right if it falls into
//!   the expected minute; without it, into the expected second.
//!
//! Elapsed time is compared in whole minutes, as the column gives it.

use std::collections::BTreeMap;

use super::{Calendar, parse_week};
use crate::time::Timestamp;

mod csv;

const COLUMNS: [&str; 10] = [
    "id",
    "kind",
    "calendar_tz",
    "weekly_hours_local",
    "holidays",
    "pauses_utc",
    "start_utc",
    "target_minutes",
    "end_utc",
    "expected",
];

/// How a row came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowOutcome {
    /// The line of the file it begins on, from 1.
    pub line: usize,
    /// Its id.
    pub id: String,
    /// Right, wrong, or not to be read.
    pub verdict: Verdict,
    /// The row's note.
    pub note: String,
}

/// Whether a row is right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// As expected.
    Match,
    /// Something else was computed.
    Mismatch {
        /// What the row says.
        expected: String,
        /// What was computed.
        computed: String,
    },
    /// The row cannot be read.
    Unreadable {
        /// Why, with what was found and what is allowed.
        reason: String,
    },
}

/// A file that is no such table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableFault {
    /// A quote is not closed or stands in the middle of a field.
    #[error("line {line}: a quote that opens must close before the next comma")]
    Quote {
        /// Where.
        line: usize,
    },
    /// Columns are missing.
    #[error("the header lacks: {}", missing.join(", "))]
    Header {
        /// Which.
        missing: Vec<&'static str>,
    },
    /// There are no rows.
    #[error("the table has no rows")]
    Empty,
}

/// Computes every row and compares.
///
/// # Errors
/// [`TableFault`] if the text is no such table; a row that cannot be read is an outcome, not an error.
pub fn check_vectors(text: &str) -> Result<Vec<RowOutcome>, TableFault> {
    let mut records = csv::records(text)?.into_iter();
    let header = records.next().ok_or(TableFault::Empty)?;
    let names: Vec<String> = header
        .fields
        .iter()
        .map(|name| name.trim_start_matches('\u{feff}').trim().to_owned())
        .collect();
    let missing: Vec<&'static str> =
        COLUMNS.into_iter().filter(|column| !names.iter().any(|name| name == column)).collect();
    if !missing.is_empty() {
        return Err(TableFault::Header { missing });
    }
    let outcomes: Vec<RowOutcome> = records
        .map(|record| {
            let fields =
                names.iter().map(String::as_str).zip(record.fields.iter().map(|f| f.trim()));
            let row = Row(fields.collect());
            RowOutcome {
                line: record.line,
                id: row.get("id").to_owned(),
                verdict: row.check().unwrap_or_else(|reason| Verdict::Unreadable { reason }),
                note: row.get("note").to_owned(),
            }
        })
        .collect();
    if outcomes.is_empty() { Err(TableFault::Empty) } else { Ok(outcomes) }
}

struct Row<'a>(BTreeMap<&'a str, &'a str>);

impl Row<'_> {
    fn get(&self, column: &str) -> &str {
        self.0.get(column).copied().unwrap_or_default()
    }

    fn check(&self) -> Result<Verdict, String> {
        let calendar = self.calendar()?;
        let pauses = self.pauses()?;
        let start = self.moment("start_utc")?;
        let expected = self.get("expected");
        match self.get("kind") {
            "deadline" => {
                let minutes: u64 = self.number("target_minutes", self.get("target_minutes"))?;
                let wanted = self.moment("expected")?;
                let due = deadline(&calendar, start, minutes.saturating_mul(60_000), &pauses);
                let unit =
                    if self.get("note").contains("compare at minute precision") { 60 } else { 1 };
                let same = |due: Timestamp| {
                    due.seconds().div_euclid(unit) == wanted.seconds().div_euclid(unit)
                };
                if due.is_some_and(same) {
                    return Ok(Verdict::Match);
                }
                let computed = due.map_or_else(|| "never".to_owned(), text);
                Ok(Verdict::Mismatch { expected: expected.to_owned(), computed })
            }
            "elapsed" => {
                let end = self.moment("end_utc")?;
                let wanted: u64 = self.number("expected", expected)?;
                let minutes = elapsed_ms(&calendar, start, end, &pauses) / 60_000;
                if minutes == wanted {
                    return Ok(Verdict::Match);
                }
                let computed = minutes.to_string();
                Ok(Verdict::Mismatch { expected: expected.to_owned(), computed })
            }
            other => Err(format!("kind: found {other:?}; allowed is deadline or elapsed")),
        }
    }

    fn calendar(&self) -> Result<Calendar, String> {
        let hours =
            parse_week(self.get("weekly_hours_local")).map_err(|fault| fault.to_string())?;
        let holidays: Vec<String> = parts(self.get("holidays")).map(str::to_owned).collect();
        Calendar::new(self.get("calendar_tz"), &hours, &holidays, &[])
            .map_err(|faults| faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
    }

    fn pauses(&self) -> Result<Vec<(Timestamp, Timestamp)>, String> {
        let fault = |text: &str| {
            format!("pauses_utc: found {text:?}; allowed is START/END in UTC, the end not earlier")
        };
        let mut pauses = Vec::new();
        for text in parts(self.get("pauses_utc")) {
            let (from, to) = text.split_once('/').ok_or_else(|| fault(text))?;
            let from = moment(from).ok_or_else(|| fault(text))?;
            let to = moment(to).ok_or_else(|| fault(text))?;
            if to < from {
                return Err(fault(text));
            }
            pauses.push((from, to));
        }
        Ok(merged(pauses))
    }

    fn moment(&self, column: &str) -> Result<Timestamp, String> {
        let text = self.get(column);
        moment(text).ok_or_else(|| {
            format!("{column}: found {text:?}; allowed is a moment like 2026-02-10T08:00:00Z")
        })
    }

    fn number(&self, column: &str, text: &str) -> Result<u64, String> {
        text.parse().map_err(|_| format!("{column}: found {text:?}; allowed are whole minutes"))
    }
}

fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split('|').map(str::trim).filter(|part| !part.is_empty())
}

fn moment(text: &str) -> Option<Timestamp> {
    text.trim().parse::<jiff::Timestamp>().ok().map(|at| Timestamp(at.as_millisecond()))
}

fn text(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.0).map_or_else(|_| at.0.to_string(), |at| at.to_string())
}

/// Pauses in order, overlapping ones as one.
fn merged(mut pauses: Vec<(Timestamp, Timestamp)>) -> Vec<(Timestamp, Timestamp)> {
    pauses.sort_unstable();
    let mut merged: Vec<(Timestamp, Timestamp)> = Vec::with_capacity(pauses.len());
    for (from, to) in pauses {
        match merged.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => merged.push((from, to)),
        }
    }
    merged
}

/// The deadline of a clock that stands still during `pauses` (in order, apart). As a target's clock
/// does it: the time used before each pause counts, the rest runs on from its end.
fn deadline(
    calendar: &Calendar,
    start: Timestamp,
    budget_ms: u64,
    pauses: &[(Timestamp, Timestamp)],
) -> Option<Timestamp> {
    let (mut from, mut left) = (start, budget_ms);
    for (pause, resume) in pauses.iter().filter(|(_, resume)| *resume > start) {
        let used = calendar.elapsed_ms(from, *pause);
        if used >= left {
            break;
        }
        left -= used;
        from = from.max(*resume);
    }
    calendar.deadline(from, left)
}

fn elapsed_ms(
    calendar: &Calendar,
    from: Timestamp,
    to: Timestamp,
    pauses: &[(Timestamp, Timestamp)],
) -> u64 {
    let paused: u64 = pauses
        .iter()
        .map(|(pause, resume)| calendar.elapsed_ms((*pause).max(from), (*resume).min(to)))
        .sum();
    calendar.elapsed_ms(from, to).saturating_sub(paused)
}
