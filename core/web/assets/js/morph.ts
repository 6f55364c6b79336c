// `hx-swap="morph:innerHTML"` and `hx-swap-oob="morph"`: what is there is changed where it differs, so focus and
// scrolling stay. Our own extension, because the one that comes with Idiomorph takes every other swap style for
// an inline one and so leaves the wrappers of out-of-band appends in the page.

import htmx from "htmx.org";
import { Idiomorph } from "idiomorph/dist/idiomorph.esm.js";

const whole = (style: string) => style === "morph" || style === "morph:outerHTML";

export function startMorph(): void {
  // A live update never shuts what somebody has open, nor touches what they are typing.
  Idiomorph.defaults.ignoreActiveValue = true;
  Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name) => name !== "open";
  htmx.defineExtension("morph", {
    isInlineSwap: whole,
    handleSwap(style, target, fragment) {
      if (!whole(style) && style !== "morph:innerHTML") return false;
      const morphStyle = whole(style) ? "outerHTML" : "innerHTML";
      return Idiomorph.morph(target as Element, (fragment as DocumentFragment).children, { morphStyle });
    },
  });
}
