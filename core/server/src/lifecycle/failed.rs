//! Failed calls that are kept, so that they can be looked into and made again: input, digest of the config, what was
//! asked of the host, and the error. Secrets are never in it; personal data is masked by rule.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kerros_app::mask::Mask;
use kerros_app::ports::clock::Clock;
use kerros_app::ports::plugin::{Call, PluginError};
use kerros_domain::id::TenantId;
use kerros_host::{HostCall, Kind};
use kerros_publish::Digest;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::node::keyring::Keyring;

/// A kept call.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Kept {
    /// Of this file's form.
    pub format: u32,
    /// When, milliseconds since 1970.
    pub at_ms: i64,
    /// Whose.
    pub tenant: String,
    /// The use, `kind/name`.
    #[serde(rename = "use")]
    pub used_as: String,
    /// The plugin.
    pub plugin: String,
    /// Its version.
    pub version: String,
    /// Its digest.
    pub digest: String,
    /// Its kind.
    pub kind: Kind,
    /// Which call.
    pub call: String,
    /// Joins it with the log.
    pub trace: String,
    /// Digest of the config; the config is in the tenant's file.
    pub config_digest: Digest,
    /// Whether texts are masked too.
    pub texts_masked: bool,
    /// What it was given, masked.
    pub input: Value,
    /// What it asked of the host and was answered, masked.
    pub transcript: Vec<HostCall>,
    /// How many entries of it there was no room for.
    #[serde(default, skip_serializing_if = "is_none")]
    pub transcript_cut: usize,
    /// How it failed.
    pub error: PluginError,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
const fn is_none(cut: &usize) -> bool {
    *cut == 0
}

/// Of this module's files.
pub const FORMAT: u32 = 1;
/// Largest file, bytes: a call with more is not kept.
const LARGEST: usize = 2 << 20;
/// One use keeps at most one failed call in this time, milliseconds.
const APART_MS: i64 = 1000;

/// Keeps them.
pub struct FailedCalls {
    folder: PathBuf,
    most: usize,
    clock: Arc<dyn Clock>,
    keyring: Arc<Keyring>,
    /// Tenants whose texts stay.
    texts_stay: Mutex<HashMap<TenantId, bool>>,
    last: Mutex<HashMap<(TenantId, Kind, String), i64>>,
}

/// What is known of a failed call.
pub struct Failure<'a> {
    /// The use.
    pub call: Call<'a>,
    /// Its kind.
    pub kind: Kind,
    /// Which call.
    pub verb: &'a str,
    /// The version's own name and digest.
    pub version: (String, String),
    /// What it was given.
    pub input: Value,
    /// What it asked.
    pub asked: Vec<HostCall>,
    /// How much of that there was no room for.
    pub cut: usize,
    /// How it failed.
    pub error: PluginError,
}

impl FailedCalls {
    /// Keeps `most` of each tenant in this data folder.
    pub fn new(data: &Path, most: usize, clock: Arc<dyn Clock>, keyring: Arc<Keyring>) -> Self {
        Self {
            folder: data.join("failed-calls"),
            most,
            clock,
            keyring,
            texts_stay: Mutex::default(),
            last: Mutex::default(),
        }
    }

    /// Whether any are kept.
    pub const fn keeps(&self) -> bool {
        self.most > 0
    }

    /// Takes note of what a tenant allows.
    pub fn allow_texts(&self, tenant: &TenantId, stay: bool) {
        self.texts_stay.lock().insert(tenant.clone(), stay);
    }

    /// Keeps one, unless the same use has just kept one. Writes on another thread.
    pub fn keep(&self, failure: Failure<'_>) {
        let now = self.clock.now().0;
        let tenant = failure.call.tenant;
        let key = (tenant.clone(), failure.kind, failure.call.plugin.name.clone());
        {
            let mut last = self.last.lock();
            if last.get(&key).is_some_and(|at| now - at < APART_MS) {
                return;
            }
            last.insert(key, now);
        }
        let texts_stay = self.texts_stay.lock().get(tenant).copied().unwrap_or_default();
        let kept = match self.masked(failure, now, Mask { texts_stay }) {
            Ok(kept) => kept,
            Err(error) => {
                tracing::warn!(%error, "a failed call could not be kept");
                return;
            }
        };
        let (name, text) = kept;
        if text.len() > LARGEST {
            tracing::warn!(bytes = text.len(), "a failed call is too large to be kept");
            return;
        }
        // A folder each: one tenant's failures push nobody else's out.
        let (folder, most) = (self.folder.join(tenant.as_str()), self.most);
        tokio::task::spawn_blocking(move || {
            if let Err(error) = write(&folder, &name, &text, most) {
                tracing::warn!(%error, "a failed call could not be kept");
            }
        });
    }

    fn masked(
        &self,
        failure: Failure<'_>,
        now: i64,
        mask: Mask,
    ) -> Result<(String, String), serde_json::Error> {
        let Failure { call, kind, verb, version: (version, digest), input, asked, cut, error } =
            failure;
        let plugin = call.plugin;
        let transcript = serde_json::from_value(mask.value(&serde_json::to_value(asked)?))?;
        let name = &plugin.name;
        let kept = Kept {
            format: FORMAT,
            at_ms: now,
            tenant: call.tenant.to_string(),
            used_as: format!("{kind}/{name}"),
            plugin: plugin.plugin.to_string(),
            version,
            digest,
            kind,
            call: verb.to_owned(),
            trace: call.trace.to_owned(),
            config_digest: Digest::of(plugin.config.as_bytes()),
            texts_masked: !mask.texts_stay,
            input: mask.value(&input),
            transcript,
            transcript_cut: cut,
            error: said(error, mask),
        };
        let mut text = serde_json::to_string_pretty(&kept)?;
        // Whatever a plugin did with a secret's echo: it is not written down.
        for secret in self.keyring.values(call.tenant) {
            if let Ok(secret) = std::str::from_utf8(&secret)
                && secret.len() >= 4
            {
                let quoted = serde_json::to_string(secret)?;
                text = text.replace(&quoted[1..quoted.len() - 1], "(secret)");
            }
        }
        let file = format!("{now:014}-{kind}-{name}-{verb}.json");
        Ok((file, text))
    }
}

/// The host's own words stay; a plugin's may quote the customer.
fn said(error: PluginError, mask: Mask) -> PluginError {
    match error {
        PluginError::Invalid { message } => PluginError::Invalid { message: mask.text(&message) },
        PluginError::Permanent { message } => {
            PluginError::Permanent { message: mask.text(&message) }
        }
        other => other,
    }
}

fn write(folder: &Path, name: &str, text: &str, most: usize) -> std::io::Result<()> {
    crate::compose::make_private_dir(folder)?;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let draft = folder.join(format!(".{name}.part"));
    std::io::Write::write_all(&mut options.open(&draft)?, text.as_bytes())?;
    std::fs::rename(&draft, folder.join(name))?;
    let mut all: Vec<PathBuf> = std::fs::read_dir(folder)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .collect();
    all.sort();
    let surplus = all.len().saturating_sub(most);
    all.iter().take(surplus).try_for_each(std::fs::remove_file)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::path::Path;
    use std::sync::Arc;

    use kerros_app::ports::plugin::{Call, PluginError};
    use kerros_app::tenant::{Grants, PluginUse};
    use kerros_domain::id::{PluginId, TenantId};
    use kerros_host::{HostCall, Kind};
    use serde_json::json;

    use super::{FailedCalls, Failure, Kept, Mask, write};
    use crate::node::clock::SystemClock;
    use crate::node::keyring::Keyring;

    fn plugin(name: &str) -> PluginUse {
        PluginUse {
            name: name.into(),
            plugin: PluginId::from("bot/flow"),
            version: None,
            config: "{}".into(),
            live: false,
            role: Default::default(),
            sending: Default::default(),
            grants: Grants::default(),
        }
    }

    /// A bot keeps what the customer told it in its state and its store: none of that is written down.
    #[test]
    fn a_kept_turn_of_a_bot_says_nothing_of_who_it_talked_to() {
        let folder = tempfile::tempdir().unwrap();
        let tenant = TenantId::from("aamu");
        let keyring = Arc::new(Keyring::default());
        keyring.replace(&tenant, &HashMap::from([("key".into(), b"hunter2".to_vec())]), &[]);
        let failed = FailedCalls::new(folder.path(), 1, Arc::new(SystemClock), keyring);
        let state = json!({
            "step": "ask-card", "answers": { "name": "aino", "answer": "koski", "code": "hunter2" },
            "asked": ["katu 1"], "tries": 1,
        });
        let turn = json!({
            "trigger": { "trigger": "message" }, "now_ms": 1_792_000_000_000_i64, "layers": [],
            "conversation": {
                "id": "cnv_0198c0de0000700080000000000000aa", "channel": "chat", "language": "fi",
                "segment": null, "layer": "self-service", "tags": [],
                "contact": { "name": "Aino Koski", "attributes": [["city", "turku"]] },
                "messages": [
                    { "id": "1", "author": "contact", "text": "aino koski, katu 1", "at_ms": 1 },
                ],
            },
            "state": state.to_string(),
        });
        let kv = |answer| HostCall::Kv { question: "get aino".into(), answer };
        let asked = vec![
            kv(Ok(vec![r#"{"kind":"koski"}"#.into(), "katu 1".into()])),
            kv(Err((true, "full: koski".into()))),
            HostCall::Log { level: "info".into(), line: "asked aino".into() },
        ];
        let plugin = plugin("self-service");
        let call = Call { tenant: &tenant, plugin: &plugin, trace: "t" };
        for texts_stay in [false, true] {
            let failure = Failure {
                call,
                kind: Kind::Bot,
                verb: "turn",
                version: ("1.0.0".into(), "sha256:0".into()),
                input: turn.clone(),
                asked: asked.clone(),
                cut: 0,
                error: PluginError::Invalid { message: "no aino".into() },
            };
            let (_, text) = failed.masked(failure, 0, Mask { texts_stay }).unwrap();
            let kept: Kept = serde_json::from_str(&text).unwrap();
            let state = kept.input["state"].as_str().unwrap();
            let state: serde_json::Value = serde_json::from_str(state).unwrap();
            assert_eq!((&state["step"], &state["tries"]), (&json!("ask-card"), &json!(1)));
            assert!(!text.contains("hunter2"), "{text}");
            // What the customer wrote may stay where the tenant lets texts stay; the rest never does.
            let mut kept = serde_json::to_value(&kept).unwrap();
            if texts_stay {
                kept["input"]["conversation"]["messages"] = json!([]);
                kept["transcript"].as_array_mut().unwrap().pop();
                kept["error"] = json!(null);
            }
            let text = kept.to_string().to_lowercase();
            for word in ["aino", "koski", "katu", "turku"] {
                assert!(!text.contains(word), "{word}: {text}");
            }
        }
    }

    fn left(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        let mut left: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        left.sort();
        left
    }

    #[test]
    fn the_oldest_goes() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("failed-calls");
        for n in 0..5 {
            write(&folder, &format!("{n:014}-tagger-x-tag.json"), "{}", 3).unwrap();
        }
        let left = left(&folder);
        assert_eq!(left.len(), 3);
        assert!(left[0].starts_with("00000000000002-"), "{left:?}");
    }

    /// A tenant whose plugin breaks all the time pushes nobody else's calls out.
    #[tokio::test]
    async fn each_tenant_keeps_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(SystemClock);
        let failed = FailedCalls::new(folder.path(), 1, clock, Arc::new(Keyring::default()));
        let path = |tenant: &str| folder.path().join("failed-calls").join(tenant);
        for (tenant, name) in [("quiet", "a"), ("loud", "a"), ("loud", "b"), ("loud", "c")] {
            let tenant = TenantId::from(tenant);
            let plugin = plugin(name);
            failed.keep(Failure {
                call: Call { tenant: &tenant, plugin: &plugin, trace: "t" },
                kind: Kind::Bot,
                verb: "turn",
                version: Default::default(),
                input: json!({}),
                asked: Vec::new(),
                cut: 0,
                error: PluginError::Timeout,
            });
        }
        let written = |tenant: &str| {
            let path = path(tenant);
            path.is_dir() && left(&path).iter().any(|name| name.ends_with("-turn.json"))
        };
        for _ in 0..200 {
            if written("quiet") && written("loud") {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        assert!(written("quiet") && written("loud"));
    }
}
