//! The name somebody probably meant.

/// The nearest of `known`, if it is near enough to suggest: at most a third of its letters differ.
#[must_use]
pub fn nearest<'a>(found: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let found_lower = found.to_lowercase();
    known
        .into_iter()
        .map(|name| (distance(&found_lower, &name.to_lowercase()), name))
        .filter(|(far, name)| *far <= name.chars().count().max(found.chars().count()).div_ceil(3))
        .min_by_key(|(far, _)| *far)
        .map(|(_, name)| name)
}

/// Edits (insert, delete, replace, swap of neighbours) between two words: optimal string alignment.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    for (j, cell) in rows[0].iter_mut().enumerate() {
        *cell = j;
    }
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let replace = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replace.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggests_only_what_is_near() {
        let known = ["listen", "base_url", "trusted_proxies"];
        assert_eq!(nearest("lisetn", known), Some("listen"));
        assert_eq!(nearest("base-url", known), Some("base_url"));
        assert_eq!(nearest("colour", known), None);
    }
}
