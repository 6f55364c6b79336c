//! A tenant's calendars, built by the domain; its faults are told with the file's own key paths.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kerros_domain::calendar::{Calendar, CalendarFault, DateHours, Found, WeekHours, parse_week};
use kerros_domain::id::CalendarId;
use kerros_settings::Faults;
use kerros_settings::tenant::{Tenant, calendars};

/// Builds every calendar that can be built; tells what is wrong with the others.
pub fn all(tenant: &Tenant, faults: &mut Faults<'_>) -> BTreeMap<CalendarId, Arc<Calendar>> {
    let mut built = BTreeMap::new();
    for (name, calendar) in &tenant.calendars {
        if let Some(calendar) = one(tenant, name, calendar, faults) {
            built.insert(CalendarId::from(name.as_str()), Arc::new(calendar));
        }
    }
    built
}

fn one(
    tenant: &Tenant,
    name: &str,
    calendar: &calendars::Calendar,
    faults: &mut Faults<'_>,
) -> Option<Calendar> {
    let at = format!("calendars.{name}");
    // What the domain numbers through, with the place in the file of each.
    let mut hours: Vec<(WeekHours, String)> = Vec::new();
    for (n, line) in calendar.hours.iter().enumerate() {
        let place = format!("{at}.hours[{n}]");
        match parse_week(line) {
            Ok(week) => hours.extend(week.into_iter().map(|entry| (entry, place.clone()))),
            Err(fault) => tell(&fault, &place, faults),
        }
    }
    let mut seen = BTreeSet::new();
    let mut holidays: Vec<(String, String)> = Vec::new();
    for list in &calendar.holidays {
        let dates = tenant.holidays.get(list).into_iter().flatten().enumerate();
        let fresh: Vec<_> = dates.filter(|(_, date)| !seen.contains(*date)).collect();
        seen.extend(fresh.iter().map(|(_, date)| (*date).clone()));
        holidays.extend(
            fresh.into_iter().map(|(n, date)| (date.clone(), format!("holidays.{list}[{n}]"))),
        );
    }
    let closed = calendar.closed.iter().enumerate();
    holidays.extend(closed.map(|(n, date)| (date.clone(), format!("{at}.closed[{n}]"))));
    let exceptions: Vec<DateHours> = calendar
        .exceptions
        .iter()
        .map(|exception| DateHours {
            date: exception.date.clone(),
            hours: exception
                .hours
                .iter()
                .filter_map(|hours| hours.split_once('-'))
                .map(|(open, close)| (open.trim().to_owned(), close.trim().to_owned()))
                .collect(),
        })
        .collect();
    let zone = calendar.time_zone.as_deref().unwrap_or(&tenant.time_zone);
    let (week, week_places): (Vec<_>, Vec<_>) = hours.into_iter().unzip();
    let (dates, date_places): (Vec<_>, Vec<_>) = holidays.into_iter().unzip();
    match Calendar::new(zone, &week, &dates, &exceptions) {
        // A line that could not be read has been told; the calendar without it is not what was meant.
        Ok(built) => (week_places.len() >= calendar.hours.len()).then_some(built),
        Err(found) => {
            for fault in found {
                let place = place(&fault, &at, &week_places, &date_places);
                tell(&fault, &place, faults);
            }
            None
        }
    }
}

/// Where in the file the domain's key path lies.
fn place(fault: &CalendarFault, at: &str, week: &[String], dates: &[String]) -> String {
    let path = &found(fault).at;
    let numbered = |head: &str, places: &[String]| {
        let index: String =
            path.strip_prefix(head)?.chars().take_while(char::is_ascii_digit).collect();
        places.get(index.parse::<usize>().ok()?).cloned()
    };
    numbered("hours[", week)
        .or_else(|| numbered("holidays[", dates))
        .unwrap_or_else(|| format!("{at}.{path}"))
}

fn found(fault: &CalendarFault) -> &Found {
    use CalendarFault::{Date, DateTwice, Days, Empty, NeverOpen, Overlap, Time, Zone};
    match fault {
        Zone(found) | Time(found) | Empty(found) | Days(found) | Date(found) | DateTwice(found)
        | Overlap(found) | NeverOpen(found) => found,
    }
}

/// The domain says `path: found "x"; allowed is y`; the path is told better here.
fn tell(fault: &CalendarFault, place: &str, faults: &mut Faults<'_>) {
    let text = fault.to_string();
    let allowed = text.split_once("; ").map_or(text.as_str(), |(_, allowed)| allowed);
    let found = &found(fault).text;
    let shown = if found.is_empty() { "nothing".to_owned() } else { format!("{found:?}") };
    faults.wrong(place, &shown, allowed);
}
