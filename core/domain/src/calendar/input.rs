//! Building a calendar from what config says, with every fault named.

use std::collections::BTreeMap;
use std::fmt;

use super::weekdays::{NotWeekdays, Weekdays};
use super::zone::Zone;
use super::{Calendar, DAY_MS, Span};

const MINUTE_MS: i64 = 60_000;

/// An opening interval on some weekdays. A `close` at or before `open` runs over midnight into the
/// next day; `24:00` closes at midnight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WeekHours {
    /// On which days it opens.
    pub days: Weekdays,
    /// Local `HH:MM`, `00:00` to `23:59`.
    pub open: String,
    /// Local `HH:MM`, `00:00` to `24:00`.
    pub close: String,
}

/// A date that has hours of its own instead of its weekday's; no hours is closed all day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateHours {
    /// `YYYY-MM-DD`.
    pub date: String,
    /// Opening and closing times as in [`WeekHours`].
    pub hours: Vec<(String, String)>,
}

/// Where in the input a fault lies, as a key path, and what was found there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// `hours[1].open`, counted from 0.
    pub at: String,
    /// What was found.
    pub text: String,
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: found {:?}", self.at, self.text)
    }
}

/// Why a calendar cannot be built: where, what was found and what is allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CalendarFault {
    /// No such time zone.
    #[error("{0}; allowed is an IANA time zone like Europe/Helsinki")]
    Zone(Found),
    /// Not a time of day.
    #[error("{0}; allowed is a time HH:MM from 00:00 to 23:59, or 24:00 to close")]
    Time(Found),
    /// Opens and closes at the same time.
    #[error("{0}; closing must differ from opening (all day is 00:00 to 24:00)")]
    Empty(Found),
    /// No weekday named.
    #[error("{0}; allowed are weekdays like mon, mon-fri or sat,sun")]
    Days(Found),
    /// Not a date.
    #[error("{0}; allowed is a date YYYY-MM-DD")]
    Date(Found),
    /// A date is given twice.
    #[error("{0}; each date may be named once")]
    DateTwice(Found),
    /// Two intervals of one day overlap.
    #[error("{0}; intervals of one day must not overlap")]
    Overlap(Found),
    /// Never open at all.
    #[error("{0}; at least one opening interval is needed")]
    NeverOpen(Found),
}

fn found(at: impl Into<String>, text: impl Into<String>) -> Found {
    Found { at: at.into(), text: text.into().chars().take(80).collect() }
}

impl Calendar {
    /// Builds a calendar, or says everything that is wrong with the input.
    ///
    /// A night shift belongs to the dates it touches: `fri 22:00-06:00` is Friday from 22:00 and
    /// Saturday until 06:00. A holiday closes its whole local date, the morning after a night shift
    /// too. An exceptional date replaces its weekday's hours, and wins where it is also a holiday;
    /// its own night runs on into the next date.
    ///
    /// # Errors
    /// Every [`CalendarFault`] of the input, in its order. Key paths begin with `time_zone`,
    /// `hours`, `holidays` and `exceptions`.
    pub fn new(
        time_zone: &str,
        hours: &[WeekHours],
        holidays: &[String],
        exceptions: &[DateHours],
    ) -> Result<Self, Vec<CalendarFault>> {
        let mut faults = Vec::new();
        let zone = Zone::named(time_zone);
        if zone.is_none() {
            faults.push(CalendarFault::Zone(found("time_zone", time_zone)));
        }
        let week = week(hours, &mut faults);
        let dates = dates(&week, holidays, exceptions, &mut faults);
        if faults.is_empty() && week.iter().chain(dates.values()).all(Vec::is_empty) {
            faults.push(CalendarFault::NeverOpen(found("hours", "")));
        }
        match zone {
            Some(zone) if faults.is_empty() => Ok(Self::assemble(zone, week, dates)),
            _ => Err(faults),
        }
    }
}

/// Reads a week written in one line: `mon-fri 08:00-12:00, 13:00-16:00; sat 10:00-14:00`.
/// Days have commas without spaces (`sat,sun`), several intervals of a day a comma and a space.
///
/// # Errors
/// [`CalendarFault::Days`] or [`CalendarFault::Time`] for the first part that cannot be read.
pub fn parse_week(text: &str) -> Result<Vec<WeekHours>, CalendarFault> {
    let mut hours = Vec::new();
    for (n, part) in text.split(';').map(str::trim).filter(|part| !part.is_empty()).enumerate() {
        let at = format!("hours[{n}]");
        let (days, times) = part
            .split_once(char::is_whitespace)
            .ok_or_else(|| CalendarFault::Time(found(&at, part)))?;
        let days: Weekdays = days
            .parse()
            .map_err(|NotWeekdays { found: text }| CalendarFault::Days(found(&at, text)))?;
        for interval in times.split(',') {
            let (open, close) = interval
                .split_once('-')
                .ok_or_else(|| CalendarFault::Time(found(&at, interval.trim())))?;
            let (open, close) = (open.trim().to_owned(), close.trim().to_owned());
            hours.push(WeekHours { days, open, close });
        }
    }
    Ok(hours)
}

/// What one interval covers: a span of its own day, and perhaps one of the next.
struct Shift {
    today: Span,
    tomorrow: Option<Span>,
}

fn shift(at: &str, open: &str, close: &str, faults: &mut Vec<CalendarFault>) -> Option<Shift> {
    let from = time(open).filter(|from| *from < DAY_MS);
    let to = time(close);
    if from.is_none() {
        faults.push(CalendarFault::Time(found(format!("{at}.open"), open)));
    }
    if to.is_none() {
        faults.push(CalendarFault::Time(found(format!("{at}.close"), close)));
    }
    let (from, to) = (from?, to?);
    if from == to {
        faults.push(CalendarFault::Empty(found(at, format!("{open}-{close}"))));
        return None;
    }
    Some(if from < to {
        Shift { today: Span { from, to }, tomorrow: None }
    } else {
        let tomorrow = (to > 0).then_some(Span { from: 0, to });
        Shift { today: Span { from, to: DAY_MS }, tomorrow }
    })
}

/// Adds a span to a sorted day; false if it overlaps another.
fn insert(day: &mut Vec<Span>, span: Span) -> bool {
    if day.iter().any(|other| span.from < other.to && other.from < span.to) {
        return false;
    }
    day.insert(day.partition_point(|other| other.from < span.from), span);
    true
}

fn week(hours: &[WeekHours], faults: &mut Vec<CalendarFault>) -> [Vec<Span>; 7] {
    let mut week: [Vec<Span>; 7] = Default::default();
    for (n, entry) in hours.iter().enumerate() {
        let at = format!("hours[{n}]");
        if entry.days.is_empty() {
            faults.push(CalendarFault::Days(found(format!("{at}.days"), "")));
        }
        let Some(shift) = shift(&at, &entry.open, &entry.close, faults) else { continue };
        let fits = entry.days.iter().fold(true, |fits, day| {
            let tomorrow = (day.index() + 1) % 7;
            let today_fits = insert(&mut week[day.index()], shift.today);
            let rest_fits = shift.tomorrow.is_none_or(|rest| insert(&mut week[tomorrow], rest));
            fits && today_fits && rest_fits
        });
        if !fits {
            let text = format!("{}-{}", entry.open, entry.close);
            faults.push(CalendarFault::Overlap(found(at, text)));
        }
    }
    week
}

fn dates(
    week: &[Vec<Span>; 7],
    holidays: &[String],
    exceptions: &[DateHours],
    faults: &mut Vec<CalendarFault>,
) -> BTreeMap<i64, Vec<Span>> {
    let mut dates: BTreeMap<i64, Vec<Span>> = BTreeMap::new();
    for (n, text) in holidays.iter().enumerate() {
        match date(text) {
            None => faults.push(CalendarFault::Date(found(format!("holidays[{n}]"), text))),
            Some(date) => {
                if dates.insert(date, Vec::new()).is_some() {
                    faults.push(CalendarFault::DateTwice(found(format!("holidays[{n}]"), text)));
                }
            }
        }
    }
    let mut own: BTreeMap<i64, Vec<Span>> = BTreeMap::new();
    let mut nights: Vec<(i64, Span, Found)> = Vec::new();
    for (n, exception) in exceptions.iter().enumerate() {
        let at = format!("exceptions[{n}]");
        let Some(date) = date(&exception.date) else {
            faults.push(CalendarFault::Date(found(format!("{at}.date"), &exception.date)));
            continue;
        };
        let mut day = Vec::new();
        for (m, (open, close)) in exception.hours.iter().enumerate() {
            let at = format!("{at}.hours[{m}]");
            let Some(shift) = shift(&at, open, close, faults) else { continue };
            let place = found(at, format!("{open}-{close}"));
            if !insert(&mut day, shift.today) {
                faults.push(CalendarFault::Overlap(place.clone()));
            }
            nights.extend(shift.tomorrow.map(|rest| (date + 1, rest, place)));
        }
        if own.insert(date, day).is_some() {
            faults.push(CalendarFault::DateTwice(found(format!("{at}.date"), &exception.date)));
        }
    }
    dates.extend(own);
    for (date, rest, place) in nights {
        let weekday = usize::try_from((date + 3).rem_euclid(7)).unwrap_or(0);
        let day = dates.entry(date).or_insert_with(|| week[weekday].clone());
        if !insert(day, rest) {
            faults.push(CalendarFault::Overlap(place));
        }
    }
    dates
}

/// `HH:MM` in milliseconds since midnight, 24:00 included.
fn time(text: &str) -> Option<i64> {
    let (hours, minutes) = text.split_once(':')?;
    let digits = |part: &str| {
        (part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit()))
            .then(|| part.parse::<i64>().ok())?
    };
    let (hours, minutes) = (digits(hours)?, digits(minutes)?);
    let ms = (hours * 60 + minutes) * MINUTE_MS;
    (minutes < 60 && ms <= DAY_MS).then_some(ms)
}

/// `YYYY-MM-DD` in days since 1970-01-01.
fn date(text: &str) -> Option<i64> {
    if text.len() != 10 {
        return None;
    }
    let date: jiff::civil::Date = text.parse().ok()?;
    let midnight = date.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp();
    Some(midnight.as_millisecond().div_euclid(DAY_MS))
}
