//! A tape of one call: what the guest asked of the host, what it was answered, and what the call used. The same tape
//! plays answers back, so that a call can be repeated exactly, or a new version run beside the live one without
//! doing anything to the outside.
//!
//! Who wants a tape runs the call inside [`Tape::run`]; everybody else pays nothing.

use std::sync::Arc;

use kerros_app::ports::outbound::{Request, Response};
use kerros_app::ports::plugin::PluginError;
use kerros_app::ports::search::Hit;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use crate::host::CallFigures;

/// Most entries of one tape; a call that asks for more is not worth keeping.
const MOST: usize = 256;

/// Most random bytes of one answer that are kept.
const RANDOM: usize = 256;

/// One thing that a guest asked of the host, and the answer. No secret is in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "asked", rename_all = "snake_case")]
pub enum HostCall {
    /// It wrote a line.
    Log {
        /// `debug`, `info`, `warn`, `error`.
        level: String,
        /// The line, cut.
        line: String,
    },
    /// It let a secret be compared.
    Secret {
        /// The secret's name.
        secret: String,
        /// The algorithm, or `equals`.
        check: String,
        /// Length of what was compared, bytes.
        bytes: usize,
        /// Whether it fits.
        answer: bool,
    },
    /// It made a request.
    Http {
        /// The request, placeholders as they are.
        request: Request,
        /// What came back.
        response: Response,
    },
    /// It searched the help center.
    Search {
        /// For what.
        query: String,
        /// In which language.
        language: String,
        /// What was found.
        hits: Vec<Hit>,
    },
    /// It asked its own store, or changed something there.
    Kv {
        /// What, with key and value.
        question: String,
        /// Values; or whether it is full, and words.
        answer: Result<Vec<String>, (bool, String)>,
    },
    /// A language's runtime asked what time it is, for the first time in this call.
    Time {
        /// Milliseconds since 1970.
        at_ms: i64,
    },
    /// A language's runtime asked for randomness.
    Random {
        /// What it got.
        bytes: Vec<u8>,
    },
    /// It asked for facts.
    Facts {
        /// Which.
        name: String,
        /// The answer.
        answer: Result<String, PluginError>,
    },
}

/// An answer of a bot's own store: values, or whether it is full and words.
pub(crate) type Kept = Result<Vec<String>, (bool, String)>;

/// What a tape plays.
#[derive(Debug, Clone, Default)]
pub enum Script {
    /// Nothing: the host answers, and the tape listens.
    #[default]
    Nothing,
    /// Everything, in the order it was taken down: a replay.
    Whole(Vec<HostCall>),
    /// What reaches the outside, and what may have changed since the live call: reads, time and randomness. What the live
    /// call did not ask so the host answers, but nothing of it reaches the outside: a run beside the live one.
    Effects(Vec<HostCall>),
    /// Every check of a secret fits, and the host answers the rest: a test behind a signature. Never in production.
    Signed,
}

/// A tape, shared by who listens and the call.
#[derive(Debug, Clone, Default)]
pub struct Tape(Arc<Mutex<Reel>>);

#[derive(Debug, Default)]
struct Reel {
    taken: Vec<HostCall>,
    script: Script,
    missed: Vec<String>,
    /// Entries that there was no room for.
    cut: usize,
    figures: Option<CallFigures>,
}

tokio::task_local! {
    static TAPE: Tape;
}

impl Tape {
    /// A tape that plays.
    #[must_use]
    pub fn playing(script: Script) -> Self {
        Self(Arc::new(Mutex::new(Reel { script, ..Reel::default() })))
    }

    /// Runs a call on this tape.
    pub async fn run<F: Future>(&self, call: F) -> F::Output {
        TAPE.scope(self.clone(), call).await
    }

    /// What was asked and answered so far.
    #[must_use]
    pub fn taken(&self) -> Vec<HostCall> {
        self.0.lock().taken.clone()
    }

    /// What was asked and is not in the script; a replay that misses something is not exact.
    #[must_use]
    pub fn missed(&self) -> Vec<String> {
        self.0.lock().missed.clone()
    }

    /// What the call used; `None` if it was not made.
    #[must_use]
    pub fn figures(&self) -> Option<CallFigures> {
        self.0.lock().figures
    }

    /// The lines that the plugin wrote.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let line = |call: &HostCall| match call {
            HostCall::Log { level, line } => Some(format!("{level}: {line}")),
            _ => None,
        };
        self.0.lock().taken.iter().filter_map(line).collect()
    }

    pub(crate) fn current() -> Option<Self> {
        TAPE.try_with(Clone::clone).ok()
    }

    pub(crate) fn is_playing(&self) -> bool {
        !matches!(self.0.lock().script, Script::Nothing | Script::Signed)
    }

    pub(crate) fn note(&self, figures: CallFigures) {
        self.0.lock().figures = Some(figures);
    }

    pub(crate) fn take(&self, call: HostCall) {
        let mut reel = self.0.lock();
        if reel.taken.len() < MOST {
            reel.taken.push(call);
        } else {
            reel.cut += 1;
        }
    }

    /// How many entries there was no room for; a replay of a cut tape is not exact.
    #[must_use]
    pub fn cut(&self) -> usize {
        self.0.lock().cut
    }

    /// The time as this call knows it: one reading for all of it, so that a replay needs one.
    pub(crate) fn time(&self, now: i64) -> i64 {
        let mut reel = self.0.lock();
        let read = |call: &HostCall| match call {
            HostCall::Time { at_ms } => Some(*at_ms),
            _ => None,
        };
        if let Script::Whole(script) | Script::Effects(script) = &reel.script {
            return script.iter().find_map(read).unwrap_or(now);
        }
        if !reel.taken.iter().any(|call| read(call).is_some()) && reel.taken.len() < MOST {
            reel.taken.push(HostCall::Time { at_ms: now });
        }
        now
    }

    /// Randomness as the script has it, else fresh, which is taken down.
    pub(crate) fn random(&self, fresh: Vec<u8>) -> Vec<u8> {
        let length = fresh.len();
        let mut reel = self.0.lock();
        if let Script::Whole(script) | Script::Effects(script) = &mut reel.script {
            let fits = |call: &HostCall| match call {
                HostCall::Random { bytes } => bytes.len() == length,
                _ => false,
            };
            if let Some(at) = script.iter().position(fits)
                && let HostCall::Random { bytes } = script.remove(at)
            {
                return bytes;
            }
            if matches!(reel.script, Script::Whole(_)) {
                reel.missed.push("randomness".to_owned());
            }
            return fresh;
        }
        if reel.taken.len() < MOST && length <= RANDOM {
            reel.taken.push(HostCall::Random { bytes: fresh.clone() });
        } else {
            reel.cut += 1;
        }
        fresh
    }

    pub(crate) fn play_http(&self, asked: &Request) -> Option<Response> {
        let answer = |call: &HostCall| match call {
            HostCall::Http { response, .. } => Some(response.clone()),
            _ => None,
        };
        let fits = |call: &HostCall| {
            let same = matches!(call, HostCall::Http { request, .. } if request == asked);
            same.then(|| answer(call)).flatten()
        };
        let found = self.play(true, "a request", fits, answer)?;
        Some(found.unwrap_or_else(|| {
            Response::refused(
                "not performed: this call runs aside, and the live one did not ask so",
            )
        }))
    }

    pub(crate) fn play_search(&self, asked: &str, within: &str) -> Option<Vec<Hit>> {
        let answer = |call: &HostCall| match call {
            HostCall::Search { hits, .. } => Some(hits.clone()),
            _ => None,
        };
        let fits = |call: &HostCall| match call {
            HostCall::Search { query, language, hits } if query == asked && language == within => {
                Some(hits.clone())
            }
            _ => None,
        };
        if matches!(self.0.lock().script, Script::Effects(_)) {
            return self.read(fits);
        }
        self.play(false, "a search", fits, answer).map(Option::unwrap_or_default)
    }

    pub(crate) fn play_secret(&self, name: &str, kind: &str) -> Option<bool> {
        let answer = |call: &HostCall| match call {
            HostCall::Secret { secret, check, answer, .. } if secret == name && check == kind => {
                Some(*answer)
            }
            _ => None,
        };
        if matches!(self.0.lock().script, Script::Signed) {
            return Some(true);
        }
        let what = format!("a check against {name:?}");
        self.play(false, &what, answer, |_| None).map(Option::unwrap_or_default)
    }

    /// A run aside reads what the live call read, else what the host keeps, and changes nothing.
    pub(crate) fn play_kv(&self, is_change: bool, said: &str) -> Option<Kept> {
        let fits = |call: &HostCall| match call {
            HostCall::Kv { question, answer } if question == said => Some(answer.clone()),
            _ => None,
        };
        if !is_change && matches!(self.0.lock().script, Script::Effects(_)) {
            return self.read(fits);
        }
        let mut reel = self.0.lock();
        let (script, is_whole) = match &mut reel.script {
            Script::Nothing | Script::Signed => return None,
            Script::Whole(script) => (script, true),
            Script::Effects(script) => (script, false),
        };
        let found = script.iter().enumerate().find_map(|(at, call)| Some((at, fits(call)?)));
        if let Some((at, answer)) = found {
            script.remove(at);
            return Some(answer);
        }
        if is_whole {
            reel.missed.push("a question to its own store".to_owned());
        }
        Some(Ok(Vec::new()))
    }

    pub(crate) fn play_facts(&self, asked: &str) -> Option<Result<String, PluginError>> {
        let answer = |call: &HostCall| match call {
            HostCall::Facts { name, answer } if name == asked => Some(answer.clone()),
            _ => None,
        };
        let found = self.play(false, &format!("the facts {asked:?}"), answer, |_| None)?;
        Some(found.unwrap_or_else(|| {
            Err(PluginError::Invalid { message: format!("{asked} is not in the transcript") })
        }))
    }

    /// What the live call read, in order: since then it may have changed that itself. `None` if it did not ask so.
    fn read<T>(&self, fits: impl Fn(&HostCall) -> Option<T>) -> Option<T> {
        let mut reel = self.0.lock();
        let Script::Effects(script) = &mut reel.script else { return None };
        let (at, answer) =
            script.iter().enumerate().find_map(|(at, call)| Some((at, fits(call)?)))?;
        script.remove(at);
        Some(answer)
    }

    /// `None` if the host is to answer; `Some(None)` if the script should know and does not. An entry is used once.
    fn play<T>(
        &self,
        effect: bool,
        what: &str,
        fits: impl Fn(&HostCall) -> Option<T>,
        alike: impl Fn(&HostCall) -> Option<T>,
    ) -> Option<Option<T>> {
        let mut reel = self.0.lock();
        let script = match &mut reel.script {
            Script::Nothing | Script::Signed => return None,
            Script::Effects(_) if !effect => return None,
            Script::Whole(script) | Script::Effects(script) => script,
        };
        let found = script.iter().enumerate().find_map(|(at, call)| Some((at, fits(call)?)));
        if let Some((at, answer)) = found {
            script.remove(at);
            return Some(Some(answer));
        }
        reel.missed.push(what.to_owned());
        // Masked input is asked about otherwise; the answers still came in this order.
        let Script::Whole(script) = &mut reel.script else { return Some(None) };
        let next = script.iter().enumerate().find_map(|(at, call)| Some((at, alike(call)?)));
        Some(next.map(|(at, answer)| {
            script.remove(at);
            answer
        }))
    }
}

#[cfg(test)]
mod tests {
    use kerros_app::ports::outbound::Body;

    use super::*;

    fn secret(answer: bool) -> HostCall {
        HostCall::Secret { secret: "hook".into(), check: "equals".into(), bytes: 4, answer }
    }

    #[test]
    fn a_replay_answers_in_order_and_tells_what_it_does_not_know() {
        let tape = Tape::playing(Script::Whole(vec![secret(true), secret(false)]));
        assert_eq!(tape.play_secret("hook", "equals"), Some(true));
        assert_eq!(tape.play_secret("hook", "equals"), Some(false));
        assert_eq!(tape.play_secret("hook", "equals"), Some(false));
        assert_eq!(tape.missed(), ["a check against \"hook\""]);
    }

    #[test]
    fn time_and_chance_come_back_as_they_were_and_a_full_tape_says_so() {
        let live = Tape::default();
        assert_eq!((live.time(7), live.time(9)), (7, 9));
        let drawn = live.random(vec![1, 2, 3, 4]);
        let again = Tape::playing(Script::Whole(live.taken()));
        assert_eq!((again.time(1000), again.time(2000)), (7, 7));
        assert_eq!(again.random(vec![9; 4]), drawn);
        assert_eq!(again.missed(), [""; 0]);
        assert_eq!(again.random(vec![9; 4]), [9; 4]);
        assert_eq!(again.missed(), ["randomness"]);
        for _ in 0..MOST {
            live.take(secret(true));
        }
        assert_eq!((live.taken().len(), live.cut()), (MOST, 2));
    }

    #[test]
    fn a_run_aside_reads_what_the_live_one_read() {
        let kv = |question: &str, answer: &[&str]| HostCall::Kv {
            question: question.into(),
            answer: Ok(answer.iter().map(ToString::to_string).collect()),
        };
        let search = HostCall::Search { query: "card".into(), language: "en".into(), hits: vec![] };
        let live = vec![
            HostCall::Time { at_ms: 7 },
            HostCall::Random { bytes: vec![1, 2] },
            kv("get n", &["1"]),
            kv("set n None 2", &[]),
            kv("get n", &["2"]),
            search,
        ];
        let tape = Tape::playing(Script::Effects(live));
        assert_eq!((tape.time(1000), tape.time(2000)), (7, 7));
        assert_eq!((tape.random(vec![9, 9]), tape.random(vec![9, 9])), (vec![1, 2], vec![9, 9]));
        assert_eq!(tape.play_kv(false, "get n"), Some(Ok(vec!["1".to_owned()])));
        assert_eq!(tape.play_kv(true, "set n None 3"), Some(Ok(Vec::new())), "nothing is kept");
        assert_eq!(tape.play_kv(false, "get n"), Some(Ok(vec!["2".to_owned()])));
        assert_eq!(tape.play_kv(false, "get n"), None, "the host answers");
        assert_eq!(tape.play_kv(false, "get m"), None, "the host answers");
        assert_eq!(tape.play_search("card", "en"), Some(Vec::new()));
        assert_eq!(tape.play_search("card", "fi"), None, "the host answers");
        assert_eq!(tape.missed(), [""; 0]);
        // A live call that did not ask for the time says nothing of it.
        assert_eq!(Tape::playing(Script::Effects(Vec::new())).time(1000), 1000);
    }

    #[test]
    fn a_run_aside_reaches_nothing_that_the_live_one_did_not_reach() {
        let ask = |url: &str| Request::Http {
            method: "GET".into(),
            url: url.into(),
            headers: Vec::new(),
            body: Body::None,
            repeatable: false,
        };
        let response = Response::Http { status: 200, headers: Vec::new(), body: "42".into() };
        let live = HostCall::Http { request: ask("https://a.example/1"), response };
        let tape = Tape::playing(Script::Effects(vec![live, secret(true)]));
        assert!(matches!(
            tape.play_http(&ask("https://a.example/1")),
            Some(Response::Http { status: 200, .. })
        ));
        assert!(matches!(
            tape.play_http(&ask("https://a.example/2")),
            Some(Response::Failed { temporary: false, .. })
        ));
        assert_eq!(tape.play_secret("hook", "equals"), None, "the host answers");
        assert!(Tape::default().play_http(&ask("https://a.example/1")).is_none());
    }
}
