//! kerros-build
