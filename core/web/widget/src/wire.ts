// The wire: a socket that comes back, a fallback by HTTP where sockets are cut, and an outbox that survives both.
//
// Every own message carries an id made here. It stays in the outbox until the server has acknowledged it,
// which it does only when it is stored; the same id again is one message. What others write is asked for by the
// last sequence seen, so nothing is missed or doubled.

export interface Part {
  part: "button" | "article" | "link";
  label?: string;
  value?: string;
  slug?: string;
  title?: string;
  excerpt?: string;
  url?: string;
  name?: string;
}

export interface FileOf {
  id: string;
  name: string;
  media_type: string;
  bytes: number;
}

export interface Message {
  id: string;
  conversation?: string;
  seq: number;
  author: "contact" | "bot" | "person" | "system";
  name: string;
  text: string;
  parts: Part[];
  files?: FileOf[];
  at_ms: number;
  client_id?: string | null;
}

export interface Standing {
  conversation: string | null;
  state: string;
  opens_at_ms: number | null;
  assignee: string | null;
}

export interface Own {
  type: "message" | "person";
  id: string;
  text?: string;
  at: number;
}

export type Link = "idle" | "connecting" | "on" | "off";

export interface Events {
  message(message: Message): void;
  standing(standing: Standing): void;
  typing(name: string): void;
  acked(id: string): void;
  refused(id: string): void;
  link(state: Link): void;
}

export interface Frame {
  type: string;
  id?: string | null;
  code?: string;
  message?: string;
  name?: string;
  conversation?: string | null;
  retry_after_s?: number | null;
}

const PING = 25_000;
const DEAD = 60_000;
const LONGEST_WAIT = 30_000;
const POLL = 4000;

export const store = (key: string) => ({
  get: (): string | null => {
    try {
      return localStorage.getItem(key);
    } catch {
      return null; // blocked storage: the talk lasts as long as the page
    }
  },
  set: (value: string) => {
    try {
      localStorage.setItem(key, value);
    } catch {
      /* see above */
    }
  },
});

/** An id of our own: a random UUID, also where the page is not a secure context. */
export function freshId(): string {
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("");
}

export class Wire {
  private socket: WebSocket | undefined;
  private tries = 0;
  private sessions = 0;
  private heard = 0;
  private secret: string | null;
  private seq = 0;
  private conversation: string | null = null;
  private outbox: Own[];
  private wanted = false;
  private polling = false;
  private started = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private wake: (() => void) | undefined;
  private readonly kept: ReturnType<typeof store>;
  private readonly box: ReturnType<typeof store>;

  constructor(
    private readonly base: string,
    tenant: string,
    private readonly language: string,
    private readonly events: Events,
  ) {
    this.kept = store(`kerros.${tenant}.secret`);
    this.box = store(`kerros.${tenant}.outbox`);
    this.secret = this.kept.get();
    this.outbox = this.read();
    addEventListener("online", () => this.now());
    document.addEventListener("visibilitychange", () => document.hidden || this.now());
    setInterval(() => this.beat(), PING);
  }

  /** Whether this browser has talked here before. */
  get known(): boolean {
    return !!this.secret;
  }

  /** What is not acknowledged yet, oldest first. */
  get pending(): readonly Own[] {
    return this.outbox;
  }

  /** Connects, and stays so. `start` asks the bot to begin. */
  open(start: boolean): void {
    this.wanted = true;
    this.started ||= start;
    if (this.socket?.readyState === WebSocket.OPEN) {
      if (start) this.begin();
    } else this.now();
  }

  /** Sends, or keeps until it can be sent. */
  say(own: Own): void {
    this.outbox.push(own);
    this.write();
    this.wanted = true;
    this.started = false; // who writes needs no greeting first
    if (!this.post(own)) {
      this.wake?.();
      this.now();
    }
  }

  typing(): void {
    this.send({ type: "typing" });
  }

  /** Sends a frame by HTTP, for one answer; nothing if nobody answers. Nothing is kept: the asker tries again. */
  async ask(frame: object): Promise<Frame | undefined> {
    try {
      await this.session();
      const answer = await fetch(`${this.base}/frames?language=${this.language}`, {
        method: "POST",
        headers: { authorization: `Visitor ${this.secret ?? ""}`, "content-type": "application/json" },
        body: JSON.stringify(frame),
      });
      return (await answer.json()) as Frame;
    } catch {
      return undefined;
    }
  }

  /** A file of this talk; nothing if it cannot be had. */
  async file(id: string): Promise<Blob | undefined> {
    try {
      await this.session();
      const headers = { authorization: `Visitor ${this.secret ?? ""}` };
      const answer = await fetch(`${this.base}/files/${encodeURIComponent(id)}`, { headers });
      return answer.ok ? await answer.blob() : undefined;
    } catch {
      return undefined;
    }
  }

  private begin(): void {
    if (!this.started) return;
    this.started = false;
    this.send({ type: "start", id: freshId() });
  }

  private read(): Own[] {
    try {
      return (JSON.parse(this.box.get() ?? "[]") as Own[]).slice(-50);
    } catch {
      return [];
    }
  }

  private write(): void {
    this.box.set(JSON.stringify(this.outbox));
  }

  private drop(id: string | null | undefined): void {
    this.outbox = this.outbox.filter((own) => own.id !== id);
    this.write();
  }

  private send(frame: object): boolean {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }

  private post(own: Own): boolean {
    return this.send({ type: own.type, id: own.id, ...(own.text === undefined ? {} : { text: own.text }) });
  }

  /** Tries at once. */
  private now(): void {
    if (!this.wanted) return;
    clearTimeout(this.timer);
    this.timer = undefined;
    if (!this.socket || this.socket.readyState > WebSocket.OPEN) void this.connect();
  }

  private later(): void {
    if (!this.wanted || this.timer !== undefined) return;
    const wait = Math.min(500 * 2 ** this.tries, LONGEST_WAIT) * (0.7 + Math.random() * 0.6);
    this.tries += 1;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      void this.connect();
    }, wait);
  }

  private async connect(): Promise<void> {
    if (this.polling || (this.socket && this.socket.readyState <= WebSocket.OPEN)) return;
    this.events.link("connecting");
    try {
      await this.session();
    } catch {
      this.events.link("off");
      this.later();
      return;
    }
    if (this.tries >= 4) {
      // The server answers but sockets do not last: some proxies cut them.
      this.polling = true;
      await this.poll();
      this.polling = false;
      this.later();
      return;
    }
    const socket = new WebSocket(`${this.base.replace(/^http/, "ws")}/socket`);
    this.socket = socket;
    socket.onopen = () => {
      this.heard = Date.now();
      socket.send(
        JSON.stringify({
          type: "hello",
          secret: this.secret,
          after: this.seq,
          conversation: this.conversation,
          language: this.language,
        }),
      );
    };
    socket.onmessage = (event) => {
      this.heard = Date.now();
      this.take(JSON.parse(String(event.data)) as Frame);
    };
    socket.onclose = () => {
      if (this.socket !== socket) return;
      this.socket = undefined;
      this.events.link("off");
      this.later();
    };
  }

  private async session(): Promise<void> {
    if (this.secret && this.sessions > 0) return;
    const answer = await fetch(`${this.base}/session`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ secret: this.secret }),
    });
    if (!answer.ok) throw new Error(String(answer.status));
    const { secret } = (await answer.json()) as { secret: string };
    this.secret = secret;
    this.sessions += 1;
    this.kept.set(secret);
  }

  private beat(): void {
    if (this.socket?.readyState !== WebSocket.OPEN) return;
    if (Date.now() - this.heard > DEAD) this.socket.close();
    else this.send({ type: "ping" });
  }

  private take(frame: Frame): void {
    switch (frame.type) {
      case "welcome":
        this.tries = 0;
        if (frame.conversation !== this.conversation) this.turn(frame.conversation ?? null);
        this.events.link("on");
        this.begin();
        for (const own of this.outbox) this.post(own);
        break;
      case "ack":
        if (frame.id) {
          this.drop(frame.id);
          this.events.acked(frame.id);
        }
        break;
      case "message":
        this.add(frame as unknown as Message);
        break;
      case "state":
        this.events.standing(frame as unknown as Standing);
        break;
      case "typing":
        this.events.typing(frame.name ?? "");
        break;
      case "error":
        this.failed(frame);
        break;
    }
  }

  /** Another conversation counts its own sequence. */
  private turn(conversation: string | null): void {
    this.conversation = conversation;
    this.seq = 0;
  }

  private add(message: Message): void {
    if (message.conversation && message.conversation !== this.conversation) this.turn(message.conversation);
    this.seq = Math.max(this.seq, message.seq);
    if (message.client_id) this.drop(message.client_id);
    this.events.message(message);
  }

  private failed(frame: Frame): void {
    if (frame.code === "malformed" || frame.code === "refused") {
      if (!frame.id) return;
      this.drop(frame.id);
      this.events.refused(frame.id);
    } else {
      setTimeout(() => {
        for (const own of this.outbox) this.post(own);
      }, (frame.retry_after_s ?? 2) * 1000);
    }
  }

  /** A while without a socket: posts what waits, asks for what is new. */
  private async poll(): Promise<void> {
    const authorization = `Visitor ${this.secret ?? ""}`;
    for (let round = 0; round < 15; round += 1) {
      try {
        for (const own of [...this.outbox]) {
          const answer = await fetch(`${this.base}/frames?language=${this.language}`, {
            method: "POST",
            headers: { authorization, "content-type": "application/json" },
            body: JSON.stringify({ type: own.type, id: own.id, text: own.text }),
          });
          this.take((await answer.json()) as Frame);
        }
        const query = new URLSearchParams({ after: String(this.seq) });
        if (this.conversation) query.set("conversation", this.conversation);
        const answer = await fetch(`${this.base}/messages?${query}`, { headers: { authorization } });
        if (!answer.ok) throw new Error(String(answer.status));
        const news = (await answer.json()) as { messages: Message[]; state: Standing | null };
        if (round === 0) this.events.link("on");
        for (const message of news.messages) this.add(message);
        if (news.state) this.events.standing(news.state);
      } catch {
        this.events.link("off");
        return;
      }
      // Until the next round, or until there is something to send.
      await new Promise<void>((done) => {
        this.wake = done;
        setTimeout(done, document.hidden ? POLL * 5 : POLL);
      });
      this.wake = undefined;
    }
    this.tries = 2; // and then the socket again
  }
}
