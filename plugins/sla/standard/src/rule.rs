//! A rule: a promise, and for which conversations it holds.

use kerros_plugin::sla::{Facts, Metric, Owner, PauseOn};
use serde::Deserialize;

#[derive(Deserialize)]
pub struct Rule {
    pub metric: Metric,
    #[serde(default = "vendor")]
    pub owner: Owner,
    pub within: String,
    pub calendar: Option<String>,
    pub layer: Option<Names>,
    segment: Option<Names>,
    priority: Option<Names>,
    channel: Option<Names>,
    tag: Option<Names>,
    language: Option<Names>,
    pub pause_on: Option<Vec<PauseOn>>,
    pub warn_at: Option<u8>,
}

fn vendor() -> Owner {
    Owner::Vendor
}

/// One name or several.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum Names {
    One(String),
    More(Vec<String>),
}

impl Names {
    pub fn holds(&self, name: &str) -> bool {
        match self {
            Self::One(one) => one == name,
            Self::More(more) => more.iter().any(|one| one == name),
        }
    }
}

impl Rule {
    /// Whether it holds for a conversation.
    pub fn matches(&self, facts: &Facts) -> bool {
        let named = |names: &Option<Names>, found: Option<&str>| {
            names.as_ref().is_none_or(|names| found.is_some_and(|found| names.holds(found)))
        };
        named(&self.segment, facts.segment.as_deref())
            && named(&self.priority, Some(&facts.priority))
            && named(&self.channel, Some(&facts.channel))
            && named(&self.language, Some(&facts.language))
            && self.tag.as_ref().is_none_or(|tags| facts.tags.iter().any(|tag| tags.holds(tag)))
    }

    /// How specific: how many things it names, then which.
    pub fn specificity(&self) -> (u32, u32) {
        let named = [&self.segment, &self.priority, &self.channel, &self.tag, &self.language];
        let bits = named.iter().fold(0, |bits, names| bits << 1 | u32::from(names.is_some()));
        (bits.count_ones(), bits)
    }

    /// `1h30m` in seconds; at least 1.
    pub fn within_s(&self) -> Option<u64> {
        let mut total: u64 = 0;
        let mut number = String::new();
        let mut units = ['h', 'm', 's'].iter();
        for c in self.within.chars() {
            if c.is_ascii_digit() {
                number.push(c);
                continue;
            }
            // Each unit once, from hours to seconds.
            units.find(|unit| **unit == c)?;
            let seconds = match c {
                'h' => 3600,
                'm' => 60,
                _ => 1,
            };
            let count: u64 = std::mem::take(&mut number).parse().ok()?;
            total = total.checked_add(count.checked_mul(seconds)?)?;
        }
        (number.is_empty() && total > 0).then_some(total)
    }
}
