// A colleague on a shared channel calls for whoever has a conversation: a notice wherever the person is, and the
// call counts as seen when the conversation is in front of them.

import htmx from "htmx.org";
import { openPane } from "./pane";
import { say } from "./words";

export interface Called {
  conversation: string;
  by: string;
  contact?: string | null;
}

/** Tells of a call, unless the conversation is open already: there a line says so. */
export function heardCall(call: Called): void {
  const box = document.querySelector("#calls");
  const inFront = openPane()?.dataset.id === call.conversation && !document.hidden;
  if (!box || inFront) return;
  box.querySelector(`[data-of="${CSS.escape(call.conversation)}"]`)?.remove();
  const notice = document.createElement("div");
  notice.className = "notice notice-warn";
  notice.dataset.of = call.conversation;
  const text = document.createElement("div");
  const line = document.createElement("p");
  line.textContent = say("called", { name: call.by, who: call.contact ?? "" });
  const link = document.createElement("a");
  link.href = `/console/c/${encodeURIComponent(call.conversation)}`;
  link.textContent = say("calledOpen");
  if (document.querySelector("#pane")) {
    link.setAttribute("hx-get", link.href);
    link.setAttribute("hx-target", "#pane");
    link.setAttribute("hx-swap", "innerHTML");
    link.setAttribute("hx-push-url", "true");
  }
  const close = document.createElement("button");
  close.type = "button";
  close.className = "icon-btn";
  close.dataset.dismiss = "";
  close.setAttribute("aria-label", say("close"));
  close.textContent = "×";
  text.append(line, link);
  notice.append(text, close);
  box.append(notice);
  htmx.process(notice);
}

/** Says that the call in the open conversation was seen, once, while somebody looks. */
function attend(): void {
  const line = document.querySelector<HTMLElement>("#attention [data-attend]");
  const pane = openPane();
  if (!line?.dataset.attend || !pane || document.hidden) return;
  const address = line.dataset.attend;
  line.removeAttribute("data-attend");
  document.querySelector(`#calls [data-of="${CSS.escape(pane.dataset.id ?? "")}"]`)?.remove();
  void htmx.ajax("post", address, { swap: "none", source: pane });
}

export function startCalled(): void {
  document.addEventListener("kerros:opened", attend);
  document.addEventListener("htmx:oobAfterSwap", (event) => {
    if ((event as CustomEvent<{ target?: Element }>).detail.target?.id === "attention") attend();
  });
  document.addEventListener("visibilitychange", attend);
  // A form that must count once gets a key of its own each time its dialog is opened.
  document.addEventListener("click", (event) => {
    const opener = (event.target as Element).closest<HTMLElement>("[data-open]");
    const key = opener && document.querySelector<HTMLInputElement>(`#${opener.dataset.open} form[data-once] [name="key"]`);
    if (key) key.value = crypto.randomUUID();
  });
  attend();
}
