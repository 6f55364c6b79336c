//! The report kind: a period to a document. It may ask for tenant-scoped facts while it runs.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::plugin::{Call, PluginError};

/// The period of a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// `2026-11`.
    pub month: String,
    /// First moment, milliseconds since 1970.
    pub from_ms: i64,
    /// First moment after it.
    pub to_ms: i64,
    /// The tenant's time zone.
    pub time_zone: String,
    /// The language to write in.
    pub language: String,
    /// The tenant's title.
    pub tenant_title: String,
}

/// A figure with its denominator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// What it is.
    pub label: String,
    /// As shown: `27.4 %`.
    pub value: String,
    /// What it is measured against: `of demand (1 204)`.
    pub of: Option<String>,
    /// The goal as shown.
    pub goal: Option<String>,
    /// Whether the goal is met.
    pub met: Option<bool>,
}

/// A line of a chart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// Its name.
    pub label: String,
    /// One value per category.
    pub values: Vec<f64>,
}

/// A piece of a report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "block", rename_all = "snake_case")]
pub enum Block {
    /// A heading.
    Heading {
        /// Its text.
        text: String,
    },
    /// A paragraph of plain text.
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
    /// A chart.
    Chart {
        /// What it shows.
        caption: String,
        /// `bar`, `stacked` or `line`.
        shape: String,
        /// Categories along the axis.
        categories: Vec<String>,
        /// The data.
        series: Vec<Series>,
        /// A line at this value, with its label.
        goal: Option<(String, f64)>,
    },
}

/// A report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// Its title.
    pub title: String,
    /// Its pieces, in order.
    pub blocks: Vec<Block>,
}

/// Answers a report's questions about its own tenant.
#[async_trait]
pub trait FactSource: Send + Sync {
    /// Facts by name, as JSON text: `ledger` (the demand ledger of the period with goals), `daily`
    /// (demand and resolved per day and layer), `channels`, `tags`, `hours` (demand by hour of day),
    /// `sla` (met and breached per metric and owner). `InvalidInput` for an unknown name.
    async fn facts(&self, name: &str) -> Result<String, PluginError>;
}

/// Calls report plugins. Fallback: the error is shown, nothing is made up.
#[async_trait]
pub trait ReportPlugins: Send + Sync {
    /// Builds the document.
    async fn build(
        &self,
        call: Call<'_>,
        period: &Period,
        facts: std::sync::Arc<dyn FactSource>,
    ) -> Result<Document, PluginError>;
}
