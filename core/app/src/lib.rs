//! What Kerros does: the use cases, one file per verb, and the ports they need.
//!
//! A use case is a free async function `verb(ctx, caller, command)`. It reads through a port, lets
//! `kerros-domain` decide, and writes everything that follows in one [`ports::store::Changes`].
//!
//! Deliberately absent: SQL, HTTP, wasm, files, the system's clock. Those are adapters behind the
//! traits in [`ports`].
//!
//! Start in [`ctx`] and [`ports::store`], then read [`accept`] and [`intake`], a message's road;
//! [`change`] is what every verb of a person goes through.

pub mod caller;
pub mod ctx;
pub mod error;
pub mod ports;
pub mod tenant;

pub mod accept;
pub mod bot_turn;
pub mod deliver;
pub mod fetch;
pub mod files;
pub mod intake;
pub mod work;

pub mod answer;
pub mod assign;
mod automatic;
pub mod call;
pub mod close;
pub mod discuss;
pub mod escalate;
pub mod hand_back;
pub mod note;
pub mod pend;
pub mod release;
pub mod reopen;
pub mod reply;
pub mod resolve;
pub mod set_priority;
pub mod set_segment;
pub mod tag;

pub mod board;
pub mod channel_health;
pub mod dead_letters;
pub mod details;
pub mod facts;
pub mod focus;
pub mod framed;
pub mod list;
pub mod recipient;
pub mod report;
pub mod show;
pub mod timeline;
pub mod visit;
pub mod widget;

pub mod colleagues;
pub mod contact;
pub mod create_token;
pub mod login;
pub mod logout;
pub mod presence;
pub mod session;

pub mod change;
pub mod local_bus;
pub mod mask;
pub mod memory;
pub mod trace;

mod announce;
mod bad_address;
mod calendar_day;
mod clean;
mod draft;
mod fingerprint;
mod notice;
mod numbers;
mod recent;
mod reply_token;
mod sanitise;
mod targets;
mod view;

pub use caller::Caller;
pub use ctx::{Ctx, Ports};
pub use error::Error;
