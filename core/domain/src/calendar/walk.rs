//! The walk over a calendar's open stretches: local day by local day, inside one UTC offset at a time.

use super::{Calendar, DAY_MS, Span};

/// An open stretch in ms UTC, start included, end not. Neighbours may touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stretch {
    pub from: i64,
    pub to: i64,
}

/// Open stretches between two moments, in order.
pub(super) struct Stretches<'a> {
    calendar: &'a Calendar,
    limit: i64,
    /// What is left of the current local day's opening.
    spans: std::slice::Iter<'a, Span>,
    /// Midnight (ms UTC) of the current local day under the current offset.
    midnight: i64,
    /// Everything before is done.
    cursor: i64,
    /// Where the current local day, or its offset, ends.
    day_end: i64,
}

impl Calendar {
    pub(super) fn stretches(&self, from: i64, limit: i64) -> Stretches<'_> {
        Stretches {
            calendar: self,
            limit,
            spans: [].iter(),
            midnight: from,
            cursor: from,
            day_end: from,
        }
    }

    /// The opening of a local date, given in days since 1970-01-01 (a Thursday).
    fn day(&self, date: i64) -> &[Span] {
        if let Some(spans) = self.dates.get(&date) {
            return spans;
        }
        let weekday = usize::try_from((date + 3).rem_euclid(7)).unwrap_or(0);
        &self.week[weekday]
    }
}

impl Iterator for Stretches<'_> {
    type Item = Stretch;

    fn next(&mut self) -> Option<Stretch> {
        loop {
            for span in self.spans.by_ref() {
                let from = (self.midnight + span.from).max(self.cursor);
                let to = (self.midnight + span.to).min(self.day_end).min(self.limit);
                if from < to {
                    return Some(Stretch { from, to });
                }
            }
            self.cursor = self.day_end;
            if self.cursor >= self.limit {
                return None;
            }
            let offset = self.calendar.zone.offset_at(self.cursor);
            let date = (self.cursor.saturating_add(offset.ms)).div_euclid(DAY_MS);
            self.midnight = date.saturating_mul(DAY_MS).saturating_sub(offset.ms);
            self.day_end = self.midnight.saturating_add(DAY_MS).min(offset.until);
            self.spans = self.calendar.day(date).iter();
        }
    }
}
