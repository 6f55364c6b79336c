//! Lifts big parts out of a mail while it streams in, so that nobody holds it whole.
//!
//! What comes out is a thin mail: the same lines, but a part whose body is over the limit has an empty body
//! and the header `X-Kerros-File` with the id of a kept file. Text that people wrote stays as long as there
//! is room. Headers, parts, nesting and files are bounded; whatever is left out for that is named in the
//! header `X-Kerros-Cut` of the thin mail, and the original is kept whole beside it.
//!
//! [`split::Splitter`] is the pure rule, line by line; [`keep`] runs it over a stream and keeps the files; [`hook`]
//! does so for what comes by HTTP.

pub mod decode;
pub mod entity;
pub mod hook;
pub mod keep;
pub mod lines;
pub mod split;

pub use keep::{Kept, keep};
pub use split::Limits;

/// The header that names a lifted part's file.
pub const FILE_HEADER: &str = "X-Kerros-File";
/// The header that names what had to be left out.
pub const CUT_HEADER: &str = "X-Kerros-Cut";
