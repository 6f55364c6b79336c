//! Times collected, and printed as median and tail.

use std::time::Duration;

use hdrhistogram::Histogram;

/// Times between 1 us and 1 h.
pub struct Times(Histogram<u64>);

impl Times {
    /// None yet.
    pub fn new() -> anyhow::Result<Self> {
        Ok(Self(Histogram::new_with_bounds(1, 3_600_000_000, 3)?))
    }

    /// Adds one.
    pub fn add(&mut self, time: Duration) {
        self.0.saturating_record(u64::try_from(time.as_micros()).unwrap_or(u64::MAX).max(1));
    }

    /// Adds all of another.
    pub fn merge(&mut self, other: &Self) -> anyhow::Result<()> {
        Ok(self.0.add(&other.0)?)
    }

    /// How many.
    pub fn count(&self) -> u64 {
        self.0.len()
    }

    /// Median, tail and longest, for programs.
    pub fn json(&self) -> serde_json::Value {
        serde_json::json!({
            "p50_ms": self.ms(50.0), "p99_ms": self.ms(99.0), "max_ms": self.ms(100.0),
            "samples": self.count(),
        })
    }

    /// The given percentile in milliseconds.
    #[expect(clippy::cast_precision_loss, reason = "times in microseconds fit 52 bits")]
    pub fn ms(&self, percentile: f64) -> f64 {
        self.0.value_at_percentile(percentile) as f64 / 1000.0
    }
}

impl std::fmt::Display for Times {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "p50 {:.2} ms, p99 {:.2} ms, max {:.2} ms ({} samples)",
            self.ms(50.0),
            self.ms(99.0),
            self.ms(100.0),
            self.count()
        )
    }
}
