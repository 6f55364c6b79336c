//! Reads `/metrics` and compares two readings.

use std::collections::BTreeMap;

use anyhow::Context;

/// Every sample by its full name with labels.
#[derive(Debug, Clone, Default)]
pub struct Reading(BTreeMap<String, f64>);

impl Reading {
    /// Scrapes.
    pub async fn take(http: &reqwest::Client, url: &str) -> anyhow::Result<Self> {
        let text =
            http.get(format!("{url}/metrics")).send().await?.error_for_status()?.text().await?;
        Self::parse(&text)
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        let mut samples = BTreeMap::new();
        for line in text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
            let (name, value) = line.rsplit_once(' ').context("a metrics line without a value")?;
            samples.insert(
                name.to_owned(),
                value.parse().with_context(|| format!("not a value: {line}"))?,
            );
        }
        Ok(Self(samples))
    }

    /// The sum of all samples of `name` whose labels contain every one of `labels` (`tenant="x"`).
    pub fn sum(&self, name: &str, labels: &[&str]) -> f64 {
        self.0
            .iter()
            .filter(|(full, _)| {
                full.split('{').next() == Some(name)
                    && labels.iter().all(|label| full.contains(label))
            })
            .map(|(_, value)| value)
            .sum()
    }

    /// How much the sum grew since `before`.
    pub fn growth(&self, before: &Self, name: &str, labels: &[&str]) -> f64 {
        self.sum(name, labels) - before.sum(name, labels)
    }

    /// An upper bound of a quantile (0 to 1) of what a histogram took since `before`, in its unit.
    pub fn quantile(&self, before: &Self, name: &str, labels: &[&str], quantile: f64) -> f64 {
        let bucket = format!("{name}_bucket");
        let mut edges: Vec<f64> = self
            .0
            .keys()
            .filter(|full| full.split('{').next() == Some(bucket.as_str()))
            .filter_map(|full| {
                let rest = full.split("le=\"").nth(1)?;
                rest.split('"').next()?.replace("+Inf", "inf").parse().ok()
            })
            .collect();
        edges.sort_by(f64::total_cmp);
        edges.dedup();
        let all = self.growth(before, &format!("{name}_count"), labels);
        for edge in edges {
            let text = if edge.is_infinite() { "+Inf".to_owned() } else { edge.to_string() };
            let le = format!("le=\"{text}\"");
            let mut wanted = labels.to_vec();
            wanted.push(&le);
            if self.growth(before, &bucket, &wanted) >= all * quantile {
                return edge;
            }
        }
        f64::INFINITY
    }
}

#[cfg(test)]
mod tests {
    use super::Reading;

    #[test]
    fn readings_are_summed_and_compared() {
        let before =
            Reading::parse("# HELP x y\nx_total{tenant=\"a\"} 1\nx_total{tenant=\"b\"} 2\n")
                .unwrap();
        let after =
            Reading::parse("x_total{tenant=\"a\"} 5\nx_total{tenant=\"b\"} 2\nx_total_other 9\n")
                .unwrap();
        assert_eq!(after.sum("x_total", &[]), 7.0);
        assert_eq!(after.growth(&before, "x_total", &["tenant=\"a\""]), 4.0);
    }

    #[test]
    fn a_quantile_is_the_edge_below_which_enough_fell() {
        let text = "h_bucket{le=\"0.1\"} 90\nh_bucket{le=\"0.5\"} 99\nh_bucket{le=\"+Inf\"} 100\nh_count 100\n";
        let (after, before) = (Reading::parse(text).unwrap(), Reading::default());
        assert_eq!(after.quantile(&before, "h", &[], 0.5), 0.1);
        assert_eq!(after.quantile(&before, "h", &[], 0.99), 0.5);
        assert_eq!(after.quantile(&before, "h", &[], 1.0), f64::INFINITY);
    }
}
