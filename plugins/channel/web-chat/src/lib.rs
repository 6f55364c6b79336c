//! The chat widget's frames, as `sdk/docs/channel.md` lists them: `start`, `message`, `person`.
//!
//! A frame comes with the headers `thread` (the visitor's, made by the server from the visitor's secret) and
//! `language`. The client's id of a frame together with the thread is the key by which a repeat after a lost
//! connection is dropped. The channel is live: the socket reads answers from the store, so nothing is sent here.

use kerros_plugin::Error;
use kerros_plugin::channel::{
    Answer, Channel, Event, Message, Outcome, Outgoing, Raw, Receipt, Secrets, Started, Step,
};
use serde::Deserialize;

kerros_plugin::channel!(WebChat);

struct WebChat;

#[derive(Deserialize)]
struct Config {
    #[serde(default = "max_length")]
    max_length: usize,
    segment: Option<String>,
}

fn max_length() -> usize {
    4000
}

/// What a widget sends.
#[derive(Deserialize)]
struct Frame {
    r#type: String,
    id: Option<String>,
    text: Option<String>,
}

impl Channel for WebChat {
    type Config = Config;

    fn receive(config: &Config, raw: &Raw, _: &impl Secrets) -> Result<Receipt, Error> {
        Ok(match read(config, raw) {
            Ok((event, key)) => Receipt::accepted(vec![event], key),
            Err(reason) => Receipt::Malformed(reason),
        })
    }

    fn send(_: &Config, _: &Outgoing, _: &[Answer]) -> Result<Step, Error> {
        Ok(Outcome::sent(None).into())
    }
}

/// The event of a frame and the key of its delivery, or what is wrong with it.
fn read(config: &Config, raw: &Raw) -> Result<(Event, String), String> {
    if raw.kind != "frame" {
        return Err("only frames of the widget come here".into());
    }
    let thread = raw.header("thread").filter(|thread| !thread.is_empty());
    let thread = thread.ok_or("the frame names no thread")?.to_owned();
    let language = raw.header("language").and_then(language);
    let frame: Frame =
        serde_json::from_slice(&raw.body).map_err(|e| format!("not a frame: {e}"))?;
    let segment = config.segment.clone();
    match frame.r#type.as_str() {
        // A visitor may start again after an earlier talk was closed, so each start is its own delivery;
        // one that finds an open talk changes nothing.
        "start" => {
            let key = format!("{thread}:start:{}", raw.at_ms);
            let sender = thread.clone();
            let started = Started { thread, sender, language, segment, ..Started::default() };
            Ok((Event::Started(started), key))
        }
        "person" => {
            let key = key(&thread, frame.id.as_deref())?;
            Ok((Event::WantsPerson { thread }, key))
        }
        "message" => {
            let key = key(&thread, frame.id.as_deref())?;
            let text = frame.text.as_deref().unwrap_or_default().trim();
            if text.is_empty() {
                return Err("the message is empty".into());
            }
            if text.chars().nth(config.max_length).is_some() {
                return Err(format!("a message has at most {} characters", config.max_length));
            }
            let message = Message {
                language,
                segment,
                at_ms: Some(raw.at_ms),
                ..Message::new(&key, &thread, &thread, text)
            };
            Ok((message.into(), key))
        }
        other => Err(format!("unknown type {:.20}; known are start, message, person", other)),
    }
}

/// `thread:id`; the client's id is 1 to 64 printable characters.
fn key(thread: &str, id: Option<&str>) -> Result<String, String> {
    let id = id.filter(|id| {
        (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())
    });
    let id = id.ok_or("id: expected 1 to 64 printable characters without spaces")?;
    Ok(format!("{thread}:{id}"))
}

/// The language of a tag like `sv-FI`, if it looks like one.
fn language(tag: &str) -> Option<String> {
    let main = tag.split(['-', '_']).next()?.to_ascii_lowercase();
    let plain = (2..=3).contains(&main.len()) && main.bytes().all(|b| b.is_ascii_lowercase());
    plain.then_some(main)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct NoSecrets;

    impl Secrets for NoSecrets {
        fn verify_hmac_sha256(&self, _: &str, _: &[u8], _: &[u8]) -> bool {
            false
        }
        fn equals(&self, _: &str, _: &str) -> bool {
            false
        }
    }

    fn receive(body: &str) -> Receipt {
        let config: Config = serde_json::from_str(r#"{"max_length": 100}"#).unwrap();
        let raw = Raw {
            kind: "frame".into(),
            headers: vec![("thread".into(), "w-1".into()), ("language".into(), "sv-FI".into())],
            body: body.into(),
            at_ms: 7,
            ..Raw::default()
        };
        WebChat::receive(&config, &raw, &NoSecrets).unwrap()
    }

    #[test]
    fn a_message_carries_thread_language_and_text() {
        let expected = Message {
            language: Some("sv".into()),
            at_ms: Some(7),
            ..Message::new("w-1:a", "w-1", "w-1", "Hej <b>!</b>")
        };
        assert_eq!(
            receive(r#"{"type":"message","id":"a","text":"  Hej <b>!</b> \n"}"#),
            Receipt::accepted(vec![Event::Message(expected)], "w-1:a")
        );
    }

    #[test]
    fn a_repeat_has_the_same_key_and_another_visitors_frame_another() {
        let frame = r#"{"type":"person","id":"a"}"#;
        assert_eq!(receive(frame), receive(frame));
        assert_eq!(
            receive(frame),
            Receipt::accepted(vec![Event::WantsPerson { thread: "w-1".into() }], "w-1:a")
        );
    }

    #[test]
    fn what_is_wrong_is_said() {
        let long = format!(r#"{{"type":"message","id":"a","text":"{}"}}"#, "ä".repeat(101));
        for (body, word) in [
            ("", "not a frame"),
            ("[]", "not a frame"),
            (r#"{"type":"message","id":"a","text":"  "}"#, "empty"),
            (r#"{"type":"message","text":"hi"}"#, "id"),
            (r#"{"type":"message","id":"a b","text":"hi"}"#, "id"),
            (r#"{"type":"shout","id":"a"}"#, "shout"),
            (long.as_str(), "at most 100"),
        ] {
            match receive(body) {
                Receipt::Malformed(reason) => assert!(reason.contains(word), "{body}: {reason}"),
                other => panic!("{body}: {other:?}"),
            }
        }
        let fits = format!(r#"{{"type":"message","id":"a","text":"{}"}}"#, "ä".repeat(100));
        assert!(matches!(receive(&fits), Receipt::Accepted { .. }));
    }

    #[test]
    fn hooks_are_refused() {
        let config: Config = serde_json::from_str("{}").unwrap();
        let raw = Raw { kind: "hook".into(), ..Raw::default() };
        let receipt = WebChat::receive(&config, &raw, &NoSecrets).unwrap();
        assert!(matches!(receipt, Receipt::Malformed(_)));
    }
}
