//! A raw mail taken apart: heads, parts, transfer encodings, character sets (RFC 5322, 2045-2049, 2231).
//!
//! Every bound is here: what is kept of a head is a list of known fields, parts and depth are counted, and nothing is
//! decoded before somebody asks for it. So 100,000 header fields or ten thousand nested parts cost a walk, not memory.

mod charset;
mod content;
mod flowed;
mod head;
mod transfer;
mod tree;

pub use charset::decode as decode_charset;
pub use content::Content;
pub use head::{Head, ended};
pub use transfer::base64 as decode_base64;
pub use tree::{Leaf, Node, read};
