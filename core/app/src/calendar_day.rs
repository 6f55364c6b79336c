//! Days and months in a tenant's time zone, and moments as people there say them.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use kerros_domain::time::Timestamp;

use crate::error::Error;

fn zone(name: &str) -> TimeZone {
    // A config with an unknown zone is refused at the door; UTC is only the last resort.
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

fn local(at: Timestamp, name: &str) -> jiff::Zoned {
    let moment = jiff::Timestamp::from_millisecond(at.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    moment.to_zoned(zone(name))
}

fn start(date: Date, name: &str) -> Result<Timestamp, Error> {
    let midnight = date.to_zoned(zone(name)).map_err(|_| invalid_date())?;
    Ok(Timestamp(midnight.timestamp().as_millisecond()))
}

fn invalid_date() -> Error {
    Error::Invalid("expected a date like 2026-11-22".into())
}

/// The date there at a moment, `2026-11-22`.
pub(crate) fn date_of(at: Timestamp, name: &str) -> String {
    local(at, name).date().to_string()
}

/// The hour of day there at a moment, 0 to 23.
pub(crate) fn hour_of(at: Timestamp, name: &str) -> u8 {
    u8::try_from(local(at, name).hour()).unwrap_or(0)
}

/// The first moment of a date (`2026-11-22`) there, and the first after it.
pub(crate) fn day(date: &str, name: &str) -> Result<(Timestamp, Timestamp), Error> {
    let date: Date = date.parse().map_err(|_| invalid_date())?;
    let next = date.tomorrow().map_err(|_| invalid_date())?;
    Ok((start(date, name)?, start(next, name)?))
}

/// The first moment of a month (`2026-11`) there, and the first after it.
pub(crate) fn month(month: &str, name: &str) -> Result<(Timestamp, Timestamp), Error> {
    let invalid = || Error::Invalid("expected a month like 2026-11".into());
    if month.len() != 7 {
        return Err(invalid());
    }
    let first: Date = format!("{month}-01").parse().map_err(|_| invalid())?;
    let next = first.last_of_month().tomorrow().map_err(|_| invalid())?;
    Ok((start(first, name)?, start(next, name)?))
}

/// Every date of a period there, in order.
pub(crate) fn dates(from: Timestamp, to: Timestamp, name: &str) -> Vec<String> {
    let mut date = local(from, name).date();
    let end = local(to.plus_millis(-1), name).date();
    let mut dates = Vec::new();
    while date <= end && dates.len() < 400 {
        dates.push(date.to_string());
        match date.tomorrow() {
            Ok(next) => date = next,
            Err(_) => break,
        }
    }
    dates
}

/// An opening as people say it: the time today, with the weekday within six days, else with the date.
pub(crate) fn opening_text(language: &str, at: Timestamp, now: Timestamp, name: &str) -> String {
    let (at, now) = (local(at, name), local(now, name));
    let days = (at.date() - now.date()).get_days();
    let weekday = usize::try_from(at.weekday().to_monday_zero_offset()).unwrap_or(0);
    let (hour, minute) = (at.hour(), at.minute());
    let (day, month) = (at.day(), at.month());
    match language {
        "fi" => {
            let time = format!("klo {hour}.{minute:02}");
            let names = [
                "maanantaina",
                "tiistaina",
                "keskiviikkona",
                "torstaina",
                "perjantaina",
                "lauantaina",
                "sunnuntaina",
            ];
            match days {
                0 => format!("tänään {time}"),
                1 => format!("huomenna {time}"),
                2..=6 => format!("{} {time}", names[weekday]),
                _ => format!("{day}.{month}. {time}"),
            }
        }
        "sv" => {
            let time = format!("kl. {hour}.{minute:02}");
            let names = ["måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag"];
            match days {
                0 => format!("i dag {time}"),
                1 => format!("i morgon {time}"),
                2..=6 => format!("på {} {time}", names[weekday]),
                _ => format!("{day}.{month} {time}"),
            }
        }
        _ => {
            let time = format!("{hour:02}:{minute:02}");
            let names =
                ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
            let months = [
                "January",
                "February",
                "March",
                "April",
                "May",
                "June",
                "July",
                "August",
                "September",
                "October",
                "November",
                "December",
            ];
            let month = months[usize::try_from(month - 1).unwrap_or(0)];
            match days {
                0 => format!("today at {time}"),
                1 => format!("tomorrow at {time}"),
                2..=6 => format!("on {} at {time}", names[weekday]),
                _ => format!("on {day} {month} at {time}"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HELSINKI: &str = "Europe/Helsinki";
    /// 2026-02-10T10:00:00+02:00, a Tuesday.
    const TUESDAY_10: Timestamp = Timestamp::from_seconds(1_770_710_400);

    #[test]
    fn days_and_months_are_as_long_as_their_clock_says() {
        let hours = |(from, to): (Timestamp, Timestamp)| to.since(from) / 3_600_000;
        for (date, length) in [("2026-02-10", 24), ("2026-03-29", 23), ("2026-10-25", 25)] {
            assert_eq!(hours(day(date, HELSINKI).unwrap()), length, "{date}");
        }
        for (name, length) in [("2026-02", 28 * 24), ("2026-03", 31 * 24 - 1), ("2024-02", 29 * 24)]
        {
            assert_eq!(hours(month(name, HELSINKI).unwrap()), length, "{name}");
        }
        for odd in ["", "2026", "2026-13", "2026-2", "02-2026", "2026-02-10"] {
            assert!(month(odd, HELSINKI).is_err(), "{odd}");
        }
        for odd in ["", "2026-02-30", "today", "2026-02"] {
            assert!(day(odd, HELSINKI).is_err(), "{odd}");
        }
        let (from, to) = month("2026-03", HELSINKI).unwrap();
        let all = dates(from, to, HELSINKI);
        assert_eq!(
            (all.len(), all[0].as_str(), all[30].as_str()),
            (31, "2026-03-01", "2026-03-31")
        );
    }

    #[test]
    fn the_date_is_the_one_people_there_have() {
        let late = TUESDAY_10.plus_millis(13 * 3_600_000 + 59 * 60_000);
        assert_eq!(date_of(late, HELSINKI), "2026-02-10");
        assert_eq!(date_of(late.plus_millis(60_000), HELSINKI), "2026-02-11");
        assert_eq!((hour_of(late, HELSINKI), hour_of(late, "UTC")), (23, 21));
    }

    #[test]
    fn an_opening_is_said_as_people_say_it() {
        let hour = 3_600_000;
        for (after_hours, expected) in [
            (4, ["tänään klo 14.00", "i dag kl. 14.00", "today at 14:00"]),
            (22, ["huomenna klo 8.00", "i morgon kl. 8.00", "tomorrow at 08:00"]),
            (4 * 24 + 1, ["lauantaina klo 11.00", "på lördag kl. 11.00", "on Saturday at 11:00"]),
            (7 * 24, ["17.2. klo 10.00", "17.2 kl. 10.00", "on 17 February at 10:00"]),
        ] {
            let at = TUESDAY_10.plus_millis(after_hours * hour);
            let said = ["fi", "sv", "en"].map(|l| opening_text(l, at, TUESDAY_10, HELSINKI));
            assert_eq!(said, expected);
        }
    }
}
