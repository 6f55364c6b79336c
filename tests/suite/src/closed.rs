//! Opening hours that are not now, whenever a test runs.

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};

/// When the layer opens next.
pub struct Closed {
    /// Now, in UTC.
    pub now: Zoned,
    /// The opening, in UTC.
    pub opens: Zoned,
    /// The calendar's one line: `mon 09:00-17:00`.
    pub hours: String,
}

/// Open on one day of the week only, three days from now, in a tenant whose time zone is UTC.
///
/// # Panics
/// At the end of time.
pub fn until_in_three_days() -> Closed {
    let seconds = i64::try_from(crate::sign::now()).unwrap();
    let now = Timestamp::from_second(seconds).unwrap().to_zoned(TimeZone::UTC);
    let day = now.date().checked_add(3.days()).unwrap();
    let opens = day.at(9, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap();
    Closed { now, opens, hours: format!("{} 09:00-17:00", word(day.weekday())) }
}

const fn word(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "mon",
        Weekday::Tuesday => "tue",
        Weekday::Wednesday => "wed",
        Weekday::Thursday => "thu",
        Weekday::Friday => "fri",
        Weekday::Saturday => "sat",
        Weekday::Sunday => "sun",
    }
}
