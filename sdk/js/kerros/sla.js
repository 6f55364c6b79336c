// SLA plugins: say which promises hold for a conversation.

import { answer, join, log } from "./call.js";

export * from "./error.js";
export { log };

/**
 * @typedef {{ id: string, kind: string, owner: string, calendar: string|null }} Layer
 * @typedef {{ channel: string, priority: string, segment: string|null, language: string, layer: string,
 *   layerKind: string, layers: Layer[], tags: string[] }} Facts
 * @typedef {{ metric: "first-response"|"next-response"|"resolution", owner?: "vendor"|"client", withinS: number,
 *   calendar?: string|null, pauseOn?: ("pending"|"other-owner")[], warnAt?: number|null, layer?: string|null }} Target
 * @typedef {{ targets(config: any, facts: Facts): Target[] }} Sla
 */

/** Says that an object is an SLA plugin. @param {Sla} plugin */
export const sla = (plugin) => plugin;

const word = (tag) => ({ tag });

/** What the component exports. Not for authors. */
export function expose(plugin, host) {
  join(host);
  return {
    targets: (config, facts) =>
      answer(host.log, config, (config) =>
        plugin.targets(config, facts).map((target) => ({
          metric: word(target.metric),
          owner: word(target.owner ?? "vendor"),
          withinS: target.withinS,
          calendar: target.calendar ?? null,
          pauseOn: (target.pauseOn ?? ["pending", "other-owner"]).map(word),
          warnAt: target.warnAt ?? null,
          layer: target.layer ?? null,
          extra: [],
        })),
      ),
  };
}
