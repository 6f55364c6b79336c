// News from the server: the list is asked for again, the open conversation is asked from where it is.

import htmx from "htmx.org";
import { heardCall, type Called } from "./called";
import { catchUp, openPane } from "./pane";
import { say } from "./words";

interface Focus {
  conversation: string;
  user: string;
  name?: string;
  doing: string;
}

const me = document.body.dataset.me;

let listTimer: number | undefined;

/** Asks for the list again, soon: many news lead to one question. */
function refreshList(): void {
  if (listTimer !== undefined) return;
  listTimer = window.setTimeout(() => {
    listTimer = undefined;
    const refresh = document.querySelector<HTMLElement>("#rows")?.dataset.refresh;
    const searching = document.querySelector("#filters.htmx-request");
    if (!refresh || searching || document.hidden) {
      stale ||= document.hidden;
      return;
    }
    const shown = document.querySelectorAll("#rows .row").length;
    const address = `${refresh}&limit=${Math.max(shown, 50)}`;
    // While somebody types a search, only the list below it is renewed.
    if (document.activeElement?.id === "q")
      void htmx.ajax("get", address, { target: "#queue-scroll", select: "#queue-scroll", swap: "morph:outerHTML" });
    else void htmx.ajax("get", address, { target: "#queue", swap: "morph:innerHTML" });
  }, 400);
}

let stale = false;
const others = new Map<string, { focus: Focus; until: number }>();

function showCollision(): void {
  const bar = document.querySelector<HTMLElement>("#collision");
  const id = openPane()?.dataset.id;
  if (!bar) return;
  const now = Date.now();
  const here = [...others.values()].filter((o) => o.until > now && o.focus.conversation === id);
  const one = here.find((o) => o.focus.doing === "writing") ?? here[0];
  bar.hidden = !one;
  if (one) {
    bar.dataset.doing = one.focus.doing;
    const text = say(one.focus.doing, { name: one.focus.name ?? "?" });
    if (bar.textContent !== text) bar.textContent = text;
  }
}

function heardFocus(focus: Focus): void {
  if (focus.user === me) return;
  const seconds = focus.doing === "left" ? 0 : focus.doing === "writing" ? 8 : 40;
  others.set(focus.user, { focus, until: Date.now() + seconds * 1000 });
  showCollision();
}

let typingUntil = 0;

/** Shows or hides that the customer is writing in the open conversation. */
function showTyping(): void {
  const line = document.querySelector<HTMLElement>("#typing");
  if (line) line.hidden = Date.now() >= typingUntil;
}

function tellFocus(doing: "reading" | "writing" | "left", pane = openPane()): void {
  if (!pane?.dataset.focus) return;
  navigator.sendBeacon(pane.dataset.focus, new URLSearchParams({ doing }));
}

function state(on: boolean): void {
  const line = document.querySelector<HTMLElement>("#live");
  const text = line?.querySelector<HTMLElement>("[data-live-text]");
  if (!line || !text) return;
  text.dataset.on ??= text.textContent ?? "";
  line.dataset.state = on ? "on" : "off";
  line.title = on ? "" : say("offline");
  text.textContent = on ? text.dataset.on : say("offline");
}

export function startLive(): void {
  const address = document.body.dataset.live;
  if (!address) return;
  let source: EventSource;
  let wait = 1000;
  const connect = () => {
    source = new EventSource(address);
    source.onopen = () => {
      wait = 1000;
      state(true);
      // Whatever was missed meanwhile.
      refreshList();
      void catchUp();
    };
    source.onerror = () => {
      state(false);
      // The browser tries again by itself unless the answer was an error.
      if (source.readyState === EventSource.CLOSED) {
        setTimeout(connect, wait + Math.random() * 500);
        wait = Math.min(wait * 2, 30_000);
      }
    };
    source.addEventListener("conversation", (event) => {
      const news = JSON.parse((event as MessageEvent<string>).data) as { conversation: string };
      refreshList();
      if (news.conversation !== openPane()?.dataset.id) return;
      typingUntil = 0;
      showTyping();
      void catchUp();
    });
    source.addEventListener("reset", () => {
      refreshList();
      void catchUp();
    });
    source.addEventListener("called", (event) => heardCall(JSON.parse((event as MessageEvent<string>).data) as Called));
    source.addEventListener("typing", (event) => {
      const { conversation } = JSON.parse((event as MessageEvent<string>).data) as { conversation: string };
      if (conversation !== openPane()?.dataset.id) return;
      typingUntil = Date.now() + 6000;
      showTyping();
    });
    source.addEventListener("focus", (event) => heardFocus(JSON.parse((event as MessageEvent<string>).data) as Focus));
  };
  connect();

  let wrote = 0;
  let before: HTMLElement | null = null;
  const look = () => {
    typingUntil = 0;
    showTyping();
    if (before) tellFocus("left", before);
    before = openPane();
    tellFocus("reading");
    showCollision();
  };
  document.addEventListener("kerros:opened", look);
  if (openPane()) look();
  document.addEventListener("input", (event) => {
    const area = (event.target as Element).closest("#composer textarea");
    const reply = document.querySelector('#composer input[value="reply"]:checked');
    if (area && reply && Date.now() - wrote > 3000) {
      wrote = Date.now();
      tellFocus("writing");
    }
  });
  setInterval(() => document.hidden || tellFocus("reading"), 20_000);
  setInterval(() => {
    showCollision();
    showTyping();
  }, 2000);
  addEventListener("pagehide", () => tellFocus("left"));
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && stale) {
      stale = false;
      refreshList();
    }
  });
}
