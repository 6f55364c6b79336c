//! kerros-host
