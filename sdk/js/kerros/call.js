// What every kind does around an author's function. Authors need not look here.

import { KerrosError, invalid } from "./error.js";

let text;
let config;

/** The config as an object, read once as long as it stays the same. Frozen: it outlives the call. */
function read(json) {
  if (json !== text) {
    text = undefined;
    try {
      config = freeze(JSON.parse(json));
    } catch (error) {
      throw invalid(`config: ${error.message}`);
    }
    if (typeof config !== "object" || config === null || Array.isArray(config)) {
      throw invalid("config: not an object");
    }
    text = json;
  }
  return config;
}

function freeze(value) {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(freeze);
  }
  return value;
}

/** Runs `answer(config)`; a KerrosError becomes the contract's error, anything else ends the call with its stack in the log. */
export function answer(log, json, answer) {
  try {
    return answer(read(json));
  } catch (error) {
    if (error instanceof KerrosError) {
      throw { tag: error.tag, val: error.val };
    }
    log.error(`${error}\n${error?.stack ?? ""}`);
    throw error;
  }
}

/** The host's log, for authors: lines for the operator. Never a customer's words. */
export const log = { debug() {}, info() {}, warn() {}, error() {} };

/** Joins the log to the host's. */
export function join(host) {
  Object.assign(log, host.log);
}
