use proptest::prelude::*;

use super::vectors::{Verdict, check_vectors};
use super::*;

#[path = "../../../../tests/suite/src/skip.rs"]
mod skip;

fn at(text: &str) -> Timestamp {
    Timestamp(text.parse::<jiff::Timestamp>().expect(text).as_millisecond())
}

fn hours(week: &str) -> Vec<WeekHours> {
    parse_week(week).expect(week)
}

fn calendar(week: &str, holidays: &[&str], exceptions: &[(&str, &[(&str, &str)])]) -> Calendar {
    let holidays: Vec<String> = holidays.iter().map(ToString::to_string).collect();
    let exceptions: Vec<DateHours> =
        exceptions.iter().map(|(date, hours)| date_hours(date, hours)).collect();
    Calendar::new("Europe/Helsinki", &hours(week), &holidays, &exceptions).expect(week)
}

fn date_hours(date: &str, hours: &[(&str, &str)]) -> DateHours {
    let hours = hours.iter().map(|(open, close)| ((*open).into(), (*close).into())).collect();
    DateHours { date: date.into(), hours }
}

fn assert_all_match(table: &str) {
    let outcomes = check_vectors(table).expect("a table");
    let wrong: Vec<_> = outcomes.iter().filter(|row| row.verdict != Verdict::Match).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn own_vectors_come_out_right() {
    assert_all_match(include_str!("testdata/own.csv"));
}

#[test]
fn published_vectors_come_out_right() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/sla/sla_vectors.csv");
    match std::fs::read_to_string(path) {
        Ok(table) => assert_all_match(&table),
        Err(_) => skip::skip("../shared/data/sla/sla_vectors.csv is not here"),
    }
}

#[test]
fn wrong_vectors_are_found() {
    let header = "id,kind,calendar_tz,weekly_hours_local,holidays,pauses_utc,start_utc,\
                  target_minutes,end_utc,expected,note";
    let cases = [
        (
            "a,deadline,UTC,mon 09:00-17:00,,,2026-02-09T09:00:00Z,60,,2026-02-09T10:00:01Z,",
            "2026-02-09T10:00:00Z",
        ),
        ("a,elapsed,UTC,mon 09:00-17:00,,,2026-02-09T09:00:00Z,,2026-02-09T10:00:00Z,59,", "60"),
        (
            "a,deadline,Mars,mon 09:00-17:00,,,2026-02-09T09:00:00Z,60,,2026-02-09T10:00:00Z,",
            "time_zone: found \"Mars\"",
        ),
        (
            "a,deadline,UTC,mon 9-17,,,2026-02-09T09:00:00Z,60,,2026-02-09T10:00:00Z,",
            "hours[0].open: found \"9\"",
        ),
        (
            "a,later,UTC,mon 09:00-17:00,,,2026-02-09T09:00:00Z,60,,2026-02-09T10:00:00Z,",
            "kind: found \"later\"",
        ),
        (
            "a,deadline,UTC,mon 09:00-17:00,,x,2026-02-09T09:00:00Z,60,,2026-02-09T10:00:00Z,",
            "pauses_utc: found \"x\"",
        ),
        (
            "a,deadline,UTC,mon 09:00-17:00,,,2026-02-09T09:00:00Z,,,2026-02-09T10:00:00Z,",
            "target_minutes: found \"\"",
        ),
    ];
    for (row, hint) in cases {
        let outcomes = check_vectors(&format!("{header}\n{row}\n")).expect(row);
        assert_eq!((outcomes.len(), outcomes[0].line), (1, 2), "{row}");
        assert_ne!(outcomes[0].verdict, Verdict::Match, "{row}");
        let told = format!("{:?}", outcomes[0].verdict).replace('\\', "");
        assert!(told.contains(hint), "{told} should tell {hint}");
    }
    for no_table in ["", "id,kind\n", &format!("{header}\n"), &format!("{header}\n\"a,b\n")] {
        assert!(check_vectors(no_table).is_err(), "{no_table:?}");
    }
}

#[test]
fn minute_precision_only_where_the_note_says_so() {
    let table = |note: &str| {
        format!(
            "id,kind,calendar_tz,weekly_hours_local,holidays,pauses_utc,start_utc,target_minutes,\
             end_utc,expected,note\na,deadline,UTC,mon 09:00-17:00,,,2026-02-09T09:00:36Z,60,,\
             2026-02-09T10:00:00Z,{note}"
        )
    };
    let verdict = |note| check_vectors(&table(note)).expect("a table").remove(0).verdict;
    assert_eq!(verdict("SECONDS: compare at minute precision"), Verdict::Match);
    assert_ne!(verdict(""), Verdict::Match);
}

#[test]
fn opens_and_closes() {
    let hours = calendar(
        "mon-fri 08:00-12:00, 13:00-16:00; fri 22:00-06:00",
        &["2026-05-01", "2026-12-25"],
        &[
            ("2026-12-25", &[("10:00", "14:00")]),
            ("2026-12-31", &[("20:00", "02:00")]),
            ("2026-12-24", &[]),
        ],
    );
    // Local times in Helsinki: +02:00 in winter, +03:00 in summer.
    for (now, open, next_open, next_close) in [
        // Start included, end not.
        ("2026-02-10T08:00:00+02", true, "2026-02-10T08:00:00+02", "2026-02-10T12:00:00+02"),
        (
            "2026-02-10T07:59:59.999+02",
            false,
            "2026-02-10T08:00:00+02",
            "2026-02-10T07:59:59.999+02",
        ),
        ("2026-02-10T12:00:00+02", false, "2026-02-10T13:00:00+02", "2026-02-10T12:00:00+02"),
        // The night shift runs over midnight as one stretch.
        ("2026-02-13T23:00:00+02", true, "2026-02-13T23:00:00+02", "2026-02-14T06:00:00+02"),
        ("2026-02-14T06:00:00+02", false, "2026-02-16T08:00:00+02", "2026-02-14T06:00:00+02"),
        // A Friday that is a holiday: its own night is closed; the morning after still has its hours.
        ("2026-04-30T16:00:00+03", false, "2026-05-02T00:00:00+03", "2026-04-30T16:00:00+03"),
        ("2026-05-01T23:00:00+03", false, "2026-05-02T00:00:00+03", "2026-05-01T23:00:00+03"),
        // Hours of its own win over the holiday of the same date.
        ("2026-12-24T09:00:00+02", false, "2026-12-25T10:00:00+02", "2026-12-24T09:00:00+02"),
        // A night of its own runs into the next date, whose own night shift follows at 22.
        ("2026-12-31T21:00:00+02", true, "2026-12-31T21:00:00+02", "2027-01-01T02:00:00+02"),
        ("2027-01-01T03:00:00+02", false, "2027-01-01T08:00:00+02", "2027-01-01T03:00:00+02"),
    ] {
        assert_eq!(hours.is_open(at(now)), open, "{now}");
        assert_eq!(hours.next_opening(at(now)), Some(at(next_open)), "{now}");
        assert_eq!(hours.next_closing(at(now)), Some(at(next_close)), "{now}");
    }
}

#[test]
fn around_the_clock_loses_nothing() {
    let start = at("2026-01-01T00:00:00Z");
    let year = 365 * 86_400_000;
    for hours in [
        Calendar::always(),
        calendar("mon-sun 00:00-24:00", &[], &[]),
        calendar("mon-sun 08:00-08:01; mon-sun 08:01-08:00", &[], &[]),
    ] {
        assert_eq!(hours.elapsed_ms(start, start.plus_millis(year)), year as u64);
        assert_eq!(hours.deadline(start, year as u64), Some(start.plus_millis(year)));
        assert_eq!(hours.next_closing(start), None);
        assert!(hours.always);
    }
}

#[test]
fn never_within_a_hundred_years() {
    let once = Calendar::new("UTC", &[], &[], &[date_hours("2026-02-10", &[("09:00", "10:00")])])
        .expect("a calendar");
    let after = at("2026-02-10T10:00:00Z");
    assert_eq!(once.next_opening(after), None);
    assert_eq!(once.deadline(after, 1), None);
    assert_eq!(once.deadline(at("2026-02-10T09:00:00Z"), 3_600_000), Some(after));
    assert_eq!(once.deadline(at("2026-02-10T09:00:00Z"), 3_600_001), None);
    for moment in [Timestamp(i64::MIN), Timestamp(i64::MAX)] {
        assert!(!once.is_open(moment));
        assert_eq!(once.elapsed_ms(moment, moment), 0);
        assert_eq!(Calendar::always().deadline(moment, 0), Some(moment));
    }
    assert_eq!(Calendar::always().deadline(after, u64::MAX), None);
}

#[test]
fn every_fault_is_named() {
    let weekly = |days: &str, open: &str, close: &str| WeekHours {
        days: days.parse().unwrap_or_default(),
        open: open.into(),
        close: close.into(),
    };
    let faults = Calendar::new(
        "Europe/Helsinky",
        &[
            weekly("mon", "8:00", "24:01"),
            weekly("mon", "24:00", "10:00"),
            weekly("mon", "10:00", "10:00"),
            weekly("", "10:00", "11:00"),
            weekly("sun", "22:00", "06:00"),
            weekly("mon", "05:00", "09:00"),
        ],
        &["24.12.2026".into(), "2026-02-30".into(), "2026-12-25".into(), "2026-12-25".into()],
        &[
            date_hours("2026-12-24", &[("10:00", "12:00"), ("11:00", "14:00")]),
            date_hours("2026-12-24", &[]),
            date_hours("tomorrow", &[]),
        ],
    )
    .expect_err("faults");
    let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
    let expected = [
        "time_zone: found \"Europe/Helsinky\"; allowed is an IANA time zone like Europe/Helsinki",
        "hours[0].open: found \"8:00\"; allowed is a time HH:MM from 00:00 to 23:59, or 24:00 to close",
        "hours[0].close: found \"24:01\"",
        "hours[1].open: found \"24:00\"",
        "hours[2]: found \"10:00-10:00\"; closing must differ from opening (all day is 00:00 to 24:00)",
        "hours[3].days: found \"\"",
        "hours[5]: found \"05:00-09:00\"; intervals of one day must not overlap",
        "holidays[0]: found \"24.12.2026\"; allowed is a date YYYY-MM-DD",
        "holidays[1]: found \"2026-02-30\"",
        "holidays[3]: found \"2026-12-25\"; each date may be named once",
        "exceptions[0].hours[1]: found \"11:00-14:00\"",
        "exceptions[1].date: found \"2026-12-24\"",
        "exceptions[2].date: found \"tomorrow\"",
    ];
    assert_eq!(told.len(), expected.len(), "{told:#?}");
    for (told, expected) in told.iter().zip(expected) {
        assert!(told.starts_with(expected), "{told} should begin with {expected}");
    }
    let never = Calendar::new("UTC", &[], &["2026-12-25".into()], &[]).expect_err("never open");
    assert!(matches!(never[..], [CalendarFault::NeverOpen(_)]));
}

#[test]
fn weekdays_read_as_written() {
    for (text, expected) in [
        ("mon", "Mon"),
        ("mon-fri", "Mon Tue Wed Thu Fri"),
        ("sat,sun", "Sat Sun"),
        ("fri-mon", "Mon Fri Sat Sun"),
        ("Mon-Wed,FRIDAY", "Mon Tue Wed Fri"),
    ] {
        let days: Weekdays = text.parse().expect(text);
        let names: Vec<String> = days.iter().map(|day| format!("{day:?}")).collect();
        assert_eq!(names.join(" "), expected, "{text}");
    }
    for text in ["", "mo", "mon-", "mon fri", "1-5"] {
        assert!(text.parse::<Weekdays>().is_err(), "{text:?}");
    }
}

/// Calendars of many shapes, in zones with and without changes of clocks.
fn calendars() -> impl Strategy<Value = Calendar> {
    let zones = prop::sample::select(vec![
        "Europe/Helsinki",
        "America/New_York",
        "Australia/Lord_Howe",
        "Asia/Kathmandu",
        "UTC",
        "Africa/Casablanca",
    ]);
    let weeks = prop::sample::select(vec![
        "mon-fri 09:00-17:00",
        "mon-fri 08:00-12:00, 13:00-16:00; sat 10:00-14:00",
        "mon-sun 22:00-06:00",
        "mon-sun 00:00-24:00",
        "sun 02:30-03:30",
        "sat-sun 00:00-24:00; wed 23:59-00:01",
    ]);
    // From a week before the spring change of 2026 in most of these zones.
    let dates = prop::collection::btree_set(0_i64..21, 0..4);
    (zones, weeks, dates).prop_map(|(zone, week, dates)| {
        let first: jiff::civil::Date = "2026-03-22".parse().expect("a date");
        let holidays: Vec<String> = dates
            .into_iter()
            .map(|days| {
                first.checked_add(jiff::Span::new().days(days)).expect("a date").to_string()
            })
            .collect();
        Calendar::new(zone, &hours(week), &holidays, &[]).expect("a calendar")
    })
}

/// A moment in the five weeks around the spring change of 2026.
fn moments() -> impl Strategy<Value = Timestamp> {
    let from = at("2026-03-10T00:00:00Z").0;
    (from..from + 35 * 86_400_000).prop_map(Timestamp)
}

/// The definition, taken literally: open when the wall clock of the zone shows an opening hour.
fn is_open_by_the_wall_clock(hours: &Calendar, now: Timestamp) -> bool {
    let zone = jiff::tz::TimeZone::get(hours.time_zone()).expect("a zone");
    let local =
        jiff::Timestamp::from_millisecond(now.0).expect("a moment").to_zoned(zone).datetime();
    let midnight = local.date().to_zoned(jiff::tz::TimeZone::UTC).expect("a date").timestamp();
    let date = midnight.as_millisecond() / DAY_MS;
    let wall = local.to_zoned(jiff::tz::TimeZone::UTC).expect("a time").timestamp();
    let time = wall.as_millisecond().rem_euclid(DAY_MS);
    let weekday = usize::try_from(local.weekday().to_monday_zero_offset()).expect("0 to 6");
    let spans = hours.dates.get(&date).unwrap_or(&hours.week[weekday]);
    spans.iter().any(|span| (span.from..span.to).contains(&time))
}

proptest! {
    #[test]
    fn agrees_with_the_wall_clock(hours in calendars(), from in moments()) {
        // Minute by minute over two days.
        let mut open_minutes = 0;
        let minute = from.0.div_euclid(60_000) * 60_000;
        for n in 0..2880 {
            let now = Timestamp(minute + n * 60_000);
            let open = is_open_by_the_wall_clock(&hours, now);
            prop_assert_eq!(hours.is_open(now), open, "at {:?}", now);
            open_minutes += u64::from(open);
        }
        let elapsed = hours.elapsed_ms(Timestamp(minute), Timestamp(minute + 2880 * 60_000));
        prop_assert_eq!(elapsed, open_minutes * 60_000);
    }

    #[test]
    fn deadline_and_elapsed_are_inverse(hours in calendars(), start in moments(), budget in 1_u64..400_000_000) {
        let due = hours.deadline(start, budget).expect("due some day");
        prop_assert_eq!(hours.elapsed_ms(start, due), budget);
        // The earliest such moment: so the millisecond before it was open, and it is never due in
        // closed time except at the closing edge.
        prop_assert_eq!(hours.elapsed_ms(start, due.plus_millis(-1)), budget - 1);
        prop_assert!(hours.is_open(due.plus_millis(-1)));
    }

    #[test]
    fn elapsed_adds_up(hours in calendars(), mut m in prop::array::uniform3(moments())) {
        m.sort_unstable();
        prop_assert_eq!(
            hours.elapsed_ms(m[0], m[1]) + hours.elapsed_ms(m[1], m[2]),
            hours.elapsed_ms(m[0], m[2])
        );
        prop_assert!(hours.elapsed_ms(m[0], m[1]) <= m[1].0.abs_diff(m[0].0));
        prop_assert_eq!(hours.elapsed_ms(m[2], m[0]), 0);
    }

    #[test]
    fn deadlines_follow_start_and_budget(
        hours in calendars(), a in moments(), b in moments(), x in 0_u64..1_000_000_000, y in 0_u64..1_000_000_000,
    ) {
        let (first, later) = (a.min(b), a.max(b));
        let (small, large) = (x.min(y), x.max(y));
        prop_assert!(hours.deadline(first, small) <= hours.deadline(first, large));
        prop_assert!(hours.deadline(first, small) <= hours.deadline(later, small));
        // Pausing for no time changes nothing: the rest runs on.
        let due = hours.deadline(first, large).expect("due some day");
        let between = first.max(later.min(due));
        let used = hours.elapsed_ms(first, between);
        prop_assert_eq!(hours.deadline(between, large - used).expect("due"), due.max(between));
    }

    #[test]
    fn opening_is_the_first_open_moment(hours in calendars(), now in moments()) {
        let opens = hours.next_opening(now).expect("opens some day");
        prop_assert!(opens >= now && hours.is_open(opens));
        prop_assert_eq!(hours.elapsed_ms(now, opens), 0);
        if let Some(closes) = hours.next_closing(opens) {
            prop_assert!(closes > opens && !hours.is_open(closes));
            prop_assert_eq!(hours.elapsed_ms(opens, closes), closes.0.abs_diff(opens.0));
        }
    }
}
