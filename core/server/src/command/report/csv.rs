//! A report as CSV (RFC 4180): figures, tables and chart data, each under a line with its caption.

use kerros_app::ports::report::{Block, Document};

/// The document's data.
pub fn of(document: &Document) -> String {
    let mut out = String::new();
    for block in &document.blocks {
        match block {
            Block::Heading { .. } | Block::Text { .. } => {}
            Block::Figures { figures } => {
                row(&mut out, ["figure", "value", "of", "goal", "met"]);
                for figure in figures {
                    let met = figure.met.map_or("", |met| if met { "yes" } else { "no" });
                    let or_empty = |text: &Option<String>| text.clone().unwrap_or_default();
                    let cells = [
                        figure.label.clone(),
                        figure.value.clone(),
                        or_empty(&figure.of),
                        or_empty(&figure.goal),
                        met.to_owned(),
                    ];
                    row(&mut out, cells);
                }
                out.push_str("\r\n");
            }
            Block::Table { caption, columns, rows } => {
                row(&mut out, [caption]);
                row(&mut out, columns);
                rows.iter().for_each(|cells| row(&mut out, cells));
                out.push_str("\r\n");
            }
            Block::Chart { caption, categories, series, goal, .. } => {
                row(&mut out, [caption]);
                let names = series.iter().map(|line| line.label.as_str());
                row(&mut out, std::iter::once("").chain(names));
                for (n, category) in categories.iter().enumerate() {
                    let values = series
                        .iter()
                        .map(|line| line.values.get(n).map_or_else(String::new, f64::to_string));
                    row(&mut out, std::iter::once(category.clone()).chain(values));
                }
                if let Some((label, value)) = goal {
                    row(&mut out, [label.clone(), value.to_string()]);
                }
                out.push_str("\r\n");
            }
        }
    }
    out
}

fn row<T: AsRef<str>>(out: &mut String, cells: impl IntoIterator<Item = T>) {
    for (n, cell) in cells.into_iter().enumerate() {
        if n > 0 {
            out.push(',');
        }
        out.push_str(&quoted(cell.as_ref()));
    }
    out.push_str("\r\n");
}

/// Quoted where needed; a cell that a spreadsheet would run as a formula gets a quote mark before it.
fn quoted(cell: &str) -> String {
    let number =
        cell.trim().replace([' ', '\u{a0}', '%'], "").replace(',', ".").parse::<f64>().is_ok();
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && !number;
    let cell = if formula { format!("'{cell}") } else { cell.to_owned() };
    if cell.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kerros_app::ports::report::{Figure, Series};

    #[test]
    fn data_comes_out_whole_and_harmless() {
        let document = Document {
            title: "T".into(),
            blocks: vec![
                Block::Heading { text: "not data".into() },
                Block::Figures {
                    figures: vec![Figure {
                        label: "Self-service".into(),
                        value: "27,4 %".into(),
                        of: Some("of demand (84)".into()),
                        goal: None,
                        met: Some(true),
                    }],
                },
                Block::Table {
                    caption: "Tags".into(),
                    columns: vec!["tag".into(), "n".into()],
                    rows: vec![
                        vec!["=cmd()".into(), "-3".into()],
                        vec!["a \"b\"".into(), "1".into()],
                    ],
                },
                Block::Chart {
                    caption: "Days".into(),
                    shape: "bar".into(),
                    categories: vec!["1.".into()],
                    series: vec![Series { label: "demand".into(), values: vec![12.0] }],
                    goal: Some(("goal".into(), 0.25)),
                },
            ],
        };
        insta::assert_snapshot!(of(&document).replace('\r', ""), @r#"
        figure,value,of,goal,met
        Self-service,"27,4 %",of demand (84),,yes

        Tags
        tag,n
        '=cmd(),-3
        "a ""b""",1

        Days
        ,demand
        1.,12
        goal,0.25
        "#);
    }
}
