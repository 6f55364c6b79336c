//! Reports: a period to a document of headings, text, figures, tables and charts.

use crate::Error;

/// The period of a report.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
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
#[derive(Debug, Clone, Default, PartialEq, Eq)]
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

/// One line or colour of a chart.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Series {
    /// Its name.
    pub label: String,
    /// One finite value per category.
    pub values: Vec<f64>,
}

/// How a chart is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Bars beside each other.
    Bar,
    /// Bars on top of each other.
    Stacked,
    /// Lines.
    Line,
}

impl Shape {
    /// Its name in the contract.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bar => "bar",
            Self::Stacked => "stacked",
            Self::Line => "line",
        }
    }
}

/// A piece of a report.
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// A heading.
    Heading(String),
    /// A paragraph of plain text.
    Text(String),
    /// Figures side by side.
    Figures(Vec<Figure>),
    /// A table.
    Table {
        /// What it shows.
        caption: String,
        /// Column headings.
        columns: Vec<String>,
        /// As many cells as columns each.
        rows: Vec<Vec<String>>,
    },
    /// A chart.
    Chart {
        /// What it shows.
        caption: String,
        /// How it is drawn.
        shape: Shape,
        /// Categories along the axis.
        categories: Vec<String>,
        /// The data.
        series: Vec<Series>,
        /// A line at this value, with its label.
        goal: Option<(String, f64)>,
    },
}

/// A report.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Document {
    /// Its title.
    pub title: String,
    /// In order; at most 200.
    pub blocks: Vec<Block>,
}

/// Facts of the report's own tenant and period. Needs `facts` among the manifest's wants.
pub trait Facts {
    /// Facts by name, as JSON text: `ledger`, `daily`, `channels`, `tags`, `hours`, `sla`.
    ///
    /// # Errors
    /// An unknown name, or the host cannot answer now.
    fn get(&self, name: &str) -> Result<String, Error>;

    /// Facts by name, read as `T`.
    ///
    /// # Errors
    /// As [`Facts::get`], and facts of another form than `T`.
    fn read<T: serde::de::DeserializeOwned>(&self, name: &str) -> Result<T, Error> {
        let text = self.get(name)?;
        serde_json::from_str(&text).map_err(|e| Error::permanent(format!("facts {name}: {e}")))
    }
}

/// What a report plugin does.
pub trait Report {
    /// The tenant's config, as the schema in `plugin.toml` allows it.
    type Config: serde::de::DeserializeOwned;

    /// Builds the document.
    ///
    /// # Errors
    /// The error is shown instead of the report; nothing is made up.
    fn build(config: &Self::Config, period: &Period, facts: &impl Facts)
    -> Result<Document, Error>;
}

/// Makes a component of a type that implements [`Report`]. Call it once, at the top of `src/lib.rs`.
#[macro_export]
macro_rules! report {
    ($plugin:ty) => {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            use $crate::report::bindings::exports::kerros::report::plugin as wire;

            struct Export;

            impl wire::Guest for Export {
                fn build(
                    config: String,
                    period: wire::Period,
                ) -> Result<wire::Document, wire::Error> {
                    $crate::report::build::<$plugin>(config, period)
                }
            }

    $crate::report::bindings::export!(Export with_types_in $crate::report::bindings);
        };
        #[cfg(not(target_arch = "wasm32"))]
        const _: fn() = || {
            fn implements<T: $crate::report::Report>() {}
            implements::<$plugin>();
        };
    };
}

#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub mod bindings {
    wit_bindgen::generate!({
        path: ["../wit/base", "../wit/report"],
        world: "kerros:report/report",
        generate_all,
        pub_export_macro: true,
        default_bindings_module: "kerros_plugin::report::bindings",
    });
}

#[cfg(target_arch = "wasm32")]
mod glue {
    use super::bindings::exports::kerros::report::plugin as wire_plugin;
    use super::bindings::kerros::report::types as wire;
    use super::{Block, Document, Facts, Figure, Period, Report, bindings};
    use crate::Error;

    crate::error::error_both_ways!(bindings::kerros::base::types);

    struct Host;

    impl Facts for Host {
        fn get(&self, name: &str) -> Result<String, Error> {
            bindings::kerros::report::facts::get(name).map_err(Into::into)
        }
    }

    impl From<wire::Period> for Period {
        fn from(p: wire::Period) -> Self {
            Self {
                month: p.month,
                from_ms: p.from_ms,
                to_ms: p.to_ms,
                time_zone: p.time_zone,
                language: p.language,
                tenant_title: p.tenant_title,
            }
        }
    }

    impl From<Figure> for wire::Figure {
        fn from(f: Figure) -> Self {
            Self {
                label: f.label,
                value: f.value,
                measured_of: f.of,
                goal: f.goal,
                met: f.met,
                extra: Vec::new(),
            }
        }
    }

    impl From<Block> for wire::Block {
        fn from(block: Block) -> Self {
            let extra = Vec::new();
            match block {
                Block::Heading(text) => Self::Heading(text),
                Block::Text(text) => Self::Text(text),
                Block::Figures(figures) => {
                    Self::Figures(figures.into_iter().map(Into::into).collect())
                }
                Block::Table { caption, columns, rows } => {
                    Self::Table(wire::Table { caption, columns, rows, extra })
                }
                Block::Chart { caption, shape, categories, series, goal } => {
                    Self::Chart(wire::Chart {
                        caption,
                        shape: shape.as_str().into(),
                        categories,
                        series: series
                            .into_iter()
                            .map(|s| wire::Series {
                                label: s.label,
                                values: s.values,
                                extra: Vec::new(),
                            })
                            .collect(),
                        goal,
                        extra,
                    })
                }
            }
        }
    }

    #[doc(hidden)]
    pub fn build<T: Report>(
        config: String,
        period: wire::Period,
    ) -> Result<wire_plugin::Document, wire_plugin::Error> {
        let config = crate::config(&config)?;
        let Document { title, blocks } = T::build(&config, &period.into(), &Host)?;
        let blocks = blocks.into_iter().map(Into::into).collect();
        Ok(wire::Document { title, blocks, extra: Vec::new() })
    }
}

#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub use glue::build;
