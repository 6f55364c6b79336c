//! A time zone as stretches of constant offset, looked up ahead for the years in use.

use std::sync::Arc;

use jiff::tz::TimeZone;

/// Changes are looked up ahead between 2000-01-01 and 2100-01-01; other moments ask jiff.
const TABLE_FROM: i64 = 946_684_800_000;
const TABLE_TO: i64 = 4_102_444_800_000;

/// A time zone.
#[derive(Debug, Clone)]
pub(super) struct Zone {
    tz: TimeZone,
    name: Arc<str>,
    /// From when (ms UTC) which offset (ms, local minus UTC) holds, ascending; the first entry is at
    /// `TABLE_FROM`.
    table: Arc<[(i64, i64)]>,
}

/// The offset at a moment, and the moment from which another may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Offset {
    pub ms: i64,
    pub until: i64,
}

impl Zone {
    pub(super) fn utc() -> Self {
        Self::build(TimeZone::UTC, "UTC")
    }

    /// The zone of an IANA name; `None` if there is none of that name.
    pub(super) fn named(name: &str) -> Option<Self> {
        let tz = TimeZone::get(name).ok()?;
        let iana = tz.iana_name().unwrap_or(name).to_owned();
        Some(Self::build(tz, &iana))
    }

    fn build(tz: TimeZone, name: &str) -> Self {
        let mut table = vec![(TABLE_FROM, offset_ms(&tz, TABLE_FROM))];
        for change in tz.following(moment(TABLE_FROM)) {
            let at = change.timestamp().as_millisecond();
            if at >= TABLE_TO {
                break;
            }
            let offset = i64::from(change.offset().seconds()) * 1000;
            if table.last().is_some_and(|(_, before)| *before != offset) {
                table.push((at, offset));
            }
        }
        Self { tz, name: name.into(), table: table.into() }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn offset_at(&self, at: i64) -> Offset {
        if (TABLE_FROM..TABLE_TO).contains(&at) {
            let next = self.table.partition_point(|(from, _)| *from <= at);
            if let Some((_, ms)) = next.checked_sub(1).and_then(|i| self.table.get(i)) {
                let until = self.table.get(next).map_or(TABLE_TO, |(from, _)| *from);
                return Offset { ms: *ms, until };
            }
        }
        let until = self
            .tz
            .following(moment(at))
            .next()
            .map_or(i64::MAX, |change| change.timestamp().as_millisecond());
        Offset { ms: offset_ms(&self.tz, at), until: until.max(at.saturating_add(1)) }
    }
}

fn offset_ms(tz: &TimeZone, at: i64) -> i64 {
    i64::from(tz.to_offset(moment(at)).seconds()) * 1000
}

/// jiff's moment, kept inside the years it knows (-9999 to 9999).
fn moment(at: i64) -> jiff::Timestamp {
    let edge = if at < 0 { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX };
    jiff::Timestamp::from_millisecond(at).unwrap_or(edge)
}
