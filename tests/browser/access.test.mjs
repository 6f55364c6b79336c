// For everybody: no rule of WCAG 2.2 A and AA that a machine can check is broken, and Tab reaches everything.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { launch, logIn, person, url } from "./browser.mjs";

const axe = readFileSync(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

// What fades in has no colours of its own yet: nothing moves for who would rather have it so.
const still = (options = {}) => person(browser, { reducedMotion: "reduce", ...options });

/** What axe finds on the page as it stands, as lines that say where and why. */
async function faults(page) {
  // Not as a script tag: the pages' own policy rightly refuses foreign scripts.
  await page.evaluate(`${axe}; undefined`);
  const found = await page.evaluate((rules) => globalThis.axe.run(document, { runOnly: rules }), RULES);
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id} at ${node.target.flat().join(" ")}: ${node.failureSummary?.split("\n").slice(1).join(" ")}`));
}

/** A conversation with a question that stands open, and its id. */
async function asks(tenant) {
  const customer = await still();
  await customer.goto(`${url}/demo/${tenant}`);
  await customer.locator("button.launch").click();
  await customer.locator(".panel textarea").fill("My card is lost, what now?");
  await customer.locator('.panel form button[type="submit"]').click();
  await customer.locator(".panel .log .msg.bot").first().waitFor();
  return customer;
}

for (const scheme of ["light", "dark"]) {
  test(`nothing that a machine can find is wrong, ${scheme}`, async () => {
    const customer = await asks("aurinko");
    await customer.emulateMedia({ colorScheme: scheme });
    const told = [];
    const look = async (name, page) => told.push(...(await faults(page)).map((line) => `${name}: ${line}`));
    await look("demo page with the widget open", customer);
    await customer.goto(`${url}/help/aurinko/en`);
    await look("help center", customer);
    await customer.locator("main a[href*='/help/aurinko/en/']").first().click();
    await look("article", customer);

    const agent = await still({ colorScheme: scheme });
    await agent.goto(`${url}/console`);
    await look("login", agent);
    await logIn(agent, "saara@example.com");
    await agent.goto(`${url}/console?view=open`);
    await look("inbox", agent);
    await agent.locator(".row-link").first().click();
    await agent.locator("#conversation").waitFor();
    await look("conversation", agent);
    const escalate = agent.locator('[data-open="escalate"]');
    if (await escalate.isVisible()) {
      await escalate.click();
      await look("escalation", agent);
    }
    for (const path of ["board", "reports", "health", "plugins"]) {
      await agent.goto(`${url}/console/${path}`);
      await look(path, agent);
    }
    assert.deepEqual(told, []);
    await Promise.all([customer, agent].map((page) => page.context().close()));
  });
}

/** Where the focus is: a mark given to each element at its first visit, and whether one can see that it is there. */
const focused = () => {
  let node = document.activeElement;
  while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
  if (!node || node === document.body) return null;
  node.dataset.walked ??= String((globalThis.walked = (globalThis.walked ?? 0) + 1));
  const style = getComputedStyle(node);
  const drawn = (one) => one && (getComputedStyle(one).outlineStyle !== "none" || getComputedStyle(one).boxShadow !== "none");
  const box = node.getBoundingClientRect();
  return {
    mark: node.dataset.walked,
    what: `${node.tagName.toLowerCase()}#${node.id}.${node.className} ${node.textContent.trim().slice(0, 30)}`,
    // A hidden radio shows its focus on the label's face beside it, a field on its frame.
    seen: style.outlineStyle !== "none" || drawn(node.nextElementSibling) || drawn(node.closest(".write, .composer, .big-search, .row, label")),
    onScreen: box.width > 0 && box.height > 0,
  };
};

/** What must be reached: everything visible that one can press, write in or follow. Of a group of radios Tab takes one. */
const missed = () => {
  const all = [];
  const collect = (root) => {
    for (const node of root.querySelectorAll("a[href], button, textarea, select, summary, input:not([type=hidden], [type=radio])")) all.push(node);
    for (const node of root.querySelectorAll("*")) if (node.shadowRoot) collect(node.shadowRoot);
  };
  collect(document);
  const visible = (node) => node.checkVisibility({ visibilityProperty: true }) && !node.disabled && node.tabIndex >= 0;
  return all.filter((node) => visible(node) && !node.dataset.walked).map((node) => node.outerHTML.slice(0, 120));
};

async function walk(page, name) {
  const marks = new Set();
  for (let steps = 0; steps < 400; steps += 1) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate(focused);
    // Past the last one the browser's own frame has the focus for a step, and then the first.
    if (!at) continue;
    if (marks.has(at.mark)) break;
    marks.add(at.mark);
    assert.ok(at.onScreen, `${name}: the focus is nowhere to be seen at ${at.what}`);
    assert.ok(at.seen, `${name}: no sign of the focus at ${at.what}`);
  }
  assert.deepEqual(await page.evaluate(missed), [], `${name}: never reached`);
}

test("Tab reaches everything and shows where it is", async () => {
  const customer = await asks("aurinko");
  // The panel is open still on the next page, and leaves the focus there to who reads it.
  await customer.reload();
  await customer.locator(".panel textarea").waitFor();
  assert.equal(await customer.evaluate(() => document.activeElement === document.body), true);
  await walk(customer, "demo page with the widget open");
  await customer.goto(`${url}/help/aurinko/en`);
  await customer.locator(".panel textarea").waitFor();
  await customer.evaluate(() => document.activeElement?.blur());
  await walk(customer, "help center");
  // On a small screen the panel covers the page: Tab stays in it, Escape leads back.
  await customer.setViewportSize({ width: 390, height: 844 });
  await customer.locator(".panel textarea").focus();
  for (let steps = 0; steps < 40; steps += 1) {
    await customer.keyboard.press("Tab");
    assert.equal(await customer.evaluate(() => document.activeElement.localName), "kerros-widget");
  }
  await customer.keyboard.press("Escape");
  await customer.locator(".panel").waitFor({ state: "hidden" });
  const agent = await still();
  await logIn(agent, "saara@example.com");
  await agent.goto(`${url}/console?view=open`);
  await agent.locator(".row-link").first().click();
  await agent.locator("#conversation").waitFor();
  await agent.evaluate(() => document.activeElement?.blur());
  await walk(agent, "console");
  await agent.goto(`${url}/console/board`);
  await walk(agent, "board");
  await Promise.all([customer, agent].map((page) => page.context().close()));
});

test("whoever strikes keys by chance turns the single letters off", async () => {
  const agent = await still();
  await logIn(agent, "saara@example.com");
  await agent.goto(`${url}/console?view=open`);
  await agent.keyboard.press("?");
  await agent.locator("#keys").waitFor();
  await agent.keyboard.press("Escape");
  await agent.locator('.prefs button[name="letters"][value="off"]').evaluate((button) => button.click());
  await agent.locator('html[data-letters="off"]').waitFor({ state: "attached" });
  await agent.keyboard.press("?");
  await agent.keyboard.press("j");
  assert.equal(await agent.locator("#keys").isVisible(), false);
  assert.equal(await agent.evaluate(() => document.activeElement === document.body), true);
  await agent.context().close();
});
