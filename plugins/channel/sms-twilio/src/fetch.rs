//! A customer's picture: Twilio's address leads on to where it lies, and only the first wants the token.

use kerros_plugin::Error;
use kerros_plugin::channel::{Answer, Fetch, Request};

use crate::Config;

/// What to do next.
pub fn step(config: &Config, reference: &str, so_far: &[Answer]) -> Result<Fetch, Error> {
    if !reference.starts_with(&format!("{}/", config.api)) {
        return Ok(Fetch::Gone("no address of a file at Twilio".into()));
    }
    let asked = config.signed(Request::get(reference));
    match so_far {
        [] => Ok(Fetch::Ask(asked)),
        [Answer::Http(response), ..] => match (response.status, response.header("location")) {
            (300..=399, Some(place)) if place.starts_with("http") => {
                Ok(Fetch::Download(Request::get(place)))
            }
            // Here it lies itself.
            (200..=299, _) => Ok(Fetch::Download(asked)),
            (404 | 410, _) => Ok(Fetch::Gone("Twilio does not have it any more".into())),
            (status, _) => Err(Error::temporary(format!("Twilio answered {status}"))),
        },
        [answer, ..] => answer.outcome(|_| None).of_a_file(),
    }
}
