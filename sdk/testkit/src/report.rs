//! What came of testing a plugin.

use std::fmt;

use kerros_host::Inspection;
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
        write!(f, "{} passed, {} failed", self.cases.len() - self.failed(), self.failed())
    }
}
