//! The parts of the report, in the order they are usually read.

use kerros_plugin::report::{Block, Figure, Series, Shape};

use crate::facts::{Channel, Day, Goal, Hour, Ledger, Promise, Ratio, Tag};
use crate::words::{Words, fill};

fn heading(text: &str) -> Block {
    Block::Heading(text.into())
}

fn columns(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// Demand, what self-service solved, and every goal.
pub fn summary(words: &Words, ledger: &Ledger, blocks: &mut Vec<Block>) {
    blocks.push(heading(words.summary));
    let of_demand = |whole| Some(fill(words.of_demand, &words.count(whole), ""));
    let solved = Ratio { part: ledger.layers.iter().map(|l| l.solved).sum(), whole: ledger.demand };
    let mut figures = vec![
        Figure {
            label: words.demand.into(),
            value: words.count(ledger.demand),
            of: Some(words.demand_of.into()),
            ..Figure::default()
        },
        Figure {
            label: words.solved.into(),
            value: words.percent(solved.percent()),
            of: of_demand(solved.whole),
            ..Figure::default()
        },
        Figure {
            label: words.self_service.into(),
            value: words.percent(ledger.self_service.percent()),
            of: of_demand(ledger.self_service.whole),
            ..Figure::default()
        },
    ];
    figures.extend(ledger.goals.iter().map(|goal| figure(words, ledger, goal)));
    blocks.push(Block::Figures(figures));
}

fn figure(words: &Words, ledger: &Ledger, goal: &Goal) -> Figure {
    Figure {
        label: goal_name(words, ledger, goal),
        value: words.percent(goal.actual.percent()),
        of: Some(denominator(words, goal)),
        goal: Some(goal_text(words, goal)),
        met: goal.met,
    }
}

fn goal_name(words: &Words, ledger: &Ledger, goal: &Goal) -> String {
    let word = match goal.share.as_str() {
        "of_demand" => words.goal_of_demand,
        "of_entered" => words.goal_of_entered,
        "cumulative" => words.goal_cumulative,
        "entered" => words.goal_entered,
        // A share that a later host knows keeps its name.
        other => return format!("{}: {other}", ledger.title(&goal.layer, words.language)),
    };
    fill(word, "", ledger.title(&goal.layer, words.language))
}

fn denominator(words: &Words, goal: &Goal) -> String {
    let word = if goal.share == "of_entered" { words.of_entered } else { words.of_demand };
    fill(word, &words.count(goal.actual.whole), "")
}

fn goal_text(words: &Words, goal: &Goal) -> String {
    let bound = |word: &str, share: f64| fill(word, &words.percent(Some(share * 100.0)), "");
    let bounds = [
        goal.at_least.map(|share| bound(words.at_least, share)),
        goal.under.map(|share| bound(words.under, share)),
    ];
    bounds.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// Every outcome with its share of demand.
pub fn ledger(words: &Words, ledger: &Ledger, blocks: &mut Vec<Block>) {
    blocks.push(heading(words.ledger));
    blocks.push(Block::Text(words.ledger_note.into()));
    let share = |part| words.percent(Ratio { part, whole: ledger.demand }.percent());
    let mut rows = Vec::new();
    let mut categories = Vec::new();
    let mut values = Vec::new();
    let mut outcome = |name: &str, count: u64| {
        categories.push(name.to_owned());
        values.push(percent(count, ledger.demand));
    };
    for layer in &ledger.layers {
        let title = layer.title(words.language);
        outcome(title, layer.solved);
        rows.push(vec![
            title.to_owned(),
            words.count(layer.entered),
            words.count(layer.solved),
            share(layer.solved),
            words.percent(layer.of_entered.percent()),
            words.percent(layer.cumulative.percent()),
            words.count(layer.confirmed),
            words.count(layer.assumed),
            words.count(layer.by_person),
        ]);
    }
    for (name, count) in
        [(words.unresolved, ledger.unresolved), (words.abandoned, ledger.abandoned)]
    {
        outcome(name, count);
        rows.push(row(name, &words.count(count), &share(count)));
    }
    rows.push(row(words.total, &words.count(ledger.demand), &share(ledger.demand)));
    blocks.push(Block::Table {
        caption: words.ledger.into(),
        columns: columns(&[
            words.outcome,
            words.entered,
            words.demand,
            words.share_demand,
            words.share_entered,
            words.cumulative,
            words.confirmed,
            words.assumed,
            words.by_person,
        ]),
        rows,
    });
    blocks.push(Block::Chart {
        caption: format!("{}, %", words.share_demand),
        shape: Shape::Bar,
        categories,
        series: vec![Series { label: words.share_demand.into(), values }],
        goal: goal_line(words, ledger),
    });
    let provisional: u64 = ledger.layers.iter().map(|layer| layer.provisional).sum();
    if provisional > 0 {
        blocks.push(Block::Text(fill(words.provisional, &words.count(provisional), "")));
    }
}

/// A line of the ledger that is no layer's.
fn row(name: &str, count: &str, share: &str) -> Vec<String> {
    let mut row = columns(&[name, "", count, share]);
    row.resize(9, String::new());
    row
}

/// The first goal on a share of demand, as a line over the outcomes.
fn goal_line(words: &Words, ledger: &Ledger) -> Option<(String, f64)> {
    let goal = ledger.goals.iter().find(|g| g.share == "of_demand" && g.at_least.is_some())?;
    let share = goal.at_least?;
    let label = format!("{}: {}", goal_name(words, ledger, goal), goal_text(words, goal));
    Some((label, share * 100.0))
}

/// Every goal, what it is measured against and how it stands.
pub fn goals(words: &Words, ledger: &Ledger, blocks: &mut Vec<Block>) {
    blocks.push(heading(words.goals));
    if ledger.goals.is_empty() {
        blocks.push(Block::Text(words.no_goals.into()));
        return;
    }
    let rows = ledger
        .goals
        .iter()
        .map(|goal| {
            let met = match goal.met {
                Some(true) => words.yes,
                Some(false) => words.no,
                None => "–",
            };
            vec![
                goal_name(words, ledger, goal),
                goal_text(words, goal),
                format!("{} {}", words.percent(goal.actual.percent()), denominator(words, goal)),
                met.to_owned(),
            ]
        })
        .collect();
    blocks.push(Block::Table {
        caption: words.goals.into(),
        columns: columns(&["", words.goal, words.actual, words.met]),
        rows,
    });
}

/// First contact, answers, the bot and escalations; what was not measured is left out.
pub fn quality(words: &Words, ledger: &Ledger, blocks: &mut Vec<Block>) {
    let mut figures = Vec::new();
    let mut share = |label: &str, ratio: Option<Ratio>, of: &str, a: &str| {
        if let Some(ratio) = ratio.filter(|ratio| ratio.whole > 0) {
            figures.push(Figure {
                label: label.into(),
                value: words.percent(ratio.percent()),
                of: Some(fill(of, &words.count(ratio.whole), a)),
                ..Figure::default()
            });
        }
    };
    let window = ledger.fcr_window_days.unwrap_or_default().to_string();
    share(words.fcr, ledger.fcr, words.fcr_of, &window);
    share(words.containment, ledger.bot_containment, words.containment_of, "");
    if let Some(escalations) = &ledger.escalations {
        share(words.complete, Some(escalations.complete), words.escalations_of, "");
        share(words.bounced, Some(escalations.bounced), words.escalations_of, "");
    }
    for (measured, of) in [
        (&ledger.first_response_business, words.business_of),
        (&ledger.first_response_calendar, words.calendar_of),
    ] {
        let Some(d) = measured else { continue };
        for (label, seconds) in
            [(words.first_response, d.median_s), (words.first_response_90, d.p90_s)]
        {
            figures.push(Figure {
                label: label.into(),
                value: words.duration(seconds),
                of: Some(fill(of, &words.count(d.count), "")),
                ..Figure::default()
            });
        }
    }
    if !figures.is_empty() {
        blocks.push(heading(words.quality));
        blocks.push(Block::Figures(figures));
    }
}

/// Outcomes of each day on top of each other.
pub fn days(words: &Words, ledger: &Ledger, days: &[Day], blocks: &mut Vec<Block>) {
    blocks.push(heading(words.days));
    let each = |count: &dyn Fn(&Day) -> u64| days.iter().map(|day| count(day) as f64).collect();
    let mut series: Vec<Series> = ledger
        .layers
        .iter()
        .map(|layer| Series {
            label: layer.title(words.language).to_owned(),
            values: each(&|day: &Day| {
                let found = day.layers.iter().find(|line| line.layer == layer.layer);
                found.map_or(0, |line| line.solved)
            }),
        })
        .collect();
    series
        .push(Series { label: words.unresolved.into(), values: each(&|day: &Day| day.unresolved) });
    series.push(Series { label: words.abandoned.into(), values: each(&|day: &Day| day.abandoned) });
    blocks.push(Block::Chart {
        caption: words.days_caption.into(),
        shape: Shape::Stacked,
        categories: days.iter().map(|day| words.day(&day.date)).collect(),
        series,
        goal: None,
    });
    // Of equally busy days the first.
    let busiest = days.iter().rev().max_by_key(|day| day.demand);
    if let Some(day) = busiest.filter(|day| day.demand > 0) {
        let text = fill(words.busiest, &words.count(day.demand), &words.day(&day.date));
        blocks.push(Block::Text(text));
    }
}

/// Demand by hour of day, while open and while closed.
pub fn hours(words: &Words, hours: &[Hour], blocks: &mut Vec<Block>) {
    blocks.push(heading(words.hours));
    let closed: u64 = hours.iter().map(|hour| hour.while_closed).sum();
    let all: u64 = hours.iter().map(|hour| hour.demand).sum();
    let series = |label: &str, count: fn(&Hour) -> u64| Series {
        label: label.into(),
        values: hours.iter().map(|hour| count(hour) as f64).collect(),
    };
    blocks.push(Block::Chart {
        caption: words.hours_caption.into(),
        shape: Shape::Stacked,
        categories: hours.iter().map(|hour| hour.hour.to_string()).collect(),
        series: vec![
            series(words.while_open, |hour| hour.demand.saturating_sub(hour.while_closed)),
            series(words.while_closed, |hour| hour.while_closed),
        ],
        goal: None,
    });
    let share = words.percent(Ratio { part: closed, whole: all }.percent());
    blocks.push(Block::Text(fill(words.closed_note, &words.count(closed), &share)));
}

/// Demand by channel.
pub fn channels(words: &Words, channels: &[Channel], blocks: &mut Vec<Block>) {
    blocks.push(heading(words.channels));
    let whole: u64 = channels.iter().map(|channel| channel.demand).sum();
    let name =
        |channel: &Channel| channel.channel.clone().unwrap_or_else(|| words.help_center.to_owned());
    blocks.push(Block::Table {
        caption: words.channels.into(),
        columns: columns(&[words.channel, words.demand, words.share_demand, words.solved]),
        rows: channels
            .iter()
            .map(|channel| {
                let solved = Ratio { part: channel.solved, whole: channel.demand };
                vec![
                    name(channel),
                    words.count(channel.demand),
                    words.percent(Ratio { part: channel.demand, whole }.percent()),
                    words.percent(solved.percent()),
                ]
            })
            .collect(),
    });
    if channels.len() > 1 {
        blocks.push(Block::Chart {
            caption: words.channels.into(),
            shape: Shape::Bar,
            categories: channels.iter().map(name).collect(),
            series: vec![Series {
                label: words.demand.into(),
                values: channels.iter().map(|channel| channel.demand as f64).collect(),
            }],
            goal: None,
        });
    }
}

/// The commonest topics.
pub fn tags(words: &Words, most: usize, tags: &[Tag], blocks: &mut Vec<Block>) {
    blocks.push(heading(words.tags));
    if tags.is_empty() {
        blocks.push(Block::Text(words.no_tags.into()));
        return;
    }
    let rows = tags
        .iter()
        .take(most)
        .map(|tag| {
            let share = Ratio { part: tag.demand, whole: tag.of };
            vec![tag.tag.clone(), words.count(tag.demand), words.percent(share.percent())]
        })
        .collect();
    blocks.push(Block::Table {
        caption: words.tags.into(),
        columns: columns(&[words.tag, words.demand, words.share_demand]),
        rows,
    });
    blocks.push(Block::Text(words.tags_note.into()));
}

/// Promises kept and broken, by what is timed and whose they are.
pub fn promises(words: &Words, promises: &[Promise], blocks: &mut Vec<Block>) {
    blocks.push(heading(words.promises));
    if promises.is_empty() {
        blocks.push(Block::Text(words.no_promises.into()));
        return;
    }
    let rows = promises
        .iter()
        .map(|promise| {
            let settled = Ratio { part: promise.met, whole: promise.met + promise.breached };
            vec![
                promise_name(words, promise),
                words.count(promise.met),
                words.count(promise.breached),
                words.count(promise.open),
                words.percent(settled.percent()),
            ]
        })
        .collect();
    blocks.push(Block::Table {
        caption: words.promises.into(),
        columns: columns(&[
            words.promise,
            words.kept,
            words.broken,
            words.still_open,
            words.kept_share,
        ]),
        rows,
    });
    let series = |label: &str, count: fn(&Promise) -> u64| Series {
        label: label.into(),
        values: promises.iter().map(|promise| count(promise) as f64).collect(),
    };
    blocks.push(Block::Chart {
        caption: words.promises.into(),
        shape: Shape::Stacked,
        categories: promises.iter().map(|promise| promise_name(words, promise)).collect(),
        series: vec![
            series(words.kept, |promise| promise.met),
            series(words.broken, |promise| promise.breached),
            series(words.still_open, |promise| promise.open),
        ],
        goal: None,
    });
}

fn promise_name(words: &Words, promise: &Promise) -> String {
    let metric = match promise.metric.as_str() {
        "first_response" => words.metric_first_response,
        "next_response" => words.metric_next_response,
        "resolution" => words.metric_resolution,
        other => other,
    };
    let owner = match promise.owner.as_str() {
        "vendor" => words.owner_vendor,
        "client" => words.owner_client,
        other => other,
    };
    format!("{metric}, {owner}")
}

fn percent(part: u64, whole: u64) -> f64 {
    let percent = Ratio { part, whole }.percent().unwrap_or(0.0);
    // Two decimals are more than a chart can show.
    ((percent * 100.0 + 0.5) as u64) as f64 / 100.0
}
