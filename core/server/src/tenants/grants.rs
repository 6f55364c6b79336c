//! What a use of a plugin may reach: what its manifest asks for ∩ what the tenant's file names ∩ what policy allows.

use kerros_app::tenant::Grants;
use kerros_host::Manifest;
use kerros_settings::Faults;
use kerros_settings::platform::plugins::{Capability, Policy};
use kerros_settings::tenant::plugins::Placed;

/// The grants of one use; tells what the file names in vain.
pub fn of(
    placed: &Placed,
    manifest: &Manifest,
    policy: &Policy,
    faults: &mut Faults<'_>,
) -> Grants {
    let at = &placed.at;
    let allowed = |capability: Capability| policy.capabilities.contains(&capability);
    for capability in Capability::ALL {
        if manifest.wants(capability.as_str()) && !allowed(capability) {
            let why = format!(
                "it wants {:?}, which plugins.policy.capabilities does not allow",
                capability.as_str()
            );
            faults.wrong(&format!("{at}.plugin"), &format!("{:?}", placed.uses.plugin), why);
        }
    }
    let wanted: Vec<&str> = manifest.hosts().collect();
    let mut hosts = Vec::new();
    for (n, host) in placed.uses.hosts.iter().enumerate() {
        let place = format!("{at}.hosts[{n}]");
        if !wanted.iter().any(|pattern| covers(pattern, host)) {
            let why = match wanted.as_slice() {
                [] => "the plugin asks for no hosts".to_owned(),
                some => format!("the plugin asks for {} only", some.join(", ")),
            };
            faults.wrong(&place, &format!("{host:?}"), why);
        } else if !policy.hosts.iter().any(|pattern| covers(pattern, host)) {
            let why = format!("plugins.policy.hosts allows {} only", policy.hosts.join(", "));
            faults.wrong(&place, &format!("{host:?}"), why);
        } else {
            hosts.push(host.clone());
        }
    }
    if !wanted.is_empty() && placed.uses.hosts.is_empty() {
        let what = format!(
            "the plugin asks for {}; without hosts it can reach nothing",
            wanted.join(", ")
        );
        faults.warn(&format!("{at}.hosts"), what);
    }
    let secrets = placed.uses.secrets.keys();
    if !placed.uses.secrets.is_empty() && !manifest.wants(Capability::Secret.as_str()) {
        faults.wrong(&format!("{at}.secrets"), "secrets", "the plugin does not ask for any");
    }
    Grants {
        secrets: secrets.map(|name| (name.clone(), hosts.clone())).collect(),
        hosts,
        private_hosts: policy.private_hosts,
        outbox: None,
    }
}

/// Whether every host that `narrow` names is named by `wide`.
fn covers(wide: &str, narrow: &str) -> bool {
    if wide == "*" || wide.eq_ignore_ascii_case(narrow) {
        return true;
    }
    let split = |pattern: &str| match pattern.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => {
            (host.to_lowercase(), port.to_owned())
        }
        _ => (pattern.to_lowercase(), String::new()),
    };
    let ((wide, wide_port), (narrow, narrow_port)) = (split(wide), split(narrow));
    let inside = wide
        .strip_prefix("*.")
        .is_some_and(|suffix| narrow.strip_suffix(suffix).is_some_and(|head| head.ends_with('.')));
    inside && wide_port == narrow_port
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanting(capabilities: Vec<Capability>, wants: &[&str]) -> Vec<String> {
        let manifest: Manifest = serde_json::from_value(serde_json::json!({
            "id": "bot/x", "version": "1.0.0", "kind": "bot", "api": "0.1.0", "title": "X",
            "config": {}, "wants": wants,
        }))
        .unwrap();
        let uses = serde_json::from_value(serde_json::json!({ "plugin": "bot/x" })).unwrap();
        let placed = Placed { at: "bots.x".into(), kind: "bot", name: "x".into(), uses };
        let policy = Policy { capabilities, ..Policy::default() };
        let mut faults = Faults::new(&[]);
        of(&placed, &manifest, &policy, &mut faults);
        faults.into_vec().into_iter().map(|fault| fault.what).collect()
    }

    #[test]
    fn policy_can_forbid_each_capability() {
        let all = ["secret", "search", "facts", "kv"];
        assert_eq!(wanting(Capability::ALL.to_vec(), &all), [""; 0]);
        for forbidden in Capability::ALL.into_iter().filter(|one| *one != Capability::Http) {
            let rest = Capability::ALL.into_iter().filter(|one| *one != forbidden).collect();
            let why = format!(
                "found \"bot/x\"; it wants {:?}, which plugins.policy.capabilities does not allow",
                forbidden.as_str()
            );
            assert_eq!(wanting(rest, &all), [why]);
        }
    }

    #[test]
    fn a_pattern_covers_what_is_narrower() {
        let table = [
            ("*", "api.example.com:8443", true),
            ("api.example.com", "API.example.com", true),
            ("*.example.com", "api.example.com", true),
            ("*.example.com", "*.api.example.com", true),
            ("*.example.com", "example.com", false),
            ("*.example.com", "evilexample.com", false),
            ("*.example.com", "api.example.com:8443", false),
            ("api.example.com", "*.example.com", false),
            ("api.example.com", "api.example.com:8443", false),
        ];
        for (wide, narrow, expected) in table {
            assert_eq!(covers(wide, narrow), expected, "{wide} {narrow}");
        }
    }
}
