//! `wasi:random`: the system's randomness, a bounded piece at a time. A replay gets what the call got that it repeats.

use rand::RngCore as _;
use wasmtime::component::LinkerInstance;

use crate::ended::Stopped;
use crate::state::CallState;

/// Bytes of one answer.
const MOST: u64 = 64 << 10;

fn bytes(state: &CallState, length: u64) -> wasmtime::Result<Vec<u8>> {
    if length > MOST {
        let message = format!("asks for {length} random bytes; at most {MOST} are given at once");
        return Err(wasmtime::Error::new(Stopped(message)));
    }
    let mut bytes = vec![0; usize::try_from(length).unwrap_or_default()];
    rand::rng().fill_bytes(&mut bytes);
    Ok(match &state.tape {
        Some(tape) => tape.random(bytes),
        None => bytes,
    })
}

fn number(state: &CallState) -> wasmtime::Result<u64> {
    let drawn = bytes(state, 8)?;
    Ok(drawn.iter().fold(0, |number, byte| (number << 8) | u64::from(*byte)))
}

pub(super) fn random(place: &mut LinkerInstance<'_, CallState>) -> wasmtime::Result<()> {
    place.func_wrap("get-random-bytes", |state, (length,): (u64,)| {
        Ok((bytes(state.data(), length)?,))
    })?;
    place.func_wrap("get-random-u64", |state, (): ()| Ok((number(state.data())?,)))
}

pub(super) fn insecure(place: &mut LinkerInstance<'_, CallState>) -> wasmtime::Result<()> {
    place.func_wrap("get-insecure-random-bytes", |state, (length,): (u64,)| {
        Ok((bytes(state.data(), length)?,))
    })?;
    place.func_wrap("get-insecure-random-u64", |state, (): ()| Ok((number(state.data())?,)))
}

pub(super) fn seed(place: &mut LinkerInstance<'_, CallState>) -> wasmtime::Result<()> {
    place.func_wrap("insecure-seed", |state, (): ()| {
        Ok(((number(state.data())?, number(state.data())?),))
    })
}
