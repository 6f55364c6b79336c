//! Which crate may depend on which: domain <- app <- adapters <- server; leaves know nobody.

use crate::metadata::Metadata;

/// A crate and the crates of this workspace it may use outside its tests.
const ALLOWED: &[(&str, &[&str])] = &[
    ("kerros-domain", &[]),
    ("kerros-settings", &[]),
    ("kerros-observe", &[]),
    ("kerros-build", &[]),
    ("kerros-plugin", &[]),
    ("kerros-publish", &[]),
    ("kerros-app", &["kerros-domain"]),
    ("kerros-store", &["kerros-app", "kerros-domain"]),
    ("kerros-host", &["kerros-app", "kerros-domain"]),
    ("kerros-mail", &["kerros-app", "kerros-domain"]),
    ("kerros-search", &["kerros-app", "kerros-domain"]),
    ("kerros-outbound", &["kerros-app", "kerros-domain"]),
    ("kerros-web", &["kerros-app", "kerros-domain", "kerros-observe"]),
    ("kerros-testkit", &["kerros-app", "kerros-domain", "kerros-host"]),
    ("kerros-load", &["kerros-app", "kerros-domain", "kerros-store"]),
    ("kerros-suite", &[]),
    ("kerros-xtask", &[]),
];

/// What pure crates must never see, whoever offers it.
const FORBIDDEN: &[(&str, &[&str])] = &[
    (
        "kerros-domain",
        &["tokio", "sea-orm", "axum", "wasmtime", "figment", "async-trait", "reqwest", "rand"],
    ),
    ("kerros-app", &["sea-orm", "axum", "wasmtime", "figment", "reqwest", "rand"]),
];

/// Every edge that should not be there.
pub fn faults(metadata: &Metadata) -> Vec<String> {
    let mut faults = Vec::new();
    for package in &metadata.packages {
        let used = package.dependencies.iter().filter(|d| d.kind.as_deref() != Some("dev"));
        let allowed = ALLOWED.iter().find(|(name, _)| *name == package.name);
        let forbidden = FORBIDDEN.iter().find(|(name, _)| *name == package.name);
        for dependency in used {
            let name = dependency.name.as_str();
            let ours = name.starts_with("kerros");
            if ours && allowed.is_some_and(|(_, may)| !may.contains(&name)) {
                faults.push(format!(
                    "{} depends on {name}, which the architecture forbids",
                    package.name
                ));
            }
            if forbidden.is_some_and(|(_, never)| never.contains(&name)) {
                faults.push(format!("{} is pure and may not use {name}", package.name));
            }
        }
        if allowed.is_none() && package.name != "kerros" {
            faults.push(format!("{} has no place in the dependency table: add it", package.name));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::{Dependency, Package};

    fn package(name: &str, uses: &[(&str, Option<&str>)]) -> Package {
        Package {
            name: name.into(),
            version: "0.1.0".into(),
            license: None,
            source: None,
            dependencies: uses
                .iter()
                .map(|(name, kind)| Dependency {
                    name: (*name).into(),
                    kind: kind.map(ToOwned::to_owned),
                })
                .collect(),
        }
    }

    #[test]
    fn edges_against_the_arrows_are_found_and_tests_may_use_anything() {
        let metadata = Metadata {
            packages: vec![
                package("kerros-app", &[("kerros-store", None), ("sea-orm", None)]),
                package("kerros-domain", &[("tokio", Some("dev"))]),
                package("kerros-new", &[]),
            ],
        };
        assert_eq!(
            faults(&metadata),
            [
                "kerros-app depends on kerros-store, which the architecture forbids",
                "kerros-app is pure and may not use sea-orm",
                "kerros-new has no place in the dependency table: add it",
            ]
        );
    }

    #[test]
    fn this_workspace_is_clean() {
        let metadata = crate::metadata::read(&crate::metadata::root(), false).unwrap();
        assert_eq!(faults(&metadata), Vec::<String>::new());
    }
}
