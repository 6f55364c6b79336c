// The panel: head, thread, composer, reader. Knows nothing of sockets.

import type { CallOffer } from "./callback";
import { el, icon } from "./dom";
import type { Link, Standing } from "./wire";
import { fill, type Words } from "./words";

export interface Config {
  title: string;
  greeting: string;
  accent: string;
  language: string;
  help: string;
  time_zone?: string;
  call?: CallOffer | null;
}

export interface Wishes {
  send(text: string): void;
  person(): void;
  call(): void;
  close(): void;
  typing(): void;
  writing(text: string): void;
}

/** Black or white, whichever is easier to read on a colour (WCAG 2.2 relative luminance). */
export function inkOn(colour: string): string {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const c = parseInt(colour.slice(at, at + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  const light = 0.2126 * r + 0.7152 * g + 0.0722 * b;
  // Between the two only black itself has 4.5:1.
  return light > 0.2003 ? "#111" : light > 0.183 ? "#000" : "#fff";
}

/** When something opens, as people say it in their language: `today at 14:00`, `Monday at 9:00`, `24 December`. */
export function opening(ms: number, language: string, timeZone: string | undefined, words: Words): string {
  const there = new Date(ms);
  const say = (format: Intl.DateTimeFormatOptions, at = there) => at.toLocaleString(language, { timeZone, ...format });
  const date = (at: Date) => say({ dateStyle: "short" }, at);
  const time = say({ hour: "numeric", minute: "2-digit" });
  const now = Date.now();
  if (date(there) === date(new Date(now))) return fill(words.today, { time });
  if (date(there) === date(new Date(now + 86_400_000))) return fill(words.tomorrow, { time });
  if (ms - now < 6 * 86_400_000) return fill(words.weekday, { day: say({ weekday: "long" }), time });
  return fill(words.weekday, { day: say({ day: "numeric", month: "long" }), time });
}

export class Panel {
  readonly node: HTMLElement;
  readonly text: HTMLTextAreaElement;
  private readonly title: HTMLElement;
  private readonly sub: HTMLElement;
  private readonly line: HTMLElement;
  private readonly now: HTMLElement;
  private readonly talk: HTMLElement;
  private readonly page: HTMLElement;
  private readonly ask: HTMLButtonElement;
  private readonly call: HTMLButtonElement;
  private readonly help: HTMLAnchorElement;
  private readonly sendButton: HTMLButtonElement;
  private typingTimer: ReturnType<typeof setTimeout> | undefined;
  private standingText = "";
  private toldTyping = 0;
  private zone: string | undefined;

  constructor(
    private readonly words: Words,
    thread: HTMLElement,
    wishes: Wishes,
  ) {
    const close = el("button", { type: "button", class: "ghost", "aria-label": words.close }, icon("close"));
    close.onclick = () => wishes.close();
    this.title = el("h2", { id: "title" });
    this.sub = el("p", { hidden: true });
    this.line = el("p", { class: "line", role: "status", hidden: true });
    this.now = el("p", { class: "now", role: "status" });
    this.text = el("textarea", { rows: "1", maxlength: "4000", placeholder: words.write, "aria-label": words.write, enterkeyhint: "send" });
    this.sendButton = el("button", { type: "submit", "aria-label": words.send, disabled: true }, icon("send"));
    const form = el("form", { class: "write" }, this.text, this.sendButton);
    const send = () => {
      const text = this.text.value.trim();
      if (!text) return;
      this.text.value = "";
      this.sendButton.disabled = true;
      wishes.writing("");
      wishes.send(text);
      this.text.focus();
    };
    form.onsubmit = (event) => {
      event.preventDefault();
      send();
    };
    this.text.onkeydown = (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        send();
      }
    };
    this.text.oninput = () => {
      this.sendButton.disabled = !this.text.value.trim();
      wishes.writing(this.text.value);
      if (Date.now() - this.toldTyping > 3000) {
        this.toldTyping = Date.now();
        wishes.typing();
      }
    };
    this.ask = el("button", { type: "button" }, icon("person"), words.person);
    this.ask.onclick = () => wishes.person();
    this.call = el("button", { type: "button", hidden: true }, icon("phone"), words.call);
    this.call.onclick = () => wishes.call();
    this.help = el("a", { target: "_blank", rel: "noopener" }, icon("book"), words.help);
    this.talk = el("div", { class: "talk" }, thread, this.now, form, el("div", { class: "under" }, this.ask, this.call, this.help));
    this.page = el("div", { class: "talk", hidden: true });
    this.node = el(
      "section",
      { class: "panel", role: "dialog", "aria-labelledby": "title", hidden: true },
      el("header", { class: "top" }, el("div", {}, this.title, this.sub), close),
      this.line,
      this.talk,
      this.page,
    );
    this.node.onkeydown = (event) => this.keys(event, wishes);
  }

  look(config: Config, base: string): void {
    this.title.textContent = config.title;
    this.zone = config.time_zone;
    this.call.hidden = !config.call;
    this.help.href = new URL(config.help, base).href;
  }

  restore(text: string): void {
    this.text.value = text;
    this.sendButton.disabled = !text.trim();
  }

  link(state: Link): void {
    this.line.hidden = state === "on" || state === "idle";
    this.line.textContent = state === "off" ? this.words.off : this.words.connecting;
  }

  standing(standing: Standing, language: string): void {
    const { words } = this;
    const person = standing.assignee;
    this.sub.hidden = !person;
    this.sub.textContent = person ? fill(words.assigned, { name: person }) : "";
    this.ask.hidden = standing.state !== "bot" && standing.conversation !== null && standing.state !== "resolved";
    this.standingText =
      standing.state === "queued"
        ? words.queued
        : standing.state === "out_of_hours"
          ? standing.opens_at_ms
            ? fill(words.closed, { when: opening(standing.opens_at_ms, language, this.zone, words) })
            : words.closedNever
          : standing.state === "resolved"
            ? words.resolved
            : "";
    if (this.typingTimer === undefined) this.now.textContent = this.standingText;
  }

  typing(name: string): void {
    this.now.textContent = fill(this.words.typing, { name });
    clearTimeout(this.typingTimer);
    this.typingTimer = setTimeout(() => this.stopTyping(), 6000);
  }

  stopTyping(): void {
    clearTimeout(this.typingTimer);
    this.typingTimer = undefined;
    this.now.textContent = this.standingText;
  }

  /** Shows an article in place of the thread. */
  read(body: HTMLElement, address: string): void {
    body.className = "reader";
    body.tabIndex = 0;
    this.show(body, el("a", { href: address, target: "_blank", rel: "noopener" }, this.words.newTab, icon("out")));
  }

  /** Shows something in place of the thread, with the way back and what else belongs beside it. */
  show(body: HTMLElement, beside?: HTMLElement): void {
    const back = el("button", { type: "button" }, icon("back"), this.words.back);
    const before = this.node.getRootNode() as ShadowRoot;
    const opener = before.activeElement as HTMLElement | null;
    back.onclick = () => {
      this.page.hidden = true;
      this.talk.hidden = false;
      this.page.replaceChildren();
      opener?.focus();
    };
    this.page.replaceChildren(el("div", { class: "bar" }, back, beside), body);
    this.talk.hidden = true;
    this.page.hidden = false;
    back.focus();
  }

  private keys(event: KeyboardEvent, wishes: Wishes): void {
    if (event.key === "Escape") {
      event.stopPropagation();
      wishes.close();
    }
    // Where the panel covers the page, Tab stays in it; beside the page it leads back to it.
    if (event.key !== "Tab" || !matchMedia("(max-width: 480px)").matches) return;
    const root = this.node.getRootNode() as ShadowRoot;
    const all = [...this.node.querySelectorAll<HTMLElement>("button:not([disabled]), a[href], input, select, textarea, [tabindex='0']")].filter(
      (node) => node.offsetParent !== null,
    );
    const [first, last] = [all[0], all.at(-1)];
    const at = root.activeElement;
    if (event.shiftKey && at === first) {
      event.preventDefault();
      last?.focus();
    } else if (!event.shiftKey && at === last) {
      event.preventDefault();
      first?.focus();
    }
  }
}
