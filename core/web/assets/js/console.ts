// The console: htmx for interaction, one live stream, keys. Start reading in live.ts and pane.ts.

import htmx from "htmx.org";
import { startCalled } from "./called";
import { startComposer } from "./compose";
import { startFrames } from "./frames";
import { startKeys } from "./keys";
import { startLive } from "./live";
import { startMorph } from "./morph";
import { startPane } from "./pane";
import { startTicking } from "./ticks";
import { say } from "./words";

function toast(text: string): void {
  const box = document.querySelector("#toast");
  if (!box) return;
  const notice = document.createElement("div");
  notice.className = "notice notice-bad";
  const line = document.createElement("div");
  line.textContent = text;
  notice.append(line);
  box.replaceChildren(notice);
}

let away: number | undefined;
document.addEventListener("htmx:sendError", () => toast(say("failed")));
document.addEventListener("htmx:afterSwap", (event) => {
  if ((event.target as Element).id !== "toast") return;
  clearTimeout(away);
  away = window.setTimeout(() => document.querySelector("#toast")?.replaceChildren(), 12_000);
});
// Filters that are not set stay out of the address.
document.addEventListener("htmx:configRequest", (event) => {
  const { detail } = event as CustomEvent<{ elt: Element; parameters: Record<string, string> }>;
  if (detail.elt.id !== "filters") return;
  for (const [name, value] of Object.entries(detail.parameters)) if (!value) delete detail.parameters[name];
});
// A month or tenant chosen on the report and board pages is shown at once.
document.addEventListener("change", (event) => {
  const form = (event.target as Element).closest<HTMLFormElement>("form[data-submit-on-change]");
  form?.requestSubmit();
});
document.addEventListener("click", (event) => {
  if ((event.target as Element).closest("[data-print]")) print();
});
// The board draws itself again while somebody looks at it.
const board = document.querySelector<HTMLElement>("[data-redraw]");
if (board) {
  setInterval(() => {
    if (!document.hidden && board.dataset.redraw)
      void htmx.ajax("get", board.dataset.redraw, { target: board, swap: "morph:innerHTML" });
  }, 10_000);
}

startMorph();
startTicking();
startKeys();
startFrames();
startComposer();
startPane();
startCalled();
startLive();
