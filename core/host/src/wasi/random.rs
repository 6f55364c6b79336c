//! `wasi:random`: the system's randomness, a bounded piece at a time.

use rand::{Rng as _, RngCore as _};
use wasmtime::component::LinkerInstance;

use crate::ended::Stopped;
use crate::state::CallState;

/// Bytes of one answer.
const MOST: u64 = 64 << 10;

fn bytes(length: u64) -> wasmtime::Result<Vec<u8>> {
    if length > MOST {
        let message = format!("asks for {length} random bytes; at most {MOST} are given at once");
        return Err(wasmtime::Error::new(Stopped(message)));
    }
    let mut bytes = vec![0; usize::try_from(length).unwrap_or_default()];
    rand::rng().fill_bytes(&mut bytes);
    Ok(bytes)
}

pub(super) fn random(place: &mut LinkerInstance<'_, CallState>) -> wasmtime::Result<()> {
    place.func_wrap("get-random-bytes", |_, (length,): (u64,)| Ok((bytes(length)?,)))?;
    place.func_wrap("get-random-u64", |_, (): ()| Ok((rand::rng().random::<u64>(),)))
}

pub(super) fn insecure(place: &mut LinkerInstance<'_, CallState>) -> wasmtime::Result<()> {
    place.func_wrap("get-insecure-random-bytes", |_, (length,): (u64,)| Ok((bytes(length)?,)))?;
    place.func_wrap("get-insecure-random-u64", |_, (): ()| Ok((rand::rng().random::<u64>(),)))
}

pub(super) fn seed(place: &mut LinkerInstance<'_, CallState>) -> wasmtime::Result<()> {
    place.func_wrap("insecure-seed", |_, (): ()| {
        Ok(((rand::rng().random::<u64>(), rand::rng().random::<u64>()),))
    })
}
