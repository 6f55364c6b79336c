// Reports: turn a period and its facts into a document.

import { answer, join, log } from "./call.js";
import { KerrosError } from "./error.js";

export * from "./error.js";
export { log };

/**
 * @typedef {{ month: string, fromMs: number, toMs: number, timeZone: string, language: string, tenantTitle: string }} Period
 * @typedef {{ title: string, blocks: object[] }} Document
 * @typedef {{ build(config: any, period: Period, facts: (name: string) => any): Document }} Report
 */

/** Says that an object is a report. @param {Report} plugin */
export const report = (plugin) => plugin;

/** A heading. */
export const heading = (text) => ({ tag: "heading", val: text });

/** A paragraph of plain text. */
export const text = (text) => ({ tag: "text", val: text });

/** Figures side by side, each with the denominator of its percentage in `of`. */
export const figures = (...list) => ({
  tag: "figures",
  val: list.map(({ label, value, of = null, goal = null, met = null }) => ({
    label,
    value: String(value),
    measuredOf: of,
    goal,
    met,
    extra: [],
  })),
});

/** A table: as many cells in a row as columns. */
export const table = ({ caption, columns, rows }) => ({
  tag: "table",
  val: { caption, columns, rows: rows.map((row) => row.map(String)), extra: [] },
});

/** A chart, `bar`, `stacked` or `line`; `goal` is `[label, value]`. */
export const chart = ({ caption, shape = "bar", categories, series, goal = null }) => ({
  tag: "chart",
  val: { caption, shape, categories, series: series.map((one) => ({ ...one, extra: [] })), goal, extra: [] },
});

function ask(facts, name) {
  if (!facts) throw new Error("plugin.toml does not want facts");
  try {
    return JSON.parse(facts.get(name));
  } catch (error) {
    if (error instanceof Error) throw error;
    const message = typeof error.val === "string" ? error.val : (error.val?.message ?? "");
    throw new KerrosError(error.tag, message, error.val);
  }
}

/** What the component exports. Not for authors. */
export function expose(plugin, host) {
  join(host);
  return {
    build: (config, period) =>
      answer(host.log, config, (config) => ({
        ...plugin.build(config, period, (name) => ask(host.facts, name)),
        extra: [],
      })),
  };
}
