//! The demand ledger of a month against the goals, and how the demand came.
//!
//! Every percentage is printed with what it is a percentage of. A ledger that does not add up is an error, never a
//! report.
//!
//! Start in [`ServiceLayers::build`], then [`parts`] (one function per part of the report).

mod facts;
mod parts;
mod words;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use facts::Ledger;
use kerros_plugin::Error;
use kerros_plugin::report::{Block, Document, Facts, Period, Report};
use serde::Deserialize;
use words::Words;

kerros_plugin::report!(ServiceLayers);

struct ServiceLayers;

#[derive(Deserialize)]
struct Config {
    #[serde(default)]
    title: BTreeMap<String, String>,
    #[serde(default = "all")]
    sections: Vec<Section>,
    #[serde(default = "fifteen")]
    tags: usize,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Section {
    Summary,
    Ledger,
    Goals,
    Quality,
    Days,
    Hours,
    Channels,
    Tags,
    Promises,
    Definitions,
}

fn all() -> Vec<Section> {
    use Section::*;
    vec![Summary, Ledger, Goals, Quality, Days, Hours, Channels, Tags, Promises, Definitions]
}

fn fifteen() -> usize {
    15
}

impl Report for ServiceLayers {
    type Config = Config;

    fn build(config: &Config, period: &Period, facts: &impl Facts) -> Result<Document, Error> {
        let words = Words::of(&period.language);
        let ledger: Ledger = facts.read("ledger")?;
        if !ledger.adds_up() {
            return Err(Error::permanent("the ledger's outcomes do not sum to demand"));
        }
        let name = config.title.get(words.language).map_or(words.title, String::as_str);
        let title = format!("{name}, {}, {}", period.tenant_title, words.month(&period.month));
        if ledger.demand == 0 {
            return Ok(Document { title, blocks: vec![Block::Text(words.nothing.into())] });
        }
        let mut blocks = Vec::new();
        for section in &config.sections {
            match section {
                Section::Summary => parts::summary(words, &ledger, &mut blocks),
                Section::Ledger => parts::ledger(words, &ledger, &mut blocks),
                Section::Goals => parts::goals(words, &ledger, &mut blocks),
                Section::Quality => parts::quality(words, &ledger, &mut blocks),
                Section::Days => {
                    parts::days(words, &ledger, &facts.read::<Vec<_>>("daily")?, &mut blocks)
                }
                Section::Hours => parts::hours(words, &facts.read::<Vec<_>>("hours")?, &mut blocks),
                Section::Channels => {
                    parts::channels(words, &facts.read::<Vec<_>>("channels")?, &mut blocks);
                }
                Section::Tags => {
                    parts::tags(words, config.tags, &facts.read::<Vec<_>>("tags")?, &mut blocks);
                }
                Section::Promises => {
                    parts::promises(words, &facts.read::<Vec<_>>("sla")?, &mut blocks);
                }
                Section::Definitions => {
                    blocks.push(Block::Heading(words.definitions.into()));
                    blocks.push(Block::Text(words.definitions_text.into()));
                }
            }
        }
        Ok(Document { title, blocks })
    }
}
