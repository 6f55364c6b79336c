// Promises a first response, quicker for urgent conversations. Replace it with what yours does.
//
// The plugin is asked again whenever a fact changes and always answers with the whole set: what is left out is no
// longer promised.

import { invalid, sla } from "./sdk/kerros/sla.js";

export default sla({
  targets(config, facts) {
    const urgent = ["high", "urgent"].includes(facts.priority);
    const minutes = urgent ? config.urgent_minutes : config.minutes;
    if (!Number.isInteger(minutes)) {
      throw invalid("minutes are missing");
    }
    // The hours of the vendor's first layer with people; none counts all time.
    const first = facts.layers.find((layer) => layer.kind === "personal" && layer.owner === "vendor");
    return [
      {
        metric: "first-response",
        withinS: minutes * 60,
        calendar: first?.calendar,
        pauseOn: ["other-owner"],
        warnAt: 80,
      },
    ];
  },
});
