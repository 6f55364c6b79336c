// Taggers: suggest tags for the customer's newest message.

import { answer, join, log } from "./call.js";

export * from "./conversation.js";
export * from "./error.js";
export { log };

/**
 * @typedef {{ tag: string, confidence: number }} Suggestion a tag of 1 to 64 characters, 0 to 100 percent sure
 * @typedef {{ tag(config: any, conversation: import("./conversation.js").Conversation): Suggestion[] }} Tagger
 */

/** Says that an object is a tagger. @param {Tagger} plugin */
export const tagger = (plugin) => plugin;

/** A suggestion. */
export const suggestion = (tag, confidence) => ({ tag, confidence });

let files;

/** A file of the plugin's folder `assets`, or null. @returns {Uint8Array|null} */
export function asset(name) {
  const size = files?.size(name) ?? null;
  if (size === null) return null;
  const bytes = new Uint8Array(size);
  for (let from = 0; from < size; ) {
    const part = files.read(name, from, size - from);
    bytes.set(part, from);
    from += part.length;
  }
  return bytes;
}

/** What the component exports. Not for authors. */
export function expose(plugin, host) {
  join(host);
  files = host.asset;
  return {
    suggest: (config, conversation) =>
      answer(host.log, config, (config) =>
        plugin.tag(config, conversation).map(({ tag, confidence }) => ({
          tag,
          confidence: Math.max(0, Math.min(100, Math.round(confidence))),
          extra: [],
        })),
      ),
  };
}
