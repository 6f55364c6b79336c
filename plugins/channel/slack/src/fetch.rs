//! A file of somebody's: where it lies is asked first, as Slack would answer a token without the right to read files with
//! a page to log in on.

use kerros_plugin::Error;
use kerros_plugin::channel::{Answer, Fetch, Request};
use serde::Deserialize;

use crate::Config;

#[derive(Deserialize)]
struct Info {
    ok: bool,
    error: Option<String>,
    file: Option<File>,
}

#[derive(Deserialize)]
struct File {
    url_private_download: Option<String>,
    url_private: Option<String>,
}

/// What to do next.
pub fn step(config: &Config, reference: &str, so_far: &[Answer]) -> Result<Fetch, Error> {
    if !(1..=200).contains(&reference.len())
        || !reference.bytes().all(|byte| byte.is_ascii_alphanumeric())
    {
        return Ok(Fetch::Gone("no id of a file at Slack".into()));
    }
    let response = match so_far {
        [] => {
            let url = format!("{}?file={reference}", config.method("files.info"));
            return Ok(Fetch::Ask(config.signed(Request::get(url))));
        }
        [Answer::Http(response), ..] => response,
        [answer, ..] => return answer.outcome(|_| None).of_a_file(),
    };
    let info: Option<Info> = response.json();
    match info {
        Some(Info { ok: true, file: Some(file), .. }) => {
            let url = file.url_private_download.or(file.url_private);
            Ok(match url.and_then(|url| Request::follow(&url)) {
                Some(request) => Fetch::Download(config.signed(request)),
                None => Fetch::Gone("Slack gives out no address of this file".into()),
            })
        }
        Some(Info { error: Some(error), .. })
            if matches!(error.as_str(), "file_not_found" | "file_deleted") =>
        {
            Ok(Fetch::Gone(format!("Slack: {error}")))
        }
        // A missing permission is the operator's to mend.
        Some(Info { error: Some(error), .. }) => Err(Error::temporary(format!("Slack: {error}"))),
        _ => Err(Error::temporary(format!("Slack answered {}", response.status))),
    }
}
