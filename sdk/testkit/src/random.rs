//! Changed inputs, by chance but reproducible: whatever comes in, a plugin answers or says an error, and the same
//! call gives the same answer.

use kerros_app::ports::plugin::PluginError;
use kerros_host::{Kind, Script, Tape};
use serde_json::{Value, json};

use crate::dice::Dice;
use crate::kind;
use crate::kind::ours::tame;
use crate::mutate::{change_fact, change_input, corrupt, mutate};
use crate::ports::Outside;
use crate::report::Case;
use crate::rig::Rig;
use crate::vector::Vector;

/// Most changes of one input.
const CHANGES: usize = 4;
/// How much of an input that broke a plugin is shown, bytes.
const SHOWN: usize = 4000;

/// An input to begin with.
#[derive(Debug, Clone)]
struct Start {
    call: String,
    config: Value,
    input: Value,
    outside: Outside,
    /// Whether secrets fit whatever was signed: so changes get behind a signature, too.
    signed: bool,
}

/// Runs `rounds` changed inputs of every call that the kind's probes or the author's vectors make.
pub(crate) async fn random(
    rig: &Rig,
    vectors: &[Vector],
    seed: u64,
    rounds: u32,
    cases: &mut Vec<Case>,
) {
    let starts = starts(rig, vectors);
    let mut calls: Vec<&str> = starts.iter().map(|start| start.call.as_str()).collect();
    calls.sort_unstable();
    calls.dedup();
    for call in calls {
        let own: Vec<&Start> = starts.iter().filter(|start| start.call == call).collect();
        let mut dice = Dice::new(seed);
        let mut fault = None;
        let mut ran = 0;
        let mut states = states(&own);
        // An input that is none of the call's is thrown away; there are enough others.
        for _ in 0..rounds.saturating_mul(4) {
            if ran == rounds || fault.is_some() {
                break;
            }
            let (start, changes) = (*dice.of(&own), 1 + dice.below(CHANGES));
            let changed = changed(rig.loaded.manifest.kind, start, changes, &states, &mut dice);
            match bears(rig, &changed).await {
                None => {}
                Some(Ok(answer)) => {
                    ran += 1;
                    keep_state(&mut states, &answer);
                }
                Some(Err(reason)) => {
                    ran += 1;
                    fault = Some(told(&reason, &changed, seed, ran));
                }
            }
        }
        cases.push(Case {
            suite: "random".to_owned(),
            name: format!("{call}: {ran} changed inputs (seed {seed})"),
            fault,
            figures: None,
        });
    }
}

fn starts(rig: &Rig, vectors: &[Vector]) -> Vec<Start> {
    let manifest = &rig.loaded.manifest;
    let example = manifest.example.clone().unwrap_or_else(|| json!({}));
    let probes = kind::probes(manifest.kind, manifest).into_iter().map(|probe| Start {
        call: probe.call.to_owned(),
        config: example.clone(),
        input: probe.input,
        outside: Outside::default(),
        signed: false,
    });
    // The author's own examples lead deepest into the plugin.
    let vectors = vectors.iter().map(|vector| Start {
        call: vector.call.clone(),
        config: vector.config.clone().unwrap_or_else(|| example.clone()),
        input: vector.input.clone(),
        outside: Outside::of(vector),
        signed: false,
    });
    let mut starts: Vec<Start> = probes.chain(vectors).collect();
    for start in &mut starts {
        start.input = kind::whole(manifest.kind, &start.call, &start.input);
    }
    starts
}

/// Most states of a bot at hand.
const STATES: usize = 64;

/// What bots kept in the examples: a state is only ever one that the bot itself made, or a foreign one of the probes.
fn states(starts: &[&Start]) -> Vec<Value> {
    let states = starts.iter().filter_map(|start| start.input.get("state"));
    states.filter(|state| state.is_string()).take(STATES).cloned().collect()
}

fn keep_state(states: &mut Vec<Value>, answer: &Value) {
    if let Some(state) = answer.get("state").filter(|state| state.is_string())
        && states.len() < STATES
        && !states.contains(state)
    {
        states.push(state.clone());
    }
}

fn changed(kind: Kind, start: &Start, changes: usize, states: &[Value], dice: &mut Dice) -> Start {
    let mut changed = start.clone();
    changed.signed = dice.once_in(2);
    for _ in 0..changes {
        let body = changed.input.get("body").and_then(Value::as_str).map(str::to_owned);
        match body {
            Some(body) if dice.once_in(4) => {
                let mut bytes = body.into_bytes();
                corrupt(&mut bytes, dice);
                changed.input["body"] = match String::from_utf8(bytes) {
                    Ok(text) => text.into(),
                    Err(no) => no.into_bytes().into(),
                };
            }
            // Half of the changes to where most meaning is.
            Some(_) if dice.once_in(2) => mutate(&mut changed.input["body"], dice),
            _ => change_input(kind, &start.call, &mut changed.input, states, dice),
        }
        for fact in changed.outside.facts.values_mut() {
            if dice.once_in(2) {
                change_fact(fact, dice);
            }
        }
    }
    tame(kind, &start.call, &mut changed.input);
    changed
}

/// None if the input is none of the call's; else the answer, or what is wrong.
async fn bears(rig: &Rig, start: &Start) -> Option<Result<Value, String>> {
    let config = start.config.to_string();
    let tape = if start.signed { Tape::playing(Script::Signed) } else { Tape::default() };
    let twice = tape.run(rig.twice(&start.call, &config, &start.input, &start.outside)).await;
    let (answer, again) = twice.ok()?;
    Some(match &answer {
        Err(
            error @ (PluginError::Fault { .. }
            | PluginError::Timeout
            | PluginError::Unavailable { .. }),
        ) => Err(format!("{error} (an answer or an error is wanted, never a trap)")),
        _ if answer != again => Err("the same call gave another answer the second time".to_owned()),
        _ => Ok(answer.unwrap_or_default()),
    })
}

/// What broke it, so that it can be done again: as a vector, or by the seed.
fn told(reason: &str, start: &Start, seed: u64, round: u32) -> String {
    let vector = json!({
        "name": "found by chance", "call": start.call, "config": start.config,
        "input": start.input, "secrets": start.outside.secrets, "facts": start.outside.facts,
        "signed": start.signed,
    });
    let mut vector = vector.to_string();
    if vector.len() > SHOWN {
        vector.truncate(vector.floor_char_boundary(SHOWN));
        vector.push('…');
    }
    format!("{reason}\nafter {round} inputs of seed {seed}, as a vector:\n{vector}")
}
