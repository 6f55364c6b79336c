//! The JSON Schemas that editors use.

use schemars::generate::SchemaSettings;
use serde_json::Value;

use crate::platform::Settings;
use crate::tenant::Tenant;

/// Name and content of each schema file.
#[must_use]
pub fn all() -> Vec<(&'static str, Value)> {
    let of = |schema: schemars::Schema| schema.to_value();
    let settings = SchemaSettings::draft2020_12();
    vec![
        (
            "kerros.schema.json",
            of(settings.clone().into_generator().into_root_schema_for::<Settings>()),
        ),
        ("tenant.schema.json", of(settings.into_generator().into_root_schema_for::<Tenant>())),
    ]
}
