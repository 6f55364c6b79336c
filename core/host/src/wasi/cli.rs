//! `wasi:cli`: an end, and the standard streams. Environment and arguments are empty and terminals absent: that is
//! what [`super::refuse`] answers.

use wasmtime::component::{LinkerInstance, Resource};

use super::io::{ERR, Input, OUT, Output};
use crate::ended::Stopped;
use crate::state::CallState;

pub(super) fn exit(place: &mut LinkerInstance<'_, CallState>) -> wasmtime::Result<()> {
    let ended = || wasmtime::Error::new(Stopped("it ended itself by exit".to_owned()));
    place.func_wrap("exit", move |_, (_,): (Result<(), ()>,)| -> wasmtime::Result<()> {
        Err(ended())
    })?;
    place
        .func_wrap("exit-with-code", move |_, (_,): (u8,)| -> wasmtime::Result<()> { Err(ended()) })
}

pub(super) fn stdin(place: &mut LinkerInstance<'_, CallState>) -> wasmtime::Result<()> {
    place.func_wrap("get-stdin", |_, (): ()| Ok((Resource::<Input>::new_own(0),)))
}

pub(super) fn stdout(place: &mut LinkerInstance<'_, CallState>) -> wasmtime::Result<()> {
    place.func_wrap("get-stdout", |_, (): ()| Ok((Resource::<Output>::new_own(OUT),)))
}

pub(super) fn stderr(place: &mut LinkerInstance<'_, CallState>) -> wasmtime::Result<()> {
    place.func_wrap("get-stderr", |_, (): ()| Ok((Resource::<Output>::new_own(ERR),)))
}
