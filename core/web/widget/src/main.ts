// The chat widget: <script src="https://kerros.example/widget/v1.js" data-tenant="aurinko" data-language="fi" defer></script>
//
// Lives in a shadow root, so neither the page's styles nor its scripts' habits reach it. Start reading here, then
// wire.ts (how nothing gets lost), thread.ts (what is shown), panel.ts (what one can do).

import { callForm } from "./callback";
import { el, icon } from "./dom";
import look from "./look.css?text";
import { Panel, inkOn, type Config } from "./panel";
import { article } from "./reader";
import { Thread } from "./thread";
import { Wire, freshId, store, type Message, type Own, type Part } from "./wire";
import { fill, wordsOf } from "./words";

function start(script: HTMLScriptElement): void {
  const tenant = script.dataset.tenant;
  if (!tenant || document.querySelector("kerros-widget")) return;
  const server = new URL(script.src).origin;
  const base = `${server}/widget/${encodeURIComponent(tenant)}`;
  const language = script.dataset.language ?? (document.documentElement.lang || navigator.language);
  const words = wordsOf(language);
  const tongue = language.slice(0, 2).toLowerCase();

  const host = document.createElement("kerros-widget");
  host.dataset.look = script.dataset.theme ?? "auto";
  host.lang = tongue;
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(look);
  root.adoptedStyleSheets = [sheet];

  const session = (key: string, value?: string): string => {
    const name = `kerros.${tenant}.${key}`;
    try {
      if (value !== undefined) sessionStorage.setItem(name, value);
      return sessionStorage.getItem(name) ?? "";
    } catch {
      return "";
    }
  };

  // In which conversation that is not over one has read how far, on whichever page: `c1 7`.
  const talk = store(`kerros.${tenant}.talk`);
  let mark = talk.get() ?? "";
  const newest = { conversation: "", seq: 0 };

  /** Keeps that everything so far is read, or that there is nothing to come. */
  const keep = (over = false) => {
    mark = over ? "" : `${newest.conversation} ${newest.seq}`;
    talk.set(mark);
  };

  /** Whether a message came after what was read. */
  const isNews = ({ conversation, seq }: Message) => {
    const [of, upTo] = mark.split(" ");
    return of !== conversation || seq > Number(upTo);
  };

  const sent = new Map<string, Own>();
  let unread = 0;
  let told = "";
  let standing: string | null = null;
  let wrote = false;

  /** Tells the page that its visitor has written to us here: a help center counts it as a contact. */
  const announce = () => {
    if (!wrote || !standing || standing === told) return;
    told = standing;
    dispatchEvent(new CustomEvent("kerros:conversation", { detail: told }));
  };

  const say = (own: Own) => {
    sent.set(own.id, own);
    thread.sending(own);
    wire.say(own);
  };
  const write = (text: string) => say({ type: "message", id: freshId(), text, at: Date.now() });

  const thread = new Thread(words, server, {
    answer: write,
    retry: (own) => say({ ...own, id: freshId(), at: Date.now() }),
    read: (part) => void read(part),
    save: async (file) => {
      const blob = await wire.file(file.id);
      if (!blob) return false;
      const href = URL.createObjectURL(blob);
      el("a", { href, download: file.name }).click();
      setTimeout(() => URL.revokeObjectURL(href), 60_000);
      return true;
    },
  });

  const panel = new Panel(words, thread.node, {
    send: write,
    call: () => askForCall(),
    person: () => say({ type: "person", id: freshId(), at: Date.now() }),
    close: () => toggle(false),
    typing: () => wire.typing(),
    writing: (text) => session("draft", text),
  });

  const badge = el("span", { class: "unread", hidden: true });
  const launch = el("button", { type: "button", class: "launch", "aria-label": words.open, "aria-expanded": "false" }, icon("chat"), badge);

  const wire = new Wire(base, tenant, tongue, {
    message: (message) => {
      const fresh = thread.add(message);
      if (message.author !== "contact") panel.stopTyping();
      newest.conversation = message.conversation ?? "";
      newest.seq = message.seq;
      if (!panel.node.hidden) keep();
      else if (fresh && message.author !== "contact" && isNews(message)) {
        unread += 1;
        show();
      }
    },
    standing: (now) => {
      standing = now.conversation;
      if (!standing || now.state === "closed") keep(true);
      panel.standing(now, tongue);
      announce();
    },
    typing: (name) => panel.typing(name),
    acked: (id) => {
      thread.acked(id);
      wrote ||= sent.has(id);
      announce();
    },
    refused: (id) => {
      const own = sent.get(id);
      if (own) thread.refused(id, own);
    },
    link: (state) => panel.link(state),
  });

  function show(): void {
    badge.hidden = unread === 0;
    badge.textContent = String(unread);
    const label = panel.node.hidden ? words.open : words.close;
    launch.setAttribute("aria-label", unread ? `${label}, ${fill(words.unread, { n: unread })}` : label);
    launch.setAttribute("aria-expanded", String(!panel.node.hidden));
    launch.replaceChildren(icon(panel.node.hidden ? "chat" : "close"), badge);
  }

  /** Opens or closes the panel. Who is on the page already, reading it, keeps the focus: `quietly`. */
  function toggle(open: boolean, quietly = false): void {
    if (open === !panel.node.hidden) return;
    panel.node.hidden = !open;
    host.toggleAttribute("data-open", open);
    session("open", open ? "1" : "");
    if (open) {
      unread = 0;
      if (newest.seq) keep();
      wire.open(true);
      thread.toEnd();
      if (!quietly) panel.text.focus();
    } else launch.focus();
    show();
  }

  let offer: Config | undefined;

  function askForCall(): void {
    if (!offer?.call) return;
    const form = callForm(words, offer.call, tongue, offer.time_zone, freshId, async (wish) => {
      const answer = await wire.ask(wish);
      if (answer?.type === "ack") return "taken";
      if (answer?.code !== "malformed") return "later";
      return answer.message?.startsWith("not_before") ? "not_before" : "number";
    });
    panel.show(form);
    form.querySelector("input")?.focus();
  }

  async function read(part: Part): Promise<void> {
    const address = new URL(part.url ?? "", server).href;
    try {
      // Another site may not read our pages: there the article opens in a tab of its own.
      if (server !== location.origin) throw new Error("elsewhere");
      panel.read(await article(address), address);
    } catch {
      open(address, "_blank", "noopener");
    }
  }

  async function dress(): Promise<void> {
    const answer = await fetch(`${base}/config.json?language=${tongue}`);
    if (!answer.ok) return;
    const config = (await answer.json()) as Config;
    offer = config;
    if (/^#[0-9a-f]{6}$/i.test(config.accent)) {
      host.style.setProperty("--k-accent", config.accent);
      host.style.setProperty("--k-on", inkOn(config.accent));
    }
    panel.look(config, server);
    if (thread.empty) thread.greet(config.greeting || words.hello);
    root.append(panel.node, launch);
    panel.restore(session("draft"));
    for (const own of wire.pending) {
      sent.set(own.id, own);
      thread.sending(own);
    }
    if (session("open")) {
      toggle(true, true);
    } else if (wire.known && (wire.pending.length || mark)) wire.open(false);
    show();
  }

  launch.onclick = () => toggle(!!panel.node.hidden);
  document.body.append(host);
  Object.assign(window, {
    kerros: {
      open: (text?: string) => {
        toggle(true);
        if (text && !panel.text.value) panel.restore(text);
        panel.text.focus();
      },
      close: () => toggle(false),
    },
  });
  dress().catch(() => host.remove());
}

const script = document.currentScript;
if (script instanceof HTMLScriptElement) {
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", () => start(script));
  else start(script);
}
