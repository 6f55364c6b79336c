//! `wasi:io`: pollables that are due or not, and the two streams that lead to the log.

use wasmtime::StoreContextMut;
use wasmtime::component::{ComponentType, LinkerInstance, Lower, Resource, ResourceType};

use crate::ended::Stopped;
use crate::state::CallState;

/// An IO error; none is ever made.
pub(super) struct IoError;
/// A moment: its handle is the milliseconds of the instance's monotonic clock at which it is due, and one.
pub(super) struct Pollable;
/// Standard input, empty.
pub(super) struct Input;
/// Standard output or error, by its handle.
pub(super) struct Output;

/// Handle of standard output.
pub(super) const OUT: u32 = 1;
/// Handle of standard error.
pub(super) const ERR: u32 = 2;
/// Bytes that a stream takes at once.
const PERMIT: u64 = 64 << 10;

#[derive(ComponentType, Lower)]
#[component(variant)]
enum StreamError {
    #[component(name = "last-operation-failed")]
    #[expect(dead_code, reason = "the type has it; the log never fails")]
    Failed(Resource<IoError>),
    #[component(name = "closed")]
    #[expect(dead_code, reason = "the type has it; the log never closes")]
    Closed,
}

type Place<'a> = LinkerInstance<'a, CallState>;
type State<'a> = StoreContextMut<'a, CallState>;
type Done = Result<(Result<(), StreamError>,), wasmtime::Error>;

pub(super) fn due_at(millis: u64) -> Resource<Pollable> {
    Resource::new_own(u32::try_from(millis).unwrap_or(u32::MAX - 1).saturating_add(1))
}

fn is_due(state: &State<'_>, pollable: &Resource<Pollable>) -> bool {
    let now = state.data().wasi.monotonic().as_millis();
    u128::from(pollable.rep().saturating_sub(1)) <= now
}

fn waits<T>() -> wasmtime::Result<T> {
    Err(wasmtime::Error::new(Stopped("it waits for time to pass; plugins do not sleep".to_owned())))
}

pub(super) fn error(place: &mut Place<'_>) -> wasmtime::Result<()> {
    place.resource("error", ResourceType::host::<IoError>(), |_, _| Ok(()))
}

pub(super) fn poll(place: &mut Place<'_>) -> wasmtime::Result<()> {
    place.resource("pollable", ResourceType::host::<Pollable>(), |_, _| Ok(()))?;
    place.func_wrap("[method]pollable.ready", |state, (one,): (Resource<Pollable>,)| {
        Ok((is_due(&state, &one),))
    })?;
    place.func_wrap("[method]pollable.block", |state, (one,): (Resource<Pollable>,)| {
        if is_due(&state, &one) { Ok(()) } else { waits() }
    })?;
    place.func_wrap("poll", |state, (all,): (Vec<Resource<Pollable>>,)| {
        let due: Vec<u32> =
            (0_u32..).zip(&all).filter(|(_, one)| is_due(&state, one)).map(|(n, _)| n).collect();
        if due.is_empty() { waits() } else { Ok((due,)) }
    })
}

pub(super) fn streams(place: &mut Place<'_>) -> wasmtime::Result<()> {
    place.resource("input-stream", ResourceType::host::<Input>(), |_, _| Ok(()))?;
    place.resource("output-stream", ResourceType::host::<Output>(), |_, _| Ok(()))?;
    place.func_wrap("[method]input-stream.subscribe", |_, (_,): (Resource<Input>,)| {
        Ok((due_at(0),))
    })?;
    place.func_wrap("[method]output-stream.subscribe", |_, (_,): (Resource<Output>,)| {
        Ok((due_at(0),))
    })?;
    place.func_wrap("[method]output-stream.check-write", |_, (_,): (Resource<Output>,)| {
        Ok((Ok::<u64, StreamError>(PERMIT),))
    })?;
    for name in ["[method]output-stream.write", "[method]output-stream.blocking-write-and-flush"] {
        place.func_wrap(name, |mut state, (to, bytes): (Resource<Output>, Vec<u8>)| -> Done {
            state.data_mut().print(to.rep() == ERR, &bytes);
            Ok((Ok(()),))
        })?;
    }
    for name in ["[method]output-stream.flush", "[method]output-stream.blocking-flush"] {
        place.func_wrap(name, |_, (_,): (Resource<Output>,)| -> Done { Ok((Ok(()),)) })?;
    }
    Ok(())
}
