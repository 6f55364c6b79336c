//! Moments and spans as people read them, in a given time zone.

use jiff::tz::TimeZone;
use jiff::{Timestamp as Moment, Zoned};
use kerros_domain::time::Timestamp;
use serde::Serialize;

use super::{Lang, Speech};

/// A moment ready to be shown: `<time datetime="{iso}" title="{exact}">{text}</time>`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct When {
    /// Milliseconds since 1970, for scripts.
    pub ms: i64,
    /// RFC 3339 with offset.
    pub iso: String,
    /// Date, time and zone in full.
    pub exact: String,
    /// The shortest text that is clear today.
    pub text: String,
}

/// The zone of an IANA name; UTC for one that does not exist (config checks refuse those).
#[must_use]
pub fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

fn local(at: Timestamp, zone: &TimeZone) -> Zoned {
    Moment::from_millisecond(at.0).unwrap_or(Moment::UNIX_EPOCH).to_zoned(zone.clone())
}

/// A moment, shown as time of day if it is today, with its date otherwise.
#[must_use]
pub fn when(say: &Speech, zone: &TimeZone, now: Timestamp, at: Timestamp) -> When {
    let (there, today) = (local(at, zone), local(now, zone));
    let clock = clock(say.lang, &there);
    let text = if there.date() == today.date() {
        clock.clone()
    } else if there.year() == today.year() {
        format!("{} {clock}", day_month(say.lang, &there))
    } else {
        format!("{} {clock}", date(say.lang, &there))
    };
    let exact = format!(
        "{} {} {}",
        date(say.lang, &there),
        there.strftime(if say.lang == Lang::Fi { "%H.%M.%S" } else { "%H:%M:%S" }),
        there.strftime("%Z")
    );
    When { ms: at.0, iso: there.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(), exact, text }
}

/// When something opens next: `tomorrow 8:00`, `Monday 8:00`, else the date.
#[must_use]
pub fn opens(say: &Speech, zone: &TimeZone, now: Timestamp, at: Timestamp) -> String {
    let (there, today) = (local(at, zone), local(now, zone));
    let clock = clock(say.lang, &there);
    let days = (there.date() - today.date()).get_days();
    match days {
        0 => say.with("time-today", &[("time", clock.into())]),
        1 => say.with("time-tomorrow", &[("time", clock.into())]),
        2..=6 => {
            let weekday = say
                .t(WEEKDAYS[usize::from(there.weekday().to_monday_zero_offset().unsigned_abs())]);
            say.with("time-weekday", &[("day", weekday.into()), ("time", clock.into())])
        }
        _ => format!("{} {clock}", date(say.lang, &there)),
    }
}

const WEEKDAYS: [&str; 7] = [
    "weekday-mon",
    "weekday-tue",
    "weekday-wed",
    "weekday-thu",
    "weekday-fri",
    "weekday-sat",
    "weekday-sun",
];

fn clock(lang: Lang, at: &Zoned) -> String {
    at.strftime(if lang == Lang::Fi { "%-H.%M" } else { "%H:%M" }).to_string()
}

fn day_month(lang: Lang, at: &Zoned) -> String {
    at.strftime(match lang {
        Lang::Fi | Lang::Sv => "%-d.%-m.",
        Lang::En => "%-d %b",
    })
    .to_string()
}

fn date(lang: Lang, at: &Zoned) -> String {
    at.strftime(match lang {
        Lang::Fi | Lang::Sv => "%-d.%-m.%Y",
        Lang::En => "%-d %b %Y",
    })
    .to_string()
}

/// A date in full, for headings.
#[must_use]
pub fn day(say: &Speech, zone: &TimeZone, at: Timestamp) -> String {
    let there = local(at, zone);
    let weekday =
        say.t(WEEKDAYS[usize::from(there.weekday().to_monday_zero_offset().unsigned_abs())]);
    let date = date(say.lang, &there);
    say.with("time-day", &[("day", weekday.into()), ("date", date.into())])
}

/// A date like `2026-11-22` in full; `None` for something that is not a date.
#[must_use]
pub fn day_of_date(say: &Speech, zone: &TimeZone, date: &str) -> Option<String> {
    let there = date.parse::<jiff::civil::Date>().ok()?.to_zoned(zone.clone()).ok()?;
    Some(day(say, zone, Timestamp(there.timestamp().as_millisecond())))
}

/// A month like `2026-11` as people write it; as it is if it is none.
#[must_use]
pub fn month_name(say: &Speech, month: &str) -> String {
    let number = month.split_once('-').and_then(|(year, m)| Some((year, m.parse::<usize>().ok()?)));
    match number.and_then(|(year, m)| Some((year, MONTHS.get(m.checked_sub(1)?)?))) {
        Some((year, id)) => {
            say.with("time-month", &[("month", say.t(id).into()), ("year", year.into())])
        }
        None => month.to_owned(),
    }
}

const MONTHS: [&str; 12] = [
    "month-1", "month-2", "month-3", "month-4", "month-5", "month-6", "month-7", "month-8",
    "month-9", "month-10", "month-11", "month-12",
];

/// `2026-11`, the month of a moment.
#[must_use]
pub fn month(zone: &TimeZone, at: Timestamp) -> String {
    local(at, zone).strftime("%Y-%m").to_string()
}

/// `2026-11-22`, the date of a moment.
#[must_use]
pub fn iso_date(zone: &TimeZone, at: Timestamp) -> String {
    local(at, zone).strftime("%Y-%m-%d").to_string()
}

/// The month `back` months before that of a moment.
#[must_use]
pub fn month_back(zone: &TimeZone, at: Timestamp, back: i32) -> String {
    let first = local(at, zone).date().first_of_month();
    let there = first.checked_sub(jiff::Span::new().months(back)).unwrap_or(first);
    there.strftime("%Y-%m").to_string()
}

/// A span, its largest unit only: `now`, `5 min`, `3 h`, `2 d`. Milliseconds; negative counts as its size.
#[must_use]
pub fn span(say: &Speech, ms: i64) -> String {
    let minutes = ms.unsigned_abs() / 60_000;
    let (id, n) = match minutes {
        0 => return say.t("span-now"),
        1..60 => ("span-min", minutes),
        60..1440 => ("span-h", minutes / 60),
        _ => ("span-d", minutes / 1440),
    };
    say.with(id, &[("n", i64::try_from(n).unwrap_or(i64::MAX).into())])
}

/// How long something is or took: `34 s`, `5 min`, `2 h`, `2 h 05 min`, `3 d`.
#[must_use]
pub fn length(say: &Speech, ms: i64) -> String {
    let seconds = ms.unsigned_abs() / 1000;
    match seconds {
        0..60 => say.with("span-s", &[("n", Number(seconds).into())]),
        3600..86_400 if seconds % 3600 >= 60 => countdown(say, ms),
        _ => span(say, ms),
    }
}

/// What is left or over, precise enough to act on: `4:32` under ten minutes, `48 min`, `3 h 05 min`, `2 d`.
#[must_use]
pub fn countdown(say: &Speech, ms: i64) -> String {
    let seconds = ms.unsigned_abs() / 1000;
    let minutes = seconds / 60;
    match minutes {
        0..10 => format!("{minutes}:{:02}", seconds % 60),
        60..1440 => say.with(
            "span-h-min",
            &[("h", Number(minutes / 60).into()), ("m", format!("{:02}", minutes % 60).into())],
        ),
        _ => span(say, ms),
    }
}

struct Number(u64);
impl From<Number> for super::Arg {
    fn from(number: Number) -> Self {
        Self::Number(i64::try_from(number.0).unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::speech;

    const SUNDAY_NOON: i64 = 1_795_341_600_000; // 2026-11-22T10:00:00Z, 12.00 in Helsinki

    #[test]
    fn moments_are_as_short_as_clear() {
        let helsinki = zone("Europe/Helsinki");
        let now = Timestamp(SUNDAY_NOON);
        for (lang, ago_min, seen) in [
            (Lang::Fi, 0, "12.00"),
            (Lang::En, 60, "11:00"),
            (Lang::Sv, 60 * 24, "21.11. 12:00"),
            (Lang::En, 60 * 24 * 400, "18 Oct 2025 13:00"),
        ] {
            let at = now.plus_millis(-ago_min * 60_000);
            assert_eq!(when(speech(lang), &helsinki, now, at).text, seen);
        }
        let exact = when(speech(Lang::Fi), &helsinki, now, now);
        assert_eq!(exact.exact, "22.11.2026 12.00.00 EET");
        assert_eq!(exact.iso, "2026-11-22T12:00:00+02:00");
    }

    #[test]
    fn openings_are_said_as_people_say_them() {
        let helsinki = zone("Europe/Helsinki");
        let now = Timestamp(SUNDAY_NOON);
        let at = |hours: i64| now.plus_millis(hours * 3_600_000);
        assert_eq!(opens(speech(Lang::Fi), &helsinki, now, at(20)), "huomenna klo 8.00");
        assert_eq!(opens(speech(Lang::En), &helsinki, now, at(2)), "today at 14:00");
        assert_eq!(opens(speech(Lang::Sv), &helsinki, now, at(44)), "på tisdag kl. 08:00");
    }

    #[test]
    fn spans_show_what_one_can_act_on() {
        let say = speech(Lang::En);
        for (ms, seen) in [
            (272_000, "4:32"),
            (48 * 60_000, "48 min"),
            (185 * 60_000, "3 h 05 min"),
            (3 * 86_400_000, "3 d"),
            (-272_000, "4:32"),
        ] {
            assert_eq!(countdown(say, ms).replace('\u{a0}', " "), seen);
        }
        assert_eq!(span(say, 30_000), "now");
        for (ms, seen) in
            [(34_000, "34 s"), (300_000, "5 min"), (7_200_000, "2 h"), (7_500_000, "2 h 05 min")]
        {
            assert_eq!(length(say, ms).replace('\u{a0}', " "), seen);
        }
    }

    #[test]
    fn months_go_back_over_the_year() {
        let utc = zone("UTC");
        assert_eq!(month_back(&utc, Timestamp(SUNDAY_NOON), 11), "2025-12");
        assert_eq!(zone("Nowhere/Else"), TimeZone::UTC);
    }
}
