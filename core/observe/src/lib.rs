//! kerros-observe
