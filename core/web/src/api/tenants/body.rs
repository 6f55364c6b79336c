//! A tenant as its own people may see it: no plugin config, no secrets.

use std::collections::BTreeMap;

use kerros_app::tenant::{ChannelRole, Tenant};
use kerros_domain::id::Language;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::names::{LayerKind, Owner};

/// A title by language.
pub type Titles = BTreeMap<String, String>;

/// Titles as text.
#[must_use]
pub fn titles(titles: &BTreeMap<Language, String>) -> Titles {
    titles.iter().map(|(language, title)| (language.to_string(), title.clone())).collect()
}

/// A tenant.
#[derive(Debug, Serialize, ToSchema)]
pub struct TenantBody {
    /// Its id.
    pub id: String,
    /// What people read.
    pub title: String,
    /// Languages served; the first is the default.
    pub languages: Vec<String>,
    /// The time zone of its days and months.
    pub time_zone: String,
    /// Customer groups.
    pub segments: Vec<SegmentBody>,
    /// The layers, first to last.
    pub layers: Vec<LayerBody>,
    /// Channels.
    pub channels: Vec<String>,
    /// Those where colleagues discuss cases.
    pub case_channels: Vec<String>,
    /// Those by which leads and tickets are handed over.
    pub lead_channels: Vec<String>,
    /// Reports.
    pub reports: Vec<String>,
    /// The tags people may use; empty allows any.
    pub tags: Vec<String>,
    /// Whether a person may resolve only with a tag.
    pub tag_required: bool,
}

/// A customer group.
#[derive(Debug, Serialize, ToSchema)]
pub struct SegmentBody {
    /// Its id.
    pub id: String,
    /// What people read, by language.
    pub title: Titles,
}

/// A layer.
#[derive(Debug, Serialize, ToSchema)]
pub struct LayerBody {
    /// Its id.
    pub id: String,
    /// What people read, by language.
    pub title: Titles,
    /// Who works in it.
    pub kind: LayerKind,
    /// Whose people.
    pub owner: Owner,
    /// Fields of a briefing to escalate into it.
    pub briefing: Vec<BriefingFieldBody>,
}

/// A field of a briefing.
#[derive(Debug, Serialize, ToSchema)]
pub struct BriefingFieldBody {
    /// Its key.
    pub key: String,
    /// What people read, by language.
    pub title: Titles,
    /// Whether escalation is refused without it.
    pub required: bool,
}

impl From<&Tenant> for TenantBody {
    fn from(tenant: &Tenant) -> Self {
        let policy = &tenant.policy;
        Self {
            id: policy.id.to_string(),
            title: policy.title.clone(),
            languages: policy.languages.iter().map(ToString::to_string).collect(),
            time_zone: policy.time_zone.clone(),
            segments: policy
                .segments
                .iter()
                .map(|segment| SegmentBody {
                    id: segment.id.to_string(),
                    title: titles(&segment.title),
                })
                .collect(),
            layers: policy
                .layers
                .iter()
                .map(|layer| LayerBody {
                    id: layer.id.to_string(),
                    title: titles(&layer.title),
                    kind: layer.kind.into(),
                    owner: layer.owner.into(),
                    briefing: layer
                        .briefing
                        .iter()
                        .map(|field| BriefingFieldBody {
                            key: field.key.clone(),
                            title: titles(&field.title),
                            required: field.required,
                        })
                        .collect(),
                })
                .collect(),
            channels: tenant.channels.keys().map(ToString::to_string).collect(),
            case_channels: tenant
                .channels_for(ChannelRole::Cases)
                .map(ToString::to_string)
                .collect(),
            lead_channels: tenant
                .channels_for(ChannelRole::Leads)
                .map(ToString::to_string)
                .collect(),
            reports: tenant.reports.keys().cloned().collect(),
            tags: policy.tags.iter().map(ToString::to_string).collect(),
            tag_required: policy.tag_required,
        }
    }
}
