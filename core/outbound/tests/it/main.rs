//! The guarded client against servers on this machine.

mod guard;
mod stub;
