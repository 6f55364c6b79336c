//! `kerros:bot/kv`: what a use of a bot keeps for itself, over turns and conversations.

use std::sync::Arc;

use kerros_app::ports::kv::{KEY, Kv, KvError, Space, VALUE};

use crate::kind::bot::wit::kv::{self, Fault};
use crate::state::CallState;
use crate::tape::{HostCall, Kept};

/// Questions and changes in one turn.
const ASKED: u32 = 32;
/// Keys in one answer.
const KEYS: u32 = 100;

impl CallState {
    /// Counts a question, and finds the store and the place in it.
    fn store(&mut self, key: &str) -> Result<(Arc<dyn Kv>, Space), Fault> {
        self.kept_asked += 1;
        if self.kept_asked > ASKED {
            return Err(Fault::Refused(format!("more than {ASKED} questions in a turn")));
        }
        if key.len() > KEY {
            return Err(Fault::Refused(format!("a key of more than {KEY} bytes")));
        }
        let Some(store) = self.kv.get().cloned() else {
            return Err(Fault::Unavailable("no store here".to_owned()));
        };
        let space = Space {
            tenant: self.tenant.clone(),
            plugin: self.plugin.clone(),
            name: self.name.clone(),
        };
        Ok((store, space))
    }

    fn took(&self, asked: String, answer: &Kept) {
        if let Some(tape) = &self.tape {
            tape.take(HostCall::Kv { question: asked, answer: answer.clone() });
        }
    }

    fn played(&self, is_change: bool, asked: &str) -> Option<Kept> {
        self.tape.as_ref().and_then(|tape| tape.play_kv(is_change, asked))
    }
}

fn kept<T>(answer: Result<T, KvError>, values: impl FnOnce(T) -> Vec<String>) -> Kept {
    match answer {
        Ok(answer) => Ok(values(answer)),
        Err(error @ KvError::Full) => Err((true, error.to_string())),
        Err(error @ KvError::Unavailable(_)) => Err((false, error.to_string())),
    }
}

fn lift(answer: Kept) -> Result<Vec<String>, Fault> {
    answer.map_err(|(full, said)| if full { Fault::Full(said) } else { Fault::Unavailable(said) })
}

impl kv::Host for CallState {
    async fn get(&mut self, key: String) -> wasmtime::Result<Result<Option<String>, Fault>> {
        let asked = format!("get {key}");
        let (store, space) = match self.store(&key) {
            Ok(found) => found,
            Err(fault) => return Ok(Err(fault)),
        };
        let now = self.ports.clock.now();
        let answer = match self.played(false, &asked) {
            Some(answer) => answer,
            None => kept(store.get(&space, &key, now).await, |value| value.into_iter().collect()),
        };
        self.took(asked, &answer);
        Ok(lift(answer).map(|values| values.into_iter().next()))
    }

    async fn set(
        &mut self,
        key: String,
        value: String,
        keep_s: Option<u32>,
    ) -> wasmtime::Result<Result<(), Fault>> {
        let asked = format!("set {key} {keep_s:?} {value}");
        let (store, space) = match self.store(&key) {
            Ok(found) => found,
            Err(fault) => return Ok(Err(fault)),
        };
        if value.len() > VALUE || key.is_empty() {
            let reason = format!("a key must not be empty, a value has at most {VALUE} bytes");
            return Ok(Err(Fault::Refused(reason)));
        }
        let now = self.ports.clock.now();
        let until = keep_s.map(|seconds| now.plus_millis(i64::from(seconds) * 1000));
        let answer = match self.played(true, &asked) {
            Some(answer) => answer,
            None => kept(store.set(&space, &key, &value, until, now).await, |()| Vec::new()),
        };
        self.took(asked, &answer);
        Ok(lift(answer).map(drop))
    }

    async fn remove(&mut self, key: String) -> wasmtime::Result<Result<(), Fault>> {
        let asked = format!("remove {key}");
        let (store, space) = match self.store(&key) {
            Ok(found) => found,
            Err(fault) => return Ok(Err(fault)),
        };
        let answer = match self.played(true, &asked) {
            Some(answer) => answer,
            None => kept(store.remove(&space, &key).await, |()| Vec::new()),
        };
        self.took(asked, &answer);
        Ok(lift(answer).map(drop))
    }

    async fn keys(
        &mut self,
        prefix: String,
        after: Option<String>,
        limit: u32,
    ) -> wasmtime::Result<Result<Vec<String>, Fault>> {
        let after = after.unwrap_or_default();
        let limit = limit.min(KEYS);
        let asked = format!("keys {prefix} {after} {limit}");
        let (store, space) =
            match self.store(if prefix.len() > after.len() { &prefix } else { &after }) {
                Ok(found) => found,
                Err(fault) => return Ok(Err(fault)),
            };
        let now = self.ports.clock.now();
        let answer = match self.played(false, &asked) {
            Some(answer) => answer,
            None => kept(store.keys(&space, &prefix, &after, limit, now).await, |keys| keys),
        };
        self.took(asked, &answer);
        Ok(lift(answer))
    }
}
