//! Licences of dependencies: only those that go with Apache-2.0 in one binary.

use crate::metadata::Metadata;

/// SPDX names that are fine on their own.
const FINE: [&str; 18] = [
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "MIT",
    "MIT-0",
    "BSD-1-Clause",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "0BSD",
    "ISC",
    "Zlib",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "Unicode-3.0",
    "Unicode-DFS-2016",
    "Unlicense",
    "MPL-2.0",
    "bzip2-1.0.6",
];

/// Every dependency whose licence is missing or does not go with ours.
pub fn faults(metadata: &Metadata) -> Vec<String> {
    metadata
        .packages
        .iter()
        .filter(|package| package.source.is_some())
        .filter(|package| !package.license.as_deref().is_some_and(is_fine))
        .map(|package| {
            let licence = package.license.as_deref().unwrap_or("no licence");
            format!("{} {} is under {licence}", package.name, package.version)
        })
        .collect()
}

/// Whether an SPDX expression can be met with fine licences only. `OR` binds weaker than `AND`.
fn is_fine(expression: &str) -> bool {
    let flat = expression.replace('/', " OR ");
    if let Some(inner) = outer_parentheses(&flat) {
        return is_fine(inner);
    }
    if let Some(sides) = split(&flat, " OR ") {
        return sides.iter().any(|side| is_fine(side));
    }
    if let Some(sides) = split(&flat, " AND ") {
        return sides.iter().all(|side| is_fine(side));
    }
    FINE.contains(&flat.trim())
}

fn outer_parentheses(text: &str) -> Option<&str> {
    let inner = text.trim().strip_prefix('(')?.strip_suffix(')')?;
    let mut depth = 0_i32;
    for c in inner.chars() {
        depth += i32::from(c == '(') - i32::from(c == ')');
        if depth < 0 {
            return None;
        }
    }
    Some(inner)
}

/// The sides of an operator outside parentheses, if it is there.
fn split<'a>(text: &'a str, operator: &str) -> Option<Vec<&'a str>> {
    let mut sides = Vec::new();
    let (mut depth, mut start, mut at) = (0_i32, 0, 0);
    while let Some(c) = text[at..].chars().next() {
        depth += i32::from(c == '(') - i32::from(c == ')');
        if depth == 0 && text[at..].starts_with(operator) {
            sides.push(&text[start..at]);
            at += operator.len();
            start = at;
        } else {
            at += c.len_utf8();
        }
    }
    sides.push(&text[start..]);
    (sides.len() > 1).then_some(sides)
}

#[cfg(test)]
mod tests {
    use super::is_fine;

    #[test]
    fn expressions_are_read_as_spdx_means_them() {
        for (expression, fine) in [
            ("MIT", true),
            ("MIT/Apache-2.0", true),
            ("MIT OR GPL-3.0", true),
            ("GPL-3.0", false),
            ("MIT AND GPL-3.0", false),
            ("(MIT OR GPL-3.0) AND Zlib", true),
            ("(MIT OR Apache-2.0) AND Unicode-3.0", true),
            ("Apache-2.0 WITH LLVM-exception OR Apache-2.0 OR MIT", true),
            ("AGPL-3.0 OR (GPL-2.0 AND MIT)", false),
        ] {
            assert_eq!(is_fine(expression), fine, "{expression}");
        }
    }
}
