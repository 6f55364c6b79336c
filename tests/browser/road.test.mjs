// The one road, as people walk it: a customer asks, a bot answers, an agent helps, an expert decides.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { cuttable, launch, logIn, person, picture, speak, url } from "./browser.mjs";

let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

const widget = (page) => ({
  open: () => page.locator("button.launch").click(),
  say: async (text) => {
    await page.locator(".panel textarea").fill(text);
    await page.locator('.panel form button[type="submit"]').click();
  },
  sees: (text) => page.locator(".panel .log").getByText(text).first().waitFor(),
  log: () => page.locator(".panel .log").innerText(),
});

test("a question goes from the bot over an agent to an expert and back", async () => {
  const customer = await person(browser);
  await customer.goto(`${url}/demo/aurinko`);
  const chat = widget(customer);
  await chat.open();
  const question = `How do I change the PIN of my card? (${Date.now()})`;
  await chat.say(question);
  await chat.sees(question);
  await customer.locator(".panel .log .card").first().waitFor();
  await picture(customer, "widget-bot");

  // An article opens inside the panel and closes again.
  const card = customer.locator(".panel .log .card").first();
  const title = await card.locator("b").innerText();
  await card.click();
  await customer.locator(".panel .reader").getByRole("heading", { name: title }).first().waitFor();
  await picture(customer, "widget-article");
  await customer.locator(".panel .bar button").click();
  await customer.locator(".panel .reader").waitFor({ state: "detached" });
  await chat.sees(question);

  await customer.locator(".panel .under button").first().click();
  const more = "My card is lost and I still see purchases on it.";
  await chat.say(more);
  await chat.sees(more);

  const agent = await person(browser);
  await logIn(agent, "aino@example.com");
  await agent.goto(`${url}/console?view=open`);
  const newest = await agent.request.get(`${url}/api/v1/conversations?tenant=aurinko&order=newest&limit=1`);
  const { id } = (await newest.json()).items[0];
  await agent.locator(`.row-link[data-conversation="${id}"]`).click();
  await agent.locator("#timeline").getByText(question).waitFor();
  await agent.locator("#composer textarea").fill("I will block the card right away.");
  await agent.locator("#composer textarea").press("Control+Enter");
  await chat.sees("I will block the card right away.");
  await picture(agent, "console-agent");

  // Live, without a reload: what the customer writes next is on the agent's screen.
  await chat.say("Thank you! What about the purchases?");
  await agent.locator("#timeline").getByText("What about the purchases?").waitFor();

  // Escalation asks for the briefing.
  await agent.locator('[data-open="escalate"]').click();
  await picture(agent, "console-escalate");
  for (const field of await agent.locator("#escalate textarea[required]:visible").all()) {
    await field.fill("The card was lost on Monday; purchases on Tuesday are not the customer's.");
  }
  await agent.locator("#escalate .dialog-foot .btn-primary").click();
  await agent.locator("#escalate").waitFor({ state: "hidden" });

  const expert = await person(browser);
  await logIn(expert, "elina@example.com");
  // Under Escalated, in the experts' office hours and outside them.
  await expert.goto(`${url}/console`);
  await expert.locator(`.row-link[data-conversation="${id}"]`).click();
  await expert.locator("#briefing").getByText("purchases on Tuesday").first().waitFor();
  await picture(expert, "console-expert");
  await expert.locator("#composer textarea").fill("The purchases are refunded within three days.");
  await expert.locator("#composer textarea").press("Control+Enter");
  await chat.sees("The purchases are refunded within three days.");
  await picture(customer, "widget-person");

  // The expert gives it back with a reason, and the agent, who is there, resolves it.
  await expert.locator('[data-open="hand-back"]').click();
  await expert.locator('#hand-back textarea[name="reason"]').fill("Decided: refund. Please close the case with the customer.");
  await expert.locator("#hand-back .dialog-foot .btn-primary").click();
  await agent.locator("#timeline").getByText("Decided: refund").waitFor();
  await agent.locator('[data-key="R"]').click();
  const dialog = agent.locator("#resolve");
  if (await dialog.isVisible()) {
    await dialog.locator(".tag-choices label").first().click();
    await dialog.locator(".dialog-foot .btn-primary").click();
  }
  await agent.locator('#head[data-state="resolved"]').waitFor();
  const solved = await (await agent.request.get(`${url}/api/v1/conversations/${id}`)).json();
  assert.deepEqual([solved.resolution.layer, solved.resolution.solved], ["first-line", "by_person"]);

  for (const [who, page] of Object.entries({ customer, agent, expert })) {
    assert.deepEqual(page.faults, [], `${who}: errors on the page`);
  }
  await Promise.all([customer, agent, expert].map((page) => page.context().close()));
});

test("the widget survives a reload and a lost connection, and doubles nothing", async () => {
  const customer = await person(browser, { viewport: { width: 390, height: 844 } });
  const cut = await cuttable(customer);
  await customer.goto(`${url}/demo/vuori`);
  const chat = widget(customer);
  await chat.open();
  await chat.say("Where is my order 12345?");
  await chat.sees("Where is my order 12345?");
  await customer.reload();
  await chat.sees("Where is my order 12345?").catch(async () => { await chat.open(); await chat.sees("Where is my order 12345?"); });

  // The connection goes; each side writes; it comes back, and without a reload both have everything once.
  const agent = await person(browser);
  await logIn(agent, "aino@example.com");
  const newest = await agent.request.get(`${url}/api/v1/conversations?tenant=vuori&order=newest&limit=1`);
  const { id } = (await newest.json()).items[0];
  await cut.now();
  await chat.say("Written without a connection");
  await chat.sees("Written without a connection");
  assert.equal(await customer.locator(".panel .msg.contact .foot").count(), 1, "it says that it is on its way");
  const said = await agent.request.post(`${url}/api/v1/conversations/${id}/messages`, {
    data: { text: "Answered meanwhile" }, headers: { origin: url },
  });
  assert.equal(said.ok(), true, await said.text());
  await cut.over();
  await chat.sees("Answered meanwhile");
  await customer.locator(".panel .msg.contact .foot").waitFor({ state: "detached" });
  const kept = await (await agent.request.get(`${url}/api/v1/conversations/${id}/messages?limit=100`)).json();
  for (const text of ["Written without a connection", "Answered meanwhile"]) {
    assert.equal((await chat.log()).split(text).length - 1, 1, text);
    assert.equal(kept.items.filter((message) => message.text === text).length, 1, text);
  }
  await picture(customer, "widget-mobile");
  assert.deepEqual(customer.faults, []);
  await Promise.all([customer, agent].map((page) => page.context().close()));
});

test("the console is reachable by keyboard, in three languages, light and dark", async () => {
  const agent = await person(browser, { colorScheme: "dark" });
  await logIn(agent, "aino@example.com");
  await agent.goto(`${url}/console?view=open`);
  await agent.locator(".row-link").first().waitFor();
  await agent.keyboard.press("j");
  await agent.keyboard.press("Enter");
  await agent.locator("#conversation").waitFor();
  await picture(agent, "console-dark");
  for (const language of ["fi", "sv", "en"]) {
    await speak(agent.context(), language);
    await agent.goto(`${url}/console?view=open`);
    assert.equal(await agent.locator("html").getAttribute("lang"), language);
  }
  await agent.goto(`${url}/console/board`);
  await picture(agent, "board-dark");
  assert.deepEqual(agent.faults, []);
  await agent.context().close();
});
