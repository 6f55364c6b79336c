//! The config around the plugin: one tenant made of the manifest's example, with secrets made up.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use kerros_build::Manifest;
use kerros_settings::platform::outbound::is_host_pattern;
use kerros_testkit::Vector;
use serde_json::{Value, json};

use super::TENANT;

/// A folder of this process, gone with it.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// Makes it, for this user alone.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn make() -> std::io::Result<Self> {
        let name = format!("kerros-dev-{:016x}", rand::random::<u64>());
        let path = std::env::temp_dir().join(name);
        crate::compose::make_private_dir(&path.join("config/tenants"))?;
        crate::compose::make_private_dir(&path.join("data/plugins"))?;
        Ok(Self(path))
    }

    /// Keeps compiled code in a folder that stays: the next start is quicker.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn share(&self, cache: &Path) -> std::io::Result<()> {
        crate::compose::make_private_dir(&cache.join("trials"))?;
        thin_out(cache);
        thin_out(&cache.join("trials"));
        #[cfg(unix)]
        std::os::unix::fs::symlink(cache, self.data().join("cache"))?;
        Ok(())
    }

    /// The config folder.
    pub fn config(&self) -> PathBuf {
        self.0.join("config")
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.0.join("data")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What the plugin is called in the tenant's file, and its secrets.
#[derive(Debug, Clone, PartialEq)]
pub struct Scene {
    /// The use: the channel's name, the layer's, the tagger's, the report's.
    pub name: String,
    /// Secrets by name. Made up: they guard nothing.
    pub secrets: BTreeMap<String, String>,
    tenant: Value,
}

impl Scene {
    /// The scene for a plugin. The author's vectors know what its secrets are called, and what they sign with.
    pub fn of(manifest: &Manifest, vectors: &[Vector]) -> Self {
        let short = manifest.id.split('/').next_back().unwrap_or_default();
        let name = if manifest.kind == "bot" { "self-service" } else { short }.to_owned();
        let mut secrets = BTreeMap::new();
        if manifest.wants.iter().any(|want| want == "secret") {
            named(&manifest.example, &manifest.config, &mut secrets);
            for (name, value) in vectors.iter().flat_map(|vector| &vector.secrets) {
                secrets.insert(name.clone(), value.clone());
            }
        }
        let hosts = hosts(manifest);
        let sources: BTreeMap<&String, Value> = secrets
            .keys()
            .map(|name| (name, json!({ "file": format!("secrets/{name}") })))
            .collect();
        let mut uses = json!({ "plugin": manifest.id, "config": plain(&manifest.example) });
        if !hosts.is_empty() {
            uses["hosts"] = json!(hosts);
        }
        if !sources.is_empty() {
            uses["secrets"] = json!(sources);
        }
        let tenant = tenant(manifest, &name, uses);
        Self { name, secrets, tenant }
    }

    /// Writes it. Whole files are put in place at once: the running Kerros may look at any moment.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&self, config: &Path) -> anyhow::Result<()> {
        // What is no name of a file cannot be a secret's name either: the tenant's file is refused for it.
        let folder = config.join("secrets");
        crate::compose::make_private_dir(&folder)?;
        for (name, value) in &self.secrets {
            if !name.contains(['/', '\\', '\0']) && name != ".." {
                std::fs::write(folder.join(name), value)?;
            }
        }
        std::fs::write(config.join("kerros.toml"), PLATFORM)?;
        let file = config.join("tenants").join(format!("{TENANT}.toml"));
        let draft = config.join("tenant.part");
        std::fs::write(&draft, toml::to_string(&self.tenant)?)?;
        std::fs::rename(draft, file)?;
        Ok(())
    }
}

/// Every build leaves its machine code: the oldest goes, beyond what the bundled plugins and a few builds need.
fn thin_out(cache: &Path) {
    let files = std::fs::read_dir(cache).into_iter().flatten().filter_map(|entry| {
        let path = entry.ok()?.path();
        let at =
            std::fs::metadata(&path).ok().filter(std::fs::Metadata::is_file)?.modified().ok()?;
        Some((at, path))
    });
    let mut files: Vec<_> = files.collect();
    files.sort();
    let surplus = files.len().saturating_sub(MOST_KEPT);
    for (_, path) in files.into_iter().take(surplus) {
        let _ = std::fs::remove_file(path);
    }
}

/// Files of machine code kept between starts.
const MOST_KEPT: usize = 64;

const PLATFORM: &str = r#"
[plugins]
trust = "any"
"#;

/// The hosts it may reach. Where it asks for any, those of the example's addresses: a tenant's file names them.
fn hosts(manifest: &Manifest) -> Vec<String> {
    let mut hosts = Vec::new();
    for pattern in manifest.wants.iter().filter_map(|want| want.strip_prefix("http:")) {
        if pattern == "*" {
            addresses(&manifest.example, &mut hosts);
        } else {
            hosts.push(pattern.to_owned());
        }
    }
    hosts.sort();
    hosts.dedup();
    hosts
}

fn addresses(value: &Value, hosts: &mut Vec<String>) {
    match value {
        Value::String(text) => {
            let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
            let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next());
            hosts.extend(host.filter(|host| is_host_pattern(host)).map(str::to_owned));
        }
        Value::Array(list) => list.iter().for_each(|one| addresses(one, hosts)),
        Value::Object(map) => map.values().for_each(|one| addresses(one, hosts)),
        _ => {}
    }
}

/// Strings of the example that name a secret: their key or its description says so.
fn named(example: &Value, schema: &Value, secrets: &mut BTreeMap<String, String>) {
    let Value::Object(map) = example else { return };
    for (key, value) in map {
        let about = &schema["properties"][key];
        match value {
            Value::Object(_) => named(value, about, secrets),
            Value::String(name) if tells(key, about) && is_name(name) => {
                secrets.entry(name.clone()).or_insert_with(made_up);
            }
            _ => {}
        }
    }
}

fn tells(key: &str, about: &Value) -> bool {
    let words = ["secret", "token", "password", "key"];
    let about = about["description"].as_str().unwrap_or_default().to_lowercase();
    about.contains("secret") || words.iter().any(|word| key.to_lowercase().contains(word))
}

fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-".contains(&b))
}

fn made_up() -> String {
    format!("{:032x}", rand::random::<u128>())
}

/// Without nulls, which TOML does not have: what is null is left out there.
fn plain(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let some = map.iter().filter(|(_, value)| !value.is_null());
            Value::Object(some.map(|(key, value)| (key.clone(), plain(value))).collect())
        }
        Value::Array(list) => {
            Value::Array(list.iter().filter(|value| !value.is_null()).map(plain).collect())
        }
        other => other.clone(),
    }
}

/// A tenant with two layers and a widget, and the plugin in its place.
fn tenant(manifest: &Manifest, name: &str, uses: Value) -> Value {
    let text = |text: &str| json!({ "en": text, "fi": text, "sv": text });
    let mut layers = vec![
        json!({
            "id": "first-line", "title": text("First line"), "kind": "personal",
            "calendar": "always", "out_of_hours": "queue", "assignment": "manual",
        }),
        json!({
            "id": "experts", "title": text("Experts"), "kind": "expert", "calendar": "always",
        }),
    ];
    let self_service =
        json!({ "id": "self-service", "title": text("Self-service"), "kind": "self_service" });
    let chat = if name == "chat" { "page" } else { "chat" };
    let mut channels = json!({ chat: { "plugin": "channel/web-chat" } });
    let mut widget = chat;
    let mut tenant = json!({
        "title": manifest.title, "languages": ["en", "fi", "sv"], "time_zone": "UTC",
        "failed_call_texts": true,
        "calendars": { "always": { "hours": ["mon-sun 00:00-24:00"] } },
    });
    match manifest.kind.as_str() {
        "channel" => {
            if manifest.live {
                channels = json!({});
                widget = name;
            }
            channels[name] = uses;
        }
        "bot" => {
            layers.insert(0, self_service);
            tenant["bots"] = json!({ name: uses });
        }
        "tagger" => {
            let mut tagger = json!({ "name": name });
            if let (Some(tagger), Value::Object(uses)) = (tagger.as_object_mut(), uses) {
                tagger.extend(uses);
            }
            tenant["taggers"] = json!([tagger]);
        }
        "sla" => tenant["sla"] = uses,
        _ => tenant["reports"] = json!({ name: uses }),
    }
    tenant["layers"] = json!(layers);
    tenant["channels"] = channels;
    tenant["widget"] = json!({ "channel": widget, "title": text(&manifest.title) });
    tenant
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(text: &str) -> Manifest {
        Manifest::parse(text, None).unwrap()
    }

    const CHANNEL: &str = r#"
id = "channel/mine"
version = "0.1.0"
api = "0.2"
title = "Mine"
description = "Mine."
wants = ["http:*", "secret"]
[config]
type = "object"
[config.properties]
url = { type = "string" }
hook_token = { type = "string" }
signer = { type = "string", description = "Name of the secret that signs." }
[example]
url = "https://api.example.com"
hook_token = "hook"
signer = "sig"
"#;

    #[test]
    fn secrets_are_found_by_what_names_them_and_vectors_know_their_values() {
        let vector = Vector {
            secrets: BTreeMap::from([("hook".to_owned(), "sesame".to_owned())]),
            ..Vector::default()
        };
        let scene = Scene::of(&manifest(CHANNEL), &[vector]);
        assert_eq!(scene.secrets.keys().collect::<Vec<_>>(), ["hook", "sig"]);
        assert_eq!(scene.secrets["hook"], "sesame");
        assert_eq!(scene.secrets["sig"].len(), 32);
        let file = &scene.tenant["channels"]["mine"];
        assert_eq!(file["hosts"], json!(["api.example.com"]));
        assert_eq!(file["secrets"]["sig"]["file"], "secrets/sig");
    }

    #[test]
    fn a_tenants_file_is_written_whole() {
        let folder = Folder::make().unwrap();
        let scene = Scene::of(&manifest(CHANNEL), &[]);
        scene.write(&folder.config()).unwrap();
        let loaded = kerros_settings::tenant::load(
            &folder.config(),
            &folder.config().join("tenants/dev.toml"),
        );
        assert!(loaded.tenant.is_some(), "{:?}", loaded.faults);
        let path = folder.0.clone();
        drop(folder);
        assert!(!path.exists());
    }
}
