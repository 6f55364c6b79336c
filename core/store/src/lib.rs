//! kerros-store
