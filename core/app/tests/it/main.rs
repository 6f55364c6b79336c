//! Stories of the use cases, over the store in memory, with plugins that do as the test says. Time
//! stands still unless a story moves it.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a story whose helper cannot go on has failed"
)]

mod accept;
mod answers;
mod bot;
mod chaos;
mod delivery;
mod elsewhere;
mod escalation;
mod figures;
mod folds;
mod house;
mod letters;
mod mails;
mod plugins;
mod rights;
mod routing;
mod sessions;
mod side_by_side;
mod threading;
mod timers;
mod widget;
mod work;
