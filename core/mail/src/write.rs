//! Writes mails: a [`Mail`](kerros_app::ports::outbound::Mail) becomes a MIME message ([`compose`]) that is signed
//! ([`dkim`]) and streams out, its files read only then ([`sealed`]).

pub mod compose;
pub mod dkim;
pub mod sealed;
