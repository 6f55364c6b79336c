//! `kerros:report/facts`: facts of the report's own tenant and period.

use kerros_app::ports::plugin::PluginError;

use crate::base::kerros::base::types::{Error, Temporary};
use crate::ended::Stopped;
use crate::kind::report::wit::facts;
use crate::state::CallState;
use crate::tape::HostCall;

/// Questions in one report.
const QUESTIONS: u32 = 64;

impl facts::Host for CallState {
    async fn get(&mut self, name: String) -> wasmtime::Result<Result<String, Error>> {
        self.asked += 1;
        if self.asked > QUESTIONS {
            let message = format!("more than {QUESTIONS} questions in a report");
            return Err(wasmtime::Error::new(Stopped(message)));
        }
        let played = self.tape.as_ref().and_then(|tape| tape.play_facts(&name));
        let answer = match (played, self.facts.clone()) {
            (Some(answer), _) => answer,
            (None, Some(source)) => source.facts(&name).await,
            (None, None) => return Ok(Err(Error::Permanent("no facts here".to_owned()))),
        };
        if let Some(tape) = &self.tape {
            tape.take(HostCall::Facts { name, answer: answer.clone() });
        }
        Ok(answer.map_err(|error| match error {
            PluginError::Invalid { message } => Error::Invalid(message),
            PluginError::Permanent { message } => Error::Permanent(message),
            other => Error::Temporary(Temporary {
                message: other.to_string(),
                retry_after_ms: None,
                extra: Vec::new(),
            }),
        }))
    }
}
