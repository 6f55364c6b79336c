//! Checks of what the customer answers to a question. What passes is brought to one form.

use serde::Deserialize;

use crate::text::plain;

#[derive(Deserialize)]
pub struct Check {
    kind: Kind,
    min: Option<f64>,
    max: Option<f64>,
    #[serde(default)]
    whole: bool,
    earliest_days: Option<i64>,
    latest_days: Option<i64>,
    #[serde(default)]
    pub values: Vec<String>,
    code: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Text,
    Email,
    Phone,
    Number,
    Date,
    OneOf,
    YesNo,
    Code,
}

/// The longest answer kept, in characters: the state has to stay small.
const LONGEST: usize = 1000;

impl Check {
    /// Whether the answer is one of a few, which are then shown as buttons.
    pub fn is_yes_no(&self) -> bool {
        self.kind == Kind::YesNo
    }

    /// The answer in its one form, or nothing if it does not fit. `today` is in days since 1970.
    pub fn accept(&self, said: &str, today: i64) -> Option<String> {
        let said = said.trim();
        if said.is_empty() || said.chars().nth(LONGEST).is_some() {
            return None;
        }
        match self.kind {
            Kind::Text => {
                let length = said.chars().count() as f64;
                self.in_range(length).then(|| said.to_owned())
            }
            Kind::Email => email(said),
            Kind::Phone => phone(said),
            Kind::Number => self.number(said),
            Kind::Date => self.date(said, today),
            Kind::OneOf => self.values.iter().find(|value| plain(value) == plain(said)).cloned(),
            Kind::YesNo => yes_no(said).map(|yes| if yes { "yes" } else { "no" }.to_owned()),
            Kind::Code => code(self.code.as_deref()?, said),
        }
    }

    fn in_range(&self, number: f64) -> bool {
        self.min.is_none_or(|min| number >= min) && self.max.is_none_or(|max| number <= max)
    }

    /// Digits with an optional sign and decimals after a dot or comma; spaces between thousands are fine.
    fn number(&self, said: &str) -> Option<String> {
        let joined: String = said.chars().filter(|c| !c.is_whitespace()).collect();
        let plain = joined.replace(',', ".");
        let digits = plain.strip_prefix('-').unwrap_or(&plain);
        let (whole, decimals) = digits.split_once('.').unwrap_or((digits, "0"));
        let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !is_digits(whole) || !is_digits(decimals) || plain.len() > 18 {
            return None;
        }
        if self.whole && decimals.bytes().any(|b| b != b'0') {
            return None;
        }
        let number: f64 = plain.parse().ok()?;
        self.in_range(number).then(|| number.to_string())
    }

    /// `31.12.2026`, `31/12/2026` or `2026-12-31`, as the last.
    fn date(&self, said: &str, today: i64) -> Option<String> {
        let parts: Vec<&str> = said.split(['.', '/', '-', ' ']).filter(|p| !p.is_empty()).collect();
        let [first, month, last] = parts.as_slice() else { return None };
        let (year, day) = if first.len() == 4 { (first, last) } else { (last, first) };
        if year.len() != 4 {
            return None;
        }
        let (year, month, day) = (year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
        let distance = days_from_1970(year, month, day)? - today;
        let fits = self.earliest_days.is_none_or(|days| distance >= days)
            && self.latest_days.is_none_or(|days| distance <= days);
        fits.then(|| format!("{year:04}-{month:02}-{day:02}"))
    }
}

/// Whether it looks like an address; only a mail can tell whether it is one.
fn email(said: &str) -> Option<String> {
    let (name, domain) = said.rsplit_once('@')?;
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && !"<>()[],;:\\\"@".contains(c);
    let labels: Vec<&str> = domain.split('.').collect();
    let good = (1..=64).contains(&name.len())
        && name.chars().all(plain)
        && !name.starts_with('.')
        && !name.ends_with('.')
        && labels.len() >= 2
        && domain.len() <= 255
        && labels.iter().all(|label| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        })
        && labels
            .last()
            .is_some_and(|top| top.len() >= 2 && !top.bytes().all(|b| b.is_ascii_digit()));
    good.then(|| format!("{name}@{}", domain.to_lowercase()))
}

/// 5 to 15 digits (E.164), with an optional `+` or `00` before and spaces, dashes, dots and brackets between.
fn phone(said: &str) -> Option<String> {
    let mut digits = String::new();
    for (place, c) in said.chars().enumerate() {
        match c {
            '+' if place == 0 => digits.push('+'),
            '0'..='9' => digits.push(c),
            ' ' | '-' | '.' | '(' | ')' | '/' => {}
            _ => return None,
        }
    }
    if let Some(rest) = digits.strip_prefix("00") {
        digits = format!("+{rest}");
    }
    let count = digits.trim_start_matches('+').len();
    (5..=15).contains(&count).then_some(digits)
}

/// A code of a given form, in capitals. What the form has as itself may be left out or written as a space.
fn code(form: &str, said: &str) -> Option<String> {
    let mut left = said.chars().filter(|c| !c.is_whitespace()).peekable();
    let mut found = String::new();
    for wanted in form.chars() {
        let fits = |c: &char| match wanted {
            'A' => c.is_alphabetic(),
            '9' => c.is_ascii_digit(),
            'X' => c.is_alphanumeric(),
            other => *c == other,
        };
        match left.next_if(fits) {
            Some(c) => found.extend(c.to_uppercase()),
            None if wanted.is_alphanumeric() => return None,
            None => found.push(wanted),
        }
    }
    left.next().is_none().then_some(found)
}

/// What a short answer says.
pub fn yes_no(said: &str) -> Option<bool> {
    match plain(said).as_str() {
        "kyllä" | "joo" | "juu" | "k" | "ja" | "ja tack" | "japp" | "yes" | "yep" | "y"
        | "yeah" => Some(true),
        "ei" | "en" | "e" | "nej" | "nej tack" | "no" | "nope" | "n" => Some(false),
        _ => None,
    }
}

/// Days from 1970-01-01 of a date of the Gregorian calendar from 1900 to 2199; `None` for a date that does not exist.
fn days_from_1970(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let length = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i64::from(leap),
        _ => return None,
    };
    if !(1900..2200).contains(&year) || !(1..=length).contains(&day) {
        return None;
    }
    // Counted in years that begin in March, so that the leap day comes last
    // (the method of Howard Hinnant's "chrono-compatible low-level date algorithms").
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let era = y.div_euclid(400);
    let year_of_era = y - era * 400;
    let day_of_year = (153 * m + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-22.
    const TODAY: i64 = 20_779;

    fn accept(check: serde_json::Value, said: &str) -> Option<String> {
        serde_json::from_value::<Check>(check).unwrap().accept(said, TODAY)
    }

    #[test]
    fn days_are_counted_right() {
        for (date, days) in [
            ((1970, 1, 1), Some(0)),
            ((1969, 12, 31), Some(-1)),
            ((2000, 2, 29), Some(11_016)),
            ((2026, 11, 22), Some(TODAY)),
            ((2026, 2, 29), None),
            ((2100, 2, 29), None),
            ((2026, 13, 1), None),
            ((2026, 4, 31), None),
        ] {
            assert_eq!(days_from_1970(date.0, date.1, date.2), days, "{date:?}");
        }
    }

    #[test]
    fn answers_that_fit_are_brought_to_one_form() {
        use serde_json::json;
        let email = || json!({ "kind": "email" });
        let phone = || json!({ "kind": "phone" });
        let number = || json!({ "kind": "number", "min": 1, "max": 100 });
        let date = || json!({ "kind": "date", "earliest_days": 0, "latest_days": 60 });
        let code = || json!({ "kind": "code", "code": "AAA-999" });
        for (check, said, expected) in [
            (email(), " Aino.Salo@Esimerkki.FI ", Some("Aino.Salo@esimerkki.fi")),
            (email(), "a@b.co", Some("a@b.co")),
            (email(), "aino@", None),
            (email(), "aino salo@x.fi", None),
            (email(), "a@b@c.fi", None),
            (email(), "a@1.2.3.4", None),
            (email(), "a@x..fi", None),
            (phone(), "+358 40 123-4567", Some("+358401234567")),
            (phone(), "00358401234567", Some("+358401234567")),
            (phone(), "040 1234567", Some("0401234567")),
            (phone(), "12", None),
            (phone(), "call me", None),
            (phone(), "40+12345", None),
            (number(), "42", Some("42")),
            (number(), "4,50", Some("4.5")),
            (number(), "1 00", Some("100")),
            (number(), "0", None),
            (number(), "101", None),
            (number(), "1e2", None),
            (number(), "inf", None),
            (json!({ "kind": "number", "whole": true }), "4,5", None),
            (json!({ "kind": "number", "whole": true }), "-4,0", Some("-4")),
            (date(), "31.12.2026", Some("2026-12-31")),
            (date(), "2026-12-31", Some("2026-12-31")),
            (date(), "1/1/2027", Some("2027-01-01")),
            (date(), "21.11.2026", None),
            (date(), "1.3.2027", None),
            (date(), "31.11.2026", None),
            (date(), "tomorrow", None),
            (code(), "abc-123", Some("ABC-123")),
            (code(), "abc 123", Some("ABC-123")),
            (code(), "ABC123", Some("ABC-123")),
            (code(), "AB1-123", None),
            (code(), "ABC-1234", None),
            (json!({ "kind": "one_of", "values": ["Helsinki", "Turku"] }), "turku!", Some("Turku")),
            (json!({ "kind": "one_of", "values": ["Helsinki", "Turku"] }), "Oulu", None),
            (json!({ "kind": "yes_no" }), "Joo", Some("yes")),
            (json!({ "kind": "yes_no" }), "nej tack", Some("no")),
            (json!({ "kind": "yes_no" }), "maybe", None),
            (json!({ "kind": "text", "min": 3, "max": 5 }), "äöå", Some("äöå")),
            (json!({ "kind": "text", "min": 3, "max": 5 }), "ab", None),
            (json!({ "kind": "text" }), "  ", None),
        ] {
            let name = format!("{check} {said:?}");
            assert_eq!(accept(check, said).as_deref(), expected, "{name}");
        }
    }
}
