//! A report as one HTML file, to read, print and mail: no scripts, nothing from elsewhere.

use std::fmt::Write as _;

use kerros_app::ports::report::{Block, Document, Figure, Series};

const STYLE: &str = "\
body{font:16px/1.5 system-ui,sans-serif;color:#1c2430;margin:2rem auto;max-width:60rem;padding:0 1rem}\
h1{font-size:1.7rem;margin:0 0 1.5rem}h2{font-size:1.2rem;margin:2.2rem 0 .6rem}\
.figures{display:flex;flex-wrap:wrap;gap:1rem;margin:1rem 0}\
.figure{border:1px solid #d5dbe3;border-radius:.5rem;padding:.8rem 1rem;min-width:10rem;flex:1}\
.figure b{display:block;font-size:1.6rem}.figure small{color:#5a6675;display:block}\
.met{color:#0b6e4f}.missed{color:#a3260c}\
table{border-collapse:collapse;width:100%;margin:.8rem 0;font-size:.93rem}\
caption{text-align:left;font-weight:600;padding:.4rem 0}\
th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid #e3e7ec}\
th{font-weight:600;background:#f5f7f9}td:not(:first-child){font-variant-numeric:tabular-nums}\
figure{margin:1rem 0}figcaption{font-weight:600}svg{width:100%;height:auto}\
.key span{display:inline-block;width:.8em;height:.8em;margin:0 .3em 0 1em;border-radius:2px}\
@media print{body{margin:0}h2{break-after:avoid}table,figure{break-inside:avoid}}";

const COLOURS: [&str; 6] = ["#1f5f8b", "#d9822b", "#0b6e4f", "#8a4fb0", "#b03a48", "#6b7684"];

/// The document as a page in a language.
pub fn of(document: &Document, language: &str) -> String {
    let mut page = format!(
        "<!doctype html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{}</title>\
         <style>{STYLE}</style></head><body><h1>{}</h1>\n",
        plain(language),
        plain(&document.title),
        plain(&document.title)
    );
    for block in &document.blocks {
        page.push_str(&piece(block));
        page.push('\n');
    }
    page.push_str("</body></html>\n");
    page
}

/// Text as HTML shows it.
fn plain(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn piece(block: &Block) -> String {
    match block {
        Block::Heading { text } => format!("<h2>{}</h2>", plain(text)),
        Block::Text { text } => format!("<p>{}</p>", plain(text).replace('\n', "<br>")),
        Block::Figures { figures } => {
            let all: String = figures.iter().map(figure).collect();
            format!("<div class=\"figures\">{all}</div>")
        }
        Block::Table { caption, columns, rows } => {
            let cells = |cells: &[String], tag: &str| -> String {
                cells.iter().map(|cell| format!("<{tag}>{}</{tag}>", plain(cell))).collect()
            };
            let body: String =
                rows.iter().map(|row| format!("<tr>{}</tr>", cells(row, "td"))).collect();
            format!(
                "<table><caption>{}</caption><thead><tr>{}</tr></thead><tbody>{body}</tbody></table>",
                plain(caption),
                cells(columns, "th")
            )
        }
        Block::Chart { caption, shape, categories, series, goal } => {
            chart(caption, shape, categories, series, goal.as_ref())
        }
    }
}

fn figure(figure: &Figure) -> String {
    let class = match figure.met {
        Some(true) => "met",
        Some(false) => "missed",
        None => "",
    };
    let small = |text: &Option<String>| {
        text.as_ref().map_or_else(String::new, |text| format!("<small>{}</small>", plain(text)))
    };
    format!(
        "<div class=\"figure\">{}<b class=\"{class}\">{}</b>{}{}</div>",
        plain(&figure.label),
        plain(&figure.value),
        small(&figure.of),
        small(&figure.goal)
    )
}

/// The drawing's size in its own units.
const W: f64 = 900.0;
const H: f64 = 260.0;

fn chart(
    caption: &str,
    shape: &str,
    categories: &[String],
    series: &[Series],
    goal: Option<&(String, f64)>,
) -> String {
    let stacked = shape == "stacked";
    let sum = |n: usize| -> f64 { series.iter().filter_map(|line| line.values.get(n)).sum() };
    let highest = if stacked {
        (0..categories.len()).map(sum).fold(0.0, f64::max)
    } else {
        series.iter().flat_map(|line| &line.values).copied().fold(0.0, f64::max)
    };
    let top = highest.max(goal.map_or(0.0, |(_, value)| *value)).max(f64::MIN_POSITIVE);
    let y = |value: f64| H - value.max(0.0) / top * H;
    let step = W / count(categories.len().max(1));
    let mut drawing = String::new();
    if shape == "line" {
        for (n, line) in series.iter().enumerate() {
            let points: Vec<String> = line
                .values
                .iter()
                .enumerate()
                .map(|(at, value)| format!("{:.1},{:.1}", (count(at) + 0.5) * step, y(*value)))
                .collect();
            let _ = write!(
                drawing,
                "<polyline fill=\"none\" stroke-width=\"2\" stroke=\"{}\" points=\"{}\"/>",
                COLOURS[n % COLOURS.len()],
                points.join(" ")
            );
        }
    } else {
        let lanes = if stacked { 1.0 } else { count(series.len().max(1)) };
        let width = step * 0.8 / lanes;
        for (at, category) in categories.iter().enumerate() {
            let mut below = 0.0;
            for (n, line) in series.iter().enumerate() {
                let value = line.values.get(at).copied().unwrap_or(0.0).max(0.0);
                let lane = if stacked { 0.0 } else { count(n) };
                let base = if stacked { below } else { 0.0 };
                below += value;
                let _ = write!(
                    drawing,
                    "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"{:.1}\" fill=\"{}\"><title>{}: {} {value}</title></rect>",
                    count(at) * step + step * 0.1 + lane * width,
                    y(base + value),
                    y(base) - y(base + value),
                    COLOURS[n % COLOURS.len()],
                    plain(category),
                    plain(&line.label)
                );
            }
        }
    }
    // Labels that would run into each other are thinned out.
    let every = categories.len().div_ceil(16).max(1);
    for (at, name) in categories.iter().enumerate().step_by(every) {
        let x = (count(at) + 0.5) * step;
        let _ = write!(
            drawing,
            "<text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            H + 18.0,
            plain(name)
        );
    }
    if let Some((label, value)) = goal {
        let at = y(*value);
        let _ = write!(
            drawing,
            "<line x1=\"0\" x2=\"{W}\" y1=\"{at:.1}\" y2=\"{at:.1}\" stroke=\"#1c2430\" stroke-dasharray=\"6 4\"/>\
             <text x=\"{W}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            at - 5.0,
            plain(label)
        );
    }
    let key: String = series
        .iter()
        .enumerate()
        .map(|(n, line)| {
            format!(
                "<span style=\"background:{}\"></span>{}",
                COLOURS[n % COLOURS.len()],
                plain(&line.label)
            )
        })
        .collect();
    format!(
        "<figure><figcaption>{}</figcaption><div class=\"key\">{key}</div>\
         <svg viewBox=\"0 -10 {W} {}\" role=\"img\" aria-label=\"{}\" font-size=\"12\">{drawing}</svg></figure>",
        plain(caption),
        H + 36.0,
        plain(caption)
    )
}

#[expect(clippy::cast_precision_loss, reason = "categories and series are few")]
const fn count(n: usize) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_shown_and_nothing_is_run() {
        let bad = "<script>alert(1)</script>";
        let document = Document {
            title: bad.into(),
            blocks: vec![
                Block::Text { text: bad.into() },
                Block::Table {
                    caption: bad.into(),
                    columns: vec![bad.into()],
                    rows: vec![vec![bad.into()]],
                },
                Block::Chart {
                    caption: bad.into(),
                    shape: "stacked".into(),
                    categories: vec![bad.into(), "2".into()],
                    series: vec![
                        Series { label: bad.into(), values: vec![1.0, 3.0] },
                        Series { label: "b".into(), values: vec![1.0] },
                    ],
                    goal: Some((bad.into(), 5.0)),
                },
            ],
        };
        let page = of(&document, "fi");
        assert!(!page.contains("<script"), "{page}");
        assert_eq!(page.matches("<rect").count(), 4);
        assert!(page.contains("&lt;script&gt;"));
        assert!(page.starts_with("<!doctype html>\n<html lang=\"fi\">"));
    }
}
