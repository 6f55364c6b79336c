//! `[widget]`: how the chat looks on web pages.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Tenant, unknown};
use crate::fault::Faults;
use crate::text::Texts;

/// The widget.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Widget {
    /// The channel behind it.
    pub channel: String,
    /// Accent colour, `#rrggbb`.
    #[serde(default = "accent")]
    #[schemars(regex(pattern = "^#[0-9a-fA-F]{6}$"), extend("x-allowed" = "a colour like #0b6e4f", "x-stand-in" = "#000000"))]
    pub accent: String,
    /// Heading.
    pub title: Texts,
    /// First line.
    #[serde(default)]
    pub greeting: Texts,
    /// Origins of pages that may embed it; empty allows any.
    #[serde(default)]
    pub origins: Vec<String>,
}

fn accent() -> String {
    "#1f5f8b".to_owned()
}

pub(super) fn validate(tenant: &Tenant, languages: &[String], faults: &mut Faults<'_>) {
    let Some(widget) = &tenant.widget else { return };
    if !tenant.channels.contains_key(&widget.channel) {
        let channels: Vec<&str> = tenant.channels.keys().map(String::as_str).collect();
        unknown(faults, "widget.channel", &widget.channel, "channel", &channels);
    }
    widget.title.validate("widget.title", languages, faults);
    widget.greeting.validate("widget.greeting", languages, faults);
    for (n, origin) in widget.origins.iter().enumerate() {
        let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
        if !host.is_some_and(|host| !host.is_empty() && !host.contains(['/', ' ', '?'])) {
            let allowed = "allowed is an origin like https://www.example.com, without a path";
            faults.wrong(&format!("widget.origins[{n}]"), &format!("{origin:?}"), allowed);
        }
    }
}
