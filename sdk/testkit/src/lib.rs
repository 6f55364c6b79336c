//! kerros-testkit
