//! A file that a customer sent: `getFile` says where it lies, then it is fetched from there.

use kerros_plugin::channel::{Answer, Fetch, Request};
use serde::Deserialize;

use crate::Config;

#[derive(Deserialize)]
struct Found {
    result: Option<Place>,
}

#[derive(Deserialize)]
struct Place {
    file_path: Option<String>,
}

/// The longest file id; Telegram's have less than 100.
const LONGEST_ID: usize = 512;
/// The longest place of a file.
const LONGEST_PATH: usize = 1024;

/// The next step for the file with this id.
pub fn step(config: &Config, file_id: &str, so_far: &[Answer]) -> Fetch {
    let Some(last) = so_far.last() else {
        if !is_id(file_id) {
            return Fetch::Gone("not a file id".into());
        }
        let (api, token) = (&config.api, &config.token);
        let url = format!("{api}/bot{{secret:{token}}}/getFile?file_id={file_id}");
        return Fetch::Ask(Request::get(url));
    };
    let Some(found) = last.success().and_then(|response| response.json::<Found>()) else {
        // Too big for a bot (20 MB), or too old.
        return Fetch::Gone("Telegram does not give the file out".into());
    };
    let path = found.result.and_then(|place| place.file_path).filter(|path| is_path(path));
    match path {
        Some(path) => {
            let (api, token) = (&config.api, &config.token);
            Fetch::Download(Request::get(format!("{api}/file/bot{{secret:{token}}}/{path}")))
        }
        None => Fetch::Gone("Telegram names no place of the file".into()),
    }
}

/// File ids are letters, digits, - and _, so they need no escaping; nothing else is asked for.
pub fn is_id(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    (1..=LONGEST_ID).contains(&text.len()) && text.chars().all(plain)
}

/// Folders and a name, as Telegram writes them: nothing that leads elsewhere or could be a placeholder.
fn is_path(path: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    path.len() <= LONGEST_PATH
        && !path.starts_with('/')
        && !path.contains("..")
        && path.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use kerros_plugin::channel::Response;

    use super::*;

    fn config() -> Config {
        serde_json::from_str(r#"{"token": "bot_token", "webhook_secret": "hook"}"#).unwrap()
    }

    fn answer(status: u16, body: &str) -> Answer {
        Response { status, body: body.into(), ..Response::default() }.into()
    }

    #[test]
    fn a_file_is_asked_for_and_then_fetched_from_where_it_lies() {
        let ask = step(&config(), "Big_1-x", &[]);
        let url = "https://api.telegram.org/bot{secret:bot_token}/getFile?file_id=Big_1-x";
        assert_eq!(ask, Fetch::Ask(Request::get(url)));
        let found = answer(200, r#"{"ok":true,"result":{"file_path":"photos/file_1.jpg"}}"#);
        let url = "https://api.telegram.org/file/bot{secret:bot_token}/photos/file_1.jpg";
        assert_eq!(step(&config(), "Big_1-x", &[found]), Fetch::Download(Request::get(url)));
    }

    #[test]
    fn what_cannot_be_had_is_gone() {
        let long = "a".repeat(600);
        for id in ["", "../getMe", "a b", "x&y=1", "{secret:bot_token}", &long] {
            assert!(matches!(step(&config(), id, &[]), Fetch::Gone(_)), "{id}");
        }
        for (status, body) in [
            (400, r#"{"ok":false,"description":"Bad Request: file is too big"}"#),
            (200, r#"{"ok":true,"result":{}}"#),
            (200, r#"{"ok":true,"result":{"file_path":"../../getMe"}}"#),
            (200, r#"{"ok":true,"result":{"file_path":"/etc/{secret:bot_token}"}}"#),
            (200, "<html>"),
        ] {
            let step = step(&config(), "Big", &[answer(status, body)]);
            assert!(matches!(step, Fetch::Gone(_)), "{body}");
        }
    }
}
