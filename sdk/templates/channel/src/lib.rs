//! Messages by a JSON hook in, by a JSON request out. Replace it with what your provider speaks.
//!
//! A channel does no IO and sees no secret: it names them, and the host checks and fills them in.

use kerros_plugin::Error;
use kerros_plugin::channel::{
    Answer, Channel, Event, Message, Outgoing, Raw, Receipt, Request, Secrets, Step,
};
use serde::Deserialize;
use serde_json::json;

kerros_plugin::channel!({{Type}});

struct {{Type}};

#[derive(Deserialize)]
struct Config {
    url: String,
    token: String,
    hook_token: String,
}

/// What the provider sends.
#[derive(Deserialize)]
struct Hook {
    id: String,
    from: String,
    text: String,
}

/// What it answers to a message.
#[derive(Deserialize)]
struct Sent {
    id: Option<String>,
}

impl Channel for {{Type}} {
    type Config = Config;

    fn receive(config: &Config, raw: &Raw, secrets: &impl Secrets) -> Result<Receipt, Error> {
        // Before anything else: is it genuine?
        let genuine = raw.header("x-token").is_some_and(|t| secrets.equals(&config.hook_token, t));
        if !genuine {
            return Ok(Receipt::Unauthorized("x-token is missing or wrong".into()));
        }
        let hook: Hook = match serde_json::from_slice(&raw.body) {
            Ok(hook) => hook,
            Err(e) => return Ok(Receipt::Malformed(format!("not a message: {e}"))),
        };
        if hook.id.is_empty() || hook.from.is_empty() || hook.text.trim().is_empty() {
            return Ok(Receipt::Malformed("id, from and text must not be empty".into()));
        }
        // The key is what a repeat of the same delivery has in common with the first.
        let key = hook.id.clone();
        // Everybody who writes has one thread here, named like the sender.
        let message = Message::new(hook.id, &hook.from, &hook.from, hook.text);
        // The text may be anything; what is to be an id must be fit for one.
        let Some(event) = Event::from(message).tidy() else {
            return Ok(Receipt::Malformed("id and from must be one line, and not a long one".into()));
        };
        Ok(Receipt::accepted(vec![event], key))
    }

    fn send(config: &Config, message: &Outgoing, so_far: &[Answer]) -> Result<Step, Error> {
        // Asked twice: first with no answer yet, so say what to request; then with the provider's answer.
        let Some(answer) = so_far.last() else {
            let (id, to, text) = (&message.message_id, &message.recipient, &message.text);
            let body = json!({ "id": id, "to": to, "text": text });
            return Ok(Request::post_json(&config.url, &body).bearer(&config.token).into());
        };
        // 2xx is sent, 429 and 5xx are tried again, the rest is rejected.
        Ok(answer.outcome(|response| response.json::<Sent>()?.id).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Knows one token.
    struct Known;

    impl Secrets for Known {
        fn verify_hmac_sha256(&self, _: &str, _: &[u8], _: &[u8]) -> bool {
            false
        }
        fn equals(&self, name: &str, text: &str) -> bool {
            (name, text) == ("hook_token", "right")
        }
    }

    fn receive(token: &str, body: &str) -> Receipt {
        let config = Config {
            url: "https://api.example.com".into(),
            token: "api_token".into(),
            hook_token: "hook_token".into(),
        };
        let raw = Raw {
            headers: vec![("x-token".into(), token.into())],
            body: body.into(),
            ..Raw::default()
        };
        {{Type}}::receive(&config, &raw, &Known).unwrap()
    }

    #[test]
    fn a_genuine_hook_becomes_a_message_and_a_forged_one_does_not() {
        let body = r#"{"id": "1", "from": "aino", "text": "Hi"}"#;
        assert!(matches!(receive("wrong", body), Receipt::Unauthorized(_)));
        assert!(matches!(receive("right", "{"), Receipt::Malformed(_)));
        match receive("right", body) {
            Receipt::Accepted { events, .. } => {
                assert!(matches!(&events[0], Event::Message(m) if m.text == "Hi"));
            }
            other => panic!("{other:?}"),
        }
    }
}
