//! Leads the customer through steps that the tenant's config describes.
//!
//! A talk is always at one step: the flow runs from step to step until one waits for the customer, passes on or
//! resolves. What the customer answered is kept by name, fills texts, decides branches, and is the briefing of the
//! hand-off. Whoever asks for a person gets one, at every step.
//!
//! A flow cannot hang: after [`run::MOST_STEPS`] steps in one turn, at a step that does not exist and after too many
//! answers that do not fit, a person takes over.
//!
//! Start in [`flow`] (what a config says), then [`run`].

mod choice;
mod condition;
mod flow;
mod question;
mod run;
mod text;
mod words;

#[cfg(test)]
mod tests;

use kerros_plugin::Error;
use kerros_plugin::bot::{Bot, Host, Reply, Turn};

kerros_plugin::bot!(FlowBot);

struct FlowBot;

impl Bot for FlowBot {
    type Config = flow::Flow;

    fn turn(config: &flow::Flow, turn: &Turn, _: &impl Host) -> Result<Reply, Error> {
        run::turn(config, turn)
    }
}
