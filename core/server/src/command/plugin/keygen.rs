//! `kerros plugin keygen`: a publisher's keys.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use clap::Args;
use kerros_publish::SecretKey;

use crate::command::End;
use crate::said;

/// Make a publisher's keys: NAME.key, which stays secret, and NAME.pub, which operators put into their settings
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  kerros plugin keygen acme")]
pub struct Keygen {
    /// The files' name
    name: PathBuf,
    /// Print it as JSON; the secret is only in its file
    #[arg(long)]
    json: bool,
}

impl Keygen {
    pub fn run(self) -> anyhow::Result<End> {
        let key = SecretKey::generate().ok_or_else(|| anyhow!("the system has no randomness"))?;
        let secret = with_end(&self.name, "key");
        let public = with_end(&self.name, "pub");
        write_secret(&secret, &key.to_file()).with_context(|| format!("{}", secret.display()))?;
        std::fs::write(&public, format!("{}\n", key.public()))
            .with_context(|| format!("{}", public.display()))?;
        let name = self.name.file_name().unwrap_or_default().to_string_lossy();
        if self.json {
            let key = key.public().to_string();
            said::json(&serde_json::json!({ "secret": secret, "public": public, "key": key }));
        } else {
            said::line(&format!(
                "wrote {} (keep it secret) and {}",
                secret.display(),
                public.display()
            ));
            said::line("operators who trust you write under [plugins]:");
            said::line(&format!(
                "  publishers = [{{ name = {name:?}, key = \"{}\" }}]",
                key.public()
            ));
        }
        Ok(End::Fine)
    }
}

fn with_end(name: &Path, end: &str) -> PathBuf {
    let mut path = name.as_os_str().to_owned();
    path.push(format!(".{end}"));
    path.into()
}

/// For this user alone; a key that is there is never written over.
fn write_secret(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}
