//! `kerros token`: bearer tokens for programs.

use anyhow::{anyhow, bail};
use clap::{Args, Subcommand};
use kerros_app::ports::clock::{Clock as _, Ids as _};
use kerros_app::ports::store::{Token as Stored, Users as _};
use kerros_domain::id::TokenId;
use sha2::{Digest as _, Sha256};

use super::db::with_store;
use super::{End, Places};
use crate::node::clock::{SystemClock, SystemIds};
use crate::said;

/// Look after bearer tokens of programs
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Example:
  kerros token add maija@example.com --name nightly-export --days 90")]
pub enum Token {
    Add(Add),
}

/// Make a token that acts in a person's name; its secret is printed once
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  kerros token add maija@example.com --name nightly-export --days 90")]
pub struct Add {
    #[command(flatten)]
    places: Places,
    /// The person's email
    email: String,
    /// A name for people
    #[arg(long)]
    name: String,
    /// How many days it lives
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=365))]
    days: u32,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

impl Token {
    /// Does it.
    pub fn run(self) -> anyhow::Result<End> {
        let Self::Add(add) = self;
        if add.name.trim().is_empty() {
            bail!("--name: it may not be empty");
        }
        let email = add.email.trim().to_lowercase();
        with_store(&add.places, async |store| {
            let (user, _) = store
                .user_by_email(&email)
                .await?
                .ok_or_else(|| anyhow!("nobody has the email {email:?}"))?;
            let now = SystemClock.now();
            let ids = SystemIds::default();
            let secret: String = ids.secret().iter().map(|byte| format!("{byte:02x}")).collect();
            let token = Stored {
                id: TokenId(uuid::Uuid::from_bytes(ids.next(now))),
                user: user.id,
                name: add.name.trim().to_owned(),
                hash: Sha256::digest(secret.as_bytes()).into(),
                session: false,
                created_at: now,
                expires_at: now.plus_millis(i64::from(add.days) * 86_400_000),
            };
            store.add_token(&token).await?;
            if add.json {
                said::json(
                    &serde_json::json!({ "id": token.id, "secret": secret, "expires_at_ms": token.expires_at }),
                );
            } else {
                said::line(&secret);
                said::note(&format!(
                    "{}, for {}, {} days; shown this once",
                    token.id, user.email, add.days
                ));
            }
            Ok(End::Fine)
        })
    }
}
