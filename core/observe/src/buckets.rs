//! Bucket edges.

use crate::name::Edges;

/// The usual edges of SLA times in seconds, before a tenant's own targets are added: 10 s to 10 days.
pub const SLA: [f64; 18] = [
    10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1_800.0, 3_600.0, 7_200.0, 14_400.0,
    28_800.0, 57_600.0, 86_400.0, 172_800.0, 432_000.0, 864_000.0,
];

const WORK: [f64; 14] =
    [0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

const CALL: [f64; 14] = [
    0.000_01, 0.000_02, 0.000_04, 0.000_08, 0.000_16, 0.000_32, 0.000_64, 0.001_25, 0.0025, 0.005,
    0.02, 0.1, 0.5, 5.0,
];

/// The edges of a kind of histogram, `targets` (seconds) being those of every configured SLA target.
#[must_use]
pub fn edges(kind: Edges, targets: &[f64]) -> Vec<f64> {
    match kind {
        Edges::Work => WORK.to_vec(),
        Edges::Call => CALL.to_vec(),
        Edges::Sla => {
            let mut all: Vec<f64> =
                SLA.iter().chain(targets).copied().filter(|s| *s > 0.0).collect();
            all.sort_by(f64::total_cmp);
            all.dedup();
            all
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_lies_on_an_edge() {
        let edges = edges(Edges::Sla, &[45.0, 600.0, 45.0, 100_000.0]);
        for target in [45.0, 600.0, 100_000.0] {
            assert!(edges.contains(&target), "{target} is missing");
        }
        assert!(edges.windows(2).all(|pair| pair[0] < pair[1]), "edges must rise: {edges:?}");
    }
}
