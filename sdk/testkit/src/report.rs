//! What came of testing a plugin.

use std::fmt;

use kerros_host::{CallFigures, Inspection, LaneLimits};
use serde::Serialize;

/// What one call took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// Calls timed.
    pub calls: usize,
    /// The middle one, microseconds, fresh instance included.
    pub p50_us: u64,
    /// The slowest, microseconds.
    pub max_us: u64,
    /// Instructions, roughly; the same on every machine.
    pub fuel: Option<u64>,
    /// Most linear memory, bytes.
    pub memory_bytes: usize,
}

/// What all calls of one name took, beside what a call may take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Spent {
    /// The call.
    pub call: String,
    /// Calls timed.
    pub calls: usize,
    /// The middle one's time, microseconds, fresh instance included.
    pub p50_us: u64,
    /// The time that 99 of 100 keep.
    pub p99_us: u64,
    /// The slowest.
    pub max_us: u64,
    /// Processor time that a call may take.
    pub limit_us: u64,
    /// Instructions of the middle call, roughly.
    pub fuel_p50: Option<u64>,
    /// And of the longest.
    pub fuel_max: Option<u64>,
    /// Linear memory of the middle call, bytes.
    pub memory_p50: usize,
    /// And of the largest.
    pub memory_max: usize,
    /// Memory that a call may have.
    pub memory_limit: usize,
}

impl Spent {
    pub(crate) fn of(call: &str, figures: &[CallFigures], limits: &LaneLimits) -> Self {
        let us = |time: std::time::Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        // A metered call is slow by its meter: it tells the fuel only.
        let plain = figures.iter().filter(|call| call.fuel.is_none());
        let times = sorted(plain.map(|call| us(call.time)));
        let fuel = sorted(figures.iter().filter_map(|call| call.fuel));
        let memory = sorted(figures.iter().map(|call| call.memory));
        Self {
            call: call.to_owned(),
            calls: times.len(),
            p50_us: at(&times, 50).unwrap_or(0),
            p99_us: at(&times, 99).unwrap_or(0),
            max_us: at(&times, 100).unwrap_or(0),
            limit_us: us(limits.busy),
            fuel_p50: at(&fuel, 50),
            fuel_max: at(&fuel, 100),
            memory_p50: at(&memory, 50).unwrap_or(0),
            memory_max: at(&memory, 100).unwrap_or(0),
            memory_limit: limits.memory,
        }
    }
}

fn sorted<T: Ord>(all: impl Iterator<Item = T>) -> Vec<T> {
    let mut all: Vec<T> = all.collect();
    all.sort_unstable();
    all
}

/// What so many of a hundred do not exceed.
fn at<T: Copy>(sorted: &[T], percent: usize) -> Option<T> {
    sorted.get((sorted.len() * percent / 100).min(sorted.len().saturating_sub(1))).copied()
}

/// One thing tested.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Case {
    /// `plugin`, `conformance` or the vector's file.
    pub suite: String,
    /// What was tested.
    pub name: String,
    /// What is wrong; none if it passed.
    pub fault: Option<String>,
    /// What the call took, if there was one.
    pub figures: Option<Figures>,
}

/// What came of testing a plugin.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The plugin, if it can be read.
    pub plugin: Option<Inspection>,
    /// Everything tested, in order.
    pub cases: Vec<Case>,
    /// What its calls took, by call.
    pub spent: Vec<Spent>,
}

impl Report {
    /// Whether everything passed, and anything was tested at all.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        !self.cases.is_empty() && self.failed() == 0
    }

    /// How many cases failed.
    #[must_use]
    pub fn failed(&self) -> usize {
        self.cases.iter().filter(|case| case.fault.is_some()).count()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(plugin) = &self.plugin {
            let manifest = &plugin.manifest;
            writeln!(
                f,
                "{} {} ({}), {} kB",
                manifest.id,
                manifest.version,
                manifest.title,
                plugin.size / 1000
            )?;
        }
        let mut suite = "";
        let width = self.cases.iter().map(|case| case.name.chars().count()).max().unwrap_or(0);
        for case in &self.cases {
            if case.suite != suite {
                suite = &case.suite;
                writeln!(f, "{suite}")?;
            }
            let mark = if case.fault.is_some() { "FAIL" } else { "ok  " };
            write!(f, "  {mark} {:width$}", case.name)?;
            if let Some(figures) = &case.figures {
                write!(
                    f,
                    "  p50 {:>6} us  max {:>6} us  fuel {:>9}  memory {:>5} KiB",
                    figures.p50_us,
                    figures.max_us,
                    figures.fuel.map_or_else(|| "-".to_owned(), |fuel| fuel.to_string()),
                    figures.memory_bytes >> 10,
                )?;
            }
            writeln!(f)?;
            if let Some(fault) = &case.fault {
                for line in fault.lines() {
                    writeln!(f, "       {line}")?;
                }
            }
        }
        if !self.spent.is_empty() {
            writeln!(f, "budget")?;
        }
        for spent in &self.spent {
            writeln!(f, "  {spent}")?;
        }
        write!(f, "{} passed, {} failed", self.cases.len() - self.failed(), self.failed())
    }
}

impl fmt::Display for Spent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fuel = |fuel: Option<u64>| fuel.map_or_else(|| "-".to_owned(), |fuel| fuel.to_string());
        write!(
            f,
            "{:8} {:>6} calls  time p50 {} p99 {} max {} of {} us  fuel p50 {} max {}  \
             memory p50 {} max {} of {} KiB",
            self.call,
            self.calls,
            self.p50_us,
            self.p99_us,
            self.max_us,
            self.limit_us,
            fuel(self.fuel_p50),
            fuel(self.fuel_max),
            self.memory_p50 >> 10,
            self.memory_max >> 10,
            self.memory_limit >> 10,
        )
    }
}
