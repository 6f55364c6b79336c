//! What people read, in fi, sv and en: Fluent messages from `locales/`, and numbers and times as each
//! language writes them.

mod number;
mod speech;
pub mod time;

pub use number::{decimal, percent, whole};
pub use speech::{Arg, Lang, Speech, speech};
