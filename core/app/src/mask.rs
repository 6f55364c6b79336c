//! Masks personal data in what is kept for finding faults: a value keeps its shape (length, capitals, digits, marks),
//! so that a plugin mostly behaves the same on it, and loses what it says.
//!
//! The rule, in this order: what stands under a key of structure (kinds, ids of layers, times) is kept but for mail
//! addresses and long numbers in it; headers that carry credentials are left out; texts are masked letter by letter
//! unless the tenant lets texts stay; names, addresses and everything under a key that is not known here are masked
//! letter by letter. JSON inside a text is masked inside, so that it stays JSON, wherever it stands. What a provider or
//! a partner built knows nothing of our keys, and any of its own may hold a name: there only a few words stay that say
//! what a thing is. A bot's own state may hold anything that a customer said under any key: in it only the keys stay,
//! and the step that it names.

use serde_json::{Map, Value};

/// Keys whose values say how something is built, not what somebody wrote.
const STRUCTURE: &[&str] = &[
    "action",
    "alternatives",
    "at",
    "at_ms",
    "attempt",
    "author",
    "call",
    "channel",
    "check",
    "code",
    "confidence",
    "confirmed",
    "content_type",
    "currency",
    "direction",
    "encoding",
    "enhanced",
    "error",
    "event",
    "field",
    "format",
    "from_ms",
    "kind",
    "lang",
    "language",
    "language_code",
    "layer",
    "layer_kind",
    "layers",
    "level",
    "media_type",
    "method",
    "metric",
    "mime_type",
    "month",
    "now_ms",
    "object",
    "opens_at_ms",
    "owner",
    "part",
    "priority",
    "product",
    "receipt",
    "request",
    "response",
    "retry_after_ms",
    "role",
    "score",
    "secret",
    "segment",
    "seq",
    "status",
    "step",
    "tag",
    "tags",
    "temporary",
    "timestamp",
    "time_zone",
    "to_ms",
    "trigger",
    "type",
    "unit",
    "verdict",
    "version",
    "asked",
    "answer",
    "bytes",
    "outcome",
    "calendar",
    "id",
    "slug",
];

/// Keys whose values are what somebody wrote: these may stay if the tenant says so.
const TEXTS: &[&str] = &[
    "text",
    "body",
    "html",
    "full",
    "subject",
    "title",
    "excerpt",
    "query",
    "message",
    "label",
    "caption",
    "line",
    "description",
    "content",
    "value",
    "reason",
];

/// Keys of what others built whose values may say what a thing is: a short word in small letters stays.
const WORDS: &[&str] = &[
    "action",
    "channel_type",
    "content_type",
    "conversationtype",
    "direction",
    "encoding",
    "event",
    "event_type",
    "field",
    "format",
    "kind",
    "lang",
    "language",
    "language_code",
    "media_type",
    "messaging_product",
    "method",
    "mime_type",
    "object",
    "role",
    "status",
    "subtype",
    "type",
];

/// What `state` says of a message or a breaker; anything else under it is a bot's own state.
const STATES: &[&str] =
    &["bot", "closed", "delivered", "failed", "queued", "read", "rejected", "resolved", "sent"];

/// Keys of a bot's state whose values name a place in the bot, not what somebody said.
const PLACES: &[&str] = &["flow", "node", "stage", "step"];

/// Headers that tell how a request is built.
const HEADERS: &[&str] = &[
    "accept",
    "content-encoding",
    "content-length",
    "content-type",
    "date",
    "host",
    "language",
    "user-agent",
];

/// Masks.
#[derive(Debug, Clone, Copy, Default)]
pub struct Mask {
    /// Whether texts stay readable; names, addresses and numbers in them never do.
    pub texts_stay: bool,
}

/// What a value stands under.
#[derive(Clone, Copy, PartialEq)]
enum Under {
    Structure,
    Text,
    /// In a bot's own state.
    State,
    Other,
}

impl Mask {
    /// The value, masked.
    #[must_use]
    pub fn value(self, value: &Value) -> Value {
        self.under(value, Under::Other)
    }

    /// One text, masked.
    #[must_use]
    pub fn text(self, text: &str) -> String {
        self.string(text, Under::Text)
    }

    fn under(self, value: &Value, under: Under) -> Value {
        match value {
            Value::Null | Value::Bool(_) => value.clone(),
            Value::Number(number) => match under {
                Under::Structure => value.clone(),
                _ => digits(number).unwrap_or_else(|| value.clone()),
            },
            Value::String(text) => Value::String(self.string(text, under)),
            Value::Array(list) => {
                Value::Array(match header(list).filter(|_| under != Under::State) {
                    Some(name) => vec![list[0].clone(), self.header_value(name, &list[1])],
                    None => list.iter().map(|one| self.under(one, under)).collect(),
                })
            }
            Value::Object(map) => Value::Object(
                map.iter()
                    .map(|(key, value)| {
                        let masked = match under {
                            Under::State => self.kept(key, value),
                            _ if of_facts(map) && key == "answer" => self.facts(value),
                            _ if of_facts(map) && key == "name" => value.clone(),
                            _ if of_a_store(map, key) => self.under(value, Under::State),
                            _ => self.keyed(key, value),
                        };
                        (key.clone(), masked)
                    })
                    .collect(),
            ),
        }
    }

    fn keyed(self, key: &str, value: &Value) -> Value {
        let name = key.to_ascii_lowercase();
        if name == "url" || name == "path" {
            return value
                .as_str()
                .map_or_else(|| self.under(value, Under::Other), |url| address(url).into());
        }
        if name == "state" {
            return self.state(value);
        }
        let under = match (STRUCTURE.contains(&&*name), TEXTS.contains(&&*name)) {
            (true, _) => Under::Structure,
            (_, true) => Under::Text,
            _ => Under::Other,
        };
        self.under(value, under)
    }

    /// What somebody else built, from here on.
    fn theirs(self, key: &str, value: &Value) -> Value {
        match value {
            Value::Null | Value::Bool(_) => value.clone(),
            Value::Number(_) if key == "timestamp" => value.clone(),
            Value::Number(number) => digits(number).unwrap_or_else(|| value.clone()),
            Value::String(text) => Value::String(self.their_string(key, text)),
            Value::Array(list) => list.iter().map(|one| self.theirs(key, one)).collect(),
            Value::Object(map) => {
                let masked = map.iter().map(|(key, value)| {
                    // A number or an address may be a key, too.
                    (patterns(key), self.theirs(&key.to_ascii_lowercase(), value))
                });
                Value::Object(masked.collect())
            }
        }
    }

    fn their_string(self, key: &str, text: &str) -> String {
        if let Some(inner) = inside(text) {
            return self.theirs("", &inner).to_string();
        }
        let says_what = WORDS.contains(&key) && is_word(text);
        if says_what || (key == "state" && STATES.contains(&text)) {
            return text.to_owned();
        }
        // A value may be anything that a form asked for.
        if self.texts_stay && TEXTS.contains(&key) && key != "value" {
            return patterns(text);
        }
        match text.split_once("://") {
            Some((scheme @ ("http" | "https"), rest)) => {
                let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
                format!("{scheme}://{}{}", patterns(host), letters(path))
            }
            _ => letters(text),
        }
    }

    /// The answer to a question for facts.
    fn facts(self, answer: &Value) -> Value {
        match answer.get("Ok").and_then(Value::as_str).and_then(inside) {
            Some(inner) => {
                serde_json::json!({ "Ok": self.under(&inner, Under::Other).to_string() })
            }
            None => self.under(answer, Under::Other),
        }
    }

    /// What stands under `state`: one of our words, or what a bot keeps.
    fn state(self, value: &Value) -> Value {
        match value {
            Value::String(word) if STATES.contains(&word.as_str()) => value.clone(),
            _ => self.under(value, Under::State),
        }
    }

    /// What stands in a bot's state.
    fn kept(self, key: &str, value: &Value) -> Value {
        let place = PLACES.contains(&key.to_ascii_lowercase().as_str());
        let named = value.as_str().filter(|name| {
            (1..=64).contains(&name.len())
                && name.bytes().all(|b| {
                    b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_')
                })
        });
        match named.filter(|_| place) {
            Some(name) => patterns(name).into(),
            None => self.under(value, Under::State),
        }
    }

    fn header_value(self, name: &str, value: &Value) -> Value {
        let name = name.to_ascii_lowercase();
        let Some(text) = value.as_str() else { return self.under(value, Under::Other) };
        // A placeholder says only which secret would be there.
        if HEADERS.contains(&&*name) || text.starts_with("{secret") || text == "{timestamp}" {
            return value.clone();
        }
        let credential = ["auth", "cookie", "token", "secret", "signature", "key", "hub-"];
        if credential.iter().any(|part| name.contains(part)) {
            return "(left out)".into();
        }
        letters(text).into()
    }

    fn string(self, text: &str, under: Under) -> String {
        if let Some(inner) = inside(text) {
            return match under {
                Under::State => self.under(&inner, under).to_string(),
                _ => self.theirs("", &inner).to_string(),
            };
        }
        match under {
            Under::Structure => patterns(text),
            Under::Text if self.texts_stay => patterns(text),
            Under::State => letters(text),
            _ if is_form(text) => form(text),
            _ => letters(text),
        }
    }
}

/// JSON that stands in a text.
fn inside(text: &str) -> Option<Value> {
    text.trim_start().starts_with(['{', '[']).then(|| serde_json::from_str(text).ok()).flatten()
}

/// Whether a transcript's entry holds facts that a report asked for: their words are ours.
fn of_facts(entry: &Map<String, Value>) -> bool {
    entry.get("asked").is_some_and(|asked| asked == "facts")
}

/// Whether a key of a transcript's entry says what a bot asked of its own store, or was answered: that is its state,
/// too.
fn of_a_store(entry: &Map<String, Value>, key: &str) -> bool {
    entry.get("asked").is_some_and(|asked| asked == "kv") && matches!(key, "question" | "answer")
}

/// A pair of two texts is a header, a field or an attribute.
fn header(list: &[Value]) -> Option<&str> {
    match list {
        [Value::String(name), Value::String(_)]
            if !name.is_empty()
                && name.bytes().all(|b| {
                    b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_'
                }) =>
        {
            Some(name)
        }
        _ => None,
    }
}

/// A short word in small letters, as protocols have them.
fn is_word(text: &str) -> bool {
    let is_part = |b: u8| {
        b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-' | b'.' | b'/')
    };
    (1..=40).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(is_part)
        && patterns(text) == text
}

/// Letter by letter: a letter becomes `x` or `X`, a digit `0`; everything else stays. Placeholders stay whole.
fn letters(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("{secret") {
        let end = rest[start..].find('}').map_or(rest.len(), |end| start + end + 1);
        masked.extend(rest[..start].chars().map(letter));
        masked.push_str(&rest[start..end]);
        rest = &rest[end..];
    }
    masked.extend(rest.chars().map(letter));
    masked
}

fn letter(c: char) -> char {
    match c {
        c if c.is_numeric() => '0',
        c if c.is_uppercase() => 'X',
        c if c.is_alphabetic() => 'x',
        c => c,
    }
}

/// One of our own ids: three letters and 128 bits in hex. It says nothing about anybody.
fn is_id(text: &str) -> bool {
    let hex = |rest: &str| {
        rest.len() == 32 && rest.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    };
    text.split_once('_').is_some_and(|(kind, rest)| {
        kind.len() == 3 && kind.bytes().all(|b| b.is_ascii_lowercase()) && hex(rest)
    })
}

/// Mail addresses and runs of five digits or more, wherever they stand.
fn patterns(text: &str) -> String {
    let ends = |c: char| c.is_whitespace() || "<>()[]\"',;".contains(c);
    let mut masked = String::with_capacity(text.len());
    for piece in text.split_inclusive(ends) {
        if piece.contains('@') {
            masked.push_str(&letters(piece));
            continue;
        }
        if is_id(piece.trim_end_matches(ends)) {
            masked.push_str(piece);
            continue;
        }
        let count = piece.chars().filter(char::is_ascii_digit).count();
        // Numbers are written with spaces and dashes; ids of ours are hex with letters between.
        let longest = piece.split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap_or(0);
        if longest >= 5 && count * 2 >= piece.trim_end_matches(ends).len() {
            masked.extend(piece.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }));
        } else {
            masked.push_str(piece);
        }
    }
    masked
}

/// A number of five digits or more keeps its length.
fn digits(number: &serde_json::Number) -> Option<Value> {
    let text = number.to_string();
    if text.chars().filter(char::is_ascii_digit).count() < 5 {
        return None;
    }
    // Ones, because a number cannot begin with a zero.
    let masked: String = text.chars().map(|c| if c.is_ascii_digit() { '1' } else { c }).collect();
    serde_json::from_str(&masked).ok()
}

fn is_form(text: &str) -> bool {
    !text.contains(char::is_whitespace)
        && text.contains('=')
        && text.split('&').all(|pair| pair.split_once('=').is_some_and(|(key, _)| !key.is_empty()))
}

/// `a=b&c=d`: keys stay.
fn form(text: &str) -> String {
    let pair = |pair: &str| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        format!("{key}={}", escaped(value))
    };
    text.split('&').map(pair).collect::<Vec<_>>().join("&")
}

/// Letter by letter, `%41` kept as one.
fn escaped(value: &str) -> String {
    let mut masked = String::with_capacity(value.len());
    let mut left = 0;
    for c in value.chars() {
        if left > 0 {
            left -= 1;
            masked.push(c);
        } else if c == '%' {
            left = 2;
            masked.push(c);
        } else {
            masked.push(letter(c));
        }
    }
    masked
}

/// An address keeps its scheme, host and the shape of its path; what the query says goes.
fn address(url: &str) -> String {
    let (start, query) =
        url.split_once('?').map_or((url, None), |(start, query)| (start, Some(query)));
    let masked: Vec<String> = start
        .split('/')
        .enumerate()
        .map(|(n, part)| {
            let is_host = n == 2 && start.contains("://");
            if is_host || part.contains("{secret") { part.to_owned() } else { patterns(part) }
        })
        .collect();
    let query = query.map_or_else(String::new, |query| format!("?{}", form(query)));
    masked.join("/") + &query
}

#[cfg(test)]
mod tests {
    use super::Mask;
    use serde_json::json;

    #[test]
    fn what_people_wrote_and_who_they_are_goes_and_the_shape_stays() {
        let table = [
            (json!("Anna Åkerlund"), json!("Xxxx Xxxxxxxx")),
            (json!({ "text": "Call 040-1234567!" }), json!({ "text": "Xxxx 000-0000000!" })),
            (
                json!({ "layer": "self-service", "now_ms": 1_792_000_000_000_i64 }),
                json!({ "layer": "self-service", "now_ms": 1_792_000_000_000_i64 }),
            ),
            (
                json!({ "sender": "anna@x.fi", "language": "fi" }),
                json!({ "sender": "xxxx@x.xx", "language": "fi" }),
            ),
            (json!({ "chat": { "id": "5512345678" } }), json!({ "chat": { "id": "0000000000" } })),
            (
                json!({ "chat_id": 5_512_345_678_u64, "n": 42 }),
                json!({ "chat_id": 1_111_111_111_u64, "n": 42 }),
            ),
            (
                json!({ "id": "msg_0198c0de0000700080000000000000aa" }),
                json!({ "id": "msg_0198c0de0000700080000000000000aa" }),
            ),
            (json!(["authorization", "Bearer abc"]), json!(["authorization", "(left out)"])),
            (
                json!(["x-hub-signature-256", "sha256=ab12"]),
                json!(["x-hub-signature-256", "(left out)"]),
            ),
            (
                json!(["authorization", "{secret:token}"]),
                json!(["authorization", "{secret:token}"]),
            ),
            (json!(["content-type", "text/plain"]), json!(["content-type", "text/plain"])),
            (json!(["order", "Sofa 4711"]), json!(["order", "Xxxx 0000"])),
            (
                json!({ "body": r#"{"type":"message","from":"Anna","text":{"body":"Hi"}}"# }),
                json!({ "body": r#"{"from":"Xxxx","text":{"body":"Xx"},"type":"message"}"# }),
            ),
            (
                json!({ "body": "From=%2B358401234567&Body=Hei+sinä" }),
                json!({ "body": "From=%2B000000000000&Body=Xxx+xxxx" }),
            ),
            (
                json!({ "url": "https://api.example.com/bot{secret:T}/user/358401234567?name=Anna" }),
                json!({ "url": "https://api.example.com/bot{secret:T}/user/000000000000?name=Xxxx" }),
            ),
            (
                json!({ "made_up_by_a_provider": "Anna" }),
                json!({ "made_up_by_a_provider": "Xxxx" }),
            ),
            (json!({ "reason": "no user anna@x.fi" }), json!({ "reason": "xx xxxx xxxx@x.xx" })),
        ];
        for (value, expected) in table {
            assert_eq!(Mask::default().value(&value), expected);
        }
    }

    /// Nobody knows what a provider's keys hold: what is structure with us may be somebody's name there.
    #[test]
    fn what_others_built_keeps_no_more_than_what_a_thing_is() {
        let body = json!({
            "object": "whatsapp_business_account", "type": "message", "kind": "Aino Koski", "status": "read",
            "event": { "type": "message", "mime_type": "image/jpeg", "subtype": "aino@x.fi" },
            "author": "Aino Koski", "owner": "aino", "id": "aino", "code": "1234", "tags": ["vip", "koski"],
            "step": "Katu 1", "channel": "aino", "version": "aino", "state": "sent", "n": 7,
            "timestamp": 1_792_000_000, "phone": 358_401_234_567_u64,
            "names": ["anna", "koski"], "contacts": { "358401234567": "Aino", "aino@x.fi": 1 },
            "url": "https://cdn.example/users/aino.koski?name=Aino", "inner": "{\"owner\":\"aino\"}",
            "text": "Hei", "value": "Aino",
        });
        let masked = json!({
            "object": "whatsapp_business_account", "type": "message", "kind": "Xxxx Xxxxx", "status": "read",
            "event": { "type": "message", "mime_type": "image/jpeg", "subtype": "xxxx@x.xx" },
            "author": "Xxxx Xxxxx", "owner": "xxxx", "id": "xxxx", "code": "0000", "tags": ["xxx", "xxxxx"],
            "step": "Xxxx 0", "channel": "xxxx", "version": "xxxx", "state": "sent", "n": 7,
            "timestamp": 1_792_000_000, "phone": 111_111_111_111_u64,
            "names": ["xxxx", "xxxxx"], "contacts": { "000000000000": "Xxxx", "xxxx@x.xx": 1 },
            "url": "https://cdn.example/xxxxx/xxxx.xxxxx?xxxx=Xxxx", "inner": "{\"owner\":\"xxxx\"}",
            "text": "Xxx", "value": "Xxxx",
        });
        let inside = |masked: &serde_json::Value| {
            serde_json::from_str::<serde_json::Value>(masked.as_str().unwrap()).unwrap()
        };
        for at in ["body", "answer", "line"] {
            let found = Mask::default().value(&json!({ at: body.to_string() }));
            assert_eq!(inside(&found[at]), masked, "{at}");
        }
        // A text may stay, and nothing else changes.
        let found = Mask { texts_stay: true }.value(&json!({ "body": body.to_string() }));
        let mut with_text = masked;
        with_text["text"] = json!("Hei");
        assert_eq!(inside(&found["body"]), with_text);
        // Facts are ours, and so is the name that they are asked by.
        let facts = json!({ "asked": "facts", "name": "demand", "answer": {
            "Ok": "[{\"layer\":\"first-line\",\"agent\":\"Aino\",\"n\":3}]",
        } });
        let found = Mask::default().value(&facts);
        let rows = json!([{ "layer": "first-line", "agent": "Xxxx", "n": 3 }]);
        assert_eq!((&found["name"], inside(&found["answer"]["Ok"])), (&json!("demand"), rows));
        let refused =
            json!({ "asked": "facts", "name": "x", "answer": { "Err": { "kind": "busy" } } });
        assert_eq!(Mask::default().value(&refused), refused);
    }

    #[test]
    fn a_bots_own_state_keeps_its_shape_and_its_step_and_nothing_that_was_said() {
        let kept = r#"{"step":"ask-name","answers":{"name":"anna","field":"koski","id":"k"},"tries":2,"n":55123456}"#;
        let masked = r#"{"step":"ask-name","answers":{"name":"xxxx","field":"xxxxx","id":"x"},"tries":2,"n":11111111}"#;
        for texts_stay in [false, true] {
            let mask = Mask { texts_stay };
            let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
            let found = mask.value(&json!({ "state": kept }));
            assert_eq!(read(found["state"].as_str().unwrap()), read(masked));
            assert_eq!(mask.value(&json!({ "state": read(kept) }))["state"], read(masked));
            for (value, expected) in [
                (json!("sent"), json!("sent")),
                (json!(null), json!(null)),
                (json!("anna koski"), json!("xxxx xxxxx")),
                (json!("name=Anna"), json!("xxxx=Xxxx")),
                (json!(r#"["anna","koski"]"#), json!(r#"["xxxx","xxxxx"]"#)),
                (json!(r#"{"step":"Anna"}"#), json!(r#"{"step":"Xxxx"}"#)),
                (json!(r#"{"state":"anna"}"#), json!(r#"{"state":"xxxx"}"#)),
                (json!(r#"{"state":"sent"}"#), json!(r#"{"state":"xxxx"}"#)),
            ] {
                assert_eq!(mask.value(&json!({ "state": value }))["state"], expected, "{value}");
            }
        }
        let inner = json!({ "answer": r#"{"text":"Anna","kind":"x"}"# });
        let expected = json!({ "answer": r#"{"text":"Xxxx","kind":"x"}"# });
        assert_eq!(Mask::default().value(&inner)["answer"].as_str().map(str::len), Some(26));
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(
                Mask::default().value(&inner)["answer"].as_str().unwrap()
            )
            .unwrap(),
            serde_json::from_str::<serde_json::Value>(expected["answer"].as_str().unwrap())
                .unwrap()
        );
    }

    #[test]
    fn a_tenant_may_let_texts_stay_but_never_names_and_numbers() {
        let value = json!({
            "sender_name": "Anna", "text": "I am anna@x.fi, 0401234567, and my sofa broke",
            "body": "{\"text\":\"sofa\",\"from\":\"Anna\"}",
        });
        let expected = json!({
            "sender_name": "Xxxx", "text": "I am xxxx@x.xx, 0000000000, and my sofa broke",
            "body": "{\"from\":\"Xxxx\",\"text\":\"sofa\"}",
        });
        let masked = Mask { texts_stay: true }.value(&value);
        assert_eq!(masked["text"], expected["text"]);
        assert_eq!(masked["sender_name"], expected["sender_name"]);
        let inner: serde_json::Value =
            serde_json::from_str(masked["body"].as_str().unwrap()).unwrap();
        assert_eq!(
            inner,
            serde_json::from_str::<serde_json::Value>(expected["body"].as_str().unwrap()).unwrap()
        );
    }

    proptest::proptest! {
        /// Whatever somebody writes, no letter or digit of it is left, and its length in letters is.
        #[test]
        fn nothing_is_left_of_a_text(text in "[^{}\\[\\]=]{0,200}") {
            let masked = Mask::default().text(&text);
            proptest::prop_assert_eq!(masked.chars().count(), text.chars().count());
            proptest::prop_assert!(masked.chars().all(|c| !c.is_alphanumeric() || "xX0".contains(c)));
        }
    }
}
