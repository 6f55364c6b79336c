//! Amounts as people write them: `72h`, `256KiB`.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A length of time: a whole number with `ms`, `s`, `m`, `h` or `d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(pub Duration);

/// An amount of bytes: a whole number with `B`, `KiB`, `MiB` or `GiB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bytes(pub u64);

/// So many things in a second, a minute or an hour: `80/s`, `300/min`, `1000/h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Things; at least 1.
    pub count: u32,
    /// Seconds: 1, 60 or 3600.
    pub per_s: u32,
}

const RATES: [(&str, u32); 3] = [("s", 1), ("min", 60), ("h", 3600)];

impl FromStr for Rate {
    type Err = NotAnAmount;
    fn from_str(text: &str) -> Result<Self, NotAnAmount> {
        let read = || {
            let (count, unit) = text.split_once('/')?;
            let count = count.parse().ok().filter(|count| *count > 0)?;
            let (_, per_s) = RATES.iter().find(|(name, _)| *name == unit)?;
            Some(Self { count, per_s: *per_s })
        };
        read().ok_or_else(|| NotAnAmount(text.chars().take(40).collect()))
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = RATES.iter().find(|(_, per_s)| *per_s == self.per_s);
        write!(f, "{}/{}", self.count, unit.map_or("s", |(name, _)| name))
    }
}

const SPANS: [(&str, u64); 5] =
    [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];
const SIZES: [(&str, u64); 4] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];

/// Text that is not an amount.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is not an amount")]
pub struct NotAnAmount(String);

fn amount(text: &str, units: &[(&str, u64)]) -> Result<u64, NotAnAmount> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = &text[digits.len()..];
    units
        .iter()
        .find(|(name, _)| *name == unit)
        .and_then(|(_, size)| digits.parse::<u64>().ok()?.checked_mul(*size))
        .ok_or_else(|| NotAnAmount(text.chars().take(40).collect()))
}

fn show(f: &mut fmt::Formatter<'_>, amount: u64, units: &[(&str, u64)]) -> fmt::Result {
    let fits = |size: u64| amount >= size && amount.is_multiple_of(size);
    match units.iter().find(|(_, size)| fits(*size)) {
        Some((name, size)) => write!(f, "{}{name}", amount / size),
        None => write!(f, "0{}", units.iter().find(|(n, _)| *n == "s").map_or("B", |(n, _)| n)),
    }
}

impl Span {
    /// So many seconds.
    #[must_use]
    pub const fn seconds(n: u64) -> Self {
        Self(Duration::from_secs(n))
    }

    /// So many milliseconds.
    #[must_use]
    pub const fn millis(n: u64) -> Self {
        Self(Duration::from_millis(n))
    }

    /// Whole seconds in it.
    #[must_use]
    pub const fn as_secs(self) -> u64 {
        self.0.as_secs()
    }

    /// Milliseconds in it.
    #[must_use]
    pub fn as_millis(self) -> u64 {
        u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX)
    }
}

impl FromStr for Span {
    type Err = NotAnAmount;
    fn from_str(text: &str) -> Result<Self, NotAnAmount> {
        Ok(Self::millis(amount(text, &SPANS)?))
    }
}

impl FromStr for Bytes {
    type Err = NotAnAmount;
    fn from_str(text: &str) -> Result<Self, NotAnAmount> {
        Ok(Self(amount(text, &SIZES)?))
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(f, self.as_millis(), &SPANS)
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(f, self.0, &SIZES)
    }
}

macro_rules! as_text {
    ($name:ident, $pattern:literal, $sample:literal, $allowed:literal) => {
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
            }
        }
        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "type": "string",
                    "pattern": $pattern,
                    "x-allowed": $allowed,
                    "x-stand-in": $sample
                })
            }
        }
    };
}
as_text!(
    Span,
    r"^[0-9]{1,9}(ms|s|m|h|d)$",
    "1s",
    "a length of time like 500ms, 30s, 15m, 72h or 3d"
);
as_text!(
    Bytes,
    r"^[0-9]{1,9}(B|KiB|MiB|GiB)$",
    "1KiB",
    "an amount of bytes like 512B, 64KiB or 1MiB"
);
as_text!(Rate, r"^[1-9][0-9]{0,6}/(s|min|h)$", "1/s", "a rate like 80/s, 300/min or 1000/h");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_read_and_show_alike() {
        for text in ["500ms", "90s", "15m", "5h", "3d", "0s"] {
            assert_eq!(text.parse::<Span>().unwrap().to_string(), text);
        }
        for text in ["512B", "64KiB", "1MiB", "2GiB"] {
            assert_eq!(text.parse::<Bytes>().unwrap().to_string(), text);
        }
        for text in ["80/s", "300/min", "1000/h"] {
            assert_eq!(text.parse::<Rate>().unwrap().to_string(), text);
        }
        for text in ["", "80", "0/s", "-1/s", "80/d", "80 / s", "1.5/s"] {
            assert!(text.parse::<Rate>().is_err(), "{text}");
        }
        assert_eq!("72h".parse::<Span>().unwrap().to_string(), "3d");
        for text in ["", "5", "h", "1.5h", "-1s", "5 h", "99999999999999999999d"] {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
    }
}
