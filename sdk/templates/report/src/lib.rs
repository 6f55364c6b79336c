//! A month in three figures. Replace it with what yours shows.
//!
//! Facts are asked for by name and come as JSON: `ledger`, `daily`, `channels`, `tags`, `hours`, `sla`. Read only what you
//! use: a later Kerros may add to them.

use kerros_plugin::Error;
use kerros_plugin::report::{Block, Document, Facts, Figure, Period, Report};
use serde::Deserialize;

kerros_plugin::report!({{Type}});

struct {{Type}};

#[derive(Deserialize)]
struct Config {
    title: String,
}

/// What we read of the `ledger`.
#[derive(Deserialize)]
struct Ledger {
    demand: u64,
    unresolved: u64,
    abandoned: u64,
}

impl Report for {{Type}} {
    type Config = Config;

    fn build(config: &Config, period: &Period, facts: &impl Facts) -> Result<Document, Error> {
        let ledger: Ledger = facts.read("ledger")?;
        let of_demand = format!("of demand ({})", ledger.demand);
        let figure = |label: &str, count: u64| Figure {
            label: label.into(),
            value: count.to_string(),
            of: Some(of_demand.clone()),
            ..Figure::default()
        };
        let solved = ledger.demand.saturating_sub(ledger.unresolved + ledger.abandoned);
        Ok(Document {
            title: format!("{}, {}, {}", config.title, period.tenant_title, period.month),
            blocks: vec![Block::Figures(vec![
                figure("Solved", solved),
                figure("Unresolved", ledger.unresolved),
                figure("Abandoned", ledger.abandoned),
            ])],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Month;

    impl Facts for Month {
        fn get(&self, name: &str) -> Result<String, Error> {
            assert_eq!(name, "ledger");
            Ok(r#"{"demand": 10, "unresolved": 2, "abandoned": 1}"#.into())
        }
    }

    #[test]
    fn what_is_not_open_or_given_up_is_solved() {
        let config = Config { title: "Our month".into() };
        let document = {{Type}}::build(&config, &Period::default(), &Month).unwrap();
        let Block::Figures(figures) = &document.blocks[0] else { panic!() };
        assert_eq!((figures[0].value.as_str(), figures[0].of.as_deref()), ("7", Some("of demand (10)")));
    }
}
