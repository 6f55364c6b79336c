//! Checks a value against a schema and tells every fault in words.

use jsonschema::error::ValidationErrorKind;
use jsonschema::{ValidationError, Validator};
use serde_json::Value;

use crate::fault::Faults;
use crate::near::nearest;
use crate::{key, names};

/// A schema, ready to check with. Subschemas stand in line, so that a fault's place in it can be read.
#[derive(Debug)]
pub struct Checker {
    schema: Value,
    validator: Option<Validator>,
}

impl Checker {
    /// For a type that describes itself.
    #[must_use]
    pub fn of<T: schemars::JsonSchema>() -> Self {
        let settings = schemars::generate::SchemaSettings::draft2020_12()
            .with(|settings| settings.inline_subschemas = true);
        Self::new(settings.into_generator().into_root_schema_for::<T>().to_value())
    }

    /// For a schema that somebody else wrote (a plugin). References out of it are not followed.
    #[must_use]
    pub fn new(schema: Value) -> Self {
        let validator = jsonschema::options().build(&schema).ok();
        Self { schema, validator }
    }

    /// Adds every fault of a value that stands at the key path `at` of its document.
    pub fn check_at(&self, at: &str, value: &Value, faults: &mut Faults<'_>) {
        let Some(validator) = &self.validator else {
            faults.wrong(at, "a schema that cannot be used", "this is a fault of the plugin");
            return;
        };
        for error in validator.iter_errors(value) {
            self.tell(at, &error, value, faults);
        }
    }

    /// Adds every fault of `value` to `faults`. Gives the value to go on checking with: with stand-ins for
    /// what is wrong, so that one run tells everything; `None` if too much is wrong to go on.
    pub fn check(&self, value: &Value, faults: &mut Faults<'_>) -> Option<Value> {
        let Some(validator) = &self.validator else {
            faults.wrong("", "a schema that cannot be used", "this is a fault of the program");
            return None;
        };
        let mut healed = Some(value.clone());
        for error in validator.iter_errors(value) {
            self.tell("", &error, value, faults);
            healed = healed.and_then(|healed| heal(healed, &error, self.node(&error)));
        }
        healed
    }

    fn tell(&self, at: &str, error: &ValidationError<'_>, root: &Value, faults: &mut Faults<'_>) {
        let at = key::below(at, error.instance_path().as_str(), root);
        let node = self.node(error);
        match error.kind() {
            ValidationErrorKind::AdditionalProperties { unexpected } => {
                let known: Vec<&str> = node
                    .get("properties")
                    .and_then(Value::as_object)
                    .map(|properties| properties.keys().map(String::as_str).collect())
                    .unwrap_or_default();
                for name in unexpected {
                    faults.wrong(&key::join(&at, name), "an unknown key", meant(name, &known));
                }
            }
            ValidationErrorKind::Required { property } => {
                let name = property.as_str().unwrap_or_default();
                let wanted = node.get("properties").and_then(|all| all.get(name));
                let allowed = wanted.map_or_else(|| "it is needed".to_owned(), allowed);
                faults.wrong(&key::join(&at, name), "nothing", format!("it is needed: {allowed}"));
            }
            _ => {
                let names_secret = names::is_secret(node);
                let secret = may_be_secret(node) || names_secret;
                let found = if secret { String::new() } else { shown(error.instance()) };
                let mut allowed =
                    if names_secret { names::A_SECRET.to_owned() } else { allowed(node) };
                if let (Value::String(text), Some(options)) = (&**error.instance(), options(node))
                    && let Some(near) = nearest(text, options.iter().map(String::as_str))
                {
                    allowed.push_str(&format!("; did you mean {near:?}?"));
                }
                if let Some(own) = own_words(error)
                    && node.get("x-allowed").is_none()
                    && !names_secret
                {
                    allowed = own;
                }
                faults.wrong(&at, &found, allowed);
            }
        }
    }

    /// The schema that the value broke: without the keyword at the end of its path.
    fn node(&self, error: &ValidationError<'_>) -> &Value {
        let path = error.schema_path().as_str();
        let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
        without_nothing(self.schema.pointer(parent).unwrap_or(&self.schema))
    }
}

/// What a value that may be left out must be if it is there: it says best what it is, and whether it is a secret.
fn without_nothing(node: &Value) -> &Value {
    let Some(Value::Array(alternatives)) = node.get("anyOf") else { return node };
    let is_nothing = |one: &&Value| one.get("type").and_then(Value::as_str) == Some("null");
    match alternatives.iter().filter(|one| !is_nothing(one)).collect::<Vec<_>>()[..] {
        [one] if alternatives.len() == 2 => one,
        _ => node,
    }
}

/// Whether a value of this schema may be a secret.
fn may_be_secret(node: &Value) -> bool {
    node.get("x-secret").is_some()
        || ["oneOf", "anyOf", "allOf"]
            .iter()
            .filter_map(|list| node.get(list)?.as_array())
            .flatten()
            .any(may_be_secret)
}

/// Keys that others refer to: a stand-in there would be told as a fault of those.
const REFERRED: [&str; 5] = ["id", "key", "name", "layer", "languages"];

/// The value with a stand-in in the place of a fault.
fn heal(mut value: Value, error: &ValidationError<'_>, node: &Value) -> Option<Value> {
    let pointer = error.instance_path().as_str();
    if pointer.split('/').any(|part| REFERRED.contains(&part)) {
        return None;
    }
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            let table = value.pointer_mut(pointer)?.as_object_mut()?;
            unexpected.iter().for_each(|name| drop(table.remove(name)));
        }
        ValidationErrorKind::Required { property } => {
            let name = property.as_str().filter(|name| !REFERRED.contains(name))?;
            let stand_in = stand_in(node.get("properties")?.get(name)?)?;
            value.pointer_mut(pointer)?.as_object_mut()?.insert(name.to_owned(), stand_in);
        }
        _ => *value.pointer_mut(pointer)? = stand_in(node)?,
    }
    Some(value)
}

/// Some value that the schema allows.
fn stand_in(node: &Value) -> Option<Value> {
    if let Some(value) = node.get("x-stand-in") {
        return Some(value.clone());
    }
    if let Some(options) = options(node) {
        return options.into_iter().next().map(Value::String);
    }
    Some(match node.get("type")?.as_str()? {
        "string" if node.get("pattern").is_none() => Value::from("-"),
        "integer" | "number" => node.get("minimum").cloned().unwrap_or_else(|| Value::from(0)),
        "boolean" => Value::from(false),
        "array" => Value::Array(Vec::new()),
        _ => return None,
    })
}

fn own_words(error: &ValidationError<'_>) -> Option<String> {
    Some(match error.kind() {
        ValidationErrorKind::UniqueItems => "each may be named once".to_owned(),
        ValidationErrorKind::MinItems { limit: 1 }
        | ValidationErrorKind::MinProperties { limit: 1 } => "at least one is needed".to_owned(),
        ValidationErrorKind::MinItems { limit } => format!("at least {limit} are needed"),
        ValidationErrorKind::MaxItems { limit } => format!("at most {limit} are allowed"),
        ValidationErrorKind::MinLength { limit: 1 } => "it may not be empty".to_owned(),
        ValidationErrorKind::MinLength { limit } => {
            format!("at least {limit} characters are needed")
        }
        ValidationErrorKind::MaxLength { limit } => {
            format!("at most {limit} characters are allowed")
        }
        ValidationErrorKind::ExclusiveMinimum { limit } => {
            format!("allowed is a number above {limit}")
        }
        ValidationErrorKind::ExclusiveMaximum { limit } => {
            format!("allowed is a number below {limit}")
        }
        ValidationErrorKind::Constant { expected_value } => format!("allowed is {expected_value}"),
        ValidationErrorKind::PropertyNames { error } => {
            let name = error.instance().as_str().unwrap_or_default().to_owned();
            match error.kind() {
                ValidationErrorKind::Pattern { pattern } => {
                    format!("the key {name:?} must match {pattern}")
                }
                _ => format!("the key {name:?} is not allowed"),
            }
        }
        _ => return None,
    })
}

/// "did you mean", or what there is.
fn meant(name: &str, known: &[&str]) -> String {
    match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean {near:?}?"),
        None => format!("allowed are {}", known.join(", ")),
    }
}

/// What a schema allows, in words.
fn allowed(node: &Value) -> String {
    if let Some(words) = node.get("x-allowed").and_then(Value::as_str) {
        return if words.starts_with("allowed") {
            words.to_owned()
        } else {
            format!("allowed is {words}")
        };
    }
    if let Some(options) = options(node) {
        let quoted: Vec<_> = options.iter().map(|option| format!("{option:?}")).collect();
        return format!("allowed are {}", quoted.join(", "));
    }
    let kinds = kinds(node);
    let kind = if kinds.is_empty() { "another value".to_owned() } else { kinds.join(" or ") };
    let bound = |name: &str| node.get(name).map(ToString::to_string);
    let pattern = node.get("pattern").and_then(Value::as_str);
    match (bound("minimum"), bound("maximum"), pattern) {
        (_, _, Some(pattern)) => {
            // What a pattern means its author says best.
            let meant = node.get("description").and_then(Value::as_str);
            let meant = meant
                .map_or_else(String::new, |words| format!(" ({})", words.trim_end_matches('.')));
            format!("allowed is {kind} that matches {pattern}{meant}")
        }
        (Some(low), Some(high), _) => format!("allowed is {kind} from {low} to {high}"),
        (Some(low), None, _) => format!("allowed is {kind} from {low}"),
        (None, Some(high), _) => format!("allowed is {kind} up to {high}"),
        (None, None, _) => format!("allowed is {kind}"),
    }
}

/// The kinds of value that a schema allows, those of its alternatives too.
fn kinds(node: &Value) -> Vec<String> {
    let mut words: Vec<String> = match node.get("type") {
        Some(Value::String(kind)) => vec![word(kind).to_owned()],
        Some(Value::Array(kinds)) => {
            let named = kinds.iter().filter_map(Value::as_str).filter(|kind| *kind != "null");
            named.map(|kind| word(kind).to_owned()).collect()
        }
        _ => Vec::new(),
    };
    for alternatives in ["oneOf", "anyOf"].iter().filter_map(|name| node.get(name)?.as_array()) {
        for one in alternatives {
            let with_keys = one.get("required").and_then(Value::as_array).map(|keys| {
                let keys: Vec<&str> = keys.iter().filter_map(Value::as_str).collect();
                format!("a table with {}", keys.join(" and "))
            });
            words.extend(with_keys.map_or_else(|| kinds(one), |words| vec![words]));
        }
    }
    words.dedup();
    words
}

/// The texts that an enum allows.
fn options(node: &Value) -> Option<Vec<String>> {
    let texts = |values: &[Value]| -> Option<Vec<String>> {
        values.iter().map(|value| value.as_str().map(str::to_owned)).collect()
    };
    if let Some(Value::Array(values)) = node.get("enum") {
        let named: Vec<Value> = values.iter().filter(|v| !v.is_null()).cloned().collect();
        return texts(&named);
    }
    let Some(Value::Array(any)) = node.get("oneOf") else { return None };
    let consts: Vec<Value> = any.iter().filter_map(|one| one.get("const").cloned()).collect();
    if consts.len() == any.len() { texts(&consts) } else { None }
}

fn word(kind: &str) -> &str {
    match kind {
        "string" => "a text",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "true or false",
        "array" => "a list",
        "object" => "a table",
        other => other,
    }
}

/// A value as a fault shows it: short, on one line.
#[must_use]
pub fn shown(value: &Value) -> String {
    match value {
        Value::Object(_) => "a table".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::String(text) if text.chars().count() > 60 => {
            format!("{:?}", text.chars().take(57).chain("...".chars()).collect::<String>())
        }
        other => other.to_string(),
    }
}
