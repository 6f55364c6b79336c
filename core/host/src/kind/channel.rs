//! Channels: raw things to messages, messages to requests, responses to outcomes. Pure lane, no IO.

use async_trait::async_trait;
use kerros_app::ports::channel::{ChannelPlugins, Outcome, Outgoing, Raw, Receipt};
use kerros_app::ports::outbound::{Request, Response};
use kerros_app::ports::plugin::{Call, PluginError};

use crate::contract::breach;
use crate::host::Host;
use crate::kind::{Code, Kind};
use crate::state::CallState;

mod receive;
mod send;

pub(crate) mod bindings {
    wasmtime::component::bindgen!({
        path: ["../../sdk/wit/base", "../../sdk/wit/channel"],
        world: "kerros:channel/channel",
        with: { "kerros:base": crate::base::kerros::base },
        imports: { default: trappable },
    });
}

pub(crate) mod wit {
    pub(crate) use super::bindings::kerros::channel::secret_mac;
    pub(crate) use super::bindings::kerros::channel::types::*;
}

impl wit::Host for CallState {}

#[async_trait]
impl ChannelPlugins for Host {
    async fn receive(&self, call: Call<'_>, raw: &Raw) -> Result<Receipt, PluginError> {
        self.call(Kind::Channel, "receive", call, |code, store| {
            let Code::Channel(pre) = code else { return breach("not a channel") };
            let channel = pre.instantiate(&mut *store)?;
            let receipt = channel.kerros_channel_plugin().call_receive(
                store,
                &call.plugin.config,
                &receive::lower(raw),
            )??;
            receive::lift(receipt)
        })
        .await
    }

    async fn send(&self, call: Call<'_>, message: &Outgoing) -> Result<Vec<Request>, PluginError> {
        self.call(Kind::Channel, "send", call, |code, store| {
            let Code::Channel(pre) = code else { return breach("not a channel") };
            let channel = pre.instantiate(&mut *store)?;
            let requests = channel.kerros_channel_plugin().call_send(
                store,
                &call.plugin.config,
                &send::lower(message),
            )??;
            send::lift(requests)
        })
        .await
    }

    async fn settle(
        &self,
        call: Call<'_>,
        message: &Outgoing,
        responses: &[Response],
    ) -> Result<Outcome, PluginError> {
        self.call(Kind::Channel, "settle", call, |code, store| {
            let Code::Channel(pre) = code else { return breach("not a channel") };
            let channel = pre.instantiate(&mut *store)?;
            let responses: Vec<_> = responses.iter().map(send::lower_response).collect();
            let outcome = channel.kerros_channel_plugin().call_settle(
                store,
                &call.plugin.config,
                &send::lower(message),
                &responses,
            )??;
            send::lift_outcome(outcome)
        })
        .await
    }
}
