// The widget's manners, on the script that is shipped: nothing lost, nothing doubled, nothing run.

import assert from "node:assert/strict";
import { afterEach, before, test } from "node:test";
import { built, page, until } from "./page.mjs";

let script;
let open = [];
before(() => { script = built(); });
afterEach(async () => {
  for (const one of open) await one.close();
  open = [];
});
const visit = (...rest) => {
  const one = page(script, ...rest);
  open.push(one);
  return one;
};

test("it greets, and opening it asks the bot to begin once", async () => {
  const shop = visit();
  await shop.opened();
  assert.deepEqual(shop.texts(), ["Hello there"]);
  assert.equal(shop.server.said("start").length, 1);
  shop.server.cut();
  await until("the socket comes back", () => shop.server.said("hello").length === 2);
  shop.server.welcome("c1");
  assert.equal(shop.server.said("start").length, 1, "not again after a lost connection");
});

test("a message is shown at once, kept until it is acknowledged, and one after a repeat", async () => {
  const shop = visit();
  await shop.opened();
  await shop.writes("Where is my parcel?");
  assert.deepEqual(shop.texts().slice(-1), ["Where is my parcel?"]);
  const [sent] = shop.server.said("message");
  assert.equal(sent.text, "Where is my parcel?");
  assert.ok(shop.one(".foot"), "it says that it is on its way");

  shop.server.cut();
  await until("the socket comes back", () => shop.server.said("hello").length === 2);
  shop.server.welcome(null);
  assert.equal(shop.server.said("message").length, 2, "sent again with");
  assert.equal(shop.server.said("message")[1].id, sent.id, "the same id");
  shop.server.tell({ type: "ack", id: sent.id });
  shop.server.message(3, "Where is my parcel?", { author: "contact", client_id: sent.id });
  assert.equal(shop.texts().filter((text) => text === "Where is my parcel?").length, 1);
  assert.equal(shop.one(".foot"), null);
  assert.equal(JSON.parse(shop.window.localStorage.getItem("kerros.aurinko.outbox")).length, 0);
});

test("what was not acknowledged survives the page", async () => {
  const before = visit();
  await before.opened();
  await before.writes("Still here?");
  const kept = before.storage();
  const after = visit(kept);
  await until("hello", () => after.server.said("hello").length);
  after.server.welcome(null);
  assert.equal(after.server.said("message")[0].text, "Still here?");
  assert.equal(after.server.said("message")[0].id, before.server.said("message")[0].id);
});

test("it asks for what it missed by the last sequence of the conversation", async () => {
  const shop = visit();
  await shop.opened("c1");
  shop.server.message(4, "One");
  shop.server.message(7, "Two");
  shop.server.message(7, "Two");
  assert.deepEqual(shop.texts().slice(-2), ["One", "Two"], "a repeat is shown once");
  shop.server.cut();
  const again = await until("hello again", () => shop.server.said("hello")[1]);
  assert.deepEqual([again.after, again.conversation], [7, "c1"]);
});

test("texts are text, links are only web links", async () => {
  const shop = visit();
  await shop.opened("c1");
  shop.server.message(1, "<img src=x onerror=alert(1)> see https://kerros.example/a. javascript:alert(1)", {
    parts: [
      { part: "link", name: "bad", url: "javascript:alert(1)" },
      { part: "link", name: "good", url: "https://files.example/a.pdf" },
    ],
  });
  assert.equal(shop.one(".msg img"), null);
  const links = shop.all(".msg.person a").map((link) => link.getAttribute("href"));
  assert.deepEqual(links, ["https://kerros.example/a", "https://files.example/a.pdf"]);
});

test("a refused message says so and can be sent again", async () => {
  const shop = visit();
  await shop.opened();
  await shop.writes("Hello");
  const [sent] = shop.server.said("message");
  shop.server.tell({ type: "error", id: sent.id, code: "refused", message: "no" });
  shop.one(".foot.bad button").click();
  const second = shop.server.said("message")[1];
  assert.equal(second.text, "Hello");
  assert.notEqual(second.id, sent.id, "a new message");
});

test("choices belong to the newest message, and pressing one answers", async () => {
  const shop = visit();
  await shop.opened("c1");
  const button = { part: "button", label: "Yes", value: "yes" };
  shop.server.message(1, "Did it help?", { author: "bot", parts: [button] });
  shop.one(".choice").click();
  assert.equal(shop.server.said("message")[0].text, "yes");
  assert.ok(shop.one(".choice").disabled, "not twice");
});

test("what the customer types is told at most every few seconds, never what", async () => {
  const shop = visit();
  await shop.opened();
  const area = shop.one("textarea");
  for (const text of ["H", "He", "Hel"]) {
    area.value = text;
    area.dispatchEvent(new shop.window.Event("input"));
  }
  assert.deepEqual(shop.server.said("typing"), [{ type: "typing" }]);
});

test("the agent's writing is shown until the message comes", async () => {
  const shop = visit();
  await shop.opened("c1");
  shop.server.tell({ type: "typing", name: "Aino" });
  assert.match(shop.one(".now").textContent, /Aino/);
  shop.server.message(2, "Done");
  assert.doesNotMatch(shop.one(".now").textContent, /Aino/);
});

test("an answer to a closed panel is counted, on the next page too; what was read is not", async () => {
  const first = visit();
  await first.opened("c1");
  first.server.message(2, "Where is my parcel?", { author: "contact" });
  first.server.message(3, "Let me look");
  first.one(".launch").click();
  assert.equal(first.one(".unread").hidden, true);
  first.server.message(5, "It is on its way");
  assert.equal(first.one(".unread").textContent, "1");

  // Another page of the shop: closed, but the talk is not over.
  const next = visit(first.storage());
  await until("hello, unasked", () => next.server.said("hello").length);
  next.server.welcome("c1");
  next.server.message(2, "Where is my parcel?", { author: "contact" });
  next.server.message(3, "Let me look");
  next.server.message(5, "It is on its way");
  assert.equal(next.server.said("start").length, 0, "nobody asked the bot to begin");
  assert.equal(next.one(".unread").textContent, "1", "history is no news");
  next.server.message(7, "Tomorrow at ten");
  assert.equal(next.one(".unread").textContent, "2");
  assert.match(next.one(".launch").getAttribute("aria-label"), /2/);
  next.one(".launch").click();
  assert.equal(next.one(".unread").hidden, true);

  const third = visit(next.storage());
  await until("hello, unasked", () => third.server.said("hello").length);
  third.server.welcome("c1");
  for (const seq of [3, 5, 7]) third.server.message(seq, `${seq}`);
  assert.equal(third.one(".unread").hidden, true, "read on another page");

  // Once it is over, pages connect no more by themselves.
  third.server.tell({ type: "state", conversation: null, state: "closed", opens_at_ms: null, assignee: null });
  const last = visit(third.storage());
  await until("the launcher", () => last.one(".launch"));
  assert.equal(last.server.sockets.length, 0);
});

test("where sockets are cut it posts and asks instead: nothing lost, nothing doubled", async () => {
  const shop = visit(new Map(), "en", null, { haste: 500 });
  shop.server.cuts = true;
  const said = [];
  shop.server.news = (after) => {
    const messages = said.filter((message) => message.seq > after);
    return { conversation: "c1", messages, state: { conversation: "c1", state: "assigned", opens_at_ms: null, assignee: "Aino" } };
  };
  (await until("the launcher", () => shop.one(".launch"))).click();
  await shop.writes("Where is my parcel?");
  const frame = await until("it is posted", () => shop.server.asked[0]);
  assert.equal(frame.text, "Where is my parcel?");
  assert.equal(shop.server.authorizations[0], `Visitor ${"5".repeat(64)}`);
  said.push(shop.server.frame(2, frame.text, { author: "contact", client_id: frame.id }));
  said.push(shop.server.frame(3, "Let me look"));
  await until("the answer", () => shop.texts().includes("Let me look"));
  assert.equal(shop.texts().filter((text) => text === frame.text).length, 1);
  assert.equal(shop.one(".foot"), null, "acknowledged");
  assert.equal(JSON.parse(shop.window.localStorage.getItem("kerros.aurinko.outbox")).length, 0);
  const later = await until("it asks for what is new", () => shop.server.polls.find((poll) => poll.after === "3"));
  assert.equal(later.conversation, "c1");
  await shop.writes("Thanks");
  await until("the next one is posted", () => shop.server.asked.length >= 2);
  assert.equal(shop.server.asked[1].text, "Thanks");
  assert.equal(shop.server.asked.length, 2, "each once");
});

for (const [language, label] of [["fi", /Avaa|Keskustel/], ["sv", /Öppna|chatt/i], ["en", /Open|chat/i]]) {
  test(`it speaks ${language}`, async () => {
    const shop = visit(new Map(), language);
    const launch = await until("the launcher", () => shop.one(".launch"));
    assert.match(launch.getAttribute("aria-label"), label);
  });
}

const HOUR = 3_600_000;
const callable = (language = "en", open = true) => {
  const now = Math.ceil(Date.now() / HOUR) * HOUR;
  return visit(new Map(), language, { open, hours: [[now, now + 2 * HOUR], [now + 24 * HOUR, now + 25 * HOUR]] });
};
const fill = (shop, selector, value) => {
  const field = shop.one(selector);
  field.value = value;
  field.dispatchEvent(new shop.window.Event("change"));
};
const press = (shop) => shop.one("form.call").dispatchEvent(new shop.window.Event("submit", { cancelable: true }));
const askForm = async (shop) => {
  await shop.opened();
  [...shop.all(".under button")].find((button) => !button.hidden && /Call me|Pyydä soitto|Ring mig/.test(button.textContent)).click();
  return until("the form", () => shop.one("form.call"));
};

test("where nobody calls, no call is offered", async () => {
  const shop = visit();
  await shop.opened();
  assert.ok(shop.all(".under button").find((button) => button.textContent === "Call me").hidden);
});

test("a call is asked for once, with a number, a name and a time", async () => {
  const shop = callable();
  await askForm(shop);
  assert.equal(shop.shadow().activeElement?.id, "c-number", "one can type at once");
  fill(shop, "#c-number", "040 123 4567");
  fill(shop, "#c-name", " Aino ");
  const days = [...shop.one("#c-day").querySelectorAll("option")];
  assert.equal(days[0].textContent, "As soon as possible");
  fill(shop, "#c-day", days.at(-1).value);
  assert.equal(shop.one("#c-time").hidden, false);
  const time = shop.one("#c-time").querySelectorAll("option")[1].value;
  fill(shop, "#c-time", time);
  press(shop);
  await until("thanks", () => shop.one(".call[role='status']"));
  assert.equal(shop.server.asked.length, 1);
  const [wish] = shop.server.asked;
  assert.deepEqual([wish.type, wish.number, wish.name, wish.not_before], ["call", "040 123 4567", "Aino", Number(time)]);
  assert.equal(Number(time) % (HOUR / 2), 0);
  assert.match(shop.one(".call").textContent, /040 123 4567/);
});

test("what is wrong with a wish is said at its field, and nothing typed is lost", async () => {
  const shop = callable();
  await askForm(shop);
  for (const [number, said] of [["", /Write the number/], ["call me", /Check the number/], ["12", /Check the number/]]) {
    fill(shop, "#c-number", number);
    press(shop);
    assert.match(shop.one(".wrong").textContent, said, number);
    assert.ok(shop.one("#c-number").hasAttribute("aria-invalid"));
  }
  assert.equal(shop.server.asked.length, 0, "no need to ask for that");
  fill(shop, "#c-number", "0600 123 456");
  shop.server.answer = (frame) => ({ type: "error", id: frame.id, code: "malformed", message: "number: that number is not called" });
  press(shop);
  await until("the server's word", () => /cannot call/.test(shop.one(".wrong").textContent) && !shop.one(".wrong").hidden);
  const [{ id }] = shop.server.asked;
  shop.server.refuse = true;
  press(shop);
  await until("no connection", () => /could not be sent/.test(shop.one(".wrong").textContent));
  assert.equal(shop.one("#c-number").value, "0600 123 456");
  shop.server.refuse = false;
  shop.server.answer = (frame) => ({ type: "ack", id: frame.id });
  fill(shop, "#c-number", "040 123 4567");
  press(shop);
  await until("thanks", () => shop.one(".call[role='status']"));
  assert.notEqual(shop.server.asked.at(-1).id, id, "another number is another wish");
});

for (const [language, soon] of [["fi", /Kun aukeamme/], ["sv", /När vi öppnar/], ["en", /When we open/]]) {
  test(`closed now, it says when it opens in ${language}`, async () => {
    const shop = callable(language, false);
    await askForm(shop);
    assert.match(shop.one("#c-day option").textContent, soon);
  });
}
