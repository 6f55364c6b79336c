//! A channel whose secrets nobody has set is not configured yet: it is not called, and its hooks are answered 503.

use std::sync::Arc;

use async_trait::async_trait;
use kerros_app::ports::channel::{ChannelPlugins, FetchStep, Outgoing, Raw, Receipt, Step};
use kerros_app::ports::outbound::Response;
use kerros_app::ports::plugin::{Call, PluginError};
use kerros_app::ports::secrets::Secrets;

/// Channel plugins, called only when every secret of the use is set.
pub struct Configured {
    /// Who is called.
    pub inner: Arc<dyn ChannelPlugins>,
    /// What must be set.
    pub secrets: Arc<dyn Secrets>,
}

impl Configured {
    fn ready(&self, call: Call<'_>) -> Result<(), PluginError> {
        let missing = |name: &&String| self.secrets.get(call.tenant, name).is_none();
        match call.plugin.grants.secrets.keys().find(missing) {
            None => Ok(()),
            Some(name) => {
                let message = format!("the channel is not configured: secret {name:?} is not set");
                Err(PluginError::Temporary { message, retry_after_ms: None })
            }
        }
    }
}

#[async_trait]
impl ChannelPlugins for Configured {
    async fn receive(&self, call: Call<'_>, raw: &Raw) -> Result<Receipt, PluginError> {
        self.ready(call)?;
        self.inner.receive(call, raw).await
    }

    async fn send(
        &self,
        call: Call<'_>,
        message: &Outgoing,
        so_far: &[Response],
    ) -> Result<Step, PluginError> {
        self.ready(call)?;
        self.inner.send(call, message, so_far).await
    }

    async fn fetch(
        &self,
        call: Call<'_>,
        reference: &str,
        so_far: &[Response],
    ) -> Result<FetchStep, PluginError> {
        self.ready(call)?;
        self.inner.fetch(call, reference, so_far).await
    }
}
