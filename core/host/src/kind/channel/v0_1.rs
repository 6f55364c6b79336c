//! Plugins built against `kerros:channel@0.1.0`, frozen in `sdk/wit/frozen`. Only conversion: what they say is
//! turned into 0.2 and then judged like everybody's.
//!
//! 0.1 rendered all requests at once (`send`) and then read all answers (`settle`): `send` with nothing answered yet is
//! the old `send`, later it is the old `settle`.

mod inward;
mod outward;

use wasmtime::Store;

use super::wit;
use crate::ended::Ended;
use crate::state::CallState;
use crate::warm::instance;

pub(crate) mod bindings {
    wasmtime::component::bindgen!({
        path: ["../../sdk/wit/base", "../../sdk/wit/frozen/channel-0.1.0"],
        world: "kerros:channel/channel",
        with: { "kerros:base": crate::base::kerros::base },
        imports: { default: trappable },
    });
}

mod old {
    pub(super) use super::bindings::kerros::channel::types::*;
}

impl old::Host for CallState {}

impl bindings::kerros::channel::secret_mac::Host for CallState {
    fn verify(
        &mut self,
        secret_name: String,
        algorithm: String,
        message: Vec<u8>,
        signature: Vec<u8>,
    ) -> wasmtime::Result<bool> {
        wit::secret_mac::Host::verify(self, secret_name, algorithm, message, signature)
    }

    fn equals(&mut self, secret_name: String, text: String) -> wasmtime::Result<bool> {
        wit::secret_mac::Host::equals(self, secret_name, text)
    }
}

type Pre = bindings::ChannelPre<CallState>;

/// `receive`, as it was.
pub(super) fn receive(
    pre: &Pre,
    store: &mut Store<CallState>,
    config: &str,
    raw: wit::Raw,
) -> Result<wit::Receipt, Ended> {
    let channel = instance(store, |store| pre.instantiate(store))?;
    let raw = inward::raw(raw);
    let receipt = channel.kerros_channel_plugin().call_receive(store, config, &raw)??;
    Ok(inward::receipt(receipt))
}

/// `send` and `settle`, as one.
pub(super) fn send(
    pre: &Pre,
    store: &mut Store<CallState>,
    config: &str,
    message: wit::Outgoing,
    so_far: Vec<wit::Response>,
) -> Result<wit::Step, Ended> {
    if !message.files.is_empty() {
        // Sent without them, the message would say something else than was written.
        return Ok(outward::refused("contract 0.1 cannot send files"));
    }
    let message = outward::message(message);
    let channel = instance(store, |store| pre.instantiate(store))?;
    let plugin = channel.kerros_channel_plugin();
    if so_far.is_empty() {
        let requests = plugin.call_send(&mut *store, config, &message)??;
        if !requests.is_empty() {
            return Ok(wit::Step::Perform(requests.into_iter().map(outward::request).collect()));
        }
    }
    let responses: Vec<_> = so_far.into_iter().map(outward::response).collect();
    let outcome = plugin.call_settle(store, config, &message, &responses)??;
    Ok(wit::Step::Settled(outward::outcome(outcome)))
}
