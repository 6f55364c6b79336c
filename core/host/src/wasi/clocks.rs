//! `wasi:clocks`: the host's clock, and the time since the instance was made.

use std::time::Duration;

use wasmtime::component::{ComponentType, LinkerInstance, Lower};

use super::io::due_at;
use crate::state::CallState;

#[derive(ComponentType, Lower)]
#[component(record)]
struct Datetime {
    seconds: u64,
    nanoseconds: u32,
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

pub(super) fn monotonic(place: &mut LinkerInstance<'_, CallState>) -> wasmtime::Result<()> {
    place.func_wrap("now", |state, (): ()| Ok((nanos(state.data().wasi.monotonic()),)))?;
    place.func_wrap("resolution", |_, (): ()| Ok((1_000_u64,)))?;
    place.func_wrap("subscribe-instant", |_, (when,): (u64,)| {
        Ok((due_at(when.div_ceil(1_000_000)),))
    })?;
    place.func_wrap("subscribe-duration", |state, (after,): (u64,)| {
        let when = nanos(state.data().wasi.monotonic()).saturating_add(after);
        // No time at all is due at once, whatever the rounding.
        Ok((due_at(if after == 0 { 0 } else { when.div_ceil(1_000_000) }),))
    })
}

pub(super) fn wall(place: &mut LinkerInstance<'_, CallState>) -> wasmtime::Result<()> {
    place.func_wrap("now", |state, (): ()| {
        let state = state.data();
        let now = state.ports.clock.now().0;
        // Under a tape: what a replay would read, too.
        let now = state.tape.as_ref().map_or(now, |tape| tape.time(now));
        let millis = u64::try_from(now).unwrap_or(0);
        let nanoseconds = u32::try_from(millis % 1000).unwrap_or(0) * 1_000_000;
        Ok((Datetime { seconds: millis / 1000, nanoseconds },))
    })?;
    place
        .func_wrap("resolution", |_, (): ()| Ok((Datetime { seconds: 0, nanoseconds: 1_000_000 },)))
}
