//! Charts as SVG shapes: numbers in, coordinates out. The template writes the elements, so nothing here is text
//! that could carry markup.

use kerros_app::ports::report::Series;
use serde::Serialize;

use crate::i18n::{Lang, decimal, whole};

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 260.0;
const LEFT: f64 = 44.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 26.0;
/// More categories than this get a label only now and then.
const LABELS: usize = 16;

/// A drawn chart, in a box of 720 by 260.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Chart {
    /// Width of the box.
    pub width: f64,
    /// Height of the box.
    pub height: f64,
    /// Horizontal lines with their values.
    pub grid: Vec<Tick>,
    /// Labels along the axis.
    pub labels: Vec<Tick>,
    /// Bars.
    pub bars: Vec<Bar>,
    /// Lines.
    pub lines: Vec<Line>,
    /// The goal's line.
    pub goal: Option<Goal>,
    /// What each colour means.
    pub legend: Vec<Key>,
    /// Where the plot begins and ends.
    pub left: f64,
    /// Its right edge.
    pub right: f64,
    /// Its lower edge.
    pub bottom: f64,
}

/// A place on an axis.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Tick {
    /// Across or down.
    pub at: f64,
    /// What is written there.
    pub text: String,
}

/// A bar.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Bar {
    /// Which series.
    pub series: usize,
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
    /// `category, series: value`.
    pub title: String,
}

/// A line with its points.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Line {
    /// Which series.
    pub series: usize,
    /// `x,y x,y …`.
    pub points: String,
    /// Its points.
    pub dots: Vec<Dot>,
}

/// A point of a line.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Dot {
    /// Across.
    pub x: f64,
    /// Down.
    pub y: f64,
    /// `category, series: value`.
    pub title: String,
}

/// The goal's line.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Goal {
    /// How far down.
    pub y: f64,
    /// What it is.
    pub text: String,
}

/// What a colour means.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Key {
    /// Which series.
    pub series: usize,
    /// Its name.
    pub label: String,
}

/// A value as written beside an axis: whole numbers whole, others with what they need.
#[must_use]
pub fn number(lang: Lang, value: f64) -> String {
    if value.fract().abs() < 1e-9 {
        #[expect(clippy::cast_possible_truncation, reason = "saturates, and axes are small")]
        let rounded = value.round() as i64;
        whole(lang, rounded)
    } else {
        decimal(lang, value, if value.abs() < 1.0 { 2 } else { 1 })
    }
}

/// Steps of 1, 2 or 5 times a power of ten, about four of them, up to `top`.
fn step(top: f64) -> f64 {
    let rough = (top / 4.0).max(f64::MIN_POSITIVE);
    let power = 10f64.powf(rough.log10().floor());
    let lead = rough / power;
    let nice = if lead <= 1.0 {
        1.0
    } else if lead <= 2.0 {
        2.0
    } else if lead <= 5.0 {
        5.0
    } else {
        10.0
    };
    nice * power
}

fn round(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[expect(clippy::cast_precision_loss, reason = "a chart has few categories")]
fn float(n: usize) -> f64 {
    n as f64
}

/// Draws a chart; a shape that is not known is drawn as bars. Values below nothing are drawn as nothing.
#[must_use]
pub fn draw(
    lang: Lang,
    shape: &str,
    categories: &[String],
    series: &[Series],
    goal: Option<&(String, f64)>,
) -> Chart {
    let value = |s: &Series, n: usize| {
        s.values.get(n).copied().filter(|v| v.is_finite()).unwrap_or(0.0).max(0.0)
    };
    let stacked = shape == "stacked";
    let highest = (0..categories.len())
        .map(|n| {
            let all = series.iter().map(|s| value(s, n));
            if stacked { all.sum() } else { all.fold(0.0, f64::max) }
        })
        .chain(goal.map(|(_, at)| *at).filter(|at| at.is_finite()))
        .fold(0.0, f64::max);
    let one = if highest > 0.0 { step(highest) } else { 1.0 };
    let top = (highest / one).ceil().max(1.0) * one;
    let (plot_w, plot_h) = (WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM);
    let y = |v: f64| round(TOP + plot_h * (1.0 - v / top));
    let slot = plot_w / float(categories.len().max(1));
    let middle = |n: usize| round(LEFT + slot * (float(n) + 0.5));
    let title = |n: usize, s: &Series| {
        format!("{}, {}: {}", categories[n], s.label, number(lang, value(s, n)))
    };
    let mut bars = Vec::new();
    let mut lines = Vec::new();
    if shape == "line" {
        for (at, s) in series.iter().enumerate() {
            let dots: Vec<Dot> = (0..categories.len())
                .map(|n| Dot { x: middle(n), y: y(value(s, n)), title: title(n, s) })
                .collect();
            let points =
                dots.iter().map(|d| format!("{},{}", d.x, d.y)).collect::<Vec<_>>().join(" ");
            lines.push(Line { series: at, points, dots });
        }
    } else {
        let beside = if stacked { 1 } else { series.len().max(1) };
        let width = (slot * 0.72 / float(beside)).min(46.0);
        for n in 0..categories.len() {
            let mut under = 0.0;
            for (at, s) in series.iter().enumerate() {
                let v = value(s, n);
                let (base, x) = if stacked {
                    (under, middle(n) - width / 2.0)
                } else {
                    (0.0, middle(n) - width * float(beside) / 2.0 + width * float(at))
                };
                under += v;
                if v > 0.0 {
                    bars.push(Bar {
                        series: at % 6,
                        x: round(x),
                        y: y(base + v),
                        width: round((width - 1.0).max(1.0)),
                        height: round(y(base) - y(base + v)),
                        title: title(n, s),
                    });
                }
            }
        }
    }
    let every = categories.len().div_ceil(LABELS).max(1);
    let steps = (top / one).round();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between one and ten"
    )]
    let steps = steps as usize;
    Chart {
        width: WIDTH,
        height: HEIGHT,
        grid: (0..=steps)
            .map(|n| Tick { at: y(one * float(n)), text: number(lang, one * float(n)) })
            .collect(),
        labels: categories
            .iter()
            .enumerate()
            .filter(|(n, _)| n % every == 0)
            .map(|(n, text)| Tick { at: middle(n), text: text.clone() })
            .collect(),
        bars,
        lines,
        goal: goal
            .filter(|(_, at)| at.is_finite())
            .map(|(text, at)| Goal { y: y(at.max(0.0)), text: text.clone() }),
        legend: series
            .iter()
            .enumerate()
            .map(|(n, s)| Key { series: n % 6, label: s.label.clone() })
            .collect(),
        left: LEFT,
        right: WIDTH - RIGHT,
        bottom: y(0.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(label: &str, values: &[f64]) -> Series {
        Series { label: label.to_owned(), values: values.to_vec() }
    }

    #[test]
    fn stacked_bars_stand_on_each_other_and_none_leaves_the_plot() {
        let categories = ["Mon".to_owned(), "Tue".to_owned()];
        let chart = draw(
            Lang::En,
            "stacked",
            &categories,
            &[series("a", &[3.0, 0.0]), series("b", &[4.0, 5.0])],
            None,
        );
        assert_eq!(chart.bars.len(), 3, "nothing is drawn for nothing");
        assert!((chart.bars[1].y + chart.bars[1].height - chart.bars[0].y).abs() < 0.11);
        assert!(chart.bars.iter().all(|b| b.y >= TOP && b.y + b.height <= HEIGHT - BOTTOM + 0.1));
        assert_eq!(chart.grid.last().map(|t| t.text.as_str()), Some("8"));
    }

    #[test]
    fn the_goal_is_inside_even_above_all_values() {
        let chart = draw(
            Lang::Fi,
            "line",
            &["1".to_owned()],
            &[series("share", &[0.12])],
            Some(&("goal".to_owned(), 0.25)),
        );
        let goal = chart.goal.unwrap();
        assert!(goal.y >= TOP && goal.y < chart.lines[0].dots[0].y);
    }

    #[test]
    fn odd_input_draws_without_harm() {
        let empty = draw(Lang::En, "pie", &[], &[], None);
        assert!(empty.bars.is_empty() && !empty.grid.is_empty());
        let odd =
            draw(Lang::En, "bar", &["x".to_owned()], &[series("s", &[f64::NAN, -3.0, 1.0])], None);
        assert!(odd.bars.is_empty());
    }

    #[test]
    fn steps_are_round() {
        for (top, seen) in [(1.0, 0.5), (7.0, 2.0), (100.0, 50.0), (130.0, 50.0), (0.3, 0.1)] {
            assert!((step(top) - seen).abs() < 1e-9, "{top}: {}", step(top));
        }
    }
}
