//! `kerros user`: people who log in.

use std::io::IsTerminal as _;

use anyhow::{Context as _, anyhow, bail};
use clap::{Args, Subcommand, ValueEnum};
use kerros_app::ports::clock::{Clock as _, Ids as _};
use kerros_app::ports::store::{Membership, Role, User as Person, Users as _};
use kerros_domain::id::{Language, LayerId, SegmentId, TenantId, UserId};

use super::db::with_store;
use super::{End, Places};
use crate::node::clock::{SystemClock, SystemIds};
use crate::said;

/// Look after people who log in
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Example:
  kerros user add maija@example.com --name Maija --role agent --member aurinko:first-line")]
pub enum User {
    Add(Add),
}

/// Add a person, or change one with the same email
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kerros user add maija@example.com --name Maija --role agent --member aurinko:first-line
  echo 'a long password' | kerros user add maija@example.com --name Maija --role admin --member aurinko

--member is TENANT or TENANT:LAYER,LAYER and may be given several times. The password is read from
standard input if something is piped there; else a new person gets a random one, printed once.")]
pub struct Add {
    #[command(flatten)]
    places: Places,
    /// Email to log in with
    email: String,
    /// Name that customers and colleagues see
    #[arg(long)]
    name: String,
    /// What they may do
    #[arg(long)]
    role: RoleName,
    /// Tenants and layers they work in
    #[arg(long = "member", value_name = "TENANT[:LAYER,...]")]
    members: Vec<String>,
    /// Languages they serve in
    #[arg(long, value_delimiter = ',', default_value = "fi,sv,en")]
    languages: Vec<String>,
    /// Skills, for layers that need them
    #[arg(long, value_delimiter = ',')]
    skills: Vec<String>,
    /// Segments they serve; none is all
    #[arg(long, value_delimiter = ',')]
    segments: Vec<String>,
    /// Language of the console
    #[arg(long, default_value = "en")]
    language: String,
    /// Print the person as JSON
    #[arg(long)]
    json: bool,
}

/// What a person may do.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum RoleName {
    Agent,
    Expert,
    Supervisor,
    Admin,
}

impl User {
    /// Does it.
    pub fn run(self) -> anyhow::Result<End> {
        let Self::Add(add) = self;
        add.run()
    }
}

impl Add {
    fn run(self) -> anyhow::Result<End> {
        let email = self.email.trim().to_lowercase();
        if !email.contains('@') || email.len() > 320 {
            bail!("found {:?}; allowed is an email address", self.email);
        }
        let given = password()?;
        with_store(&self.places, async |store| {
            let known = store.user_by_email(&email).await?.map(|(user, _)| user);
            let fresh = match (&given, &known) {
                (None, None) => Some(random()),
                _ => None,
            };
            let hash = match given.as_ref().or(fresh.as_ref()) {
                Some(password) => {
                    Some(kerros_web::auth::password::hash(password).map_err(|e| anyhow!(e))?)
                }
                None => None,
            };
            let user = self.person(&email, known)?;
            store.save_user(&user, hash.as_deref()).await?;
            self.tell(&user, fresh.as_deref());
            Ok(End::Fine)
        })
    }

    fn person(&self, email: &str, known: Option<Person>) -> anyhow::Result<Person> {
        let now = SystemClock.now();
        let id = match &known {
            Some(user) => user.id,
            None => UserId(uuid::Uuid::from_bytes(SystemIds::default().next(now))),
        };
        Ok(Person {
            id,
            email: email.to_owned(),
            name: self.name.clone(),
            role: match self.role {
                RoleName::Agent => Role::Agent,
                RoleName::Expert => Role::Expert,
                RoleName::Supervisor => Role::Supervisor,
                RoleName::Admin => Role::Admin,
            },
            language: Language::from(self.language.as_str()),
            memberships: self
                .members
                .iter()
                .map(|text| self.membership(text))
                .collect::<Result<_, _>>()?,
            available: known.as_ref().is_some_and(|user| user.available),
            seen_at: known.as_ref().and_then(|user| user.seen_at),
            active: true,
            created_at: known.map_or(now, |user| user.created_at),
        })
    }

    /// A place in a tenant, as it is configured: a name that is not there would silently get no work.
    fn membership(&self, text: &str) -> anyhow::Result<Membership> {
        let (tenant, named) = text.split_once(':').unwrap_or((text, ""));
        let path = self.places.config.join("tenants").join(format!("{tenant}.toml"));
        if !path.is_file() {
            bail!("--member: no tenant {tenant:?}; {} is not there", path.display());
        }
        let file = kerros_settings::tenant::load(&self.places.config, &path);
        let config = file
            .accepted()
            .with_context(|| format!("{} is faulty: see kerros check", path.display()))?;
        let all: Vec<&str> = config.layers.iter().map(|layer| layer.id.as_str()).collect();
        let layers: Vec<&str> =
            named.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
        if let Some(unknown) = layers.iter().find(|layer| !all.contains(layer)) {
            bail!("--member: no layer {unknown:?} in {tenant}; there are {}", all.join(", "));
        }
        let layers = if layers.is_empty() { all } else { layers };
        Ok(Membership {
            tenant: TenantId::from(tenant),
            layers: layers.into_iter().map(LayerId::from).collect(),
            skills: self.skills.clone(),
            languages: self.languages.iter().map(|name| Language::from(name.as_str())).collect(),
            segments: self.segments.iter().map(|name| SegmentId::from(name.as_str())).collect(),
        })
    }

    fn tell(&self, user: &Person, fresh: Option<&str>) {
        if self.json {
            said::json(&serde_json::json!({ "user": user, "password": fresh }));
            return;
        }
        said::line(&format!("{} {} ({})", user.id, user.email, user.name));
        if let Some(password) = fresh {
            said::line(&format!("password, shown this once: {password}"));
        }
    }
}

/// The password from standard input, if something stands there.
fn password() -> anyhow::Result<Option<String>> {
    if std::io::stdin().is_terminal() {
        return Ok(None);
    }
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).context("the password could not be read")?;
    Ok(Some(line.trim_end_matches(['\n', '\r']).to_owned()).filter(|password| !password.is_empty()))
}

/// 24 characters of 32 that are hard to mix up: 120 bits.
fn random() -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let secret = SystemIds::default().secret();
    secret.iter().take(24).map(|byte| char::from(LETTERS[usize::from(byte & 31)])).collect()
}
