//! A plugin's config against the plugin's own JSON Schema.

use jsonschema::Validator;
use serde::Serialize;
use serde_json::Value;

/// Something wrong in a config.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConfigFault {
    /// JSON pointer into the config (`/rules/0/tag`); empty is the whole.
    pub path: String,
    /// What was found and what is allowed.
    pub message: String,
}

/// Most faults listed of one config.
const MOST: usize = 50;

/// Prepares a schema. References out of the schema are not followed.
pub(crate) fn compile(schema: &Value) -> Result<Validator, String> {
    if !schema.is_object() {
        return Err("config must be a JSON Schema, an object".to_owned());
    }
    jsonschema::options()
        .build(schema)
        .map_err(|e| format!("config is not a valid JSON Schema: {} at {}", e, e.instance_path()))
}

/// Every fault of a config, in the order of the schema.
pub(crate) fn check(validator: &Validator, config: &Value) -> Vec<ConfigFault> {
    validator
        .iter_errors(config)
        .take(MOST)
        .map(|error| ConfigFault {
            path: error.instance_path().to_string(),
            message: error.to_string(),
        })
        .collect()
}
