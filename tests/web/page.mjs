// A page with the built widget on it, and a server made of a few functions: no browser, no network.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Window } from "happy-dom";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The widget as the binary has it. */
export function built() {
  const folder = mkdtempSync(join(tmpdir(), "kerros-web-"));
  try {
    execFileSync(process.execPath, [join(root, "core/web/assets/build.mjs"), folder], { stdio: "pipe" });
    return readFileSync(join(folder, "widget.js"), "utf8");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Waits for what the page does next; fails after two seconds. */
export async function until(what, found) {
  for (const end = Date.now() + 2000; Date.now() < end; ) {
    const value = found();
    if (value) return value;
    await new Promise((done) => setTimeout(done, 5));
  }
  throw new Error(`never came: ${what}`);
}

/** The server's end of sockets: frames that came, and a way to answer. */
class Server {
  frames = [];
  sockets = [];
  asked = [];
  answer = (frame) => ({ type: "ack", id: frame.id });
  refuse = false;
  /** Sockets open and break at once, as behind a proxy that cuts them. */
  cuts = false;
  /** What came by HTTP: who says the frames above, and after what messages were asked for. */
  authorizations = [];
  polls = [];
  /** The messages after a sequence, and how the conversation stands, for who asks by HTTP. */
  news = () => ({ conversation: null, messages: [], state: null });
  get socket() {
    return this.sockets.at(-1);
  }
  said(type) {
    return this.frames.filter((frame) => frame.type === type);
  }
  tell(frame) {
    this.socket.onmessage?.({ data: JSON.stringify(frame) });
  }
  welcome(conversation = null) {
    this.tell({ type: "welcome", thread: "w-1", conversation });
  }
  frame(seq, text, more = {}) {
    return {
      type: "message", id: `m${seq}`, conversation: "c1", seq, author: "person", name: "Aino", text, parts: [],
      at_ms: 1_795_341_600_000, client_id: null, ...more,
    };
  }
  message(seq, text, more = {}) {
    this.tell(this.frame(seq, text, more));
  }
  /** `POST /frames` and `GET /messages`; undefined for every other address. */
  http(address, init) {
    const { pathname, searchParams } = new URL(address);
    if (pathname.endsWith("/frames")) {
      const frame = JSON.parse(init.body);
      this.asked.push(frame);
      this.authorizations.push(init.headers.authorization);
      return this.answer(frame);
    }
    if (!pathname.endsWith("/messages")) return undefined;
    this.polls.push(Object.fromEntries(searchParams));
    return this.news(Number(searchParams.get("after")));
  }
  cut() {
    this.socket.readyState = 3;
    this.socket.onclose?.({});
  }
}

/** `haste` makes the page's own waits so many times shorter. */
export function page(script, storage = new Map(), language = "en", call = null, { haste = 1 } = {}) {
  const window = new Window({ url: "https://shop.example/", console: undefined });
  const server = new Server();
  window.fetch = async (address, init) => {
    if (server.refuse) throw new TypeError("no network");
    const answer = server.http(String(address), init);
    if (answer) return { ok: true, status: 200, json: async () => answer };
    const body = String(address).includes("config.json")
      ? { title: "Help", greeting: "Hello there", accent: "#ffcc00", language, help: "/help/aurinko/en", time_zone: "Europe/Helsinki", call }
      : { secret: "5".repeat(64), thread: "w-1" };
    return { ok: true, status: 200, json: async () => body };
  };
  window.WebSocket = class {
    static OPEN = 1;
    readyState = 0;
    constructor(url) {
      this.url = url;
      server.sockets.push(this);
      setTimeout(() => {
        if (server.cuts) return this.close();
        this.readyState = 1;
        this.onopen?.({});
      });
    }
    send(text) {
      server.frames.push(JSON.parse(text));
    }
    close() {
      this.readyState = 3;
      this.onclose?.({});
    }
  };
  for (const [key, value] of storage) window.localStorage.setItem(key, value);
  const tag = window.document.createElement("script");
  tag.setAttribute("data-tenant", "aurinko");
  tag.setAttribute("data-language", language);
  Object.defineProperty(tag, "src", { value: "https://kerros.example/widget/v1.js" });
  Object.defineProperty(window.document, "currentScript", { value: tag });
  Object.defineProperty(window.document, "readyState", { value: "complete" });
  const names = [
    "window", "document", "navigator", "location", "localStorage", "sessionStorage", "fetch", "WebSocket", "HTMLScriptElement",
    "setTimeout", "clearTimeout", "setInterval", "CSSStyleSheet", "ResizeObserver", "CustomEvent", "addEventListener", "dispatchEvent", "open", "HTMLElement",
  ];
  const given = {
    window, document: window.document, navigator: window.navigator, location: window.location, localStorage: window.localStorage,
    sessionStorage: window.sessionStorage, fetch: window.fetch, WebSocket: window.WebSocket, HTMLScriptElement: window.HTMLScriptElement,
    setTimeout: (work, wait = 0) => window.setTimeout(work, wait / haste), clearTimeout: window.clearTimeout.bind(window), setInterval: window.setInterval.bind(window),
    CSSStyleSheet: window.CSSStyleSheet, ResizeObserver: window.ResizeObserver, CustomEvent: window.CustomEvent,
    addEventListener: window.addEventListener.bind(window), dispatchEvent: window.dispatchEvent.bind(window),
    open: () => {}, HTMLElement: window.HTMLElement,
  };
  new Function(...names, script)(...names.map((name) => given[name]));
  const shadow = () => window.document.querySelector("kerros-widget")?.shadowRoot;
  return {
    window,
    server,
    shadow,
    one: (selector) => shadow()?.querySelector(selector),
    all: (selector) => [...(shadow()?.querySelectorAll(selector) ?? [])],
    texts: () => [...(shadow()?.querySelectorAll(".msg .text") ?? [])].map((node) => node.textContent),
    /** Opens the panel and is connected. */
    async opened(conversation) {
      (await until("the launcher", () => shadow()?.querySelector(".launch"))).click();
      await until("hello", () => server.said("hello").length);
      server.welcome(conversation);
    },
    async writes(text) {
      const area = shadow().querySelector("textarea");
      area.value = text;
      area.dispatchEvent(new window.Event("input"));
      shadow().querySelector("form").dispatchEvent(new window.Event("submit", { cancelable: true }));
    },
    storage: () => new Map(Object.keys(window.localStorage).map((key) => [key, window.localStorage.getItem(key)])),
    close: () => window.happyDOM.abort(),
  };
}
