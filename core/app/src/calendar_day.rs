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
