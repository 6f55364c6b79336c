// Messages by a JSON hook in, by a JSON request out. Replace it with what your provider speaks.
//
// A channel does no IO and sees no secret: it names them, and the host checks and fills them in.

import { accepted, channel, invalid, isName, malformed, message, perform, postJson, settleHttp, unauthorized } from "./sdk/kerros/channel.js";

const filled = (text) => typeof text === "string" && text.trim() !== "";

export default channel({
  receive(config, raw, secrets) {
    // Before anything else: is it genuine?
    const token = raw.header("x-token");
    if (token === null || !filled(config.hook_token) || !secrets.equals(config.hook_token, token)) {
      return unauthorized("x-token is missing or wrong");
    }
    let hook;
    try {
      hook = raw.json();
    } catch (error) {
      return malformed(`not a message: ${error.message}`);
    }
    // A text may be anything; what is to be an id must be fit for one.
    if (!isName(hook?.id) || !isName(hook.from) || !filled(hook.text)) {
      return malformed("id, from and text must not be empty, nor the first two longer than a line");
    }
    // The key is what a repeat of the same delivery has in common with the first.
    const { id, from, text } = hook;
    return accepted([message({ externalId: id, thread: from, sender: from, text })], { key: id });
  },

  send(config, message, soFar) {
    if (soFar.length > 0) {
      return settleHttp(soFar[0]);
    }
    const body = { id: message.messageId, to: message.recipient, text: message.text };
    if (!filled(config.url)) {
      throw invalid("url is missing");
    }
    return perform(postJson(config.url, body, [["authorization", `Bearer {secret:${config.token}}`]]));
  },
});
