//! Which version serves each use, and how a new one does beside it: for the API and the console.

use kerros_app::ports::tenants::Tenants as _;
use kerros_domain::time::Timestamp;
use kerros_web::state::{NewVersion, UseVersion};

use super::report::Report;
use super::versions::use_key;
use crate::compose::House;
use crate::tenants::uses;

/// Every use of a plugin on this node.
pub fn versions(house: &House) -> Vec<UseVersion> {
    let reports = house.shadows.reports();
    let mut all = Vec::new();
    for tenant in house.directory.all() {
        let id = &tenant.policy.id;
        for (kind, one) in uses(&tenant) {
            let loaded = house.host.loaded_version(&one.plugin, one.version.as_deref());
            let Some(loaded) = loaded else { continue };
            let used_as = use_key(kind.as_str(), &one.name);
            let beside =
                |report: &&Report| report.tenant == id.as_str() && report.used_as == used_as;
            all.push(UseVersion {
                tenant: id.clone(),
                plugin: one.plugin.clone(),
                version: loaded.manifest.version,
                digest: format!("sha256:{}", loaded.digest),
                shadow: reports.iter().find(beside).map(shown),
                used_as,
            });
        }
    }
    all
}

fn shown(report: &Report) -> NewVersion {
    let differences = report.differences.iter();
    NewVersion {
        version: report.to.version.clone(),
        digest: report.to.digest.to_string(),
        since: Timestamp(report.since_ms),
        fault: report.fault.clone(),
        same: report.same,
        different: report.different,
        failed: report.failed,
        skipped: report.skipped,
        differences: differences
            .map(|one| [one.call.clone(), one.at.clone(), one.live.clone(), one.new.clone()])
            .collect(),
        failures: report.failures.clone(),
    }
}
