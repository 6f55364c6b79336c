// A headless Chromium and small words for what people do in it.

import { mkdirSync } from "node:fs";
import { chromium } from "playwright-core";

export const url = process.env.KERROS_URL ?? "http://127.0.0.1:8080";
/** Where pictures go; the README shows one of them. */
export const pictures = process.env.KERROS_PICTURES ?? "target/test-logs/pictures";
mkdirSync(pictures, { recursive: true });

export async function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ],
  });
}

/** A person with a browser of their own. Errors on its pages are collected in `faults`. */
export async function person(browser, options = {}) {
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 }, locale: "en-GB", timezoneId: "Europe/Helsinki", ...options,
  });
  await speak(context, "en");
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  page.faults = [];
  page.on("pageerror", (error) => page.faults.push(String(error)));
  page.on("console", (line) => {
    // A lost connection is something the tests make on purpose.
    if (line.type() === "error" && !/ERR_INTERNET_DISCONNECTED|Failed to load resource/.test(line.text())) page.faults.push(line.text());
  });
  return page;
}

/** A page whose connection can be cut: open sockets break, new ones and requests fail until it is over. */
export async function cuttable(page) {
  let gone = false;
  const open = new Set();
  await page.routeWebSocket(/\/socket$/, (socket) => {
    if (gone) return socket.close({ code: 1001 });
    open.add(socket);
    socket.connectToServer();
  });
  return {
    now: async () => {
      gone = true;
      await page.context().setOffline(true);
      for (const socket of open) await socket.close({ code: 1001 });
      open.clear();
    },
    over: async () => {
      gone = false;
      await page.context().setOffline(false);
    },
  };
}

/** Chooses a language, as the switch on every page does. */
export const speak = (context, language) =>
  context.addCookies([{ name: "kerros_language", value: language, url }]);

export async function logIn(page, email) {
  await page.goto(`${url}/console`);
  await page.locator('input[name="email"]').fill(email);
  await page.locator('input[name="password"]').fill("kerros-demo");
  await page.locator("form button.btn-primary").click();
  await page.locator("#queue").waitFor();
}

export const picture = (page, name) => page.screenshot({ path: `${pictures}/${name}.png` });
