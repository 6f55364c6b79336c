//! Lifts any bytes.

#![no_main]

#[path = "../checks/lift_split.rs"]
mod lift_split;

libfuzzer_sys::fuzz_target!(|mail: &[u8]| lift_split::bears(mail));
