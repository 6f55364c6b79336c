//! A customer's file: the address that came with a direct message; the picture of a mention, which is asked for first;
//! or what Instagram tells of the mention, as it tells it.

use kerros_plugin::Error;
use kerros_plugin::channel::{Answer, Fetch, Request};
use serde::Deserialize;
use shared_meta::graph::{self, Meaning};

use crate::Config;
use crate::public::{MENTION, TOLD};

/// What is told of a post: whose it is, its words and where it stands.
const POST: &str = "username,caption,permalink,media_type,timestamp";

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
    if let Some(mention) = reference.strip_prefix(TOLD) {
        let comment = format!("username,text,timestamp,media{{{POST}}}");
        let asked = ask(config, mention, POST, &comment);
        return Ok(asked.map_or_else(|| Fetch::Gone("no mention".into()), Fetch::Download));
    }
    let Some(mention) = reference.strip_prefix(MENTION) else {
        return Ok(match Request::follow(reference) {
            Some(request) => Fetch::Download(request),
            None => Fetch::Gone("no address of a file".into()),
        });
    };
    let response = match so_far {
        [] => {
            let asked = ask(config, mention, "media_url", "media{media_url}");
            return Ok(asked.map_or_else(|| Fetch::Gone("no mention".into()), Fetch::Ask));
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

/// Asks for these fields of a mention: of the post, or of the comment if it is in one.
fn ask(config: &Config, mention: &str, post: &str, comment: &str) -> Option<Request> {
    let numbers = mention.bytes().all(|byte| byte.is_ascii_digit() || byte == b':');
    if mention.len() > 200 || !numbers {
        return None;
    }
    let fields = match mention.split_once(':') {
        None => format!("mentioned_media.media_id({mention}){{{post}}}"),
        Some((_, id)) => format!("mentioned_comment.comment_id({id}){{{comment}}}"),
    };
    let fields = kerros_plugin::encoding::escape(&fields);
    Some(config.graph().get(&format!("{}?fields={fields}", config.account_id)))
}
