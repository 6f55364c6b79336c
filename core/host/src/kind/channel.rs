//! Channels: raw things to messages, messages to requests, step by step. Pure lane, no IO.

use async_trait::async_trait;
use kerros_app::ports::channel::{ChannelPlugins, FetchStep, Outgoing, Raw, Receipt, Step};
use kerros_app::ports::outbound::Response;
use kerros_app::ports::plugin::{Call, PluginError};

use crate::contract::breach;
use crate::host::Host;
use crate::kind::{Code, Kind};
use crate::state::CallState;
use crate::warm::instance;

mod attachment;
mod fetch;
mod receive;
mod request;
mod send;
pub(crate) mod v0_1;

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
            let config = &call.plugin.config;
            let lowered = receive::lower(raw);
            let receipt = match code {
                Code::Channel(pre) => {
                    let channel = instance(store, |store| pre.instantiate(store))?;
                    channel.kerros_channel_plugin().call_receive(store, config, &lowered)??
                }
                Code::Channel01(pre) => v0_1::receive(pre, store, config, lowered)?,
                _ => return breach("not a channel"),
            };
            receive::lift(receipt, raw)
        })
        .await
    }

    async fn send(
        &self,
        call: Call<'_>,
        message: &Outgoing,
        so_far: &[Response],
    ) -> Result<Step, PluginError> {
        self.call(Kind::Channel, "send", call, |code, store| {
            let config = &call.plugin.config;
            let lowered = send::lower(message);
            let responses: Vec<_> = so_far.iter().map(request::lower_response).collect();
            let step = match code {
                Code::Channel(pre) => {
                    let channel = instance(store, |store| pre.instantiate(store))?;
                    let plugin = channel.kerros_channel_plugin();
                    plugin.call_send(store, config, &lowered, &responses)??
                }
                Code::Channel01(pre) => v0_1::send(pre, store, config, lowered, responses)?,
                _ => return breach("not a channel"),
            };
            send::lift(step, message)
        })
        .await
    }

    async fn fetch(
        &self,
        call: Call<'_>,
        reference: &str,
        so_far: &[Response],
    ) -> Result<FetchStep, PluginError> {
        self.call(Kind::Channel, "fetch", call, |code, store| {
            let config = &call.plugin.config;
            let step = match code {
                Code::Channel(pre) => {
                    let channel = instance(store, |store| pre.instantiate(store))?;
                    let responses: Vec<_> = so_far.iter().map(request::lower_response).collect();
                    let plugin = channel.kerros_channel_plugin();
                    plugin.call_fetch(store, config, reference, &responses)??
                }
                Code::Channel01(_) => {
                    let reason = "contract 0.1 knows no files that lie with the provider";
                    return Ok(FetchStep::Gone { reason: reason.to_owned() });
                }
                _ => return breach("not a channel"),
            };
            fetch::lift(step)
        })
        .await
    }
}
