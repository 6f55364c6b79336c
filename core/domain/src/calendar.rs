//! Opening hours: which moments count as business time, and how much of it lies between two.
//!
//! The one rule everything follows from: a calendar is open at a moment when the wall clock of its
//! time zone then shows an opening hour of that local date. Elapsed business time is the length of
//! the open moments, so a night over a change of clocks is 5 or 7 hours long, and hours that a
//! spring change leaves out do not exist. Intervals include their start and exclude their end.
//!
//! Build one with [`Calendar::new`] or [`Calendar::always`]; ask [`Calendar::deadline`],
//! [`Calendar::elapsed_ms`], [`Calendar::is_open`] and [`Calendar::next_opening`].

mod input;
pub mod vectors;
mod walk;
mod weekdays;
mod zone;

use std::collections::BTreeMap;

pub use input::{CalendarFault, DateHours, Found, WeekHours, parse_week};
pub use weekdays::{Weekday, Weekdays};
use zone::Zone;

use crate::time::Timestamp;

/// Milliseconds in a local day without a change of clocks.
const DAY_MS: i64 = 86_400_000;

/// No deadline is looked for further ahead than this many days (a hundred years).
const HORIZON_DAYS: i64 = 36_525;

/// An opening interval of a local day: milliseconds since its midnight, start included, end not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Span {
    from: i64,
    to: i64,
}

impl Span {
    const FULL_DAY: Self = Self { from: 0, to: DAY_MS };
}

/// Opening hours in a time zone, with holidays and exceptional dates.
#[derive(Debug, Clone)]
pub struct Calendar {
    zone: Zone,
    /// Monday first; sorted, not overlapping, none empty.
    week: [Vec<Span>; 7],
    /// Dates (days since 1970-01-01) whose hours replace the week's; none is a closed day.
    dates: BTreeMap<i64, Vec<Span>>,
    /// Open at every moment: skips the walk.
    always: bool,
}

impl PartialEq for Calendar {
    fn eq(&self, other: &Self) -> bool {
        self.zone.name() == other.zone.name()
            && self.week == other.week
            && self.dates == other.dates
    }
}

impl Eq for Calendar {}

impl Calendar {
    /// Open 24/7, in UTC.
    #[must_use]
    pub fn always() -> Self {
        Self::assemble(Zone::utc(), std::array::from_fn(|_| vec![Span::FULL_DAY]), BTreeMap::new())
    }

    fn assemble(zone: Zone, week: [Vec<Span>; 7], dates: BTreeMap<i64, Vec<Span>>) -> Self {
        let full = |spans: &Vec<Span>| {
            let mut reached = 0;
            for span in spans {
                if span.from > reached {
                    return false;
                }
                reached = reached.max(span.to);
            }
            reached == DAY_MS
        };
        let always = week.iter().all(full) && dates.values().all(full);
        Self { zone, week, dates, always }
    }

    /// The IANA name of its time zone.
    #[must_use]
    pub fn time_zone(&self) -> &str {
        self.zone.name()
    }

    /// Whether it is open at `now`.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.always || self.stretches(now.0, now.0.saturating_add(1)).next().is_some()
    }

    /// The first open moment at or after `now` (`now` itself while open); `None` if there is none
    /// within a hundred years.
    #[must_use]
    pub fn next_opening(&self, now: Timestamp) -> Option<Timestamp> {
        if self.always {
            return Some(now);
        }
        self.stretches(now.0, horizon(now.0)).next().map(|s| Timestamp(s.from))
    }

    /// The first closed moment at or after `now` (`now` itself while closed); `None` if it does not
    /// close within a hundred years.
    #[must_use]
    pub fn next_closing(&self, now: Timestamp) -> Option<Timestamp> {
        if self.always {
            return None;
        }
        let limit = horizon(now.0);
        let mut closed_from = now.0;
        for stretch in self.stretches(now.0, limit) {
            if stretch.from > closed_from {
                break;
            }
            closed_from = stretch.to;
        }
        (closed_from < limit).then_some(Timestamp(closed_from))
    }

    /// Business milliseconds between two moments; 0 if `to` is not after `from`.
    #[must_use]
    pub fn elapsed_ms(&self, from: Timestamp, to: Timestamp) -> u64 {
        if to <= from {
            return 0;
        }
        if self.always {
            return to.0.abs_diff(from.0);
        }
        self.stretches(from.0, to.0).map(|s| s.to.abs_diff(s.from)).sum()
    }

    /// The earliest moment by which `budget_ms` business milliseconds have passed since `start`.
    /// A budget that is exactly used up at closing time is due at closing time, not at the next
    /// opening; an empty budget is due at `start`. `None` if it is not used up within a hundred years.
    #[must_use]
    pub fn deadline(&self, start: Timestamp, budget_ms: u64) -> Option<Timestamp> {
        let budget = i64::try_from(budget_ms).ok()?;
        if budget == 0 {
            return Some(start);
        }
        let limit = horizon(start.0);
        if self.always {
            return start.0.checked_add(budget).filter(|due| *due <= limit).map(Timestamp);
        }
        let mut left = budget;
        for stretch in self.stretches(start.0, limit) {
            let length = stretch.to - stretch.from;
            if length >= left {
                return Some(Timestamp(stretch.from + left));
            }
            left -= length;
        }
        None
    }
}

fn horizon(from: i64) -> i64 {
    from.saturating_add(HORIZON_DAYS * DAY_MS)
}

#[cfg(test)]
mod tests;
