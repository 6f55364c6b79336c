//! Every first-party plugin passes, as a third party's must.

use kerros_testkit::test_plugin;

#[test]
fn every_first_party_plugin_conforms_and_keeps_its_vectors() {
    let Some(plugins) = crate::plugins() else { return };
    assert!(plugins.len() >= 8, "{} plugins", plugins.len());
    let mut failed = String::new();
    for plugin in plugins {
        let report = test_plugin(&plugin.wasm, &plugin.folder);
        let vectors = report.cases.iter().filter(|case| case.suite.starts_with("vectors/")).count();
        if vectors == 0 {
            failed.push_str(&format!("{}: no vectors\n", plugin.folder.display()));
        }
        for case in report.cases {
            if let Some(fault) = case.fault {
                let folder = plugin.folder.display();
                failed.push_str(&format!("{folder}: {} {}: {fault}\n", case.suite, case.name));
            }
        }
    }
    assert!(failed.is_empty(), "{failed}");
}
