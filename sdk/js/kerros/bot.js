// Bots: one turn at a time, from the conversation and the bot's state to actions and new state.

import { answer, join, log } from "./call.js";

export * from "./conversation.js";
export * from "./error.js";
export * from "./part.js";
export * from "./person.js";
export { log };

/**
 * @typedef {{ layer: string, open: boolean, opensAtMs: number|null }} LayerHours
 * @typedef {{ trigger: "started"|"message", conversation: import("./conversation.js").Conversation, state: any,
 *   nowMs: number, layers: LayerHours[] }} Turn `state` is what the last turn kept, or null
 * @typedef {{ actions: object[], state?: any }} Reply `state` is kept for the next turn: anything that JSON can hold
 * @typedef {{ slug: string, title: string, excerpt: string, url: string, score: number }} Hit
 * @typedef {{ status: number, headers: [string, string][], body: string }} Answer
 * @typedef {{
 *   search(query: string, language: string, segment?: string|null, limit?: number): Hit[],
 *   http(request: { method?: string, url: string, headers?: [string, string][], body?: string|null }): Answer,
 *   kv: { get(key: string): string|null, set(key: string, value: string, keepS?: number|null): void,
 *     remove(key: string): void, keys(prefix?: string, after?: string|null, limit?: number): string[] },
 * }} Host each part of it only if plugin.toml wants it
 * @typedef {{ turn(config: any, turn: Turn, host: Host): Reply }} Bot
 */

/** Says that an object is a bot. @param {Bot} plugin */
export const bot = (plugin) => plugin;

/** Says something. Plain text, at most 16 KiB. */
export const say = (text, parts = []) => ({ tag: "say", val: { text, parts, extra: [] } });

/** Puts a tag on. */
export const tag = (name) => ({ tag: "tag", val: name });

/** The customer group became known. */
export const setSegment = (segment) => ({ tag: "set-segment", val: segment });

/** The language became known. */
export const setLanguage = (language) => ({ tag: "set-language", val: language });

/** Solved; `confirmed` only if the customer said so. */
export const resolve = (confirmed = false) => ({ tag: "resolve", val: confirmed });

/** Passes on to a layer, or to the next one with people. `briefing` is shown to the person: `{ field: text }`. */
export const handOff = ({ to = null, briefing = {} } = {}) => ({
  tag: "hand-off",
  val: { to, briefing: Object.entries(briefing), extra: [] },
});

/** A request that got no answer. */
export class RequestFailed extends Error {
  constructor({ temporary, reason }) {
    super(reason);
    this.temporary = temporary;
  }
}

/** The store has no room, does not answer, or was asked wrongly. */
export class KvFault extends Error {
  constructor({ tag, val }) {
    super(val ?? tag);
    this.reason = tag;
  }
}

function kept(state) {
  try {
    return state === null ? null : JSON.parse(state);
  } catch {
    return null;
  }
}

function offered({ search, http, kv }) {
  const tried = (act, Fault) => {
    try {
      return act();
    } catch (error) {
      throw error instanceof Error ? error : new Fault(error);
    }
  };
  const none = (want) => () => {
    throw new Error(`plugin.toml does not want ${want}`);
  };
  const asked = (act) => (...given) => tried(() => act(...given), KvFault);
  return {
    search: search
      ? (query, language, segment = null, limit = 5) => search.find(query, language, segment, limit)
      : none("search"),
    http: http
      ? ({ method = "GET", url, headers = [], body = null }) =>
          tried(() => http.perform({ method, url, headers, body, extra: [] }), RequestFailed)
      : none("http:HOST"),
    kv: {
      get: kv ? asked((key) => kv.get(key)) : none("kv"),
      set: kv ? asked((key, value, keepS = null) => kv.set(key, value, keepS)) : none("kv"),
      remove: kv ? asked((key) => kv.remove(key)) : none("kv"),
      keys: kv ? asked((prefix = "", after = null, limit = 100) => kv.keys(prefix, after, limit)) : none("kv"),
    },
  };
}

/** What the component exports. Not for authors. */
export function expose(plugin, host) {
  join(host);
  const given = offered(host);
  return {
    takeTurn: (config, turn) =>
      answer(host.log, config, (config) => {
        const view = { ...turn, trigger: turn.trigger.tag, state: kept(turn.state) };
        const { actions, state } = plugin.turn(config, view, given);
        return { actions, state: state === undefined || state === null ? null : JSON.stringify(state), extra: [] };
      }),
  };
}
