//! One question of the form, and whether an answer is one.

use serde::Deserialize;
use shared_form::{Form, phone};

/// What is asked.
#[derive(Deserialize)]
pub struct Asked {
    pub key: String,
    pub label: Option<String>,
    #[serde(rename = "type", default)]
    kind: Kind,
    #[serde(default)]
    required: bool,
    #[serde(default = "longest")]
    longest: usize,
    #[serde(default)]
    options: Vec<String>,
    least: Option<f64>,
    most: Option<f64>,
    pub role: Option<Role>,
}

const fn longest() -> usize {
    1000
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    #[default]
    Text,
    Email,
    Phone,
    Number,
    Date,
    Choice,
    Choices,
    Yes,
}

/// What an answer is to the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Address,
    Name,
    Subject,
    Text,
    Language,
    Segment,
}

impl Asked {
    /// The answer in its plain form; nothing if there is none and none is needed.
    pub fn answer(&self, form: &Form, country: &str) -> Result<Option<String>, &'static str> {
        let Some(value) = form.get(&self.key) else {
            return if self.required { Err("has to be filled in") } else { Ok(None) };
        };
        if value.chars().count() > self.longest {
            return Err("is too long");
        }
        let answer = match self.kind {
            Kind::Text => value.to_owned(),
            Kind::Email => email(value)?,
            Kind::Phone => phone::number(value, country)?,
            Kind::Number => self.number(value)?,
            Kind::Date => date(value)?,
            Kind::Choice => self.one_of(value)?,
            Kind::Choices => {
                // As JSON writes a list, it comes joined.
                let all = form.all(&self.key).flat_map(|value| value.split(", "));
                let all: Result<Vec<String>, _> = all.map(|value| self.one_of(value)).collect();
                all?.join(", ")
            }
            Kind::Yes => match value.to_ascii_lowercase().as_str() {
                "on" | "true" | "yes" | "1" => "yes".to_owned(),
                "off" | "false" | "no" | "0" if !self.required => "no".to_owned(),
                _ => return Err("has to be accepted"),
            },
        };
        Ok(Some(answer))
    }

    fn one_of(&self, value: &str) -> Result<String, &'static str> {
        let known = self.options.iter().any(|option| option == value);
        if known { Ok(value.to_owned()) } else { Err("is none of the choices") }
    }

    fn number(&self, value: &str) -> Result<String, &'static str> {
        let plain = value.replace([' ', '\u{a0}'], "").replace(',', ".");
        let number: f64 = plain.parse().map_err(|_| "is no number")?;
        if !number.is_finite() {
            return Err("is no number");
        }
        if self.least.is_some_and(|least| number < least) {
            return Err("is too small");
        }
        if self.most.is_some_and(|most| number > most) {
            return Err("is too large");
        }
        Ok(plain)
    }
}

/// An address as mail takes it, roughly: whether it exists shows when it is written to.
fn email(value: &str) -> Result<String, &'static str> {
    const WRONG: &str = "is no mail address";
    let (local, domain) = value.rsplit_once('@').ok_or(WRONG)?;
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && !"<>()[],;:\\\"".contains(c);
    let labels = domain.split('.').all(|label| {
        !label.is_empty()
            && !label.starts_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    });
    let right = !local.is_empty()
        && value.len() <= 254
        && local.chars().all(|c| plain(c) && c != '@')
        && domain.contains('.')
        && labels;
    if right { Ok(format!("{local}@{}", domain.to_lowercase())) } else { Err(WRONG) }
}

/// `2026-01-31` or `31.1.2026`, as the first.
fn date(value: &str) -> Result<String, &'static str> {
    const WRONG: &str = "is no date";
    let numbers =
        |mark| -> Vec<Option<u32>> { value.split(mark).map(|n| n.parse().ok()).collect() };
    let (year, month, day) = match (numbers('-').as_slice(), numbers('.').as_slice()) {
        ([Some(year), Some(month), Some(day)], _) | (_, [Some(day), Some(month), Some(year)]) => {
            (*year, *month, *day)
        }
        _ => return Err(WRONG),
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return Err(WRONG),
    };
    if !(1900..=2200).contains(&year) || !(1..=days).contains(&day) {
        return Err(WRONG);
    }
    Ok(format!("{year}-{month:02}-{day:02}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_dates_are_checked() {
        assert_eq!(email("Aino.Salo+x@Example.COM").as_deref(), Ok("Aino.Salo+x@example.com"));
        assert!(email("käyttäjä@sähkö.fi").is_ok());
        for wrong in [
            "",
            "@",
            "a@b",
            "a b@c.fi",
            "a@b..fi",
            "a@-b.fi",
            "<a@b.fi>",
            "a@b.fi,c@d.fi",
            "a@b@c.fi",
        ] {
            assert!(email(wrong).is_err(), "{wrong}");
        }
        for (text, expected) in [("2028-02-29", "2028-02-29"), ("1.2.2026", "2026-02-01")] {
            assert_eq!(date(text).as_deref(), Ok(expected));
        }
        for wrong in ["2026-02-29", "2026-13-01", "31.4.2026", "1.1.26", "tomorrow", "2026-1"] {
            assert!(date(wrong).is_err(), "{wrong}");
        }
    }
}
