// The one error that every call may end with. Throw it: `throw invalid("...")`.

/** An answer that says why there is none. Anything else that is thrown is a fault of the plugin. */
export class KerrosError extends Error {
  constructor(tag, message, val) {
    super(message);
    this.tag = tag;
    this.val = val;
  }
}

/** The input or the config is wrong; the same call will fail again. */
export const invalid = (message) => new KerrosError("invalid", message, message);

/** Something passes by; the same call may work later, not sooner than `retryAfterMs`. */
export const temporary = (message, retryAfterMs = null) =>
  new KerrosError("temporary", message, { message, retryAfterMs, extra: [] });

/** It will never work. */
export const permanent = (message) => new KerrosError("permanent", message, message);
