// The thread: messages in order, own ones shown at once and settled when they are acknowledged.

import { el, icon } from "./dom";
import type { FileOf, Message, Own, Part } from "./wire";
import type { Words } from "./words";

export interface Deeds {
  answer(value: string): void;
  read(part: Part): void;
  /** Saves a file; false if it cannot be had. */
  save(file: FileOf): Promise<boolean>;
  retry(own: Own): void;
}

const LINK = /https?:\/\/[^\s<>"']+/g;

function linked(text: string): (Node | string)[] {
  const out: (Node | string)[] = [];
  let at = 0;
  for (const found of text.matchAll(LINK)) {
    const address = found[0].replace(/[.,;:!?)\]]+$/, "");
    out.push(text.slice(at, found.index));
    out.push(el("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, address));
    at = found.index + address.length;
  }
  out.push(text.slice(at));
  return out;
}

const safeUrl = (url: string | undefined, base: string): string | undefined => {
  try {
    const there = new URL(url ?? "", base);
    return /^https?:$/.test(there.protocol) ? there.href : undefined;
  } catch {
    return undefined;
  }
};

export class Thread {
  readonly node: HTMLElement;
  private readonly seen = new Set<string>();
  private readonly own = new Map<string, HTMLElement>();
  private lastBy = "";

  constructor(
    private readonly words: Words,
    private readonly base: string,
    private readonly deeds: Deeds,
  ) {
    // When the line under the thread grows, the newest message stays in view.
    new ResizeObserver(() => this.follows && this.toEnd()).observe((this.node = this.box()));
    this.node.addEventListener("scroll", () => (this.follows = this.nearEnd()));
  }

  private follows = true;

  private nearEnd(): boolean {
    const { scrollHeight, scrollTop, clientHeight } = this.node;
    return scrollHeight - scrollTop - clientHeight < 160;
  }

  private box(): HTMLElement {
    const { words } = this;
    return el("div", { class: "log", role: "log", "aria-label": words.log, tabindex: "0", "aria-live": "polite" });
  }

  /** Whether anything has been said. */
  get empty(): boolean {
    return this.seen.size === 0 && this.own.size === 0;
  }

  greet(text: string): void {
    const greeting = el("div", { class: "msg bot greeting" }, el("div", { class: "text" }, text));
    this.node.prepend(greeting);
  }

  /** Adds what came from the server; false if it is known already. */
  add(message: Message): boolean {
    if (this.seen.has(message.id)) return false;
    this.seen.add(message.id);
    const waiting = message.client_id ? this.own.get(message.client_id) : undefined;
    if (waiting) {
      waiting.querySelector(".foot")?.remove();
      this.own.delete(message.client_id ?? "");
      return false;
    }
    this.node.querySelector(".greeting")?.remove();
    this.retire();
    const bubble = this.bubble(message.author, message.name, message.text, message.parts, message.at_ms);
    if (message.files?.length) bubble.append(el("div", { class: "parts" }, ...message.files.map((file) => this.file(file))));
    this.put(bubble);
    return true;
  }

  /** Shows an own message that is on its way. */
  sending(own: Own): void {
    if (this.own.has(own.id)) return;
    const text = own.type === "person" ? this.words.personAsked : (own.text ?? "");
    const bubble = this.bubble(own.type === "person" ? "system" : "contact", "", text, [], own.at);
    if (own.type === "message") bubble.append(el("p", { class: "foot" }, this.words.sending));
    this.own.set(own.id, bubble);
    this.retire();
    this.put(bubble);
  }

  acked(id: string): void {
    this.own.get(id)?.querySelector(".foot")?.remove();
  }

  refused(id: string, own: Own): void {
    const bubble = this.own.get(id);
    if (!bubble) return;
    bubble.querySelector(".foot")?.remove();
    const again = el("button", { type: "button" }, this.words.retry);
    again.onclick = () => {
      bubble.remove();
      this.own.delete(id);
      this.deeds.retry(own);
    };
    bubble.append(el("p", { class: "foot bad", role: "alert" }, this.words.refused, " ", again));
  }

  toEnd(): void {
    this.node.scrollTop = this.node.scrollHeight;
  }

  private put(bubble: HTMLElement): void {
    const follow = this.nearEnd();
    this.node.append(bubble);
    if (follow || bubble.classList.contains("contact")) this.toEnd();
  }

  /** Choices belong to the newest message only. */
  private retire(): void {
    for (const choice of this.node.querySelectorAll<HTMLButtonElement>(".choice")) choice.disabled = true;
  }

  private bubble(author: Message["author"], name: string, text: string, parts: Part[], at: number): HTMLElement {
    const { words } = this;
    const by = author === "contact" ? words.you : name || (author === "bot" ? words.bot : words.system);
    const key = `${author} ${name}`;
    const time = new Date(at);
    const bubble = el(
      "div",
      { class: `msg ${author}${key === this.lastBy ? " same" : ""}`, title: time.toLocaleString() },
      el(
        "p",
        { class: author === "contact" ? "by sr" : "by" },
        el("b", {}, by),
        author === "bot" && name ? el("i", {}, words.bot) : null,
      ),
      el("div", { class: "text" }, ...linked(text)),
    );
    this.lastBy = key;
    const shown = parts.map((part) => this.part(part)).filter((node) => node !== undefined);
    if (shown.length) bubble.append(el("div", { class: "parts" }, ...shown));
    return bubble;
  }

  private file(file: FileOf): HTMLElement {
    const size = file.bytes < 1e6 ? `${Math.max(1, Math.round(file.bytes / 1e3))} kB` : `${(file.bytes / 1e6).toFixed(1)} MB`;
    const note = el("small", {}, size);
    const card = el("button", { type: "button", class: "card" }, icon("file"), el("span", {}, el("b", {}, file.name), note));
    card.onclick = async () => {
      card.disabled = true;
      const saved = await this.deeds.save(file);
      card.disabled = false;
      note.textContent = saved ? size : this.words.fileFailed;
      note.classList.toggle("bad", !saved);
    };
    return card;
  }

  private part(part: Part): HTMLElement | undefined {
    if (part.part === "button") {
      const choice = el("button", { type: "button", class: "choice" }, part.label ?? "");
      choice.onclick = () => this.deeds.answer(part.value ?? part.label ?? "");
      return choice;
    }
    if (part.part === "article") {
      const card = el(
        "button",
        { type: "button", class: "card", title: this.words.read },
        icon("book"),
        el("span", {}, el("b", {}, part.title ?? ""), el("small", {}, part.excerpt ?? "")),
      );
      card.onclick = () => this.deeds.read(part);
      return card;
    }
    const href = safeUrl(part.url, this.base);
    if (!href) return undefined;
    return el("a", { class: "card", href, target: "_blank", rel: "noopener noreferrer" }, icon("out"), el("b", {}, part.name ?? href));
  }
}
