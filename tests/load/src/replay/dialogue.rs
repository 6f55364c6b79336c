//! Dialogues in the format of the Schema-Guided Dialogue data set.

use std::path::Path;

use anyhow::{Context, bail};
use serde::Deserialize;

/// A dialogue.
#[derive(Debug, Clone, Deserialize)]
pub struct Dialogue {
    /// Its name in the file.
    #[serde(rename = "dialogue_id")]
    pub id: String,
    /// What was said, in order.
    pub turns: Vec<Turn>,
}

/// A turn.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Turn {
    /// Who spoke.
    pub speaker: Speaker,
    /// What was said.
    pub utterance: String,
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Speaker {
    /// The customer.
    User,
    /// The service: here an agent.
    System,
}

/// Reads a file.
pub fn read(file: &Path) -> anyhow::Result<Vec<Dialogue>> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("{} cannot be read", file.display()))?;
    let dialogues: Vec<Dialogue> = serde_json::from_str(&text).with_context(|| {
        format!("{} is not a list of dialogues in the SGD format", file.display())
    })?;
    for dialogue in &dialogues {
        if dialogue.turns.first().map(|turn| turn.speaker) != Some(Speaker::User) {
            bail!("dialogue {} does not begin with the customer", dialogue.id);
        }
    }
    Ok(dialogues)
}
