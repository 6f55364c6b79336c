//! A reading of `/metrics`.

use std::collections::BTreeMap;

/// Every sample by its full name with labels.
#[derive(Debug, Clone)]
pub struct Reading(BTreeMap<String, f64>);

impl Reading {
    /// Scrapes.
    ///
    /// # Panics
    /// When it is not answered in Prometheus' text format.
    pub async fn take(http: &reqwest::Client, url: &str) -> Self {
        let answer = http.get(format!("{url}/metrics")).send().await.unwrap();
        let text = answer.error_for_status().unwrap().text().await.unwrap();
        let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
        let sample = |line: &str| {
            let (name, value) = line.rsplit_once(' ').unwrap();
            (name.to_owned(), value.parse().unwrap())
        };
        Self(lines.map(sample).collect())
    }

    /// The sum of all samples of `name` that have all of these labels.
    pub fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let labels: Vec<String> =
            labels.iter().map(|(name, value)| format!("{name}=\"{value}\"")).collect();
        let wanted = |full: &str| {
            let (family, rest) = full.split_once('{').unwrap_or((full, ""));
            let own: Vec<&str> = rest.trim_end_matches('}').split(',').collect();
            family == name && labels.iter().all(|label| own.contains(&label.as_str()))
        };
        self.0.iter().filter(|(full, _)| wanted(full)).map(|(_, value)| value).sum()
    }
}
