//! Kind K of plugin has the same file stem in every tree, so that who knows one knows all.

use std::path::Path;

const KINDS: [&str; 5] = ["bot", "channel", "report", "sla", "tagger"];

/// Every place where a kind is missing.
pub fn faults(root: &Path) -> Vec<String> {
    let mut faults = Vec::new();
    for kind in KINDS {
        for place in [
            format!("sdk/wit/{kind}"),
            format!("sdk/rust/src/{kind}.rs"),
            format!("sdk/testkit/src/kind/{kind}.rs"),
            format!("sdk/templates/{kind}"),
            format!("core/app/src/ports/{kind}.rs"),
            format!("core/host/src/kind/{kind}.rs"),
            format!("plugins/{kind}"),
        ] {
            if !root.join(&place).exists() {
                faults.push(format!("plugin kind {kind} has no {place}"));
            }
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_kind_is_in_every_tree() {
        assert_eq!(super::faults(&crate::metadata::root()), Vec::<String>::new());
    }
}
