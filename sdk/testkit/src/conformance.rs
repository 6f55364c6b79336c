//! What every plugin of a kind must bear: nothing that comes in may break it, and the same call gives the same answer.

use kerros_app::ports::plugin::PluginError;
use serde_json::{Value, json};

use crate::kind::{self, Probe};
use crate::ports::Outside;
use crate::report::Case;
use crate::rig::Rig;

/// Texts that plugins stumble over.
pub(crate) fn awkward_texts() -> Vec<(&'static str, String)> {
    vec![
        ("empty text", String::new()),
        ("only spaces", "  \n\t ".to_owned()),
        ("the longest text", "Hyvää päivää, laskuni on väärin. ".repeat(440)),
        ("one long word", "a".repeat(16_000)),
        ("non-latin text", "мне нужна помощь · 我需要帮助 · أحتاج إلى مساعدة · ช่วยด้วย".to_owned()),
        ("emoji and joiners", "👩‍👩‍👧‍👦 e\u{301}\u{200d}\u{202e}abc 🇫🇮".to_owned()),
        ("markup", "<script>alert(1)</script> {{7*7}} ${x} %s \\\" '; DROP TABLE".to_owned()),
    ]
}

/// Runs the suite.
pub(crate) async fn conform(rig: &Rig, cases: &mut Vec<Case>) {
    let example = example(rig, cases);
    let config = example.to_string();
    for probe in kind::probes(rig.loaded.manifest.kind, &rig.loaded.manifest) {
        cases.push(bears(rig, &probe, &config).await);
    }
    // A config is checked before it is used; a plugin must not break even so.
    if let Some(probe) = kind::probes(rig.loaded.manifest.kind, &rig.loaded.manifest).first() {
        for config in ["", "null", "{}", "[]", "{\"", "{\"unknown\":{\"deep\":[[[1]]]}}"] {
            let probe = Probe { name: format!("config {config:?}"), ..probe.clone() };
            cases.push(bears(rig, &probe, config).await);
        }
    }
}

fn example(rig: &Rig, cases: &mut Vec<Case>) -> Value {
    let example = rig.loaded.manifest.example.clone();
    let fault = match &example {
        None => Some("the manifest has no example of a config".to_owned()),
        Some(example) => {
            let faults = rig.config_faults(example);
            (!faults.is_empty()).then(|| faults.join("\n"))
        }
    };
    cases.push(Case {
        suite: "conformance".to_owned(),
        name: "the example config is valid by the schema".to_owned(),
        fault,
        figures: None,
    });
    example.unwrap_or_else(|| json!({}))
}

async fn bears(rig: &Rig, probe: &Probe, config: &str) -> Case {
    let mut case = Case {
        suite: "conformance".to_owned(),
        name: format!("{}: {}", probe.call, probe.name),
        fault: None,
        figures: None,
    };
    let ran = match rig.run(probe.call, config, &probe.input, &Outside::default()).await {
        Ok(ran) => ran,
        Err(reason) => {
            case.fault = Some(reason);
            return case;
        }
    };
    case.figures = ran.figures;
    case.fault = match &ran.answer {
        Err(
            error @ (PluginError::Fault { .. }
            | PluginError::Timeout
            | PluginError::Unavailable { .. }),
        ) => Some(format!("{error} (an answer or an error is wanted, never a trap)")),
        Err(_) => None,
        Ok(answer) => (probe.check)(answer),
    };
    if case.fault.is_none()
        && let Some(other) = ran.other_answer
    {
        let other = serde_json::to_string(&other).unwrap_or_default();
        case.fault = Some(format!("the same call gave another answer the second time: {other}"));
    }
    case
}
