/**
 * The scenarios in Chromium: all but those that need an environment, a file, a proxy or a clock of their own.
 * `known-failing.txt` names those that are to fail; they run too, and one that passes is red.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { alone, scenarios } from "../conformance/runner.js";
import { emulator, PACKAGE } from "../support.js";
import { browser, bundled, serving } from "./chromium.js";

const AT_ONCE = 12;

const wanted = process.env.AISTRALE_SCENARIO;
const HERE = join(PACKAGE, "tests/browser");
const ALL = scenarios().filter(
  (each) => !alone(each) && !each.client?.proxy && (!wanted || new RegExp(wanted).test(each.name)),
);
const FAILING = new Set(
  readFileSync(join(HERE, "known-failing.txt"), "utf8").split("\n").map((line) => line.replace(/#.*/, "").trim()).filter(Boolean),
);
/** What Chromium has not handed over yet when a connection breaks it gives away: now it is this, now that. */
const RACES = /^(cut-stream-tool-call|export-cut|feed-waits-out-a-restart)$/;
const found = new Map<string, string[]>();
let server: Awaited<ReturnType<typeof emulator>>;
let site: Awaited<ReturnType<typeof serving>>;
let chromium: Browser;

before(async () => {
  server = await emulator();
  const files = await bundled("scenarios-page.ts", {
    define: { process: "{}", "process.env": "{}" },
    plugins: [
      {
        name: "no-node",
        setup(build) {
          const none = ({ path }: { path: string }) => ({ path, namespace: "none" });
          build.onResolve({ filter: /^node:/ }, none);
          build.onResolve({ filter: /support\.js$/ }, none);
          build.onResolve({ filter: /^@aistrale\/sdk$/ }, () => ({ path: join(HERE, "sdk-in-page.ts") }));
          build.onLoad({ filter: /./, namespace: "none" }, () => ({
            contents: "const none = () => ''; export { none as mkdtempSync, none as readdirSync, none as readFileSync, none as rmSync, none as writeFileSync, none as tmpdir, none as join }; export const ROOT = '';",
          }));
        },
      },
    ],
  });
  files.set("/", '<!doctype html><title>Scenarios</title><link rel="icon" href="data:,"><script type="module" src="/scenarios-page.js"></script>');
  site = await serving(files);
  // The fault server counts every request, a browser's question whether another origin may ask too: none is asked.
  chromium = await browser("--disable-web-security");
  const page = await chromium.newPage();
  await page.goto(site.url);
  await page.waitForFunction("window.play");
  let next = 0;
  const work = async () => {
    while (next < ALL.length) {
      const scenario = ALL[next++];
      const play = page.evaluate(([url, it]) => (globalThis as any).play(url, it), [server.url, scenario]);
      found.set(scenario.name, await play.catch((why) => [String(why)]));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
});

after(async () => {
  await chromium?.close();
  site?.stop();
  await server?.stop();
});

for (const { name, why } of ALL) {
  const skip = RACES.test(name) && "Chromium gives away what it holds when a connection breaks";
  test(`in Chromium: ${name}`, { skip }, () => {
    const wrong = found.get(name)!;
    if (FAILING.has(name)) assert.ok(wrong.length, "it passes: take it off known-failing.txt");
    else assert.deepEqual(wrong, [], why);
  });
}

test("what is known to fail in Chromium are scenarios", { skip: !!wanted }, () => {
  assert.ok(ALL.length > 300);
  const names = new Set(ALL.map((each) => each.name));
  assert.deepEqual([...FAILING].filter((name) => !names.has(name)), []);
});
