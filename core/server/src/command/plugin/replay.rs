//! `kerros plugin replay`: makes a failed call again that was kept.

use anyhow::{Context as _, bail};
use clap::Args;
use kerros_app::ports::plugin::{Call, PluginError};
use kerros_app::tenant::{Grants, PluginUse};
use kerros_domain::id::TenantId;
use kerros_host::{HostCall, HostOptions, Script, Tape};
use kerros_publish::Digest;
use kerros_settings::Settings;
use std::path::{Path, PathBuf};

use crate::bundle::BUNDLED;
use crate::command::{End, Places, runtime};
use crate::lifecycle::aside;
use crate::lifecycle::asked::ask;
use crate::lifecycle::failed::{FORMAT, Kept};
use crate::lifecycle::versions::{Versions, use_key};
use crate::said;

/// Make a kept failed call again, with the host's answers as they were, and say whether it ends the same
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kerros plugin replay data/failed-calls/aurinko/01792000000000-tagger-keywords-tag.json
  kerros plugin replay FILE --plugin target/plugins/tagger-keywords.wasm

Without --plugin the version that failed is taken, from this binary or the installed ones. Nothing outside is reached.
Ends with 0 if the call ends as it did, with 1 if it does not.")]
pub struct Replay {
    /// The kept call
    file: PathBuf,
    /// Another version's component: does it fail too?
    #[arg(long, value_name = "FILE")]
    plugin: Option<PathBuf>,
    /// The config, as JSON [default: the one in the tenant's file]
    #[arg(long, value_name = "FILE")]
    use_config: Option<PathBuf>,
    #[command(flatten)]
    places: Places,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

impl Replay {
    pub fn run(self) -> anyhow::Result<End> {
        let text = std::fs::read(&self.file).with_context(|| format!("{}", self.file.display()))?;
        let kept: Kept = serde_json::from_slice(&text)
            .with_context(|| format!("{}: not a kept call", self.file.display()))?;
        if kept.format != FORMAT {
            bail!("{}: format {}; this version reads {FORMAT}", self.file.display(), kept.format);
        }
        let Some(settings) = self.places.settings(None) else { return Ok(End::BadCall) };
        let wasm = self.component(&kept, &settings)?;
        let config = self.config(&kept)?;
        let replayed = again(&kept, &wasm, &config, &settings)?;
        self.tell(&kept, &wasm, &config, &replayed)
    }

    fn component(&self, kept: &Kept, settings: &Settings) -> anyhow::Result<Vec<u8>> {
        if let Some(file) = &self.plugin {
            return std::fs::read(file).with_context(|| format!("{}", file.display()));
        }
        let digest: Digest = kept.digest.parse().map_err(anyhow::Error::msg)?;
        if let Some((_, bytes)) = BUNDLED.iter().find(|(_, bytes)| Digest::of(bytes) == digest) {
            return Ok(bytes.to_vec());
        }
        let loose = std::fs::read_dir(crate::compose::plugins_dir(settings)).into_iter().flatten();
        for path in loose.filter_map(|entry| Some(entry.ok()?.path())) {
            if path.extension().is_some_and(|end| end == "wasm")
                && let Ok(bytes) = std::fs::read(&path)
                && Digest::of(&bytes) == digest
            {
                return Ok(bytes);
            }
        }
        match Versions::new(settings).vetted(&digest) {
            Ok(vetted) => Ok(vetted.wasm),
            Err(why) => bail!("{why}; or give the component with --plugin"),
        }
    }

    fn config(&self, kept: &Kept) -> anyhow::Result<String> {
        if let Some(file) = &self.use_config {
            let text =
                std::fs::read_to_string(file).with_context(|| format!("{}", file.display()))?;
            let value: serde_json::Value = serde_json::from_str(&text)?;
            return Ok(value.to_string());
        }
        Ok(configured(&self.places.config, kept).unwrap_or_else(|| "{}".to_owned()))
    }

    fn tell(
        &self,
        kept: &Kept,
        wasm: &[u8],
        config: &str,
        replayed: &Replayed,
    ) -> anyhow::Result<End> {
        let answer = match &replayed.answer {
            Ok(value) => serde_json::json!({ "ok": value }),
            Err(error) => serde_json::json!({ "error": error.to_string() }),
        };
        let same = replayed.answer.as_ref().err() == Some(&kept.error);
        let same_plugin = Digest::of(wasm).to_string() == kept.digest;
        let same_config = Digest::of(config.as_bytes()) == kept.config_digest;
        if self.json {
            said::json(&serde_json::json!({
                "same": same, "then": kept.error.to_string(), "now": answer, "same_plugin": same_plugin,
                "same_config": same_config, "cut": kept.transcript_cut, "missed": replayed.missed, "us": replayed.us,
                "memory_bytes": replayed.memory, "asked": replayed.asked,
            }));
        } else {
            said::line(&format!(
                "{} {}, {} of {}",
                kept.plugin, kept.version, kept.call, kept.used_as
            ));
            said::line(&format!("then: {}", kept.error));
            match &replayed.answer {
                Ok(value) => said::line(&format!("now:  it answers {value}")),
                Err(error) => said::line(&format!("now:  {error}")),
            }
            said::line(&format!("      {} us, {} KiB", replayed.us, replayed.memory / 1024));
            for call in &replayed.asked {
                if let HostCall::Log { level, line } = call {
                    said::line(&format!("      {level}: {line}"));
                }
            }
            if !same_plugin {
                said::note("another version of the plugin than the one that failed");
            }
            if !same_config {
                said::note(
                    "another config than the one it failed under (or none was found: --use-config)",
                );
            }
            if kept.transcript_cut > 0 {
                said::note(&format!(
                    "the transcript is not whole: there was no room for {} more entries",
                    kept.transcript_cut
                ));
            }
            for missed in &replayed.missed {
                said::note(&format!("asked otherwise than then: {missed}"));
            }
            said::line(if same { "the same" } else { "not the same" });
        }
        Ok(if same { End::Fine } else { End::Wrong })
    }
}

/// The config of the use, if the tenant's file is here.
fn configured(folder: &Path, kept: &Kept) -> Option<String> {
    let files = kerros_settings::tenant::names(folder).ok()?;
    let path =
        files.iter().find(|path| path.file_stem().is_some_and(|stem| *stem == *kept.tenant))?;
    let file = kerros_settings::tenant::load(folder, path);
    let placed = file.tenant?.plugins().into_iter();
    let mut placed = placed.filter(|one| use_key(one.kind, &one.name) == kept.used_as);
    placed.next().map(|one| serde_json::Value::Object(one.uses.config).to_string())
}

struct Replayed {
    answer: Result<serde_json::Value, PluginError>,
    asked: Vec<HostCall>,
    missed: Vec<String>,
    us: u128,
    memory: usize,
}

fn again(kept: &Kept, wasm: &[u8], config: &str, settings: &Settings) -> anyhow::Result<Replayed> {
    let options = HostOptions { cache_dir: None, ..crate::compose::host_options(settings) };
    let host = aside::host(options)?;
    let loaded = host.load(wasm).map_err(anyhow::Error::msg)?;
    if loaded.manifest.kind != kept.kind {
        bail!(
            "{} is a {}, and what failed is a {}",
            loaded.manifest.id,
            loaded.manifest.kind,
            kept.kind
        );
    }
    let plugin = PluginUse {
        name: kept.used_as.split_once('/').map_or("", |(_, name)| name).to_owned(),
        plugin: loaded.manifest.id,
        version: None,
        config: config.into(),
        live: loaded.manifest.live,
        role: Default::default(),
        sending: Default::default(),
        grants: Grants::default(),
    };
    let tenant = TenantId::from(kept.tenant.as_str());
    let tape = Tape::playing(Script::Whole(kept.transcript.clone()));
    let call = Call { tenant: &tenant, plugin: &plugin, trace: &kept.trace };
    let asked = tape.run(ask(&host, kept.kind, &kept.call, call, &kept.input));
    let answer = runtime()?.block_on(asked).map_err(anyhow::Error::msg)?;
    let figures = tape.figures();
    Ok(Replayed {
        answer,
        asked: tape.taken(),
        missed: tape.missed(),
        us: figures.map_or(0, |figures| figures.time.as_micros()),
        memory: figures.map_or(0, |figures| figures.memory),
    })
}

#[cfg(test)]
mod tests {
    use kerros_app::mask::Mask;
    use kerros_app::ports::channel::Raw;
    use kerros_host::Kind;
    use serde_json::json;

    use super::*;

    /// What a mask leaves of a provider's JSON is enough to make the call again.
    #[test]
    fn a_masked_hook_is_read_as_the_one_that_came() {
        let update = json!({ "update_id": 7, "message": {
            "message_id": 3, "date": 1_792_000_000, "chat": { "id": 5_512_345_678_u64, "type": "private" },
            "from": { "id": 5_512_345_678_u64, "is_bot": false, "first_name": "Aino", "language_code": "fi" },
            "text": "Hei, Aino!",
        } });
        let header = "x-telegram-bot-api-secret-token".to_owned();
        let raw = Raw {
            kind: "hook".into(),
            method: "POST".into(),
            path: String::new(),
            query: String::new(),
            headers: vec![(header, "hook-secret".into())],
            body: update.to_string().into_bytes(),
            files: Vec::new(),
            at_ms: 1_792_000_000_000,
        };
        let check = HostCall::Secret {
            secret: "telegram_webhook".into(),
            check: "equals".into(),
            bytes: 11,
            answer: true,
        };
        let config = json!({ "token": "telegram_token", "webhook_secret": "telegram_webhook" });
        let config = config.to_string();
        let mask = Mask::default();
        let transcript = mask.value(&serde_json::to_value([check]).unwrap());
        let kept = Kept {
            format: FORMAT,
            at_ms: 0,
            tenant: "aamu".into(),
            used_as: "channel/telegram".into(),
            plugin: "channel/telegram".into(),
            version: "1.0.0".into(),
            digest: String::new(),
            kind: Kind::Channel,
            call: "receive".into(),
            trace: "t".into(),
            config_digest: Digest::of(config.as_bytes()),
            texts_masked: true,
            input: mask.value(&serde_json::to_value(raw).unwrap()),
            transcript: serde_json::from_value(transcript).unwrap(),
            transcript_cut: 0,
            error: PluginError::Timeout,
        };
        assert!(!serde_json::to_string(&kept).unwrap().contains("Aino"));
        let (_, wasm) = BUNDLED.iter().find(|(id, _)| *id == "channel/telegram").unwrap();
        let replayed = again(&kept, wasm, &config, &Settings::default()).unwrap();
        let answer = replayed.answer.unwrap().to_string();
        assert!(answer.contains("Xxx, Xxxx!"), "{answer}");
        assert_eq!(replayed.missed, [""; 0]);
    }
}
