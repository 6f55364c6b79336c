//! Days of the week, and sets of them as config writes them: `mon-fri`, `sat,sun`.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weekday {
    /// Monday.
    Mon,
    /// Tuesday.
    Tue,
    /// Wednesday.
    Wed,
    /// Thursday.
    Thu,
    /// Friday.
    Fri,
    /// Saturday.
    Sat,
    /// Sunday.
    Sun,
}

impl Weekday {
    /// Monday to Sunday.
    pub const ALL: [Self; 7] =
        [Self::Mon, Self::Tue, Self::Wed, Self::Thu, Self::Fri, Self::Sat, Self::Sun];

    /// 0 for Monday to 6 for Sunday.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    fn parse(text: &str) -> Option<Self> {
        Some(match text.trim().to_ascii_lowercase().as_str() {
            "mon" | "monday" => Self::Mon,
            "tue" | "tuesday" => Self::Tue,
            "wed" | "wednesday" => Self::Wed,
            "thu" | "thursday" => Self::Thu,
            "fri" | "friday" => Self::Fri,
            "sat" | "saturday" => Self::Sat,
            "sun" | "sunday" => Self::Sun,
            _ => return None,
        })
    }
}

/// A set of weekdays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Weekdays(u8);

impl Weekdays {
    /// Monday to Sunday.
    pub const ALL: Self = Self(0b111_1111);

    /// Whether `day` is in the set.
    #[must_use]
    pub const fn contains(self, day: Weekday) -> bool {
        self.0 & (1 << day.index()) != 0
    }

    /// Whether the set is empty.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The days, Monday first.
    pub fn iter(self) -> impl Iterator<Item = Weekday> {
        Weekday::ALL.into_iter().filter(move |day| self.contains(*day))
    }
}

impl FromIterator<Weekday> for Weekdays {
    fn from_iter<I: IntoIterator<Item = Weekday>>(days: I) -> Self {
        Self(days.into_iter().fold(0, |set, day| set | 1 << day.index()))
    }
}

/// Text that does not name weekdays.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected weekdays like mon, mon-fri or sat,sun, found {found:?}")]
pub struct NotWeekdays {
    /// What was found.
    pub found: String,
}

/// Days and ranges separated by commas; a range may pass over the week's end (`fri-mon`).
impl FromStr for Weekdays {
    type Err = NotWeekdays;

    fn from_str(text: &str) -> Result<Self, NotWeekdays> {
        let fault = || NotWeekdays { found: text.chars().take(64).collect() };
        let mut set = 0u8;
        for part in text.split(',') {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let first = Weekday::parse(first).ok_or_else(fault)?.index();
            let last = Weekday::parse(last).ok_or_else(fault)?.index();
            let length = (last + 7 - first) % 7;
            for step in 0..=length {
                set |= 1 << ((first + step) % 7);
            }
        }
        Ok(Self(set))
    }
}
