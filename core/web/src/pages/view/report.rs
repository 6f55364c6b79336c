//! A report's document as a page: its blocks, with charts drawn as SVG.

use kerros_app::ports::report::{Block, Document, Figure};
use serde::Serialize;

use super::super::chart;
use super::Look;

/// A report to show.
#[derive(Debug, Clone, Serialize)]
pub struct ReportView {
    /// Its title.
    pub title: String,
    /// Its pieces.
    pub blocks: Vec<BlockView>,
}

/// A piece of a report.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "block", rename_all = "snake_case")]
pub enum BlockView {
    /// A heading.
    Heading {
        /// Its text.
        text: String,
    },
    /// A paragraph.
    Text {
        /// Its text.
        text: String,
    },
    /// Figures side by side.
    Figures {
        /// The figures.
        figures: Vec<Figure>,
    },
    /// A table.
    Table {
        /// What it shows.
        caption: String,
        /// Column headings.
        columns: Vec<String>,
        /// Rows of cells.
        rows: Vec<Vec<String>>,
    },
    /// A chart, drawn, with its numbers as a table for those who do not see it.
    Chart {
        /// What it shows.
        caption: String,
        /// The drawing.
        chart: chart::Chart,
        /// Column headings of the numbers.
        columns: Vec<String>,
        /// The numbers.
        rows: Vec<Vec<String>>,
    },
}

impl ReportView {
    /// A document to show.
    #[must_use]
    pub fn of(look: &Look, document: &Document) -> Self {
        Self {
            title: document.title.clone(),
            blocks: document.blocks.iter().map(|b| block(look, b)).collect(),
        }
    }
}

fn block(look: &Look, block: &Block) -> BlockView {
    match block {
        Block::Heading { text } => BlockView::Heading { text: text.clone() },
        Block::Text { text } => BlockView::Text { text: text.clone() },
        Block::Figures { figures } => BlockView::Figures { figures: figures.clone() },
        Block::Table { caption, columns, rows } => BlockView::Table {
            caption: caption.clone(),
            columns: columns.clone(),
            rows: rows.clone(),
        },
        Block::Chart { caption, shape, categories, series, goal } => {
            let mut columns = vec![String::new()];
            columns.extend(series.iter().map(|s| s.label.clone()));
            let number = |value: Option<&f64>| {
                value.map_or_else(String::new, |v| chart::number(look.say.lang, *v))
            };
            let rows = categories.iter().enumerate().map(|(n, category)| {
                let mut row = vec![category.clone()];
                row.extend(series.iter().map(|s| number(s.values.get(n))));
                row
            });
            BlockView::Chart {
                caption: caption.clone(),
                rows: rows.collect(),
                chart: chart::draw(look.say.lang, shape, categories, series, goal.as_ref()),
                columns,
            }
        }
    }
}
