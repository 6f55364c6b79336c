// The open conversation: what it has, how news are added, drafts, dialogs.

import htmx from "htmx.org";
import { clearComposer } from "./compose";

const $ = <T extends Element = HTMLElement>(query: string) => document.querySelector<T>(query);

/** The conversation in the pane, if one is open. */
export const openPane = () => $("#conversation");

/** The newest sequence that the pane shows. */
export const shownSeq = () => Number($("#head")?.dataset.seq ?? 0);

const nearBottom = (box: HTMLElement) => box.scrollHeight - box.scrollTop - box.clientHeight < 120;

function toBottom(): void {
  const box = $("#scroll");
  if (box) box.scrollTop = box.scrollHeight;
  // Frames and pictures above are still growing: until somebody scrolls away, the end stays in view.
  box?.setAttribute("data-end", "");
  const newer = $("#newer");
  if (newer) newer.hidden = true;
}

let asking = false;
let askAgain = false;

/** Fetches what is new since the shown sequence. News during a fetch lead to one more. */
export async function catchUp(): Promise<void> {
  const pane = openPane();
  if (!pane?.dataset.since) return;
  if (asking) {
    askAgain = true;
    return;
  }
  asking = true;
  try {
    await htmx.ajax("get", `${pane.dataset.since}?after=${shownSeq()}`, { swap: "none", source: pane });
  } finally {
    asking = false;
    if (askAgain) {
      askAgain = false;
      void catchUp();
    }
  }
}

// An action's answer and a live update may bring the same items: only what is newer is added. A group of events that has
// grown meanwhile takes the place of the one that is shown.
function dropKnown(fragment: ParentNode): void {
  const shown = [...document.querySelectorAll<HTMLElement>("#timeline [data-seq]")];
  const seen = Number(shown.at(-1)?.dataset.seq ?? 0);
  for (const item of fragment.querySelectorAll<HTMLElement>("[data-seq]")) {
    if (Number(item.dataset.seq) <= seen) {
      // A day's name stands before its first message and means nothing without it.
      if (item.previousElementSibling?.matches(".day")) item.previousElementSibling.remove();
      item.remove();
      continue;
    }
    const first = Number(item.dataset.first ?? Infinity);
    for (const old of shown) if (Number(old.dataset.first ?? -1) >= first) old.remove();
  }
}

const draftKey = (id: string) => `kerros.draft.${id}`;

function restoreDraft(): void {
  const form = $<HTMLFormElement>("#composer");
  const text = form?.querySelector("textarea");
  const id = form?.dataset.draft;
  if (!form || !text || !id || text.value) return;
  const kept = sessionStorage.getItem(draftKey(id));
  if (!kept) return;
  const draft = JSON.parse(kept) as { mode: string; text: string };
  text.value = draft.text;
  setMode(draft.mode === "note" ? "note" : "reply");
}

function keepDraft(form: HTMLFormElement): void {
  const id = form.dataset.draft;
  if (!id) return;
  const data = new FormData(form);
  const text = String(data.get("text") ?? "");
  if (text) sessionStorage.setItem(draftKey(id), JSON.stringify({ mode: String(data.get("mode")), text }));
  else sessionStorage.removeItem(draftKey(id));
}

/** Switches the composer between answering and noting, and goes there. */
export function setMode(mode: "reply" | "note", focus = false): void {
  const form = $<HTMLFormElement>("#composer");
  const radio = form?.querySelector<HTMLInputElement>(`input[name="mode"][value="${mode}"]`);
  const text = form?.querySelector("textarea");
  if (!form || !text) return;
  if (radio) radio.checked = true;
  text.placeholder = text.dataset[mode] ?? "";
  if (focus) text.focus();
}

function sent(form: HTMLFormElement): void {
  const text = form.querySelector("textarea");
  const key = form.querySelector<HTMLInputElement>('input[name="key"]');
  if (text) text.value = "";
  clearComposer();
  // The next message is another one: a key of its own.
  if (key) key.value = crypto.randomUUID();
  keepDraft(form);
  setMode("reply", true);
  toBottom();
}

function opened(): void {
  restoreDraft();
  toBottom();
  document.dispatchEvent(new CustomEvent("kerros:opened"));
}

/** Which fields of the escalation dialog count: those of the chosen layer. */
function chooseLayer(radio: HTMLInputElement): void {
  for (const set of document.querySelectorAll<HTMLFieldSetElement>("#escalate .fields")) {
    const chosen = set.id === radio.dataset.fields;
    set.hidden = !chosen;
    set.disabled = !chosen;
  }
}

export function startPane(): void {
  document.addEventListener("htmx:configRequest", (event) => {
    const { detail } = event as CustomEvent<{ headers: Record<string, string>; verb: string }>;
    if (openPane()) {
      detail.headers["X-After"] = String(shownSeq());
      detail.headers["X-Composer"] = $("#head")?.dataset.composer ?? "";
    }
  });
  document.addEventListener("htmx:oobBeforeSwap", (event) => {
    const { detail } = event as CustomEvent<{ target: Element; fragment: DocumentFragment }>;
    // A dialog that is being filled in stays as it is.
    if (detail.target.id === "dialogs" && $("#dialogs dialog[open]")) event.preventDefault();
    if (detail.target.id !== "timeline") return;
    const box = $("#scroll");
    box?.toggleAttribute("data-follow", nearBottom(box));
    dropKnown(detail.fragment);
  });
  document.addEventListener("htmx:oobAfterSwap", (event) => {
    const { detail } = event as CustomEvent<{ target: Element; fragment: DocumentFragment }>;
    if (detail.target?.id !== "timeline") return;
    const box = $("#scroll");
    const newer = $("#newer");
    if (!box?.hasAttribute("data-follow") && newer) newer.hidden = nearBottom(box as HTMLElement);
    else toBottom();
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if ((event.target as Element).id === "pane") opened();
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { detail } = event as CustomEvent<{ xhr: XMLHttpRequest; requestConfig?: { elt: Element } }>;
    if (detail.xhr.status < 300) detail.requestConfig?.elt.closest("dialog")?.close();
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const { detail } = event as CustomEvent<{ successful: boolean; elt: Element }>;
    const form = detail.elt.closest("form");
    if (!detail.successful || !form) return;
    if (form.id === "composer") sent(form);
    if (form.hasAttribute("data-clear")) form.reset();
    form.closest("details.menu")?.removeAttribute("open");
  });
  document.addEventListener("input", (event) => {
    const form = (event.target as Element).closest<HTMLFormElement>("#composer");
    if (form) keepDraft(form);
  });
  document.addEventListener("change", (event) => {
    const input = event.target as HTMLInputElement;
    if (input.name === "mode") setMode(input.value === "note" ? "note" : "reply", true);
    if (input.name === "to" && input.dataset.fields) chooseLayer(input);
  });
  document.addEventListener("click", (event) => {
    if ((event.target as Element).closest("#newer")) toBottom();
  });
  document.addEventListener("scroll", (event) => {
    const box = event.target as HTMLElement;
    const newer = $("#newer");
    if (box.id !== "scroll") return;
    if (nearBottom(box)) newer?.setAttribute("hidden", "");
  }, true);
  if (openPane()) opened();
}
