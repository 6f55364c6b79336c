//! What channels of text messages have in common: how many segments a text takes, and the words with which people ask
//! for no more of them.
//!
//! Not here: providers. Start in [`segments`].

pub mod segments;
pub mod stop;
