// Keeps ages and SLA countdowns going. The server wrote the first text; the rules are those of i18n/time.rs.

import { say } from "./words";

const MINUTE = 60_000;

/** How long ago, largest unit only. */
export function span(ms: number): string {
  const minutes = Math.floor(Math.abs(ms) / MINUTE);
  if (minutes < 1) return say("now");
  if (minutes < 60) return say("min", { n: minutes });
  if (minutes < 1440) return say("h", { n: Math.floor(minutes / 60) });
  return say("d", { n: Math.floor(minutes / 1440) });
}

/** What is left or over: seconds under ten minutes, then coarser. */
export function countdown(ms: number): string {
  const seconds = Math.floor(Math.abs(ms) / 1000);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return `${minutes}:${String(seconds % 60).padStart(2, "0")}`;
  if (minutes >= 60 && minutes < 1440)
    return say("hmin", { h: Math.floor(minutes / 60), m: String(minutes % 60).padStart(2, "0") });
  return span(ms);
}

function setText(node: Element | null, text: string): void {
  if (node && node.textContent !== text) node.textContent = text;
}

function icon(chip: Element, name: string): void {
  const use = chip.querySelector("use");
  const href = use?.getAttribute("href");
  if (use && href) use.setAttribute("href", href.replace(/#.*/, `#${name}`));
}

function tickSla(chip: HTMLElement, now: number): void {
  const due = Number(chip.dataset.due);
  const warn = Number(chip.dataset.warn ?? Infinity);
  const state = now > due ? "late" : now >= warn || chip.classList.contains("sla-warn") ? "warn" : "running";
  if (!chip.classList.contains(`sla-${state}`)) {
    chip.classList.remove("sla-running", "sla-warn", "sla-late");
    chip.classList.add(`sla-${state}`);
    icon(chip, state === "running" ? "clock" : state);
  }
  const time = countdown(due - now);
  const text = "short" in chip.dataset ? (state === "late" ? `−${time}` : time) : say(state === "late" ? "late" : "left", { time });
  setText(chip.querySelector("[data-sla-text]"), text);
}

function tick(): void {
  const now = Date.now();
  for (const chip of document.querySelectorAll<HTMLElement>(".sla[data-due]")) tickSla(chip, now);
}

function age(): void {
  const now = Date.now();
  for (const node of document.querySelectorAll<HTMLElement>("[data-ago]"))
    setText(node, span(now - Number(node.dataset.ago)));
}

/** Starts the clocks; they rest while nobody looks. */
export function startTicking(): void {
  setInterval(() => document.hidden || tick(), 1000);
  setInterval(() => document.hidden || age(), 15_000);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) {
      tick();
      age();
    }
  });
}
