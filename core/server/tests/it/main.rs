//! The binary from outside: what it prints, how it ends, and what it does while files change.

mod checks;
mod commands;
mod kerros;
mod node;
