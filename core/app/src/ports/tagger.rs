//! The tagger kind: suggests tags with a confidence.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::plugin::{Call, ConversationView, PluginError};

/// A suggested tag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suggestion {
    /// The tag.
    pub tag: String,
    /// 0 to 100 percent sure.
    pub confidence: u8,
}

/// Calls tagger plugins. Fallback: no tags.
#[async_trait]
pub trait TaggerPlugins: Send + Sync {
    /// Suggests tags for the newest customer message in the view.
    async fn tag(
        &self,
        call: Call<'_>,
        conversation: &ConversationView,
    ) -> Result<Vec<Suggestion>, PluginError>;
}
