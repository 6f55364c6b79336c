//! A customer's file: where it lies is asked by its id, then it is downloaded; both with the token.

use kerros_plugin::Error;
use kerros_plugin::channel::{Answer, Fetch, Request};
use serde::Deserialize;
use shared_meta::graph::{self, Meaning};

use crate::Config;

#[derive(Deserialize)]
struct Media {
    url: String,
}

/// What to do next.
pub fn step(config: &Config, reference: &str, so_far: &[Answer]) -> Result<Fetch, Error> {
    if !(1..=200).contains(&reference.len())
        || !reference.bytes().all(|byte| byte.is_ascii_alphanumeric())
    {
        return Ok(Fetch::Gone("no id of a file at WhatsApp".into()));
    }
    let graph = config.graph();
    let response = match so_far {
        [] => {
            let node = format!("{reference}?phone_number_id={}", config.phone_number_id);
            return Ok(Fetch::Ask(graph.get(&node)));
        }
        [Answer::Http(response), ..] => response,
        [answer, ..] => return answer.outcome(|_| None).of_a_file(),
    };
    match response.json::<Media>().filter(|_| response.is_success()) {
        // The address works for five minutes, and only with the token.
        Some(media) => Ok(match Request::follow(&media.url) {
            Some(request) => Fetch::Download(graph.signed(request)),
            None => Fetch::Gone("WhatsApp names no place of the file".into()),
        }),
        None => graph::refusal(response, |_, _| None::<Meaning>, &[]).of_a_file(),
    }
}
