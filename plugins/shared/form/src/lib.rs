//! What channels filled in by strangers have in common: a form read from JSON or a urlencoded body, traps for
//! machines that fill in forms, and names for what has none.
//!
//! Not here: what a form asks. Start in [`Form::read`].

pub mod phone;
pub mod trap;

use kerros_plugin::channel::Raw;
use kerros_plugin::encoding;
use serde_json::Value;

/// The longest value of a field, in bytes.
const LONGEST: usize = 4096;
/// Most fields in a form.
const MOST: usize = 100;

/// What was filled in, in its order.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Form(Vec<(String, String)>);

impl Form {
    /// Reads a body: JSON with plain values, or as browsers send a form.
    ///
    /// # Errors
    /// What is wrong with it, in a word for whoever built the form.
    pub fn read(raw: &Raw) -> Result<Self, String> {
        // A frame is what the server's own widget sent.
        if raw.kind != "frame" && (raw.kind != "hook" || raw.method != "POST") {
            return Err("a form is sent by POST".into());
        }
        let kind = raw.header("content-type").unwrap_or_default();
        let is_json = kind.starts_with("application/json") || raw.body.first() == Some(&b'{');
        let pairs = if is_json {
            let body: Value =
                serde_json::from_slice(&raw.body).map_err(|e| format!("not JSON: {e}"))?;
            let Value::Object(object) = body else {
                return Err("not an object".into());
            };
            let mut pairs = Vec::new();
            for (name, value) in object {
                pairs.push((name.clone(), plain(&name, value)?));
            }
            pairs
        } else {
            if kind.starts_with("multipart/") {
                return Err("send the form urlencoded or as JSON".into());
            }
            encoding::form(&raw.body)
        };
        if pairs.len() > MOST {
            return Err(format!("at most {MOST} fields"));
        }
        if let Some((name, _)) = pairs.iter().find(|(_, value)| value.len() > LONGEST) {
            return Err(format!("{name}: at most {LONGEST} bytes"));
        }
        Ok(Self(pairs))
    }

    /// A field's value without spaces around it; nothing if it is empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        encoding::value(&self.0, name).map(str::trim).filter(|value| !value.is_empty())
    }

    /// All values of a field that may come several times (check boxes).
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self.0.iter().filter(move |(known, _)| known == name);
        named.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }

    /// A name for this filling-in: the form's own `id` if it gives one, else made of the day and what was filled in, so
    /// that a second press of the button is no second message.
    pub fn id(&self, at_ms: i64) -> String {
        if let Some(id) = self.get("id").filter(|id| {
            id.len() <= 64
                && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        }) {
            return id.to_owned();
        }
        let day = at_ms.div_euclid(86_400_000);
        let text = self.0.iter().flat_map(|(name, value)| [name.as_str(), "\u{0}", value, "\u{0}"]);
        // FNV-1a twice, from two beginnings: nothing secret, only unlikely to meet by chance.
        let [mut one, mut two] = [0xcbf2_9ce4_8422_2325_u64, 0x9ae1_6a3b_2f90_404f];
        for byte in text.flat_map(str::bytes) {
            one = (one ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
            two = (two ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3).rotate_left(5);
        }
        format!("{day}-{one:016x}{two:016x}")
    }
}

/// A plain value as text; lists of plain values are joined.
fn plain(name: &str, value: Value) -> Result<String, String> {
    Ok(match value {
        Value::Null => String::new(),
        Value::Bool(yes) => yes.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text,
        Value::Array(list) => {
            let all: Result<Vec<String>, String> = list
                .into_iter()
                .map(|one| match one {
                    Value::Array(_) | Value::Object(_) => Err(format!("{name}: too deep")),
                    other => plain(name, other),
                })
                .collect();
            all?.join(", ")
        }
        Value::Object(_) => return Err(format!("{name}: not a plain value")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: &str, body: &str) -> Result<Form, String> {
        Form::read(&Raw {
            kind: "hook".into(),
            method: "POST".into(),
            headers: vec![("content-type".into(), kind.into())],
            body: body.into(),
            ..Raw::default()
        })
    }

    #[test]
    fn both_ways_of_sending_read_alike() {
        let sent = read("application/x-www-form-urlencoded", "a=+x+&b=1&b=2&c=").unwrap();
        assert_eq!((sent.get("a"), sent.get("c"), sent.get("d")), (Some("x"), None, None));
        assert_eq!(sent.all("b").collect::<Vec<_>>(), ["1", "2"]);
        let json = read("application/json", r#"{"a":"x","b":[1,true],"c":null}"#).unwrap();
        assert_eq!(
            (json.get("a"), json.get("b"), json.get("c")),
            (Some("x"), Some("1, true"), None)
        );
        for (kind, body) in [
            ("application/json", "["),
            ("application/json", "[]"),
            ("application/json", r#"{"a":{"b":1}}"#),
            ("application/json", r#"{"a":[[1]]}"#),
            ("multipart/form-data; boundary=x", "--x"),
        ] {
            assert!(read(kind, body).is_err(), "{body}");
        }
        assert!(read("", &format!("a={}", "x".repeat(5000))).is_err());
    }

    #[test]
    fn the_same_form_on_the_same_day_is_the_same() {
        let form = |body: &str| read("", body).unwrap();
        let id = form("a=1&b=2").id(0);
        assert_eq!(form("a=1&b=2").id(86_399_999), id);
        assert_ne!(form("a=1&b=2").id(86_400_000), id);
        assert_ne!(form("a=12").id(0), form("a=1&b=2").id(0));
        assert_eq!(form("id=abc-1&a=1").id(0), "abc-1");
        assert_ne!(form("id=a b&a=1").id(0), "a b");
    }
}
