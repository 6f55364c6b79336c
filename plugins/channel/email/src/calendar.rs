//! Invitations (RFC 5545, 5546): what, when with its zone, where, who asks. Enough to read; the file itself goes along.

/// Media types of calendar files.
pub const TYPES: &[&str] = &["text/calendar", "application/ics", "text/x-vcalendar"];

/// The most lines of a file that are read.
const MOST: usize = 5_000;

/// What an invitation says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Invitation {
    /// `request`, `cancel`, `reply`, `publish`..., in lower case; empty if the file does not say.
    pub method: String,
    pub summary: String,
    /// As read aloud: `2026-04-03 12:00-13:00 (Europe/Helsinki)`.
    pub when: String,
    pub place: String,
    pub organiser: String,
    /// What a guest answered, of a `reply`: `accepted`, `declined`, `tentative`.
    pub answer: String,
    /// It happens again and again.
    pub repeats: bool,
}

/// Reads the first event of a calendar file.
pub fn read(text: &str) -> Option<Invitation> {
    let mut invitation = Invitation::default();
    let (mut begin, mut end) = (None, None);
    let mut duration = String::new();
    let mut inside: Vec<String> = Vec::new();
    let mut found = false;
    for line in unfolded(text).into_iter().take(MOST) {
        let Some(property) = Property::read(&line) else { continue };
        match property.name.as_str() {
            "BEGIN" => {
                if found && property.value.eq_ignore_ascii_case("VEVENT") {
                    break;
                }
                inside.push(property.value.to_ascii_uppercase());
                continue;
            }
            "END" => {
                if inside.pop().as_deref() == Some("VEVENT") {
                    found = true;
                }
                continue;
            }
            "METHOD" if inside.len() == 1 => {
                invitation.method = property.value.to_ascii_lowercase()
            }
            _ => {}
        }
        // Alarms lie inside an event and have summaries of their own.
        if inside.last().map(String::as_str) != Some("VEVENT") {
            continue;
        }
        match property.name.as_str() {
            "SUMMARY" => invitation.summary = property.text(),
            "LOCATION" => invitation.place = property.text(),
            "ORGANIZER" => invitation.organiser = property.person(),
            "ATTENDEE" => {
                if let Some(answer) = property.parameter("PARTSTAT") {
                    invitation.answer = answer.to_ascii_lowercase();
                }
            }
            "DTSTART" => begin = Moment::read(&property),
            "DTEND" => end = Moment::read(&property),
            "DURATION" => duration = property.value.to_ascii_lowercase(),
            "RRULE" => invitation.repeats = true,
            "STATUS" if property.value.eq_ignore_ascii_case("CANCELLED") => {
                invitation.method = "cancel".into();
            }
            _ => {}
        }
    }
    if invitation.method != "reply" {
        invitation.answer.clear();
    }
    invitation.when = when(begin, end, &duration);
    let known = !invitation.when.is_empty() || !invitation.summary.is_empty();
    known.then_some(invitation)
}

/// A property with its parameters.
struct Property {
    name: String,
    parameters: Vec<(String, String)>,
    value: String,
}

impl Property {
    /// `NAME;PARAM="a:b";OTHER=c:value`
    fn read(line: &str) -> Option<Self> {
        let mut quoted = false;
        let colon = line.char_indices().find(|&(_, c)| {
            quoted ^= c == '"';
            c == ':' && !quoted
        })?;
        let (head, value) = (&line[..colon.0], &line[colon.0 + 1..]);
        let mut parts = Vec::new();
        let mut from = 0;
        let mut quoted = false;
        for (at, c) in head.char_indices() {
            quoted ^= c == '"';
            if c == ';' && !quoted {
                parts.push(&head[from..at]);
                from = at + 1;
            }
        }
        parts.push(&head[from..]);
        let mut parts = parts.into_iter();
        let name = parts.next()?.trim().to_ascii_uppercase();
        let parameters = parts
            .filter_map(|part| part.split_once('='))
            .map(|(key, value)| (key.to_ascii_uppercase(), value.trim_matches('"').to_owned()))
            .take(30)
            .collect();
        Some(Self { name, parameters, value: value.trim().to_owned() })
    }

    fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn text(&self) -> String {
        let mut text = String::new();
        let mut chars = self.value.chars();
        while let Some(c) = chars.next() {
            match c {
                '\\' => match chars.next() {
                    Some('n' | 'N') => text.push(' '),
                    Some(c) => text.push(c),
                    None => {}
                },
                c => text.push(c),
            }
        }
        kerros_plugin::text::one_line(&text, 300).unwrap_or_default()
    }

    fn person(&self) -> String {
        let value = self.value.trim();
        let address = value.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("mailto:"));
        let address = address.map_or(value, |_| &value[7..]);
        let person = match self.parameter("CN").filter(|name| !name.is_empty() && *name != address)
        {
            Some(name) => format!("{name} <{address}>"),
            None => address.to_owned(),
        };
        kerros_plugin::text::one_line(&person, 300).unwrap_or_default()
    }
}

/// A date, or a date and a time with its zone.
struct Moment {
    day: String,
    time: Option<String>,
    zone: String,
}

impl Moment {
    fn read(property: &Property) -> Option<Self> {
        let value = property.value.as_str();
        let digits = |from: usize, to: usize| {
            value.get(from..to).filter(|part| part.bytes().all(|b| b.is_ascii_digit()))
        };
        let day = format!("{}-{}-{}", digits(0, 4)?, digits(4, 6)?, digits(6, 8)?);
        let time = match (value.get(8..9), digits(9, 11), digits(11, 13)) {
            (Some("T"), Some(hour), Some(minute)) => Some(format!("{hour}:{minute}")),
            _ => None,
        };
        let zone = if value.ends_with('Z') {
            "UTC".to_owned()
        } else {
            property.parameter("TZID").unwrap_or_default().to_owned()
        };
        Some(Self { day, time, zone })
    }
}

fn when(begin: Option<Moment>, end: Option<Moment>, duration: &str) -> String {
    let Some(begin) = begin else { return String::new() };
    let mut when = begin.day.clone();
    if let Some(time) = &begin.time {
        when += &format!(" {time}");
    }
    match &end {
        Some(end) if end.day == begin.day => {
            if let Some(time) = end.time.as_ref().filter(|time| Some(*time) != begin.time.as_ref())
            {
                when += &format!("\u{2013}{time}");
            }
        }
        // The last day of a whole-day event is the day after it.
        Some(end) if end.time.is_none() && next_day(&begin.day) == end.day => {}
        Some(end) => {
            when += &format!(" \u{2013} {}", end.day);
            if let Some(time) = &end.time {
                when += &format!(" {time}");
            }
        }
        None => {
            let length = duration.trim_start_matches(['p', '+']).replace('t', "");
            if !length.is_empty() && begin.time.is_some() {
                when += &format!(" ({length})");
            }
        }
    }
    if begin.time.is_some() && !begin.zone.is_empty() {
        when += &format!(" ({})", begin.zone);
    }
    kerros_plugin::text::one_line(&when, 200).unwrap_or_default()
}

fn next_day(day: &str) -> String {
    let part = |from, to| day.get(from..to).and_then(|part| part.parse::<u32>().ok()).unwrap_or(0);
    let (mut year, mut month, mut date) = (part(0, 4), part(5, 7), part(8, 10) + 1);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    if date > length {
        (month, date) = (month + 1, 1);
        if month > 12 {
            (year, month) = (year + 1, 1);
        }
    }
    format!("{year:04}-{month:02}-{date:02}")
}

fn unfolded(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines().take(MOST * 2) {
        match (line.strip_prefix([' ', '\t']), lines.last_mut()) {
            (Some(more), Some(last)) if last.len() < 10_000 => last.push_str(more),
            _ => lines.push(line.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invitation_can_be_read_aloud() {
        let text = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VTIMEZONE\r\nTZID:Europe/Helsinki\r\nBEGIN:STANDARD\r\nDTSTART:19701025T040000\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\nSUMMARY:Palaveri\\, osa\r\n  2\r\nDTSTART;TZID=\"Europe/Helsinki\":20260403T120000\r\nDTEND;TZID=Europe/Helsinki:20260403T130000\r\nLOCATION:Sali A\\nKatu 1\r\nORGANIZER;CN=\"Salo, Aino\":MAILTO:aino@example.fi\r\nATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:tuki@example.fi\r\nBEGIN:VALARM\r\nSUMMARY:no\r\nEND:VALARM\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:second\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
        let wanted = Invitation {
            method: "request".into(),
            summary: "Palaveri, osa 2".into(),
            when: "2026-04-03 12:00\u{2013}13:00 (Europe/Helsinki)".into(),
            place: "Sali A Katu 1".into(),
            organiser: "Salo, Aino <aino@example.fi>".into(),
            answer: String::new(),
            repeats: false,
        };
        assert_eq!(read(text), Some(wanted));
    }

    #[test]
    fn times_in_their_several_forms() {
        let when = |lines: &str| {
            read(&format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\n{lines}\nEND:VEVENT\n")).map(|i| i.when)
        };
        for (lines, wanted) in [
            (
                "DTSTART:20260403T090000Z\nDTEND:20260403T100000Z",
                "2026-04-03 09:00\u{2013}10:00 (UTC)",
            ),
            ("DTSTART;VALUE=DATE:20261231\nDTEND;VALUE=DATE:20270101", "2026-12-31"),
            (
                "DTSTART;VALUE=DATE:20260403\nDTEND;VALUE=DATE:20260406",
                "2026-04-03 \u{2013} 2026-04-06",
            ),
            ("DTSTART:20260403T090000\nDURATION:PT1H30M", "2026-04-03 09:00 (1h30m)"),
            (
                "DTSTART:20260403T220000\nDTEND:20260404T010000",
                "2026-04-03 22:00 \u{2013} 2026-04-04 01:00",
            ),
        ] {
            assert_eq!(when(lines).as_deref(), Some(wanted));
        }
        for bad in ["DTSTART:2026", "DTSTART:ääkkösiä", "X", ""] {
            assert_eq!(when(bad), None, "{bad}");
        }
    }
}
