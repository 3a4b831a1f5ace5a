/** What a browser's own `fetch` wants, and how little it says. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { browser, bundled, type Route, serving } from "./chromium.js";

const HTML = '<!doctype html><title>Fetch</title><link rel="icon" href="data:,"><div id="root"></div><script type="module" src="/fetch-page.js"></script>';
const ANSWER = { id: "inf_1", text: "Hello there" };
const answering: Route = (_, response) => response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(ANSWER));

let chromium: Browser;
let site: Awaited<ReturnType<typeof serving>>;
let stranger: Awaited<ReturnType<typeof serving>>;
let page: Page;
before(async () => {
  const routes = { "/api/run": answering, "/api/v1/inferences": answering };
  site = await serving(new Map([...(await bundled("fetch-page.tsx")), ["/", HTML]]), routes);
  stranger = await serving(new Map(), routes); // it allows no other origin
  chromium = await browser();
  page = await chromium.newPage();
  await page.goto(site.url);
  await page.waitForFunction("window.ask");
});
after(async () => {
  await chromium?.close();
  site?.stop();
  stranger?.stop();
});

const asked = (url: string): Promise<string> => page.evaluate((url) => (globalThis as any).ask(url), url);

test("window.fetch may be given to a client", async () => {
  assert.equal(await asked(site.url), "Hello there");
});

test("window.fetch may be given to a hook", async () => {
  await page.evaluate("show()");
  await page.waitForFunction("document.querySelector('p')?.textContent");
  assert.equal(await page.textContent("p"), "Hello there");
});

test("a server that lets no page of this origin ask it, and one that is down, are told with what to look at", async () => {
  for (const url of [stranger.url, "http://127.0.0.1:4"]) {
    const why = await asked(url);
    assert.ok(why.startsWith(`APIConnectionError: No connection to ${url}: Failed to fetch. A browser does not say why. Look whether`), why);
    assert.match(why, /\(CORS\): its operator sets cors_origins/);
  }
});
