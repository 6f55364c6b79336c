// A file on its way from an agent's reply box to a visitor of the widget.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { launch, logIn, person, picture, url } from "./browser.mjs";

let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

test("an agent's file reaches the visitor, who saves it", async () => {
  const customer = await person(browser);
  await customer.goto(`${url}/demo/aurinko`);
  await customer.locator("button.launch").click();
  const question = `Can you send me the guide? (${Date.now()})`;
  await customer.locator(".panel textarea").fill(question);
  await customer.locator('.panel form button[type="submit"]').click();
  await customer.locator(".panel .log").getByText(question).first().waitFor();

  const agent = await person(browser);
  await logIn(agent, "aino@example.com");
  await agent.goto(`${url}/console?view=open`);
  const newest = await agent.request.get(`${url}/api/v1/conversations?tenant=aurinko&order=newest&limit=1`);
  const { id } = (await newest.json()).items[0];
  await agent.locator(`.row-link[data-conversation="${id}"]`).click();
  await agent.locator("#timeline").getByText(question).waitFor();
  await agent.locator("#attach").setInputFiles({ name: "guide.txt", mimeType: "text/plain", buffer: Buffer.from("Step one.") });
  await agent.locator('.chip[data-state="kept"]').waitFor();
  await agent.locator("#composer textarea").fill("Of course, here it is.");
  await agent.locator("#composer textarea").press("Control+Enter");

  const card = customer.locator(".panel .card", { hasText: "guide.txt" });
  await card.waitFor();
  await picture(customer, "widget-file");
  const [saved] = await Promise.all([customer.waitForEvent("download"), card.click()]);
  assert.equal(saved.suggestedFilename(), "guide.txt");
  assert.equal(readFileSync(await saved.path(), "utf8"), "Step one.");
  assert.deepEqual([...customer.faults, ...agent.faults], []);
  await Promise.all([customer, agent].map((page) => page.context().close()));
});
