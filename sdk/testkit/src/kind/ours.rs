//! What only the host writes, and what it holds everything else to: changed inputs stay such as a plugin may really get.

use kerros_host::Kind;
use serde_json::{Number, Value};

/// What may become of a place in an input.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Rule {
    /// The host writes it: never changed, nor what is in it.
    Ours,
    /// Anything at all, up to so many bytes: it comes from outside as it is.
    Free(usize),
    /// A text of at most so many bytes, without control characters but line ends and tabs.
    Text(usize),
    /// One line of at most so many bytes.
    Line(usize),
    /// As a line, and something in it.
    Name(usize),
    /// Visible ASCII, as in a header.
    Ascii(usize),
    /// A name of the tenant's file: `^[a-z][a-z0-9_-]{0,39}$`.
    Slug,
    /// One of these.
    One(&'static [&'static str]),
    /// A number from, to.
    Between(i64, i64),
    /// A list of at most so many things.
    Most(usize),
    /// A bot's own state: never changed inside, only another one of its own, or none.
    State,
}

use Rule::{Ascii, Between, Free, Line, Most, Name, One, Ours, Slug, State, Text};

type Rules = &'static [(&'static str, Rule)];

const RECEIVE: Rules = &[
    ("kind", Ours),
    ("method", Ours),
    ("at_ms", Ours),
    ("path", Free(2048)),
    ("query", Free(8192)),
    ("headers/*/0", Ours),
    ("headers/*/1", Ascii(8192)),
    ("headers/*", Ours),
    ("body", Free(64 << 10)),
    ("files/*/id", Ours),
    ("files/*/bytes", Ours),
    ("files/*/media_type", Name(128)),
    ("files/*/name", Name(256)),
    ("files/*/content_id", Name(256)),
    ("files", Most(50)),
];

const SEND: Rules = &[
    ("message/kind", Ours),
    ("message/message_id", Ours),
    ("message/conversation_id", Ours),
    ("message/number", Ours),
    ("message/seq", Ours),
    ("message/author", Ours),
    ("message/url", Ours),
    ("message/language", Ours),
    ("message/attempt", Ours),
    ("message/reply_token", Ours),
    ("message/last_inbound_ms", Ours),
    ("message/at_ms", Ours),
    ("message/now_ms", Ours),
    ("message/thread", Line(256)),
    ("message/recipient", Line(998)),
    ("message/author_name", Line(256)),
    ("message/subject", Line(998)),
    ("message/text", Text(16 << 10)),
    ("message/html", Text(256 << 10)),
    ("message/participants/*/role", Ours),
    ("message/participants/*/address", Name(998)),
    ("message/participants/*/name", Name(256)),
    ("message/parts/*/part", Ours),
    ("message/parts/*/url", Ours),
    ("message/parts/*/media_type", Name(128)),
    ("message/parts/*/excerpt", Text(1024)),
    ("message/parts/*/*", Name(256)),
    ("message/parts", Most(20)),
    ("message/files/*/id", Ours),
    ("message/files/*/bytes", Ours),
    ("message/files/*/media_type", Ours),
    ("message/files/*/content_id", Ours),
    ("message/files/*/name", Name(256)),
    ("message/files", Most(20)),
    ("message/template/name", Name(256)),
    ("message/template/language", Name(35)),
    ("message/template/parameters/*", Text(1024)),
    ("message/references/*", Name(998)),
    ("message/references", Most(20)),
    ("message/answers", Name(998)),
    ("so_far/*/response", Ours),
    ("so_far/*/status", Between(100, 599)),
    ("so_far/*/code", Between(200, 599)),
    ("so_far/*/headers/*/0", Ours),
    ("so_far/*/headers/*/1", Ascii(8192)),
    ("so_far/*/headers/*", Ours),
    ("so_far/*/refused/*", Ours),
    ("so_far/*/body", Free(64 << 10)),
    ("so_far/*/text", Text(1024)),
    ("so_far/*/reason", Line(1024)),
    ("so_far/*/enhanced", Line(32)),
    ("so_far", Most(20)),
    ("reference", Name(4096)),
];

const TALK: Rules = &[
    ("id", Ours),
    ("channel", Ours),
    ("language", Ours),
    ("layer", Ours),
    ("segment", Ours),
    ("tags", Ours),
    ("contact/name", Name(256)),
    ("contact/attributes/*/0", Name(64)),
    ("contact/attributes/*/1", Line(256)),
    ("contact/attributes/*", Ours),
    ("messages/*/id", Ours),
    ("messages/*/author", Ours),
    ("messages/*/at_ms", Ours),
    ("messages/*/text", Text(16 << 10)),
    ("messages", Most(20)),
];

const TURN: Rules = &[("trigger", Ours), ("layers", Ours), ("now_ms", Ours), ("state", State)];

const TARGETS: Rules = &[
    ("channel", Slug),
    ("layer", Slug),
    ("segment", Slug),
    ("language", One(&["fi", "sv", "en"])),
    ("priority", One(&["low", "normal", "high", "urgent"])),
    ("layer_kind", One(&["self_service", "personal", "expert"])),
    ("layers/*/id", Slug),
    ("layers/*/calendar", Slug),
    ("layers/*/kind", One(&["self_service", "personal", "expert"])),
    ("layers/*/owner", One(&["vendor", "client"])),
    ("tags/*", Slug),
];

const BUILD: Rules = &[
    ("month", Ours),
    ("from_ms", Ours),
    ("to_ms", Ours),
    ("time_zone", Ours),
    ("language", Ours),
    ("tenant_title", Name(256)),
];

/// The rule of a place in a call's input; a text nobody named is a line.
pub(crate) fn rule(kind: Kind, call: &str, path: &[String]) -> Rule {
    let found = match (kind, call, path) {
        (Kind::Channel, "receive", _) => matching(RECEIVE, path),
        (Kind::Channel, ..) => matching(SEND, path),
        (Kind::Bot, _, [first, inside @ ..]) if first == "conversation" => matching(TALK, inside),
        (Kind::Bot, ..) => matching(TURN, path),
        (Kind::Tagger, ..) => matching(TALK, path),
        (Kind::Sla, ..) => matching(TARGETS, path),
        (Kind::Report, ..) => matching(BUILD, path),
    };
    found.unwrap_or(Line(256))
}

/// The first that fits; what is ours is so with everything in it.
fn matching(rules: Rules, path: &[String]) -> Option<Rule> {
    rules.iter().find_map(|(pattern, rule)| {
        let parts: Vec<&str> = pattern.split('/').collect();
        let fits = parts.iter().zip(path).all(|(part, name)| *part == "*" || part == name);
        let long_enough = match rule {
            // A pair is ours as a pair: its second half has a rule of its own, before.
            Ours if parts.last() != Some(&"*") => path.len() >= parts.len(),
            _ => path.len() == parts.len(),
        };
        (fits && long_enough).then_some(*rule)
    })
}

/// Headers of what the host itself hands over: a frame's, a mail's.
const OWN_HEADERS: [&str; 4] = ["thread", "language", "mailbox", "original"];

/// Whether a place of this whole input is the host's, by what stands beside it.
pub(crate) fn is_ours(input: &Value, kind: Kind, call: &str, path: &[String]) -> bool {
    if rule(kind, call, path) == Ours {
        return true;
    }
    if (kind, call) != (Kind::Channel, "receive") || path.first().is_none_or(|at| at != "headers") {
        return false;
    }
    // A hook's headers come from outside; those of a frame or a mail are the host's, as they stand.
    if input["kind"] == "hook" {
        return false;
    }
    let name = path.get(1).and_then(|at| at.parse::<usize>().ok());
    let name = name.and_then(|at| input["headers"][at][0].as_str());
    path.len() < 3 || name.is_none_or(|name| OWN_HEADERS.contains(&name))
}

/// Brings an input back to what the host hands on.
pub(crate) fn tame(kind: Kind, call: &str, input: &mut Value) {
    tame_at(kind, call, &mut Vec::new(), input);
}

fn tame_at(kind: Kind, call: &str, path: &mut Vec<String>, value: &mut Value) {
    let rule = rule(kind, call, path);
    match value {
        Value::String(text) => held(rule, text),
        Value::Number(number) => {
            if let (Between(least, most), Some(n)) = (rule, number.as_i64()) {
                *number = Number::from(n.clamp(least, most));
            }
        }
        Value::Array(list) => {
            if let Most(most) = rule {
                list.truncate(most);
            }
            for (at, child) in list.iter_mut().enumerate() {
                path.push(at.to_string());
                tame_at(kind, call, path, child);
                path.pop();
            }
        }
        Value::Object(map) => {
            for (key, child) in map {
                path.push(key.clone());
                tame_at(kind, call, path, child);
                path.pop();
            }
        }
        Value::Null | Value::Bool(_) => {}
    }
}

fn held(rule: Rule, text: &mut String) {
    let keep = |text: &mut String, keeps: fn(char) -> bool| {
        if !text.chars().all(keeps) {
            text.retain(keeps);
        }
    };
    let cut = |text: &mut String, most: usize| text.truncate(text.floor_char_boundary(most));
    match rule {
        Ours | State | Between(..) | Most(_) => {}
        Free(most) => cut(text, most),
        Text(most) => {
            keep(text, |c| !c.is_control() || matches!(c, '\n' | '\t'));
            cut(text, most);
        }
        Line(most) | Name(most) => {
            keep(text, |c| !c.is_control());
            cut(text, most);
            if text.is_empty() && matches!(rule, Name(_)) {
                text.push('x');
            }
        }
        Ascii(most) => {
            keep(text, |c| matches!(c, ' '..='~'));
            cut(text, most);
        }
        Slug => {
            text.make_ascii_lowercase();
            keep(text, |c| matches!(c, 'a'..='z' | '0'..='9' | '_' | '-'));
            if !text.starts_with(|c: char| c.is_ascii_lowercase()) {
                text.insert(0, 'x');
            }
            cut(text, 40);
        }
        One(of) => {
            if !of.contains(&text.as_str()) {
                // Which one follows from what it became, so that the same seed gives the same.
                let sum = text.bytes().map(usize::from).sum::<usize>();
                of[sum % of.len()].clone_into(text);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn path(of: &str) -> Vec<String> {
        of.split('/').map(str::to_owned).collect()
    }

    #[test]
    fn what_only_the_host_writes_is_left_alone() {
        let frame = json!({ "kind": "frame", "headers": [["thread", "w-1"], ["x", "y"]] });
        let hook = json!({ "kind": "hook", "headers": [["thread", "w-1"], ["x", "y"]] });
        for (kind, call, input, at, ours) in [
            (Kind::Channel, "receive", &frame, "headers/0/1", true),
            (Kind::Channel, "receive", &frame, "headers/1/1", false),
            (Kind::Channel, "receive", &frame, "headers", true),
            (Kind::Channel, "receive", &hook, "headers/0/1", false),
            (Kind::Channel, "receive", &hook, "headers/0/0", true),
            (Kind::Channel, "receive", &hook, "headers/0", true),
            (Kind::Channel, "receive", &hook, "headers", false),
            (Kind::Channel, "receive", &hook, "kind", true),
            (Kind::Channel, "receive", &hook, "body", false),
            (Kind::Channel, "receive", &hook, "files/0/id", true),
            (Kind::Channel, "receive", &hook, "files/0/name", false),
            (Kind::Channel, "send", &hook, "message/seq", true),
            (Kind::Channel, "send", &hook, "message/text", false),
            (Kind::Channel, "send", &hook, "so_far/0/response", true),
            (Kind::Bot, "turn", &hook, "layers/0/open", true),
            (Kind::Bot, "turn", &hook, "conversation/messages/0/at_ms", true),
            (Kind::Bot, "turn", &hook, "conversation/messages/0/text", false),
            (Kind::Tagger, "suggest", &hook, "tags/0", true),
            (Kind::Sla, "targets", &hook, "tags/0", false),
            (Kind::Report, "build", &hook, "month", true),
        ] {
            assert_eq!(is_ours(input, kind, call, &path(at)), ours, "{kind} {call} {at}");
        }
    }

    #[test]
    fn the_rest_is_held_to_what_the_host_hands_on() {
        let mut facts = json!({
            "channel": "Чат/1", "priority": "zz", "tags": ["", "OK"],
            "layers": [{ "id": "9", "kind": "personal", "owner": "{secret:x}", "calendar": null }],
        });
        tame(Kind::Sla, "targets", &mut facts);
        assert_eq!(facts["channel"], "x1");
        assert_eq!(facts["tags"], json!(["x", "ok"]));
        assert_eq!(facts["layers"][0]["id"], "x9");
        let known = |value: &Value, of: &[&str]| of.contains(&value.as_str().unwrap());
        assert!(known(&facts["priority"], &["low", "normal", "high", "urgent"]));
        assert!(known(&facts["layers"][0]["owner"], &["vendor", "client"]));
        let mut send = json!({
            "message": {
                "thread": "ä".repeat(300), "text": "a\u{0}\nb", "answers": "",
                "participants": [{ "role": "cc", "address": "\r\n", "name": "A\u{7}" }],
            },
            "so_far": [{ "status": 65536, "headers": [["x", "é\u{0}1"]], "body": "\u{0}" }],
        });
        tame(Kind::Channel, "send", &mut send);
        assert_eq!(send["message"]["thread"].as_str().map(str::len), Some(256));
        assert_eq!(send["message"]["text"], "a\nb");
        assert_eq!(send["message"]["answers"], "x");
        assert_eq!(send["message"]["participants"][0]["address"], "x");
        assert_eq!(send["message"]["participants"][0]["name"], "A");
        assert_eq!(send["so_far"][0]["status"], 599);
        assert_eq!(send["so_far"][0]["headers"][0][1], "1");
        assert_eq!(send["so_far"][0]["body"], "\u{0}");
    }
}
