// A mail as an agent meets it: its HTML in a frame that tells its sender nothing, its files, an answer with a file.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { launch, logIn, person, picture, url } from "./browser.mjs";

let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

/** A blue square of one pixel. */
const png = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPj/HwADBwIAMCbHYQAAAABJRU5ErkJggg==", "base64");

const folded = (bytes) => bytes.toString("base64").replace(/(.{76})/g, "$1\r\n");

function mail(subject, name) {
  // Pictures at the end are taken for a signature, so these stand at the beginning.
  const html = `<html><body style="color:red"><p><img src="cid:logo@example.fi" alt="Logo" width="48" height="48"></p>
    <script>document.title = "stolen"; fetch("https://track.example/script")</script>
    <p><img src="https://track.example/open.gif?who=1" width="1" height="1" alt=""><img src="https://track.example/banner.png" alt="Banner" width="320" height="60"></p>
    <p>Hi! My <b>lunch balance</b> is wrong since Monday, see the <a href="https://aurinko.example/balance">balance page</a>.</p>
    <table><tr><th>Day</th><th>Shown</th><th>Right</th></tr><tr><td>Monday</td><td>0.00 €</td><td>14.00 €</td></tr><tr><td>Tuesday</td><td>0.00 €</td><td>28.00 €</td></tr></table>
    <p>Can you mend it before lunch?</p></body></html>`;
  return [
    "Authentication-Results: mx.aurinko.example; spf=pass smtp.mailfrom=example.fi; dkim=pass header.d=example.fi; dmarc=pass header.from=example.fi",
    `Message-ID: <${Date.now()}.${Math.random()}@example.fi>`,
    "Date: Sat, 28 Nov 2026 09:00:00 +0200",
    `From: ${name} <maija.${name.split(" ")[1]}@example.fi>`,
    "To: help@aurinko.example",
    "Cc: Olli Virtanen <olli@example.fi>",
    `Subject: ${subject}`,
    "MIME-Version: 1.0",
    'Content-Type: multipart/mixed; boundary="outer"',
    "", "--outer", 'Content-Type: multipart/related; boundary="inner"',
    "", "--inner", 'Content-Type: text/html; charset="utf-8"', "Content-Transfer-Encoding: base64",
    "", folded(Buffer.from(html)),
    "--inner", 'Content-Type: image/png; name="logo.png"', "Content-ID: <logo@example.fi>", "Content-Disposition: inline", "Content-Transfer-Encoding: base64",
    "", folded(png), "--inner--", "",
    "--outer", 'Content-Type: application/pdf; name="receipt.pdf"', 'Content-Disposition: attachment; filename="receipt.pdf"', "Content-Transfer-Encoding: base64",
    "", folded(Buffer.from("%PDF-1.4 a receipt")), "--outer--", "",
  ].join("\r\n");
}

test("a mail's pictures wait for the agent, its files open, and an answer takes a file along", async () => {
  const [subject, name] = [`Wrong balance (${Date.now()})`, `Maija ${Date.now()}`];
  const secret = readFileSync(`${process.env.KERROS_DATA}/secrets/aurinko/mail_in`, "utf8").trim();
  const agent = await person(browser);
  // Whatever the page asks of the sender's server, it asks here.
  const asked = [];
  await agent.context().route("https://track.example/**", (route) => {
    asked.push(new URL(route.request().url()).pathname);
    return route.fulfill({ contentType: "image/png", body: png });
  });
  const brought = await agent.request.post(`${url}/hooks/aurinko/mail`, {
    headers: { "content-type": "message/rfc822", authorization: `Bearer ${secret}` }, data: mail(subject, name),
  });
  assert.ok(brought.ok(), await brought.text());

  await logIn(agent, "aino@example.com");
  await agent.goto(`${url}/console?view=open`);
  await agent.locator(".row-link", { hasText: name }).click();
  const message = agent.locator(".msg", { hasText: subject });
  await message.getByText("SPF pass").waitFor();
  await message.getByText("olli@example.fi").first().waitFor();

  const frame = message.frameLocator(".mail-frame");
  await frame.getByText("balance page").waitFor();
  // The inline picture came with the mail, from our own server.
  const logo = frame.locator('img[alt="Logo"]');
  await logo.waitFor();
  assert.ok(await logo.evaluate((img) => img.complete && img.naturalWidth > 0), "the inline picture is shown");
  assert.deepEqual(asked, [], "nothing was asked of the sender's server");
  assert.ok(await agent.locator(".mail-frame").evaluate((el) => el.clientHeight > 120), "the frame is as high as its mail");
  await picture(agent, "mail-blocked");

  await message.getByText("Show pictures").click();
  await frame.locator('img[alt="Banner"][src]').waitFor();
  await frame.locator('img[alt="Banner"]').evaluate((img) => img.complete || new Promise((done) => { img.onload = done; }));
  assert.deepEqual(asked.sort(), ["/banner.png", "/open.gif"], "pictures, and no script");
  await picture(agent, "mail-pictures");

  const [saved] = await Promise.all([agent.waitForEvent("download"), message.getByText("receipt.pdf").click()]);
  assert.equal(readFileSync(await saved.path(), "utf8"), "%PDF-1.4 a receipt");

  // The answer: copies as the customer had them, a file with its progress.
  assert.equal(await agent.locator('#composer input[name="copies"]').inputValue(), "olli@example.fi");
  await agent.locator("#attach").setInputFiles({ name: "guide.txt", mimeType: "text/plain", buffer: Buffer.from("Step one.") });
  await agent.locator('.chip[data-state="kept"]').getByText("guide.txt").waitFor();
  await agent.locator("#composer textarea").fill("Your balance is right again. The guide is attached.");
  await picture(agent, "mail-composer");
  await agent.locator("#composer textarea").press("Control+Enter");
  const answer = agent.locator(".msg-person", { hasText: "Your balance is right again" });
  const link = answer.getByText("guide.txt");
  await link.waitFor();
  const file = await agent.request.get(new URL(await link.getAttribute("href"), url).href);
  assert.equal(await file.text(), "Step one.");
  assert.match(file.headers()["content-disposition"], /^attachment/);
  assert.equal(await agent.locator(".chip").count(), 0, "the box is empty again");

  // There is no mail server behind this demo: the answer says so itself, live.
  await answer.locator(".delivery").waitFor();
  // The answer to the action and the live update both tell of it; it is shown once.
  assert.equal(await agent.locator("#timeline").getByText("Aino Agent took it").count(), 1);
  await picture(agent, "mail-answered");
  assert.deepEqual(agent.faults, []);
  await agent.context().close();

  const dark = await person(browser, { colorScheme: "dark" });
  await logIn(dark, "aino@example.com");
  await dark.goto(`${url}/console?view=mine`);
  await dark.locator(".row-link", { hasText: name }).click();
  await dark.locator(".msg", { hasText: subject }).frameLocator(".mail-frame").getByText("balance page").waitFor();
  await picture(dark, "mail-dark");
  assert.deepEqual(dark.faults, []);
  await dark.context().close();
});
