//! SMTP out: one conversation with a server ([`session`]), connections kept for the next mail ([`pool`]), and
//! the port's answer to "submit this" ([`submit`]).

pub mod pool;
pub mod reply;
pub mod session;
pub mod submit;
