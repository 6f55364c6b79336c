// A month in three figures. Replace it with what yours shows.
//
// Facts are asked for by name: `ledger`, `daily`, `channels`, `tags`, `hours`, `sla`. Read only what you use: a later
// Kerros may add to them.

import { figures, report } from "./sdk/kerros/report.js";

export default report({
  build(config, period, facts) {
    const ledger = facts("ledger");
    const of = `of demand (${ledger.demand})`;
    const solved = ledger.demand - ledger.unresolved - ledger.abandoned;
    return {
      title: `${config.title ?? "Report"}, ${period.tenantTitle}, ${period.month}`,
      blocks: [
        figures(
          { label: "Solved", value: solved, of },
          { label: "Unresolved", value: ledger.unresolved, of },
          { label: "Abandoned", value: ledger.abandoned, of },
        ),
      ],
    };
  },
});
