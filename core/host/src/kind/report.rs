//! Reports: a period to a document. Batch lane.

use std::sync::Arc;

use async_trait::async_trait;
use kerros_app::ports::plugin::{Call, PluginError};
use kerros_app::ports::report::{
    Block, Document, FactSource, Figure, Period, ReportPlugins, Series,
};

use crate::contract::{at_most, breach, opt_text, some_text, text};
use crate::ended::Ended;
use crate::host::Host;
use crate::kind::{Code, Kind};
use crate::state::CallState;
use crate::warm::{keep, kept};

pub(crate) mod bindings {
    wasmtime::component::bindgen!({
        path: ["../../sdk/wit/base", "../../sdk/wit/report"],
        world: "kerros:report/report",
        with: { "kerros:base": crate::base::kerros::base },
        imports: { default: async | trappable },
        exports: { default: async },
    });
}

pub(crate) mod wit {
    pub(crate) use super::bindings::kerros::report::facts;
    pub(crate) use super::bindings::kerros::report::types::*;
}

impl wit::Host for CallState {}

/// Most pieces of a document.
const BLOCKS: usize = 200;
/// Most figures side by side, columns of a table, lines of a chart.
const ACROSS: usize = 50;
/// Most rows of a table, categories of a chart.
const DOWN: usize = 2000;
/// Longest label, caption or cell, bytes.
const LABEL: usize = 1024;

#[async_trait]
impl ReportPlugins for Host {
    async fn build(
        &self,
        call: Call<'_>,
        period: &Period,
        facts: Arc<dyn FactSource>,
    ) -> Result<Document, PluginError> {
        let period = lower(period);
        let config = call.plugin.config.clone();
        self.call_waiting(Kind::Report, "build", call, Some(facts), move |code, store| {
            Box::pin(async move {
                let Code::Report(pre) = code else { return breach("not a report") };
                let report = match kept(store) {
                    Some(report) => report,
                    None => {
                        let made = pre.instantiate_async(&mut *store).await?;
                        keep(store, made)
                    }
                };
                let document =
                    report.kerros_report_plugin().call_build(store, &config, &period).await??;
                lift(document)
            })
        })
        .await
    }
}

fn lower(period: &Period) -> wit::Period {
    wit::Period {
        month: period.month.clone(),
        from_ms: period.from_ms,
        to_ms: period.to_ms,
        time_zone: period.time_zone.clone(),
        language: period.language.clone(),
        tenant_title: period.tenant_title.clone(),
        extra: Vec::new(),
    }
}

fn lift(document: wit::Document) -> Result<Document, Ended> {
    at_most("blocks", &document.blocks, BLOCKS)?;
    let mut blocks = Vec::with_capacity(document.blocks.len());
    for block in document.blocks {
        blocks.push(match block {
            wit::Block::Heading(heading) => {
                Block::Heading { text: some_text("a heading", heading, LABEL)? }
            }
            wit::Block::Text(paragraph) => {
                Block::Text { text: some_text("a paragraph", paragraph, 16 << 10)? }
            }
            wit::Block::Figures(figures) => {
                at_most("figures", &figures, ACROSS)?;
                let figures = figures.into_iter().map(lift_figure).collect::<Result<_, _>>()?;
                Block::Figures { figures }
            }
            wit::Block::Table(table) => lift_table(table)?,
            wit::Block::Chart(chart) => lift_chart(chart)?,
            wit::Block::Other(_) => continue,
        });
    }
    Ok(Document { title: some_text("the title", document.title, LABEL)?, blocks })
}

fn lift_figure(figure: wit::Figure) -> Result<Figure, Ended> {
    Ok(Figure {
        label: some_text("a figure's label", figure.label, LABEL)?,
        value: some_text("a figure's value", figure.value, LABEL)?,
        of: opt_text("a figure's denominator", figure.measured_of, LABEL)?,
        goal: opt_text("a figure's goal", figure.goal, LABEL)?,
        met: figure.met,
    })
}

fn lift_table(table: wit::Table) -> Result<Block, Ended> {
    at_most("columns", &table.columns, ACROSS)?;
    at_most("rows", &table.rows, DOWN)?;
    if let Some(row) = table.rows.iter().find(|row| row.len() != table.columns.len()) {
        return breach(format!(
            "a table's row has {} cells for {} columns",
            row.len(),
            table.columns.len()
        ));
    }
    let cells = |row: Vec<String>| {
        row.into_iter().map(|cell| text("a cell", cell, LABEL)).collect::<Result<Vec<_>, _>>()
    };
    Ok(Block::Table {
        caption: text("a caption", table.caption, LABEL)?,
        columns: cells(table.columns)?,
        rows: table.rows.into_iter().map(cells).collect::<Result<_, _>>()?,
    })
}

fn lift_chart(chart: wit::Chart) -> Result<Block, Ended> {
    at_most("categories", &chart.categories, DOWN)?;
    at_most("series", &chart.series, ACROSS)?;
    if !matches!(chart.shape.as_str(), "bar" | "stacked" | "line") {
        return breach("a chart's shape is not bar, stacked or line");
    }
    let finite = |value: f64| value.is_finite();
    for series in &chart.series {
        if series.values.len() != chart.categories.len() {
            return breach(format!(
                "a chart's series has {} values for {} categories",
                series.values.len(),
                chart.categories.len()
            ));
        }
        if !series.values.iter().copied().all(finite) {
            return breach("a chart holds a value that is no number");
        }
    }
    let goal = match chart.goal {
        Some((_, value)) if !finite(value) => return breach("a chart's goal is no number"),
        Some((label, value)) => Some((text("a goal's label", label, LABEL)?, value)),
        None => None,
    };
    Ok(Block::Chart {
        caption: text("a caption", chart.caption, LABEL)?,
        shape: chart.shape,
        categories: chart
            .categories
            .into_iter()
            .map(|category| text("a category", category, LABEL))
            .collect::<Result<_, _>>()?,
        series: chart
            .series
            .into_iter()
            .map(|series| {
                let label = text("a series' label", series.label, LABEL)?;
                Ok(Series { label, values: series.values })
            })
            .collect::<Result<_, Ended>>()?,
        goal,
    })
}

#[cfg(test)]
mod tests {
    use super::{lift, wit};
    use crate::ended::Ended;

    fn table(columns: &[&str], rows: &[&[&str]]) -> wit::Block {
        let owned = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect();
        wit::Block::Table(wit::Table {
            caption: String::new(),
            columns: owned(columns),
            rows: rows.iter().map(|row| owned(row)).collect(),
            extra: Vec::new(),
        })
    }

    fn chart(shape: &str, values: &[f64], goal: Option<f64>) -> wit::Block {
        wit::Block::Chart(wit::Chart {
            caption: String::new(),
            shape: shape.to_owned(),
            categories: vec!["Mon".to_owned(), "Tue".to_owned()],
            series: vec![wit::Series {
                label: "chats".to_owned(),
                values: values.to_vec(),
                extra: Vec::new(),
            }],
            goal: goal.map(|value| ("goal".to_owned(), value)),
            extra: Vec::new(),
        })
    }

    #[test]
    fn documents_are_whole_or_refused() {
        let heading = |text: &str| wit::Block::Heading(text.to_owned());
        for (block, fault) in [
            (heading("Demand"), None),
            (heading(" "), Some("a heading is empty")),
            (wit::Block::Other("map".to_owned()), None),
            (table(&["a", "b"], &[&["1", "2"]]), None),
            (table(&["a", "b"], &[&["1"]]), Some("a table's row has 1 cells for 2 columns")),
            (chart("bar", &[1.0, 2.0], Some(3.0)), None),
            (chart("pie", &[1.0, 2.0], None), Some("a chart's shape is not bar, stacked or line")),
            (chart("bar", &[1.0], None), Some("a chart's series has 1 values for 2 categories")),
            (chart("bar", &[1.0, f64::NAN], None), Some("a chart holds a value that is no number")),
            (chart("line", &[1.0, 2.0], Some(f64::INFINITY)), Some("a chart's goal is no number")),
        ] {
            let document = wit::Document {
                title: "November".to_owned(),
                blocks: vec![block],
                extra: Vec::new(),
            };
            match (lift(document), fault) {
                (Ok(_), None) => {}
                (Err(Ended::Breach(message)), Some(expected)) => assert_eq!(message, expected),
                (other, expected) => panic!("{other:?} for {expected:?}"),
            }
        }
    }
}
