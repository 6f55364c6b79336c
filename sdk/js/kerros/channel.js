// Channels: raw things to messages, messages to requests, step by step. A channel does no IO and sees no secret.

import { answer, join, log } from "./call.js";

export * from "./error.js";
export * from "./part.js";
export { log };

/**
 * @typedef {{ kind: "hook"|"frame"|"mail", method: string, path: string, query: string, headers: [string, string][],
 *   body: Uint8Array, files: object[], atMs: number,
 *   header(name: string): string|null, text(): string, json(): any }} Raw `json` throws a SyntaxError
 * @typedef {{ verify(secret: string, algorithm: "hmac-sha256"|"hmac-sha1", message: Uint8Array, signature: Uint8Array): boolean,
 *   equals(secret: string, text: string): boolean }} Secrets
 * @typedef {{ tag: "http"|"mail"|"failed", val: any }} Response
 * @typedef {{ receive(config: any, raw: Raw, secrets: Secrets): object,
 *   send(config: any, message: any, soFar: Response[]): object,
 *   fetch?(config: any, reference: string, soFar: Response[]): object }} Channel
 */

/** Says that an object is a channel. @param {Channel} plugin */
export const channel = (plugin) => plugin;

// What came in.

/**
 * Whether a provider's id or address can be one of a message's: a text in one line of 1 to 200 bytes. The host refuses others,
 * and with them the whole answer.
 */
export const isName = (text) =>
  typeof text === "string" && text !== "" && size(text) <= 200 && !/[\u0000-\u001f\u007f-\u009f]/.test(text);

const size = (text) => {
  let bytes = 0;
  for (const c of text) bytes += c < "\u0080" ? 1 : c < "\u0800" ? 2 : c.length === 1 ? 3 : 4;
  return bytes;
};

/** Genuine and understood. `key` is what a repeat of the same delivery has in common with the first. */
export const accepted = (events, { key = null, reply = null } = {}) => ({
  tag: "accepted",
  val: { events, key, reply: reply && { status: 200, contentType: "text/plain", body: "", ...reply, extra: [] }, extra: [] },
});

/** The signature or token is missing or wrong. The reason is for the log only. */
export const unauthorized = (reason) => ({ tag: "unauthorized", val: reason });

/** Not what the provider sends. */
export const malformed = (reason) => ({ tag: "malformed", val: reason });

/** The customer wrote. `thread`, `sender`, `externalId` and `text` are needed; what is left out is none. */
export const message = ({ thread, participants = [], attachments = [], fields = [], checks = [], ...rest }) => ({
  tag: "message",
  val: {
    threading: { tag: "thread", val: thread },
    senderName: null,
    language: null,
    segment: null,
    subject: null,
    html: null,
    full: null,
    parts: [],
    automatic: null,
    answers: null,
    publicUrl: null,
    atMs: null,
    ...rest,
    participants: participants.map((one) => ({ role: "to", name: null, ...one, extra: [] })),
    attachments: attachments.map(attached),
    fields: fields.map((field) => ({ ...field, extra: [] })),
    checks: checks.map((check) => ({ ...check, extra: [] })),
    extra: [],
  },
});

const attached = ({ name, mediaType = null, lifted, bytes, remote, inline = false, contentId = null }) => ({
  name,
  mediaType,
  source:
    lifted !== undefined ? { tag: "lifted", val: lifted }
    : bytes !== undefined ? { tag: "bytes", val: bytes }
    : { tag: "remote", val: remote },
  inline,
  contentId,
  extra: [],
});

/** The customer began a talk without writing yet. */
export const started = (rest) => ({
  tag: "started",
  val: { senderName: null, language: null, segment: null, ...rest, extra: [] },
});

/** The customer asked for a person. */
export const wantsPerson = (thread) => ({ tag: "wants-person", val: { thread, extra: [] } });

/** An outbound message moved on: `sent`, `delivered`, `read`, `failed`. */
export const delivery = ({ externalId, state, reason = null, badAddress = null, alternatives = [] }) => ({
  tag: "delivery",
  val: { externalId, state: { tag: state }, reason, badAddress, alternatives, extra: [] },
});

/** The customer read everything up to a moment. */
export const readUntil = ({ thread, atMs }) => ({ tag: "read-until", val: { thread, atMs, extra: [] } });

// What goes out.

/** Perform these requests, then ask `send` again with all answers so far. */
export const perform = (...requests) => ({ tag: "perform", val: requests });

/** The end of a delivery. */
const settled = (outcome) => ({ tag: "settled", val: outcome });

/** The provider has it. */
export const delivered = ({ externalId = null, state = "sent", thread = null } = {}) =>
  settled({
    tag: "delivered",
    val: { externalId: known(externalId, 998), state: { tag: state }, thread: known(thread, 256), extra: [] },
  });

/** An id that is none is left out: the message has gone out all the same. */
const known = (id, most) => {
  const text = id === null || id === undefined ? "" : String(id);
  return text !== "" && size(text) <= most && !/[\u0000-\u001f\u007f-\u009f]/.test(text) ? text : null;
};

/** Try again; `wholeChannel` if the provider asks everybody to slow down. */
export const retryAfter = (reason, { afterMs = null, wholeChannel = false } = {}) =>
  settled({ tag: "retry-after", val: { afterMs, wholeChannel, reason, extra: [] } });

/** Never. `alternatives` is what a person may do instead: `template`, `mail`, `sms`. */
export const rejected = (reason, { alternatives = [], badAddress = false } = {}) =>
  settled({ tag: "rejected", val: { reason, alternatives, badAddress, extra: [] } });

/**
 * A request. `{secret:NAME}` in url, header values and text is filled in by the host. `repeatable` says that it does no harm
 * if it is performed twice (an upload, a mark that something was read); the host makes every other request of a delivery
 * again only if it surely did not reach the provider.
 */
export const request = ({ method = "GET", url, headers = [], body = { tag: "none" }, repeatable = false }) => ({
  tag: "http",
  val: { method, url, headers, body, repeatable, extra: [] },
});

/** A POST of JSON. What a customer wrote is never taken for a placeholder. */
export const postJson = (url, value, headers = []) =>
  request({
    method: "POST",
    url,
    headers: [["content-type", "application/json"], ...headers],
    body: { tag: "text", val: JSON.stringify(value).replaceAll("{secret", "\\u007bsecret") },
  });

/**
 * The usual end after one request: 2xx is delivered, 408, 425, 429 and 5xx and a network that fails are tried again (as late
 * as `retry-after` asks), the rest is rejected. `externalId(body)` finds the provider's id in the answer.
 */
export function settleHttp(response, { externalId } = {}) {
  if (response.tag === "failed") {
    return response.val.temporary ? retryAfter(response.val.reason) : rejected(response.val.reason);
  }
  if (response.tag !== "http") {
    return rejected("not an answer to a request over HTTP");
  }
  const { status, headers, body } = response.val;
  if (status >= 200 && status < 300) return delivered({ externalId: externalId?.(body) ?? null });
  const reason = `the provider answered ${status}`;
  if (status === 408 || status === 425 || status === 429 || status >= 500) {
    const seconds = Number(headers.find(([name]) => name === "retry-after")?.[1]);
    const afterMs = Number.isFinite(seconds) && seconds >= 0 ? Math.round(seconds * 1000) : null;
    return retryAfter(reason, { afterMs, wholeChannel: status === 429 });
  }
  return rejected(reason);
}

// Files that lie with the provider.

/** Ask, and give the answer to `fetch`. */
export const ask = (request) => ({ tag: "ask", val: request.val });

/** The answer's body is the file. */
export const download = (request) => ({ tag: "download", val: request.val });

/** It cannot be had. */
export const gone = (reason) => ({ tag: "gone", val: reason });

/** Bytes as text; what is no UTF-8 becomes the replacement character. The guest's engine has no TextDecoder. */
export function utf8(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at++];
    if (first < 0x80) {
      text += String.fromCharCode(first);
      continue;
    }
    const more = first >= 0xf0 && first < 0xf5 ? 3 : first >= 0xe0 && first < 0xf0 ? 2 : first >= 0xc2 && first < 0xe0 ? 1 : 0;
    let code = more === 3 ? first & 0x07 : more === 2 ? first & 0x0f : first & 0x1f;
    let read = 0;
    while (read < more && (bytes[at + read] & 0xc0) === 0x80) {
      code = (code << 6) | (bytes[at + read] & 0x3f);
      read += 1;
    }
    const least = [0, 0x80, 0x800, 0x10000][more];
    const sane = more > 0 && read === more && code >= least && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
    at += sane ? more : 0;
    text += String.fromCodePoint(sane ? code : 0xfffd);
    // What follows a broken beginning and belongs to it goes with it.
    while (!sane && at < bytes.length && (bytes[at] & 0xc0) === 0x80) at += 1;
  }
  return text;
}

function opened(raw) {
  const body = raw.body instanceof Uint8Array ? raw.body : new Uint8Array(raw.body);
  return {
    ...raw,
    body,
    header: (name) => raw.headers.find(([known]) => known === name)?.[1] ?? null,
    text: () => utf8(body),
    json: () => JSON.parse(utf8(body)),
  };
}

function checks(mac) {
  if (!mac) {
    const none = () => {
      throw new Error("plugin.toml does not want secret");
    };
    return { verify: none, equals: none };
  }
  return {
    verify: (secret, algorithm, message, signature) => mac.verify(secret, algorithm, message, signature),
    equals: (secret, text) => mac.equals(secret, text),
  };
}

/** What the component exports. Not for authors. */
export function expose(plugin, host) {
  join(host);
  const secrets = checks(host.secretMac);
  return {
    receive: (config, raw) => answer(host.log, config, (config) => plugin.receive(config, opened(raw), secrets)),
    send: (config, message, soFar) => answer(host.log, config, (config) => plugin.send(config, message, soFar)),
    fetch: (config, reference, soFar) =>
      answer(host.log, config, (config) =>
        plugin.fetch ? plugin.fetch(config, reference, soFar) : gone("this channel has no files to fetch"),
      ),
  };
}
