//! What Kerros does: the use cases, one file per verb, and the ports they need.
//!
//! A use case is a free async function `verb(ctx, command)`. It reads through a port, lets
//! `kerros-domain` decide, and writes everything that follows in one [`ports::store::Changes`].
//!
//! Deliberately absent: SQL, HTTP, wasm, files, the system's clock. Those are adapters behind the
//! traits in [`ports`].
//!
//! Start in [`ctx`] and [`ports::store`], then read `accept` and `intake`, a message's road.

pub mod ports;
pub mod tenant;
