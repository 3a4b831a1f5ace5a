/** The hooks in Chromium, with React 18 and 19: a route that streams with `toResponse`, the fault server behind it. */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test, type TestContext } from "node:test";
import { pathToFileURL } from "node:url";
import { Aistrale, toResponse, tool } from "@aistrale/sdk";
import type { Browser, Page } from "playwright-core";
import { z } from "zod";
import { emulator, PACKAGE, ROOT } from "../support.js";
import { answer, browser, bundled, type Route, serving } from "./chromium.js";

let server: Awaited<ReturnType<typeof emulator>>;
let chromium: Browser;
before(async () => {
  server = await emulator();
  chromium = await browser();
});
after(async () => {
  await chromium?.close();
  await server?.stop();
});

const INFERENCE = "inf_06e0q2w3r8s4t5v6w7x8y9z0a1";
const delta = (id: string, text: string, delay_ms = 0) => ({ event: "delta", id, data: { text }, delay_ms });
const slow = { headers: { "x-aistrale-inference-id": INFERENCE }, sse: [delta("1", "Hel"), delta("2", "lo", 20_000)] };
const busy = { status: 503, problem: { code: "overloaded", detail: "No room" }, headers: { "x-should-retry": "false" } };
const call = { id: "call_1", type: "function", function: { name: "add", arguments: '{"a":2,"b":3}' } };
const calling = {
  text: "", finish_reason: "tool_calls", tool_calls: [call], message: { role: "assistant", content: null, tool_calls: [call] },
};

const add = tool({ name: "add", inputSchema: z.object({ a: z.int(), b: z.int() }), run: ({ a, b }) => a + b });

const HTML = '<!doctype html><meta charset="utf-8"><title>Hooks</title><link rel="icon" href="data:,"><div id="root"></div><script type="module" src="/hooks-page.js"></script>';

for (const react of [18, 19]) {
  const bundles = bundled("hooks-page.tsx", {}, react);

  /** Opens a page whose routes ask a server that plays this script. */
  async function open(t: TestContext, script: object[], more: Record<string, Route> = {}) {
    const post = async (path: string, body: object): Promise<any> => {
      const found = await fetch(server.url + path, { method: "POST", body: JSON.stringify(body) });
      assert.ok(found.ok, await found.clone().text());
      return found.json();
    };
    const scenario = { name: "hooks", why: "Hooks.", operation: "run", arguments: {}, script, expect: { attempts: 0 } };
    const play = await post("/_conformance/plays", scenario);
    const client = new Aistrale({ apiUrl: play.url, apiKey: "ais_conformance" });
    const bodies: any[] = [];
    const files = new Map([...(await bundles), ["/", HTML]]);
    const site = await serving(files, {
      "/api/chat": (request, response, body) => {
        bodies.push(body);
        const { prompt, messages, useTools } = body;
        const stream = client.stream({ messages: messages ?? [{ role: "user", content: prompt }], tools: useTools ? [add] : null });
        return answer(response, toResponse(stream, { onError: (why: any) => why.body?.detail }));
      },
      "/api/city": async (_, response, body) => {
        bodies.push(body);
        const text = await client.run(body.prompt);
        response.writeHead(200, { "content-type": "application/json" }).end(String(text));
      },
      "/echo": (_, response, body) => {
        bodies.push(body);
        response.writeHead(400).end();
      },
      "/api/run": async (_, response, body) => {
        response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(await client.run(body.prompt)));
      },
      ...more,
    });
    const page = await chromium.newPage();
    page.setDefaultTimeout(8000);
    const complaints: string[] = [];
    page.on("console", (line) => /error|warning/.test(line.type()) && complaints.push(line.text()));
    page.on("pageerror", (why) => complaints.push(String(why)));
    await page.goto(site.url);
    await page.waitForFunction("window.mount");
    t.after(async () => {
      await page.close();
      site.stop();
      await fetch(`${server.url}/_conformance/plays/${play.id}`, { method: "DELETE" });
      assert.deepEqual(complaints, []);
    });
    const came = async () => {
      await new Promise((go) => setTimeout(go, 300)); // for the end to reach the server
      return (await post(`/_conformance/plays/${play.id}/verdict`, {})).requests as any[];
    };
    return { page, came, bodies, files, complaints, url: site.url };
  }

  const mount = async (page: Page, props: object) => {
    await page.evaluate((given) => (globalThis as any).mount(given), props);
    await page.waitForFunction("window.hook");
  };
  const until = (page: Page, what: string) => page.waitForFunction(what, null, { timeout: 8000 });
  const get = (page: Page, what: string): Promise<any> => page.evaluate(what);
  const named = (name: string) => `React ${react}: ${name}`;

  test(named("useChat holds a conversation, and shows it while it arrives"), async (t) => {
    const answers = [{ stream: { texts: ["Hel", "lo", " there"], inference: { cost_usd: 0.25 } }, chunk_bytes: 120, chunk_delay_ms: 400 }, { stream: { texts: ["Again"] } }];
    const { page, came, bodies } = await open(t, answers);
    await mount(page, { kind: "chat", api: "/api/chat" });
    assert.equal(await get(page, "version.split('.')[0]"), String(react));
    const first: any = await page.evaluate(async () => (globalThis as any).hook.append("Hi"));
    assert.equal(first.text, "Hello there");
    assert.deepEqual([first.costUsd, first.provider, first.attempts], [null, null, []]); // the page is not told
    await get(page, "hook.append({ role: 'user', content: 'Again' })");
    await until(page, "hook.status == 'done' && hook.messages.length == 4");
    const seen: any[] = await get(page, "seen.map(({ status, messages }) => ({ status, messages }))");
    const statuses = seen.map((each) => each.status).filter((each, at, all) => each != all[at - 1]);
    assert.deepEqual(statuses.slice(0, 5), ["idle", "waiting", "streaming", "done", "waiting"]);
    assert.equal(statuses.at(-1), "done");
    const texts = new Set(seen.map((each) => each.messages[1]?.content).filter(Boolean));
    assert.ok(texts.size >= 2 && texts.has("Hello there"), [...texts].join());
    const ids = new Set(seen.flatMap((each) => each.messages.map((one: any) => one.id)));
    assert.equal(ids.size, 4);
    // React 18 makes the first render of StrictMode twice, and throws one away.
    const same = "['append', 'reload', 'stop', 'setMessages'].every((name) => new Set(seen.slice(2).map((each) => each[name])).size == 1)";
    assert.equal(await get(page, same), true);
    assert.deepEqual(bodies[1], { messages: [
      { role: "user", content: "Hi" },
      { role: "assistant", content: "Hello there" },
      { role: "user", content: "Again" },
    ] });
    assert.deepEqual(await get(page, "finished.map((each) => each.text)"), ["Hello there", "Again"]);
    assert.equal((await came()).length, 2);
  });

  test(named("stop keeps what arrived, and ends the inference at the server"), async (t) => {
    const { page, came } = await open(t, [slow]);
    await mount(page, { kind: "chat", api: "/api/chat" });
    await get(page, "void hook.append('Hi')");
    await until(page, "hook.messages[1]?.content == 'Hel'");
    await get(page, "hook.stop()");
    await until(page, "hook.status == 'stopped'");
    assert.deepEqual(await get(page, "hook.messages.map((each) => each.content)"), ["Hi", "Hel"]);
    assert.deepEqual(await get(page, "[hook.error, hook.isBusy, finished.length]"), [null, false, 0]);
    const [first] = await came();
    assert.equal(first.ended_by_client, true);
  });

  test(named("an error is a state, and reload asks again"), async (t) => {
    const broken = { sse: [delta("1", "Hel"), { event: "error", id: "2", data: {
      type: "about:blank", title: "Provider error", status: 502, code: "provider_error", detail: "It broke", request_id: "req_1" } }] };
    const { page, bodies } = await open(t, [busy, broken, { stream: { texts: ["Whole"] } }]);
    await mount(page, { kind: "chat", api: "/api/chat", model: "gpt-4o" });
    await get(page, "hook.append('Hi')");
    await until(page, "hook.status == 'error'");
    assert.deepEqual(await get(page, "[hook.error.name, hook.error.status, hook.error.code, hook.messages.length]"), ["OverloadedError", 503, "overloaded", 1]);
    assert.match(await get(page, "hook.error.message"), /No room/);
    await get(page, "hook.reload()");
    await until(page, "hook.status == 'error' && hook.messages.length == 2");
    assert.deepEqual(await get(page, "[hook.error.name, hook.messages[1].content]"), ["ProviderError", "Hel"]);
    await get(page, "hook.reload()");
    await until(page, "hook.status == 'done'");
    assert.deepEqual(await get(page, "[hook.error, hook.messages.map((each) => each.content)]"), [null, ["Hi", "Whole"]]);
    for (const body of bodies) assert.deepEqual(body, { messages: [{ role: "user", content: "Hi" }], model: "gpt-4o" });
    assert.deepEqual(await get(page, "finished.map((each) => each.text ?? each)"), ["OverloadedError", "ProviderError", "Whole"]);
  });

  test(named("a route's error is in the route's words, without advice about a server of AISTRALE's"), async (t) => {
    const json = (status: number, value: object): Route => (_, response) =>
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
    const html: Route = (_, response) => response.writeHead(500, { "content-type": "text/html" }).end("<h1>Oops</h1>");
    const { page, url, complaints } = await open(t, [], {
      "/detail": json(400, { detail: "Say something." }),
      "/error": json(401, { error: "Sign in first." }),
      "/nested": json(403, { error: { message: "Not yours." } }),
      "/message": json(409, { message: "One at a time." }),
      "/plain": (_, response) => response.writeHead(429, { "retry-after": "0" }).end("Slow down.\n"),
      "/html": html,
      "/page": (_, response) => response.writeHead(200, { "content-type": "text/html" }).end("<h1>Sign in</h1>"),
      "/cut": (_, response) => {
        response.writeHead(200, { "content-type": "text/event-stream" }).write('event: delta\ndata: {"text":"Hel"}\n\n');
        setTimeout(() => response.destroy(), 100);
      },
      "/keyless": (_, response) => answer(response, toResponse(new Aistrale({ apiUrl: `${url}/refused`, apiKey: "ais_x" }).stream("Hi"))),
      "/refused/api/v1/inferences": json(401, { code: "authentication_failed", status: 401, detail: "key ais_x is revoked" }),
    });
    const asked: [string, string, string][] = [
      ["/detail", "BadRequestError", "Say something."],
      ["/error", "AuthenticationError", "Sign in first."],
      ["/nested", "PermissionDeniedError", "Not yours."],
      ["/message", "ConflictError", "One at a time."],
      ["/plain", "RateLimitError", "Slow down."],
      ["/html", "InternalServerError", "/html answered 500"],
      ["/page", "APIStatusError", "/page answered with what no hook reads: toResponse(stream(…)) makes what useStream and useChat do, Response.json(await run(…)) what useRun does"],
      ["/cut", "StreamInterruptedError", "The connection to /cut was lost: the answer is not whole"],
      ["/keyless", "AuthenticationError", "There is no answer"],
      ["http://127.0.0.1:1/api/chat", "APIConnectionError", "No answer from http://127.0.0.1:1/api/chat"],
    ];
    for (const kind of ["stream", "run"]) {
      for (const [api, name, message] of asked) {
        if (kind == "run" && /cut|keyless/.test(api)) continue;
        await mount(page, { kind, api, maxRetries: null });
        await get(page, `hook.${kind == "run" ? "run" : "start"}('Hi')`);
        await until(page, "hook.status == 'error'");
        assert.deepEqual(await get(page, "[hook.error.name, hook.error.message]"), [name, message]);
        await get(page, "unmount()");
      }
    }
    // The browser's own lines about failed requests, one for each: nothing was tried again.
    assert.equal(complaints.splice(0).filter((line) => !/Failed to load resource/.test(line)).length, 0);
  });

  test(named("a component that has gone away asks nothing"), async (t) => {
    const { page, bodies } = await open(t, []);
    for (const [kind, ask] of [["stream", "start('Hi')"], ["run", "run('Hi')"], ["chat", "append('Hi')"]]) {
      await mount(page, { kind, api: kind == "run" ? "/api/run" : "/api/chat" });
      assert.equal(await get(page, `(unmount(), hook.${ask})`), undefined);
      assert.equal(await get(page, `new Promise((go) => setTimeout(go, 100)).then(() => hook.${ask})`), undefined);
    }
    assert.deepEqual(bodies, []);
  });

  test(named("a handler that throws breaks no call, and is reported as others are"), async (t) => {
    const { page, complaints } = await open(t, [{ stream: { texts: ["Whole"] } }, busy]);
    await mount(page, { kind: "stream", api: "/api/chat", broken: true });
    assert.equal(await get(page, "hook.start('Hi').then((found) => found.text)"), "Whole");
    assert.deepEqual(await get(page, "[hook.status, hook.text]"), ["done", "Whole"]);
    assert.equal(await get(page, "hook.retry()"), undefined);
    await until(page, "hook.status == 'error'");
    assert.deepEqual(complaints.splice(0), ["onEvent", "onEvent", "onFinish", "onError"].map((name) => `Error: my ${name} is broken`));
  });

  test(named("onClick={reload} and onClick={start}: the click is no option, and no question"), async (t) => {
    const { page, bodies, complaints } = await open(t, [{ stream: { texts: ["One"] } }, { stream: { texts: ["Two"] } }]);
    await mount(page, { kind: "chat", api: "/api/chat" });
    await get(page, "hook.append('Hi', { model: 'gpt-4o' })");
    await page.getByRole("button").click();
    await until(page, "hook.messages[1]?.content == 'Two'");
    await get(page, "unmount()");
    await mount(page, { kind: "stream", api: "/echo" });
    await page.getByRole("button").click();
    await until(page, "hook.status == 'error'");
    complaints.splice(0);
    const first = { messages: [{ role: "user", content: "Hi" }], model: "gpt-4o" };
    assert.deepEqual(bodies, [first, first, {}]);
  });

  test(named("an idempotency key is of one call, and of its retries after an error"), async (t) => {
    const keys: any[] = [];
    const { page, complaints } = await open(t, [], {
      "/member/api/v1/whoami": (_, response) => response.writeHead(200).end('{"role":"member"}'),
      "/member/api/v1/inferences": (request, response) => {
        keys.push(request.headers["idempotency-key"]);
        const fails = keys.length == 1;
        response.writeHead(fails ? 500 : 200, { "content-type": "application/json", "x-should-retry": "false" });
        response.end(fails ? '{"code":"internal"}' : '{"id":"inf_1","text":"Whole"}');
      },
    });
    await mount(page, { kind: "chat", client: "/member" });
    await get(page, "hook.append('Hi', { idempotencyKey: 'mine' })");
    await until(page, "hook.status == 'error'");
    await get(page, "hook.reload()");
    await until(page, "hook.status == 'done'");
    await get(page, "hook.reload()");
    await until(page, "hook.status == 'done'");
    assert.deepEqual(keys.slice(0, 2), ["mine", "mine"]);
    assert.match(keys[2], /^[0-9a-f]{32}$/); // another answer
    assert.match(complaints.splice(0).join(), /^Failed to load resource: the server responded with a status of 500 [^,]*$/);
  });

  test(named("a component that goes away ends its call"), async (t) => {
    const { page, came } = await open(t, [slow]);
    await mount(page, { kind: "stream", above: "/api/chat" });
    await get(page, "void hook.start('Hi')");
    await until(page, "hook.text == 'Hel'");
    const seen = await get(page, "unmount(), seen.length");
    const [first] = await came();
    assert.equal(first.ended_by_client, true);
    assert.deepEqual(await get(page, "[seen.length, finished.length]"), [seen, 0]);
  });

  test(named("StrictMode mounts twice, and one request is sent"), async (t) => {
    const { page, came, bodies } = await open(t, [{ stream: { texts: ["Once"] } }]);
    await mount(page, { kind: "stream", api: "/api/chat", begin: "Hi" });
    await until(page, "hook.status == 'done'");
    assert.equal(await get(page, "document.getElementById('text').textContent"), "Once");
    assert.deepEqual([bodies.length, (await came()).length], [1, 1]);
  });

  test(named("the latest call wins"), async (t) => {
    const { page, came } = await open(t, [slow, { stream: { texts: ["Second"] } }]);
    await mount(page, { kind: "stream", api: "/api/chat" });
    await get(page, "void (window.first = hook.start('One'))");
    await until(page, "hook.text == 'Hel'");
    const [first, second] = await get(page, "Promise.all([window.first, hook.start('Two')])");
    assert.equal(first, undefined);
    assert.equal(second.text, "Second");
    await until(page, "hook.status == 'done'");
    assert.deepEqual(await get(page, "[hook.text, finished.length]"), ["Second", 1]);
    assert.equal((await came())[0].ended_by_client, true);
  });

  test(named("a function is called once too, and what it says when it is over is not heard"), async (t) => {
    const { page } = await open(t, []);
    await mount(page, { kind: "stream", heedless: true, begin: "long" });
    await until(page, "hook.text.startsWith('long1 long2 ')");
    assert.deepEqual(await get(page, "calls"), ["long"]);
    await get(page, "hook.start('short')");
    await until(page, "hook.status == 'done'");
    await page.waitForTimeout(200);
    assert.equal(await get(page, "hook.text"), "short1 short2 ");
    const texts: string[] = await get(page, "seen.map((each) => each.text)");
    assert.deepEqual(texts.filter((each) => /short.*long|long.*short/.test(each)), []);
    assert.deepEqual(await get(page, "calls"), ["long", "short"]);
  });

  test(named("tools run at the backend, and their results are messages"), async (t) => {
    const { page, came } = await open(t, [
      { sse: [
        { event: "delta", id: "1", data: { tool_call: { index: 0, id: "call_1", name: "add", arguments: '{"a":2,' } } },
        { event: "delta", id: "2", data: { tool_call: { index: 0, arguments: '"b":3}' } } },
        { event: "completed", id: "3", data: { id: INFERENCE, object: "inference", ...calling } },
      ], off_contract: "a part of an inference" },
      { stream: { texts: ["Five"] } },
      { stream: { texts: ["Bye"] } },
    ]);
    await mount(page, { kind: "chat", api: "/api/chat", useTools: true });
    await get(page, "hook.append('2 + 3?')");
    await get(page, "hook.append('Thanks')");
    await until(page, "hook.messages.length == 6");
    assert.deepEqual(await get(page, "hook.messages.slice(1, 4).map(({ role, content, toolCalls, toolCallId }) => [role, content, toolCalls?.[0].name ?? null, toolCallId ?? null])"), [
      ["assistant", null, "add", null],
      ["tool", "5", null, "call_1"],
      ["assistant", "Five", null, null],
    ]);
    const sent = (await came())[2].body.messages;
    assert.deepEqual(sent.map((each: any) => each.role), ["user", "assistant", "tool", "assistant", "user"]);
    assert.deepEqual(sent[1].tool_calls, [call]);
  });

  test(named("useRun gives an answer, and an object held to its type"), async (t) => {
    const { page } = await open(t, [
      { inference: { text: "Whole" } },
      { inference: { text: '{"name":"Paris","people":3}' } },
      { inference: { text: '{"name":"Paris","people":"many"}' } },
    ]);
    await mount(page, { kind: "run", api: "/api/run" });
    assert.equal(await get(page, "hook.run('Hi').then((found) => found.text)"), "Whole");
    await get(page, "unmount()");
    await mount(page, { kind: "city", api: "/api/city" });
    assert.deepEqual(await get(page, "hook.run('Paris')"), { name: "Paris", people: 3 });
    assert.deepEqual(await get(page, "hook.data"), { name: "Paris", people: 3 });
    assert.equal(await get(page, "hook.retry()"), undefined);
    await until(page, "hook.status == 'error'");
    assert.match(await get(page, "hook.error.message"), /\/api\/city.*\n- \/people/);
    await get(page, "hook.reset()");
    await until(page, "hook.status == 'idle' && hook.data == null && hook.error == null");
  });

  test(named("a client in the page: a member's key may, an admin's may not; its tools run in the page"), async (t) => {
    const asked: any[] = [];
    const json = (response: any, value: object) => response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));
    const inferences: Route = (request, response, body) => {
      asked.push([request.headers.authorization, body]);
      const last = asked.length == 1 ? calling : { text: "Five", message: { role: "assistant", content: "Five" } };
      json(response, { id: `inf_${asked.length}`, ...last });
    };
    const { page } = await open(t, [], {
      "/member/api/v1/whoami": (_, response) => json(response, { role: "member" }),
      "/member/api/v1/inferences": inferences,
      "/admin/api/v1/whoami": (_, response) => json(response, { role: "admin" }),
    });
    await mount(page, { kind: "chat", client: "/member", tools: true });
    await get(page, "hook.append('2 + 3?')");
    await until(page, "hook.status == 'done'");
    assert.deepEqual(await get(page, "hook.messages.map((each) => [each.role, each.content])"), [["user", "2 + 3?"], ["assistant", null], ["tool", "5"], ["assistant", "Five"]]);
    assert.equal(asked[0][0], "Bearer ais_page");
    assert.deepEqual(asked[1][1].messages.at(-1), { role: "tool", tool_call_id: "call_1", content: "5" });
    await get(page, "unmount()");
    await mount(page, { kind: "stream", client: "/admin" });
    await get(page, "hook.start('Hi')");
    await until(page, "hook.status == 'error'");
    assert.equal(await get(page, "hook.error.name"), "ConfigurationError");
    assert.equal(asked.length, 2);
  });

  test(named("a function that gives pieces of text; setMessages"), async (t) => {
    const { page } = await open(t, []);
    await mount(page, { kind: "chat", words: ["Hel", "lo"] });
    await get(page, "hook.append('Hi')");
    await until(page, "hook.status == 'done'");
    assert.deepEqual(await get(page, "hook.messages.map((each) => each.content)"), ["Hi", "Hello"]);
    await get(page, "hook.setMessages((all) => [...all.slice(0, 1), { role: 'assistant', content: 'Mine' }])");
    await until(page, "hook.messages[1]?.content == 'Mine' && hook.messages[1].id && hook.status == 'idle'");
    await get(page, "hook.setMessages([])");
    await until(page, "hook.messages.length == 0");
    assert.equal(await get(page, "hook.reload()"), undefined);
  });

  test(named("a server renders without a request, and the page takes over what it rendered"), async (t) => {
    const { page, came, bodies, files } = await open(t, [{ stream: { texts: ["Hello"] } }]);
    const folder = join(ROOT, "target/hooks", String(react));
    mkdirSync(folder, { recursive: true });
    const made = await bundled("hooks-server.tsx", { platform: "node", splitting: false, format: "cjs" }, react);
    writeFileSync(join(folder, "server.cjs"), [...made.values()][0]!);
    const { fetch } = globalThis;
    let fetched = 0;
    globalThis.fetch = ((...given: Parameters<typeof fetch>) => (fetched++, fetch(...given))) as typeof fetch;
    const { rendered, version } = await import(pathToFileURL(join(folder, "server.cjs")).href);
    const html: string = rendered();
    await new Promise((go) => setTimeout(go, 50));
    globalThis.fetch = fetch;
    assert.equal(version.split(".")[0], String(react));
    assert.match(html, /What would you like to know/);
    assert.equal(fetched, 0);
    files.set("/", HTML.replace('<div id="root">', `<div id="root">${html}`));
    const site = await serving(files, { "/api/chat": (_, response) => response.end() });
    t.after(() => site.stop());
    await page.goto(site.url);
    await page.waitForFunction("window.hydrate");
    await get(page, "void hydrate()");
    await page.waitForTimeout(200);
    assert.equal(await page.locator("#initial-0").textContent(), "Hello! What would you like to know?");
    assert.deepEqual([bodies.length, (await came()).length], [0, 0]);
  });

  test(named("a page streams, is stopped, and shows an error (target/screenshots)"), async (t) => {
    const { page } = await open(t, [slow, busy]);
    const folder = join(ROOT, "target/screenshots");
    mkdirSync(folder, { recursive: true });
    const shot = (name: string) => page.screenshot({ path: join(folder, `react-${react}-${name}.png`) });
    await page.setViewportSize({ width: 800, height: 520 });
    await get(page, "void show()");
    await page.getByRole("textbox").fill("Why is the sky blue?");
    await page.getByRole("button", { name: "Send" }).click();
    await page.getByText("Hel", { exact: true }).waitFor();
    await page.getByText("streaming").waitFor();
    await shot("streaming");
    await page.getByRole("button", { name: "Stop" }).click();
    await page.getByText("stopped").waitFor();
    await shot("stopped");
    await page.getByRole("textbox").fill("And at night?");
    await page.getByRole("button", { name: "Send" }).click();
    await page.getByRole("alert").waitFor();
    assert.match((await page.getByRole("alert").textContent())!, /No room/);
    await shot("error");
  });
}

test("the package is what was built here", () => {
  assert.ok(import.meta.resolve("@aistrale/sdk").startsWith(pathToFileURL(PACKAGE).href));
});
