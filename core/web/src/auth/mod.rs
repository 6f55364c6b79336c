//! Who is asking: cookie sessions for people, bearer tokens for programs.
//!
//! Both are secrets of 256 random bits of which the store has only the SHA-256. A handler asks for a
//! `kerros_app::caller::Caller` and gets one from either; a page asks for a [`page::PageCaller`] and sends
//! strangers to the login page. [`origin`] refuses what a foreign site does with a person's cookie.

pub mod caller;
pub mod cookie;
pub mod login;
pub mod origin;
pub mod page;
pub mod password;
pub mod peer;
