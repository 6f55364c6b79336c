// Keyboard first: one letter per deed, never while somebody writes.

import { setMode } from "./pane";

const rows = () => [...document.querySelectorAll<HTMLAnchorElement>(".row-link")];

function move(by: 1 | -1): void {
  const all = rows();
  if (!all.length) return;
  const focused = all.indexOf(document.activeElement as HTMLAnchorElement);
  const open = all.findIndex((row) => row.getAttribute("aria-current") === "true");
  const from = focused >= 0 ? focused : open;
  const next = all[Math.min(all.length - 1, Math.max(0, from + by))];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

/** Marks the row of the open conversation. */
export function markOpen(): void {
  const id = document.querySelector<HTMLElement>("#conversation")?.dataset.id;
  document.querySelector(".inbox")?.classList.toggle("has-pane", !!id);
  for (const row of rows()) {
    if (row.dataset.conversation === id) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
  }
}

const press = (key: string) => document.querySelector<HTMLElement>(`[data-key="${key}"]`)?.click();

export function openDialog(id: string): void {
  const dialog = document.getElementById(id);
  if (dialog instanceof HTMLDialogElement && !dialog.open) {
    dialog.showModal();
    const field =
      dialog.querySelector<HTMLElement>("fieldset:not([disabled]) textarea, label > textarea") ??
      dialog.querySelector<HTMLElement>("input:not([type=hidden])");
    field?.focus();
  }
}

function writing(node: Element | null): boolean {
  return !!node?.closest("input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]");
}

const deeds: Record<string, () => void> = {
  j: () => move(1),
  k: () => move(-1),
  r: () => setMode("reply", true),
  n: () => setMode("note", true),
  a: () => press("a"),
  e: () => press("e"),
  R: () => press("R"),
  t: () => document.querySelector<HTMLElement>("#tag")?.focus(),
  "/": () => document.querySelector<HTMLInputElement>("#q")?.select(),
  "?": () => openDialog("keys"),
};

export function startKeys(): void {
  document.addEventListener("keydown", (event) => {
    const target = event.target as HTMLElement;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      const form = target.closest<HTMLFormElement>("#composer, dialog form");
      if (form) {
        event.preventDefault();
        form.requestSubmit();
      }
      return;
    }
    if (event.key === "Escape") {
      const menu = document.querySelector("details.menu[open]");
      if (menu) {
        menu.removeAttribute("open");
        menu.querySelector<HTMLElement>("summary")?.focus();
      } else if (writing(target)) target.blur();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || writing(target)) return;
    // WCAG 2.1.4: whoever speaks or shakes turns them off in the menu.
    if (document.documentElement.dataset.letters === "off") return;
    if (document.querySelector("dialog[open]")) return;
    const deed = deeds[event.key];
    if (deed) {
      event.preventDefault();
      deed();
    }
  });
  document.addEventListener("click", (event) => {
    const target = event.target as HTMLElement;
    const opener = target.closest<HTMLElement>("[data-open]");
    if (opener?.dataset.open) openDialog(opener.dataset.open);
    if (target.closest("[data-close]")) target.closest("dialog")?.close();
    if (target.closest("[data-dismiss]")) target.closest(".notice")?.remove();
    const toggle = target.closest<HTMLElement>("[data-toggle]");
    if (toggle?.dataset.toggle) {
      const open = document.getElementById(toggle.dataset.toggle)?.classList.toggle("is-open");
      toggle.setAttribute("aria-expanded", String(!!open));
    }
    for (const menu of document.querySelectorAll("details.menu[open]"))
      if (!menu.contains(target) || target.closest("[data-open]")) menu.removeAttribute("open");
    if (target instanceof HTMLDialogElement) target.close();
  });
  document.addEventListener("htmx:afterSettle", markOpen);
  document.addEventListener("htmx:historyRestore", markOpen);
  markOpen();
}
