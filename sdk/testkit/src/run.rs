//! Runs the suites and gathers the report.

use std::path::Path;

use kerros_host::{Script, Tape, inspect};

use crate::conformance::conform;
use crate::matching::{difference, error_difference};
use crate::ports::Outside;
use crate::random::random;
use crate::recorded::replay;
use crate::report::{Case, Report};
use crate::rig::{Budget, Rig};
use crate::vector::{self, Vector};

/// Tests a plugin: the conformance suite of its kind, then the vectors in `folder/vectors` and
/// the kept calls in `folder/recorded`.
#[must_use]
pub fn test_plugin(wasm: &[u8], folder: &Path) -> Report {
    test_plugin_within(wasm, folder, &Budget::default())
}

/// As [`test_plugin`], with a budget of the caller's, and with inputs changed by chance if it has any.
#[must_use]
pub fn test_plugin_within(wasm: &[u8], folder: &Path, budget: &Budget) -> Report {
    with_rig(wasm, budget, async |rig, cases| {
        conform(rig, cases).await;
        vectors(rig, folder, cases).await;
        replay(rig, folder, cases).await;
        let known = vector::read(folder).into_iter().filter_map(|(_, read)| read.ok()).flatten();
        let known: Vec<Vector> = known.collect();
        if budget.random > 0 {
            random(rig, &known, budget.seed, budget.random, cases).await;
        }
    })
}

/// Runs the conformance suite of the plugin's kind.
#[must_use]
pub fn conformance(wasm: &[u8], budget: &Budget) -> Report {
    with_rig(wasm, budget, async |rig, cases| conform(rig, cases).await)
}

/// Runs the vectors in `folder/vectors`.
#[must_use]
pub fn run_vectors(wasm: &[u8], folder: &Path, budget: &Budget) -> Report {
    with_rig(wasm, budget, async |rig, cases| vectors(rig, folder, cases).await)
}

/// Loads the plugin and runs suites over it, on a thread of its own: the caller may be inside a runtime already.
fn with_rig(
    wasm: &[u8],
    budget: &Budget,
    suites: impl AsyncFnOnce(&Rig, &mut Vec<Case>) + Send,
) -> Report {
    let plugin = inspect(wasm).ok();
    let run = || {
        let mut cases = Vec::new();
        let rig = Rig::new(wasm, budget);
        cases.push(Case {
            suite: "plugin".to_owned(),
            name: "loads".to_owned(),
            fault: rig.as_ref().err().cloned(),
            figures: None,
        });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        let mut spent = Vec::new();
        match (rig, runtime) {
            (Ok(rig), Ok(runtime)) => {
                runtime.block_on(suites(&rig, &mut cases));
                spent = rig.spent();
            }
            (Ok(_), Err(error)) => cases.push(broken(&error.to_string())),
            (Err(_), _) => {}
        }
        (cases, spent)
    };
    let (cases, spent) = std::thread::scope(|scope| scope.spawn(run).join())
        .unwrap_or_else(|_| (vec![broken("the test kit broke off")], Vec::new()));
    Report { plugin, cases, spent }
}

/// Does something on a thread of its own, with a runtime: the caller may be inside one already.
pub(crate) fn apart<T: Send>(
    act: impl FnOnce(&tokio::runtime::Runtime) -> Result<T, String> + Send,
) -> Result<T, String> {
    let run = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        act(&runtime.map_err(|error| error.to_string())?)
    };
    std::thread::scope(|scope| scope.spawn(run).join())
        .unwrap_or_else(|_| Err("the test kit broke off".to_owned()))
}

fn broken(fault: &str) -> Case {
    Case {
        suite: "plugin".to_owned(),
        name: "runs".to_owned(),
        fault: Some(fault.to_owned()),
        figures: None,
    }
}

async fn vectors(rig: &Rig, folder: &Path, cases: &mut Vec<Case>) {
    for (file, vectors) in vector::read(folder) {
        let suite = format!("vectors/{file}");
        match vectors {
            Ok(vectors) => {
                for vector in vectors {
                    cases.push(check(rig, &suite, vector).await);
                }
            }
            Err(reason) => cases.push(Case {
                suite,
                name: "can be read".to_owned(),
                fault: Some(reason),
                figures: None,
            }),
        }
    }
}

async fn check(rig: &Rig, suite: &str, vector: Vector) -> Case {
    let mut case =
        Case { suite: suite.to_owned(), name: vector.name.clone(), fault: None, figures: None };
    let config = vector
        .config
        .clone()
        .or_else(|| rig.loaded.manifest.example.clone())
        .unwrap_or_else(|| serde_json::json!({}));
    let outside = Outside::of(&vector);
    let faults = rig.config_faults(&config);
    // An example of a refused config is about the plugin's own words, not about the schema's.
    if !faults.is_empty() && vector.expect_error.is_none() {
        case.fault = Some(format!("the config is not valid:\n{}", faults.join("\n")));
        return case;
    }
    let tape = if vector.signed { Tape::playing(Script::Signed) } else { Tape::default() };
    let config = config.to_string();
    let ran = match tape.run(rig.run(&vector.call, &config, &vector.input, &outside)).await {
        Ok(ran) => ran,
        Err(reason) => {
            case.fault = Some(reason);
            return case;
        }
    };
    case.figures = ran.figures;
    case.fault = match (&ran.answer, &vector.expect, &vector.expect_error) {
        (Ok(found), Some(expected), _) => difference(expected, found),
        (Err(found), _, Some(expected)) => error_difference(expected, found),
        (Ok(found), None, _) => Some(format!("expected an error, found {found}")),
        (Err(found), _, None) => Some(format!("expected an answer, found an error: {found}")),
    };
    if case.fault.is_none() && ran.other_answer.is_some() {
        case.fault = Some("the same call gave another answer the second time".to_owned());
    }
    case
}
