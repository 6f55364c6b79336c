//! A customer's file: the address that came with a direct message, or the picture of a mention, which is asked for first.

use kerros_plugin::Error;
use kerros_plugin::channel::{Answer, Fetch, Request};
use serde::Deserialize;
use shared_meta::graph::{self, Meaning};

use crate::Config;
use crate::public::MENTION;

#[derive(Deserialize)]
struct Told {
    mentioned_media: Option<Media>,
    mentioned_comment: Option<Comment>,
}

#[derive(Deserialize)]
struct Comment {
    media: Option<Media>,
}

#[derive(Deserialize)]
struct Media {
    media_url: Option<String>,
}

/// What to do next.
pub fn step(config: &Config, reference: &str, so_far: &[Answer]) -> Result<Fetch, Error> {
    let Some(mention) = reference.strip_prefix(MENTION) else {
        return Ok(match Request::follow(reference) {
            Some(request) => Fetch::Download(request),
            None => Fetch::Gone("no address of a file".into()),
        });
    };
    if mention.len() > 200 || !mention.bytes().all(|byte| byte.is_ascii_digit() || byte == b':') {
        return Ok(Fetch::Gone("no mention".into()));
    }
    let response = match so_far {
        [] => {
            let fields = match mention.split_once(':') {
                None => format!("mentioned_media.media_id({mention}){{media_url}}"),
                Some((_, comment)) => {
                    format!("mentioned_comment.comment_id({comment}){{media{{media_url}}}}")
                }
            };
            let fields = kerros_plugin::encoding::escape(&fields);
            let node = format!("{}?fields={fields}", config.account_id);
            return Ok(Fetch::Ask(config.graph().get(&node)));
        }
        [Answer::Http(response), ..] => response,
        [answer, ..] => return answer.outcome(|_| None).of_a_file(),
    };
    let Some(answer) = response.json::<Told>().filter(|_| response.is_success()) else {
        return graph::refusal(response, |_, _| None::<Meaning>, &[]).of_a_file();
    };
    let commented = answer.mentioned_comment.and_then(|comment| comment.media);
    let media = answer.mentioned_media.or(commented);
    Ok(match media.and_then(|media| Request::follow(&media.media_url?)) {
        Some(request) => Fetch::Download(request),
        // Copyrighted material and albums have none.
        None => Fetch::Gone("Instagram gives out no picture of this post".into()),
    })
}
